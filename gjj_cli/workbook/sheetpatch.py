"""A worksheet's XML with some cells changed: only the rows concerned are written again, the rest is the same text."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gjj_cli.finding import column_letters
from gjj_cli.workbook import tags
from gjj_cli.workbook.grid import column_number

_ROW_NUMBER = re.compile(r"""\sr\s*=\s*["']([0-9]+)["']""")
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]+)(?::\$?([A-Z]{1,3})\$?([0-9]+))?")

_TRUE = ("1", "true")

Area = tuple[int, int, int, int]  # first row, first column, last row, last column, from 1


@dataclass(frozen=True)
class Edit:
    """What becomes of a cell: a text or a number (decimal text) as its value, another style made of its own, or gone.

    What is not said stays as it is. A text is never a formula, whatever it begins with.
    """

    text: str | None = None
    number: str | None = None
    restyle: Callable[[int], int] | None = None
    gone: bool = False


def patch(xml: str, edits: Mapping[tuple[int, int], Edit]) -> str:
    """A worksheet with the edits of (row, column) made. Cells and rows that are not there are put in.

    Raises ValueError for a sheet without `sheetData`.
    """
    if not edits:
        return xml
    prefix = tags.prefix_of(xml)
    data = tags.element(xml, f"{prefix}sheetData")
    if data is None:
        raise ValueError("no sheetData")
    by_row: dict[int, dict[int, Edit]] = defaultdict(dict)
    for (row, column), edit in edits.items():
        by_row[row][column] = edit
    body = _Rows(prefix, _column_styles(xml[: data.start], prefix), by_row).patch(xml, data)
    begin = xml[data.start : data.inside].removesuffix("/>").removesuffix(">")
    return f"{xml[: data.start]}{begin}>{body}</{prefix}sheetData>{xml[data.end :]}"


def area(reference: str) -> Area | None:
    """A1 or A1:C5 as numbers, or None for anything else."""
    match = _AREA.fullmatch(reference)
    if match is None:
        return None
    first, last = column_number(match[1]), column_number(match[3] or match[1])
    return int(match[2]), first, int(match[4] or match[2]), last


class _Rows:
    """The rows of one sheet being patched."""

    def __init__(
        self, prefix: str, styles: list[tuple[int, int, int]], edits: Mapping[int, Mapping[int, Edit]]
    ) -> None:
        self._prefix = prefix
        self._styles = styles
        self._edits = edits
        self._cell = f"{prefix}c"

    def patch(self, xml: str, data: tags.Element) -> str:
        """What is now inside the sheetData."""
        pieces: list[str] = []
        copied, number, waiting = data.inside, 0, sorted(self._edits, reverse=True)
        for begin in tags.tag(f"{self._prefix}row").finditer(xml, data.inside, data.after):
            said = _ROW_NUMBER.search(begin[0])
            number = int(said[1]) if said else number + 1
            new = ""
            while waiting and waiting[-1] < number:
                new += self._new_row(waiting.pop())
            if waiting and waiting[-1] == number:
                waiting.pop()
                where = next(tags.elements(xml, f"{self._prefix}row", begin.start(), data.after))
                new += self._row(begin[0], xml[where.inside : where.after], number)
                pieces += [xml[copied : begin.start()], new]
                copied = where.end
            elif new:
                pieces += [xml[copied : begin.start()], new]
                copied = begin.start()
            if not waiting:
                break
        pieces += [xml[copied : data.after], *(self._new_row(number) for number in reversed(waiting))]
        return "".join(pieces)

    def _new_row(self, number: int) -> str:
        return self._row(f'<{self._prefix}row r="{number}"/>', "", number)

    def _row(self, begin: str, inner: str, number: int) -> str:
        """One row again, its edits made; every cell of it now says where it is."""
        edits = dict(self._edits[number])
        said = tags.attributes(begin)
        own = _integer(said.get("s", "")) if said.get("customFormat") in _TRUE else None
        pieces, copied, column = [], 0, 0
        for where in tags.elements(inner, self._cell):
            cell = inner[where.start : where.end]
            letters = tags.attributes(inner[where.start : where.inside]).get("r", "").rstrip("0123456789")
            column = column_number(letters) if letters else column + 1
            pieces.append(inner[copied : where.start])
            for before in sorted(place for place in edits if place < column):
                pieces.append(self._new_cell(number, before, own, edits.pop(before)))
            if not letters:
                begin_cell = tags.with_attribute(inner[where.start : where.inside], "r", _name(number, column))
                cell = begin_cell + inner[where.inside : where.end]
            if column in edits:
                cell = self._changed(cell, edits.pop(column))
            pieces.append(cell)
            copied = where.end
        pieces.append(inner[copied:])
        for after in sorted(edits):
            pieces.append(self._new_cell(number, after, own, edits[after]))
        body = "".join(pieces)
        begin = _wider(begin, max(self._edits[number]))
        if not body:
            return begin if begin.endswith("/>") else f"{begin}</{self._prefix}row>"
        return f"{begin.removesuffix('/>').removesuffix('>')}>{body}</{self._prefix}row>"

    def _new_cell(self, row: int, column: int, own: int | None, edit: Edit) -> str:
        if edit.gone:
            return ""
        style = own if own is not None else self._style_of(column)
        begin = f'<{self._cell} r="{_name(row, column)}"' + (f' s="{style}"' if style else "") + "/>"
        return self._changed(begin, edit)

    def _changed(self, cell: str, edit: Edit) -> str:
        if edit.gone:
            return ""
        where = next(tags.elements(cell, self._cell))
        begin, rest = cell[: where.inside], cell[where.inside :]
        if edit.restyle is not None:
            begin = tags.with_attribute(begin, "s", edit.restyle(_integer(tags.attributes(begin).get("s", ""))))
        if edit.text is None and edit.number is None:
            return begin + rest
        begin = tags.without_attribute(begin, "t").removesuffix("/>").removesuffix(">").rstrip()
        if edit.text is None:
            value = f"<v>{edit.number}</v>"
        else:
            begin += ' t="inlineStr"'
            value = f'<is><t xml:space="preserve">{tags.escape_value(edit.text)}</t></is>'
        return f"{begin}>{tags.prefixed(value, self._prefix)}</{self._cell}>"

    def _style_of(self, column: int) -> int:
        return next((style for first, last, style in self._styles if first <= column <= last), 0)


