"""PostgreSQL behind the books: one server for many, its refusals told apart by SQLSTATE, never by text.

Reading is one snapshot (REPEATABLE READ), writing is READ COMMITTED under the units' row locks, taken without waiting.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, bindparam, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from gjj_cli.errors import ConfigError, FileError, GjjError, Locked
from gjj_cli.store import rights
from gjj_cli.store.database import Cut, Phase
from gjj_cli.store.tables_ledger import unit

SECONDS_TO_CONNECT = 10
_LOCK = select(unit.c.unit).where(unit.c.unit == bindparam("of_unit")).with_for_update(nowait=True)

_HELD = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialization failure
_GONE = ("57P01", "57P02", "57P03")  # shut down by hand, by a crash, or just starting
_NO_ROOM = ("53100", "53200", "53300", "53400", "58030")  # disk, memory, connections, a limit; input or output error
_ROTTEN = ("XX001", "XX002")


class Postgres:
    """The database at a URL. `owner` is the URL of the role that owns the tables, where that is another one."""

    def __init__(self, url: URL, owner: URL | None = None) -> None:
        self.path: Path | None = None
        self._application = url.username
        self._url = owner or url
        port = f":{url.port}" if url.port else ""
        self.where = f"{url.host or '本机'}{port}/{url.database}"
        self.engine = create_engine(
            self._url, connect_args={"connect_timeout": SECONDS_TO_CONNECT, "application_name": "gjj"}
        )
        event.listen(self.engine, "connect", _connected)

    def prepare(self) -> None:
        """The database itself is made by who runs the server; ours are the tables in it."""
        with self.begin(write=False) as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise ConfigError(
                f"数据库 {self.where} 的编码是 {encoding}，放不下中文，没有建账簿",
                remedies=("改：用 UTF8 编码另建一个数据库：createdb --encoding UTF8 --template template0 名字",),
            )

    def settle(self, connection: Connection) -> None:
        if self._application and self._application != self._url.username:
            rights.grant(connection, self._application)

    def made(self) -> None:
        """A commit is on the server's disk already."""

    def must_exist(self) -> None:
        """Whether there are books is seen by reading their version."""

    def begin(self, *, write: bool) -> Connection:
        connection = self.engine.connect()
        if not write:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return connection

    def lock(self, connection: Connection, units: Sequence[str]) -> None:
        for name in units:
            connection.execute(_LOCK, {"of_unit": name})

    def refusal(self, error: DBAPIError, phase: Phase) -> GjjError | None:
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state and not error.connection_invalidated and isinstance(error.orig, psycopg.OperationalError):
            return self._not_let_in() if self._answers() else self._cut(phase)  # no connection came about
        if error.connection_invalidated or state.startswith("08") or state in _GONE:
            return self._cut(phase)
        if phase is Phase.COMMIT and state == "XX000":  # Citus: could not commit on a worker
            return self._cut(phase)
        if state in _HELD:
            return Locked(
                f"别人正在用账簿 {self.where} 里的这个单位，{phase.value}",
                remedies=("可以：等一下再跑，或者加 --wait 60 让它自己等",),
            )
        if state in _NO_ROOM:
            return FileError(
                f"数据库服务器 {self.where} 没有空间、内存或连接了，{phase.value}",
                remedies=("改：请管服务器的人看看，再跑同一条命令",),
            )
        if state == "25006":
            return FileError(
                f"数据库 {self.where} 现在只能读（备机？），{phase.value}", remedies=("改：核对 --db，连到能写的主机",)
            )
        if state in _ROTTEN:
            return FileError(
                f"数据库 {self.where} 的文件坏了，{phase.value}",
                remedies=("改：用备份恢复，再核对：gjj ledger verify",),
            )
        if state[:2] == "28" or state in ("3D000", "42501"):
            return self._not_let_in()
        return None

    def _not_let_in(self) -> ConfigError:
        return ConfigError(
            f"数据库 {self.where} 不让用户 {self._url.username} 连接或者操作，账簿没有变",
            remedies=(
                "改：核对 --db 里的用户、口令和数据库名",
                "表的权限由 gjj init 和 gjj db upgrade 给（要设 GJJ_DB_OWNER）",
            ),
        )

    def _cut(self, phase: Phase) -> GjjError:
        if phase is Phase.COMMIT:
            return FileError(
                f"和数据库 {self.where} 的连接断了，不知道这一笔记上没有；账簿是完整的",
                remedies=("改：再跑同一条命令：记上了的不会再记一次",),
            )
        if self._answers():  # so it was us whom it did not want
            return Cut(f"和数据库 {self.where} 的连接断了，{phase.value}", remedies=("改：再跑同一条命令",))
        return Cut(
            f"数据库服务器 {self.where} 没有回应，{phase.value}",
            remedies=("改：核对 --db 里的主机和端口，看看服务器在不在，再跑同一条命令",),
        )

    def _answers(self) -> bool:
        """Whether the server takes connections at all, whoever asks."""
        asked = " ".join(
            f"{name}={value}" for name, value in (("host", self._url.host), ("port", self._url.port)) if value
        )
        return psycopg.pq.PGconn.ping(asked.encode()) == psycopg.pq.Ping.OK


def _connected(connection: "psycopg.Connection[Any]", _record: Any) -> None:
    """Every commit is on the disk before it is acknowledged, whatever the server's default is."""
    if connection.execute("SHOW synchronous_commit").fetchone() == ("off",):
        connection.execute("SET synchronous_commit TO on")
    connection.commit()
