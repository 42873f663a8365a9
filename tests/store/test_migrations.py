"""Books come forward from every released version, whole and with their triggers, or stay as they were."""

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Connection, ForeignKeyConstraint, UniqueConstraint, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Inspector
from sqlalchemy.schema import CreateTable

from gjj_cli.errors import ConfigError, Exit, Refused
from gjj_cli.store import migration_0001, migrations, tables_cases, tables_ledger, tables_register, triggers
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.tables import metadata
from gjj_cli.store.triggers import APPEND_ONLY
from gjj_cli.store.verify import verify
from tests.postgres import Server

from .old_books import DUMPS, RELEASED, careful_step, dumped, forgetful_step, old_books, with_step

FILLED_BY = (tables_cases, tables_ledger, tables_register)  # importing them fills the metadata


def upgraded(path: Path, *, dry_run: bool = False) -> None:
    books = Books.open_to_upgrade(sqlite_url(path))
    try:
        books.write(books.bring_up, dry_run=dry_run)
    finally:
        books.close()


def opened(path: Path) -> Books:
    return Books.open(sqlite_url(path))


ORPHAN = "INSERT INTO line SELECT unit, 999, n, account, employee, part, side, 1, value_date FROM line LIMIT 1"


def plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql.replace('"', "")).strip()


def test_every_released_version_has_its_books() -> None:
    assert max(RELEASED) == migrations.VERSION and set(RELEASED) == set(range(1, migrations.VERSION + 1))
    assert {path.name for path in DUMPS.iterdir()} == set(RELEASED.values())


@pytest.mark.parametrize("version", RELEASED)
def test_released_books_come_up_and_verify(tmp_path: Path, version: int) -> None:
    path = old_books(tmp_path, version)
    upgraded(path)
    books = opened(path)
    verdict = verify(books)
    assert verdict.ok, verdict.first_difference
    assert verdict.vouchers > 5
    with books.reading() as tx:
        counted = {
            name: tx.connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in metadata.tables
        }
    assert [name for name, rows in counted.items() if not rows] == []
    books.close()


def test_new_books_begin_as_version_1_was_released(tmp_path: Path) -> None:
    released = sqlite3.connect(":memory:")
    released.executescript((DUMPS / "v1.sql").read_text(encoding="utf-8"))
    made = sqlite3.connect(":memory:")
    for statement in migration_0001.statements("sqlite"):
        made.execute(statement)
    ask = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL ORDER BY name"
    then, now = ({name: plain(sql) for name, sql in each.execute(ask)} for each in (released, made))
    assert then == now


def test_version_1_is_the_same_for_postgresql() -> None:
    """Until the schema changes, word for word what SQLAlchemy makes of today's metadata."""
    made = {plain(statement) for statement in migration_0001.statements("postgresql")}
    assert any("BYTEA" in sql for sql in made) and not any("BLOB" in sql for sql in made)
    assert {sql for sql in made if " TEXT " in sql} == {sql for sql in made if " TEXT COLLATE C " in sql}
    wanted = {plain(str(CreateTable(t).compile(dialect=postgresql.dialect()))) for t in metadata.sorted_tables}
    assert migrations.VERSION > 1 or unordered(wanted) <= unordered(made)


def unordered(statements: set[str]) -> set[str]:
    """Without the byte order of texts."""
    return {sql.replace(" COLLATE C", "") for sql in statements}


def test_todays_metadata_is_what_the_steps_make(tmp_path: Path) -> None:
    path = old_books(tmp_path)
    upgraded(path)
    books = opened(path)
    with books.reading() as tx:
        found = inspect(tx.connection)
        assert set(found.get_table_names()) == set(metadata.tables)
        differing = [name for name in metadata.tables if in_database(found, name) != in_metadata(name)]
    books.close()
    assert differing == []


