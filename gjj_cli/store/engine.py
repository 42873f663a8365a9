"""The books as a database: opening them, one write transaction or one snapshot at a time.

What differs between SQLite and PostgreSQL is behind `database.Database`; the statements are the same for both.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import URL, Connection, inspect, make_url, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too
from sqlalchemy.exc import ArgumentError, DBAPIError

from gjj_cli.errors import ConfigError, FileError, Locked
from gjj_cli.store import migrations
from gjj_cli.store.database import Cut, Database, Phase, Yielded
from gjj_cli.store.sqlite import Sqlite, url_of
from gjj_cli.store.tables_ledger import meta

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1  # seconds between two tries for the lock
_PAUSES_BEFORE_AGAIN = (0.1, 0.4, 1.5)  # seconds before a whole post is done again, each once


@dataclass(frozen=True)
class Tx:
    """One transaction. `units` are those it may write (and has locked, in rising order); empty for a reader."""

    connection: Connection
    units: frozenset[str]

    def must_hold(self, *units: str) -> None:
        """Raises ValueError (our bug) when one of the units was not named to `Books.write`."""
        if not self.units.issuperset(units):
            raise ValueError(f"units {units} are written in a transaction that locked {sorted(self.units)}")


def sqlite_url(path: Path) -> str:
    return url_of(path)


class Books:
    """The books in a database. `wait` is how many seconds a writer waits for a lock before Locked (exit 5)."""

    def __init__(self, database: Database, wait: float) -> None:
        self._database = database
        self.wait = wait

    @classmethod
    def create(
        cls, url: str, program: str, owner: str | None = None, fill: Callable[["Tx"], None] | None = None
    ) -> "Books":
        """New books. `owner` is the URL of the role that is to own the tables, where the application's role is not;
        `fill` puts what other books hold into them, in the same transaction.

        Raises ConfigError where there are some already, FileError when they cannot be written.
        """
        database = database_of(url, owner)
        books = cls(database, 0.0)

        def make(tx: Tx) -> None:
            if inspect(tx.connection).get_table_names():
                raise ConfigError(
                    f"{books.where} 里已经有账簿或别的数据，没有动它",
                    remedies=("可以：换一个文件夹，或者直接用这本账簿",),
                )
            migrations.upgrade(tx.connection)
            if fill is None:
                set_setting(tx, "books_id", uuid4().hex)
                set_setting(tx, "created_with", program)
            else:
                fill(tx)
            database.settle(tx.connection)

        try:
            database.prepare()
            books.write(make)
            database.made()
        except BaseException:
            books.close()
            raise
        return books

    @classmethod
    def remove(cls, url: str, owner: str | None = None) -> None:
        """Takes away the tables of books on a server that were made just now and are not to be."""
        books = cls(database_of(url, owner), 0.0)
        try:
            books.write(lambda tx: migrations.remove(tx.connection))
        finally:
            books.close()

    @classmethod
    def open(cls, url: str, wait: float = 0.0) -> "Books":
        """Existing books. Raises ConfigError when they are missing, not books, or of another version than this program."""
        return cls._opened(database_of(url), wait)

    @classmethod
    def open_to_upgrade(cls, url: str, wait: float = 0.0, owner: str | None = None) -> "Books":
        """Existing books of this version or an older one, for `bring_up`; `owner` is the URL of the tables' owner."""
        database = database_of(url, owner)
        database.upgrading()
        return cls._opened(database, wait, older=True)

    @classmethod
    def _opened(cls, database: Database, wait: float, *, older: bool = False) -> "Books":
        database.must_exist()
        books = cls(database, wait)
        try:
            with books.reading() as tx:
                migrations.check(tx.connection, books.where, older=older)
        except BaseException:
            books.close()
            raise
        return books

    def bring_up(self, tx: Tx) -> None:
        """Runs the migrations that are still to be run. Raises Refused when they would leave the books less whole."""
        migrations.upgrade(tx.connection)
        self._database.settle(tx.connection)

    @property
    def path(self) -> Path | None:
        """The file of SQLite books, None for a server."""
        return self._database.path

    @property
    def where(self) -> str:
        """The books as messages name them."""
        return self._database.where

    @property
    def id(self) -> str:
        """What session files are keyed by: it stays with the books when they are moved."""
        with self.reading() as tx:
            return setting(tx, "books_id") or ""

    def close(self) -> None:
        self._database.engine.dispose()

    def write(self, work: Callable[[Tx], T], *units: str, dry_run: bool = False) -> T:
        """Does `work` in one transaction (`writing`) and returns what it gave, after COMMIT: the way every command
        writes.

        Cut off before COMMIT, or sent back by the server for another's sake (a deadlock), the whole is done again, a
        few times, so `work` must change nothing outside its transaction. Where the connection is lost during COMMIT
        nobody knows: FileError, and the rerun is answered by the post key.
        """
        for pause in _PAUSES_BEFORE_AGAIN:
            try:
                with self.writing(*units, dry_run=dry_run) as tx:
                    return work(tx)
            except (Cut, Yielded):
                time.sleep(pause * random.uniform(0.5, 1))
        with self.writing(*units, dry_run=dry_run) as tx:
            return work(tx)

    @contextmanager
    def writing(self, *units: str, dry_run: bool = False) -> Iterator[Tx]:
        """One transaction that holds the units from its start, commits at the end and rolls back on any exception.

        `units` are all the units it writes, CENTRE too. A dry run goes the same way and is rolled back.
        Raises Locked after `wait` seconds, FileError when the disk or the server refuses.
        """
        held = tuple(sorted(set(units)))
        connection = self._begin(write=True, units=held)
        try:
            with self._refusals(Phase.WORK):
                yield Tx(connection, frozenset(held))
            if not dry_run:
                with self._refusals(Phase.COMMIT):
                    connection.commit()
        finally:
            _let_go(connection)

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """One snapshot of the books, for reading only: writing in it raises."""
        connection = self._begin(write=False)
        try:
            with self._refusals(Phase.WORK):
                yield Tx(connection, frozenset())
        finally:
            _let_go(connection)

    def _begin(self, *, write: bool, units: tuple[str, ...] = ()) -> Connection:
        """A connection inside a transaction that holds the units, tried again until `wait` seconds are over, and once at
        any rate: a connection kept from before may have been cut meanwhile.

        Raises plain Locked or FileError then: what has been waited for here, `write` does not begin again.
        """
        deadline = time.monotonic() + self.wait
        pause, again = _FIRST_PAUSE, False
        while True:
            try:
                with self._refusals(Phase.WORK):
                    return self._begun(write, units)
            except (Yielded, Cut) as refusal:
                if again and time.monotonic() >= deadline:
                    plain = FileError if isinstance(refusal, Cut) else Locked
                    raise plain(refusal.what, remedies=refusal.remedies) from refusal
            except UnicodeDecodeError as error:  # SQLite quotes a broken schema, and the driver cannot say it
                raise FileError(
                    f"账簿 {self.where} 的文件坏了，账簿没有变", remedies=("改：用备份恢复：gjj db restore 备份文件",)
                ) from error
            time.sleep(pause * random.uniform(0.5, 1))
            pause, again = min(pause * 2, _LONGEST_PAUSE), True

    def _begun(self, write: bool, units: tuple[str, ...]) -> Connection:
        connection = self._database.begin(write=write)
        try:
            self._database.lock(connection, units)
        except BaseException:
            _let_go(connection)
            raise
        return connection

    @contextmanager
    def _refusals(self, phase: Phase) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            refusal = self._database.refusal(error, phase)
            if refusal is None:
                raise
            raise refusal from error


