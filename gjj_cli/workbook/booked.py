"""What the books say of each row, joined onto the frame before it is judged (`book.*`, `unit.*`, `due.*`, …).

Pure: frames in, frame out. The rules that need the books (`Rule.needs`) read only columns made here.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from gjj_cli import identity, masking
from gjj_cli import month as months
from gjj_cli.business.spec import Business
from gjj_cli.posting import arrears
from gjj_cli.posting.register import Register
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook.frame import across, read_or
from gjj_cli.workbook.values import NAME_NOISE

NORMAL, PRESEALED = "正常", "预封存"
CLOSED, CUSTODY = "04", "托管"
ADJUSTMENT = "adjustment"  # the kind of a base_history row


@dataclass(frozen=True)
class Books:
    """The register of every unit the rows touch, and who in the directory holds the rows' identities.

    `directory` is frame(row, directory.unit, directory.account, directory.status), at most one row each.
    """

    register: Register
    directory: pl.DataFrame
    unit: str
    as_of: date


def join(frame: pl.DataFrame, business: Business, books: Books, pack: Pack) -> pl.DataFrame:
    """The frame with every column the books rules of this business read; rows and their order stay."""
    frame = _units(frame, books)
    frame = frame.join(books.directory, on="row", how="left", maintain_order="left")
    if not business.names_person:
        return frame
    frame = _accounts(frame, books.register)
    frame = frame.with_columns(
        (pl.col("book.account").is_not_null() & ~pl.col("book.status").is_in(business.accepts)).alias(
            "book.wrong_state"
        ),
        pl.coalesce("book.account", "person").alias("person"),
        (pl.col("book.status") == NORMAL).sum().cast(pl.Int64).alias("batch.heads"),
    )
    frame = across(frame)
    frame = _effective(frame, business, books)
    frame = _bases(frame, business, books, pack)
    if business.moves and business.moves[0].what == "payment":
        frame = _due(frame, books, pack)
    return frame


def _units(frame: pl.DataFrame, books: Books) -> pl.DataFrame:
    """`unit.*` of the submitting unit, and `<slug>.unit_problem` of every unit a row names."""
    units = books.register.units
    states = dict(zip(units["unit"], units["state"].to_list(), strict=True))
    states |= dict.fromkeys(units.filter(pl.col("custody"))["unit"].to_list(), CUSTODY)
    own = units.filter(pl.col("unit") == books.unit)
    heads = books.register.employees.filter((pl.col("unit") == books.unit) & (pl.col("status") == NORMAL)).height
    facts = {
        "unit": pl.lit(books.unit),
        "unit.paid_through": pl.lit(own["paid_through"][0] if own.height else None, pl.Int32()),
        "unit.due_month": pl.lit(books.register.due_of(books.unit), pl.Int32()),
        "unit.normal_heads": pl.lit(heads, pl.Int64()),
        "file.unit_problem": pl.lit(_unit_problem(books.unit, states), pl.String()),
    }
    for slug in ("from_unit", "to_unit"):
        if slug in frame.columns:
            problems = {name: _unit_problem(name, states) for name in frame[slug].unique().drop_nulls().to_list()}
            told = pl.col(slug).replace_strict(problems, default=None, return_dtype=pl.String)
            facts[f"{slug}.unit_problem"] = told  # an empty cell is the submitting unit, judged once for the file
    return frame.with_columns(expression.alias(name) for name, expression in facts.items())


def _unit_problem(unit: str, states: dict[str, str]) -> str | None:
    if unit not in states:
        return f"没有单位 {unit}"
    return {CLOSED: f"单位 {unit} 已销户", CUSTODY: f"单位 {unit} 是托管户，这一版还不能办"}.get(states[unit])


def _accounts(frame: pl.DataFrame, register: Register) -> pl.DataFrame:
    """`book.account` and its facts: the account the row names by 个人账号 or 证件号码, and `book.mismatch`."""
    people = identity.with_facts(_presealed(register), "id_number").select(
        home="unit",
        account="employee",
        name="name",
        status="status",
        paid_through="paid_through",
        balance_fen="balance_fen",
        id18="id_id18",
    )
    home = pl.col("from_unit.effective") if "from_unit.effective" in frame.columns else pl.col("unit")
    typed_id = (
        pl.when(pl.col("id_number.card")).then(pl.col("id_number.id18")).otherwise(pl.col("id_number"))
        if "id_number" in frame.columns
        else pl.lit(None, pl.String)
    )
    frame = frame.with_columns(home.alias("home"), typed_id.alias("typed.id18"))
    by_account = people.select("home", "account", **{"of_account.id18": "id18"}).with_columns(known=pl.lit(True))
    by_identity = people.select("home", **{"typed.id18": "id18", "of_id.account": "account"})
    frame = frame.join(by_account, on=["home", "account"], how="left", maintain_order="left")
    frame = frame.join(by_identity, on=["home", "typed.id18"], how="left", maintain_order="left")
    known = pl.when(pl.col("known")).then(pl.col("account"))
    frame = frame.with_columns(pl.coalesce(known, "of_id.account").alias("book.account"))
    facts = people.drop("id18").rename(
        {name: f"book.{name}" for name in people.columns if name not in ("home", "id18")}
    )
    frame = frame.join(facts, on=["home", "book.account"], how="left", maintain_order="left")
    problems = [name for name in ("from_unit.unit_problem", "file.unit_problem") if name in frame.columns]
    return frame.with_columns(_mismatch(pl.coalesce(problems)).alias("book.mismatch")).drop("known")


def _presealed(register: Register) -> pl.DataFrame:
    """The employees who are still there; one whose 封存年月 is set but not reached is 预封存 and not sealed twice."""
    here = register.employees.filter(pl.col("status") != "转出")
    enrolled = register.enrolments.sort("from_month").group_by("unit", "employee").agg(last=pl.col("to_month").last())
    leaving = (pl.col("status") == NORMAL) & pl.col("last").is_not_null()
    return here.join(enrolled, on=["unit", "employee"], how="left", maintain_order="left").with_columns(
        status=pl.when(leaving).then(pl.lit(PRESEALED)).otherwise(pl.col("status"))
    )


def _mismatch(unit_problem: pl.Expr) -> pl.Expr:
    """In what way 个人账号, 证件号码 and 姓名 are not one live account of the unit; null when they are.

    Of a unit that is not there nothing more is said than that (E401).
    """
    account, number = pl.col("account"), pl.col("typed.id18")
    shown = account.map_elements(masking.mask_account, return_dtype=pl.String)
    names_differ = _bare(pl.col("name")) != _bare(pl.col("book.name"))
    return (
        pl.when(unit_problem.is_not_null())
        .then(pl.lit(None, pl.String))
        .when(account.is_not_null() & pl.col("known").is_null())
        .then(pl.format("单位 {} 没有账号 {}", pl.col("home"), shown))
        .when(account.is_not_null() & number.is_not_null() & (pl.col("of_account.id18") != number))
        .then(pl.lit("账号和证件号码不是同一个人"))
        .when(account.is_null() & number.is_not_null() & pl.col("of_id.account").is_null())
        .then(pl.format("单位 {} 没有这个证件号码的人", pl.col("home")))
        .when(pl.col("book.account").is_not_null() & names_differ)
        .then(pl.lit("姓名与账号不符"))
    )


def _bare(name: pl.Expr) -> pl.Expr:
    return name.str.replace_all(NAME_NOISE, "")


def _effective(frame: pl.DataFrame, business: Business, books: Books) -> pl.DataFrame:
    """A transfer's default month is the later of 个人缴至 + 1 and the new unit's 应汇缴年月 (semantics 0)."""
    if "to_unit" not in frame.columns or business.month_column is None:
        return frame
    arrival = books.register.due.select(**{"to_unit.effective": "unit", "arrival": "due_month"})
    frame = frame.join(arrival, on="to_unit.effective", how="left", maintain_order="left")
    default = pl.coalesce(pl.max_horizontal(pl.col("book.paid_through") + 1, "arrival"), "effective.month")
    month = read_or(business.month_column, default)
    return frame.with_columns(month.cast(pl.Int32).alias("effective.month"))


def _bases(frame: pl.DataFrame, business: Business, books: Books, pack: Pack) -> pl.DataFrame:
    """`book.base_fen` at the effective month, `book.adjusted_year`, and what the read-only columns should say."""
    keys = frame.select("row", unit="home", employee="book.account", month="effective.month").drop_nulls()
    bases = books.register.bases
    based = keys.sort("month").join_asof(
        bases.sort("from_month", "seq").select("unit", "employee", "from_month", "base_fen"),
        by=["unit", "employee"],
        left_on="month",
        right_on="from_month",
        check_sortedness=False,
    )
    columns = based.select("row", **{"book.base_fen": "base_fen"})
    frame = frame.join(columns, on="row", how="left", maintain_order="left")
    frame = frame.join(_adjusted(keys, bases), on="row", how="left", maintain_order="left")
    booked = {"base": "book.base_fen", "old_base": "book.base_fen", "balance": "book.balance_fen"}
    booked["paid_through"] = "book.paid_through"
    if any(column.slug == "monthly_amount" for column in business.columns):
        amounts = books.register.monthly(keys.select("unit", "month").unique(), pack)
        monthly = keys.join(amounts, on=["unit", "employee", "month"], how="left")
        monthly = monthly.select("row", **{"book.monthly_fen": "amount_fen"})
        frame = frame.join(monthly, on="row", how="left", maintain_order="left")
        booked["monthly_amount"] = "book.monthly_fen"
    said = {f"{slug}.booked": pl.col(source) for slug, source in booked.items() if slug in frame.columns}
    return frame.with_columns(**said, **{"book.old_base": pl.col("book.base_fen")})


def _adjusted(keys: pl.DataFrame, bases: pl.DataFrame) -> pl.DataFrame:
    """frame(row, book.adjusted_year): the 缴存年度 of the effective month in which the base was already adjusted."""
    first = _year_start(pl.col("month"))
    adjusted = (
        keys.join(bases.filter(pl.col("kind") == ADJUSTMENT), on=["unit", "employee"])
        .filter(_year_start(pl.col("from_month")) == first)
        .select("row", year=first)
        .unique("row")
    )
    names = {year: f"{months.show(year)}至{months.show(year + 11)}" for year in adjusted["year"].unique().to_list()}
    named = pl.col("year").replace_strict(names, default=None, return_dtype=pl.String)
    return adjusted.select("row", named.alias("book.adjusted_year"))


def _year_start(month: pl.Expr) -> pl.Expr:
    """The July that begins the 缴存年度 of a month; the same as `month.fund_year` for a whole column."""
    return month - (month - 6) % 12


def _due(frame: pl.DataFrame, books: Books, pack: Pack) -> pl.DataFrame:
    """`due.*` of 补缴 rows: the derived amounts, and the first month of the row that may not be paid, by kind."""
    register = books.register
    own = pl.col("unit") == books.unit
    asked = frame.filter(
        pl.col("book.account").is_not_null()
        & pl.col("unit.due_month").is_not_null()
        & (pl.col("start_month") <= pl.col("end_month"))
    ).select("row", "start_month", "end_month", employee="book.account")
    enrolments = register.enrolments.filter(own)
    short = register.short(pack).filter(own)
    derived = arrears.derive(asked, short).select(
        "row",
        **{
            "personal_amount.derived": pl.col("personal_fen"),
            "unit_amount.derived": pl.col("unit_fen"),
            "total_amount.derived": pl.col("personal_fen") + pl.col("unit_fen"),
        },
    )
    first = enrolments.group_by("employee").agg(pl.col("from_month").min().alias("due.first_month"))
    wanted = (
        asked.with_columns(month=pl.int_ranges("start_month", pl.col("end_month") + 1, dtype=pl.Int32))
        .explode("month")
        .join(first, on="employee", how="left")
        .filter(pl.col("month") < (register.due_of(books.unit) or 0))
    )
    on = ["employee", "month"]
    unpaid = wanted.join(short, on=on, how="anti")
    early = pl.col("month") < pl.col("due.first_month")
    enrolled = unpaid.join(enrolments.select("employee", "from_month", "to_month"), on="employee").filter(
        (pl.col("month") >= pl.col("from_month")) & (pl.col("month") < pl.col("to_month")).fill_null(True)
    )
    paid = enrolled.group_by("row").agg(pl.col("month").min().alias("due.paid_month"))
    outside = unpaid.join(enrolled.select("row", "month"), on=["row", "month"], how="anti")
    sealed = outside.filter(~early).group_by("row").agg(pl.col("month").min().alias("due.sealed_month"))
    before = outside.filter(early).group_by("row").agg(pl.col("month").min().alias("due.early_month"))
    firsts = wanted.select("row", "due.first_month").unique("row")
    for table in (derived, paid, sealed, before, firsts):
        frame = frame.join(table, on="row", how="left", maintain_order="left")
    return frame
