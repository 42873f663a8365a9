"""缴存基数: limits of the effective month, and how often and whether it changes (E301-E307, E701)."""

import polars as pl

from gjj_cli.rules.catalogue import rule

LIMITS = "当年缴存基数上下限文件，按生效年月取值"


@rule("E701", "金额不大于 0", at="base", basis="金额必须大于 0", example="-5")
def not_above_zero(slug: str) -> pl.Expr:
    """「{header}」{value} 不大于 0。
    改：填大于 0 的金额。
    """
    return pl.col(slug) <= 0


@rule(
    "E301",
    "缴存基数低于下限",
    at="base",
    basis=LIMITS,
    needs="policy",
    verified="limits.verified",
    example="1,620.00（下限 1,750.00）",
)
def below_floor(slug: str) -> pl.Expr:
    """低于 {limits.month} 的下限 {limits.min_fen}{unverified}。
    改：不低于下限填写；下限按生效年月取值，不按今天。
    未核实时改：对照当年本地文件；真下限写进 gjj.toml 才按错算：gjj help 政策
    """
    return (pl.col(slug) > 0) & (pl.col(slug) < pl.col("limits.min_fen"))


@rule(
    "E302",
    "缴存基数高于上限",
    at="base",
    basis=LIMITS,
    needs="policy",
    verified="limits.verified",
    example="28,000.00（上限 26,000.00）",
)
def above_ceiling(slug: str) -> pl.Expr:
    """高于 {limits.month} 的上限 {limits.max_fen}{unverified}。
    改：按上限填写；上限按生效年月取值，不按今天。
    未核实时改：对照当年本地文件；真上限写进 gjj.toml 才按错算：gjj help 政策
    """
    return pl.col(slug) > pl.col("limits.max_fen")


@rule("E307", "基数没有变化", at="new_base", basis="手册 二.4", example="调整前后都是 5,000.00")
def unchanged(slug: str) -> pl.Expr:
    """新基数和原来的一样，都是 {value}。
    改：填新的基数；不调整的人整行删掉。
    """
    return pl.col(slug) == pl.coalesce(pl.col("book.old_base"), pl.col("old_base"))


@rule(
    "E306",
    "本缴存年度已调整过",
    at="new_base",
    basis="条例第十六条：按上一年度月平均工资，一年一次",
    needs="books",
    example="7 月调整过，9 月又调",
)
def twice_a_year(slug: str) -> pl.Expr:
    """这个人在 {book.adjusted_year} 缴存年度已经调整过一次。
    改：删掉这一行，等下一个缴存年度（7 月起）。
    """
    return pl.col("book.adjusted_year").is_not_null()
