"""The nouns a read workbook is made of, typed cells in a sparse grid, and the bounds on how much of it there may be.

A sheet is kept as one frame with a row for each cell, because a list of a hundred thousand people is read, judged
and thrown away in bulk; `rows` shows the same cells one by one, for the few that are looked at one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from gjj_cli.errors import FileError
from gjj_cli.workbook.gate import COPY_VALUES, over

ROWS_MAX = 200_000  # rows with data, in one sheet
COLUMNS_MAX = 256  # columns with data, in one sheet
CELLS_MAX = 5_000_000  # cells with data, in all sheets together
STRING_MAX = 32_767  # characters of one cell: Excel's own limit
RAW_MAX = STRING_MAX * 7  # as the file has it: `_x000D_` takes seven characters for one
TEXT_MAX = 100_000_000  # characters of all texts together
SHEETS_MAX = 255
PENDING = 100_000  # cells kept as objects before they are put into a frame
MERGED_MAX = 200_000  # merged areas that are looked at, in one sheet
HEAD_ROWS = 10  # a title and notes above the header are usual

LAST_ROW = 1_048_576  # of the .xlsx format
LAST_COLUMN = 16_384


class CellType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """One non-empty cell, as the file has it.

    `text`: TEXT as it is; NUMBER the decimal text stored in the file; DATE ISO `2025-07-01` (a number whose format is
    a date's, or an ISO date cell); BOOL `1` or `0`; ERROR such as `#REF!`. A formula counts by its stored result, and
    `cached` is False (text empty) where there is none. `percent`: the number's format shows a percent.
    """

    type: CellType
    text: str
    formula: bool = False
    cached: bool = True
    percent: bool = False


Row = dict[int, Cell]
Area = tuple[int, int, int, int]  # first row, first column, last row, last column

CONTENT = {
    "type": pl.Enum([kind.value for kind in CellType]),
    "text": pl.String(),
    "formula": pl.Boolean(),
    "cached": pl.Boolean(),
    "percent": pl.Boolean(),
}
CELLS = {"row": pl.Int32(), "column": pl.Int32(), **CONTENT}  # of a sheet, sorted by row and column


class Sheet:
    """One sheet: rows and columns counted from 1, only cells that hold something.

    A sheet that was read has its `cells` (a frame as `CELLS`), and its `rows` are not to be changed; one that is made
    by hand is filled by its `rows`.
    """

    def __init__(
        self,
        name: str,
        state: str = "visible",  # or hidden, or veryHidden
        cells: pl.DataFrame | None = None,
        hidden_rows: AbstractSet[int] = frozenset(),
        hidden_columns: AbstractSet[int] = frozenset(),
        merged: Sequence[Area] = (),
    ) -> None:
        self.name = name
        self.state = state
        self.hidden_rows = hidden_rows
        self.hidden_columns = hidden_columns
        self.merged = merged
        self._cells = cells
        self._rows: dict[int, Row] | None = {} if cells is None else None
        self._head: dict[int, Row] | None = None

    @property
    def cells(self) -> pl.DataFrame:
        """One row a cell: `row`, `column` and what a `Cell` holds, sorted by place."""
        if self._cells is not None:
            return self._cells
        placed = ((row, column, cell) for row, cells in (self._rows or {}).items() for column, cell in cells.items())
        return cells_frame(placed)

    @property
    def rows(self) -> dict[int, Row]:
        """Row -> column -> cell, in order."""
        if self._rows is None:
            self._rows = rows_of(self.cells)
        return self._rows

    @property
    def head(self) -> dict[int, Row]:
        """The same, of the first `HEAD_ROWS` rows only, where headers are looked for."""
        if self._rows is not None:
            return {row: cells for row, cells in sorted(self._rows.items()) if row <= HEAD_ROWS}
        if self._head is None:
            self._head = rows_of(self.cells.filter(pl.col("row") <= HEAD_ROWS))
        return self._head


def cells_frame(placed: Iterable[tuple[int, int, Cell]]) -> pl.DataFrame:
    """Cells with their places as one frame, sorted by place."""
    records = [
        (row, column, cell.type.value, cell.text, cell.formula, cell.cached, cell.percent)
        for row, column, cell in placed
    ]
    return pl.DataFrame(records, schema=CELLS, orient="row").sort("row", "column")


class Gathered:
    """Rows as they are read one by one, put away as frames: kept as objects they take ten times the room."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns: set[int] = set()
        self._frames: list[pl.DataFrame] = []
        self._pending: list[tuple[int, int, Cell]] = []

    def put(self, number: int, row: Row) -> None:
        """Add a row that was not there yet."""
        self.rows += 1
        self.columns.update(row)
        self._pending += ((number, column, cell) for column, cell in row.items())
        if len(self._pending) > PENDING:
            self._put_away()

    def frame(self) -> pl.DataFrame:
        """All rows so far, as `CELLS`, in order."""
        self._put_away()
        return pl.concat(self._frames).sort("row", "column")

    def _put_away(self) -> None:
        self._frames.append(cells_frame(self._pending))
        self._pending = []


def rows_of(cells: pl.DataFrame) -> dict[int, Row]:
    """A frame of cells as row -> column -> cell, in the frame's order."""
    rows: dict[int, Row] = {}
    for row, column, kind, *rest in cells.select(*CELLS).iter_rows():
        rows.setdefault(row, {})[column] = Cell(CellType(kind), *rest)
    return rows


@dataclass(slots=True)
class Workbook:
    """A file that was read: its name, the SHA-256 of its bytes, its sheets in order, its custom properties."""

    name: str
    sha256: str
    sheets: list[Sheet]
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """How much has been read from one file, against the bounds. Raises FileError E004 when one is passed."""

    name: str
    cells: int = 0
    characters: int = 0

    def sheet(self, title: str, cells: int, rows: int, columns: int) -> None:
        """Judge what one sheet holds so far; `cells` are those not counted before."""
        self.cells += cells
        if self.cells > CELLS_MAX:
            raise over(self.name, f"有数据的格子超过 {CELLS_MAX:,} 个")
        if rows > ROWS_MAX:
            raise over(self.name, f"的工作表「{show(title)}」超过 {ROWS_MAX:,} 行")
        if columns > COLUMNS_MAX:
            raise over(self.name, f"的工作表「{show(title)}」超过 {COLUMNS_MAX} 列", COPY_VALUES)

    def text(self, length: int) -> None:
        """Count a text of that many characters."""
        if length > STRING_MAX:
            raise self.too_long()
        self.texts(length)

    def texts(self, total: int) -> None:
        """Count texts of that many characters together, none of them too long."""
        self.characters += total
        if self.characters > TEXT_MAX:
            raise over(self.name, f"的文字合计超过 {TEXT_MAX:,} 字")

    def too_long(self) -> FileError:
        return over(self.name, f"有一格的文字超过 {STRING_MAX:,} 字", COPY_VALUES)


def show(name: str) -> str:
    """A sheet name fit for a message: printable and short, whatever the file says."""
    return "".join(character if character.isprintable() else "?" for character in name[:31])


def column_number(letters: str) -> int:
    """A -> 1, AA -> 27, XFD -> 16384; ValueError for anything else."""
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isupper() or not letters.isalpha():
        raise ValueError(letters)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    if number > LAST_COLUMN:
        raise ValueError(letters)
    return number
