"""Finding one's way in a sheet: which business, where the header is, which rows are people, and what is said of it."""

from collections.abc import Mapping, Sequence

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business
from gjj_cli.finding import Finding
from gjj_cli.rules import policy
from gjj_cli.workbook import layout
from gjj_cli.workbook.cells import Cell, CellType, Sheet, Workbook
from gjj_cli.workbook.layout import Layout

PACK = policy.load()
SEALING, OPENING = ROSTER["sealing"], ROSTER["account-opening"]
EVERY = pytest.mark.parametrize("business", ROSTER.values(), ids=ROSTER)


def sheet_of(rows: Sequence[Sequence[str]], name: str = "名单", **more: object) -> Sheet:
    """A sheet of texts; "" is an empty cell."""
    sheet = Sheet(name, **more)  # type: ignore[arg-type]
    for number, row in enumerate(rows, 1):
        filled = {place: Cell(CellType.TEXT, text) for place, text in enumerate(row, 1) if text}
        if filled:
            sheet.rows[number] = filled
    return sheet


def found(
    *rows: Sequence[str],
    asked: Business | None = None,
    sheets: Sequence[Sheet] = (),
    properties: Mapping[str, str] | None = None,
) -> Layout | Finding:
    workbook = Workbook("表.xlsx", "", [sheet_of(rows), *sheets] if rows else list(sheets), dict(properties or {}))
    return layout.find(workbook, tuple(ROSTER.values()), PACK, asked)


def laid_out(*rows: Sequence[str], **how: object) -> Layout:
    result = found(*rows, **how)  # type: ignore[arg-type]
    assert isinstance(result, Layout), result
    return result


def said(of: Layout) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in of.findings]


HEADER = ("个人账号", "姓名", "证件类型", "证件号码", "封存原因", "封存年月")
ZHANG = ("0010010001", "张三", "身份证", "440204198003151117", "终止劳动关系", "2025-07")
LI = ("0010010002", "李四", "身份证", "440204198511202224", "终止劳动关系", "2025-07")


# --- which business ----------------------------------------------------------------------------------------------


@EVERY
def test_a_business_is_known_by_its_headers(business: Business) -> None:
    headers = [column.header for column in business.columns]
    there = laid_out(headers, [column.example for column in business.columns])
    assert there.business is business
    assert there.columns == {column.slug: place for place, column in enumerate(business.columns, 1)}


def test_what_is_asked_for_wins_over_what_it_looks_like() -> None:
    """A 集中封存 without its own columns looks like a 封存; asked for, it is one with columns missing."""
    assert laid_out(HEADER, ZHANG).business is SEALING
    asked = laid_out(HEADER, ZHANG, asked=ROSTER["central-sealing"])
    assert asked.business is ROSTER["central-sealing"] and said(asked) == [("E010", "没有「封存类型」这一列。")]


def test_the_stamp_of_a_template_wins_over_the_headers() -> None:
    stamped = laid_out(
        HEADER, ZHANG, properties={layout.STAMP_BUSINESS: "central-sealing", layout.STAMP_UNIT: "0500001"}
    )
    assert (stamped.business.slug, stamped.unit) == ("central-sealing", "0500001")


def test_a_stamp_against_what_is_asked_for_is_said() -> None:
    finding = found(HEADER, ZHANG, asked=OPENING, properties={layout.STAMP_BUSINESS: "sealing"})
    assert isinstance(finding, Finding)
    assert (finding.code, finding.message) == ("E012", "这是「个人账户封存」的表，不是「个人账户设立」的。")
    assert "--business" in finding.hint


@pytest.mark.parametrize("rows", [[["甲", "乙"], ["1", "2"]], [["合计"]], []])
def test_a_sheet_of_no_business_is_said(rows: list[list[str]]) -> None:
    finding = found(*rows)
    assert isinstance(finding, Finding) and finding.code == "E012"


