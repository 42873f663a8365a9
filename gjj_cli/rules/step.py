"""What the step refuses although every row is right: at 汇缴, finish and posting (E502, E6xx, E703, E705),
and what it warns of (W807).

Raised as `errors.Refused` with the code by the flows and the store; here are their words for `gjj rule`.
"""

from gjj_cli.rules.catalogue import rule


@rule(
    "E502",
    "晚于业务月份",
    at="file",
    basis="手册 二.7：只能汇缴到当月",
    runs="step",
    needs="books",
    example="7 月汇缴 2025-08",
)
def after_business_month() -> None:
    """汇缴年月晚于业务月份。
    改：--through 不晚于业务日期所在的月份。
    """


@rule(
    "E601",
    "有没办完的业务",
    at="file",
    basis="先办完在途业务再汇缴",
    runs="step",
    needs="books",
    example="封存待初审时汇缴",
)
def open_case() -> None:
    """单位有没办完的业务，办完之前不能办这件事。
    改：先把列出的受理号办完或者撤回，再跑同一条命令。
    """


@rule(
    "E604",
    "这个人这个月已在另一笔业务里",
    at="file",
    basis="一个月只缴一次",
    runs="step",
    needs="books",
    example="同一个人的补缴交了两个文件",
)
def same_person_month() -> None:
    """这个人的这个月已经在另一笔没办完的补缴里。
    改：撤回其中一笔：gjj case withdraw 受理号。
    """


@rule(
    "E606",
    "早于单位最后记账日",
    at="file",
    basis="记账日期不倒退",
    runs="step",
    needs="books",
    example="账记到 8 月 1 日，却用 7 月 31 日办",
)
def before_last_posting() -> None:
    """业务日期早于单位最后记账日。
    改：用不早于最后记账日的业务日期（--as-of）。
    """


@rule(
    "E608",
    "不是最后的，不能冲销",
    at="file",
    basis="从最后记的冲起",
    runs="step",
    needs="books",
    example="6 月、7 月都缴了，先冲 6 月",
)
def not_the_latest() -> None:
    """以后还记着同一个单位、同一些人的账，要从最后的冲起。
    改：先冲销列出的凭证，从新到旧。
    """


@rule(
    "E609",
    "红字冲销不能再冲销",
    at="file",
    basis="冲错了，把业务重新办一次",
    runs="step",
    needs="books",
    example="冲销一张红字凭证",
)
def of_a_reversal() -> None:
    """这张凭证本身就是红字冲销。
    改：把冲掉的业务重新办一次。
    """


@rule(
    "W807",
    "结息以后的冲销",
    at="file",
    basis="已结的利息不追回",
    runs="step",
    needs="books",
    example="2025 年度结息以后，冲销 2025 年 5 月的汇缴",
)
def after_settlement() -> None:
    """这笔钱的年度已经结息，冲销从冲销日起算，已结的利息不追回。
    改：要追回利息的，和管理机构另行处理。
    """


@rule(
    "E703", "余额会变成负数", at="file", basis="任何余额不小于 0", runs="step", needs="books", example="转出的比余额多"
)
def below_zero() -> None:
    """这样记账，有一个余额会小于 0。
    改：核对金额；账簿没有变。
    """


@rule(
    "E705",
    "暂收户可用余额不够",
    at="file",
    basis="手册 二.7：暂收户可用余额不少于应缴",
    runs="step",
    needs="books",
    example="应缴 132,044.00，可用 129,824.00",
)
def not_enough() -> None:
    """暂收户可用余额不够应缴的数。
    改：等钱到账后再跑同一条命令。
    """