def in_database(found: Inspector, name: str) -> dict[str, object]:
    return {
        "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)],
        "key": found.get_pk_constraint(name)["constrained_columns"],
        "unique": {tuple(u["column_names"]) for u in found.get_unique_constraints(name)},
        "foreign": {
            (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"]))
            for f in found.get_foreign_keys(name)
        },
        "indexes": {(i["name"], tuple(i["column_names"])) for i in found.get_indexes(name)},
        "checks": {(c["name"], plain(c["sqltext"])) for c in found.get_check_constraints(name)},
    }


def in_metadata(name: str) -> dict[str, object]:
    table = metadata.tables[name]
    foreign = [c for c in table.constraints if isinstance(c, ForeignKeyConstraint)]
    return {
        "columns": [(c.name, c.type.compile(dialect=sqlite.dialect()), c.nullable) for c in table.columns],
        "key": [c.name for c in table.primary_key.columns],
        "unique": {tuple(c.columns.keys()) for c in table.constraints if isinstance(c, UniqueConstraint)},
        "foreign": {
            (tuple(f.column_keys), f.referred_table.name, tuple(e.column.name for e in f.elements)) for f in foreign
        },
        "indexes": {(i.name, tuple(i.columns.keys())) for i in table.indexes},
        "checks": {(c.name, plain(str(c.sqltext))) for c in table.constraints if isinstance(c, CheckConstraint)},
    }


def test_a_step_keeps_the_triggers_and_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old_books(tmp_path)
    before = sqlite3.connect(path).execute("SELECT * FROM voucher ORDER BY unit, no").fetchall()
    with_step(monkeypatch, careful_step)
    with pytest.raises(ConfigError, match="第 1 版") as refused:
        opened(path)
    assert refused.value.exit == Exit.CONFIG and "gjj db upgrade" in refused.value.remedies[0]
    upgraded(path)
    books = opened(path)
    assert verify(books).ok
    books.close()
    raw = sqlite3.connect(path, isolation_level=None)
    assert raw.execute("SELECT * FROM voucher ORDER BY unit, no").fetchall() == before
    assert raw.execute("SELECT note FROM receipt").fetchall() == [(None,)] * 2
    for table in APPEND_ONLY:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(f"DELETE FROM {table}")
    raw.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        raw.execute(ORPHAN)


def test_a_step_that_loses_a_trigger_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old_books(tmp_path)
    before = dumped(path)
    with_step(monkeypatch, forgetful_step)
    with pytest.raises(Refused, match="voucher_no_") as refused:
        upgraded(path)
    assert "没有升级" in refused.value.what
    assert dumped(path) == before


def test_a_step_that_leaves_orphans_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM employee WHERE account = '0010000066'")

    path = old_books(tmp_path)
    before = dumped(path)
    with_step(monkeypatch, losing)
    with pytest.raises(Refused, match="外键"):
        upgraded(path)
    assert dumped(path) == before


def test_an_interrupted_upgrade_rolls_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(connection: Connection) -> None:
        careful_step(connection)
        raise KeyboardInterrupt

    path = old_books(tmp_path)
    before = dumped(path)
    with_step(monkeypatch, interrupted)
    with pytest.raises(KeyboardInterrupt):
        upgraded(path)
    assert dumped(path) == before


def test_a_dry_look_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old_books(tmp_path)
    before = dumped(path)
    with_step(monkeypatch, careful_step)
    upgraded(path, dry_run=True)
    assert dumped(path) == before


def test_newer_books_are_refused_for_upgrading_too(tmp_path: Path) -> None:
    path = old_books(tmp_path)
    raw = sqlite3.connect(path)
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    raw.commit()
    raw.close()
    for opening in (Books.open, Books.open_to_upgrade):
        with pytest.raises(ConfigError, match="第 99 版"):
            opening(sqlite_url(path))


def test_nothing_to_do_leaves_the_books_alone(tmp_path: Path) -> None:
    path = old_books(tmp_path)
    before = dumped(path)
    upgraded(path)
    assert dumped(path) == before


@pytest.mark.slow
def test_postgresql_comes_up_with_its_rights_and_triggers(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE receipt ADD COLUMN note TEXT")
        connection.exec_driver_sql("DROP TRIGGER voucher_stays ON voucher")
        if careful:
            triggers.restore(connection)

    made = postgres.database()
    Books.create(made.url, "gjj test", made.owner).close()
    with_step(monkeypatch, step)
    with pytest.raises(ConfigError, match="第 1 版"):
        Books.open(made.url)
    for careful in (False, True):
        books = Books.open_to_upgrade(made.url, 0, made.owner)
        if careful:
            books.write(books.bring_up)
        else:
            with pytest.raises(Refused, match="voucher_stays"):
                books.write(books.bring_up)
        books.close()
    books = Books.open(made.url)
    assert verify(books).ok
    with books.reading() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(note) FROM receipt").scalar() == 0
    books.close()
