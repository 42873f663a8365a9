"""Schema version 1, released in 0.1.0: every table, the triggers that refuse changes, the row of the pseudo-unit.

The tables are SQL text (`schema_0001.sql`), because today's metadata may say more than version 1 had.
"""

from importlib.resources import files

from sqlalchemy import Connection, text

from gjj_cli.store import citus, triggers

APPEND_ONLY = ("voucher", "line", "post_key", "audit_log", "case_event")
_GENESIS = "0" * 64
_CENTRE = (
    "INSERT INTO unit (unit, name, org, state, custody, next_entry_no, head_hash, next_audit_no, audit_head)"
    " VALUES ('~centre', '中心', '', '01', 0, 1, :genesis, 1, :genesis)",
    "INSERT INTO unit_balance (unit, fund_fen, suspense_fen, reserved_fen) VALUES ('~centre', 0, 0, 0)",
)


def upgrade(connection: Connection) -> None:
    """From nothing to version 1, inside the caller's transaction."""
    for statement in statements(connection.dialect.name):
        citus.define(connection, statement)
    triggers.create(connection, APPEND_ONLY)
    for statement in _CENTRE:
        connection.execute(text(statement), {"genesis": _GENESIS} if ":genesis" in statement else {})


def statements(dialect: str) -> list[str]:
    """The CREATE statements of version 1, each table before what refers to it."""
    said = files("gjj_cli.store").joinpath("schema_0001.sql").read_text(encoding="utf-8")
    lines = (line for line in said.splitlines() if not line.startswith("--"))
    found = "\n".join(lines)
    if dialect == "postgresql":
        found = found.replace(" BLOB", " BYTEA").replace(" TEXT", ' TEXT COLLATE "C"')
    return [statement.strip() for statement in found.split(";") if statement.strip()]
