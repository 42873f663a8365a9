"""补缴: which months may be paid and for how much (semantics 1.3; E507-E512, E702, E704, W806).

`due.*` are what the books say of the row's months: the amounts still short, and the first month of each kind that
may not be paid.
"""

import polars as pl

from gjj_cli.rules.catalogue import rule

BY_MONTH = "按月补缴"


def _by_month() -> pl.Expr:
    return pl.col("payment_kind") == BY_MONTH


@rule("E507", "起始年月晚于结束年月", at="end_month", basis="手册 二.8", example="2025-05 至 2025-03")
def starts_after_end(slug: str) -> pl.Expr:
    """结束年月 {value} 早于起始年月 {start_month}。
    改：看看是不是两格填反了。
    """
    return pl.col("start_month") > pl.col("end_month")


@rule("E512", "同一个人的补缴年月重叠", at="start_month", basis="一个月只能补缴一次", example="两行都含 2025-05")
def rows_overlap(slug: str) -> pl.Expr:
    """和第 {overlap_row} 行是同一个人，年月重叠了。
    改：把年月错开，或者并成一行。
    """
    return pl.col("overlap_row").is_not_null()


@rule("E702", "总额不等于个人加单位", at="total_amount", basis="手册 二.8", example="250 加 250 却写 600")
def not_the_sum(slug: str) -> pl.Expr:
    """总额 {value} 不等于个人 {personal_amount} 加单位 {unit_amount}。
    改：改成两者之和；按月补缴也可以三格都空着，由系统算。
    """
    return pl.col("total_amount") != pl.col("personal_amount") + pl.col("unit_amount")


@rule(
    "E508",
    "这个月属于汇缴",
    at="end_month",
    basis="手册 二.8：补缴应汇缴年月以前的月份",
    needs="books",
    example="应汇缴 2025-03，却补缴到 2025-03",
)
def belongs_to_remittance(slug: str) -> pl.Expr:
    """{value} 不早于单位的应汇缴年月 {unit.due_month}，要用汇缴来缴。
    改：「{header}」填 {unit.due_month} 以前的月份；以后的月份用 gjj remit run。
    """
    return pl.col("end_month") >= pl.col("unit.due_month")


@rule("E509", "这个月已经缴足", at="start_month", basis="一个月只缴一次", needs="books", example="补缴已缴的月份")
def already_paid(slug: str) -> pl.Expr:
    """{due.paid_month} 已经缴足了，不能再补缴。
    改：去掉已缴的月份；欠哪些月可以用 gjj template export 补缴 --prefill 看。
    """
    return pl.col("due.paid_month").is_not_null()


@rule("E510", "这个月账户是封存的", at="start_month", basis="封存期间不缴存", needs="books", example="封存的月份也补缴")
def while_sealed(slug: str) -> pl.Expr:
    """{due.sealed_month} 账户是封存的，封存的月份不用缴。
    改：去掉封存的月份。
    """
    return pl.col("due.sealed_month").is_not_null()


@rule(
    "E511",
    "早于启缴年月",
    at="start_month",
    basis="从启缴年月起缴存",
    needs="books",
    example="启缴 2025-01，却从 2024-12 补",
)
def before_first_month(slug: str) -> pl.Expr:
    """{due.early_month} 早于这个人在本单位的启缴年月 {due.first_month}。
    改：「{header}」填 {due.first_month} 或以后。
    """
    return pl.col("due.early_month").is_not_null()


@rule(
    "E704",
    "按月补缴的金额和应补的不同",
    at="total_amount",
    basis="手册 二.8：按月补缴的金额由系统算",
    needs="books",
    example="应补 500.00 却写 480.00",
)
def differs_from_due(slug: str) -> pl.Expr:
    """「{header}」填的是 {value}，按当月基数和比例应补 {derived}。
    改：三格都空着，由系统算；要缴别的数，补缴类型选「不定额补缴」。
    """
    return _by_month() & (pl.col(slug) != pl.col(f"{slug}.derived"))


@rule("W806", "补缴封存的人", at="account", basis="封存前的欠缴可以补", needs="books", example="已封存的人补 3 月")
def of_sealed_person(slug: str) -> pl.Expr:
    """这个人已经封存，补的是封存以前的月份。
    改：没有弄错就不用改。
    """
    return pl.col("book.status") == "封存"
