"""PostgreSQL behind the books: one server for many, its refusals told apart by SQLSTATE, never by text.

Reading is one snapshot (REPEATABLE READ), writing is READ COMMITTED under the units' row locks, taken without waiting.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, bindparam, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from gjj_cli.errors import ConfigError, FileError, GjjError
from gjj_cli.store import rights
from gjj_cli.store.database import UNCHANGED, Cut, Phase, Yielded
from gjj_cli.store.tables_ledger import unit

# What a URL may set otherwise (?connect_timeout=…): nobody waits for ever for a server or a network that is gone.
_CONNECTING: dict[str, Any] = {
    "connect_timeout": 10,  # seconds
    "tcp_user_timeout": 30_000,  # milliseconds until what is not acknowledged counts as cut
    "keepalives_idle": 30,  # seconds
    "application_name": "gjj",
    "client_encoding": "utf8",
}
_PING_SECONDS = 3
_READ = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_LOCK = select(unit.c.unit).where(unit.c.unit == bindparam("of_unit")).with_for_update(nowait=True)

_YIELDED = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialization failure
_GONE = ("57P01", "57P02", "57P03")  # shut down by hand, by a crash, or just starting
_NO_ROOM = ("53100", "53200", "53300", "53400", "58030")  # disk, memory, connections, a limit; input or output error
_ROTTEN = ("XX001", "XX002")


class Postgres:
    """The database at a URL. `owner` is the URL of the role that owns the tables, where that is another one."""

    def __init__(self, url: URL, owner: URL | None = None) -> None:
        self.path: Path | None = None
        self._url = _psycopg(owner or url)
        self._application = _psycopg(url) if owner else None
        connecting = {name: value for name, value in _CONNECTING.items() if name not in self._url.query}
        self.engine = create_engine(self._url, connect_args=connecting)
        _, told = self.engine.dialect.create_connect_args(self._url)
        self._at = {name: told[name] for name in ("host", "port") if name in told}  # there may be several
        port = f":{self._at['port']}" if "port" in self._at else ""
        self.where = f"{self._at.get('host', '本机')}{port}/{self._url.database}"
        event.listen(self.engine, "connect", _connected)

    def prepare(self) -> None:
        """The database itself is made by who runs the server; ours are the tables in it."""
        try:
            with self.begin(write=False) as connection:
                encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        except DBAPIError as error:
            raise self.refusal(error, Phase.WORK) or error from error
        if encoding != "UTF8":
            raise ConfigError(
                f"数据库 {self.where} 的编码是 {encoding}，放不下中文，没有建账簿",
                remedies=("改：用 UTF8 编码另建一个数据库：createdb --encoding UTF8 --template template0 名字",),
            )

    def settle(self, connection: Connection) -> None:
        """Gives the application's role its rights, having seen that it is let in: else nothing is made."""
        if self._application is None:
            return
        application = Postgres(self._application)
        try:
            with application.begin(write=False) as asking:
                role = _role(asking)
        except DBAPIError as error:
            raise application.refusal(error, Phase.WORK) or error from error
        finally:
            application.engine.dispose()
        if role != _role(connection):
            rights.grant(connection, role)

    def made(self) -> None:
        """A commit is on the server's disk already."""

    def must_exist(self) -> None:
        """Whether there are books is seen by reading their version."""

    def upgrading(self) -> None:
        """The owner may change tables, foreign keys or not."""

    def begin(self, *, write: bool) -> Connection:
        """A reader says so by a statement: as a property of the connection it would be taken back by BEGIN READ WRITE,
        which a hot standby refuses."""
        connection = self._let_in()
        try:
            if not write:
                connection.exec_driver_sql(_READ)
        except BaseException:
            connection.close()
            raise
        return connection

    def _let_in(self) -> Connection:
        """A connection. One that was cut while it came about looks like one that was refused; only the refusal is said
        again."""
        try:
            return self.engine.connect()
        except DBAPIError:
            if not self._answers():
                raise
        return self.engine.connect()

    def lock(self, connection: Connection, units: Sequence[str]) -> None:
        """One statement a unit, each about one shard where the books are distributed."""
        for name in units:
            connection.execute(_LOCK, {"of_unit": name})

    def refusal(self, error: DBAPIError, phase: Phase) -> GjjError | None:
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state and not error.connection_invalidated and isinstance(error.orig, psycopg.OperationalError):
            # No connection came about, and libpq does not say by which SQLSTATE.
            return self._not_let_in() if self._answers() else self._cut(phase)
        if error.connection_invalidated or state.startswith("08") or state in _GONE:
            return self._cut(phase)
        if phase is Phase.COMMIT and state == "XX000":  # Citus: a worker did not commit
            return Cut(self._unknown.what, remedies=self._unknown.remedies)
        if state in _YIELDED:
            return Yielded(
                f"别人正在用账簿 {self.where} 里的这个单位，{UNCHANGED}",
                remedies=("可以：等一下再跑，或者加 --wait 60 让它自己等",),
            )
        if state in _NO_ROOM:
            return FileError(
                f"数据库服务器 {self.where} 没有空间、内存或连接了，{UNCHANGED}",
                remedies=("改：请管服务器的人看看，再跑同一条命令",),
            )
        if state == "57014":
            return FileError(
                f"数据库服务器 {self.where} 叫停了这一步（超时或者管理员取消），{UNCHANGED}",
                remedies=("改：再跑同一条命令；还是停，请管服务器的人看看 statement_timeout",),
            )
        if state == "25006":
            return FileError(
                f"数据库 {self.where} 现在只能读（备机？），{UNCHANGED}", remedies=("改：核对 --db，连到能写的主机",)
            )
        if state in _ROTTEN:
            return FileError(
                f"数据库 {self.where} 的文件坏了，{UNCHANGED}",
                remedies=("改：用备份恢复，再核对：gjj ledger verify",),
            )
        return self._not_allowed() if state in ("42501", "42704") else None

    def _not_let_in(self) -> ConfigError:
        return ConfigError(
            f"数据库 {self.where} 不让用户 {self._user} 进来，{UNCHANGED}",
            remedies=(
                "改：核对 --db（建账簿时还有 GJJ_DB_OWNER）里的用户、口令和数据库名",
                "可以：服务器的连接满了也是这样：等一下再跑",
            ),
        )

    def _not_allowed(self) -> ConfigError:
        return ConfigError(
            f"用户 {self._user} 在数据库 {self.where} 里没有权限，{UNCHANGED}",
            remedies=(
                "改：建账簿要用数据库的主人：设 GJJ_DB_OWNER，再跑 gjj init",
                "改：账簿已经有了，就用建账簿时 --db 里的那个用户",
            ),
        )

    @property
    def _user(self) -> str:
        return self._url.username or "（没有写）"

    @property
    def _unknown(self) -> FileError:
        """Whether a COMMIT took place that got no answer."""
        return FileError(
            f"和数据库 {self.where} 的连接断了，不知道这一笔记上没有；账簿是完整的",
            remedies=("改：再跑同一条命令：记上了的不会再记一次",),
        )

    def _cut(self, phase: Phase) -> GjjError:
        if phase is Phase.COMMIT:
            return self._unknown
        if self._answers():  # so it was us whom it did not want
            return Cut(f"和数据库 {self.where} 的连接断了，{UNCHANGED}", remedies=("改：再跑同一条命令",))
        return Cut(
            f"数据库服务器 {self.where} 没有回应，{UNCHANGED}",
            remedies=("改：核对 --db 里的主机和端口，看看服务器在不在，再跑同一条命令",),
        )

    def _answers(self) -> bool:
        """Whether the server takes connections at all, whoever asks."""
        asked = make_conninfo(**self._at, connect_timeout=_PING_SECONDS)
        return psycopg.pq.PGconn.ping(asked.encode()) == psycopg.pq.Ping.OK


def _psycopg(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg")


def _role(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT current_user").scalar_one())


def _connected(connection: "psycopg.Connection[Any]", _record: Any) -> None:
    """Every commit is on the disk before it is acknowledged, whatever the server's default is."""
    if connection.execute("SHOW synchronous_commit").fetchone() == ("off",):
        connection.execute("SET synchronous_commit TO on")
    connection.commit()
