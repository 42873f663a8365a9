"""SQLite behind the books: one file, WAL, every commit on the disk before it is acknowledged."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from gjj_cli.errors import ConfigError, FileError, GjjError, reason
from gjj_cli.store.database import Phase, Yielded

PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON", "fullfsync=ON")
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"


def url_of(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


class Sqlite:
    """The database in a file."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._path = path
        self.where = str(path)
        self.engine = create_engine(f"sqlite:///{path}", creator=self._connect)
        event.listen(self.engine, "connect", _connected)
        event.listen(self.engine, "begin", _begun)

    def _connect(self) -> sqlite3.Connection:
        """For reading only where the file or its folder may not be written: else SQLite would want to make its -wal
        there before it reads a byte. Without a -wal nobody is writing, and it need not look for one."""
        if os.access(self._path, os.W_OK) and os.access(self._path.parent, os.W_OK):
            return sqlite3.connect(self._path, timeout=0, check_same_thread=False)
        alone = "" if self._path.with_name(self._path.name + "-wal").exists() else "&immutable=1"
        uri = f"{self._path.absolute().as_uri()}?mode=ro{alone}"
        return sqlite3.connect(uri, uri=True, timeout=0, check_same_thread=False)

    def prepare(self) -> None:
        """Creates the file readable by its owner only, before SQLite would create it for everybody."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise FileError(
                f"账簿 {self._path} 建不了：{reason(error)}", remedies=("改：看看文件夹在不在、有没有权限，再跑一次",)
            ) from error

    def settle(self, connection: Connection) -> None:
        """A file has no users."""

    def made(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def must_exist(self) -> None:
        if not self._path.is_file():
            raise ConfigError(
                f"没有账簿 {self._path}", remedies=("改：核对 --db、GJJ_DB 或 gjj.toml 里的 db；新建账簿用 gjj init",)
            )

    def upgrading(self) -> None:
        """A table is rebuilt with foreign keys off, which no transaction can do once it has begun."""
        event.listen(self.engine, "connect", _without_foreign_keys)

    def begin(self, *, write: bool) -> Connection:
        """A reader reads something at once, so that its snapshot begins here; one that turned writer would fail without
        waiting (WAL), which is why writers begin IMMEDIATE."""
        connection = self.engine.connect().execution_options(gjj_begin=WRITE if write else READ)
        try:
            if write:
                connection.begin()
            else:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        except BaseException:
            connection.close()
            raise
        return connection

    def lock(self, connection: Connection, units: Sequence[str]) -> None:
        """BEGIN IMMEDIATE has taken the whole file."""

    def refusal(self, error: DBAPIError, phase: Phase) -> GjjError | None:
        where, outcome = self.where, phase.value
        match getattr(error.orig, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return Yielded(
                    f"别人正在用账簿 {where}，{outcome}", remedies=("可以：等一下再跑，或者加 --wait 60 让它自己等",)
                )
            case sqlite3.SQLITE_FULL:
                return FileError(
                    f"磁盘满了，账簿 {where} 写不进去，{outcome}", remedies=("改：腾出空间，再跑同一条命令",)
                )
            case sqlite3.SQLITE_IOERR:
                return FileError(
                    f"账簿 {where} 读写出错（磁盘满、超出限额或磁盘坏了），{outcome}",
                    remedies=("改：看看磁盘空间和限额，再跑同一条命令",),
                )
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                return FileError(f"账簿 {where} 打不开或者只能读，{outcome}", remedies=("改：看看文件和文件夹的权限",))
            case sqlite3.SQLITE_CORRUPT:
                return FileError(
                    f"账簿 {where} 的文件坏了，{outcome}", remedies=("改：用备份恢复，再核对：gjj ledger verify",)
                )
            case sqlite3.SQLITE_NOTADB:
                return ConfigError(
                    f"{where} 不是 gjj 的账簿",
                    remedies=("改：核对 --db、GJJ_DB 或 gjj.toml 里的 db；新建账簿用 gjj init",),
                )
        return None


def _connected(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # Python must not begin transactions by itself
    connection.execute("PRAGMA journal_mode=WAL")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _without_foreign_keys(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _begun(connection: Connection) -> None:
    begin = connection.get_execution_options()["gjj_begin"]
    kept = connection.connection.info  # of the driver's connection, which serves many transactions
    if kept.get("begins") != begin:
        connection.exec_driver_sql(f"PRAGMA query_only={int(begin == READ)}")
        kept["begins"] = begin
    connection.exec_driver_sql(begin)
