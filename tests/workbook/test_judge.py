"""A judged frame: places, words, masking, precedence and severity of findings."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from polars.exceptions import ColumnNotFoundError

from gjj_cli.business.binding import bound_rules
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Kind
from gjj_cli.finding import Finding, Judged, Severity
from gjj_cli.flows.judging import Asked, check
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, layout
from gjj_cli.workbook import judge as judging
from gjj_cli.workbook.cells import Cell, CellType, Sheet, Workbook
from gjj_cli.workbook.frame import Given, build, with_limits
from gjj_cli.workbook.judge import judge

PACK = policy.load()
AS_OF = date(2025, 7, 18)
GOOD = {
    "姓名": "陈新",
    "证件类型": "身份证",
    "证件号码": "440204199912019193",
    "缴存基数": "5000.00",
    "手机号码": "13800001111",
}
OTHER = {**GOOD, "证件号码": "440204200102031268", "手机号码": "13800002222"}


def workbook(business: str, *rows: Mapping[str, str | Cell], batch: Mapping[str, str] | None = None) -> Workbook:
    """The business's sheet with these rows, and its 批次信息."""
    headers = [column.header for column in ROSTER[business].columns]
    sheet = Sheet("名单")
    for number, row in enumerate([dict(zip(headers, headers, strict=True)), *rows], 1):
        sheet.rows[number] = {place: typed(row[header]) for place, header in enumerate(headers, 1) if header in row}
    second = Sheet(layout.BATCH_SHEET)
    for number, (header, value) in enumerate((batch or {}).items(), 1):
        second.rows[number] = {1: Cell(CellType.TEXT, header), 2: Cell(CellType.TEXT, value)}
    return Workbook("表.xlsx", "", [sheet, second])


def typed(value: str | Cell) -> Cell:
    return value if isinstance(value, Cell) else Cell(CellType.TEXT, value)


def judged(*rows: Mapping[str, str | Cell], business: str = "account-opening", **how: Any) -> list[Finding]:
    batch = how.pop("batch", None)
    asked = Asked(AS_OF, ROSTER[business], **how)
    return check(workbook(business, *rows, batch=batch), asked, PACK).judged.findings


def one(*rows: Mapping[str, str | Cell], **how: Any) -> Finding:
    (finding,) = judged(*rows, **how)
    return finding


def test_a_finding_is_at_its_cell_with_header_value_and_basis() -> None:
    finding = one({**GOOD, "缴存基数": "-5"})
    assert (finding.code, finding.severity, finding.place.sheet, finding.place.cell) == (
        "E701",
        Severity.ERROR,
        "名单",
        "D2",
    )
    assert (finding.header, finding.value) == ("缴存基数", "-5.00")
    assert finding.message == "「缴存基数」-5.00 不大于 0。" and finding.hint == "填大于 0 的金额。"
    assert finding.basis == "金额必须大于 0" and finding.verified


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"手机号码": "1380000111"}, "「手机号码」********11 不对：手机号码是 11 位数字，第一位是 1，第二位是 3 到 9，这里是 10 位。"),
        ({"启缴年月": Cell(CellType.NUMBER, "45839")}, "「启缴年月」写的 45839 看不准：像 Excel 的日期序号（2025-07-01），单元格格式不是日期。"),
        ({"证件类型": "户口本"}, "「证件类型」没有「户口本」这个值，可以填：身份证、军官证、护照、外国人永久居留证、港澳台居民居住证、港澳居民来往内地通行证、台湾居民来往大陆通行证、其他。"),
        ({"缴存基数": "25-07"}, "「缴存基数」写的 25-07 不能当金额：不是金额。"),
        ({"启缴年月": "2025-09"}, "「启缴年月」2025-09 太晚，现在最晚能办 2025-08。"),
        ({"缴存基数": "30,000.00"}, "高于 2025-07 的上限 26,000.00（示例值，未核实，所以只提醒）。"),
        ({"证件类型": "护照", "证件号码": "护照 1"}, "这不像是「护照」的号码。"),
        ({"出生日期": "1999-12-10"}, "填的是 1999-12-10，按证件号码是 1999-12-01。"),
    ],
)  # fmt: skip
def test_the_words_are_whole_and_readable(row: Mapping[str, str | Cell], message: str) -> None:
    """Our own notes are said in full: only what was typed is masked or shortened."""
    assert one({**GOOD, **row}).message == message


