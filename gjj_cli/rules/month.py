"""Effective months (semantics 0): not after the business month + 1, not before what is already paid (E504-E506)."""

import polars as pl

from gjj_cli.rules.catalogue import rule

EFFECTIVE = "effective_month"


@rule("E504", "年月太晚", at=EFFECTIVE, basis="最晚是业务月份的下一个月", example="7 月办理却填 2025-09")
def too_late(slug: str) -> pl.Expr:
    """「{header}」{value} 太晚，现在最晚能办 {latest_month}。
    改：填不晚于 {latest_month} 的年月，或者到时候再办。
    """
    return pl.col(slug) > pl.col("latest_month")


@rule(
    "E505",
    "这个人这个月已经汇缴",
    at=EFFECTIVE,
    basis="手册 二.10；已缴的月份不能再变",
    needs="books",
    example="缴至 2025-05，却从 2025-05 封存",
)
def person_paid(slug: str) -> pl.Expr:
    """这个人已缴到 {book.paid_through}，{effective.month} 不能再变，已汇缴月份不能封存，需先冲销。
    改：「{header}」填 {book.paid_through} 以后的月份；真要改已缴的月份，先办红字冲销。
    """
    return pl.col("effective.month") <= pl.col("book.paid_through")


@rule(
    "E506",
    "早于应汇缴年月",
    at=EFFECTIVE,
    basis="手册 二.4、二.10",
    needs="books",
    example="单位缴至 2025-06，却从 2025-06 调整基数",
)
def before_unit(slug: str) -> pl.Expr:
    """单位已缴到 {unit.paid_through}，{effective.month} 早于应汇缴年月 {unit.due_month}。
    改：「{header}」填 {unit.due_month} 或以后；以前月份的差额用补缴。
    """
    return pl.col("effective.month") <= pl.col("unit.paid_through")
