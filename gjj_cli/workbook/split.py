"""Rows of a laid-out workbook as the official template takes them: for the two halves of `--split`."""

from collections.abc import Collection

from gjj_cli.business.spec import Column
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook.cells import Cell, CellType
from gjj_cli.workbook.layout import Layout
from gjj_cli.workbook.values import Value, parse


def rows(layout: Layout, pack: Pack, wanted: Collection[int], *, as_typed: bool) -> list[dict[str, object]]:
    """Slug -> value of each wanted sheet row, in order, as `template.export` takes them.

    Values are canonical; `as_typed` keeps every text as it was typed. What cannot be read is a text in any case.
    """
    places = [(column, at) for column in layout.business.columns if (at := layout.columns.get(column.slug))]
    sheet = layout.sheet.rows
    return [
        {column.slug: _value(column, sheet[row].get(at), pack, as_typed) for column, at in places}
        for row in layout.rows
        if row in wanted
    ]


def _value(column: Column, cell: Cell | None, pack: Pack, as_typed: bool) -> Value:
    if cell is None or (as_typed and cell.type is CellType.TEXT):
        return cell.text if cell else None
    parsed = parse(column, cell, pack.dictionary(column.dictionary) if column.dictionary else None)
    return cell.text if parsed.problem is not None else parsed.value
