"""欠缴月 and 补缴: months due before 应汇缴年月 that are not fully paid, per person, month and side (semantics 1.3).

Every frame is eager; months are Int32, money Int64 分, unit and employee (个人账号) String.
"""

import polars as pl

from gjj_cli.posting.amounts import price
from gjj_cli.rules.policy import Pack

PERSON_MONTH = ["unit", "employee", "month"]
_SHORT = ["short_unit_fen", "short_personal_fen"]


def due_months(
    enrolments: pl.DataFrame,
    bases: pl.DataFrame,
    rates: pl.DataFrame,
    due: pl.DataFrame,
    imported: pl.DataFrame,
    pack: Pack,
) -> pl.DataFrame:
    """Every person-month before the unit's 应汇缴年月, as frame(unit, employee, month, due_unit_fen, due_personal_fen).

    `due` is frame(unit, due_month) of `remittance.due_month`; 缓缴 months are before it and so are due here.
    `imported` is frame(unit, employee, paid_through): months up to it came in as paid and are left out.
    """
    started = enrolments.join(due, on="unit").join(imported, on=["unit", "employee"], how="left")
    first = pl.max_horizontal("from_month", pl.col("paid_through") + 1)
    end = pl.min_horizontal("to_month", "due_month")
    person_months = (
        started.filter(pl.col("due_month").is_not_null(), first < end)
        .select("unit", "employee", month=pl.int_ranges(first, end, dtype=pl.Int32))
        .explode("month")
    )
    return price(person_months, bases, rates, pack).select(
        *PERSON_MONTH, due_unit_fen="unit_fen", due_personal_fen="personal_fen"
    )


def shortages(owed: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """The 欠缴月: rows of `due_months` not fully paid, with paid_unit_fen, paid_personal_fen, short_unit_fen,
    short_personal_fen; at least one of the last two is above 0.

    `paid` is frame(unit, employee, month, paid_unit_fen, paid_personal_fen), at most one row a person-month.
    """
    sides = ("unit", "personal")
    return (
        owed.join(paid.select(*PERSON_MONTH, "paid_unit_fen", "paid_personal_fen"), on=PERSON_MONTH, how="left")
        .with_columns(pl.col(f"paid_{side}_fen").fill_null(0) for side in sides)
        .with_columns(
            (pl.col(f"due_{side}_fen") - pl.col(f"paid_{side}_fen")).clip(lower_bound=0).alias(f"short_{side}_fen")
            for side in sides
        )
        .filter(pl.any_horizontal(pl.col(_SHORT) > 0))
        .sort(PERSON_MONTH)
    )


def runs(short: pl.DataFrame) -> pl.DataFrame:
    """The 补缴 pick-list (获取单位补缴人员): frame(unit, employee, start_month, end_month, unit_fen, personal_fen),
    one row for each run of consecutive 欠缴月 of an employee."""
    return (
        short.sort(PERSON_MONTH)
        .with_columns(run=pl.col("month") - pl.int_range(pl.len()).over("unit", "employee"))
        .group_by("unit", "employee", "run", maintain_order=True)
        .agg(
            start_month=pl.col("month").min(),
            end_month=pl.col("month").max(),
            unit_fen=pl.col("short_unit_fen").sum(),
            personal_fen=pl.col("short_personal_fen").sum(),
        )
        .drop("run")
    )


def payments(rows: pl.DataFrame, short: pl.DataFrame) -> pl.DataFrame:
    """What 按月补缴 rows pay, month by month: frame(row, employee, month, unit_fen, personal_fen).

    `rows` is frame(employee, start_month, end_month), both ends included, `row` its row number from 0; `short` is
    `shortages` of one unit. A month of the row that is not short is not here.
    """
    return (
        rows.select("employee", "start_month", "end_month")
        .with_row_index("row")
        .join(short, on="employee")
        .filter(pl.col("month").is_between("start_month", "end_month"))
        .select("row", "employee", "month", unit_fen="short_unit_fen", personal_fen="short_personal_fen")
        .sort("row", "month")
    )


def derive(rows: pl.DataFrame, short: pl.DataFrame) -> pl.DataFrame:
    """The rows of a 按月 补缴 with their derived unit_fen, personal_fen and `months` (list of Int32), in their order.

    The sums of `payments`; 0 and an empty list for a row in which nothing is short. Other columns are kept.
    """
    derived = (
        payments(rows, short)
        .group_by("row")
        .agg(pl.col("unit_fen").sum(), pl.col("personal_fen").sum(), months=pl.col("month").sort())
    )
    return (
        rows.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("derive.row"))
        .join(derived, left_on="derive.row", right_on="row", how="left", maintain_order="left")
        .with_columns(pl.col("unit_fen", "personal_fen").fill_null(0), pl.col("months").fill_null([]))
        .drop("derive.row")
    )


def allocate(rows: pl.DataFrame, short: pl.DataFrame) -> pl.DataFrame:
    """How 不定额补缴 money fills months: frame(employee, month, unit_fen, personal_fen).

    Oldest month first, each side by itself up to its shortage; the rest of an employee is one row with month null
    (超额, W805).

    `rows` is frame(employee, unit_fen, personal_fen), several rows of one employee counting together; `short` is
    `shortages` of one unit.
    """
    sides = ("unit", "personal")
    typed = rows.group_by("employee").agg(pl.col(f"{side}_fen").sum() for side in sides)
    filled = (
        short.sort("employee", "month")
        .join(typed, on="employee", maintain_order="left")
        .select(
            "employee",
            "month",
            *(
                # What is left for this month: the typed sum less the shortages of all earlier months.
                (
                    pl.col(f"{side}_fen")
                    - (pl.col(f"short_{side}_fen").cum_sum().over("employee") - pl.col(f"short_{side}_fen"))
                )
                .clip(0, pl.col(f"short_{side}_fen"))
                .alias(f"{side}_fen")
                for side in sides
            ),
        )
    )
    used = filled.group_by("employee").agg(pl.col(f"{side}_fen").sum().alias(f"used_{side}_fen") for side in sides)
    rest = typed.join(used, on="employee", how="left").select(
        "employee",
        pl.lit(None, dtype=pl.Int32).alias("month"),
        *(pl.col(f"{side}_fen") - pl.col(f"used_{side}_fen").fill_null(0) for side in sides),
    )
    some = pl.any_horizontal(pl.col("unit_fen", "personal_fen") > 0)
    return pl.concat([filled.filter(some), rest.filter(some)]).sort("employee", "month", nulls_last=True)
