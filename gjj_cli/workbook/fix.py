"""`--fix`: cells whose value is certain but not written as we write it, in a copy with nothing else changed.

What has one right answer is corrected: full-width forms, blanks, lower-case x, months, dates, amounts, dictionary
words, dots in names, and numbers where text belongs. A real date or number is fine as it is; a formula is never
touched. The 18-digit form of a 15-digit identity number is computed, not read, so it must be asked for (`unsafe`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from gjj_cli import identity, money
from gjj_cli import month as months
from gjj_cli.atomic import write
from gjj_cli.business.spec import Column, Kind
from gjj_cli.finding import Place
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook import csvcells, csvpatch, gate, kept, sheetpatch, tags
from gjj_cli.workbook.cells import Cell, CellType, read_stream
from gjj_cli.workbook.frame import CARDS
from gjj_cli.workbook.gate import Package
from gjj_cli.workbook.judge import masked
from gjj_cli.workbook.layout import Layout
from gjj_cli.workbook.patch import Patch, odd
from gjj_cli.workbook.sheetpatch import Edit
from gjj_cli.workbook.values import Parsed, Value, parse
from gjj_cli.workbook.xlsx import worksheet_parts

_ALSO_NUMBERS = (Kind.MONTH, Kind.DATE, Kind.DICTIONARY, Kind.MOBILE, Kind.PHONE, Kind.POSTCODE)


@dataclass(frozen=True)
class Correction:
    """One cell to change: what was typed and what it becomes, a number for money and a text for the rest."""

    place: Place
    column: Column
    old: str
    new: str

    @property
    def shown(self) -> tuple[str, str]:
        """Old and new as people are shown them, masked where they name a person."""
        return masked(self.old, self.column.kind), masked(self.new, self.column.kind)

    @property
    def edit(self) -> Edit:
        return Edit(number=self.new) if self.column.kind is Kind.MONEY else Edit(text=self.new)


def corrections(layout: Layout, pack: Pack, *, unsafe: bool = False) -> list[Correction]:
    """What can be corrected in a laid-out workbook, batch values too, by place."""
    found = [
        Correction(place, column, cell.text, new)
        for place, column, cell in _typed(layout)
        if (new := corrected(column, cell, pack)) is not None
    ]
    if unsafe:
        longer = _longer(layout, pack)
        found = [row for row in found if row.place not in longer] + list(longer.values())
    return sorted(found, key=lambda row: row.place)


def corrected(column: Column, cell: Cell, pack: Pack) -> str | None:
    """What a cell should say, or None where it is right as it is, unclear, or not to be touched."""
    if cell.formula or not (
        cell.type is CellType.TEXT or (cell.type is CellType.NUMBER and column.kind in _ALSO_NUMBERS)
    ):
        return None
    parsed = _parse(column, cell, pack)
    if parsed.problem is not None or parsed.value is None:
        return None
    new = canonical(column, parsed.value)
    if column.kind is Kind.MONEY and _is_plain(cell.text):
        return None
    return new if new != cell.text or cell.type is not CellType.TEXT else None


def canonical(column: Column, value: Value) -> str:
    """The one way we write a value: 2025-07, 2025-07-01, 3000.00, 5%, or the text itself."""
    match value:
        case int() if column.kind is Kind.MONTH:
            return months.show(value)
        case int() if column.kind is Kind.PERCENT:
            return money.show_rate(value)
        case int():
            return money.plain(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def possible(source: Path, found: Sequence[Correction]) -> list[Correction]:
    """Those of the corrections that can be made in the file: not in the results of an array formula.

    Raises FileError.
    """
    if source.suffix.lower() == ".csv":
        return list(found)
    package = gate.open_package(source)
    patch, parts = Patch(package), worksheet_parts(package)
    areas = {name: sheetpatch.formula_areas(patch.text(part)) for name, part in parts.items()}
    return [row for row in found if not any(_holds(area, row.place) for area in areas[row.place.sheet or ""])]


def fix(source: Path, target: Path, found: Sequence[Correction]) -> None:
    """Write `source` to `target` (whole or not at all) with the corrections made; a .csv in its own encoding.

    Raises FileError, with nothing written.
    """
    data = gate.load(source)
    if source.suffix.lower() == ".csv":
        text, encoding = csvcells.decode(data, source.name)
        edits = {(row.place.row or 0, row.place.column or 0): row.new for row in found}
        made = csvpatch.patch(text, edits).encode(encoding)
    else:
        made = _patched(gate.package(data, source.name), found)
    changed = {(row.place.sheet, row.place.row, row.place.column) for row in found}
    before, after = read_stream(data, source.name), read_stream(made, source.name)
    kept.check(before, after, lambda *place: place in changed, lambda _: False)
    write(target, made)


def _patched(package: Package, found: Sequence[Correction]) -> bytes:
    by_sheet: dict[str | None, dict[tuple[int, int], Edit]] = defaultdict(dict)
    for row in found:
        by_sheet[row.place.sheet][row.place.row or 0, row.place.column or 0] = row.edit
    patch = Patch(package)
    try:
        for name, part in worksheet_parts(package).items():
            patch.change(part, sheetpatch.patch(patch.text(part), by_sheet[name]))
        book = patch.text(patch.main)
        calculation = tags.tag(f"{tags.prefix_of(book)}calcPr")  # formulas may have counted with what was there before
        again = calculation.sub(lambda begin: tags.with_attribute(begin[0], "fullCalcOnLoad", 1), book)
        patch.change(patch.main, again)
    except ValueError:  # a sheet without what every sheet has
        raise odd(package.name) from None
    return patch.build()


def _typed(layout: Layout) -> Iterator[tuple[Place, Column, Cell]]:
    """Every filled cell of the rows that are people, and the batch values."""
    rows = layout.sheet.rows
    for column in layout.business.columns:
        at = layout.columns.get(column.slug)
        for row in layout.rows if at else ():
            cell = rows[row].get(at or 0)
            if cell is not None:
                yield Place(layout.sheet.name, row, at), column, cell
    for column in layout.business.batch:
        if column.slug in layout.batch:
            yield layout.batch[column.slug].place, column, layout.batch[column.slug].cell


def _parse(column: Column, cell: Cell, pack: Pack) -> Parsed:
    return parse(column, cell, pack.dictionary(column.dictionary) if column.dictionary else None)


def _is_plain(text: str) -> bool:
    """An amount that anything reads: 3000, 3000.5 or -3000.50, and not 3,000元."""
    whole, _, decimals = text.removeprefix("-").partition(".")
    return text.isascii() and whole.isdigit() and (decimals.isdigit() or "." not in text)


def _longer(layout: Layout, pack: Pack) -> dict[Place, Correction]:
    """The 15-digit identity numbers in their 18-digit form: of identity cards, with a day of birth that exists."""
    slugs = {column.slug: column for column in layout.business.columns}
    at, kind_at = layout.columns.get("id_number"), layout.columns.get("doc_type")
    typed: list[tuple[int, str, str]] = []
    for row in layout.rows if at else ():
        cells = layout.sheet.rows[row]
        cell, kind = cells.get(at or 0), cells.get(kind_at or 0)
        known = _parse(slugs["doc_type"], kind, pack).value if kind is not None else None
        number = _parse(slugs["id_number"], cell, pack).value if cell is not None and not cell.formula else None
        if cell is not None and number is not None and (known in CARDS or kind is None):
            typed.append((row, cell.text, str(number)))
    frame = pl.DataFrame(typed, schema={"row": pl.Int32, "old": pl.String, "number": pl.String}, orient="row")
    facts = identity.facts(pl.col("number"))
    told = frame.with_columns(facts["is15"], facts["id18"], facts["birth"])
    wanted = told.filter(pl.col("is15") & pl.col("birth").is_not_null()).select("row", "old", "id18").rows()
    column = slugs["id_number"] if wanted else None
    return {
        (place := Place(layout.sheet.name, row, at)): Correction(place, column, old, new)
        for row, old, new in wanted
        if column is not None
    }


def _holds(area: sheetpatch.Area, place: Place) -> bool:
    first_row, first_column, last_row, last_column = area
    return first_row <= (place.row or 0) <= last_row and first_column <= (place.column or 0) <= last_column
