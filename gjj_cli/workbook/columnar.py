"""A whole column of cells to canonical values: in bulk what is typed as it should be, the rest cell by different cell.

`values.parse` alone says what a cell means. Most cells are typed in the canonical form already; one pattern for each
kind tells which, and a test holds every pattern to what `parse` makes of the same text.
"""

import polars as pl

from gjj_cli.business.binding import dtype
from gjj_cli.business.spec import Column, Kind
from gjj_cli.rules.policy import Dictionary
from gjj_cli.workbook.grid import CONTENT, Cell, CellType
from gjj_cli.workbook.values import parse

_HAN = r"\x{4E00}-\x{9FA5}"

# Text cells of these forms are their own value (MONEY and DATE after a cast); no kind with a dictionary is here,
# because there are few different ones.
_AS_TYPED = {
    Kind.NAME: rf"^[{_HAN}]{{2,20}}$",
    Kind.TEXT: rf"^[{_HAN}0-9A-Za-z]{{1,60}}$",
    Kind.ID_NUMBER: r"^[0-9]{17}[0-9X]$",
    Kind.ACCOUNT: r"^[0-9]{1,20}$",
    Kind.UNIT: r"^[0-9]{1,20}$",
    Kind.MOBILE: r"^1[3-9][0-9]{9}$",
    Kind.PHONE: r"^0[0-9]{2,3}-[0-9]{7,8}$",
    Kind.MONEY: r"^[0-9]{1,9}(?:\.[0-9]{1,2})?$",
    Kind.DATE: r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
}
_NUMBERS = (Kind.MONEY, Kind.MOBILE)  # number cells of the same form mean the same
_KEY = tuple(CONTENT)


def read(column: Column, cells: pl.DataFrame, dictionary: Dictionary | None) -> list[pl.Series]:
    """The series `s`, `s.raw`, `s.problem`, `s.note`, `s.formula` of a column with slug `s`.

    `cells` has one row a person with the columns of `grid.CONTENT`, all null where there is no cell.
    """
    slug, text = column.slug, pl.col("text").str.strip_chars()
    told = cells.select(
        *CONTENT,
        value=_as_typed(column),
        problem=pl.lit(None, pl.String()),
        note=pl.lit(""),
        raw=pl.when(text != "").then(text).when(~pl.col("cached")).then(pl.lit("公式")),
    )
    rest = told.with_row_index("place").filter(pl.col("value").is_null() & pl.col("type").is_not_null())
    series = {name: told[name] for name in ("value", "raw", "problem", "note")}
    if rest.height:
        parsed = _each_once(column, rest.select("place", *CONTENT), dictionary)
        for name in ("value", "problem", "note"):
            series[name] = series[name].scatter(parsed["place"], parsed[name])
    names = {"value": slug, "raw": f"{slug}.raw", "problem": f"{slug}.problem", "note": f"{slug}.note"}
    read = [series[name].alias(names[name]) for name in names]
    return [*read, told["formula"].fill_null(False).alias(f"{slug}.formula")]


def empty(column: Column, height: int) -> list[pl.Series]:
    """What `read` gives for a column in which nothing is filled in."""
    slug, nothing = column.slug, [None] * height
    return [
        pl.Series(slug, nothing, dtype(column)),
        pl.Series(f"{slug}.raw", nothing, pl.String()),
        pl.Series(f"{slug}.problem", nothing, pl.String()),
        pl.Series(f"{slug}.note", [""] * height, pl.String()),
        pl.Series(f"{slug}.formula", [False] * height, pl.Boolean()),
    ]


def _as_typed(column: Column) -> pl.Expr:
    """The value of a cell in its kind's canonical form; null for any other."""
    pattern = _AS_TYPED.get(column.kind)
    if pattern is None:
        return pl.lit(None, dtype(column))
    allowed = [CellType.TEXT.value, *([CellType.NUMBER.value] if column.kind in _NUMBERS else [])]
    fits = pl.col("text").str.contains(pattern) & pl.col("type").is_in(allowed)
    fits &= ~pl.col("formula") & ~pl.col("percent") & (pl.col("text").str.len_chars() <= column.max_length)
    text = pl.when(fits).then("text")
    if column.kind is Kind.DATE:
        return text.str.to_date("%Y-%m-%d", strict=False)
    if column.kind is not Kind.MONEY:
        return text
    cents = text.str.extract(r"\.([0-9]+)$").fill_null("").str.pad_end(2, "0")
    return text.str.extract("^([0-9]+)").cast(pl.Int64) * 100 + cents.cast(pl.Int64)


def _each_once(column: Column, rest: pl.DataFrame, dictionary: Dictionary | None) -> pl.DataFrame:
    """frame(place, value, problem, note) of the cells that are to be parsed."""
    different = rest.select(_KEY).unique()
    parsed = [parse(column, Cell(CellType(kind), *others), dictionary) for kind, *others in different.iter_rows()]
    told = different.with_columns(
        pl.Series("value", [one.value for one in parsed], dtype(column)),
        pl.Series("problem", [one.problem for one in parsed], pl.String()),
        pl.Series("note", [one.note for one in parsed], pl.String()),
    )
    return rest.join(told, on=list(_KEY), how="left", maintain_order="left")
