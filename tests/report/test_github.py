"""GitHub: commands that nothing in a file can break out of, and a summary that fits."""

import re

import pytest

from gjj_cli.report import github
from tests.report.reports import NASTY, awkward, dirty, expected

COMMAND = re.compile(r"::(error|warning|notice) [^:]*::[^\r\n]*")


def test_every_finding_and_remark_is_one_command_in_one_line() -> None:
    lines = github.render(awkward()).split("\n")[:-1]
    assert [line for line in lines if not COMMAND.fullmatch(line)] == []
    assert len(lines) == len(expected(awkward())) + 1 + 2  # two W812 about the whole file, two remarks


def test_what_a_command_would_take_for_its_own_is_escaped() -> None:
    (line,) = [line for line in github.render(awkward()).splitlines() if "title=E104" in line]
    assert NASTY.replace("%", "%25") in line and "%250A%3A%3Aerror%3A%3A" in line.partition("title=")[0]
    (line,) = [line for line in github.render(awkward()).splitlines() if "title=E112" in line]
    assert line.startswith("::error file=") and ",line=7,col=5,title=E112 个人账户设立!E7 证件号码::" in line


def rows(markdown: str) -> list[str]:
    return [line for line in markdown.splitlines() if line.startswith("| ") and not line.startswith("| 格")]


def test_the_summary_is_a_table_that_values_cannot_leave() -> None:
    summary = github.summary(awkward())
    assert len(rows(summary)) == len(expected(awkward())) + 1
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows(summary)} == {7}
    assert "<script>" not in summary and "&lt;script&gt;" in summary and "\\[x\\](y)" in summary
    assert "读不了" in summary and "通过，个人账户封存" in summary


@pytest.mark.parametrize("room", [0, 10, 300, 5_000])
def test_the_summary_keeps_within_its_room_and_says_what_it_left_out(room: int) -> None:
    summary = github.summary(dirty(), room)
    assert len(summary.encode()) <= room
    assert summary.endswith("其余的没有列出：摘要最多 1 MiB。\n") == (room >= 300)


def test_a_summary_that_fits_says_nothing_of_the_kind() -> None:
    assert "其余的没有列出" not in github.summary(dirty())
