"""What Citus would be told, without it: the statements of new books on a server whose database has functions of those
names, which write down how they were called; and the hot path, each statement of which is about one unit."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import ForeignKeyConstraint, event

from gjj_cli import month as months
from gjj_cli.store import citus, migration_0001
from gjj_cli.store.engine import Books
from gjj_cli.store.tables import REFERENCE_TABLES, metadata
from gjj_cli.store.verify import verify
from tests.postgres import Server
from tests.store.small_books import PEOPLE, bring_in, remit, small_books, unit

STUBS = """
CREATE TABLE public.placed (n bigint GENERATED ALWAYS AS IDENTITY, call text, tables bigint, mode text, triggers text);
CREATE SCHEMA noted; ALTER TABLE public.placed SET SCHEMA noted;
CREATE FUNCTION noted.note(call text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO noted.placed (call, tables, mode, triggers) SELECT $1, count(*),
    current_setting('citus.multi_shard_modify_mode', true), current_setting('citus.enable_unsafe_triggers', true)
  FROM pg_tables WHERE schemaname = 'public' $$;
CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE sql AS
  $$ SELECT noted.note('copied ' || $1) $$;
CREATE FUNCTION create_distributed_table(t regclass, by text, colocate_with text) RETURNS void LANGUAGE sql AS
  $$ SELECT noted.note('spread ' || $1 || ' by ' || $2 || ' beside ' || $3) $$;
"""


@pytest.mark.slow
def test_each_table_is_placed_as_soon_as_it_is_made(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database = postgres.database()
    raw = psycopg.connect(database.owner.replace("+psycopg", ""), autocommit=True)
    raw.execute(STUBS.encode())
    monkeypatch.setattr(citus, "here", lambda connection: connection.dialect.name == "postgresql")
    Books.create(database.url, "test", database.owner).close()
    calls = raw.execute("SELECT call, tables, mode, triggers FROM noted.placed ORDER BY n").fetchall()
    raw.close()
    assert [call[1] for call in calls] == list(range(1, len(metadata.tables) + 1))  # before the next one is made
    assert {call[2:] for call in calls} == {("sequential", "on")}
    said = [call[0] for call in calls]
    assert sorted(said) == sorted(
        f"copied {name}"
        if name in REFERENCE_TABLES
        else f"spread {name} by unit beside {'none' if name == 'unit' else 'unit'}"
        for name in metadata.tables
    )
    books = Books.open(database.url)
    bring_in(books, [unit()], PEOPLE)
    assert verify(books).ok
    books.close()


@pytest.mark.slow
def test_nothing_of_it_runs_where_citus_is_not(postgres: Server) -> None:
    database = postgres.database()
    said: list[str] = []
    books = Books.create(database.url, "test", database.owner)
    event.listen(books._database.engine, "before_cursor_execute", lambda *seen: said.append(seen[2]))
    with books.writing() as tx:
        assert not citus.here(tx.connection)
        citus.prepare(tx.connection)
        citus.define(tx.connection, "CREATE TABLE extra (unit text)")
    books.close()
    assert [one for one in said if "citus" in one] == ["SELECT 1 FROM pg_extension WHERE extname = 'citus'"] * 3


def test_parents_are_made_before_their_children() -> None:
    made: list[str] = []
    for statement in migration_0001.statements("postgresql"):
        found = re.match(r'CREATE TABLE "?(\w+)"?', statement)
        if found:
            made.append(found[1])
            for constraint in metadata.tables[found[1]].constraints:
                if isinstance(constraint, ForeignKeyConstraint):
                    assert constraint.referred_table.name in made
    assert set(made) == set(metadata.tables)


@pytest.mark.parametrize("post", ["remit", "bring_in"])
def test_every_statement_of_the_hot_path_is_about_one_unit(tmp_path: Path, post: str) -> None:
    """By equality, or by inserting into it; ~centre and the copied tables aside."""
    books, seen = small_books(tmp_path), list[str]()
    with books.reading() as tx:
        driver: Any = tx.connection.connection.driver_connection
        driver.set_trace_callback(seen.append)  # SQLite itself tells, with the values in their places
    if post == "remit":
        remit(books, months.of(2025, 3))
    else:
        bring_in(books, [unit("0500002", fund_fen=0, suspense_fen=100)], [])
    books.close()
    own = "0500001" if post == "remit" else "0500002"
    writing = [said for said in seen if not said.startswith(("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "--"))]
    assert len(writing) > 8
    for said in writing:
        assert about_one_unit(said), said
        assert set(re.findall("'(0500[0-9]{3})'", said)) <= {own}, said


def about_one_unit(statement: str) -> bool:
    table = re.search(r'(?:FROM|INTO|UPDATE) "?(\w+)"?', statement)
    assert table is not None, statement
    if table[1] in REFERENCE_TABLES:
        return True
    if statement.startswith("INSERT"):
        return re.search(r"\((?:\")?unit(?:\")?,", statement) is not None
    return re.search(r"\.unit = [?']", statement) is not None


def test_the_test_of_the_hot_path_can_fail() -> None:
    assert not about_one_unit("SELECT voucher.no FROM voucher WHERE voucher.case_no = ?")
    assert not about_one_unit("UPDATE unit SET state = ? WHERE unit.unit IN (?, ?)")
    assert not about_one_unit("INSERT INTO line (voucher, n) VALUES (?, ?)")
    assert about_one_unit("UPDATE unit SET state = ? WHERE unit.unit = ?")
