"""Triggers that only refuse: what is written in the journal, the audit log and a case's history stays as it is."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

APPEND_ONLY = ("voucher", "line", "post_key", "audit_log", "case_event")

_FUNCTION = "gjj_append_only"
_BODY = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END"


def create(connection: Connection, tables: Sequence[str] = APPEND_ONLY) -> None:
    """Creates those of new books that have these tables; raises what the database raises when one is there already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_BODY}$$"))
    for statement in _definitions(connection, tables).values():
        connection.execute(text(statement))


def restore(connection: Connection) -> None:
    """Creates those that are not there or not as we made them: what a migration does that rebuilds a table."""
    definitions = _definitions(connection)
    for name in missing(connection):
        statement = definitions[name]
        on_table = f" ON {statement.split(' ON ')[1].split()[0]}" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on_table}"))
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    """What they call, once their tables are gone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"DROP FUNCTION {_FUNCTION}()"))


def missing(connection: Connection) -> list[str]:
    """The names of triggers that are not there, switched off, or not as we made them."""
    if connection.dialect.name == "postgresql":
        return _missing_in_postgres(connection)
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    present: dict[str, str] = dict(rows.all())
    return [name for name, statement in _definitions(connection).items() if present.get(name) != statement]


def _definitions(connection: Connection, tables: Sequence[str] = APPEND_ONLY) -> dict[str, str]:
    """Name -> statement, in words of the database at hand."""
    if connection.dialect.name == "postgresql":
        rows = {f"{table}_stays": (table, "UPDATE OR DELETE", "ROW") for table in tables}
        whole = {f"{table}_no_truncate": (table, "TRUNCATE", "STATEMENT") for table in tables}
        return {
            name: f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
            for name, (table, action, each) in (rows | whole).items()
        }
    return {
        f"{table}_no_{action.lower()}": (
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        for table in tables
        for action in ("UPDATE", "DELETE")
    }


# What each of our triggers is in the catalogue: BEFORE row UPDATE or DELETE is type 27, BEFORE statement TRUNCATE 34.
_TYPES = {"stays": 27, "no_truncate": 34}
_IN_CATALOGUE = text(
    "SELECT t.tgname, c.relname, t.tgtype, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL"
    " AND c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"
)


def _missing_in_postgres(connection: Connection) -> list[str]:
    present = {(name, table, kind, body) for name, table, kind, body in connection.execute(_IN_CATALOGUE)}
    wanted = [(f"{table}_{suffix}", table, kind, _BODY) for table in APPEND_ONLY for suffix, kind in _TYPES.items()]
    return [name for name, *rest in wanted if (name, *rest) not in present]
