"""Header texts: dressed up, in brackets, in two lines, under 本月增加; and which business a title means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli.business.roster import ROSTER
from gjj_cli.rules import policy
from gjj_cli.workbook.cells import Cell, CellType
from gjj_cli.workbook.headers import known_names, lines, normal_header, readings, slugs_of, spoken_of

PACK = policy.load()
ALL = tuple(ROSTER.values())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("姓名", "姓名"), ("*姓 名*", "姓名"), ("姓\n名：", "姓名"), ("★姓名", "姓名"), ("姓\u3000名", "姓名"), ("姓\u00a0名", "姓名"), ("\ufeff姓名\u200b", "姓名"),
        ("1.姓名", "姓名"), ("1、姓名", "姓名"), ("（1）姓名", "姓名"), ("①姓名", "姓名"), ("2025年7月", "2025年7月"), ("ＩＤ", "ID"), ("*", ""), ("12", "12"),
    ],
)  # fmt: skip
def test_the_dress_of_a_header_is_taken_off(typed: str, name: str) -> None:
    assert normal_header(typed) == name


@pytest.mark.parametrize(
    ("typed", "header"),
    [
        ("封存年月(年-月)", "封存年月"), ("缴存基数（元）", "缴存基数"), ("姓名(必填)", "姓名"), ("【必填】姓名", "姓名"), ("缴存基数[元/月]", "缴存基数"), ("【封存原因】*", "封存原因"),
        ("缴存基数（调整后）", "调整后缴存基数"), ("缴至(记账)年月", "缴至年月"), ("证件号码〔18位〕", "证件号码"), ("封存年月(年-月)(选填)", "封存年月"),
    ],
)  # fmt: skip
def test_a_remark_in_brackets_may_be_part_of_the_name_or_not(typed: str, header: str) -> None:
    assert header in readings(normal_header(typed))


@given(st.text(max_size=40))
def test_any_text_at_all_has_readings(text: str) -> None:
    name = normal_header(text)
    assert next(readings(name)) == name and "*" not in name and not name.endswith(":")


def row(*texts: str) -> dict[int, Cell]:
    return {place: Cell(CellType.TEXT, text) for place, text in enumerate(texts, 1) if text}


def slugs(business: str, *rows: dict[int, Cell]) -> list[dict[str, int]]:
    """What each line of these rows holds of a business."""
    known = known_names(ROSTER[business], PACK)
    told = (slugs_of(line, ROSTER[business], known) for line in lines(dict(enumerate(rows, 1))))
    return [{slug: place for place, slug in one.items() if slug} for one in told]


def test_a_header_of_two_lines_is_one_header() -> None:
    upper = row("序号", "个人客户号", "职工姓名", "缴存基数", "", "执行时间")
    lower = row("", "", "", "调整前", "调整后", "")
    *_, both = slugs("base-adjustment", upper, lower)
    assert both == {"account": 2, "name": 3, "old_base": 4, "new_base": 5, "effective_month": 6}


def test_a_unit_in_the_second_line_does_not_hide_the_first() -> None:
    *_, both = slugs("sealing", row("姓名", "个人账号", "封存原因", "缴存基数"), row("", "", "", "（元）"))
    assert both["base"] == 4


def test_of_increase_and_decrease_a_business_reads_its_own_half() -> None:
    halves = row("本月增加", "", "", "本月减少")
    names = row("账号", "姓名", "证件号码", "账号", "姓名", "封存原因")
    for business, half in (
        ("sealing", {"account": 4, "name": 5, "reason": 6}),
        ("unsealing", {"account": 1, "name": 2, "id_number": 3}),
    ):
        assert half in slugs(business, halves, names)


def test_a_title_that_names_both_halves_is_no_half() -> None:
    found = slugs("sealing", row("本月增加 3 人，减少 2 人"), row("账号", "姓名", "封存原因"))
    assert {"account": 1, "name": 2, "reason": 3} in found


def test_an_official_header_is_not_taken_by_an_alias() -> None:
    for business in ALL:
        known = known_names(business, PACK)
        assert all(
            known[normal_header(column.header)] == column.slug for column in (*business.columns, *business.batch)
        )


@pytest.mark.parametrize(
    ("texts", "slug"),
    [
        (["个人账户封存清册"], "sealing"), (["集中封存名单"], "central-sealing"), (["2025年7月启封"], "unsealing"), (["Sheet1", "补缴清册"], "supplementary-payment"),
        (["开户7月.xlsx"], "account-opening"), (["基数调整清册"], "base-adjustment"), (["多单位转移清册"], "internal-transfer"), (["封存和启封"], None), (["Sheet1"], None), ([], None),
    ],
)  # fmt: skip
def test_a_title_may_name_a_business(texts: list[str], slug: str | None) -> None:
    named = spoken_of(texts, ALL)
    assert (named.slug if named else None) == slug
