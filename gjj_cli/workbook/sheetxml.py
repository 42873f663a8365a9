"""One worksheet's XML to a sparse sheet of typed cells: the inner loop of reading."""

import re
from datetime import date
from decimal import Decimal

from gjj_cli.workbook.gate import damaged
from gjj_cli.workbook.grid import LAST_COLUMN, LAST_ROW, STRING_MAX, Cell, CellType, Row, Sheet, Tally, column_number
from gjj_cli.workbook.markup import Attributes, Reader

RAW_MAX = STRING_MAX * 7  # `_x000D_` takes seven characters of the file for one of the text

Style = tuple[bool, bool]  # shows a date, shows a percent
PLAIN: Style = (False, False)

_TRUE = ("1", "true")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """The text with `_x000D_` and the like decoded; halves of a surrogate pair become one character."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def day_of(serial: str, from_1904: bool) -> str | None:
    """The ISO day of a date serial's text, its time dropped; None where there is no such day.

    Day 60 of the 1900 system is the 29 February 1900 that never was.
    """
    if len(serial) > 40 or "e" in serial.lower():
        return None
    number = int(Decimal(serial).__floor__())
    if from_1904:
        ordinal = date(1904, 1, 1).toordinal() + number
    else:
        if number < 1 or number == 60:
            return None
        ordinal = date(1899, 12, 31 if number < 60 else 30).toordinal() + number
    if not date(1900, 1, 1).toordinal() <= ordinal <= date.max.toordinal():
        return None
    return date.fromordinal(ordinal).isoformat()


class SheetReader(Reader):
    """Hears one worksheet part. `strings` are the shared texts, `styles` the styles that are not plain."""

    def __init__(
        self, sheet: Sheet, tally: Tally, strings: list[Cell | None], styles: dict[str, Style], from_1904: bool
    ) -> None:
        super().__init__()
        self.starts = {
            "c": self._start_cell,
            "v": self._start_value,
            "row": self._start_row,
            "f": self._start_formula,
            "t": self._start_text,
            "rPh": self._start_phonetic,
            "col": self._start_column,
        }
        self.ends = {
            "c": self._end_cell,
            "v": self._stop_listening,
            "t": self._stop_listening,
            "rPh": self._end_phonetic,
            "row": self._end_row,
        }
        self._sheet = sheet
        self._tally = tally
        self._strings = strings
        self._styles = styles
        self._from_1904 = from_1904
        self._columns_used: set[int] = set()
        self._columns_hidden: list[range] = []
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

    def finish(self) -> Sheet:
        """The sheet, its rows in order, its hidden columns among those that hold something."""
        sheet = self._sheet
        if list(sheet.rows) != sorted(sheet.rows):
            sheet.rows = dict(sorted(sheet.rows.items()))
        for span in self._columns_hidden:
            sheet.hidden_columns.update(column for column in self._columns_used if column in span)
        return sheet

    def _start_column(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _TRUE:
            self._columns_hidden.append(_span(attributes))

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
        if self._row_number in self._sheet.rows:
            raise self._broken("同一行写了两次")
        self._sheet.rows[self._row_number] = row
        if self._row_hidden:
            self._sheet.hidden_rows.add(self._row_number)
        self._tally.row(self._sheet, self._columns_used, row)

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
        if not self._text and not self._formula:
            return
        cell = self._shared() if self._kind == "s" and not self._formula else self._typed()
        if cell is None:
            return
        row = self._row
        if row is None or self._column in row or self._column > LAST_COLUMN:
            raise self._broken("格子的写法不对")
        row[self._column] = cell

    def _shared(self) -> Cell | None:
        try:
            index = int(self._text)
            if index >= 0:
                return self._strings[index]
        except (ValueError, IndexError):
            pass
        raise self._broken("文字的编号对不上")

    def _typed(self) -> Cell | None:
        kind, text, formula = self._kind, self._text, self._formula
        if formula and not text and not (kind == "str" and self._valued):
            return Cell(CellType.TEXT, "", True, False)
        if kind == "s":
            shared = self._shared()
            return Cell(CellType.TEXT, shared.text if shared else "", True)
        if kind in ("str", "inlineStr"):
            text = unescape(text)
            self._tally.text(len(text))
            return Cell(CellType.TEXT, text, formula)
        text = text.strip()
        if kind == "b":
            return Cell(CellType.BOOL, "1" if text in ("1", "true") else "0", formula)
        if kind == "e":
            return Cell(CellType.ERROR, text[:40], formula)
        if kind == "d":
            return _iso(text, formula)
        return self._number(text, formula) if text else None

    def _number(self, text: str, formula: bool) -> Cell:
        if not _NUMBER.fullmatch(text):  # NaN, INF and whatever else is no number
            self._tally.text(len(text))
            return Cell(CellType.TEXT, text, formula)
        is_date, is_percent = self._styles.get(self._style, PLAIN)
        if is_date:
            day = day_of(text, self._from_1904)
            if day is not None:
                return Cell(CellType.DATE, day, formula)
        return Cell(CellType.NUMBER, text, formula, True, is_percent)

    def _broken(self, how: str) -> Exception:
        return damaged(self._tally.name, f"的工作表里{how}，文件已经损坏")


def _span(attributes: Attributes) -> range:
    """The columns a `col` element is about; empty when it does not say so in numbers."""
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in (first, last)):
        return range(0)
    return range(int(first), int(last) + 1)


def _iso(text: str, formula: bool) -> Cell:
    """An ISO date cell (t="d"): its day, or the text as it is when it is none."""
    try:
        return Cell(CellType.DATE, date.fromisoformat(text[:10]).isoformat(), formula)
    except ValueError:
        return Cell(CellType.TEXT, text, formula)
