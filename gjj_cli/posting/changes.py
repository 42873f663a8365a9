"""变化缴存额 of a case's rows: what each person's monthly amount is before and after, at the effective month's rates."""

import polars as pl

from gjj_cli import month as months
from gjj_cli.business.spec import Change
from gjj_cli.errors import Refused
from gjj_cli.posting.amounts import price
from gjj_cli.posting.register import Register
from gjj_cli.rules.policy import Pack

NEW = "new:"  # marks the priced copy of a person with the new base; no 个人账号 begins with it


def changes(frame: pl.DataFrame, change: Change, register: Register, pack: Pack) -> pl.DataFrame:
    """One row for each row of the frame: row, unit, employee, month, before_base_fen, after_base_fen, before_fen,
    after_fen, delta_fen.

    The frame has `row`, `effective.month`, `book.account` (null for an opening), and, where the change has one, the
    new base under `change.base`. `before_fen` and `after_fen` are unit + personal of the effective month; sealed or
    unopened people count 0. Raises Refused for a month before the unit's first rate or the person's first base.
    """
    rows = _rows(frame, change)
    _refuse_rateless(rows, register)
    _refuse_not_begun(rows, register)
    _refuse_inside(rows, change, register)
    amounts = _amounts(rows, register, pack)
    rows = rows.join(amounts, on="row", how="left", maintain_order="left")
    nothing = pl.lit(0, pl.Int64)
    before = nothing if change.what in ("open", "reopen") else pl.col("old_fen")
    after = nothing if change.what == "close" else pl.coalesce("new_fen", "old_fen")
    return rows.with_columns(before_fen=before, after_fen=after).select(
        "row",
        "unit",
        "employee",
        "month",
        before_base_fen=pl.col("old_base"),
        after_base_fen=pl.col("new_base"),
        before_fen="before_fen",
        after_fen="after_fen",
        delta_fen=pl.col("after_fen") - pl.col("before_fen"),
    )


def _rows(frame: pl.DataFrame, change: Change) -> pl.DataFrame:
    """row, unit (whose rates count), employee, month, old_base and new_base (null: none, or unchanged)."""
    arrival = "to_unit.effective" if change.what == "transfer" else "unit"
    return frame.select(
        "row",
        unit=pl.col(arrival),
        employee=pl.col("book.account") if "book.account" in frame.columns else pl.lit(None, pl.String),
        month=pl.col("effective.month"),
        old_base=pl.col("book.base_fen") if "book.base_fen" in frame.columns else pl.lit(None, pl.Int64),
        new_base=pl.col(change.base) if change.base else pl.lit(None, pl.Int64),
    )


def _refuse_rateless(rows: pl.DataFrame, register: Register) -> None:
    """Nobody knows at what rates a unit paid before the first month that 建账 brought."""
    known = register.rates.group_by("unit").agg(known_from=pl.col("from_month").min())
    early = rows.join(known, on="unit", how="left", maintain_order="left").filter(
        pl.col("month") < pl.col("known_from")
    )
    for row in early.head(1).to_dicts():
        first = months.show(row["known_from"])
        raise Refused(
            f"第 {row['row']} 行从 {months.show(row['month'])} 起，单位 {row['unit']} 那时还没有缴存比例；账簿没有变",
            facts=(f"这样的有 {early.height} 人；这个单位的缴存比例从 {first} 起才有。",),
            remedies=(f"改：年月填 {first} 或以后",),
        )


def _refuse_not_begun(rows: pl.DataFrame, register: Register) -> None:
    """Before 启缴年月 there is nothing to change: a base from then on would be overtaken by the one of the opening."""
    begun = register.bases.group_by("employee").agg(begun=pl.col("from_month").min())
    early = rows.filter(pl.col("employee").is_not_null() & pl.col("old_base").is_null()).join(begun, on="employee")
    for row in early.head(1).to_dicts():
        first = months.show(row["begun"])
        raise Refused(
            f"第 {row['row']} 行的年月 {months.show(row['month'])} 早于这个人的启缴年月 {first}；账簿没有变",
            facts=(f"这样的有 {early.height} 人。",),
            remedies=(f"改：年月填 {first} 或以后",),
        )


def _refuse_inside(rows: pl.DataFrame, change: Change, register: Register) -> None:
    """启封 not before 封存年月, and 封存 not before the last 启封年月: the months between have an owner already."""
    bound, words = {"reopen": ("to_month", "封存年月"), "close": ("from_month", "启缴或启封年月")}.get(
        change.what, (None, "")
    )
    if bound is None:
        return
    last = register.enrolments.sort("from_month").group_by("unit", "employee").agg(pl.col(bound).last())
    early = rows.join(last, on=["unit", "employee"]).filter(pl.col("month") < pl.col(bound)).sort("row")
    for row in early.head(1).to_dicts():
        first = months.show(row[bound])
        raise Refused(
            f"第 {row['row']} 行的 {months.show(row['month'])} 早于这个人的{words} {first}；账簿没有变",
            facts=(f"这样的有 {early.height} 人；{first} 以前的月份按原来的算。",),
            remedies=(f"改：年月填 {first} 或以后",),
        )


def _amounts(rows: pl.DataFrame, register: Register, pack: Pack) -> pl.DataFrame:
    """frame(row, old_fen, new_fen): the amounts of the old and the new base, each as one priced person-month."""
    priced = pl.concat(
        rows.filter(pl.col(base).is_not_null()).select(
            "unit", "month", "row", base_fen=pl.col(base), employee=pl.lit(mark) + pl.col("row").cast(pl.String)
        )
        for base, mark in (("old_base", ""), ("new_base", NEW))
    )
    bases = priced.select("unit", "employee", "base_fen", from_month="month", seq=pl.lit(0, pl.UInt32))
    amounts = price(priced.select("unit", "employee", "month"), bases, register.rates, pack)
    told = priced.select("unit", "employee", "row").join(amounts, on=["unit", "employee"])
    is_new = pl.col("employee").str.starts_with(NEW)
    return told.group_by("row").agg(
        old_fen=pl.col("amount_fen").filter(~is_new).first(), new_fen=pl.col("amount_fen").filter(is_new).first()
    )
