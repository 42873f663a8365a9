"""The report for people: what is folded, what is said once, and that it fits the screen."""

from dataclasses import replace

import pytest

from gjj_cli.finding import Finding, Judged
from gjj_cli.report import text
from gjj_cli.report.told import Report
from tests.report.reports import awkward, finding
from tests.situations import odd


def column(code: str, rows: range, place: int = 3) -> list[Finding]:
    return [finding(code, (row, place), f"值{row}", f"值{row} 不对。") for row in rows]


def test_neighbours_that_say_the_same_are_one_and_others_are_not() -> None:
    found = [*column("E108", range(2, 5)), *column("E108", range(6, 8)), *column("E201", range(2, 3))]
    assert [(one.where, one.cells, one.first.code) for one in text.fold(found)] == [
        ("C2:C4", 3, "E108"),
        ("C6:C7", 2, "E108"),
        ("C2", 1, "E201"),
    ]


def test_warnings_are_a_line_each_and_errors_none() -> None:
    told = text.warnings([*column("W819", range(2, 5), 5), *column("E201", range(2, 3)), finding("W812", None)])
    assert told == ["2 处警告，照样受理：", "  E2:E4     W819 证件号码  3 格  值2 不对。", "  整个文件  W812 不对。"]
    assert text.warnings(column("E201", range(2, 3))) == []


def test_of_several_files_what_is_left_out_is_said_in_one_line() -> None:
    files = [
        replace(awkward().files[2], name=f"{number}.xlsx", unlisted=[awkward().files[0].judged.findings[0]] * number)
        for number in (0, 2, 3)
    ]
    said = text.render(Report(files, [], "pack", 0.1, 0, many=True)).splitlines()
    assert said == ["3 个文件：3 通过，0 不通过", "另有 5 处按 --select、--ignore 没有列出。"]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_report_of_one_file_fits_the_screen(number: int) -> None:
    checked = replace(awkward().files[number], name="表.xlsx", uncovered=[])
    plain = Judged([one for one in checked.judged.findings if one.code != "E104"])
    assert odd(text.render(Report([replace(checked, judged=plain)], [], "pack", 0.1, 0))) == []


def test_a_file_that_cannot_be_read_alone_is_told_by_its_refusal() -> None:
    (unreadable,) = [checked for checked in awkward().files if checked.error]
    said = text.render(Report([unreadable], [], "pack", 0.1, 4))
    assert said == "gjj：旧.xls 是旧版 Excel，读不了（E001）。\n改：另存为。\n"


def test_a_long_range_of_cells_is_apart_from_its_code() -> None:
    far = [replace(one, message="不对。") for one in column("E101", range(99_998, 100_001))]
    assert "C99998:C100000 E101" in text.one(replace(awkward().files[0], judged=Judged(far)))
