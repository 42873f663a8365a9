"""An .xlsx package to typed cells: workbook, styles, shared strings and sheets, each a reader of its part's XML.

Only what is there counts: a sheet's own dimension and the counts in the file are never believed.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from gjj_cli.errors import FileError
from gjj_cli.workbook import strings
from gjj_cli.workbook.gate import SAVE_AS, Package, damaged, macros, over
from gjj_cli.workbook.grid import SHEETS_MAX, STRING_MAX, Sheet, Tally, Workbook
from gjj_cli.workbook.markup import Attributes, Reader, parse, parse_pieces
from gjj_cli.workbook.plainxml import NotPlain, read_rows
from gjj_cli.workbook.sheetxml import SheetReader
from gjj_cli.workbook.stored import PLAIN, Shared, Style

CUSTOM_PROPERTIES = "custom-properties"
STYLES_MAX = 100_000  # read; cells of a later style count as plain


def read_package(package: Package) -> Workbook:
    """All sheets and custom properties of a package that passed the gate. Raises FileError E001, E003, E004, E006."""
    _refuse_macro_types(package)
    main = _main(package)
    book = _Book()
    parse(package, main, book)
    tally = Tally(package.name)
    shared = Shared(_strings(package, main, tally), _styles(package, main), book.from_1904)
    sheets = [_sheet(package, *sheet, tally, shared) for sheet in _worksheets(package, main, book)]
    return Workbook(package.name, package.sha256, sheets, _properties(package))


def _sheet(package: Package, title: str, state: str, part: str, tally: Tally, shared: Shared) -> Sheet:
    """One worksheet, in bulk where it is written plainly; what stands around the rows is always parsed."""
    so_far = replace(tally)
    try:
        rows = read_rows(package, part, title, so_far, shared)
    except NotPlain:
        _refuse_masses(package, part, title, tally)
        reader = SheetReader(title, state, tally, shared)
        parse(package, part, reader)
        return reader.finish()
    around = SheetReader(title, state, tally, shared)
    parse_pieces(package.name, rows.around, around)
    tally.cells, tally.characters = so_far.cells, so_far.characters
    return around.finish(rows.cells, rows.hidden)


def _refuse_masses(package: Package, part: str, title: str, tally: Tally) -> None:
    """Raises FileError E004 for more values than a parser gets through in time; counting their tags takes a second."""
    values = sum(piece.count(b"<v>") for piece in package.stream(part))  # one torn between two pieces is one too few
    replace(tally).sheet(title, values, rows=0, columns=0)


def worksheet_parts(package: Package) -> dict[str, str]:
    """Sheet name -> part name of every worksheet. Raises FileError as `read_package`."""
    main = _main(package)
    book = _Book()
    parse(package, main, book)
    return {name: part for name, _, part in _worksheets(package, main, book)}


def _main(package: Package) -> str:
    main = _target(package, "", "officeDocument")
    if main is None or main not in package:
        raise FileError(f"{package.name} 里没有工作簿", code="E001", remedies=(SAVE_AS,))
    return main


def _worksheets(package: Package, main: str, book: "_Book") -> Iterator[tuple[str, str, str]]:
    """(name, state, part) of every sheet with cells; a chart sheet holds none."""
    if len(book.sheets) > SHEETS_MAX:
        raise over(package.name, f"超过 {SHEETS_MAX} 个工作表")
    targets = _relations(package, main)
    for name, state, relation in book.sheets:
        kind, part = targets.get(relation, ("", ""))
        if kind == "worksheet":
            if part not in package:
                raise damaged(package.name, "缺了一个工作表")
            yield name, state, part


# --- relations and small parts -------------------------------------------------------------------------------------


class _Types(Reader):
    """[Content_Types].xml: the content types of the parts, by name or by the ending of their names."""

    def __init__(self) -> None:
        super().__init__()
        self.types: set[str] = set()
        self.starts = {"Override": self._type, "Default": self._type}

    def _type(self, attributes: Attributes) -> None:
        self.types.add(attributes.get("ContentType", "").lower())


def _refuse_macro_types(package: Package) -> None:
    reader = _Types()
    parse(package, "[Content_Types].xml", reader)
    if any(word in kind for kind in reader.types for word in ("macroenabled", "macrosheet", "vbaproject")):
        raise macros(package.name)


class _Relations(Reader):
    """A .rels part: (id, last word of the type, target) of what is inside the package."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, str, str]] = []
        self.starts = {"Relationship": self._relationship}

    def _relationship(self, attributes: Attributes) -> None:
        if attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.rows.append((attributes.get("Id", ""), kind, attributes.get("Target", "")))


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Relation id -> (kind, part name) of a part; `""` is the package itself."""
    folder, base = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{base}.rels")
    if rels not in package:
        return {}
    reader = _Relations()
    parse(package, rels, reader)
    return {
        key: (kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        for key, kind, target in reader.rows
    }


def _target(package: Package, part: str, kind: str) -> str | None:
    return next((target for known, target in _relations(package, part).values() if known == kind), None)


class _Book(Reader):
    """workbook.xml: (name, state, relation id) of each sheet, and whether days are counted from 1904."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, str]] = []
        self.from_1904 = False
        self.starts = {"workbookPr": self._settings, "sheet": self._sheet}

    def _settings(self, attributes: Attributes) -> None:
        self.from_1904 = attributes.get("date1904") in ("1", "true")

    def _sheet(self, attributes: Attributes) -> None:
        relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        self.sheets.append((attributes.get("name", ""), attributes.get("state", "visible"), relation))


