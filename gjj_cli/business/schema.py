"""A business as a pandera schema: one column a header, one named check a rule, and no other way to a finding.

pandera 0.35 with polars 2.1, as measured: only `Check(error=…)` comes back in `failure_cases`, a LazyFrame passes
unchecked (so frames are eager), and `ignore_na` would let nulls pass before a rule has seen them.
"""

from collections.abc import Container

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from gjj_cli.business.binding import bound_rules, dtype
from gjj_cli.business.spec import Business
from gjj_cli.rules.catalogue import BoundRule


def build(business: Business, with_books: bool, only: Container[BoundRule] | None = None) -> pa.DataFrameSchema:
    """See `Business.schema`; with `only` it has the checks of these rules and no others."""
    checks: dict[str, list[pa.Check]] = {}
    for bound in bound_rules(business):
        if (with_books or bound.rule.needs != "books") and (only is None or bound in only):
            checks.setdefault(bound.slug, []).append(_check(bound))
    columns = {
        column.slug: pa.Column(dtype(column), checks=checks.pop(column.slug, []), nullable=True)
        for column in (*business.columns, *business.batch)
    }
    for slug, own in checks.items():  # findings about the whole file are checks on the column `file`
        columns[slug] = pa.Column(pl.String, checks=own, nullable=True)
    return pa.DataFrameSchema(columns, strict=False)


def _check(bound: BoundRule) -> pa.Check:
    bad = bound.bad

    def good(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select((~bad).alias(bound.slug))

    return pa.Check(good, error=bound.rule.code, ignore_na=False)
