"""The clerk's own workbook back with every finding in its cell: red, commented, listed and linked.

Only what must change in the package is changed (`patch`); afterwards the result is read and every cell compared with
the source, so that nothing is ever lost silently. A cell with a conversation (threaded comments) is left as it is,
because nobody but Excel can add to one: what is wrong with it stands in its row's 校验结果 and in the list.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from gjj_cli.atomic import write
from gjj_cli.errors import FileError
from gjj_cli.finding import Finding, Severity
from gjj_cli.workbook import errorlist, gate, kept, sheetpatch
from gjj_cli.workbook.cells import Cell, Sheet
from gjj_cli.workbook.gate import Package
from gjj_cli.workbook.grid import HEAD_ROWS
from gjj_cli.workbook.layout import BATCH_SHEET, RESULT_HEADER
from gjj_cli.workbook.notes import Notes
from gjj_cli.workbook.patch import Patch, odd
from gjj_cli.workbook.sheetpatch import Edit
from gjj_cli.workbook.stylepatch import Styles, solid
from gjj_cli.workbook.xlsx import read_package, worksheet_parts

_ERROR_FILL, _WARNING_FILL = solid("FFFF7C80"), solid("FFFFE699")
_RESULT = re.compile(r"[EWI][0-9]{3} .*", re.DOTALL)
_RESULT_WIDTH = 60


def annotate(source: Path, target: Path, findings: Sequence[Finding], header_row: int | None = None) -> None:
    """Write `source` to `target` (whole or not at all) with the findings marked; old marks of ours are replaced.

    Bad cells are red (warnings yellow) with a comment, a last column 校验结果 says it per row, a first sheet 错误清单
    lists and links all. `header_row` is the data sheet's header row; the fullest of the first ten where not given.
    Raises FileError, with nothing written, for a CSV and for a workbook that cannot be marked whole.
    """
    if source.suffix.lower() == ".csv":
        raise FileError(
            f"{source.name} 是 CSV，没有格子可以标红", remedies=("改：在 Excel 或 WPS 里「另存为」.xlsx，再标注。",)
        )
    package = gate.open_package(source)
    write(target, marked(package, findings, header_row))


def marked(package: Package, findings: Sequence[Finding], header_row: int | None = None) -> bytes:
    """The marked workbook's bytes; as `annotate`."""
    before = read_package(package)
    parts = worksheet_parts(package)
    patch = Patch(package)
    ours: dict[str, set[int]] = {}  # sheet -> its columns that are ours, of an earlier marking and of this
    try:
        styles = Styles(patch)
        grouped = _by_sheet(findings)
        for sheet in before.sheets:
            if not errorlist.is_list(sheet):
                marks = _Marks(patch, styles, sheet, parts[sheet.name])
                ours[sheet.name] = marks.make(grouped.get(sheet.name, []), header_row)
        old = next((parts[sheet.name] for sheet in before.sheets if errorlist.is_list(sheet)), None)
        listed = errorlist.put(patch, styles, findings, ours.keys(), old)
        errorlist.open_first(patch, listed)
        styles.save()
    except ValueError:  # a part without what every such part has
        raise odd(package.name) from None
    data = patch.build()
    after = read_package(gate.package(data, package.name))
    kept.check(before, after, lambda sheet, _, column: column in ours.get(sheet, ()), errorlist.is_list)
    return data


