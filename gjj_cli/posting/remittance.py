"""汇缴: from the register to the month rows, to what can be paid, to vouchers; all units at once (semantics 1.1).

Every frame is eager; months are Int32, money Int64 分, unit and employee (个人账号) String.
"""

from collections.abc import Callable

import polars as pl

from gjj_cli import month as months
from gjj_cli.ledger.voucher import Head, Voucher, payment

CLOSED = "04"  # 单位账户状态 销户
_COUNTS = (
    "heads",
    "amount_fen",
    "unit_fen",
    "personal_fen",
    "added_heads",
    "added_fen",
    "removed_heads",
    "removed_fen",
)


def due_month(units: pl.DataFrame, deferrals: pl.DataFrame) -> pl.DataFrame:
    """应汇缴年月 as frame(unit, due_month): the month after 缴至年月, or 首次汇缴年月, past any 缓缴.

    `units` is frame(unit, first_month, paid_through, state, custody), `deferrals` frame(unit, from_month, to_month),
    both ends included. Null for the 托管 unit and for closed ones, which are never due.
    """
    active = ~pl.col("custody") & (pl.col("state") != CLOSED)
    due = units.select("unit", due_month=pl.when(active).then(pl.coalesce(pl.col("paid_through") + 1, "first_month")))
    while True:  # each round passes one 缓缴, and there are finitely many
        after = (
            due.join(deferrals, on="unit")
            .filter(pl.col("due_month").is_between("from_month", "to_month"))
            .group_by("unit")
            .agg(after=pl.col("to_month").max() + 1)
        )
        if after.is_empty():
            return due
        due = due.join(after, on="unit", how="left", maintain_order="left").select(
            "unit", due_month=pl.coalesce("after", "due_month")
        )


def months_through(due: pl.DataFrame, through: int, deferrals: pl.DataFrame) -> pl.DataFrame:
    """The months to pay as frame(unit, month): from 应汇缴年月 to `through`, without 缓缴 months.

    Units that are not due, or only after `through`, have no row.
    """
    wanted = (
        due.filter(pl.col("due_month") <= through)
        .select("unit", month=pl.int_ranges("due_month", through + 1, dtype=pl.Int32))
        .explode("month")
    )
    deferred = wanted.join(deferrals, on="unit").filter(pl.col("month").is_between("from_month", "to_month"))
    return wanted.join(deferred, on=["unit", "month"], how="anti").sort("unit", "month")


def month_rows(amounts: pl.DataFrame, previous: pl.DataFrame, unit_months: pl.DataFrame) -> pl.DataFrame:
    """The rows of the 汇缴 screen: frame(unit, month, heads, amount_fen, unit_fen, personal_fen, added_heads,
    added_fen, removed_heads, removed_fen), one for every month of `unit_months`, zero people included.

    `previous` is frame(unit, employee, amount_fen), the posted list of each unit's last 汇缴; it is what the unit's
    first month is compared with, and every later month with the one before. Heads move by who is on the list, money
    also by base and rate; so 上月 + 增 - 减 = 本月 in both.
    """
    steps = (
        unit_months.select("unit", "month")
        .sort("unit", "month")
        .with_columns(step=pl.int_range(1, pl.len() + 1).over("unit"))
    )
    now = amounts.join(steps, on=["unit", "month"]).select(
        "unit", "employee", "step", "amount_fen", "unit_fen", "personal_fen"
    )
    listed = ["unit", "employee", "step", "amount_fen"]
    before = (
        pl.concat([previous.with_columns(step=pl.lit(0, dtype=pl.Int64)).select(listed), now.select(listed)])
        .with_columns(pl.col("step") + 1)
        .join(steps, on=["unit", "step"], how="semi")
    )
    is_now, was = pl.col("amount_fen"), pl.col("amount_fen_before")
    change = is_now.fill_null(0) - was.fill_null(0)
    counted = (
        now.join(before, on=["unit", "employee", "step"], how="full", coalesce=True, suffix="_before")
        .group_by("unit", "step")
        .agg(
            heads=is_now.count(),
            amount_fen=is_now.sum(),
            unit_fen=pl.col("unit_fen").sum(),
            personal_fen=pl.col("personal_fen").sum(),
            added_heads=was.is_null().sum(),
            added_fen=change.clip(lower_bound=0).sum(),
            removed_heads=is_now.is_null().sum(),
            removed_fen=(-change).clip(lower_bound=0).sum(),
        )
    )
    return (
        steps.join(counted, on=["unit", "step"], how="left", maintain_order="left")
        .with_columns(pl.col(_COUNTS).cast(pl.Int64).fill_null(0))
        .select("unit", "month", *_COUNTS)
    )


