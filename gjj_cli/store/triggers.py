"""Triggers that only refuse: what is written in the journal, the audit log and a case's history stays as it is."""

from collections.abc import Collection

from sqlalchemy import Connection, text

APPEND_ONLY = ("voucher", "line", "post_key", "audit_log", "case_event")


def _definitions(tables: Collection[str] = APPEND_ONLY) -> dict[str, str]:
    return {
        f"{table}_no_{action.lower()}": (
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        for table in tables
        for action in ("UPDATE", "DELETE")
    }


def create(connection: Connection, tables: Collection[str] = APPEND_ONLY) -> None:
    """Creates those of these tables; raises what the database raises when one is there already."""
    for statement in _definitions(tables).values():
        connection.execute(text(statement))


def restore(connection: Connection) -> None:
    """Creates those that are not there or not as we made them: what a migration does that rebuilds a table."""
    for name in missing(connection):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        connection.execute(text(_definitions()[name]))


def missing(connection: Connection) -> list[str]:
    """The names of triggers that are not there, or not as we made them."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    present: dict[str, str] = dict(rows.all())
    return [name for name, statement in _definitions().items() if present.get(name) != statement]
