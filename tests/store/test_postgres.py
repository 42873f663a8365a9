"""The books on a real PostgreSQL server: the same post, rights and triggers that refuse, and refusals in words."""

from datetime import date

import psycopg
import pytest

from gjj_cli import month as months
from gjj_cli.errors import ConfigError, FileError, Locked
from gjj_cli.store import rights, triggers
from gjj_cli.store.engine import Books
from gjj_cli.store.tables import metadata
from gjj_cli.store.verify import verify
from tests.postgres import APPLICATION, OWNER, Database, Server
from tests.store.small_books import PEOPLE, bring_in, remit, unit
from tests.store.test_reversal import taken

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database(postgres: Server) -> Database:
    """Books of one unit that has paid a month."""
    made = postgres.database()
    Books.create(made.url, "gjj test", made.owner).close()
    books = Books.open(made.url)
    (imported,) = bring_in(books, [unit()], PEOPLE)
    assert imported.refused is None
    assert not remit(books, months.of(2025, 3)).already
    books.close()
    return made


def test_the_same_post_again_is_already_there(database: Database) -> None:
    books = Books.open(database.url)
    assert remit(books, months.of(2025, 3)).already
    verdict = verify(books)
    assert (verdict.ok, verdict.vouchers) == (True, 2), verdict.first_difference
    books.close()


@pytest.mark.parametrize("table", triggers.APPEND_ONLY)
@pytest.mark.parametrize("role", [OWNER, APPLICATION])
def test_the_journal_is_append_only_by_rights_and_by_triggers(database: Database, table: str, role: str) -> None:
    """The application is not even allowed to try; the owner, who is, meets the trigger."""
    wanted = psycopg.errors.RestrictViolation if role == OWNER else psycopg.errors.InsufficientPrivilege
    with psycopg.connect(database.url.replace("+psycopg", "").replace(APPLICATION, role)) as raw:
        for statement in (f"UPDATE {table} SET unit = unit", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(wanted), raw.transaction():
                raw.execute(statement.encode())
            assert raw.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() != (0,)


def test_every_table_has_its_rights(database: Database) -> None:
    """What the server says the role may do is what `rights` lists, no more."""
    assert set(rights.CHANGES) | rights.DELETES <= set(metadata.tables)
    assert not (set(rights.CHANGES) | rights.DELETES) & set(triggers.APPEND_ONLY)
    asked = (
        "SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a, pg_roles r"
        " WHERE r.oid = a.grantee AND r.rolname = %s AND c.relkind = 'r'"
    )
    with psycopg.connect(database.url.replace("+psycopg", "")) as raw:
        given = set(raw.execute(asked, (APPLICATION,)).fetchall())
    wanted = {(name, right) for name in metadata.tables for right in rights.rights_on(name) if "(" not in right}
    assert given == wanted


def test_another_writer_of_the_unit_is_waited_for_and_then_said(database: Database) -> None:
    books, other = Books.open(database.url), Books.open(database.url, wait=0.05)
    with books.writing("0500001"):
        with pytest.raises(Locked, match="别人正在用"), other.writing("0500001"):
            pass
        with other.writing("~centre"):  # another unit is free
            pass
    for one in (books, other):
        one.close()


def test_a_reader_sees_one_moment_and_writes_nothing(database: Database) -> None:
    books, other = Books.open(database.url), Books.open(database.url)
    with other.reading() as tx:
        before = tx.connection.exec_driver_sql("SELECT count(*) FROM voucher").scalar_one()
        remit(books, months.of(2025, 4), day=date(2025, 4, 1))
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM voucher").scalar_one() == before
    with pytest.raises(FileError), other.reading() as tx:
        tx.connection.exec_driver_sql("DELETE FROM counter")
    for one in (books, other):
        one.close()


def test_who_is_not_let_in_is_told(postgres: Server, database: Database) -> None:
    for role, name in (("nobody", database.name), (APPLICATION, "no_such_books")):
        with pytest.raises(ConfigError, match="不让用户"):
            Books.open(postgres.books_url(role, name))
    with pytest.raises(ConfigError, match="不是 gjj 的账簿"):
        Books.open(postgres.database().url)
    with pytest.raises(FileError, match="没有回应"):
        Books.open("postgresql://u:secret@127.0.0.1:1/books")


def test_books_are_not_made_over_anything(database: Database) -> None:
    with pytest.raises(ConfigError, match="已经有账簿"):
        Books.create(database.url, "gjj test", database.owner)


def test_what_is_taken_back_may_be_taken_back_by_the_application(postgres: Server) -> None:
    """A month, then the 期初 itself, and both again: the register goes back with the rights of the application alone."""
    made = postgres.database()
    Books.create(made.url, "gjj test", made.owner).close()
    books = Books.open(made.url)
    bring_in(books, [unit()], PEOPLE)
    for generation in (1, 2):
        paid = remit(books, months.of(2025, 3))
        taken(books, ("0500001", paid.entries[0].entry_no))
        taken(books, ("0500001", paid.entries[0].entry_no - 1))
        assert verify(books).first_difference is None
        (again,) = bring_in(books, [unit(suspense_fen=200_000 + generation)], PEOPLE)
        assert again.refused is None and not again.already
        assert verify(books).first_difference is None
    books.close()
