"""A .csv to one sheet of text cells: UTF-8 with or without BOM, or GB18030."""

import csv
import hashlib
import io
from pathlib import PurePath

from gjj_cli.errors import FileError
from gjj_cli.workbook.gate import SAVE_AS, damaged
from gjj_cli.workbook.grid import Cell, CellType, Sheet, Tally, Workbook, cells_frame


def read_csv(data: bytes, name: str) -> Workbook:
    """The rows of a comma-separated file, every cell TEXT, in one sheet named after the file.

    Raises FileError E001 (no text in a known encoding), E003 (quotes that never close) and E004 (bounds).
    """
    title, tally = PurePath(name).stem, Tally(name)
    placed: list[tuple[int, int, Cell]] = []
    rows, columns = 0, set[int]()
    reader = csv.reader(io.StringIO(_decode(data, name), newline=""))
    try:
        for number, values in enumerate(reader, 1):
            filled = [(column, value) for column, value in enumerate(values, 1) if value]
            for column, value in filled:
                tally.text(len(value))
                placed.append((number, column, Cell(CellType.TEXT, value)))
            rows += bool(filled)
            columns.update(column for column, _ in filled)
            tally.sheet(title, len(filled), rows, len(columns))
    except csv.Error:
        raise damaged(name, "的引号不成对，或者有一格太长") from None
    return Workbook(name, hashlib.sha256(data).hexdigest(), [Sheet(title, cells=cells_frame(placed))])


def _decode(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileError(
        f"{name} 的文字编码认不出（要 UTF-8 或 GB18030）",
        code="E001",
        remedies=(SAVE_AS, "可以：在 Excel 里「另存为」，类型选「CSV UTF-8 (逗号分隔)」。"),
    )
