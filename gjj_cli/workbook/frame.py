"""Cells to one typed frame: a row a person, and for every column its value and what the reader noted.

For a column with slug `s` the frame holds `s` (canonical value or null), `s.raw` (the text as typed), `s.problem`
and `s.note` (what could not be told for certain), `s.formula`, and `s.missing` where the cell must be filled.
Besides: `row` (sheet row), `file` (null, the place of findings about the whole file), the facts of the
identity numbers, `today`, `latest_month`, and after `with_limits` the limits of each row's effective month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from gjj_cli import identity
from gjj_cli import month as months
from gjj_cli.business.spec import Business, Column
from gjj_cli.errors import PolicyMissing
from gjj_cli.rules.policy import Dictionary, Pack
from gjj_cli.workbook import columnar
from gjj_cli.workbook.grid import Cell, CellType, cells_frame
from gjj_cli.workbook.layout import Layout

CARDS = ("身份证", "港澳台居民居住证")
PERMANENT_RESIDENT = "外国人永久居留证"


@dataclass(frozen=True)
class Given:
    """What the caller knows besides the file: batch values of --set, and the unit the rows are submitted for."""

    batch: Mapping[str, str]
    unit: str | None
    default_month: int
    as_of: date


def build(layout: Layout, pack: Pack, given: Given) -> pl.DataFrame:
    """The typed frame of a laid-out workbook, one row for each of `layout.rows`, in sheet order."""
    people = pl.Series("row", layout.rows, pl.Int32())
    series: list[pl.Series] = [people]
    by_place = _by_place(layout)
    for column in layout.business.columns:
        cells = by_place.get(layout.columns.get(column.slug, 0))
        if cells is None:
            series += columnar.empty(column, len(people))
            continue
        cells = people.to_frame().join(cells, on="row", how="left", maintain_order="left")
        series += columnar.read(column, cells, _dictionary(column, pack))
    frame = pl.DataFrame(series)
    for column in layout.business.batch:
        frame = frame.with_columns(_batch(column, layout, pack, given))
    frame = frame.with_columns(
        pl.lit(None, pl.String()).alias("file"),
        pl.col("unit") if "unit" in frame.columns else pl.lit(given.unit, pl.String()).alias("unit"),
        pl.lit(given.as_of).alias("today"),
        pl.lit(months.of_date(given.as_of) + 1, pl.Int32()).alias("latest_month"),
        pl.lit(pack.age_max, pl.Int32()).alias("age.max"),
    )
    frame = _identities(frame, layout.business)
    frame = _credit_codes(frame)
    frame = _missing(frame, layout.business)
    frame = _effective(frame, layout.business, given)
    frame = frame.with_columns(person_key(frame).alias("person"))
    return across(frame)


def _by_place(layout: Layout) -> dict[int, pl.DataFrame]:
    """Sheet column -> its cells, of the columns that are read."""
    wanted = layout.sheet.cells.filter(pl.col("column").is_in(list(layout.columns.values())))
    parts = wanted.partition_by("column", as_dict=True, include_key=False)
    return {int(place): cells for (place,), cells in parts.items()}


def _dictionary(column: Column, pack: Pack) -> Dictionary | None:
    return pack.dictionary(column.dictionary) if column.dictionary else None


def _batch(column: Column, layout: Layout, pack: Pack, given: Given) -> list[pl.Expr]:
    """A batch value as constant columns, with `.conflict` saying what is wrong with having it twice or not at all."""
    in_file = layout.batch[column.slug].cell if column.slug in layout.batch else None
    option = given.batch.get(column.header)
    cell = Cell(CellType.TEXT, option) if option is not None else in_file
    value, raw, problem, note, formula = _read_one(column, cell, pack)
    conflict = None
    if option is not None and in_file is not None:
        told, typed, *_ = _read_one(column, in_file, pack)
        if typed[0] is not None and told.to_list() != value.to_list():
            conflict = f"在「批次信息」里是「{in_file.text[:40]}」，--set 给的是「{option[:40]}」"
    elif column.required and raw[0] is None:
        conflict = "没有填"
    parts = [value, raw, problem, note, formula, pl.Series(f"{column.slug}.conflict", [conflict], pl.String())]
    return [pl.lit(part.to_list()[0], part.dtype).alias(part.name) for part in parts]


def _read_one(column: Column, cell: Cell | None, pack: Pack) -> list[pl.Series]:
    """A column of one cell."""
    cells = cells_frame([] if cell is None else [(1, 1, cell)])
    cells = pl.DataFrame({"row": [1]}, schema={"row": pl.Int32}).join(cells, on="row", how="left")
    return columnar.read(column, cells, _dictionary(column, pack))


def _identities(frame: pl.DataFrame, business: Business) -> pl.DataFrame:
    if not any(column.slug == "id_number" for column in business.columns):
        return frame
    number, form_ok = pl.col("id_number"), pl.lit(True)
    frame = identity.with_facts(frame, "id_number", prefix="id_number.")
    card = _digits(number)
    if "doc_type" in frame.columns:
        kind = pl.col("doc_type")
        untold = kind.is_null() & pl.col("doc_type.raw").is_null()
        new_resident = (kind == PERMANENT_RESIDENT) & number.str.contains(r"^[0-9]{17}[0-9X]$")
        card = kind.is_in(CARDS) | new_resident | (untold & card)
        others = frame.filter(kind != CARDS[0])  # few, and every form is a pattern
        if others.height:
            forms = others.select("row", form_ok=identity.other_form_ok(kind, number) | number.is_null())
            frame, form_ok = frame.join(forms, on="row", how="left", maintain_order="left"), pl.col("form_ok")
    told = frame.with_columns(
        (card & number.is_not_null()).fill_null(False).alias("id_number.card"),
        form_ok.fill_null(True).alias("id_number.form_ok"),
    )
    return told.drop("form_ok", strict=False)


def _credit_codes(frame: pl.DataFrame) -> pl.DataFrame:
    """`uscc.uscc`: the code of what is wrong with a 统一社会信用代码, see `identity.uscc_problem`."""
    if "uscc" not in frame.columns:
        return frame
    problems = [None if typed is None else identity.uscc_problem(typed) for typed in frame["uscc"]]
    return frame.with_columns(pl.Series("uscc.uscc", problems, pl.String()))


def _digits(number: pl.Expr) -> pl.Expr:
    """Without a 证件类型, what looks like an identity number is judged as one; a passport number does not."""
    return number.str.contains(r"^[0-9]{9,}X?$")


def _missing(frame: pl.DataFrame, business: Business) -> pl.DataFrame:
    """`s.missing`: what to say where a cell that must be filled is not."""
    said: dict[str, pl.Expr] = {}
    for column in business.columns:
        if column.required:
            empty = pl.col(f"{column.slug}.raw").is_null()
            said[column.slug] = pl.when(empty).then(pl.lit(f"「{column.header}」必须填，这一格是空的"))
    for group in business.one_of:
        headers = "和".join(business.column(slug).header for slug in group)
        empty = pl.all_horizontal(pl.col(f"{slug}.raw").is_null() for slug in group)
        said[group[0]] = pl.when(empty).then(pl.lit(f"{headers}至少填一个，都是空的"))
    return frame.with_columns(expression.alias(f"{slug}.missing") for slug, expression in said.items())


def _effective(frame: pl.DataFrame, business: Business, given: Given) -> pl.DataFrame:
    """`effective.month`: the row's own month, else the unit's 应汇缴年月 (without books: the business month).

    A cell that was filled in and could not be read has no default: what it meant is not known, so null.
    `book.old_base` is null until the books are joined.
    """
    month = pl.lit(given.default_month, pl.Int32())
    if business.month_column:
        month = read_or(business.month_column, month)
    columns = [month.cast(pl.Int32()).alias("effective.month"), pl.lit(None, pl.Int64()).alias("book.old_base")]
    for slug in ("from_unit", "to_unit"):
        if slug in frame.columns:
            columns.append(read_or(slug, pl.col("unit")).alias(f"{slug}.effective"))
    return frame.with_columns(columns)


def read_or(slug: str, default: pl.Expr) -> pl.Expr:
    """A column's value, the default where its cell is empty, null where it could not be read."""
    return pl.when(pl.col(f"{slug}.problem").is_null()).then(pl.coalesce(slug, default))


