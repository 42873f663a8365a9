"""All rows of some books into other books, as they are: streamed table by table, parents first, and compared after.

The source is one snapshot, the target one transaction. What was copied is known by a digest of every value of every
table, so the comparison leaves nothing out that the anchor does not speak of.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Table, select

from gjj_cli.errors import Refused
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables import metadata

Told = Callable[[str, int], None]  # a table that is done, and its rows
_ROWS = 5000  # in memory at once


def copy(source: Tx, target: Tx, told: Told) -> int:
    """Copies every table into books that were only just made; returns the rows. Raises Refused when what arrived is not
    what was sent; the caller's transaction is rolled back then."""
    for table in reversed(metadata.sorted_tables):  # what making them has put there
        if table.name in _MADE_WITH_ROWS:
            target.connection.execute(table.delete())
    total = 0
    for table in metadata.sorted_tables:
        sent = _Digest()
        rows = (row for some in _stream(source.connection, table) for row in sent.over(some))
        _fill(target.connection, table, rows)
        arrived = _Digest()
        for some in _stream(target.connection, table):
            arrived.over(some)
        if (sent.rows, sent.hexdigest) != (arrived.rows, arrived.hexdigest):
            raise Refused(
                f"复制到 {table.name} 时对不上：{sent.rows} 行写进去，读出来 {arrived.rows} 行不一样；没有复制",
                remedies=("改：再跑一次；还是不行，报告给我们",),
            )
        told(table.name, sent.rows)
        total += sent.rows
    return total


_MADE_WITH_ROWS = ("meta", "unit", "unit_balance")


class _Digest:
    """SHA-256 over rows in their order, however they were cut into pieces."""

    def __init__(self) -> None:
        self.rows = 0
        self._sha = hashlib.sha256()

    def over(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        self.rows += len(rows)
        self._sha.update("\n".join(map(repr, rows)).encode("utf-8", "surrogatepass") + b"\n")
        return rows

    @property
    def hexdigest(self) -> str:
        return self._sha.hexdigest()


def _stream(connection: Connection, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows in order of their key, which is the order of their bytes on every engine."""
    found = connection.execute(select(table).order_by(*table.primary_key), execution_options={"yield_per": _ROWS})
    for some in found.partitions():
        yield [tuple(row) for row in some]


def _fill(connection: Connection, table: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    """COPY where the database has it, else one statement for many rows."""
    names = ", ".join(connection.dialect.identifier_preparer.format_column(column) for column in table.columns)
    if connection.dialect.name == "postgresql":
        raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as into:
            for row in rows:
                into.write_row(row)
        return
    insert = str(table.insert().compile(dialect=connection.dialect))  # its columns in their order
    for some in _batches(rows):
        connection.exec_driver_sql(insert, some)


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    some: list[tuple[Any, ...]] = []
    for row in rows:
        some.append(row)
        if len(some) == _ROWS:
            yield some
            some = []
    if some:
        yield some
