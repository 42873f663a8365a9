"""Fields of a .csv changed in place: the csv module of Python is the oracle."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli.workbook.csvpatch import patch


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("a,b\r\nc,d\r\n", {(2, 1): "新"}, "a,b\r\n新,d\r\n"),
        ('a,"b ""x"""\nc', {(1, 2): 'q"'}, 'a,"q"""\nc'),
        ("a,b", {(1, 2): "x,y"}, 'a,"x,y"'),
        ('"a\nb",c\nd', {(2, 1): "e"}, '"a\nb",c\ne'),
        ("a\n\nb", {(3, 1): "c"}, "a\n\nc"),
        ("a,,b", {(1, 2): "c"}, "a,c,b"),
    ],
)
def test_only_the_fields_named_change(text: str, edits: dict[tuple[int, int], str], expected: str) -> None:
    assert patch(text, edits) == expected


field = st.text(st.sampled_from('ab",\n\r 中'), max_size=6)


@given(st.lists(st.lists(field, min_size=2, max_size=4), min_size=1, max_size=4), st.data())
def test_as_the_csv_module_reads_it(rows: list[list[str]], data: st.DataObject) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    row = data.draw(st.integers(1, len(rows)))
    column = data.draw(st.integers(1, len(rows[row - 1])))
    value = data.draw(field)
    expected = [list(values) for values in rows]
    expected[row - 1][column - 1] = value
    assert read(patch(buffer.getvalue(), {(row, column): value})) == expected
    assert patch(buffer.getvalue(), {}) == buffer.getvalue()
