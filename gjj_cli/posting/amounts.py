"""What each employee owes for a month (月缴存额): base of that month x rate of that month, each side rounded alone.

Every frame is eager; months are Int32, money Int64 分, rates Int32 万分之一, unit and employee (个人账号) String.
Nothing but the month picks a value: not today, not the current base (semantics 1.0).
"""

import polars as pl

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.rules.policy import Pack

AMOUNT_COLUMNS = (
    "unit",
    "employee",
    "month",
    "base_fen",
    "unit_bp",
    "personal_bp",
    "unit_fen",
    "personal_fen",
    "amount_fen",
)


def enrolled(enrolments: pl.DataFrame, unit_months: pl.DataFrame) -> pl.DataFrame:
    """R(u, m): who pays in which of the given months, as frame(unit, employee, month).

    `enrolments` is frame(unit, employee, from_month, to_month), half-open: `to_month` is the first month not paid, or
    null. `unit_months` is frame(unit, month).
    """
    month = pl.col("month")
    return (
        enrolments.join(unit_months.select("unit", "month"), on="unit")
        .filter(month >= pl.col("from_month"), (month < pl.col("to_month")).fill_null(True))
        .select("unit", "employee", "month")
    )


def amounts(
    enrolments: pl.DataFrame, bases: pl.DataFrame, rates: pl.DataFrame, unit_months: pl.DataFrame, pack: Pack
) -> pl.DataFrame:
    """The amounts of everybody enrolled in the given months: `price` of `enrolled`, all units at once."""
    return price(enrolled(enrolments, unit_months), bases, rates, pack)


def price(person_months: pl.DataFrame, bases: pl.DataFrame, rates: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """The person-months with base, rates and amounts (AMOUNT_COLUMNS), in the order of unit, employee, month.

    `person_months` is frame(unit, employee, month); `bases` frame(unit, employee, from_month, base_fen, seq), where of
    two rows of one month the higher `seq` counts; `rates` frame(unit, from_month, to_month, unit_bp, personal_bp,
    kind), where a `reduction` holds for from_month to to_month, both included, and beats the latest `ordinary` row.
    Raises Refused when a person-month has no base or no rate, PolicyMissing for a month outside the pack.
    """
    based = person_months.sort("month").join_asof(
        bases.sort("from_month", "seq"),  # of equal months the last row matches
        by=["unit", "employee"],
        left_on="month",
        right_on="from_month",
        check_sortedness=False,  # polars cannot check it within groups, and both sides have just been sorted
    )
    unit_months = person_months.select("unit", "month").unique()
    priced = based.join(rates_on(unit_months, rates), on=["unit", "month"], how="left")
    _refuse_gaps(priced)
    unit_fen, personal_fen = (_side(rate, priced["month"].unique(), pack) for rate in ("unit_bp", "personal_bp"))
    return (
        priced.with_columns(unit_fen.alias("unit_fen"), personal_fen.alias("personal_fen"))
        .with_columns(amount_fen=pl.col("unit_fen") + pl.col("personal_fen"))
        .select(AMOUNT_COLUMNS)
        .sort("unit", "employee", "month")
    )


def rates_on(unit_months: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """frame(unit, month, unit_bp, personal_bp): the reduction that covers the month, else the latest ordinary rate.

    Null where the unit has neither; of two rows of one month the later row counts. After the last month of a reduction
    the ordinary rate comes back by itself.
    """
    columns = ["unit", "month", "unit_bp", "personal_bp"]
    wanted = unit_months.sort("month")
    ordinary = wanted.join_asof(
        rates.filter(pl.col("kind") == "ordinary")
        .select("unit", "from_month", *columns[2:])
        .sort("from_month", maintain_order=True),
        by="unit",
        left_on="month",
        right_on="from_month",
        check_sortedness=False,
    )
    month = pl.col("month")
    reduced = (
        wanted.join(rates.filter(pl.col("kind") == "reduction"), on="unit")
        .filter(month >= pl.col("from_month"), (month <= pl.col("to_month")).fill_null(True))
        .sort("from_month", maintain_order=True)
        .unique(["unit", "month"], keep="last", maintain_order=True)
    )
    return (
        ordinary.join(reduced.select(columns), on=["unit", "month"], how="left", suffix="_reduced")
        .with_columns(pl.coalesce(f"{rate}_reduced", rate).alias(rate) for rate in columns[2:])
        .select(columns)
    )


def _side(rate: str, month: pl.Series, pack: Pack) -> pl.Expr:
    """One side's amount, by the rounding in force in each row's month."""
    by_mode: dict[money.Rounding, list[int]] = {}
    for value in month.sort():
        by_mode.setdefault(pack.on(value).rounding.mode, []).append(value)
    side = pl.lit(None, dtype=pl.Int64)
    for mode, values in by_mode.items():
        exact = money.side_amount(pl.col("base_fen"), pl.col(rate).cast(pl.Int64), mode)
        side = pl.when(pl.col("month").is_in(values)).then(exact).otherwise(side)
    return side


def _refuse_gaps(priced: pl.DataFrame) -> None:
    for column, word in (("base_fen", "缴存基数"), ("unit_bp", "单位缴存比例"), ("personal_bp", "个人缴存比例")):
        gaps = priced.filter(pl.col(column).is_null()).sort("unit", "employee", "month")
        if not gaps.is_empty():
            first = gaps.row(0, named=True)
            raise Refused(
                f"单位 {first['unit']} 的 {first['employee']} 在 {months.show(first['month'])} 没有{word}，"
                "算不出应缴额；账簿没有变",
                facts=(f"这样的人月共 {gaps.height} 个",),
                remedies=("可以：gjj ledger verify",),
            )
