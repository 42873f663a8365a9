"""Every code against the rows of fixtures/rules: found at its cell where it should be, and nowhere else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import GjjError
from gjj_cli.finding import Severity
from gjj_cli.flows.judging import Checked
from gjj_cli.rules.registry import CATALOG, FAMILIES
from gjj_cli.store.engine import Tx
from tests.rules import rule_rows
from tests.rules.rule_rows import FIXTURES, PACK, Example, World, examples

pytestmark = pytest.mark.slow

NAMES = [family.__name__.rpartition(".")[2] for family in FAMILIES]
ALL = [example for name in NAMES for example in examples(name)]
FILES = [example for example in ALL if example.code in ("E001", "E002", "E003", "E004", "E005", "E006")]
STEPS = [example for example in ALL if example.family == "step"]
ROWS = [example for example in ALL if example not in FILES + STEPS]

GOLDEN = {case["id"]: case for case in json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))["scenarios"]}


@pytest.mark.parametrize("code", CATALOG)
def test_every_code_has_rows_that_pass_and_rows_that_fail(code: str) -> None:
    kinds = {example.kind for example in examples(CATALOG[code].family) if example.code == code}
    assert kinds == {"fail", "pass"}


@pytest.mark.parametrize("name", NAMES)
def test_a_family_has_rows_only_of_its_own_codes(name: str) -> None:
    assert {example.code for example in examples(name)} <= {
        code for code, rule in CATALOG.items() if rule.family == name
    }


@pytest.mark.parametrize("example", ROWS, ids=str)
def test_rows(example: Example, tx: Tx) -> None:
    """Exactly the findings the example names: its own code at its cell on fail, none of it on pass."""
    with_books = example.told.get("books", CATALOG[example.code].needs == "books")
    checked = rule_rows.judged(example.told, PACK, tx if with_books else None)
    assert rule_rows.found(checked) == example.expected
    for finding in checked.judged.findings:
        assert "{" not in rule_rows.words(finding)
        assert finding.severity is CATALOG[finding.code].severity or not finding.verified


@pytest.mark.parametrize("example", FILES, ids=str)
def test_files(example: Example, tmp_path: Path) -> None:
    expected = example.code if example.kind == "fail" else None
    assert rule_rows.code_of_file(example.told, tmp_path) == expected


@pytest.mark.parametrize("example", STEPS, ids=str)
def test_steps(example: Example, world: World, tmp_path: Path) -> None:
    """The last step is refused with the code, or does it with a warning; or nothing is."""
    copy = world.copied(tmp_path)
    *before, last = example.told["steps"]
    for step in before:
        copy.carry_out(step)
    if example.kind == "pass" or CATALOG[example.code].severity is Severity.WARNING:
        assert copy.carry_out(last) == ({example.code} if example.kind == "fail" else set())
        return
    with pytest.raises(GjjError) as refused:
        copy.carry_out(last)
    assert refused.value.code == example.code
    assert "账簿没有变" in refused.value.what


GOOD = [(name, False) for name in rule_rows.BUSINESSES] + [(name, True) for name in ROSTER]


@pytest.mark.parametrize(("name", "with_books"), GOOD)
def test_the_good_row_of_every_business_is_good(name: str, with_books: bool, tx: Tx) -> None:
    """建账 is judged without books only."""
    checked = rule_rows.judged({"business": name}, PACK, tx if with_books else None)
    assert checked.judged.findings == [] and checked.with_books == with_books and checked.rows == 1


def test_without_books_the_rules_that_need_them_are_said_not_to_have_run(tx: Tx) -> None:
    offline = rule_rows.judged({"business": "sealing"}, PACK, None).judged
    booked = rule_rows.judged({"business": "sealing"}, PACK, tx).judged
    assert {"E401", "E402", "E405", "E505", "E506", "W810", "W811"} == set(offline.rules_not_run)
    assert booked.rules_not_run == [] and set(offline.rules_run) < set(booked.rules_run)


# --- golden ------------------------------------------------------------------------------------------------------


def opening(**row: Any) -> Checked:
    return rule_rows.judged({"business": "account-opening", "as_of": "2026-11-24", "row": row}, PACK, None)


@pytest.mark.parametrize("case", GOLDEN["X03"]["expected"]["cases"], ids=lambda case: f"{case['raw']} {case['why']}")
def test_golden_x03_identity_numbers(case: dict[str, Any]) -> None:
    row = {"证件号码": case["raw"], "性别": case.get("sex", ""), "出生日期": case.get("birth", "")}
    checked = opening(**row)
    assert sorted(finding.code for finding in checked.judged.findings) == sorted(case["codes"])
    told = checked.frame.row(0, named=True)
    assert told["id_number.id18"] == case["normalised"]


def test_golden_g38_an_identity_number_typed_as_a_number() -> None:
    expected = GOLDEN["G38"]["expected"]
    for typed in (expected["ieee_double"], expected["excel_keeps_15_digits"]):
        checked = opening(证件号码={"number": str(typed)})
        assert rule_rows.found(checked) == {(expected["code"], "C2")}


# What each golden case of X05 is here, in its order: the finding, the business, its rows, and whether the books are used.
X05 = (
    ("E108 A2", "sealing", [{"个人账号": {"number": "10000001"}, "证件号码": ""}], False),
    ("", "sealing", [{"姓名": "张 三"}], True),
    ("", "account-opening", [{"姓名": f"阿卜杜拉{dot}买买提"} for dot in "\u00b7\u2022\u30fb\uff0e"], False),
    ("", "account-opening", [{"姓名": "㛃𠮷"}, {"姓名": "𠮷" * 120}], False),
    ("E402 A2", "sealing", [{"姓名": "李四"}], True),
    ("", "account-opening", [{"手机号码": "+86 13912345678"}, {"手机号码": "139-1234-5678"}], False),
    ("W819 E3", "account-opening", [], False),
)


@pytest.mark.parametrize(
    ("case", "here"), list(zip(GOLDEN["X05"]["expected"]["cases"], X05, strict=True)), ids=lambda value: value[0]
)
def test_golden_x05_text_traps(case: list[str], here: tuple[str, str, list[dict[str, Any]], bool], tx: Tx) -> None:
    finding, business, rows, with_books = here
    assert re.findall(r"[EW][0-9]{3}", case[1]) == re.findall(r"[EW][0-9]{3}", finding)
    shapes = [{"row": row} for row in rows] or [{"rows": [{}, {"证件号码": "440204200102031268"}]}]
    for shape in shapes:
        checked = rule_rows.judged({"business": business, **shape}, PACK, tx if with_books else None)
        assert rule_rows.found(checked) == ({tuple(finding.split())} if finding else set())
        for said in checked.judged.findings:
            assert said.code != "E402" or said.message == "姓名与账号不符。"
        if rows and "手机号码" in rows[0]:
            assert checked.frame["mobile"].item() == "13912345678"
        if "阿卜杜拉" in checked.frame["name"][0]:
            assert checked.frame["name"].item() == "阿卜杜拉·买买提"
