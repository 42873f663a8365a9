"""The schema rules that keep one schema good for SQLite, PostgreSQL and Citus (docs/scale.md), and that a schema which
breaks one is found out."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from gjj_cli.store import rights, tables_cases, tables_ledger, tables_register, triggers
from gjj_cli.store.tables import REFERENCE_TABLES, metadata

FILLED_BY = (tables_cases, tables_ledger, tables_register)  # importing them does it


def broken(schema: MetaData, reference: frozenset[str] = REFERENCE_TABLES) -> Iterator[str]:
    """What in a schema would not do on one of the three, a line each."""
    for table in schema.sorted_tables:
        spread = table.name not in reference
        if spread and (next(iter(table.columns)).name != "unit" or table.columns["unit"].nullable):
            yield f"{table.name}: unit is not its first column"
        if not list(table.primary_key):
            yield f"{table.name}: has no key"
        for column in table.columns:
            yield from _broken_column(column)
        for index in table.indexes if spread else ():
            if next(iter(index.columns)).name != "unit":
                yield f"{table.name}: index {index.name} does not begin with unit"
        for constraint in table.constraints:
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint) and spread:
                first = next(iter(constraint.columns), None)
                if first is not None and first.name != "unit":
                    yield f"{table.name}: a key does not begin with unit"
            if isinstance(constraint, ForeignKeyConstraint):
                yield from _broken_reference(constraint, spread, reference)


def _broken_column(column: Column[object]) -> Iterator[str]:
    if type(column.type) not in (Text, BigInteger, LargeBinary):
        yield f"{column}: type {column.type!r}"
    made_by_the_database = (column.server_default, column.default, column.identity, column.computed, column.onupdate)
    if any(one is not None for one in made_by_the_database):
        yield f"{column}: has a value of its own"
    if column.autoincrement is True or (column.primary_key and column.autoincrement == "auto" and _counts(column)):
        yield f"{column}: counts by itself"


def _counts(column: Column[object]) -> bool:
    """SQLAlchemy makes a lone integer key a serial one."""
    return isinstance(column.type, BigInteger) and len(column.table.primary_key) == 1


def _broken_reference(constraint: ForeignKeyConstraint, spread: bool, reference: frozenset[str]) -> Iterator[str]:
    here, there = constraint.parent.name, constraint.referred_table.name
    if there in reference:
        if spread and not constraint.use_alter:
            yield f"{here}: its reference to {there} is not added after both are placed"
    elif not spread:
        yield f"{here}: is copied to every node and refers to {there}, which is not"
    elif constraint.column_keys[0] != "unit" or not constraint.elements[0].target_fullname.endswith(".unit"):
        yield f"{here}: its reference to {there} leaves the unit"


def test_our_schema_keeps_the_rules() -> None:
    assert {"unit", "voucher", "line", "post_key", "cases", "run", "receipt", "token"} <= set(metadata.tables)
    assert set(metadata.tables) > REFERENCE_TABLES
    assert list(broken(metadata)) == []


def test_what_is_only_added_to_is_neither_changed_nor_deleted_by_right() -> None:
    for table in triggers.APPEND_ONLY:
        assert rights.rights_on(table) == ["SELECT", "INSERT"]


def number(name: str = "n", **how: object) -> Column[int]:
    return Column(name, BigInteger, nullable=False, autoincrement=False, **how)  # type: ignore[arg-type]


def unit(**how: object) -> Column[str]:
    return Column("unit", Text, primary_key=True, **how)  # type: ignore[arg-type]


def _good(schema: MetaData) -> None:
    Table("parent", schema, unit(), number(primary_key=True))
    Table("child", schema, unit(), number(), ForeignKeyConstraint(["unit", "n"], ["parent.unit", "parent.n"]))
    Table("word", schema, Column("word", Text, primary_key=True))


BROKEN: dict[str, Callable[[MetaData], object]] = {
    "unit is not its first column": lambda m: Table("t", m, number(primary_key=True), Column("unit", Text)),
    "a key does not begin with unit": lambda m: Table("t", m, unit(), number(), UniqueConstraint("n", "unit")),
    "index i does not begin with unit": lambda m: Table("t", m, unit(), number(), Index("i", "n", "unit")),
    "has no key": lambda m: Table("t", m, Column("unit", Text, nullable=False)),
    "leaves the unit": lambda m: Table("t", m, unit(), number(), ForeignKeyConstraint(["n"], ["parent.n"])),
    "is not added after both are placed": lambda m: Table(
        "t", m, unit(), Column("w", Text), ForeignKeyConstraint(["w"], ["word.word"])
    ),
    "refers to parent, which is not": lambda m: Table(
        "word2", m, unit(), number(), ForeignKeyConstraint(["unit", "n"], ["parent.unit", "parent.n"])
    ),
    "type Boolean()": lambda m: Table("t", m, unit(), Column("b", Boolean)),
    "type String(length=9)": lambda m: Table("t", m, unit(), Column("s", String(9))),
    "has a value of its own": lambda m: Table("t", m, unit(), number(server_default=func.now())),
    "t.n: has a value of its own": lambda m: Table("t", m, unit(), Column("n", BigInteger, Identity())),
    "t.m: has a value of its own": lambda m: Table("t", m, unit(), Column("m", BigInteger, Sequence("s"))),
    "counts by itself": lambda m: Table("word2", m, Column("no", BigInteger, primary_key=True)),
}


@pytest.mark.parametrize("found", BROKEN)
def test_a_schema_that_breaks_a_rule_is_found_out(found: str) -> None:
    schema, reference = MetaData(), frozenset({"word", "word2"})
    _good(schema)
    assert list(broken(schema, reference)) == []
    BROKEN[found](schema)
    assert any(found in said for said in broken(schema, reference))
