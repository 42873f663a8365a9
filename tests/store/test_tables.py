"""The schema rules that keep one schema good for SQLite, PostgreSQL and Citus (reliability.md section 1)."""

import pytest
from sqlalchemy import BigInteger, ForeignKeyConstraint, LargeBinary, PrimaryKeyConstraint, Text, UniqueConstraint

from gjj_cli.store import tables_cases, tables_ledger, tables_register
from gjj_cli.store.tables import REFERENCE_TABLES, metadata

FILLED_BY = (tables_cases, tables_ledger, tables_register)  # importing them does it
TABLES = sorted(metadata.tables)
DISTRIBUTED = [name for name in TABLES if name not in REFERENCE_TABLES]


def test_the_modules_have_filled_the_metadata() -> None:
    assert {"unit", "voucher", "line", "post_key", "cases", "run", "receipt", "token"} <= set(TABLES)


@pytest.mark.parametrize("name", DISTRIBUTED)
def test_unit_is_first_in_the_table_and_in_every_key(name: str) -> None:
    table = metadata.tables[name]
    assert next(iter(table.columns)).name == "unit"
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
            assert next(iter(constraint.columns)).name == "unit", constraint
        if isinstance(constraint, ForeignKeyConstraint):
            assert constraint.column_keys[0] == "unit", constraint
            assert constraint.elements[0].target_fullname.endswith(".unit"), constraint
    for index in table.indexes:
        assert next(iter(index.columns)).name == "unit", index


@pytest.mark.parametrize("name", TABLES)
def test_types_are_plain_and_nothing_comes_from_the_database(name: str) -> None:
    for column in metadata.tables[name].columns:
        assert isinstance(column.type, Text | BigInteger | LargeBinary), column
        assert column.server_default is None and column.default is None, column
        assert column.autoincrement is not True, column
        assert column.primary_key is False or column.nullable is False, column
