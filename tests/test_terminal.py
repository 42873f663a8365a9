"""The terminal: widths, tables, wrapping, refusals, colour, and foreign characters."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli import masking, terminal
from gjj_cli.errors import Refused, UsageError


@pytest.fixture(autouse=True)
def as_ever():
    yield
    terminal.configure()


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("公积金", 6), ("a公", 3), ("（）", 4), ("\u0301", 0), ("𠮷", 2), ("", 0), ("·", 1)],
)
def test_width(text, columns):
    assert terminal.width(text) == columns


@given(st.text(alphabet="ab公积金，。（） -"), st.integers(0, 30))
def test_pad_reaches_the_width_and_never_cuts(text, columns):
    padded = terminal.pad(text, columns)
    assert padded.rstrip(" ") == text.rstrip(" ")
    assert terminal.width(padded) == max(columns, terminal.width(text))


def test_table_lines_up_like_the_screen_of_the_month_end():
    table = terminal.Table(
        (
            terminal.Column("结果"),
            terminal.Column("单位", right=True),
            terminal.Column("人数", right=True, min_width=7),
            terminal.Column("金额", right=True, min_width=15),
        )
    )
    rows = [
        ("已入账", "1,853", "93,512", "41,471,318.00"),
        ("跳过（缓缴 9 空月 14）", "23", "-", "-"),
        ("合计", "2,000", "99,710", "44,216,462.00"),
    ]
    assert table.render(rows) == (
        "结果                     单位     人数             金额\n"
        "已入账                  1,853   93,512    41,471,318.00\n"
        "跳过（缓缴 9 空月 14）     23        -                -\n"
        "合计                    2,000   99,710    44,216,462.00"
    )


def test_table_without_heading_and_without_blanks_at_line_ends():
    table = terminal.Table((terminal.Column("受理号"), terminal.Column("下一步")))
    assert table.render([("2507-003", ""), ("2", "等")], heading=False) == "2507-003\n2         等"


@given(st.lists(st.sampled_from(["公积金", "，", "。", "（年）", "gjj", " 7 月", "2025-07", "、"]), max_size=60))
def test_wrap_keeps_the_text_and_the_width(words):
    text = "".join(words)
    lines = terminal.wrap(text, columns=40, indent=4).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines[1:]:
        assert not line.lstrip().startswith(("，", "。", "）", "、"))


def test_wrap_fits():
    text = "表里的年月空着：有账簿时就是单位的应汇缴年月（缴至年月的下一个月），没有账簿时是业务日期所在的月份。" * 3
    assert all(terminal.width(line) <= 80 for line in terminal.wrap(text, indent=2).split("\n"))


def test_refusal_reads_like_the_screen():
    error = Refused(
        "没有汇缴，账簿没有变",
        code="E705",
        facts=("单位 0500123 应缴 48,320.00，暂收户可用 30,000.00，差 18,320.00。",),
        remedies=("可以：等钱到账后再跑同一条命令", "或转账：gjj remit run --through 2025-07 --method 转账"),
    )
    assert terminal.refusal(error) == (
        "gjj：没有汇缴，账簿没有变（E705）。\n"
        "单位 0500123 应缴 48,320.00，暂收户可用 30,000.00，差 18,320.00。\n"
        "可以：等钱到账后再跑同一条命令\n"
        "      或转账：gjj remit run --through 2025-07 --method 转账"
    )


def test_refusal_with_plain_remedies_and_a_question():
    error = UsageError("不认识 --throuhg，是不是 --through？", remedies=("看用法：gjj remit run --help", "看主题"))
    shown = "gjj：不认识 --throuhg，是不是 --through？\n看用法：gjj remit run --help\n看主题"
    assert terminal.refusal(error) == shown


def test_colour_only_on_the_three_words_standing_alone(capsys):
    terminal.configure(color="always")
    terminal.out("C5  E201 错误  证件号码\n不通过：2 处错误，1 处警告。\n没办成   5\nD18  E302 警告  28,000.00")
    shown = capsys.readouterr().out
    assert shown.count("\x1b[31m") == 2
    assert shown.count("\x1b[33m") == 1
    assert "2 处错误，1 处警告" in shown


def test_foreign_control_characters_are_shown_not_obeyed(capsys):
    terminal.out("a\x1b[2Jb\u202ec\u200bd\r\x85\ue000")
    assert capsys.readouterr().out == "a\\x1b[2Jb\\u202ec\\u200bd\\x0d\\x85\ue000\n"


def test_machine_text_is_utf8_and_untouched(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="gbk"))
    terminal.out_utf8('{"name": "𠮷"}\n')
    terminal.flush()
    assert raw.getvalue() == '{"name": "𠮷"}\n'.encode()


def test_gbk_takes_what_it_can_and_escapes_the_rest(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="gbk"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    terminal.prepare()
    terminal.out("公积金 𠮷")
    assert sys.stderr.encoding == "utf-8"
    terminal.flush()
    assert raw.getvalue().decode("gbk") == "公积金 \\U00020bb7\n"


def test_quiet_silences_talk_and_not_a_refusal(capsys):
    terminal.configure(quiet=True)
    terminal.talk("提示")
    terminal.complain(Refused("没有办"))
    assert capsys.readouterr().err == "gjj：没有办。\n"


def test_log_only_when_verbose(capsys):
    terminal.log("posted", unit="0500001")
    terminal.configure(verbose=True)
    terminal.log("posted", unit="0500001")
    assert capsys.readouterr().err == "posted unit=0500001\n"


def test_json_log_is_one_object_a_line(capsys):
    import json

    terminal.configure(verbose=True, log_format="json")
    terminal.log("posted", unit="0500001")
    terminal.complain(Refused("没有办", code="E705", facts=("事实",)))
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["level"], first["message"], first["unit"]) == ("debug", "posted", "0500001")
    assert (second["level"], second["code"], second["exit"]) == ("error", "E705", 6)


@pytest.mark.parametrize(
    ("mask", "number", "shown"),
    [
        (masking.mask_id, "440203199001011234", "440203********1234"),
        (masking.mask_id, "110105491231002", "110105*****1002"),
        (masking.mask_id, "E12345678", "E1*****78"),
        (masking.mask_id, "123", "***"),
        (masking.mask_id, "", ""),
        (masking.mask_mobile, "13800000000", "138****0000"),
        (masking.mask_mobile, "8880000", "*****00"),
        (masking.mask_account, "0010000001", "001****001"),
        (masking.mask_account, "0500001", "*****01"),
    ],
)
def test_masks(mask, number, shown):
    assert mask(number) == shown


@given(st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
def test_a_masked_identity_hides_the_birth_date(number):
    assert masking.mask_id(number)[6:14] == "********"


def test_log_masking_leaves_nothing_of_a_person():
    text = (
        "(sqlite3.IntegrityError) UNIQUE constraint failed: employee.id_number 44020319900101123X "
        "'John Smith' '张三' 'unit_id' postgresql://clerk:secret@host/gjj\n"
        "[SQL: INSERT ...]\n[parameters: ('李四', '440203199001011234')]"
    )
    kept = masking.mask_log(text)
    for private in ("4402", "John", "张", "李", "secret", "clerk"):
        assert private not in kept
    assert "'unit_id'" in kept
    assert "UNIQUE constraint failed: employee.id_number" in kept