def person_key(frame: pl.DataFrame) -> pl.Expr:
    """Who a row is about, as far as the file alone tells: the 18-digit identity, else the number, else the account."""
    keys = []
    if "id_number" in frame.columns:
        keys += [pl.when(pl.col("id_number.card")).then(pl.col("id_number.id18")), pl.col("id_number")]
    if "account" in frame.columns:
        keys.append(pl.col("account"))
    return pl.coalesce(keys) if keys else pl.lit(None, pl.String())


def across(frame: pl.DataFrame) -> pl.DataFrame:
    """What shows only across rows: `first_row` of the same person, `mobile_row`, and `overlap_row` of 补缴 periods."""
    frame = frame.with_columns(_earlier("person").alias("first_row"))
    if "mobile" in frame.columns:
        frame = frame.with_columns(_earlier("mobile").alias("mobile_row"))
    if "start_month" in frame.columns and "end_month" in frame.columns:
        frame = frame.with_columns(_overlap())
    return frame


def _earlier(key: str) -> pl.Expr:
    """The first row with the same key, on every later one; null on the first and where the key is null."""
    first = pl.col("row").min().over(key)
    return pl.when(pl.col(key).is_not_null() & (pl.col("row") > first)).then(first)


def _overlap() -> pl.Expr:
    """The row before it, by start month, of the same person whose period reaches into this row's."""
    reached = pl.col("end_month").cum_max().shift(1).over("person", order_by=["start_month", "row"])
    before = pl.col("row").shift(1).over("person", order_by=["start_month", "row"])
    overlaps = pl.col("person").is_not_null() & (pl.col("start_month") <= reached)
    return pl.when(overlaps).then(before).alias("overlap_row")


def with_limits(frame: pl.DataFrame, pack: Pack, *, judged: bool = True) -> tuple[pl.DataFrame, list[int]]:
    """The frame with `limits.min_fen`, `.max_fen`, `.verified`, `.month` of each effective month, and the months
    that the pack does not cover (their limits stay null, so that all other rules still judge).

    Where no limit is `judged`, a month needs none: limits begin later than rates do.
    """
    wanted = frame["effective.month"].unique().drop_nulls().sort().to_list()
    rows, uncovered = [], []
    for month in wanted:
        limits, needed = None, judged
        try:
            limits = pack.on(month).limits
        except PolicyMissing:
            needed = True
        if limits is None and needed:
            uncovered.append(month)
        if limits is not None:
            rows.append((month, month, limits.base_min_fen, limits.base_max_fen, limits.verified))
    schema = {
        "effective.month": pl.Int32(),
        "limits.month": pl.Int32(),
        "limits.min_fen": pl.Int64(),
        "limits.max_fen": pl.Int64(),
        "limits.verified": pl.Boolean(),
    }
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.join(table, on="effective.month", how="left", maintain_order="left"), uncovered
