"""The nouns a read workbook is made of, typed cells in a sparse grid, and the bounds on how much of it there may be."""

from dataclasses import dataclass, field
from enum import StrEnum

from gjj_cli.errors import FileError
from gjj_cli.workbook.gate import COPY_VALUES, over

ROWS_MAX = 200_000  # rows with data, in one sheet
COLUMNS_MAX = 256  # columns with data, in one sheet
CELLS_MAX = 5_000_000  # cells with data, in all sheets together
STRING_MAX = 32_767  # characters of one cell: Excel's own limit
TEXT_MAX = 100_000_000  # characters of all texts together
SHEETS_MAX = 255

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


@dataclass(slots=True)
class Sheet:
    """One sheet: rows and columns counted from 1, only cells that hold something."""

    name: str
    state: str = "visible"  # visible | hidden | veryHidden
    rows: dict[int, Row] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Workbook:
    """A file that was read: its name, the SHA-256 of its bytes, its sheets in order, its custom properties."""

    name: str
    sha256: str
    sheets: list[Sheet]
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """How much has been read from one file, against the bounds. Raises FileError E004 when one is passed."""

    name: str
    cells: int = 0
    characters: int = 0

    def row(self, sheet: Sheet, columns: set[int], row: Row) -> None:
        """Count a row just read; `columns` collects the sheet's columns with data."""
        self.cells += len(row)
        columns.update(row)
        if self.cells > CELLS_MAX:
            raise over(self.name, f"有数据的格子超过 {CELLS_MAX:,} 个")
        if len(sheet.rows) > ROWS_MAX:
            raise over(self.name, f"的工作表「{show(sheet.name)}」超过 {ROWS_MAX:,} 行")
        if len(columns) > COLUMNS_MAX:
            raise over(self.name, f"的工作表「{show(sheet.name)}」超过 {COLUMNS_MAX} 列", COPY_VALUES)

    def text(self, length: int) -> None:
        """Count a text of that many characters."""
        if length > STRING_MAX:
            raise self.too_long()
        self.characters += length
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
