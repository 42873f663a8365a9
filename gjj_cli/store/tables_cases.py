"""Tables of the work: cases and their papers, month-end runs, receipts, people and their tokens."""

from sqlalchemy import Index, Table

from gjj_cli.store.tables import blob, key, metadata, number, of_unit, text, within

cases = Table(
    "cases",
    metadata,
    text("unit"),
    text("case_no"),
    text("business"),
    text("state"),
    text("channel"),
    text("method", null=True),
    number("heads"),
    number("amount_fen"),
    number("effective_month", null=True),
    text("other_unit", null=True),
    text("batch"),
    text("totals"),
    text("file_name", null=True),
    text("file_sha256", null=True),
    text("submitted_by"),
    text("submitted_at"),
    text("as_of"),
    text("first_by", null=True),
    text("second_by", null=True),
    text("finished_at", null=True),
    text("finished_date", null=True),
    text("run_no", null=True),
    text("scan_no", null=True),
    text("archive_no", null=True),
    text("printed_at", null=True),
    key("unit", "case_no"),
    of_unit(),
    Index("cases_by_state", "unit", "state"),
    Index("cases_by_file", "unit", "file_sha256"),
)

case_row = Table(
    "case_row",
    metadata,
    text("unit"),
    text("case_no"),
    number("row_no"),
    text("account", null=True),
    text("id_hash", null=True),
    number("effective_month", null=True),
    number("end_month", null=True),
    text("content"),
    key("unit", "case_no", "row_no"),
    within("cases", "case_no", "case_no"),
    Index("case_row_by_account", "unit", "account"),
)

case_event = Table(
    "case_event",
    metadata,
    text("unit"),
    text("case_no"),
    number("seq"),
    text("at"),
    text("actor"),
    text("from_state", null=True),
    text("to_state"),
    text("reason", null=True),
    key("unit", "case_no", "seq"),
    within("cases", "case_no", "case_no"),
)

case_file = Table(
    "case_file",
    metadata,
    text("unit"),
    text("case_no"),
    text("sha256"),
    text("name"),
    blob("content"),
    key("unit", "case_no", "sha256"),
    within("cases", "case_no", "case_no"),
)

attachment = Table(
    "attachment",
    metadata,
    text("unit"),
    text("case_no"),
    text("kind"),
    text("sha256"),
    text("name"),
    blob("content"),
    key("unit", "case_no", "kind", "sha256"),
    within("cases", "case_no", "case_no"),
)

# Runs belong to no unit; what a run did to a unit is written in the unit's own transaction.
run = Table(
    "run",
    metadata,
    text("unit"),
    text("run_no"),
    text("business"),
    number("through"),
    text("method"),
    text("as_of"),
    text("started_at"),
    text("started_by"),
    text("finished_at", null=True),
    text("scope"),
    key("unit", "run_no"),
    of_unit(),
)

run_unit = Table(
    "run_unit",
    metadata,
    text("unit"),
    text("run_no"),
    text("outcome"),
    text("months"),
    number("heads"),
    number("total_fen"),
    text("code", null=True),
    number("short_fen", null=True),
    text("detail", null=True),
    text("case_no", null=True),
    key("unit", "run_no"),
    of_unit(),
)

# In ~centre, because bank and 流水号 name one receipt over all units; `of_unit` is whose it is, once known.
receipt = Table(
    "receipt",
    metadata,
    text("unit"),
    text("bank"),
    text("ref"),
    number("amount_fen"),
    text("date"),
    text("of_unit", null=True),
    text("state"),
    number("entry_no"),
    key("unit", "bank", "ref"),
    of_unit(),
)

agent = Table(
    "agent",
    metadata,
    text("unit"),
    text("id_number"),
    text("name"),
    text("mobile"),
    text("case_no", null=True),
    key("unit", "id_number"),
    of_unit(),
)

agent_document = Table(
    "agent_document",
    metadata,
    text("unit"),
    text("id_number"),
    text("kind"),
    text("sha256"),
    text("name"),
    blob("content"),
    key("unit", "id_number", "kind"),
    within("agent", "id_number", "id_number"),
)

users = Table(
    "users",
    metadata,
    text("name"),
    text("role"),
    text("display"),
    text("id_number", null=True),
    number("disabled"),
    key("name"),
)

user_unit = Table("user_unit", metadata, text("unit"), text("user_name"), key("unit", "user_name"), of_unit())

# Only the SHA-256 of a token is kept; a session is a token whose text is in a file of the user.
token = Table(
    "token",
    metadata,
    text("sha256"),
    text("user_name"),
    text("kind"),
    text("created_at"),
    text("until", null=True),
    key("sha256"),
)