def test_who_a_row_is_about_is_masked_everywhere() -> None:
    numbers = {"证件号码": "440204199912019194", "手机号码": "138000011119", "固定电话": "07518880000000"}
    for finding in judged({**GOOD, **numbers}):
        words = f"{finding.value}{finding.message}{finding.hint}"
        assert not any(number in words for number in numbers.values()) and "*" in finding.value


def test_a_person_named_by_neither_account_nor_identity_is_told_so_in_full() -> None:
    finding = one({"姓名": "张三", "封存原因": "其他"}, business="sealing")
    assert (finding.code, finding.place.cell) == ("E101", "A2")
    assert finding.message == "个人账号和证件号码至少填一个，都是空的。" and finding.value is None


def test_a_finding_about_an_absent_column_is_at_the_first_of_the_row() -> None:
    book = workbook("sealing", {"姓名": "张三", "封存原因": "其他"})
    for row in book.sheets[0].rows.values():
        row.pop(1, None)
    (finding,) = check(book, Asked(AS_OF, ROSTER["sealing"]), PACK).judged.findings
    assert (finding.code, finding.place.cell) == ("E101", "B2")


def test_long_text_is_shortened() -> None:
    finding = one({**GOOD, "证件类型": "很" * 300})
    assert finding.value == "很" * 37 + "..." and len(finding.message) < 200


def test_findings_stand_in_the_order_of_the_sheet_whatever_the_order_of_rules() -> None:
    rows = [{**GOOD, "姓名": "", "证件号码": "1", "缴存基数": "x"}, {**OTHER, "缴存基数": "x", "性别": "男"}]
    places = [(finding.place.row, finding.place.column, finding.code) for finding in judged(*rows)]
    assert places == sorted(places) and len(places) == 5


def test_of_a_businesss_own_errors_the_first_speaks_about_a_cell() -> None:
    """Too late and both limits at once on one cell; warnings and other cells are all said."""
    payment = {"姓名": "赵六", "个人账号": "0010010004"}
    batch = {"补缴类型": "不定额补缴", "补缴原因": "漏缴", "缴款方式": "暂收"}
    amounts = {
        "起始年月": "2025-04",
        "结束年月": "2025-04",
        "个人补缴金额": "-5",
        "单位补缴金额": "5",
        "补缴总额（元）": "-1",
    }
    found = judged({**payment, **amounts}, business="supplementary-payment", batch=batch)
    assert [(finding.place.cell, finding.code) for finding in found] == [("G2", "E701"), ("I2", "E701")]


def test_rules_of_the_kind_are_all_said_of_one_cell() -> None:
    found = judged({**GOOD, "证件号码": "440203199002301234"})
    assert [finding.code for finding in found] == ["E201", "E203"]


def test_a_batch_value_is_said_once_at_its_cell() -> None:
    row = {"姓名": "赵六", "个人账号": "0010010004", "起始年月": "2025-04", "结束年月": "2025-04"}
    rows = [row, {**row, "个人账号": "0010010001"}, {**row, "个人账号": "0010010002"}]
    batch = {"补缴类型": "按月补缴", "补缴原因": "忘了", "缴款方式": "暂收"}
    finding = one(*rows, business="supplementary-payment", batch=batch)
    assert (finding.code, finding.place.sheet, finding.place.cell, finding.value) == ("E104", "批次信息", "B2", "忘了")


