"""Statements and rows given to the driver itself: what a month-end does for every unit, and must do fast.

SQLAlchemy writes each statement once for a database; at every execution its own work would cost more than SQLite's.
Errors are the driver's in SQLAlchemy's clothes, so that `engine` sees them as it sees all others.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

from gjj_cli.store.engine import Tx

_FEW = 5  # rows up to which COPY is not worth its two journeys


class Statement:
    """One statement with named values (`bindparam`), compiled when it is first run on a kind of database."""

    def __init__(self, construct: Executable) -> None:
        self._construct = construct
        self._compiled: dict[str, tuple[str, dict[str, Any], list[str] | None]] = {}

    def run(self, tx: Tx, **values: Any) -> int:
        """Executes it; returns how many rows it changed."""
        with self._executed(tx, values) as cursor:
            return int(cursor.rowcount)

    def rows(self, tx: Tx, **values: Any) -> list[tuple[Any, ...]]:
        """Executes it; returns the rows that it gave."""
        with self._executed(tx, values) as cursor:
            return list(cursor.fetchall())

    @contextmanager
    def _executed(self, tx: Tx, values: dict[str, Any]) -> Iterator[Any]:
        with _cursor(tx) as (connection, cursor):
            compiled = self._compiled.get(connection.dialect.name)
            sql, constants, order = compiled or self._compile(connection)
            told = {**constants, **values}
            yield cursor.execute(sql, told if order is None else [told[name] for name in order])

    def _compile(self, connection: Connection) -> tuple[str, dict[str, Any], list[str] | None]:
        made: Any = self._construct.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
        constants = {name: value for name, value in made.params.items() if value is not None}
        order = list(made.positiontup) if made.positional else None
        self._compiled[connection.dialect.name] = (str(made), constants, order)
        return self._compiled[connection.dialect.name]


def insert(tx: Tx, table: Table, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Adds rows, values in order of `columns`: one executemany on SQLite, one COPY on PostgreSQL."""
    if not rows:
        return
    with _cursor(tx) as (connection, cursor):
        names = f"{table.name} ({', '.join(columns)})"
        if connection.dialect.name == "postgresql" and len(rows) > _FEW:
            with cursor.copy(f"COPY {names} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join([mark] * len(columns))
        cursor.executemany(f"INSERT INTO {names} VALUES ({marks})", rows)  # noqa: S608 - names of our own tables


@contextmanager
def _cursor(tx: Tx) -> Iterator[tuple[Connection, Any]]:
    """The driver's cursor inside the transaction; its errors come out as SQLAlchemy's."""
    connection = tx.connection
    if not connection.in_transaction():
        connection.begin()
    driver: Any = connection.connection
    try:
        yield connection, driver.cursor()
    except connection.dialect.loaded_dbapi.Error as error:
        gone = connection.dialect.is_disconnect(error, driver, None)
        told = DBAPIError.instance(
            None, None, error, connection.dialect.loaded_dbapi.Error, connection_invalidated=gone
        )
        if gone:
            connection.invalidate(error)
        raise told from error
