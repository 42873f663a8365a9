"""The books as a database: opening, one write transaction, one read snapshot, and what the database refuses in words.

SQLite in this release; the statements are SQLAlchemy Core, written for PostgreSQL too.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from gjj_cli.errors import ConfigError, FileError, GjjError, Locked, reason
from gjj_cli.store import migrations
from gjj_cli.store.tables_ledger import meta, unit

PRAGMAS = ("synchronous=FULL", "trusted_schema=OFF", "cell_size_check=ON", "fullfsync=ON")
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
_LOCK = select(unit.c.unit).where(unit.c.unit == bindparam("of_unit")).with_for_update(nowait=True)
T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1  # seconds between two tries for the lock


@dataclass(frozen=True)
class Tx:
    """One transaction. `units` are those it may write (and has locked, in rising order); empty for a reader."""

    connection: Connection
    units: frozenset[str]

    def must_hold(self, *units: str) -> None:
        """Raises ValueError (our bug) when one of the units was not named to `Books.writing`."""
        if not self.units.issuperset(units):
            raise ValueError(f"units {units} are written in a transaction that locked {sorted(self.units)}")


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


class Books:
    """The books at a URL. `wait` is how many seconds a writer waits for the lock before Locked (exit 5)."""

    def __init__(self, engine: Engine, path: Path, wait: float) -> None:
        self._engine = engine
        self.path = path
        self.wait = wait

    @classmethod
    def create(cls, url: str, program: str) -> "Books":
        """New books. Raises ConfigError where there are some already, FileError when they cannot be written."""
        path = _path_of(url)
        _touch(path)
        books = cls(_engine_of(path), path, 0.0)
        try:
            with books.writing() as tx:
                if inspect(tx.connection).get_table_names():
                    raise ConfigError(
                        f"{path} 里已经有账簿或别的数据，没有动它", remedies=("可以：换一个文件夹，或者直接用这本账簿",)
                    )
                migrations.upgrade(tx.connection)
                set_setting(tx, "books_id", uuid4().hex)
                set_setting(tx, "created_with", program)
            _sync_folder(path.parent)
        except BaseException:
            books.close()
            raise
        return books

    @classmethod
    def open(cls, url: str, wait: float = 0.0, *, to_upgrade: bool = False) -> "Books":
        """Existing books. Raises ConfigError when they are missing, not books, or of another version than this program.

        `to_upgrade` opens older ones too, for `migrations.upgrade` only: SQLite rebuilds tables with foreign keys off.
        """
        path = _path_of(url)
        if not path.is_file():
            raise ConfigError(
                f"没有账簿 {path}", remedies=("改：核对 --db、GJJ_DB 或 gjj.toml 里的 db；新建账簿用 gjj init",)
            )
        books = cls(_engine_of(path, foreign_keys=not to_upgrade), path, wait)
        try:
            with books.reading() as tx:
                migrations.check(tx.connection, str(path), older=to_upgrade)
        except BaseException:
            books.close()
            raise
        return books

    @property
    def id(self) -> str:
        """What session files are keyed by: it stays with the books when they are moved."""
        with self.reading() as tx:
            return setting(tx, "books_id") or ""

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def writing(self, *units: str, dry_run: bool = False) -> Iterator[Tx]:
        """One transaction that holds the lock from its start, commits at the end and rolls back on any exception.

        `units` are all the units it writes, CENTRE too. A dry run goes the same way and is rolled back.
        Raises Locked after `wait` seconds, FileError when the disk refuses.
        """
        connection = self._begin(WRITE)
        try:
            with _refusals(self.path, "账簿没有变"):
                for name in sorted(set(units)):
                    connection.execute(_LOCK, {"of_unit": name})
                yield Tx(connection, frozenset(units))
            if not dry_run:
                with _refusals(self.path, "账簿是完整的；再跑同一条命令，只会记一次"):
                    connection.commit()
        finally:
            connection.close()  # rolls back what was not committed

    def write(self, work: Callable[[Tx], T], *units: str, dry_run: bool = False) -> T:
        """Does `work` in one transaction (`writing`) and returns what it gave, after COMMIT: the way every command writes.

        `work` may be done again from its start, so it must change nothing outside its transaction.
        """
        with self.writing(*units, dry_run=dry_run) as tx:
            return work(tx)

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """One snapshot of the books, for reading only: writing in it raises."""
        connection = self._begin(READ)
        try:
            with _refusals(self.path, "账簿没有变"):
                yield Tx(connection, frozenset())
        finally:
            connection.close()

    def _begin(self, begin: str) -> Connection:
        """A connection inside a transaction, tried again until `wait` seconds are over.

        A reader reads something at once, so that its snapshot begins here; one that turned writer would fail without
        waiting (WAL), which is why writers begin IMMEDIATE.
        """
        deadline = time.monotonic() + self.wait
        pause = _FIRST_PAUSE
        while True:
            connection: Connection | None = None
            try:
                connection = self._engine.connect().execution_options(gjj_begin=begin)
                if begin == READ:
                    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
                else:
                    connection.begin()
                return connection
            except DBAPIError as error:
                if connection is not None:
                    connection.close()
                refusal = _in_words(error, self.path, "账簿没有变")
                if refusal is None:
                    raise
                if not isinstance(refusal, Locked) or time.monotonic() >= deadline:
                    raise refusal from error
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 2, _LONGEST_PAUSE)


def setting(tx: Tx, name: str) -> str | None:
    """A value of `meta`, or None."""
    return tx.connection.scalar(select(meta.c.value).where(meta.c.key == name))


def set_setting(tx: Tx, name: str, value: str) -> None:
    tx.connection.execute(meta.delete().where(meta.c.key == name))
    tx.connection.execute(meta.insert().values(key=name, value=value))


def _path_of(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(
            f"账簿地址 {url} 看不懂", remedies=("改：写成 sqlite:////文件夹/gjj.db（绝对路径是四条斜线）",)
        ) from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ConfigError(
            f"账簿地址 {parsed.render_as_string()} 用不了：这一版的账簿是 SQLite 文件",
            remedies=("改：写成 sqlite:////文件夹/gjj.db（绝对路径是四条斜线）",),
        )
    return Path(parsed.database)


def _touch(path: Path) -> None:
    """Creates the file readable by its owner only, before SQLite would create it for everybody."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise FileError(
            f"账簿 {path} 建不了：{reason(error)}", remedies=("改：看看文件夹在不在、有没有权限，再跑一次",)
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _engine_of(path: Path, *, foreign_keys: bool = True) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # Python must not begin transactions by itself
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA foreign_keys={int(foreign_keys)}")
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        begin = connection.get_execution_options()["gjj_begin"]
        connection.exec_driver_sql(f"PRAGMA query_only={int(begin == READ)}")
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _refusals(path: Path, outcome: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        refusal = _in_words(error, path, outcome)
        if refusal is None:
            raise
        raise refusal from error


def _in_words(error: DBAPIError, path: Path, outcome: str) -> GjjError | None:
    """What the database's refusal means for the user; None for what can only be our bug."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Locked(
                f"别人正在用账簿 {path}，{outcome}", remedies=("可以：等一下再跑，或者加 --wait 60 让它自己等",)
            )
        case sqlite3.SQLITE_FULL:
            return FileError(f"磁盘满了，账簿 {path} 写不进去，{outcome}", remedies=("改：腾出空间，再跑同一条命令",))
        case sqlite3.SQLITE_IOERR:
            return FileError(
                f"账簿 {path} 读写出错（磁盘满、超出限额或磁盘坏了），{outcome}",
                remedies=("改：看看磁盘空间和限额，再跑同一条命令",),
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return FileError(f"账簿 {path} 打不开或者只能读，{outcome}", remedies=("改：看看文件和文件夹的权限",))
        case sqlite3.SQLITE_CORRUPT:
            return FileError(
                f"账簿 {path} 的文件坏了，{outcome}", remedies=("改：用备份恢复，再核对：gjj ledger verify",)
            )
        case sqlite3.SQLITE_NOTADB:
            return ConfigError(
                f"{path} 不是 gjj 的账簿", remedies=("改：核对 --db、GJJ_DB 或 gjj.toml 里的 db；新建账簿用 gjj init",)
            )
    return None