def _column_styles(head: str, prefix: str) -> list[tuple[int, int, int]]:
    return [
        (_integer(said.get("min", "")), _integer(said.get("max", "")), _integer(said.get("style", "")))
        for said in map(tags.attributes, tags.tag(f"{prefix}col").findall(head))
    ]


def _wider(begin: str, column: int) -> str:
    """A row tag whose `spans`, a hint for faster loading, holds the column too."""
    first, _, last = tags.attributes(begin).get("spans", "").partition(":")
    if not (first.isdecimal() and last.isdecimal()) or int(first) <= column <= int(last):
        return begin
    return tags.with_attribute(begin, "spans", f"{min(int(first), column)}:{max(int(last), column)}")


def _name(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


def _integer(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


# --- around the cells ------------------------------------------------------------------------------------------------

# What may follow a legacyDrawing in a worksheet (ECMA-376 18.3.1.99); Excel wraps some in mc:AlternateContent.
_AFTER_DRAWING = re.compile(
    r"(?:.*:)?(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst|AlternateContent)"
)


def with_width(xml: str, column: int, width: int) -> str:
    """The sheet with a column's width set, unless it is in a group already: then the width would be the group's."""
    prefix = tags.prefix_of(xml)
    data = tags.element(xml, f"{prefix}sheetData")
    limit = data.start if data else 0
    row = tags.prefixed(f'<col min="{column}" max="{column}" width="{width}" customWidth="1"/>', prefix)
    columns = tags.element(xml, f"{prefix}cols", 0, limit)
    if columns is None:
        return tags.place(xml, limit, f"<{prefix}cols>{row}</{prefix}cols>")
    for begin in tags.tag(f"{prefix}col").finditer(xml, columns.inside, columns.after):
        said = tags.attributes(begin[0])
        if _integer(said.get("min", "")) <= column <= _integer(said.get("max", "")):
            return xml
        if _integer(said.get("min", "")) > column:
            return tags.place(xml, begin.start(), row)
    return tags.fill_in(xml, columns, row)


def with_dimension(xml: str, row: int, column: int) -> str:
    """The sheet with its own `dimension` reaching to that cell."""
    found = tags.tag(f"{tags.prefix_of(xml)}dimension").search(xml)
    known = area(tags.attributes(found[0]).get("ref", "")) if found else None
    if found is None or known is None:
        return xml
    first_row, first_column, last_row, last_column = known
    ref = f"{_name(first_row, first_column)}:{_name(max(last_row, row), max(last_column, column))}"
    return xml[: found.start()] + tags.with_attribute(found[0], "ref", ref) + xml[found.end() :]


def deselected(xml: str) -> str:
    """The sheet no longer selected: with two selected, whatever is typed would go into both."""

    def deselect(begin: re.Match[str]) -> str:
        chosen = tags.attributes(begin[0]).get("tabSelected") in _TRUE
        return tags.without_attribute(begin[0], "tabSelected") if chosen else begin[0]

    return tags.tag(f"{tags.prefix_of(xml)}sheetView").sub(deselect, xml)


def with_legacy_drawing(xml: str, relation: str, office: str) -> str:
    """The sheet with a reference to the drawing that holds its comments, in the place the schema wants."""
    prefix = tags.prefix_of(xml)
    data = tags.element(xml, f"{prefix}sheetData")
    if data is None:
        raise ValueError("no sheetData")
    row = tags.prefixed(f'<legacyDrawing xmlns:r="{office}" r:id="{relation}"/>', prefix)
    at = data.end
    for name, start, end in tags.children(xml, data.end, len(xml)):
        if _AFTER_DRAWING.fullmatch(name):
            return tags.place(xml, start, row)
        at = end
    return tags.place(xml, at, row)


def merged(xml: str) -> list[Area]:
    """The merged areas of a sheet."""
    found = tags.tag(f"{tags.prefix_of(xml)}mergeCell").findall(xml)
    areas = (area(tags.attributes(begin).get("ref", "")) for begin in found)
    return [known for known in areas if known is not None]


def formula_areas(xml: str) -> list[Area]:
    """The areas that one formula fills (an array formula, a data table): no cell in them can be changed alone."""
    found = map(tags.attributes, tags.tag(f"{tags.prefix_of(xml)}f").findall(xml))
    areas = (area(said.get("ref", "")) for said in found if said.get("t") in ("array", "dataTable"))
    return [known for known in areas if known is not None]
