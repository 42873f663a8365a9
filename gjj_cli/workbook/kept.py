"""The proof that a file written from another has lost nothing: both are read by our reader and compared cell by cell."""

from collections.abc import Callable

import polars as pl

from gjj_cli.workbook.cells import Sheet, Workbook
from gjj_cli.workbook.grid import CELLS
from gjj_cli.workbook.patch import odd

Changed = Callable[[str, int, int], bool]  # sheet name, row and column from 1


def check(before: Workbook, after: Workbook, changed: Changed, added: Callable[[Sheet], bool]) -> None:
    """Every cell must be the same in both but where it was `changed`; sheets that were `added` do not count.

    Raises FileError.
    """
    own, others = ([sheet for sheet in book.sheets if not added(sheet)] for book in (before, after))
    names = [[(sheet.name, sheet.state) for sheet in sheets] for sheets in (own, others)]
    if before.properties != after.properties or names[0] != names[1]:
        raise odd(before.name)
    for sheet, other in zip(own, others, strict=True):
        if not all(changed(sheet.name, row, column) for row, column in _differing(sheet, other).iter_rows()):
            raise odd(before.name)


def _differing(sheet: Sheet, other: Sheet) -> pl.DataFrame:
    """The places, row and column, whose cell is in one of the two only, or is another."""
    ours, theirs = sheet.cells.select(*CELLS), other.cells.select(*CELLS)
    if ours.equals(theirs):
        return ours.clear().select("row", "column")
    apart = [one.join(two, on=list(CELLS), how="anti") for one, two in ((ours, theirs), (theirs, ours))]
    return pl.concat(apart).select("row", "column").unique()
