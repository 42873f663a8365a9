"""A business as a pandera schema: one column a header, one named check a rule, and no other way to a finding.

pandera 0.35 with polars 2.1, as measured: only `Check(error=…)` comes back in `failure_cases`, a LazyFrame passes
unchecked (so frames are eager), and `ignore_na` would let nulls pass before a rule has seen them.
"""

from collections.abc import Iterator

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from gjj_cli.business.spec import Business, Column, Kind
from gjj_cli.rules import batch, identity, value
from gjj_cli.rules.catalogue import CATALOG, BoundRule, Rule

_DTYPE: dict[Kind, type[pl.DataType]] = {
    Kind.MONEY: pl.Int64,
    Kind.MONTH: pl.Int32,
    Kind.PERCENT: pl.Int32,
    Kind.DATE: pl.Date,
}

_OF_KIND: dict[Kind, tuple[Rule, ...]] = {
    Kind.TEXT: (value.unprintable,),
    Kind.NAME: (value.unprintable, value.not_a_name),
    Kind.ACCOUNT: (value.digits_lost, value.unprintable),
    Kind.UNIT: (value.digits_lost, value.unprintable),
    Kind.ID_NUMBER: (
        value.digits_lost,
        value.unprintable,
        identity.shape,
        identity.check_digit,
        identity.birth_date,
        identity.not_born,
        identity.region,
        identity.other_document,
        identity.old_number,
        identity.age,
        identity.very_old,
    ),
    Kind.DICTIONARY: (value.not_in_dictionary,),
    Kind.MONEY: (value.not_an_amount,),
    Kind.MONTH: (value.unclear_month,),
    Kind.DATE: (value.unclear_month,),
    Kind.MOBILE: (value.not_a_number_to_call,),
    Kind.PHONE: (value.not_a_number_to_call,),
    Kind.POSTCODE: (value.not_a_number_to_call,),
    Kind.PERCENT: (value.unclear_percent,),
}


def bound_rules(business: Business) -> Iterator[BoundRule]:
    """Every rule of a business with the column it judges, in order of precedence: cells first, then the business's."""
    may_miss = {column.slug for column in business.columns if column.required}
    may_miss |= {group[0] for group in business.one_of}
    for column in (*business.columns, *business.batch):
        if column in business.batch:
            yield batch.batch_value.on(column.slug)
        elif column.slug in may_miss:
            yield value.missing.on(column.slug)
        for rule in (*_OF_KIND[column.kind], value.no_result, value.formula):
            yield rule.on(column.slug)
    for listed in business.rules:
        yield listed if isinstance(listed, BoundRule) else listed.on(listed.at)


def build(business: Business, with_books: bool) -> pa.DataFrameSchema:
    """See `Business.schema`."""
    checks: dict[str, list[pa.Check]] = {}
    for bound in bound_rules(business):
        if with_books or bound.rule.needs != "books":
            checks.setdefault(bound.slug, []).append(_check(bound))
    columns = {
        column.slug: pa.Column(dtype(column), checks=checks.pop(column.slug, []), nullable=True)
        for column in (*business.columns, *business.batch)
    }
    for slug, own in checks.items():  # findings about the whole file are checks on the column `file`
        columns[slug] = pa.Column(pl.String, checks=own, nullable=True)
    return pa.DataFrameSchema(columns, strict=False)


def failing(schema: pa.DataFrameSchema, frame: pl.DataFrame | pl.LazyFrame) -> pa.DataFrameSchema:
    """The schema with those of its checks only that some row fails; what rows they are is pandera's to say.

    pandera takes about a millisecond a check however small the frame, one select for all of them a tenth of that.
    A check that is no rule of ours stays.
    """
    rules = {
        f"{slug} {check.error}": bad(slug).fill_null(False).any()
        for slug, column in schema.columns.items()
        for check in column.checks
        if check.error in CATALOG and (bad := CATALOG[check.error].bad) is not None
    }
    sound = {name for name, fails in frame.lazy().select(**rules).collect().row(0, named=True).items() if not fails}
    columns = {
        slug: pa.Column(
            column.dtype, [check for check in column.checks if f"{slug} {check.error}" not in sound], nullable=True
        )
        for slug, column in schema.columns.items()
    }
    return pa.DataFrameSchema(columns, strict=False)


def dtype(column: Column) -> type[pl.DataType]:
    """The polars type of a column's canonical values."""
    return _DTYPE.get(column.kind, pl.String)


def _check(bound: BoundRule) -> pa.Check:
    bad = bound.rule.bad
    if bad is None:
        raise ValueError(f"{bound.rule.code} has no expression to check")

    def good(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select((~bad(bound.slug).fill_null(False)).alias(bound.slug))

    return pa.Check(good, error=bound.rule.code, ignore_na=False)