def _let_go(connection: Connection) -> None:
    """Rolls back what was not committed. A connection that is gone has nothing to roll back any more, and what is to
    be said about that has been said by the statement that failed."""
    gone = connection.closed or connection.invalidated
    driver = None if gone else connection.connection.dbapi_connection
    try:
        connection.close()
    except DBAPIError:
        if driver is not None:  # not back in the pool, so it is ours to close
            driver.close()


def setting(tx: Tx, name: str) -> str | None:
    """A value of `meta`, or None."""
    return tx.connection.scalar(select(meta.c.value).where(meta.c.key == name))


def set_setting(tx: Tx, name: str, value: str) -> None:
    tx.connection.execute(
        insert(meta).values(key=name, value=value).on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )


def database_of(url: str, owner: str | None = None) -> Database:
    """The database at a URL. Raises ConfigError for a URL that names none of ours."""
    parsed = _parsed(url, "账簿地址")
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:":
        return Sqlite(Path(parsed.database))
    if parsed.drivername in _POSTGRES and parsed.database:
        from gjj_cli.store.postgres import Postgres  # psycopg is loaded where it is used

        return Postgres(parsed, _owner(owner) if owner else None)
    raise ConfigError(f"账簿地址用不了：{parsed.drivername}", remedies=_URLS)


def _owner(url: str) -> URL:
    parsed = _parsed(url, "GJJ_DB_OWNER")
    if parsed.drivername not in _POSTGRES or not parsed.database:
        raise ConfigError(f"GJJ_DB_OWNER 用不了：{parsed.drivername}", remedies=_URLS[1:])
    return parsed


def _parsed(url: str, name: str) -> URL:
    """A URL's parts. Nothing of one that does not read is repeated: there may be a password in it."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"{name}看不懂（没有显示，里面可能有口令）", remedies=_URLS) from None


_POSTGRES = ("postgresql", "postgresql+psycopg")


_URLS = (
    "改：文件写成 sqlite:////文件夹/gjj.db（绝对路径是四条斜线）",
    "改：服务器写成 postgresql+psycopg://用户@主机/数据库",
)
