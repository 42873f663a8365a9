"""A .csv to one sheet of text cells: UTF-8 with or without BOM, or GB18030."""

import codecs
import csv
import hashlib
import io
from itertools import islice
from pathlib import PurePath

from gjj_cli.errors import FileError
from gjj_cli.workbook.gate import SAVE_AS, damaged
from gjj_cli.workbook.grid import COLUMNS_MAX, Cell, CellType, Gathered, Sheet, Tally, Workbook


def read_csv(data: bytes, name: str) -> Workbook:
    """The rows of a comma-separated file, every cell TEXT, in one sheet named after the file.

    Raises FileError E001 (no text in a known encoding), E003 (quotes that do not pair) and E004 (bounds).
    """
    title, tally, gathered = PurePath(name).stem, Tally(name), Gathered()
    # Strict, for else a quote that never closes swallows all the rows that follow.
    reader = csv.reader(io.StringIO(decode(data, name)[0], newline=""), strict=True)
    try:
        for number, values in enumerate(reader, 1):
            filled = ((column, Cell(CellType.TEXT, value)) for column, value in enumerate(values, 1) if value)
            row = dict(islice(filled, COLUMNS_MAX + 1))  # one too many is enough to be refused
            if row:
                for cell in row.values():
                    tally.text(len(cell.text))
                gathered.put(number, row)
                tally.sheet(title, len(row), gathered.rows, len(gathered.columns))
    except csv.Error:
        raise damaged(name, "的引号不成对，或者有一格太长") from None
    return Workbook(name, hashlib.sha256(data).hexdigest(), [Sheet(title, cells=gathered.frame())])


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of a .csv and its encoding, as Python names it. Raises FileError E001 for one that is not known."""
    for encoding in ("utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileError(
        f"{name} 的文字编码认不出（要 UTF-8 或 GB18030）",
        code="E001",
        remedies=(SAVE_AS, "可以：在 Excel 里「另存为」，类型选「CSV UTF-8 (逗号分隔)」。"),
    )
