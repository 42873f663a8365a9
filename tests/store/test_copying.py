"""Books copied into another database: all of them, alike on both sides, or none."""

from pathlib import Path

import pytest
from sqlalchemy import select

from gjj_cli import month as months
from gjj_cli.errors import ConfigError, Refused
from gjj_cli.store import copying, rights
from gjj_cli.store.engine import Books, Tx, sqlite_url
from gjj_cli.store.tables import metadata
from gjj_cli.store.verify import verify
from tests.postgres import Database, Server
from tests.store.small_books import remit, small_books

pytestmark = pytest.mark.slow


@pytest.fixture
def books(tmp_path: Path) -> Books:
    made = small_books(tmp_path)
    remit(made, months.of(2025, 3))
    return made


def copied(books: Books, url: str, owner: str | None = None) -> Books:
    done: list[str] = []
    with books.reading() as source:
        Books.create(url, "test", owner, lambda tx: _copy(source, tx, done)).close()
    assert sorted(done) == sorted(metadata.tables)
    return Books.open(url)


def _copy(source: Tx, target: Tx, done: list[str]) -> None:
    copying.copy(source, target, lambda table, rows: done.append(table))


def rows(books: Books) -> dict[str, list[tuple[object, ...]]]:
    with books.reading() as tx:
        return {
            name: [tuple(row) for row in tx.connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in metadata.tables.items()
        }


def test_there_and_back_nothing_is_lost(books: Books, postgres: Server, tmp_path: Path) -> None:
    database = postgres.database()
    there = copied(books, database.url, database.owner)
    back = copied(there, sqlite_url(tmp_path / "back.db"))
    other = postgres.database()
    sideways = copied(there, other.url, other.owner)
    wanted = rows(books)
    assert sum(map(len, wanted.values())) > 20
    for one in (there, back, sideways):
        assert rows(one) == wanted
        assert verify(one).anchor == verify(books).anchor
        assert one.id == books.id
    with there.reading() as tx:
        assert rights.hold(tx.connection)
    assert remit(there, months.of(2025, 3)).already  # the copy knows what was posted, and goes on from there
    assert not remit(there, months.of(2025, 4)).already
    assert verify(there).ok
    for one in (books, there, back, sideways):
        one.close()


def test_what_arrives_otherwise_is_taken_back(books: Books, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database = postgres.database()
    fill = copying._fill
    monkeypatch.setattr(copying, "_fill", lambda connection, table, rows: fill(connection, table, _without_last(rows)))
    with pytest.raises(Refused, match="对不上"):
        copied(books, database.url, database.owner)
    with pytest.raises(ConfigError, match="不是 gjj 的账簿"):
        Books.open(database.url)


def _without_last(rows: object) -> object:
    return iter(list(rows)[:-1])  # type: ignore[call-overload]


def test_books_are_never_copied_over_books(books: Books, postgres: Server) -> None:
    database: Database = postgres.database()
    Books.create(database.url, "test", database.owner).close()
    with pytest.raises(ConfigError, match="已经有账簿"):
        copied(books, database.url, database.owner)
    Books.remove(database.url, database.owner)
    copied(books, database.url, database.owner).close()
