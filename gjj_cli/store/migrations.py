"""Schema versions, forwards only: each step is one module that takes books from the version before to its own.

A step never changes once it is released: books of every version come up through the same steps that new books do.
"""

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli.errors import ConfigError, Refused
from gjj_cli.store import citus, migration_0001, triggers
from gjj_cli.store.tables import metadata
from gjj_cli.store.tables_ledger import meta

Step = Callable[[Connection], None]  # inside the caller's transaction
STEPS: tuple[Step, ...] = (migration_0001.upgrade,)
VERSION = len(STEPS)


def version_of(connection: Connection) -> int:
    """The schema version of the books; 0 where there are none."""
    if not inspect(connection).has_table("meta"):
        return 0
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    return int(found) if found is not None else 0


def upgrade(connection: Connection) -> None:
    """Runs the steps that are still to be run, all inside the caller's transaction.

    Raises Refused, and the caller rolls back, when a step has lost a trigger or left a row without its parent:
    a table that is rebuilt loses its triggers without a word.
    """
    pending = STEPS[version_of(connection) :]
    if not pending:
        return
    citus.prepare(connection)
    for step in pending:
        step(connection)
    lost = triggers.missing(connection) + _orphans(connection)
    if lost:
        raise Refused(
            f"升级以后的账簿不完整（{lost[0]}），没有升级，账簿没有变",
            remedies=("改：把账簿文件另存一份，报告给我们",),
        )
    said = insert(meta).values(key="schema_version", value=str(VERSION))
    connection.execute(said.on_conflict_do_update(index_elements=["key"], set_={"value": str(VERSION)}))


def remove(connection: Connection) -> None:
    """Takes all tables away, and what their triggers call."""
    metadata.drop_all(connection)
    triggers.drop(connection)


def _orphans(connection: Connection) -> list[str]:
    """Tables with a row that refers to none: SQLite rebuilds a table with its foreign keys off, others never do."""
    if connection.dialect.name != "sqlite":
        return []
    return [f"{row[0]} 的外键" for row in connection.execute(text("PRAGMA foreign_key_check"))]


def check(connection: Connection, where: str, *, older: bool = False) -> None:
    """Raises ConfigError unless the database holds books of this program's version, or `older` ones if that will do."""
    version = version_of(connection)
    if version == 0:
        raise ConfigError(
            f"{where} 不是 gjj 的账簿", remedies=("改：核对 --db、GJJ_DB 或 gjj.toml 里的 db；新建账簿用 gjj init",)
        )
    if version > VERSION:
        raise ConfigError(
            f"{where} 是第 {version} 版的账簿，比这个程序（第 {VERSION} 版）新，没有打开",
            remedies=("改：换用新版的 gjj",),
        )
    if version < VERSION and not older:
        raise ConfigError(
            f"{where} 是第 {version} 版的账簿，这个程序要第 {VERSION} 版，没有打开，账簿没有变",
            remedies=("改：升级账簿，先自动备份：gjj db upgrade",),
        )
