"""查询: 单位明细 (手册 三.2) and 单位缴存情况变更查询 (三.4), each with what its rows sum up to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from gjj_cli.errors import UsageError
from gjj_cli.flows import session
from gjj_cli.settings import Settings
from gjj_cli.store import frames
from gjj_cli.store.engine import Tx

# 变更类型 -> its two names in 汇总信息, as the manual's page has them.
_SUMMARY = {
    "开户": ("开户人数", "个人开户变化缴存额"),
    "封存": ("单位封存人数", "封存变化缴存额"),
    "启封": ("单位启封人数", "启封变化缴存额"),
    "缴存基数变更": ("缴存基数变更人数", "缴存基数变更变化缴存额"),
    "缴存比例调整": ("缴存比例调整人数", "缴存比例调整变化缴存额"),
}
_CHANGE_COLUMNS = (
    "date",
    "change_type",
    "account",
    "name",
    "doc_type",
    "id_number",
    "before_status",
    "after_status",
    "before_base_fen",
    "after_base_fen",
    "delta_fen",
    "effective_month",
    "case_no",
)


@dataclass(frozen=True)
class Found:
    """The rows of a query, oldest first, and 汇总 over them by its Chinese name: heads, or 分."""

    unit: str
    rows: pl.DataFrame
    totals: dict[str, int]


def unit_ledger(settings: Settings, unit: str | None, first: date | None = None, last: date | None = None) -> Found:
    """单位明细 of 公积金: frame(date, journal_no, business, memo, heads, amount_fen, interest_fen, balance_fen), 汇总
    发生额 and 发生利息额.

    `balance_fen` runs from the unit's first row, whatever days are asked for. Raises as `session.unit_for`.
    """
    number, events = _of_unit(settings, unit, frames.unit_events)
    entry = pl.format("{}-E{}", "unit", "entry_no")  # 业务流水号 of a voucher without a case
    told = events.select(
        pl.col("date").str.to_date(),
        pl.coalesce("case_no", pl.when(pl.col("entry_no").is_not_null()).then(entry)).alias("journal_no"),
        "business",
        "memo",
        "heads",
        "amount_fen",
        "interest_fen",
        balance_fen=(pl.col("amount_fen") + pl.col("interest_fen")).cum_sum(),
    )
    rows = _between(told, first, last)
    sums = {"发生额": int(rows["amount_fen"].sum()), "发生利息额": int(rows["interest_fen"].sum())}
    return Found(number, rows, sums)


def contribution_changes(
    settings: Settings,
    unit: str | None,
    change_type: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Found:
    """变更查询: one row a person and change, columns of `frames.change_events`, and 汇总 by 变更类型.

    `first` and `last` are 业务发生日期. Raises UsageError for a 变更类型 there is not, and as `session.unit_for`.
    """
    if change_type is not None and change_type not in _SUMMARY:
        raise UsageError(f"没有变更类型 {change_type}", remedies=("可以：" + "、".join(_SUMMARY),))
    number, events = _of_unit(settings, unit, frames.change_events)
    told = events.select(_CHANGE_COLUMNS).with_columns(pl.col("date").str.to_date())
    rows = _between(told, first, last)
    if change_type is not None:
        rows = rows.filter(pl.col("change_type") == change_type)
    totals: dict[str, int] = {}
    for kind, (heads, money) in _SUMMARY.items():
        of_kind = rows.filter(pl.col("change_type") == kind)
        totals |= {heads: of_kind.height, money: int(of_kind["delta_fen"].sum())}
    return Found(number, rows, totals)


def _of_unit(
    settings: Settings, unit: str | None, read: Callable[[Tx, list[str]], pl.DataFrame]
) -> tuple[str, pl.DataFrame]:
    """The unit that is meant, and its frame. Raises as `session.unit_for`."""
    with session.reading(settings) as (tx, who):
        number = session.unit_for(tx, who, unit)
        return number, read(tx, [number])


def _between(rows: pl.DataFrame, first: date | None, last: date | None) -> pl.DataFrame:
    """The rows of those days, both included."""
    return rows.filter(pl.col("date").is_between(first or date.min, last or date.max))
