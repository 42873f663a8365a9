"""What the application's role may do in PostgreSQL: read and add everywhere, change and delete only what is listed.

The first of the three layers that keep the journal as it was written; triggers and the hash chain are the others.
"""

from sqlalchemy import Connection, MetaData, text

from gjj_cli.store.tables import metadata
from gjj_cli.store.triggers import APPEND_ONLY

EVERY = ("*",)

# Table -> the columns that may change. What is not here is only ever added to.
CHANGES: dict[str, tuple[str, ...]] = {
    "meta": ("value",),
    "unit": (
        "paid_through",
        "state",
        "next_entry_no",
        "head_hash",
        "last_posting_date",
        "settled_year",
        "next_audit_no",
        "audit_head",
        # A corrected 建账 after its 期初 was reversed (`store.reopening`):
        *("name", "org", "uscc", "first_month", "payday", "opening_date", "custody"),
    ),
    "voucher_counter": ("next_no",),
    "counter": ("next_no",),
    "employee_balance": ("cur_fen", "prior_fen"),
    "unit_balance": ("fund_fen", "suspense_fen", "reserved_fen"),
    "employee": EVERY,
    "person": ("at_unit",),
    "enrolment": ("from_month", "to_month", "closed_by"),
    "cases": EVERY,
    "run": ("finished_at",),
    "run_unit": ("outcome", "months", "heads", "total_fen", "code", "short_fen", "detail", "case_no"),
    "receipt": ("amount_fen", "date", "of_unit", "state", "entry_no"),  # it may come again once it was reversed
    "agent": ("name", "mobile", "case_no"),
    "agent_document": ("sha256", "name", "content"),
    "users": EVERY,
}
# The register goes back with a reversal: what a 内部转移 or a 建账 had opened is closed by being gone.
_REGISTER = {"person_month", "enrolment", "base_history", "rate_history", "person"}
DELETES = frozenset({*_REGISTER, "case_row", "user_unit", "token"})


def grant(connection: Connection, role: str, schema: MetaData = metadata) -> None:
    """Gives the role its rights on every table, one statement each (Citus takes no more), and takes all others away."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    for table in schema.sorted_tables:
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"REVOKE ALL ON {name} FROM {quoted}")
        connection.exec_driver_sql(f"GRANT {', '.join(rights_on(table.name))} ON {name} TO {quoted}")


def hold(connection: Connection) -> bool:
    """Whether who is connected may neither change nor delete what is only added to: not so for an owner of the tables
    or a superuser, from whom triggers and the chain alone protect."""
    if connection.dialect.name != "postgresql":
        return False
    asked = text("SELECT NOT has_table_privilege(:name, 'UPDATE, DELETE, TRUNCATE')")  # any of them
    return all(connection.scalar(asked, {"name": table}) for table in APPEND_ONLY)


def rights_on(table: str) -> list[str]:
    """The rights on a table as GRANT spells them."""
    rights = ["SELECT", "INSERT"]
    columns = CHANGES.get(table, ())
    if columns:
        rights.append("UPDATE" if columns == EVERY else f"UPDATE ({', '.join(columns)})")
    return rights + (["DELETE"] if table in DELETES else [])
