"""Which rows are people: totals, notes, signatures and samples are not, whoever has an odd name is."""

import polars as pl
import pytest

from gjj_cli.workbook.rowkinds import DOUBTFUL, TOLD, RowKind, is_identity, row_kind
from gjj_cli.workbook.values import squeeze

ID = "440204198003151117"


TOTALS = [
        ("合计",), ("合 计", "5000"), ("总计", "", "3人"), ("小计", "1"), ("本页小计", "700"), ("本月小计", "2 人"), ("合计：", "65 人", "612000"),
        ("共计 65 人",), ("共 65 人", "612000"), ("合计（大写）", "陆拾万元整"), ("合计人数", "65"), ("1", "合计", "5000"), ("财务科小计", "1"),
        ("合计65人",), ("总人数：65",), ("合", "计", "5000"), ("本单位合计", "65"), ("合计金额（元）", "1"),
    ]  # fmt: skip


NOTES = [
        ("制表人：李晓红", "审核：王芳"), ("审核:", "王"), ("单位（盖章）",), ("单位（公章）：", "", "日期：2025-07-01"), ("填表日期：2025 年 7 月 1 日",),
        ("注：灰色的列不用填",), ("注1：", "每人一行"), ("备注：", "无"), ("填表说明：1. 年月写成 2025-07",), ("经办人李晓红",), ("说明",),
        ("负责人签字：", "经办人签字："), ("联系电话：0751-8880000",), ("单位盖章",), ("以上人员自 2025 年 7 月起停缴，请办理。",), ("1", "2", "3", "4"), ("(1)", "(2)", "(3)"),
        ("法定代表人：", "张三"), ("附件：劳动合同解除证明",), ("单位负责人（签章）", "制表人"),
    ]  # fmt: skip


SAMPLES = [
        ("例", "张三"),
        ("示例",),
        ("填写示例", "张三"),
        ("1", "张三（例）", ID),
        ("例：张三",),
        ("样表", "x"),
        ("范例1", "x"),
        ("", "[示例]"),
    ]  # fmt: skip


def kind(*texts: str, identified: bool = False) -> RowKind:
    return row_kind([squeeze(text) for text in texts[:TOLD]], len(texts), identified)


@pytest.mark.parametrize("texts", TOTALS)
def test_totals(texts: tuple[str, ...]) -> None:
    assert kind(*texts) is RowKind.TOTAL


@pytest.mark.parametrize("texts", NOTES)
def test_notes_and_signatures(texts: tuple[str, ...]) -> None:
    assert kind(*texts) is RowKind.NOTE


@pytest.mark.parametrize("texts", SAMPLES)
def test_samples(texts: tuple[str, ...]) -> None:
    assert kind(*texts, identified=True) is RowKind.SAMPLE


@pytest.mark.parametrize(
    "texts",
    [("1", "合明", ID), ("注小明", ID), ("计春华", "身份证", ID), ("共青", ID), ("例小明", ID), ("备战", ID), ("说明白", ID), ("单位", ID), ("小计然", ID)],
)  # fmt: skip
def test_whoever_has_a_number_is_a_person_whatever_the_name(texts: tuple[str, ...]) -> None:
    assert kind(*texts, identified=True) is RowKind.PERSON


@pytest.mark.parametrize(
    "texts", [("合明",), ("注小明",), ("计春华", "5000"), ("共青", "男"), ("1", "2", "5000"), ("何例", "5000"), ()]
)
def test_a_person_with_the_number_left_out_is_still_a_person(texts: tuple[str, ...]) -> None:
    """The empty cell is then found; a skipped row would not be."""
    assert kind(*texts) is RowKind.PERSON


@pytest.mark.parametrize("texts", [*TOTALS, *NOTES, *SAMPLES])
def test_every_row_that_is_nobody_is_looked_at(texts: tuple[str, ...]) -> None:
    """What the layout asks of all rows at once, before any is looked at one by one."""
    joined = pl.DataFrame({"texts": ["\n".join(texts[:TOLD])]})
    assert len(texts) == 1 or joined["texts"].str.contains(DOUBTFUL).item()


def test_a_sentence_with_a_colon_is_never_a_name() -> None:
    assert kind("联系电话：", "13900000000", identified=True) is RowKind.NOTE


@pytest.mark.parametrize(
    ("text", "yes"),
    [(ID, True), ("44020419991201919x", True), ("0010010001", True), ("E12345678", True), ("65人", False), ("合计", False), ("", False), ("65", False)],
)  # fmt: skip
def test_what_a_number_of_a_person_looks_like(text: str, yes: bool) -> None:
    assert is_identity(text) == yes
