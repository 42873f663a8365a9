"""What a cell stores (its type letter, text and style) to the typed cell it means; shared by both ways of reading."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from gjj_cli.workbook.grid import Cell, CellType

Style = tuple[bool, bool]  # shows a date, shows a percent
PLAIN: Style = (False, False)

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(NUMBER)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Shared:
    """What cells refer to: the shared texts, the styles that are not plain, and where days are counted from."""

    strings: pl.Series
    styles: Mapping[str, Style]
    from_1904: bool


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


def typed(kind: str, text: str, *, formula: bool, valued: bool, style: Style, from_1904: bool) -> Cell | None:
    """The cell of a type letter and its stored text; None for one that holds nothing.

    A shared text (`s`) comes as its text, decoded. `valued` tells an empty result from none.
    """
    if not text and not formula:
        return None
    if kind == "s":
        return Cell(CellType.TEXT, text, formula)
    if formula and not text and not (kind == "str" and valued):
        return Cell(CellType.TEXT, "", True, False)
    if kind in ("str", "inlineStr"):
        return Cell(CellType.TEXT, unescape(text), formula)
    text = text.strip()
    if kind == "b":
        return Cell(CellType.BOOL, "1" if text in ("1", "true") else "0", formula)
    if kind == "e":
        return Cell(CellType.ERROR, text[:40], formula)
    if kind == "d":
        return _iso(text, formula)
    return _number(text, formula, style, from_1904) if text else None


def _number(text: str, formula: bool, style: Style, from_1904: bool) -> Cell:
    if not _NUMBER.fullmatch(text):  # NaN, INF and whatever else is no number
        return Cell(CellType.TEXT, text, formula)
    is_date, is_percent = style
    day = day_of(text, from_1904) if is_date else None
    if day is not None:
        return Cell(CellType.DATE, day, formula)
    return Cell(CellType.NUMBER, text, formula, True, is_percent)


def _iso(text: str, formula: bool) -> Cell:
    """An ISO date cell (t="d"): its day, or the text as it is when it is none."""
    try:
        return Cell(CellType.DATE, date.fromisoformat(text[:10]).isoformat(), formula)
    except ValueError:
        return Cell(CellType.TEXT, text, formula)
