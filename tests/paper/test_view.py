"""What a 回单 shows: the grids, the tables and their totals, the notes, and the bytes under the seal."""

from dataclasses import replace

import pytest

from gjj_cli import month
from gjj_cli.paper import view
from tests.paper.paper_samples import remittance, sealing


def test_the_amount_is_in_figures_and_in_words() -> None:
    assert view.amount_lines(remittance()) == (
        ("汇缴总金额", "￥264,088.00"),
        ("金额（大写）", "人民币贰拾陆万肆仟零捌拾捌元整"),
    )


def test_where_no_money_moves_no_amount_and_no_voucher_is_invented() -> None:
    assert view.amount_lines(sealing()) == ()
    assert ("凭证号", "本业务不记账") in [pair for line in view.head_lines(sealing()) for pair in line]


def test_the_date_is_in_words_too() -> None:
    assert (("业务日期", "2025-05-14"), ("日期（大写）", "贰零贰伍年伍月壹拾肆日")) in view.head_lines(remittance())


def test_a_long_value_has_a_line_to_itself() -> None:
    receipt = replace(remittance(), facts=(("甲", "短"), ("乙", "长" * 40), ("丙", "短"), ("丁", "短")))
    assert view.head_lines(receipt)[-3:] == [
        (("甲", "短"),),
        (("乙", "长" * 40),),
        (("丙", "短"), ("丁", "短")),
    ]


def test_totals_of_months_and_of_people() -> None:
    assert remittance().table.total == ("合计 2 个月", "-", "132,044.00", "132,044.00", "264,088.00")
    assert sealing().table.total == ("合计", "13 人", "", "", "", "", "-21,936.00")


def test_people_without_a_change_in_money_have_no_money_column() -> None:
    table = view.people_table([view.PersonLine("0010000001", "李示例", "4402**", "王", "汪", None)], "变更前", "变更后")
    assert [column.header for column in table.columns][-1] == "变更后"
    assert table.total == ("合计", "1 人", "", "", "", "")


def test_arrears_are_one_line_a_run_of_months() -> None:
    line = view.ArrearsLine("0010000001", "李示例", "4402**", month.of(2025, 1), month.of(2025, 2), 25_000, 25_000)
    table = view.arrears_table([line])
    assert table.rows[0][4:] == ("2025-01 至 2025-02", "250.00", "250.00", "500.00")
    assert table.total == ("合计", "1 笔", "", "", "", "250.00", "250.00", "500.00")


def test_a_row_of_the_wrong_length_is_our_bug() -> None:
    with pytest.raises(ValueError, match="1 cells for 5"):
        view.Table("明细", remittance().table.columns, (("2024-02",),))


def test_notes_say_what_the_reader_must_know() -> None:
    receipt = replace(
        remittance(), solo=True, sample=True, as_of_note="业务日期不是办理当天。", notes=("上限未核实。",)
    )
    assert view.note_lines(receipt) == [
        "上限未核实。",
        "业务日期不是办理当天。",
        "本账簿由一人办理，未分人审核。",
        "示例账簿的数据，不作凭证。",
    ]
    assert view.note_lines(remittance()) == []


def test_the_seal_covers_everything_but_the_reprint_mark() -> None:
    receipt = remittance()
    assert view.canonical(replace(receipt, reprint=True)) == view.canonical(receipt)
    reversed_since = replace(receipt, reversed_by=("凭证 记002 已冲销。",), reversed_whole=True)
    assert view.canonical(reversed_since) == view.canonical(receipt)
    assert (reversed_since.reversal_mark, receipt.reversal_mark) == ("已冲销", "")
    assert replace(reversed_since, reversed_whole=False).reversal_mark == "部分冲销"
    assert view.note_lines(reversed_since)[0] == "凭证 记002 已冲销。"
    assert view.canonical(replace(receipt, summary="别的")) != view.canonical(receipt)
    assert view.canonical(replace(receipt, solo=True)) != view.canonical(receipt)


def test_characters_without_ink_are_spelled_out() -> None:
    assert view.visible("李\u202e示\u200b例\n") == "李[U+202E]示[U+200B]例[U+000A]"
    assert view.visible("阿卜杜拉·买买提 𠮷䶮") == "阿卜杜拉·买买提 𠮷䶮"
