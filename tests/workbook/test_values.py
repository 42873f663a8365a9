"""Typed forms against golden G35-G38 and X05."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.spec import Column, Kind
from gjj_cli.rules import policy
from gjj_cli.workbook.cells import Cell, CellType
from gjj_cli.workbook.values import Parsed, name_key, parse

GOLDEN = {
    scenario["id"]: scenario["expected"]["cases"]
    for scenario in json.loads(Path("fixtures/golden.json").read_text(encoding="utf-8"))["scenarios"]
    if scenario["id"] in ("G35", "G36", "G37")
}


def column(kind: Kind) -> Column:
    return Column("c", "列", kind, "")


def cell_of(words: str) -> Cell:
    """The cell that a golden case describes: `number 2025.1`, `date cell 2025-07-01`, or plain text."""
    if words.startswith("number "):
        number, _, rest = words.removeprefix("number ").partition(" ")
        if "=" in rest:
            number = rest.partition("= ")[2]
        return Cell(CellType.NUMBER, number, percent="%" in rest)
    if words.startswith("date cell "):
        return Cell(CellType.DATE, words.removeprefix("date cell "))
    return Cell(CellType.TEXT, words.removeprefix("text "))


@pytest.mark.parametrize(("typed", "expected"), GOLDEN["G35"])
def test_months_people_type(typed: str, expected: str) -> None:
    parsed = parse(column(Kind.MONTH), cell_of(typed), None)
    if expected.startswith("E101"):
        assert parsed == Parsed()
    elif expected.startswith("E"):
        assert (parsed.value, parsed.problem) == (None, expected[:4])
    else:
        assert parsed == Parsed(months.parse(expected))


@pytest.mark.parametrize(("typed", "expected"), GOLDEN["G36"])
def test_percents_people_type(typed: str, expected: int | str) -> None:
    parsed = parse(column(Kind.PERCENT), cell_of(typed), None)
    if expected == "E310 1% below 5% (rate-adjustment)":
        assert parsed == Parsed(100)  # the reading is certain; the business refuses it
    elif isinstance(expected, str):
        assert (parsed.value, parsed.problem) == (None, expected[:4])
    else:
        assert parsed == Parsed(expected)


@pytest.mark.parametrize(("typed", "expected"), GOLDEN["G37"])
def test_money_people_type(typed: str, expected: str) -> None:
    parsed = parse(column(Kind.MONEY), cell_of(typed), None)
    if expected == "E701":
        assert parsed == Parsed(-500)  # read, and refused by the rule E701
    elif expected.startswith("E107"):
        assert (parsed.value, parsed.problem) == (None, "E107")
    else:
        assert parsed == Parsed(money.to_fen(expected))


def test_the_reason_of_an_unclear_month_is_named() -> None:
    assert "2025-07-01" in parse(column(Kind.MONTH), Cell(CellType.NUMBER, "45839"), None).note
    assert "2025-01 还是 2025-10" in parse(column(Kind.MONTH), Cell(CellType.NUMBER, "2025.1"), None).note


@pytest.mark.parametrize("kind", [Kind.ACCOUNT, Kind.ID_NUMBER])
def test_numbers_lose_digits(kind: Kind) -> None:
    """G38, X05: the last digits of a number cell are already lost."""
    assert parse(column(kind), Cell(CellType.NUMBER, "440203199001011234"), None).problem == "E108"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (Cell(CellType.TEXT, "+86 13900000001"), "13900000001"),
        (Cell(CellType.TEXT, "139-0000-0001"), "13900000001"),
        (Cell(CellType.NUMBER, "13900000001"), "13900000001"),
        (Cell(CellType.NUMBER, "1.3900000001E10"), "13900000001"),
        (Cell(CellType.TEXT, "١٣٩٠٠٠٠٠٠٠١"), None),  # Arabic digits are not digits here
        (Cell(CellType.TEXT, "12900000001"), None),
    ],
)
def test_mobiles(typed: Cell, expected: str | None) -> None:
    assert parse(column(Kind.MOBILE), typed, None).value == expected


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("张 三", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("㛃𠮷", "㛃𠮷"),
        ("John  Smith", "John Smith"),
    ],
)
def test_names(typed: str, canonical: str) -> None:
    parsed = parse(column(Kind.NAME), Cell(CellType.TEXT, typed), None)
    assert parsed.value == canonical
    assert name_key(typed) == name_key(canonical)


PACK = policy.load()
CASES = tomllib.loads(Path("fixtures/values.toml").read_text(encoding="utf-8"))
TYPED = [(kind, case) for kind, cases in CASES.items() for case in cases]


def typed_cell(case: Mapping[str, Any]) -> Cell:
    """The cell of a case of fixtures/values.toml: its one key that names a cell type, and `times`, `percent`, `formula`."""
    ((kind, text),) = [(key, case[key]) for key in ("text", "number", "date", "bool", "error") if key in case]
    text = text * case.get("times", 1)
    return Cell(CellType(kind), text, case.get("formula", False), case.get("cached", True), case.get("percent", False))


@pytest.mark.parametrize(("kind", "case"), TYPED, ids=lambda value: str(value)[:60])
def test_what_people_type_has_one_canonical_value_or_one_code(kind: str, case: Mapping[str, Any]) -> None:
    name, _, dictionary = kind.partition("-")
    how = Column("c", "列", Kind(name), "", dictionary=dictionary or None, max_length=case.get("bound", 60))
    parsed = parse(how, typed_cell(case), PACK.dictionary(dictionary) if dictionary else None)
    if "is" in case:
        assert parsed == Parsed(_canonical(how.kind, case["is"]))
    else:
        assert (parsed.value, parsed.problem) == (None, case.get("code"))
        assert case.get("note", "") in parsed.note


def _canonical(kind: Kind, text: str) -> Any:
    reading = {Kind.MONEY: money.to_fen, Kind.MONTH: months.parse, Kind.PERCENT: int, Kind.DATE: date.fromisoformat}
    return reading[kind](text) if kind in reading else text  # type: ignore[operator]


def test_every_kind_has_cases_that_are_read_and_cases_that_are_not() -> None:
    for kind in Kind:
        cases = [case for name, case in TYPED if name.partition("-")[0] == kind]
        assert any("is" in case for case in cases) and any("code" in case for case in cases), kind


# The texts of numbers and dates are made by the reader of files, so not any text can be in one.
@given(
    st.sampled_from(list(Kind)), st.sampled_from([CellType.TEXT, CellType.BOOL, CellType.ERROR]), st.text(max_size=200)
)
def test_no_text_at_all_breaks_the_reader(kind: Kind, cell_type: CellType, text: str) -> None:
    """A value or a code, never both and never an exception; what is read is what is read again."""
    sexes = PACK.dictionary("sex")
    parsed = parse(column(kind), Cell(cell_type, text), sexes)
    assert parsed.value is None or parsed.problem is None
    if isinstance(parsed.value, str):
        assert parse(column(kind), Cell(CellType.TEXT, parsed.value), sexes) == parsed


def test_invisible_characters_are_named() -> None:
    parsed = parse(column(Kind.NAME), Cell(CellType.TEXT, "张\u200b三"), None)
    assert (parsed.problem, parsed.note) == ("E102", "里有看不见的字符 U+200B")


@pytest.mark.parametrize("text", ["NaN", "1e400", "5_000", "0x10", "9007199254740993.001", "٤٤"])
def test_hostile_amounts(text: str) -> None:
    assert parse(column(Kind.MONEY), Cell(CellType.TEXT, text), None).problem == "E107"


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        (Kind.MONTH, Cell(CellType.BOOL, "1"), Parsed(problem="E105", note="不是年月")),
        (Kind.MONTH, Cell(CellType.NUMBER, "20250718"), Parsed(months.of(2025, 7))),
        (Kind.MONTH, Cell(CellType.NUMBER, "2025.11"), Parsed(months.of(2025, 11))),
        (Kind.MONTH, Cell(CellType.NUMBER, "2025.2"), Parsed(months.of(2025, 2))),
        (Kind.MONTH, Cell(CellType.NUMBER, "1e9999999999999999999"), Parsed(problem="E105", note="不是年月")),
        (Kind.DATE, Cell(CellType.DATE, "2025-07-18"), Parsed(date(2025, 7, 18))),
        (Kind.DATE, Cell(CellType.TEXT, "20250718"), Parsed(date(2025, 7, 18))),
        (Kind.DATE, Cell(CellType.NUMBER, "20250718"), Parsed(date(2025, 7, 18))),
        (Kind.DATE, Cell(CellType.TEXT, "2025年7月18日"), Parsed(date(2025, 7, 18))),
        (Kind.DATE, Cell(CellType.TEXT, "1800-01-01"), Parsed(problem="E105", note="没有这一天")),
        (Kind.DATE, Cell(CellType.TEXT, "2025-02-30"), Parsed(problem="E105", note="没有这一天")),
        (Kind.DATE, Cell(CellType.TEXT, "2025-07"), Parsed(problem="E105", note="缺日")),
        (Kind.DATE, Cell(CellType.TEXT, "七月"), Parsed(problem="E105", note="不是日期")),
        (Kind.DATE, Cell(CellType.NUMBER, "99999"), Parsed(problem="E105", note="不是日期")),
        (
            Kind.DATE,
            Cell(CellType.NUMBER, "45839"),
            Parsed(problem="E105", note="像 Excel 的日期序号（2025-07-01），单元格格式不是日期"),
        ),
        (Kind.PERCENT, Cell(CellType.TEXT, "5.555%"), Parsed(problem="E106", note="小数超过两位")),
        (Kind.PERCENT, Cell(CellType.BOOL, "1"), Parsed(problem="E106", note="不是百分数")),
        (Kind.MONEY, Cell(CellType.TEXT, "--5"), Parsed(problem="E107", note="不是金额")),
        (Kind.MONEY, Cell(CellType.TEXT, "9" * 13), Parsed(int("9" * 13) * 100)),
        (Kind.MONEY, Cell(CellType.TEXT, "1" + "0" * 13), Parsed(problem="E107", note="大得不可能")),
        (Kind.MONEY, Cell(CellType.TEXT, "0" * 5_000 + "1"), Parsed(100)),
        (Kind.NAME, Cell(CellType.TEXT, "＝1+1"), Parsed(problem="E113", note="像公式，不是姓名")),
        (Kind.NAME, Cell(CellType.TEXT, "张\ufffd"), Parsed(problem="E102", note="里有看不见的字符 U+FFFD")),
        (Kind.NAME, None, Parsed()),
        (Kind.NAME, Cell(CellType.TEXT, " \n"), Parsed()),
    ],
)
def test_odd_values(kind: Kind, cell: Cell | None, expected: Parsed) -> None:
    assert parse(column(kind), cell, None) == expected


def test_a_long_text_is_told_by_its_length_alone() -> None:
    name = Column("c", "列", Kind.NAME, "", max_length=120)
    for length in (121, 1_000, 1_001):
        assert parse(name, Cell(CellType.TEXT, "长" * length), None).note == f"有 {length} 个字，最多 120 个"
    assert parse(name, Cell(CellType.TEXT, "长" * 120), None) == Parsed("长" * 120)


def test_a_drop_down_without_its_dictionary_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="dictionary"):
        parse(column(Kind.DICTIONARY), Cell(CellType.TEXT, "x"), None)