def _by_sheet(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.place.sheet is not None and finding.place.row is not None:
            groups[finding.place.sheet].append(finding)
    return groups


def _by_cell(findings: Sequence[Finding], without: set[tuple[int, int]]) -> dict[tuple[int, int], list[Finding]]:
    groups: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        row, column = finding.place.row, finding.place.column
        if row is not None and column is not None and (row, column) not in without:
            groups[row, column].append(finding)
    return groups


class _Marks:
    """The marks on one sheet: old ones go, new ones come, in one pass over its cells."""

    def __init__(self, patch: Patch, styles: Styles, sheet: Sheet, part: str) -> None:
        self._patch, self._styles, self._part = patch, styles, part
        self._rows, self._name = sheet.rows, sheet.name
        self._edits: dict[tuple[int, int], Edit] = {}

    def make(self, findings: Sequence[Finding], header_row: int | None) -> set[int]:
        """Replace the marks; gives the columns that were or are ours."""
        notes = Notes(self._patch, self._part)
        old = _result_columns(self._rows)
        for row, cells in self._rows.items():
            for column in old & cells.keys():
                self._edits[row, column] = Edit(gone=True)
        fills = notes.ours()
        for cell, fill in fills.items():
            notes.restore(cell)
            self._edits[cell] = Edit(restyle=self._filled(fill))
        found = _by_cell(findings, notes.threaded())
        for cell, of_cell in found.items():
            self._edits[cell] = Edit(restyle=self._reddened(cell, _fill(of_cell), fills))
        new = set()
        if findings and self._name != BATCH_SHEET:  # a text beside an empty value would be read as the value
            new = {self._add_results(findings, header_row, old)}
        self._write(new)
        for cell, of_cell in found.items():
            text = "\n".join(f"{finding.code} {finding.message}\n改：{finding.hint}" for finding in of_cell)
            notes.add(cell, text, fills[cell])
        notes.save()
        return old | new

    def _write(self, columns: set[int]) -> None:
        """The edits into the sheet, whose result column (if there is one) becomes wide enough to read."""
        xml = sheetpatch.patch(self._patch.text(self._part), self._edits)
        for column in columns:
            xml = sheetpatch.with_width(xml, column, _RESULT_WIDTH)
            xml = sheetpatch.with_dimension(xml, max(row for row, at in self._edits if at == column), column)
        self._patch.change(self._part, xml)

    def _filled(self, fill: str) -> Callable[[int], int]:
        return lambda style: self._styles.filled(style, fill)

    def _reddened(self, cell: tuple[int, int], color: str, fills: dict[tuple[int, int], str]) -> Callable[[int], int]:
        """Gives a style its red twin, and notes in `fills` what the cell had before."""

        def redden(style: int) -> int:
            fills.setdefault(cell, self._styles.describe(style))
            return self._styles.filled(style, color)

        return redden

    def _add_results(self, findings: Sequence[Finding], header_row: int | None, old: set[int]) -> int:
        """The last column, saying per row what was found in it; gives the column's number."""
        header, column = self._free_column(header_row, old)
        by_row: dict[int, list[Finding]] = defaultdict(list)
        for finding in findings:
            by_row[finding.place.row or 0].append(finding)
        bold, plain = self._styles.text("bold"), self._styles.text()
        self._edits[header, column] = Edit(text=RESULT_HEADER, restyle=_always(bold))
        for row, found in by_row.items():
            text = "；".join(dict.fromkeys(f"{finding.code} {finding.message}" for finding in found))
            self._edits[row, column] = Edit(text=text, restyle=_always(self._styles.filled(plain, _fill(found))))
        return column

    def _free_column(self, header_row: int | None, old: set[int]) -> tuple[int, int]:
        """(header row, result column): the first column after the headers in which nothing is and nothing is merged."""
        used = {row: [at for at in cells if at not in old] for row, cells in self._rows.items()}
        if header_row is None:
            header_row = max(range(1, HEAD_ROWS + 1), key=lambda row: len(used.get(row, [])))
        taken = {column for columns in used.values() for column in columns}
        for _, first, last_row, last in sheetpatch.merged(self._patch.text(self._part)):
            if last_row >= header_row:
                taken.update(range(first, last + 1))
        column = max(used.get(header_row, []), default=0) + 1
        while column in taken:
            column += 1
        return header_row, column


def _result_columns(rows: Mapping[int, Mapping[int, Cell]]) -> set[int]:
    """The columns with our header in which nothing stands but what we write: others make a 校验结果 of their own."""
    found = set()
    for row in range(1, HEAD_ROWS + 1):
        for column, cell in rows.get(row, {}).items():
            if cell.text == RESULT_HEADER and all(_RESULT.fullmatch(text) for text in _below(rows, row, column)):
                found.add(column)
    return found


def _below(rows: Mapping[int, Mapping[int, Cell]], header: int, column: int) -> Iterator[str]:
    for row, cells in rows.items():
        if row != header and column in cells:
            yield cells[column].text


def _always(style: int) -> Callable[[int], int]:
    return lambda _: style


def _fill(findings: Sequence[Finding]) -> str:
    return _ERROR_FILL if any(finding.severity is Severity.ERROR for finding in findings) else _WARNING_FILL
