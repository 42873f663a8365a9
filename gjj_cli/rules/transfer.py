"""内部转移: between which two units, and in which state (semantics 0, 1.5; E415, E416, W804)."""

import polars as pl

from gjj_cli.rules.catalogue import rule


@rule("E415", "转出和转入是同一个单位", at="to_unit", basis="手册 二.13", example="两格都填 0500001")
def same_unit(slug: str) -> pl.Expr:
    """转出和转入都是 {from_unit.effective}，没有可转的。
    改：空着的一格就是办理这笔业务的单位，另一格填对方单位。
    """
    named = pl.col("from_unit").is_not_null() | pl.col("to_unit").is_not_null()  # neither is E101 alone
    return named & (pl.col("from_unit.effective") == pl.col("to_unit.effective"))


@rule(
    "E416",
    "转入方只能转封存的账户",
    at="account",
    basis="semantics：正常的账户由转出单位办理",
    needs="books",
    example="对方单位还没有封存",
)
def incoming_not_sealed(slug: str) -> pl.Expr:
    """账户 {book.account} 在转出单位还是{book.status}，转入方只能转封存的账户。
    改：请转出单位来办，或者请他们先封存。
    """
    return (pl.col("from_unit.effective") != pl.col("unit")) & (pl.col("book.status") != "封存")


@rule(
    "W804",
    "两个单位之间的月份没有缴",
    at="effective_month",
    basis="两个单位都没有这几个月的应缴",
    needs="books",
    example="缴至 2025-03，从 2025-06 转入",
)
def gap_not_due(slug: str) -> pl.Expr:
    """这个人缴到 {book.paid_through}，从 {effective.month} 起在新单位缴，中间的月份断缴。
    改：没有弄错就不用改。
    """
    return pl.col("effective.month") > pl.col("book.paid_through") + 1
