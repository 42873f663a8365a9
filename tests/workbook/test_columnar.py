"""A column read in bulk holds what `values.parse` says of each of its cells."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gjj_cli.business.spec import Column, Kind
from gjj_cli.rules.policy import Dictionary, load
from gjj_cli.workbook import columnar
from gjj_cli.workbook.grid import CONTENT, Cell, CellType
from gjj_cli.workbook.values import EMPTY, parse

DOCUMENTS: Dictionary = load("shaoguan").dictionary("doc_type")

ATOMS = [
    "张",
    "三",
    "·",
    "𠮷",
    "㛃",
    " ",
    "　",
    "1",
    "3",
    "9",
    "0",
    "７",
    "X",
    "x",
    ".",
    ",",
    "-",
    "/",
    "年",
    "月",
    "%",
    "元",
]
ATOMS += [
    "\u200b",
    "\n",
    "=",
    "E",
    "440203198003151117",
    "13900000001",
    "2025-07",
    "1990-01-31",
    "2025-02-30",
    "3000.50",
]
TEXTS = st.lists(st.sampled_from(ATOMS), max_size=6).map("".join) | st.text(max_size=8)
CELLS = st.one_of(
    st.none(),
    st.builds(Cell, st.just(CellType.TEXT), TEXTS, st.booleans()),
    st.builds(
        Cell,
        st.just(CellType.NUMBER),
        st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,4})?", fullmatch=True),
        percent=st.booleans(),
    ),
    st.builds(Cell, st.sampled_from([CellType.BOOL, CellType.ERROR]), st.just("1")),
    st.builds(Cell, st.just(CellType.DATE), st.dates().map(str)),
    st.just(Cell(CellType.TEXT, "", True, False)),
)


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=60)
@given(cells=st.lists(CELLS, max_size=12))
def test_a_column_holds_what_each_cell_means(kind: Kind, cells: list[Cell | None]) -> None:
    column = Column("s", "列", kind, "", "", max_length=5)
    dictionary = DOCUMENTS if kind is Kind.DICTIONARY else None
    content = [
        (None,) * 5 if cell is None else (cell.type.value, cell.text, cell.formula, cell.cached, cell.percent)
        for cell in cells
    ]
    value, raw, problem, note, formula = columnar.read(
        column, pl.DataFrame(content, schema=CONTENT, orient="row"), dictionary
    )
    expected = [EMPTY if cell is None else parse(column, cell, dictionary) for cell in cells]
    assert value.to_list() == [one.value for one in expected]
    assert problem.to_list() == [one.problem for one in expected]
    assert note.to_list() == [one.note for one in expected]
    assert formula.to_list() == [cell is not None and cell.formula for cell in cells]
    blank = [cell is None or (cell.cached and not cell.text.strip()) for cell in cells]
    assert [one is None for one in raw.to_list()] == blank


@pytest.mark.parametrize("kind", list(Kind))
def test_a_column_with_no_cell_is_one_of_empty_cells(kind: Kind) -> None:
    column = Column("s", "列", kind, "", "")
    cells = pl.DataFrame({name: [None] * 3 for name in CONTENT}, schema=CONTENT)
    read, empty = columnar.read(column, cells, None), columnar.empty(column, 3)
    assert pl.DataFrame(read).equals(pl.DataFrame(empty))
    assert [one.dtype for one in read] == [one.dtype for one in empty]
