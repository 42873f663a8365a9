"""A .csv with some fields changed: every other character, the line ends and the encoding stay as they are."""

import re
from collections.abc import Mapping

# As csv.reader has it: a quote counts only as the first character of a field, and what follows the closing one stays.
_FIELD = re.compile(r'("(?:[^"]|"")*"[^,\r\n]*|[^,\r\n]*)(,|\r\n|\r|\n|\Z)')


def patch(text: str, edits: Mapping[tuple[int, int], str]) -> str:
    """The text with the fields of (record, column), both from 1, replaced."""
    pieces: list[str] = []
    copied, row, column = 0, 1, 1
    for field in _FIELD.finditer(text):  # one matches wherever the one before ended
        if (row, column) in edits:
            pieces += [text[copied : field.start()], _quoted(edits[row, column], field[1])]
            copied = field.end(1)
        row, column = (row, column + 1) if field[2] == "," else (row + 1, 1)
    return "".join([*pieces, text[copied:]])


def _quoted(value: str, before: str) -> str:
    """A value as a field, in quotes where it needs them or had them."""
    if before.startswith('"') or re.search('[,"\r\n]', value):
        return '"' + value.replace('"', '""') + '"'
    return value
