"""The proof that a file written from another has lost nothing: both are read by our reader and compared cell by cell."""

from collections.abc import Callable

from gjj_cli.workbook.cells import Cell, Sheet, Workbook
from gjj_cli.workbook.patch import odd

Changed = Callable[[str, int, int], bool]  # sheet name, row and column from 1


def check(before: Workbook, after: Workbook, changed: Changed, added: Callable[[Sheet], bool]) -> None:
    """Every cell must be the same in both but where it was `changed`; sheets that were `added` do not count.

    Raises FileError.
    """
    if before.properties != after.properties or _cells(before, changed, added) != _cells(after, changed, added):
        raise odd(before.name)


def _cells(
    book: Workbook, changed: Changed, added: Callable[[Sheet], bool]
) -> list[tuple[str, str, dict[tuple[int, int], Cell]]]:
    kept = []
    for sheet in book.sheets:
        if not added(sheet):
            cells = {
                (row, column): cell
                for row, of_row in sheet.rows.items()
                for column, cell in of_row.items()
                if not changed(sheet.name, row, column)
            }
            kept.append((sheet.name, sheet.state, cells))
    return kept