def test_headers_that_fit_two_businesses_are_said_with_both_names() -> None:
    finding = found(("个人账号", "姓名", "证件号码"), ("0010010001", "张三", "440204198003151117"))
    assert isinstance(finding, Finding) and finding.code == "E012"
    assert "个人账户启封" in finding.message and "内部转移" in finding.message


def test_the_sheets_name_decides_between_equals() -> None:
    sheet = sheet_of([("个人账号", "姓名", "证件号码"), ZHANG[:2]], name="个人账户启封")
    assert laid_out(sheets=[sheet]).business.slug == "unsealing"


@pytest.mark.parametrize("other", ["hidden", "veryHidden"])
def test_hidden_sheets_and_our_own_are_not_the_data(other: str) -> None:
    sheets = [
        sheet_of([HEADER, LI], name="旧", state=other),
        sheet_of([HEADER], name=layout.HELP_SHEET),
        sheet_of([HEADER], name=layout.LIST_SHEET),
        sheet_of([HEADER, ZHANG], name="名单"),
    ]
    there = laid_out(sheets=sheets)
    assert (there.sheet.name, there.rows, said(there)) == ("名单", [2], [])


# --- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["姓名*", "*姓名", " 姓 名 ", "姓\n名", "姓名：", "职工姓名", "姓名\u3000", "个人姓名"], ids=ascii
)
def test_a_header_is_read_however_it_is_dressed(typed: str) -> None:
    header = [typed if text == "姓名" else text for text in HEADER]
    assert laid_out(header, ZHANG).columns["name"] == 2


def test_money_headers_are_read_with_and_without_their_unit() -> None:
    for typed in ("月缴存额（元）", "月缴存额(元)", "月缴存额"):
        assert laid_out((*HEADER, typed), (*ZHANG, "500")).columns["monthly_amount"] == 7


def test_columns_are_found_wherever_they_stand() -> None:
    there = laid_out(HEADER[::-1], ZHANG[::-1])
    assert there.columns["account"] == 6 and there.columns["effective_month"] == 1 and said(there) == []


def test_an_official_header_wins_over_an_alias_of_the_same_word() -> None:
    header = ("个人账号", "姓名", "证件号码", "调整前缴存基数", "新缴存基数", "执行时间")
    there = laid_out(header, ("0010010001", "张三", "", "5000", "6000", "2025-07"))
    assert there.business.slug == "base-adjustment"
    assert there.columns == {
        "account": 1,
        "name": 2,
        "id_number": 3,
        "old_base": 4,
        "new_base": 5,
        "effective_month": 6,
    }


def test_the_header_may_stand_below_a_title_and_it_is_said() -> None:
    there = laid_out(("韶关示例机械有限公司 7 月封存",), ("制表：李晓红",), HEADER, ZHANG)
    assert (there.header_row, there.rows) == (3, [4])
    assert said(there) == [("I901", "表头在第 3 行，上面的标题和说明没有读。")]


def test_a_header_below_row_10_is_not_looked_for() -> None:
    finding = found(*[("说明",)] * 10, HEADER, ZHANG)
    assert isinstance(finding, Finding) and finding.code == "E012"


def test_a_missing_header_names_the_one_that_may_be_it() -> None:
    header = [*HEADER[:4], "封存的原因", HEADER[5]]
    there = laid_out(header, ZHANG, asked=SEALING)
    assert ("E010", "没有「封存原因」这一列，E1 的「封存的原因」是不是它。") in said(there)
    assert not there.readable


def test_a_person_is_named_by_account_or_by_identity() -> None:
    assert said(laid_out(HEADER[1:], ZHANG[1:], asked=SEALING)) == []
    neither = [("姓名", "封存原因"), ("张三", "其他")]
    assert said(laid_out(*neither, asked=SEALING)) == [("E010", "没有「个人账号」这一列。")]


def test_a_header_twice_names_the_cells() -> None:
    there = laid_out((*HEADER, "职工姓名", "姓名*"), (*ZHANG, "张三", "张三"))
    assert said(there) == [("E011", "「姓名」有两列（B1、G1、H1），不知道该用哪一列。")]
    assert not there.readable and there.findings[0].header == "姓名"


