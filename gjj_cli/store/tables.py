"""The schema of the books: one metadata for SQLite, PostgreSQL and Citus, by the rules of docs/architecture.md.

`unit` comes first in every primary key, unique and foreign key of every table but the reference tables; what has no
unit belongs to `~centre`. Types are text and bigint, JSON is text, time comes from the program, nothing is a sequence.
The tables themselves are in `tables_ledger`, `tables_register` and `tables_cases`; importing this module has them all.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, LargeBinary, MetaData, PrimaryKeyConstraint, Text

CENTRE = "~centre"

metadata = MetaData()

# Dictionaries and users: copied to every node on Citus, so nothing per post or per query is written there.
REFERENCE_TABLES = frozenset({"meta", "users", "token"})


# In byte order everywhere, as SQLite has it: locks are taken and anchors built in order of unit.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def text(name: str, *, null: bool = False, **options: Any) -> Column[str]:
    return Column(name, _TEXT, nullable=null, **options)


def number(name: str, *, null: bool = False, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=null, autoincrement=False, **options)


def blob(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def key(*columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*columns)


def of_unit() -> ForeignKeyConstraint:
    """The row's unit exists. On Citus it stays inside one shard, because both sides are distributed by it."""
    return ForeignKeyConstraint(["unit"], ["unit.unit"])


def within(table: str, here: str, there: str) -> ForeignKeyConstraint:
    """A row of the same unit: (unit, here) -> table(unit, there)."""
    return ForeignKeyConstraint(["unit", here], [f"{table}.unit", f"{table}.{there}"])
