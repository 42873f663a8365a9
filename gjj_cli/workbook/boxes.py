"""The boxes that comments are shown in: shapes of a VML drawing, without which Excel calls a file with comments broken."""

import re
from collections.abc import Iterable, Iterator, Mapping

from gjj_cli.workbook import sheetpatch, tags
from gjj_cli.workbook.patch import Patch

_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_EMPTY = f'<xml {_NAMESPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
_SHAPE_TYPE = (
    '<v:shapetype{0} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_BOX = (
    '<v:shape{0} id="_x0000_s{1}" type="#_x0000_t202" style="position:absolute;visibility:hidden" fillcolor="#ffffe1"'
    ' o:insetmode="auto"><v:fill color2="#ffffe1"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{2}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{3}</x:Row><x:Column>{4}</x:Column></x:ClientData></v:shape>"
)
_SHAPE = re.compile(r"<((?:[\w.-]+:)?shape)[\s>]")
_ROW = re.compile(r"<(?:[\w.-]+:)?Row>\s*([0-9]{1,7})\s*<")
_COLUMN = re.compile(r"<(?:[\w.-]+:)?Column>\s*([0-9]{1,5})\s*<")
_SHAPE_ID = re.compile(r"_x0000_s([0-9]{1,8})\b")
_FIRST_ID = 1025
_COLUMNS, _LINE = 5, 24  # how wide a box is in columns, and the characters of a line in it
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383  # from 0, of the .xlsx format

Cell = tuple[int, int]


def save(patch: Patch, sheet: str, added: Mapping[Cell, str], removed: Iterable[Cell]) -> None:
    """Give each of the added comments (cell -> text) a box where it has none, and take those of the removed away.

    Raises ValueError for a drawing that is no XML.
    """
    part = _drawing(patch, sheet)
    if part is None:
        part = patch.free("xl/drawings/vmlDrawing", ".vml")
        patch.add(part, _TYPE, _EMPTY)
        relation = patch.relate(sheet, "vmlDrawing", part)
        patch.change(sheet, sheetpatch.with_legacy_drawing(patch.text(sheet), relation, patch.office))
    old, pieces, copied = patch.text(part), [], 0
    gone, there = set(removed), set()
    for start, end, cell in _shapes(old):
        if cell in gone:
            pieces.append(old[copied:start])
            copied = end
        there.add(cell)
    text = "".join([*pieces, old[copied:]])
    end = text.rindex("</")
    missing = {cell: said for cell, said in added.items() if cell not in there}
    patch.change(part, text[:end] + _boxes(text, missing) + text[end:])


def _boxes(text: str, missing: Mapping[Cell, str]) -> str:
    root = text[text.index("<xml") :]
    declared = all(space in root[: root.index(">")] for space in _NAMESPACES.split())
    spaces = "" if declared else f" {_NAMESPACES}"
    known = '"_x0000_t202"' in text or "'_x0000_t202'" in text
    free = max(map(int, _SHAPE_ID.findall(text)), default=_FIRST_ID - 1) + 1
    made = [] if known or not missing else [_SHAPE_TYPE.format(spaces)]
    for number, (cell, said) in enumerate(missing.items(), free):
        made.append(_BOX.format(spaces, number, _anchor(cell, said), cell[0] - 1, cell[1] - 1))
    return "".join(made)


def _shapes(text: str) -> Iterator[tuple[int, int, Cell | None]]:
    """(first character, one after the last, cell) of every shape; None for one that is no comment's."""
    begin = _SHAPE.search(text)
    while begin is not None:
        close = re.compile(rf"</{begin[1]}\s*>").search(text, begin.end())
        if close is None:
            raise ValueError("a shape without end")
        yield begin.start(), close.end(), _cell_of(text[begin.start() : close.end()])
        begin = _SHAPE.search(text, close.end())


def _drawing(patch: Patch, sheet: str) -> str | None:
    """The part of the drawing the sheet's comments are in, or None."""
    text = patch.text(sheet)
    begin = tags.tag(f"{tags.prefix_of(text)}legacyDrawing").search(text)
    if begin is None:
        return None
    wanted = [value for name, value in tags.attributes(begin[0]).items() if name.endswith(":id")]
    return next(
        (found.target for found in patch.relations(sheet) if found.id in wanted and found.target in patch), None
    )


def _cell_of(shape: str) -> Cell | None:
    """The cell (from 1) a shape is the comment of; None for a button or another shape."""
    row, column = _ROW.search(shape), _COLUMN.search(shape)
    if "Note" not in shape or row is None or column is None:
        return None
    return int(row[1]) + 1, int(column[1]) + 1


def _anchor(cell: Cell, said: str) -> str:
    """Right of the cell, as high as the text wants: columns and rows from 0, each with an offset in pixels."""
    lines = 1 + sum(1 + len(line) // _LINE for line in said.split("\n"))
    top, left = min(max(cell[0] - 2, 0), _LAST_ROW - lines), min(cell[1], _LAST_COLUMN - _COLUMNS)
    return f"{left}, 15, {top}, 2, {left + _COLUMNS}, 15, {top + lines}, 4"
