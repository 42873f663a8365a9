"""Which rules a business's columns carry, and which of them a frame breaks somewhere; no pandera here, it is slow to load."""

from collections.abc import Iterator

import polars as pl

from gjj_cli.business.spec import Business, Column, Kind
from gjj_cli.rules import batch, identity, value
from gjj_cli.rules.catalogue import BoundRule, Rule

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


def failing(business: Business, frame: pl.DataFrame | pl.LazyFrame, with_books: bool) -> set[BoundRule]:
    """The rules that some row breaks; which rows they are is for the schema to say.

    pandera takes a tenth of a second to load and a millisecond a check, however small the frame. One select for all
    rules together takes some milliseconds, and most files break few or none.
    """
    bound = [rule for rule in bound_rules(business) if with_books or rule.rule.needs != "books"]
    fails = [rule.bad.any().alias(str(place)) for place, rule in enumerate(bound)]
    told = frame.lazy().select(fails).collect().row(0, named=True)
    return {rule for place, rule in enumerate(bound) if told[str(place)]}


def dtype(column: Column) -> type[pl.DataType]:
    """The polars type of a column's canonical values."""
    return _DTYPE.get(column.kind, pl.String)
