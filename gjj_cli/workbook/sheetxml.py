"""One worksheet's XML to a sheet of typed cells, element by element: the way that reads whatever is legal."""

import re
from collections.abc import Set as AbstractSet

import polars as pl

from gjj_cli.workbook.gate import damaged
from gjj_cli.workbook.grid import (
    LAST_COLUMN,
    LAST_ROW,
    MERGED_MAX,
    RAW_MAX,
    Area,
    CellType,
    Gathered,
    Row,
    Sheet,
    Tally,
    column_number,
)
from gjj_cli.workbook.markup import Attributes, Reader
from gjj_cli.workbook.stored import PLAIN, Shared, typed

_TRUE = ("1", "true")
_AREA = re.compile("([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


class SheetReader(Reader):
    """Hears one worksheet part. `strings` are the shared texts, `styles` the styles that are not plain."""

    def __init__(self, title: str, state: str, tally: Tally, shared: Shared) -> None:
        super().__init__()
        self.starts = {
            "c": self._start_cell,
            "v": self._start_value,
            "row": self._start_row,
            "f": self._start_formula,
            "t": self._start_text,
            "rPh": self._start_phonetic,
            "col": self._start_column,
            "mergeCell": self._merged,
        }
        self.ends = {
            "c": self._end_cell,
            "v": self._stop_listening,
            "t": self._stop_listening,
            "rPh": self._end_phonetic,
            "row": self._end_row,
        }
        self._title, self._state = title, state
        self._tally = tally
        self._shared = shared
        self._strings: list[str] | None = None
        self._gathered = Gathered()
        self._rows_seen: set[int] = set()
        self._rows_hidden: set[int] = set()
        self._columns_hidden: list[range] = []
        self._areas: list[Area] = []
        self._numbers: dict[str, int] = {}  # column letters -> number
        self._row: Row | None = None
        self._row_number = 0
        self._row_text = "0"
        self._row_hidden = False
        self._column = 0
        self._in_cell = self._listening = self._phonetic = False
        self._formula = self._valued = False
        self._kind = self._style = self._text = ""

    def characters(self, text: str) -> None:
        if self._listening:
            self._text += text
            if len(self._text) > RAW_MAX:
                raise self._tally.too_long()

    def finish(self, cells: pl.DataFrame | None = None, hidden_rows: AbstractSet[int] = frozenset()) -> Sheet:
        """The sheet, its hidden columns among those that hold something; rows may come from elsewhere (`plainxml`)."""
        if cells is None:
            cells, hidden_rows = self._gathered.frame(), self._rows_hidden
        used = cells["column"].unique().to_list()
        used_rows = set(cells.filter(pl.col("row").is_in(list(hidden_rows)))["row"]) if hidden_rows else frozenset()
        hidden_columns = {column for span in self._columns_hidden for column in used if column in span}
        return Sheet(self._title, self._state, cells, hidden_rows & used_rows, hidden_columns, self._areas)

    def _start_column(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _TRUE:
            self._columns_hidden.append(_span(attributes))

    def _merged(self, attributes: Attributes) -> None:
        match = _AREA.fullmatch(attributes.get("ref", ""))
        if match is not None and len(self._areas) < MERGED_MAX:
            first, top, last, bottom = match.groups()
            self._areas.append((int(top), self._learn(first), int(bottom), self._learn(last)))

    def _start_row(self, attributes: Attributes) -> None:
        if self._row is not None:
            raise self._broken("行的写法不对")
        text = attributes.get("r") or str(self._row_number + 1)
        if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= LAST_ROW):
            raise self._broken("行号写得不对")
        self._row_number = int(text)
        self._row_text = text
        self._row_hidden = attributes.get("hidden") in _TRUE
        self._row = {}
        self._column = 0

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if not row:
            return
        if self._row_number in self._rows_seen:
            raise self._broken("同一行写了两次")
        self._rows_seen.add(self._row_number)
        self._gathered.put(self._row_number, row)
        if self._row_hidden:
            self._rows_hidden.add(self._row_number)
        self._tally.sheet(self._title, len(row), self._gathered.rows, len(self._gathered.columns))

    def _start_cell(self, attributes: Attributes) -> None:
        if self._row is None or self._in_cell:
            raise self._broken("格子的写法不对")
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.removesuffix(self._row_text)
            self._column = self._numbers.get(letters) or self._learn(letters)
        self._in_cell = True
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._text = ""
        self._formula = self._valued = False

    def _learn(self, letters: str) -> int:
        """The number of column letters not met before; digits left over are those of another row."""
        try:
            column = column_number(letters)
        except ValueError:
            raise self._broken("格子的位置写得不对") from None
        self._numbers[letters] = column
        return column

    def _start_value(self, _: Attributes) -> None:
        self._listening = self._valued = self._in_cell

    def _start_formula(self, _: Attributes) -> None:
        self._formula = self._in_cell

    def _start_text(self, _: Attributes) -> None:
        self._listening = self._in_cell and not self._phonetic

    def _stop_listening(self) -> None:
        self._listening = False

    def _start_phonetic(self, _: Attributes) -> None:
        self._phonetic = True

    def _end_phonetic(self) -> None:
        self._phonetic = False

    def _end_cell(self) -> None:
        self._in_cell = False
        kind, text = self._kind, self._text
        if kind == "s" and text:
            text = self._shared_text()
        style = self._shared.styles.get(self._style, PLAIN)
        cell = typed(
            kind, text, formula=self._formula, valued=self._valued, style=style, from_1904=self._shared.from_1904
        )
        if cell is None:
            return
        if cell.type is CellType.TEXT:  # a shared one too: a long text may be written once and meant in every row
            self._tally.text(len(cell.text))
        row = self._row
        if row is None or self._column in row or self._column > LAST_COLUMN:
            raise self._broken("格子的写法不对")
        row[self._column] = cell

    def _shared_text(self) -> str:
        if self._strings is None:
            self._strings = self._shared.strings.to_list()
        try:
            index = int(self._text)
            if index >= 0:
                return self._strings[index]
        except (ValueError, IndexError):
            pass
        raise self._broken("文字的编号对不上")

    def _broken(self, how: str) -> Exception:
        return damaged(self._tally.name, f"的工作表里{how}，文件已经损坏")


def _span(attributes: Attributes) -> range:
    """The columns a `col` element is about; empty when it does not say so in numbers."""
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in (first, last)):
        return range(0)
    return range(int(first), int(last) + 1)