def test_columns_of_nobody_are_said() -> None:
    there = laid_out((*HEADER, "部门", "", "校验结果"), (*ZHANG, "财务科", "x", "通过"))
    assert said(there) == [
        ("W812", "「部门（G 列）」不是这张表的列，没有读。"),
        ("W812", "「没有表头的 H 列」不是这张表的列，没有读。"),
    ]
    assert there.readable


# --- rows --------------------------------------------------------------------------------------------------------


def test_blank_rows_between_people_are_no_rows() -> None:
    assert laid_out(HEADER, ZHANG, ("", "", ""), (" ", "\t"), LI).rows == [2, 5]


@pytest.mark.parametrize("word", ["示例", "例", "例：", "[示例]", "【样例】", "示例1", "（示例）", "例行"])
def test_a_sample_row_is_nobody(word: str) -> None:
    there = laid_out(HEADER, (word, *ZHANG[1:]), LI)
    assert there.rows == [3] and said(there) == [("I901", "第 2 行是示例，没有当作人来读。")]


@pytest.mark.parametrize("name", ["例小明", "示范", "何例", "样小例"])
def test_a_person_whose_name_only_begins_like_a_sample_is_read(name: str) -> None:
    assert laid_out(HEADER, (ZHANG[0], name, *ZHANG[2:])).rows == [2]


@pytest.mark.parametrize("word", ["合计", "总 计", "小计", "本页合计"])
def test_a_total_is_nobody(word: str) -> None:
    there = laid_out(HEADER, ZHANG, (word, "1 人"))
    assert there.rows == [2] and said(there) == [("I901", "第 3 行是合计，没有当作人来读。")]


@pytest.mark.parametrize("words", ["注：灰色的列不用填", "制表：李晓红", "单位（盖章）", "经办人：李晓红"])
def test_a_note_below_the_people_is_nobody(words: str) -> None:
    there = laid_out(HEADER, ZHANG, (words,))
    assert there.rows == [2] and said(there) == [("I901", "第 3 行是说明，没有当作人来读。")]


def test_many_rows_are_named_by_the_first_five() -> None:
    there = laid_out(HEADER, *[("示例", *ZHANG[1:])] * 7, LI)
    assert said(there) == [("I901", "第 2、3、4、5、6 行等 7 行是示例，没有当作人来读。")]


@pytest.mark.parametrize("below", [[], [("", "")], [("合计", "0 人")]])
def test_a_sheet_of_nobody_is_said(below: list[tuple[str, ...]]) -> None:
    there = laid_out(HEADER, *below)
    assert "E013" in [code for code, _ in said(there)] and not there.readable


def test_an_uncalculated_formula_makes_a_row() -> None:
    sheet = sheet_of([HEADER])
    sheet.rows[2] = {1: Cell(CellType.TEXT, "", formula=True, cached=False)}
    assert laid_out(sheets=[sheet]).rows == [2]


def test_what_is_hidden_is_read_and_said() -> None:
    sheet = sheet_of([HEADER, ZHANG, LI], hidden_rows={1, 3}, hidden_columns={2, 9})
    there = laid_out(sheets=[sheet])
    assert there.rows == [2, 3]
    assert said(there) == [("W813", "第 3 行是隐藏的，也读了。"), ("W813", "B 列是隐藏的，也读了。")]


# --- batch values ------------------------------------------------------------------------------------------------


def test_batch_values_stand_beside_their_names() -> None:
    payment = ROSTER["supplementary-payment"]
    people = sheet_of([[column.header for column in payment.columns], ["0010010001", "张三"]])
    batch = sheet_of(
        [("填这里",), ("补缴类型*", "", "按月补缴"), ("补缴 原因：", "漏缴", "少缴")], name=layout.BATCH_SHEET
    )
    there = laid_out(sheets=[people, batch])
    told = {slug: (value.cell.text, value.place.cell) for slug, value in there.batch.items()}
    assert told == {"payment_kind": ("按月补缴", "C2"), "payment_reason": ("漏缴", "B3")}
