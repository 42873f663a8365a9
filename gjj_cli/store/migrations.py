"""Schema versions, forwards only: each step is one module that takes books from the version before to its own."""

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli.errors import ConfigError
from gjj_cli.store import migration_0001
from gjj_cli.store.tables_ledger import meta

STEPS: tuple[Callable[[Connection], None], ...] = (migration_0001.upgrade,)
VERSION = len(STEPS)


def version_of(connection: Connection) -> int:
    """The schema version of the books; 0 where there are none."""
    if not inspect(connection).has_table("meta"):
        return 0
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    return int(found) if found is not None else 0


def upgrade(connection: Connection) -> None:
    """Runs the steps that are still to be run, all inside the caller's transaction."""
    for step in STEPS[version_of(connection) :]:
        step(connection)
    said = insert(meta).values(key="schema_version", value=str(VERSION))
    connection.execute(said.on_conflict_do_update(index_elements=["key"], set_={"value": str(VERSION)}))


def check(connection: Connection, where: str) -> None:
    """Raises ConfigError unless the database holds books of exactly this program's version."""
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
