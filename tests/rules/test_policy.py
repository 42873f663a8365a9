"""Policy: every dated value with its source, the month that picks it, and one's own values over it (golden G18)."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gjj_cli import month as months
from gjj_cli import resources
from gjj_cli.errors import ConfigError, Exit, PolicyMissing
from gjj_cli.finding import Severity
from gjj_cli.flows.judging import Checked
from gjj_cli.flows.validate import Run
from gjj_cli.money import to_fen
from gjj_cli.rules import policy
from gjj_cli.rules.policy import UNVERIFIED, Pack
from tests.rules import rule_rows
from tests.rules.rule_rows import FIXTURES, PACK

PACKS = sorted(resources.policies().glob("*.toml"))
SCENARIOS = json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))["scenarios"]
G18 = next(case for case in SCENARIOS if case["id"] == "G18")
OWN = {"2025-07": {"base_min": "1800.00", "base_max": "25500.00", "source": "韶公积金〔2025〕1 号"}}


def judged(base: str, month: str, pack: Pack = PACK) -> Checked:
    """An opening with that base from that month on, on the first day of that month."""
    row = {"缴存基数": base, "启缴年月": month}
    return rule_rows.judged({"business": "account-opening", "as_of": f"{month}-01", "row": row}, pack, None)


def lines(table: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of a pack that holds a value of policy: a dated row, a dictionary, an age."""
    if isinstance(table, list):
        for row in table:
            yield name, row
    elif name.startswith("dictionaries."):
        yield name, table
    else:
        for key, below in table.items():
            if isinstance(below, list) and below and isinstance(below[0], dict):
                yield from lines(below, key)
            elif key == "dictionaries":
                for word, dictionary in below.items():
                    yield from lines(dictionary, f"{key}.{word}")
            elif key == "age":
                yield key, below


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_policy_line_has_a_source_and_says_whether_it_is_verified(path: Path) -> None:
    found = list(lines(tomllib.loads(path.read_text(encoding="utf-8")), ""))
    assert {name for name, _ in found} >= {"rates", "rounding", "limits", "age", "dictionaries.doc_type"}
    for name, row in found:
        assert row.get("source"), name
        assert isinstance(row.get("verified"), bool), name
        assert not (row["verified"] and row["source"].startswith("示例")), name


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_dated_values_begin_in_different_months_and_are_read(path: Path) -> None:
    data, pack = tomllib.loads(path.read_text(encoding="utf-8")), policy.load(path.stem)
    for name in ("rates", "rounding", "limits"):
        starts = [months.parse(row["from"]) for row in data[name]]
        assert len(set(starts)) == len(starts)
        assert [row.from_month for row in getattr(pack, name)] == starts
        assert max(starts) <= pack.covers_to


@pytest.mark.parametrize("dictionary", PACK.dictionaries.values(), ids=lambda dictionary: dictionary.name)
def test_a_dictionary_tells_each_word_apart(dictionary: policy.Dictionary) -> None:
    """No label, code or alias means two values; all of them read as a label."""
    words = [word for entry in dictionary.entries for word in {entry.label, entry.code, *entry.aliases}]
    assert len(set(words)) == len(words)
    assert {dictionary.label_of(word) for word in words} == set(dictionary.labels)
    assert dictionary.label_of("没有这个词") is None


@pytest.mark.parametrize(("base", "month", "expected"), G18["expected"]["cases"])
def test_golden_g18_the_effective_month_picks_the_limits(base: str, month: str, expected: str) -> None:
    found = judged(base, month).judged.findings
    if expected == "ok":
        assert found == []
        return
    (finding,) = found
    code, words = expected.split()  # E301 低于下限
    assert (finding.code, finding.place.cell) == (code, "D2")
    assert finding.message.startswith(f"{words[:2]} {month} 的{words[2:]} ")
    assert (finding.severity, finding.verified) == (Severity.WARNING, False)
    assert UNVERIFIED in finding.message and "gjj help 政策" in finding.hint


def test_golden_g18_a_month_that_the_pack_does_not_cover_is_exit_3() -> None:
    checked = judged("5000.00", "2027-07")
    assert checked.uncovered == [months.of(2027, 7)] and not checked.ok
    assert Run(files=[checked]).exit is Exit.CONFIG == 3
    assert re.match("exit 3", G18["expected"]["month_2027_07"])
    with pytest.raises(PolicyMissing, match="2027-07"):
        PACK.on(months.of(2027, 7))


def test_an_uncovered_month_leaves_the_other_rules_judging() -> None:
    checked = judged("-5", "2027-07")
    assert rule_rows.found(checked) == {("E701", "D2")} and checked.uncovered


def test_ones_own_limits_are_verified_and_make_an_error() -> None:
    """The same base, first against the sample and then against the document that gjj.toml names."""
    own = policy.overlay(PACK, OWN, Path("gjj.toml"))
    (sample,) = judged("26000.01", "2025-07").judged.findings
    (real,) = judged("25500.01", "2025-07", own).judged.findings
    assert (sample.code, sample.severity, sample.verified) == ("E302", Severity.WARNING, False)
    assert (real.code, real.severity, real.verified) == ("E302", Severity.ERROR, True)
    assert real.message == "高于 2025-07 的上限 25,500.00。" and real.hint.startswith("按上限填写")
    checked = judged("25500.01", "2025-07", own)
    assert Run(files=[checked]).exit is Exit.FOUND
    assert judged("25500.00", "2025-07", own).ok


def test_ones_own_limits_take_the_place_of_their_month_and_leave_the_others() -> None:
    own = policy.overlay(PACK, OWN, Path("gjj.toml"))
    assert own.on(months.of(2025, 12)).limits.base_max_fen == to_fen("25500.00")
    assert own.on(months.of(2025, 6)).limits == PACK.on(months.of(2025, 6)).limits
    assert own.on(months.of(2026, 7)).limits == PACK.on(months.of(2026, 7)).limits
    assert PACK.on(months.of(2025, 7)).limits.base_max_fen == to_fen("26000.00")  # the pack itself has not changed


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("2025-7", OWN["2025-07"]),
        ("明年", OWN["2025-07"]),
        ("2025-07", {"base_min": "1800.00", "base_max": "25500.00"}),
        ("2025-07", {**OWN["2025-07"], "base_max": "两万"}),
        ("2025-07", {**OWN["2025-07"], "base_max": 25500}),
        ("2025-07", {"base_max": "25500.00", "source": "文号"}),
        ("2025-07", {**OWN["2025-07"], "base_min": "25500.01"}),
        ("2025-07", {**OWN["2025-07"], "source": " "}),
        ("2025-07", {**OWN["2025-07"], "source": 1}),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(key: str, row: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as refused:
        policy.overlay(PACK, {key: row}, Path("gjj.toml"))
    assert "gjj.toml" in refused.value.what and key in refused.value.what and refused.value.remedies


def test_before_its_first_month_the_pack_has_no_values() -> None:
    with pytest.raises(PolicyMissing):
        PACK.on(months.of(2007, 6))
    assert PACK.on(months.of(2007, 7)).limits is None
    assert PACK.on(months.of(2007, 7)).rates.min_bp == 500


def test_a_city_without_a_pack_names_those_that_have_one() -> None:
    with pytest.raises(ConfigError) as refused:
        policy.load("guangzhou")
    assert "shaoguan" in refused.value.facts[0]


def test_what_a_pack_does_not_name() -> None:
    assert PACK.organisation("99") == "99"
    with pytest.raises(PolicyMissing, match="没有字典 planets"):
        PACK.dictionary("planets")