def plan(rows: pl.DataFrame, available: pl.DataFrame, *, whole: bool = False) -> pl.DataFrame:
    """Which months are paid: the rows with `covered`, `included` (Boolean) and `shortage_fen`.

    `available` is frame(unit, available_fen), 可用余额 of every unit in `rows`; null means that the money does not come
    from there (transfer, collection). `shortage_fen` is what is missing for all months up to and with this one, and
    `covered` says that nothing is. Paid is the longest covered run from the first month; with `whole` (units named by
    the user) all that was asked for or nothing. A month without an amount (空月) is included only before a paid one.
    Raises ValueError when a unit's available money was not given.
    """
    missing = rows.join(available, on="unit", how="anti")
    if not missing.is_empty():
        raise ValueError(f"no available money given for {missing['unit'].unique().to_list()}")
    shortage = pl.col("amount_fen").cum_sum().over("unit") - pl.col("available_fen")
    funded = (
        rows.sort("unit", "month")
        .join(available, on="unit", how="left", maintain_order="left")
        .with_columns(shortage_fen=shortage.clip(lower_bound=0).fill_null(0))
    )
    covered = pl.col("shortage_fen") == 0
    if whole:
        covered = (pl.col("shortage_fen").max() == 0).over("unit")
    last = pl.col("month").filter(covered & (pl.col("amount_fen") > 0)).max().over("unit")
    return funded.with_columns(
        covered=pl.col("shortage_fen") == 0, included=(pl.col("month") <= last).fill_null(False)
    ).select(*rows.columns, "covered", "included", "shortage_fen")


def outcomes(planned: pl.DataFrame, available: pl.DataFrame) -> pl.DataFrame:
    """One row a unit from `plan`: frame(unit, asked, payable, paid, heads, amount_fen, total_fen, shortage_fen,
    left_fen, paid_from, paid_through).

    Counts of months that have an amount: `asked`, `payable` (the money covers them), `paid` (included). `heads` are
    those of the last paid month; `amount_fen` what is paid, `total_fen` what was asked, `shortage_fen` what is
    missing for it, `left_fen` 可用余额 afterwards. `asked` 0 is a unit of 空月 only; `paid_from` and `paid_through`
    are null when nothing is paid.
    """
    owing, included = pl.col("amount_fen") > 0, pl.col("included")
    return (
        planned.group_by("unit", maintain_order=True)
        .agg(
            asked=owing.sum().cast(pl.Int64),
            payable=(owing & pl.col("covered")).sum().cast(pl.Int64),
            paid=(owing & included).sum().cast(pl.Int64),
            heads=pl.col("heads").filter(included).last().fill_null(0),
            amount_fen=pl.col("amount_fen").filter(included).sum(),
            total_fen=pl.col("amount_fen").sum(),
            shortage_fen=pl.col("shortage_fen").max(),
            paid_from=pl.col("month").filter(included).min(),
            paid_through=pl.col("month").filter(included).max(),
        )
        .join(available, on="unit", how="left", maintain_order="left")
        .with_columns(left_fen=pl.col("available_fen") - pl.col("amount_fen"))
        .drop("available_fen")
    )


def vouchers(amounts: pl.DataFrame, head: Callable[[str], Head]) -> list[Voucher]:
    """One unit's vouchers, one a month in order: 借 21901 Σ / 贷 201 当年归集 each employee.

    `amounts` is the unit's part of `amounts.amounts` for the included months; `head` makes a voucher's head of its
    memo (`memo`). Months and employees without an amount have no voucher and no line. ValueError for two units.
    """
    if amounts["unit"].n_unique() > 1:
        raise ValueError("vouchers of two units")
    paying = amounts.filter(pl.col("amount_fen") > 0).sort("month", "employee")
    return [
        payment(
            head(memo(lines["unit"][0], lines["month"][0])),
            dict(zip(lines["employee"], lines["amount_fen"], strict=True)),
        )
        for lines in paying.partition_by("month", maintain_order=True)
    ]


def memo(unit: str, month: int) -> str:
    """The voucher's 摘要: `汇缴 0500002 缴存[2025-03]`."""
    return f"汇缴 {unit} {summary(month)}"


def summary(month: int) -> str:
    """The word in 单位明细: `缴存[2025-03]`."""
    return f"缴存[{months.show(month)}]"
