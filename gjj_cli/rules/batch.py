"""What shows only over the whole file: batch values, the same person or mobile twice, too many at once (E103, E109, W810-W819)."""

import polars as pl

from gjj_cli.rules.catalogue import rule


@rule(
    "E103",
    "批次信息缺少或前后不一",
    at="each",
    basis="手册 二.8：整批一个补缴类型、原因、缴款方式",
    example="补缴类型没填",
)
def batch_value(slug: str) -> pl.Expr:
    """整批的「{header}」{conflict}。
    改：在「批次信息」表里填，或者用 --set {header}=值，两处只填一处。
    """
    return pl.col(f"{slug}.conflict").is_not_null()


@rule("E109", "同一个人出现两次", at="account", basis="一人一行", example="同一个证件号码两行")
def same_person_twice(slug: str) -> pl.Expr:
    """和第 {first_row} 行是同一个人。
    改：留一行，删掉另一行。
    """
    return pl.col("first_row").is_not_null()


@rule("W819", "同一个手机号码出现两次", at="mobile", basis="手机号码用来通知本人", example="两个人同一个手机号")
def same_mobile_twice(slug: str) -> pl.Expr:
    """和第 {mobile_row} 行是同一个手机号码。
    改：看看是不是抄错行了；确实共用就不用改。
    """
    return pl.col("mobile_row").is_not_null()


@rule(
    "W810",
    "一次封存了单位一半以上的人",
    at="file",
    basis="最常见的事故：忘了删掉不封存的人",
    needs="books",
    example="65 人的单位封存 65 人",
)
def half_the_unit(slug: str) -> pl.Expr:
    """要封存 {batch.heads} 人，单位正常缴存的只有 {unit.normal_heads} 人，是不是忘了删掉不封存的人。
    改：删掉不封存的行再交；确实要封存这么多人，加 --yes。
    """
    heads = pl.col("batch.heads")  # rows of 正常 people: 集中封存 names 封存 ones too
    first = pl.col("row") == pl.col("row").min()
    return first & (heads > 0) & (heads * 2 >= pl.col("unit.normal_heads"))


@rule("W811", "改了只读的列", at="each", basis="灰色的列由系统带出，改了也不算", needs="books", example="改了月缴存额")
def read_only_changed(slug: str) -> pl.Expr:
    """「{header}」写的是 {value}，账上是 {booked}，按账上的办。
    改：灰色的列不用改；账上的不对，办相应的业务来改。
    """
    return pl.col(slug) != pl.col(f"{slug}.booked")
