"""The CSV: read by Excel as UTF-8, and no cell of it is ever computed."""

import csv
import io

import pytest

from gjj_cli.report import table
from tests.report.reports import awkward, dirty


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_it_begins_with_the_mark_and_every_line_is_as_long_as_the_header() -> None:
    text = table.render(dirty())
    assert text.startswith('\ufeff"文件","工作表","格"')
    assert {len(line) for line in lines(text)} == {len(table.HEADERS)}


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_value_that_would_be_a_formula_is_text(begins: str) -> None:
    assert table.guarded(f"{begins}1+1") == f"'{begins}1+1"
    assert table.guarded(f"甲{begins}") == f"甲{begins}" and table.guarded("") == ""


def test_no_cell_of_a_report_begins_like_a_formula() -> None:
    assert [
        cell for line in lines(table.render(awkward())) for cell in line if cell[:1] in "=+-@\t\r\n＝＋－＠" and cell
    ] == []


def test_line_ends_inside_a_value_stay_in_their_cell() -> None:
    (line,) = [line for line in lines(table.render(awkward())) if line[5] == "E112"]
    assert line[7] == "第一行\r\n第二行" and line[2:4] == ["E7", "7"]


def test_what_is_not_listed_is_said_in_a_line() -> None:
    said = [line[8] for line in lines(table.render(awkward())) if not line[5]]
    assert said[0].startswith("政策包没有 2030-01") and said[1] == "另有 3 处按 --select、--ignore 没有列出。"
