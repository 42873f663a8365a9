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


def test_the_title_or_the_files_name_decides_between_equals() -> None:
    header, person = ("个人账号", "姓名", "证件号码"), ("0010010001", "张三", "440204198003151117")
    assert laid_out(("7 月启封清册",), header, person).business.slug == "unsealing"
    named = Workbook("转移7月.xlsx", "", [sheet_of([header, person])])
    there = layout.find(named, tuple(ROSTER.values()), PACK)
    assert isinstance(there, Layout) and there.business.slug == "internal-transfer"
    assert laid_out((*header, "启封原因"), (*person, "复工")).business.slug == "unsealing"


def test_a_title_makes_a_business_of_a_sheet_with_columns_missing() -> None:
    there = laid_out(("集中封存名单",), HEADER, ZHANG)
    assert there.business.slug == "central-sealing" and ("E010", "没有「封存类型」这一列。") in said(there)


def test_what_fits_nothing_names_the_nearest() -> None:
    finding = found(("姓名", "手机号", "启缴年月"), ("张三", "13800001111", "2025-07"))
    assert (
        isinstance(finding, Finding)
        and "最像「个人账户设立」，缺「证件类型」「证件号码」「缴存基数」" in finding.message
    )


def test_equals_are_told_apart_by_an_option_that_is_named() -> None:
    finding = found(("个人账号", "姓名", "证件号码"), ("0010010001", "张三", "440204198003151117"))
    assert isinstance(finding, Finding) and "--business 个人账户启封 或 --business 内部转移" in finding.message


def test_the_workbook_of_the_books_is_no_business() -> None:
    finding = found(("单位账号", "姓名"), ("0500001", "张三"), properties={layout.STAMP_BUSINESS: "setup"})
    assert isinstance(finding, Finding) and finding.code == "E012" and "gjj unit import" in finding.message


def test_a_table_of_several_businesses_asks_which() -> None:
    table = (("变更类型", *HEADER), ("封存", *ZHANG))
    finding = found(*table)
    assert isinstance(finding, Finding) and finding.code == "E012" and "变更类型" in finding.message
    assert laid_out(*table, asked=SEALING).rows == [2]


def test_a_template_version_of_later_is_said_and_the_rows_are_read() -> None:
    there = laid_out(HEADER, ZHANG, properties={layout.STAMP_BUSINESS: "sealing", layout.STAMP_TEMPLATE: "2"})
    assert [code for code, _ in said(there)] == ["E014"] and there.readable and there.rows == [2]
    assert said(laid_out(HEADER, ZHANG, properties={layout.STAMP_TEMPLATE: layout.TEMPLATES[-1]})) == []


def test_a_second_sheet_of_people_is_not_silently_left_out() -> None:
    sheets = [sheet_of([HEADER, ZHANG], name="7月"), sheet_of([HEADER, LI], name="8月"), sheet_of([HEADER], name="空")]
    there = laid_out(sheets=sheets)
    assert there.sheet.name == "7月"
    assert said(there) == [
        ("I901", "工作表「8月」的表头也是「个人账户封存」的，没有读；要办的话另存成一个文件再校验。")
    ]


def test_asked_for_the_header_is_the_line_with_most_of_its_columns() -> None:
    there = laid_out(("说明",), ("姓名", "证件号码", "部门"), ("张三", "440204198003151117", "x"), asked=OPENING)
    assert there.header_row == 2 and [code for code, _ in said(there)].count("E010") == 3


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


def batch_of(
    *rows: Sequence[str], above: Sequence[Sequence[str]] = (), each: Mapping[str, str] | None = None
) -> Layout:
    """A 补缴 of two people with these rows on 批次信息, lines above its header, and columns with the same value."""
    payment = ROSTER["supplementary-payment"]
    headers = [column.header for column in payment.columns]
    people = [
        [*headers, *(each or {})],
        *([f"001001000{number}", *[""] * 8, *(each or {}).values()] for number in (1, 2)),
    ]
    sheets = [sheet_of([*above, *people])] + ([sheet_of(rows, name="2.批次信息")] if rows else [])
    return laid_out(sheets=sheets)


def told(there: Layout) -> dict[str, tuple[str, str | None]]:
    return {slug: (value.cell.text, value.place.cell) for slug, value in there.batch.items()}


def test_batch_values_may_stand_below_their_names() -> None:
    there = batch_of(("缴款方式", "补缴类型", "补缴原因"), ("暂收", "按月补缴", ""))
    assert told(there) == {"method": ("暂收", "A2"), "payment_kind": ("按月补缴", "B2")}


def test_batch_values_may_stand_above_the_header_of_the_people() -> None:
    there = batch_of(above=[("补缴清册",), ("补缴类型：按月补缴", "", "补缴原因", "漏缴"), ("缴款方式:", "暂收")])
    assert told(there) == {
        "payment_kind": ("按月补缴", "A2"),
        "payment_reason": ("漏缴", "D2"),
        "method": ("暂收", "B3"),
    }


def test_a_batch_value_may_be_a_column_if_all_rows_agree() -> None:
    there = batch_of(("补缴类型", "按月补缴"), each={"补缴原因": "漏缴", "补缴类型": "不定额补缴"})
    assert told(there) == {"payment_kind": ("按月补缴", "B1"), "payment_reason": ("漏缴", "J2")}
    assert said(there) == [("W812", "「补缴类型（K 列）」不是这张表的列，没有读。")]


def test_a_column_of_different_batch_values_is_not_read() -> None:
    people = [["个人账号", "起始年月", "结束年月", "补缴原因"], ["0010010001", "2025-01", "2025-01", "漏缴"]]
    there = laid_out(*people, [*people[1][:3], "少缴"])
    assert told(there) == {} and said(there) == [("W812", "「补缴原因（D 列）」不是这张表的列，没有读。")]


def test_a_sheet_without_a_word_lacks_every_header_of_what_was_asked_for() -> None:
    workbook = Workbook("表.xlsx", "", [Sheet("名单")])
    found = layout.find(workbook, tuple(ROSTER.values()), PACK, ROSTER["sealing"])
    assert isinstance(found, layout.Layout)
    assert {finding.code for finding in found.findings} >= {"E010", "E013"}
