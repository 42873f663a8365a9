"""Tables of the register: who takes part where, since when, on what base and rate, and what has been paid."""

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint

from gjj_cli.store.tables import key, metadata, number, of_unit, text, within

PERSONAL = (
    "sex",
    "birth",
    "phone",
    "marital",
    "education",
    "occupation",
    "professional_title",
    "job_title",
    "address",
    "postcode",
)

employee = Table(
    "employee",
    metadata,
    text("unit"),
    text("account"),
    text("name"),
    text("doc_type"),
    text("id_number"),
    text("id_hash"),
    text("mobile", null=True),
    text("status"),
    number("paid_through", null=True),
    number("imported_through", null=True),  # 建账: months up to it count as paid here
    number("carried_through", null=True),  # 个人缴至 the account brought from its old unit
    *(text(name, null=True) for name in PERSONAL),
    number("family_income_fen", null=True),
    key("unit", "account"),
    of_unit(),
    CheckConstraint("status IN ('正常', '封存', '转出')", name="employee_status"),
    Index("employee_by_identity", "unit", "id_hash"),
)

# The directory of accounts over all units, in ~centre: one live account a person, one account once.
person = Table(
    "person",
    metadata,
    text("unit"),
    text("account"),
    text("id_hash"),
    text("at_unit"),
    key("unit", "account"),
    UniqueConstraint("unit", "id_hash"),
    of_unit(),
)

enrolment = Table(
    "enrolment",
    metadata,
    text("unit"),
    text("employee"),
    number("seq"),
    number("from_month"),
    number("to_month", null=True),
    text("opened_by", null=True),
    text("closed_by", null=True),
    key("unit", "employee", "seq"),
    within("employee", "employee", "account"),
)

base_history = Table(
    "base_history",
    metadata,
    text("unit"),
    text("employee"),
    number("seq"),
    number("from_month"),
    number("base_fen"),
    text("case_no", null=True),
    text("kind"),
    key("unit", "employee", "seq"),
    within("employee", "employee", "account"),
)

rate_history = Table(
    "rate_history",
    metadata,
    text("unit"),
    number("seq"),
    number("from_month"),
    number("to_month", null=True),
    number("unit_bp"),
    number("personal_bp"),
    text("kind"),
    text("case_no", null=True),
    key("unit", "seq"),
    of_unit(),
)

person_month = Table(
    "person_month",
    metadata,
    text("unit"),
    text("employee"),
    number("month"),
    number("due_unit_fen"),
    number("due_personal_fen"),
    number("paid_unit_fen"),
    number("paid_personal_fen"),
    number("last_voucher"),
    key("unit", "employee", "month"),
    within("employee", "employee", "account"),
    within("voucher", "last_voucher", "no"),
    Index("person_month_by_voucher", "unit", "last_voucher"),
)

unit_event = Table(
    "unit_event",
    metadata,
    text("unit"),
    number("seq"),
    text("date"),
    text("business"),
    text("memo"),
    number("heads"),
    number("amount_fen"),
    number("interest_fen"),
    text("case_no", null=True),
    number("entry_no", null=True),
    key("unit", "seq"),
    of_unit(),
)

change_event = Table(
    "change_event",
    metadata,
    text("unit"),
    number("seq"),
    text("date"),
    text("change_type"),
    text("account"),
    text("name"),
    text("doc_type"),
    text("id_number"),
    text("before_status", null=True),
    text("after_status"),
    number("before_base_fen", null=True),
    number("after_base_fen", null=True),
    number("delta_fen"),
    number("effective_month"),
    text("case_no", null=True),
    key("unit", "seq"),
    within("employee", "account", "account"),
)