def test_a_batch_value_from_the_command_line_has_no_cell() -> None:
    row = {"姓名": "赵六", "个人账号": "0010010004", "起始年月": "2025-04", "结束年月": "2025-04"}
    given = {"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "现金"}
    asked = Asked(AS_OF, ROSTER["supplementary-payment"], batch=given)
    (finding,) = check(workbook("supplementary-payment", row), asked, PACK).judged.findings
    assert (finding.code, finding.place.cell, finding.value) == ("E104", None, "现金")


def test_two_values_for_one_batch_item_are_both_named() -> None:
    row = {"姓名": "赵六", "个人账号": "0010010004", "起始年月": "2025-04", "结束年月": "2025-04"}
    batch = {"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "暂收"}
    asked = Asked(AS_OF, ROSTER["supplementary-payment"], batch={"补缴原因": "少缴"})
    (finding,) = check(workbook("supplementary-payment", row, batch=batch), asked, PACK).judged.findings
    assert finding.message == "整批的「补缴原因」在「批次信息」里是「漏缴」，--set 给的是「少缴」。"
    assert "--set 补缴原因=值" in finding.hint


def test_the_form_of_the_sheet_and_its_rows_are_said_together() -> None:
    book = workbook("account-opening", {**GOOD, "缴存基数": "-5"})
    book.sheets[0].rows[1][18] = Cell(CellType.TEXT, "部门")
    found = check(book, Asked(AS_OF, ROSTER["account-opening"]), PACK).judged.findings
    assert [(finding.code, finding.place.cell) for finding in found] == [("W812", None), ("E701", "D2")]


def test_a_failure_that_is_no_rule_is_our_mistake_and_is_raised() -> None:
    there = layout.find(workbook("account-opening", GOOD), tuple(ROSTER.values()), PACK)
    assert isinstance(there, layout.Layout)
    frame, _ = with_limits(build(there, PACK, Given({}, None, 24306, AS_OF)), PACK)
    with pytest.raises(ColumnNotFoundError):
        judge(frame.drop("limits.max_fen"), there, False)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_change_what_is_found(seed: int) -> None:
    """Rows that have nothing to do with one another are judged alike wherever they stand."""
    wrong = [{"姓名": ""}, {"缴存基数": "x"}, {"证件号码": "440204199912019194"}, {"启缴年月": "2025-13"}, {}]
    people = [
        {**GOOD, "证件号码": f"E{number:08d}", "证件类型": "护照", "手机号码": f"138000011{number:02d}"}
        for number in range(5)
    ]
    rows = [{**person, **cells} for person, cells in zip(people, wrong, strict=True)]
    before = sorted((finding.code, finding.header or "") for finding in judged(*rows))
    random.Random(seed).shuffle(rows)
    assert sorted((finding.code, finding.header or "") for finding in judged(*rows)) == before


def test_what_ran_and_what_did_not_is_told() -> None:
    result: Judged = check(workbook("account-opening", GOOD), Asked(AS_OF, ROSTER["account-opening"]), PACK).judged
    assert result.rules_not_run == ["E401", "E403", "E404"]
    assert {"E101", "E201", "E302", "E504", "W819"} <= set(result.rules_run)
    assert not set(result.rules_run) & set(result.rules_not_run)


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, None, "空"),
        (500, Kind.PERCENT, "5%"),
        (500, Kind.MONEY, "5.00"),
        (24306, Kind.MONTH, "2025-07"),
        (3, None, "3"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, kind: Kind | None, shown: str) -> None:
    assert judging._shown(value, kind) == shown


def test_pandera_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the quick look suspects is a finding only where the schema says so."""
    there = layout.find(workbook("account-opening", GOOD), tuple(ROSTER.values()), PACK)
    assert isinstance(there, layout.Layout)
    frame, _ = with_limits(build(there, PACK, Given({}, None, 24306, AS_OF)), PACK)
    monkeypatch.setattr(judging, "failing", lambda *_: set(bound_rules(there.business)))
    assert judge(frame, there, False).findings == []


DIRTY = sorted((Path(__file__).parents[2] / "fixtures" / "workbooks").glob("*/dirty*.xlsx"))


@pytest.mark.parametrize("path", DIRTY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_too_much_to_list_is_counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same counts of each code and severity, however few are listed; those listed are the first ones."""
    asked = Asked(AS_OF)
    every = check(cells.read(path), asked, PACK).judged
    for most in (0, 3, 8):
        monkeypatch.setattr(judging, "LISTED_MAX", most)
        few = check(cells.read(path), asked, PACK).judged
        assert few.counts == every.counts
        assert {f.sort_key for f in few.findings} <= {f.sort_key for f in every.findings}
        told = Counter((finding.code, finding.severity) for finding in few.findings)
        told.update({(more.code, more.severity): more.cells for more in few.beyond})
        assert told == Counter((finding.code, finding.severity) for finding in every.findings)
