"""The clerk's own workbook back with every finding in its cell: red, commented, listed and linked.

The workbook is read and written again by openpyxl, which cannot carry everything an .xlsx may hold. What it would
lose is looked for first and refused, and afterwards every cell is compared with the source, so that nothing is ever
lost silently. Only the printer's own binary settings are left behind.
"""

import io
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Color, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink

from gjj_cli.atomic import write
from gjj_cli.errors import FileError
from gjj_cli.finding import Finding, Severity
from gjj_cli.workbook import gate
from gjj_cli.workbook.cells import Cell, CellType, Workbook, read_stream
from gjj_cli.workbook.gate import Package
from gjj_cli.workbook.grid import HEAD_ROWS
from gjj_cli.workbook.layout import BATCH_SHEET, LIST_SHEET, RESULT_HEADER
from gjj_cli.workbook.markup import Attributes, Reader, parse
from gjj_cli.workbook.xlsx import worksheet_parts

AUTHOR = "gjj"  # of our comments; after it, the fill the cell had before it was red
_ERROR_FILL = PatternFill("solid", start_color="FFFF7C80", end_color="FFFF7C80")
_WARNING_FILL = PatternFill("solid", start_color="FFFFE699", end_color="FFFFE699")
_OLD_COMMENT = re.compile(r"\n【原批注：(.*?)】\n(.*)", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Parts that survive, or carry nothing of the user's; anything else is named and refused.
_KEPT = re.compile(
    r"\[content_types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|docprops/.*|xl/(?:workbook|styles|sharedstrings|metadata)\.xml"
    r"|xl/(?:theme|worksheets|tables|comments|persons|printersettings|externallinks)/[^/]*|xl/comments[0-9]*\.xml"
    r"|xl/drawings/[^/]*\.vml|customxml/.*"
)
_LOST = (
    ("threadedcomments", "对话式批注"),
    ("pivot", "数据透视表"),
    ("chart", "图表"),
    ("calcchain", "公式算好的结果"),
    ("ctrlprops", "按钮或复选框"),
    ("activex", "按钮或复选框"),
    ("drawing", "图片、图形或图表"),
    ("media", "图片"),
    ("image", "图片"),
)


def annotate(source: Path, target: Path, findings: Sequence[Finding], header_row: int | None = None) -> None:
    """Write `source` to `target` (whole or not at all) with the findings marked; old marks of ours are replaced.

    Bad cells are red (warnings yellow) with a comment, a last column 校验结果 says it per row, a first sheet 错误清单
    lists and links all. `header_row` is the data sheet's header row; the fullest of the first ten where not given.
    Raises FileError, with nothing written, when marking would lose something of the workbook.
    """
    if source.suffix.lower() == ".csv":
        raise FileError(
            f"{source.name} 是 CSV，没有格子可以标红", remedies=("改：在 Excel 或 WPS 里「另存为」.xlsx，再标注。",)
        )
    package = gate.open_package(source)
    validations = _extended_validations(package)
    book = _load(package)
    for title, rows in validations.items():
        for row in rows:
            book[title].add_data_validation(DataValidation(**row))
    _unmark(book)
    results: dict[str, int] = {}
    for title, of_sheet in _by_sheet(findings).items():
        if title in book.sheetnames:
            _redden_all(book[title], of_sheet)
            if title != BATCH_SHEET:  # a text beside an empty value would be read as the value
                results[title] = _add_results(book[title], of_sheet, header_row)
    _list(book, findings)
    buffer = io.BytesIO()
    book.save(buffer)
    _compare(package, buffer.getvalue(), results)
    write(target, buffer.getvalue())


# --- what openpyxl would lose ----------------------------------------------------------------------------------------


# Excel keeps a drop-down fed from another sheet in this extension, so every template it has saved has one.
_VALIDATIONS = "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"
_LOST_EXTENSION = "Excel 2010 以后的迷你图、条件格式或别的扩展"


class _Sheet(Reader):
    """Hears a worksheet for what openpyxl drops: formulas (their results) and Excel's extensions.

    Of the extensions, `validations` are collected, so that they can be put back in the plain form.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost: set[str] = set()
        self.validations: list[dict[str, str]] = []
        self.announced = False  # the extension of validations is there
        self._field: str | None = None
        self.starts = {
            "f": self._formula,
            "ext": self._extension,
            "x14:dataValidation": self._validation,
            "x14:formula1": self._listen("formula1"),
            "x14:formula2": self._listen("formula2"),
            "xm:sqref": self._listen("sqref"),
        }
        self.ends = dict.fromkeys(("x14:formula1", "x14:formula2", "xm:sqref"), self._end_field)

    def characters(self, text: str) -> None:
        if self._field is not None:
            self.validations[-1][self._field] = self.validations[-1].get(self._field, "") + text.strip()

    def _formula(self, _: Attributes) -> None:
        self.lost.add("公式算好的结果")

    def _extension(self, attributes: Attributes) -> None:
        if attributes.get("uri", "").upper() == _VALIDATIONS:
            self.announced = True
        else:
            self.lost.add(_LOST_EXTENSION)

    def _validation(self, attributes: Attributes) -> None:
        self.validations.append({key: value for key, value in attributes.items() if key in DataValidation.__attrs__})

    def _listen(self, field: str) -> Callable[[Attributes], None]:
        def listen(_: Attributes) -> None:
            self._field = field if self.validations else None

        return listen

    def _end_field(self) -> None:
        self._field = None


def _extended_validations(package: Package) -> dict[str, list[dict[str, str]]]:
    """Sheet name -> the validations of Excel's extension. Raises FileError for what cannot be kept."""
    kept: dict[str, list[dict[str, str]]] = {}
    lost = {_loss(name) for name in package.parts if not _KEPT.fullmatch(name)}
    for title, part in worksheet_parts(package).items():
        reader = _Sheet()
        parse(package, part, reader)
        kept[title] = reader.validations
        lost |= reader.lost | ({_LOST_EXTENSION} if reader.announced and not reader.validations else set())
    if lost:
        raise _would_lose(package.name, "、".join(sorted(lost)))
    return kept


def _loss(part: str) -> str:
    return next((what for word, what in _LOST if word in part), "别的程序放进去的内容")


def _would_lose(name: str, what: str) -> FileError:
    return FileError(
        f"{name} 不能标注：标注会丢掉里面的{what}，所以没有动它",
        remedies=("可以：照屏幕上列出的格子改原表；或者只把名单「粘贴为值」到标准模板里，再标注。",),
    )


def _load(package: Package) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about extensions, which have been refused above
        try:
            return openpyxl.load_workbook(io.BytesIO(package.data), rich_text=True)
        except Exception as error:  # openpyxl raises whatever it stumbles over, and has no family of its own
            raise FileError(f"{package.name} 的写法少见，标注不了，没有动它", remedies=(gate.SAVE_AS,)) from error


def _compare(package: Package, data: bytes, results: dict[str, int]) -> None:
    """Every cell of the source must still be there, as our own reader sees them. Raises FileError."""
    before, after = read_stream(package.data, package.name), read_stream(data, package.name)
    there = dict(_cells(after, {}))
    lost = [place for place, cell in _cells(before, results) if there.get(place) != cell]
    if lost or before.properties != after.properties:
        raise _would_lose(package.name, f"「{lost[0][0]}」第 {lost[0][1]} 行的值" if lost else "文档属性")


def _cells(book: Workbook, skip: dict[str, int]) -> Iterator[tuple[tuple[str, int, int], object]]:
    """((sheet, row, column), value) of every cell but ours; a number by its value, since 1.50 comes back as 1.5."""
    for sheet in book.sheets:
        if sheet.name == LIST_SHEET:
            continue
        for row, cells in sheet.rows.items():
            for column, cell in cells.items():
                if column != skip.get(sheet.name):
                    yield (sheet.name, row, column), _value(cell)


def _value(cell: Cell) -> object:
    return float(Decimal(cell.text)) if cell.type is CellType.NUMBER else (cell.type, cell.text)


# --- marks -----------------------------------------------------------------------------------------------------------


def _by_sheet(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.place.sheet is not None and finding.place.row is not None:
            groups[finding.place.sheet].append(finding)
    return groups


def _unmark(book: Any) -> None:
    """Take our old marks away: the list, the comments with the red below them, and the result column's texts."""
    if LIST_SHEET in book.sheetnames:
        del book[LIST_SHEET]
    for sheet in book.worksheets:
        results = _result_columns(sheet)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author.startswith(AUTHOR):
                    _restore(cell)
                if cell.column in results:
                    cell.value = None
                    cell.fill = PatternFill()


def _result_columns(sheet: Any) -> set[int]:
    head = sheet.iter_rows(min_row=1, max_row=HEAD_ROWS)
    return {cell.column for row in head for cell in row if cell.value == RESULT_HEADER}


def _redden_all(sheet: Any, findings: Sequence[Finding]) -> None:
    """Red and a comment for every cell of one sheet that something was found in."""
    by_cell: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.place.row is not None and finding.place.column is not None:
            by_cell[finding.place.row, finding.place.column].append(finding)
    for (row, column), found in by_cell.items():
        _redden(sheet.cell(row, column), found)


def _add_results(sheet: Any, findings: Sequence[Finding], header_row: int | None) -> int:
    """The last column, saying per row what was found in it; gives the column's number."""
    header, column = _places(sheet, header_row)
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_row[finding.place.row or 0].append(finding)
    _put(sheet.cell(header, column), RESULT_HEADER).font = Font(bold=True)
    for row, found in by_row.items():
        text = "；".join(dict.fromkeys(f"{finding.code} {finding.message}" for finding in found))
        _put(sheet.cell(row, column), text).fill = _fill(found)
    groups = [group for group in sheet.column_dimensions.values() if group.min]
    if not any(group.min <= column <= group.max for group in groups):  # else the width would be the whole group's
        sheet.column_dimensions[get_column_letter(column)].width = 60
    return column


def _places(sheet: Any, header_row: int | None) -> tuple[int, int]:
    """(header row, result column): the first column after the headers in which nothing is."""
    used: dict[int, set[int]] = defaultdict(set)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                used[cell.row].add(cell.column)
    if header_row is None:
        header_row = max(range(1, HEAD_ROWS + 1), key=lambda row: len(used[row]))
    taken = {column for columns in used.values() for column in columns}
    column = max(used[header_row], default=0) + 1
    while column in taken:
        column += 1
    return header_row, column


def _redden(cell: Any, findings: Sequence[Finding]) -> None:
    text = "\n".join(f"{finding.code} {finding.message}\n改：{finding.hint}" for finding in findings)
    if cell.comment is not None:
        text += f"\n【原批注：{cell.comment.author}】\n{cell.comment.text}"
    comment = Comment(
        _clean(text), f"{AUTHOR} {_describe(cell.fill)}".strip(), width=360, height=60 + 24 * text.count("\n")
    )
    cell.comment = comment
    cell.fill = _fill(findings)


def _restore(cell: Any) -> None:
    """The comment and the fill a cell had before we marked it."""
    old = _OLD_COMMENT.search(cell.comment.text)
    fill = cell.comment.author.removeprefix(AUTHOR).strip()
    cell.comment = Comment(old[2], old[1]) if old else None
    cell.fill = _undescribe(fill)


def _fill(findings: Sequence[Finding]) -> PatternFill:
    return _ERROR_FILL if any(finding.severity is Severity.ERROR for finding in findings) else _WARNING_FILL


def _describe(fill: Any) -> str:
    """A plain fill in a few characters, such as `solid rgb FFEDEDED 0.0`; empty for none."""
    if fill.tagname != "patternFill" or fill.fill_type is None:
        return ""
    color = fill.start_color
    return f"{fill.fill_type} {color.type} {color.value} {color.tint}"


def _undescribe(text: str) -> PatternFill:
    try:
        pattern, kind, value, tint = text.split()
        color = Color(**{kind: value if kind == "rgb" else int(value)}, tint=float(tint))
    except (ValueError, TypeError):  # none, or a comment somebody has written over
        return PatternFill()
    return PatternFill(pattern, start_color=color, end_color=color)


# --- the list --------------------------------------------------------------------------------------------------------

_LIST = (("位置", 24), ("代码", 8), ("级别", 8), ("列", 18), ("值", 24), ("说明", 60), ("怎么改", 60), ("依据", 32))


def _list(book: Any, findings: Sequence[Finding]) -> None:
    """The first sheet: a row a finding, its place a link to the cell."""
    sheet = book.create_sheet(LIST_SHEET, 0)
    for column, (header, width) in enumerate(_LIST, 1):
        _put(sheet.cell(1, column), header).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, finding in enumerate(findings, 2):
        place = finding.place
        where = f"{place.sheet}!{place.cell}" if place.cell else f"第 {place.row} 行" if place.row else "整个文件"
        texts = (
            where,
            finding.code,
            finding.severity.label,
            finding.header or "",
            finding.value or "",
            finding.message,
            finding.hint,
            finding.basis,
        )
        for column, text in enumerate(texts, 1):
            _put(sheet.cell(row, column), text)
        if place.cell and place.sheet in book.sheetnames:
            quoted = str(place.sheet).replace("'", "''")
            link = sheet.cell(row, 1)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{quoted}'!{place.cell}")
            link.font = Font(color="FF0563C1", underline="single")
    sheet.freeze_panes = "A2"
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0


def _put(cell: Any, text: str) -> Any:
    """A text that stays one, whatever it begins with."""
    cell.value = _clean(text)
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("?", text)[:32_000]
