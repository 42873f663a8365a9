"""Citus under the books, where the database has the extension: each table is placed as soon as it is made.

Nothing of it runs elsewhere. Every statement is about one table, because Citus takes no more; parents come first, so
that a foreign key finds both sides in the same shard.
"""

import re

from sqlalchemy import Connection, text

from gjj_cli.store.tables import REFERENCE_TABLES

FIRST = "unit"  # the table that the others are placed beside, by its only key

_SETTINGS = (
    "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'",  # foreign keys to copied tables, in one transaction
    "SET LOCAL citus.enable_unsafe_triggers TO on",  # ours only refuse, so they are as safe on a shard
)
_TABLE = re.compile(r'CREATE TABLE "?(\w+)"?', re.IGNORECASE)


def here(connection: Connection) -> bool:
    """Whether this database has Citus."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")) is not None


def prepare(connection: Connection) -> None:
    """At the start of a transaction that makes or changes tables."""
    if here(connection):
        for statement in _SETTINGS:
            connection.exec_driver_sql(statement)


def define(connection: Connection, statement: str) -> None:
    """Runs a statement of a migration; a table that it makes is placed before the next one refers to it."""
    connection.exec_driver_sql(statement)
    made = _TABLE.match(statement)
    if made and here(connection):
        connection.exec_driver_sql(placing(made[1]))


def placing(table: str) -> str:
    """The statement that copies a table to every node, or spreads it by its unit."""
    if table in REFERENCE_TABLES:
        return f"SELECT create_reference_table('{table}')"
    beside = "none" if table == FIRST else FIRST
    return f"SELECT create_distributed_table('{table}', 'unit', colocate_with => '{beside}')"