class _Properties(Reader):
    """docProps/custom.xml: the text of each named property."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._name: str | None = None
        self.starts, self.ends = {"property": self._start}, {"property": self._end}

    def _start(self, attributes: Attributes) -> None:
        if len(self.values) < 1000:
            self._name = attributes.get("name", "")
            self.values[self._name] = ""

    def _end(self) -> None:
        self._name = None

    def characters(self, text: str) -> None:
        if self._name is not None and len(self.values[self._name]) < STRING_MAX:
            self.values[self._name] += text


def _properties(package: Package) -> dict[str, str]:
    part = _target(package, "", CUSTOM_PROPERTIES)
    reader = _Properties()
    if part is not None and part in package:
        parse(package, part, reader)
    return {name: value.strip() for name, value in reader.values.items()}


# --- styles --------------------------------------------------------------------------------------------------------

# Built-in formats that show a day or a month; 27-31, 36 and 50-58 are those of a Chinese Excel (ECMA-376 18.8.30).
_BUILT_IN_DATES = frozenset((14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58))
_BUILT_IN_PERCENTS = frozenset((9, 10))
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|am/pm|a/p|上午/下午', re.IGNORECASE | re.DOTALL)


def style_of(format_id: int, code: str | None) -> Style:
    """What a number format shows, by its own code or, without one, by its built-in number."""
    if code is None:
        return format_id in _BUILT_IN_DATES, format_id in _BUILT_IN_PERCENTS
    if code.strip().lower() in ("general", "g/通用格式"):
        return PLAIN
    bare = _NOT_CODE.sub("", code.partition(";")[0]).lower()
    is_clock = "h" in bare or "s" in bare
    return "y" in bare or "d" in bare or ("m" in bare and not is_clock), "%" in bare


class _Styles(Reader):
    """styles.xml: the number format of each cell style, in the order cells refer to."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[int, str] = {}
        self._ids: list[int] = []
        self._in_cells = False
        self.starts = {"numFmt": self._format, "cellXfs": self._start_cells, "xf": self._style}
        self.ends = {"cellXfs": self._end_cells}

    def _format(self, attributes: Attributes) -> None:
        if len(self._codes) < STYLES_MAX:
            self._codes[_integer(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")[:1000]

    def _start_cells(self, _: Attributes) -> None:
        self._in_cells = True

    def _end_cells(self) -> None:
        self._in_cells = False

    def _style(self, attributes: Attributes) -> None:
        if self._in_cells and len(self._ids) < STYLES_MAX:
            self._ids.append(_integer(attributes.get("numFmtId", "")))

    def styles(self) -> list[Style]:
        known = {number: style_of(number, self._codes.get(number)) for number in set(self._ids)}
        return [known[number] for number in self._ids]


def _styles(package: Package, main: str) -> dict[str, Style]:
    """Style index as cells write it -> style, only where it is not a plain one."""
    part = _target(package, main, "styles")
    reader = _Styles()
    if part is not None and part in package:
        parse(package, part, reader)
    return {str(index): style for index, style in enumerate(reader.styles()) if style != PLAIN}


def _integer(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


# --- strings -------------------------------------------------------------------------------------------------------


def _strings(package: Package, main: str, tally: Tally) -> pl.Series:
    part = _target(package, main, "sharedStrings")
    if part is None or part not in package:
        return pl.Series("text", [], pl.String())
    return strings.read(package, part, tally)
