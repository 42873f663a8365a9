"""Tables of the journal: units, vouchers and their lines, post keys, counters, balances, the audit log."""

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint

from gjj_cli.store.tables import key, metadata, number, of_unit, text, within

meta = Table("meta", metadata, text("key"), text("value"), key("key"))

# Everything a post changes of its unit is in one row: numbers, heads of both chains, the last date.
unit = Table(
    "unit",
    metadata,
    text("unit"),
    text("name"),
    text("org"),
    text("uscc", null=True),
    number("first_month", null=True),
    number("paid_through", null=True),
    text("state"),
    number("payday", null=True),
    text("opening_date", null=True),
    number("settled_year", null=True),
    number("custody"),
    number("next_entry_no"),
    text("head_hash"),
    text("last_posting_date", null=True),
    number("next_audit_no"),
    text("audit_head"),
    key("unit"),
)

voucher = Table(
    "voucher",
    metadata,
    text("unit"),
    number("no"),
    number("month"),
    number("voucher_no"),
    text("date"),
    text("business"),
    text("case_no", null=True),
    text("memo"),
    text("teller"),
    text("org"),
    text("transfer_id", null=True),
    number("reverses", null=True),
    text("post_kind"),
    text("post_key"),
    number("generation"),
    text("content_hash"),
    text("prev_hash"),
    text("hash"),
    key("unit", "no"),
    UniqueConstraint("unit", "month", "voucher_no"),
    UniqueConstraint("unit", "reverses"),
    of_unit(),
    within("voucher", "reverses", "no"),
    Index("voucher_by_case", "unit", "case_no"),
    Index("voucher_by_key", "unit", "post_kind", "post_key", "generation"),
)

line = Table(
    "line",
    metadata,
    text("unit"),
    number("voucher"),
    number("n"),
    text("account"),
    text("employee", null=True),
    text("part", null=True),
    text("side"),
    number("amount_fen"),
    text("value_date"),
    key("unit", "voucher", "n"),
    within("voucher", "voucher", "no"),
    within("employee", "employee", "account"),
    CheckConstraint("amount_fen <> 0", name="line_not_zero"),
    CheckConstraint("side IN ('借', '贷')", name="line_side"),
    CheckConstraint(
        "CASE WHEN account = '201' THEN employee IS NOT NULL AND part IS NOT NULL AND part IN ('cur', 'prior')"
        " ELSE employee IS NULL AND part IS NULL END",
        name="line_201_is_personal",
    ),
    Index("line_by_employee", "unit", "employee"),
)

post_key = Table(
    "post_key",
    metadata,
    text("unit"),
    text("kind"),
    text("key"),
    number("generation"),
    text("content_hash"),
    number("entry_no"),
    key("unit", "kind", "key", "generation"),
    of_unit(),
)

voucher_counter = Table(
    "voucher_counter", metadata, text("unit"), number("month"), number("next_no"), key("unit", "month"), of_unit()
)

counter = Table(
    "counter",
    metadata,
    text("unit"),
    text("kind"),
    text("period"),
    number("next_no"),
    key("unit", "kind", "period"),
    of_unit(),
)

employee_balance = Table(
    "employee_balance",
    metadata,
    text("unit"),
    text("employee"),
    number("cur_fen"),
    number("prior_fen"),
    key("unit", "employee"),
    within("employee", "employee", "account"),
    CheckConstraint("cur_fen >= 0 AND prior_fen >= 0", name="employee_balance_not_negative"),
)

unit_balance = Table(
    "unit_balance",
    metadata,
    text("unit"),
    number("fund_fen"),
    number("suspense_fen"),
    number("reserved_fen"),
    key("unit"),
    of_unit(),
    CheckConstraint("suspense_fen >= reserved_fen AND reserved_fen >= 0", name="unit_balance_covers_reserved"),
)

audit_log = Table(
    "audit_log",
    metadata,
    text("unit"),
    number("no"),
    text("at"),
    text("as_of"),
    text("actor"),
    text("command"),
    text("detail"),
    text("prev_hash"),
    text("hash"),
    key("unit", "no"),
    of_unit(),
)
