"""Triggers that only refuse: what is written in the journal, the audit log and a case's history stays as it is."""

from sqlalchemy import Connection, text

APPEND_ONLY = ("voucher", "line", "post_key", "audit_log", "case_event")


def _definitions() -> dict[str, str]:
    return {
        f"{table}_no_{action.lower()}": (
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        for table in APPEND_ONLY
        for action in ("UPDATE", "DELETE")
    }


def create(connection: Connection) -> None:
    """Creates them all; raises what the database raises when one is there already."""
    for statement in _definitions().values():
        connection.execute(text(statement))


def missing(connection: Connection) -> list[str]:
    """The names of triggers that are not there, or not as we made them."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    present: dict[str, str] = dict(rows.all())
    return [name for name, statement in _definitions().items() if present.get(name) != statement]
