"""The end-to-end tests on Citus, where the operator has one, and without it what Citus needs of the hot path.

    GJJ_TEST_CITUS_URL=postgresql+psycopg://gjj@coordinator/gjj_test   the application's role, in a database of its own
    GJJ_TEST_CITUS_OWNER=postgresql+psycopg://gjj_owner@…              who owns the tables, where it is another role

That database is emptied before each test.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from gjj_cli.errors import ConfigError
from gjj_cli.store import citus
from gjj_cli.store.engine import Books
from tests.conftest import Gjj
from tests.e2e import test_on_postgres
from tests.e2e.books import UNIT, Desk, Man, Office, desk_with, numbered, open_office
from tests.e2e.test_on_postgres import DAY
from tests.store.test_citus import about_one_unit

pytestmark = pytest.mark.slow

URL, OWNER = os.environ.get("GJJ_TEST_CITUS_URL"), os.environ.get("GJJ_TEST_CITUS_OWNER")

# The same body as PostgreSQL has; each takes `office` or `desk` from here.
for _test in test_on_postgres.SAME:
    globals()[_test.__name__] = _test


@pytest.fixture
def citus_url() -> str:
    """An empty database of the operator's Citus."""
    if URL is None:
        pytest.skip("no Citus here: GJJ_TEST_CITUS_URL is not set")
    try:
        Books.open(URL).close()
    except ConfigError:
        return URL  # no books in it
    Books.remove(URL, OWNER)
    return URL


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, citus_url: str) -> Office:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return open_office(tmp_path / "books", citus_url, OWNER)


@pytest.fixture
def desk(gjj: Gjj, citus_url: str) -> Desk:
    where = {"GJJ_DB": citus_url} | ({"GJJ_DB_OWNER": OWNER} if OWNER else {})
    made = gjj("--as-of", DAY, "init", "--sample", env=where)
    assert made.exit == 0, made
    return desk_with(gjj, citus_url)


def test_the_books_are_spread_by_unit(office: Office) -> None:
    books = Books.open(office.settings.books())
    with books.reading() as tx:
        assert citus.here(tx.connection)
        placed = tx.connection.exec_driver_sql(
            "SELECT count(*) FROM citus_tables WHERE citus_table_type = 'distributed'"
        )
        assert placed.scalar_one() > 20
    books.close()


def test_a_month_end_writes_each_unit_by_statements_about_that_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement of every writing transaction of `remit run`, as the program sends it (here to SQLite)."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    office = open_office(tmp_path / "books")
    office.unit(
        UNIT, numbered({"A": Man("4000"), "B": Man("5000")}), day="2025-06-01", paid="2025-04", suspense="5000.00"
    )
    seen: list[str] = []

    def listen(driver: Any, _record: object) -> None:
        driver.set_trace_callback(seen.append)

    event.listen(Engine, "connect", listen)
    try:
        office.remit(UNIT, "2025-06", "2025-06-20")
    finally:
        event.remove(Engine, "connect", listen)
    writing, begun = [], False
    for statement in seen:
        begun = statement == "BEGIN IMMEDIATE" if statement.startswith("BEGIN") else begun
        if begun and not statement.startswith(("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK", "--")):
            writing.append(statement)
    assert len(writing) > 25
    assert [said for said in writing if not about_one_unit(said)] == []
