"""Who a row is about: 个人账号, 证件号码 and 姓名 against the register (E401-E405).

Register facts are joined onto the frame as `book.*` (the account in the submitting unit that the row names),
`directory.*` (who holds this identity anywhere) and `unit.*` (the submitting unit).
"""

import polars as pl

from gjj_cli.rules.catalogue import BoundRule, Rule, rule


@rule("E401", "单位不存在、已销户或者不归您管", at="file", basis="手册 二", needs="books", example="单位已注销")
def unit_unusable(slug: str) -> pl.Expr:
    """{unit_problem}。
    改：核对单位账号。
    """
    return pl.col(f"{slug}.unit_problem").is_not_null()


@rule(
    "E402",
    "账号、证件号码、姓名不是同一个人",
    at="account",
    basis="手册 二.10",
    needs="books",
    example="账号是张三的，姓名写李四",
)
def unknown(slug: str) -> pl.Expr:
    """{book.mismatch}。
    改：对照单位的职工名单；名单可以用 gjj template export 加 --prefill 导出。
    """
    return pl.col("book.mismatch").is_not_null()


@rule(
    "E403", "重复开户", at="id_number", basis="条例第十三条：一人一户", needs="books", example="这个人在本单位已有账户"
)
def has_account_here(slug: str) -> pl.Expr:
    """这个证件号码在本单位已有{directory.status}的账户 {directory.account}。
    改：正常的不用再开；封存的用个人账户启封。
    """
    return pl.col("directory.unit") == pl.col("unit")


@rule(
    "E404",
    "这个人在别的单位已有账户",
    at="id_number",
    basis="条例第十三条：一人一户",
    needs="books",
    example="从别的单位调来",
)
def has_account_elsewhere(slug: str) -> pl.Expr:
    """这个证件号码在别的单位已有账户，一个人只能有一个。
    改：用内部转移把账户转过来，不要再开户。
    """
    return pl.col("directory.unit") != pl.col("unit")


@rule(
    "E405",
    "账户现在的状态不能办这件事",
    at="account",
    basis="手册 二.10、二.11",
    needs="books",
    example="封存已经封存的账户",
)
def wrong_state(slug: str) -> pl.Expr:
    """账户 {book.account} 现在是{book.status}，不能办这件事。
    改：删掉这一行；正常的才能封存，封存的才能启封。
    """
    return pl.col("book.wrong_state")


# What every row that names an existing person must satisfy, in order of precedence.
NAMED: tuple[Rule | BoundRule, ...] = (unit_unusable, unknown, wrong_state)
