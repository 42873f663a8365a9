"""Statements and rows given to the driver itself: what a month-end does for every unit, and must do fast.

SQLAlchemy writes each statement once for a database; at every execution its own work would cost more than SQLite's.
Errors are the driver's in SQLAlchemy's clothes, so that `engine` sees them as it sees all others.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

from gjj_cli.store.engine import Tx

_FEW = 5  # rows up to which COPY is not worth its two journeys


class _Compiled(NamedTuple):
    """What a driver is given: the SQL, the constants in it, and the order of its values where they have no names."""

    sql: str
    constants: dict[str, Any]
    order: list[str] | None


class Statement:
    """One statement with named values (`bindparam`), compiled when it is first run on a kind of database."""

    def __init__(self, construct: ClauseElement) -> None:
        self._construct = construct
        self._compiled: dict[str, _Compiled] = {}

    def run(self, tx: Tx, **values: Any) -> int:
        """Executes it; returns how many rows it changed."""
        return int(self._execute(tx.connection, values).rowcount)

    def rows(self, tx: Tx, **values: Any) -> list[tuple[Any, ...]]:
        """Executes it; returns the rows that it gave."""
        return list(self._execute(tx.connection, values).fetchall())

    def _execute(self, connection: Connection, values: dict[str, Any]) -> Any:
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection)
        told = compiled.constants | values
        given = told if compiled.order is None else [told[name] for name in compiled.order]
        driver = _driver(connection)
        try:
            return driver.cursor().execute(compiled.sql, given)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _dressed(error, connection, driver) from error

    def _compile(self, connection: Connection) -> _Compiled:
        made: Any = self._construct.compile(dialect=connection.dialect)
        constants = {name: value for name, value in made.params.items() if value is not None}
        compiled = _Compiled(str(made), constants, list(made.positiontup) if made.positional else None)
        self._compiled[connection.dialect.name] = compiled
        return compiled


def insert(tx: Tx, table: Table, rows: Sequence[Sequence[object]]) -> None:
    """Adds rows, values in the order of the table's columns: by executemany on SQLite, by COPY on PostgreSQL."""
    if not rows:
        return
    connection = tx.connection
    driver = _driver(connection)
    try:
        if connection.dialect.name == "postgresql" and len(rows) > _FEW:
            with driver.cursor().copy(_statement("COPY", connection, table)) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            sql, cursor = _statement("INSERT", connection, table), driver.cursor()
            cursor.execute(sql, rows[0]) if len(rows) == 1 else cursor.executemany(sql, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _dressed(error, connection, driver) from error


def _statement(verb: str, connection: Connection, table: Table) -> str:
    """Columns are named: a column that came later is at the end of an older table."""
    known = _STATEMENTS.get((verb, connection.dialect.name, table.name))
    if known is None:
        columns = ", ".join(connection.dialect.identifier_preparer.format_column(column) for column in table.c)
        marks = ", ".join(["?" if connection.dialect.paramstyle == "qmark" else "%s"] * len(table.c))
        whole = f"COPY {table.name} ({columns}) FROM STDIN"
        known = whole if verb == "COPY" else f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608
        _STATEMENTS[verb, connection.dialect.name, table.name] = known
    return known


_STATEMENTS: dict[tuple[str, str, str], str] = {}


def _driver(connection: Connection) -> Any:
    """The driver's connection, in the transaction that SQLAlchemy commits."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def _dressed(error: Any, connection: Connection, driver: Any) -> DBAPIError:
    """The driver's error as SQLAlchemy would have raised it."""
    gone = connection.dialect.is_disconnect(error, driver, None)
    base: Any = connection.dialect.loaded_dbapi.Error
    told = DBAPIError.instance(None, None, error, base, connection_invalidated=gone, dialect=connection.dialect)
    if gone:
        connection.invalidate(error)
    if not isinstance(told, DBAPIError):
        raise told
    return told
