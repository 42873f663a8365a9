"""`gjj init`: new books in a folder, with their configuration, their seal key and the first session."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from gjj_cli import __version__, terminal
from gjj_cli.errors import ConfigError, FileError, reason
from gjj_cli.flows import session
from gjj_cli.paper import seal
from gjj_cli.settings import CONFIG_NAME, Settings
from gjj_cli.store import people, rights
from gjj_cli.store.engine import Books, Tx, set_setting, sqlite_url

BOOKS_NAME, KEY_NAME = "gjj.db", "gjj.key"
ADMIN = "admin"
_CONFIG = """# gjj 的配置。相对路径从这个文件所在的文件夹算起。
db = {db}

# 本地文件的真数填在这里，填了就按错算（见 gjj help 政策）：
# [policy."2025-07"]
# base_min = "1750.00"
# base_max = "26000.00"
# source = "文号"
"""


@dataclass(frozen=True)
class Initialised:
    """What `init` made; `db` is None where the books are in a database server, which `where` names.

    `by_rights`: the server lets the books' own user only add to the journal.
    """

    settings: Settings
    db: Path | None
    where: str
    key: Path
    config: Path
    solo: bool
    by_rights: bool


def init(settings: Settings, folder: Path, *, solo: bool = False) -> Initialised:
    """Create gjj.toml, gjj.db (or the tables in the database server of --db) and gjj.key; log the administrator in there.

    Raises ConfigError when one of them is there already: books are never overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key, config = folder / KEY_NAME, folder / CONFIG_NAME
    server = settings.db if settings.db and settings.sqlite_path is None else None
    db = None if server else folder / BOOKS_NAME
    for path in (db, config, key):
        if path is not None and path.exists():
            raise ConfigError(
                f"{terminal.here(path)} 已经有了，没有动它",
                remedies=("可以：直接用这本账簿：gjj todo", "或者换一个空文件夹再跑 gjj init"),
            )
    url = server or sqlite_url(folder / BOOKS_NAME)
    Books.create(url, __version__, settings.db_owner if server else None).close()
    books = Books.open(url, settings.wait_seconds)  # from here on as the user of the books, not as their owner
    try:

        def first(tx: Tx) -> bool:
            set_setting(tx, session.SOLO, "1" if solo else "0")
            people.add_user(tx, people.User(ADMIN, session.ADMIN, "管理员"))
            session.open_session(tx, ADMIN)
            return rights.hold(tx.connection)

        by_rights = books.write(first)
    finally:
        books.close()
    seal.new_key(key)
    _write(config, _CONFIG.format(db=json.dumps(server or BOOKS_NAME, ensure_ascii=False)))
    known = replace(settings, db=url, home=folder, config_path=config, token=None)
    return Initialised(known, db, books.where, key, config, solo, by_rights)


def _write(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FileError(
            f"{path} 写不了：{reason(error)}", remedies=("改：看看文件夹的权限和磁盘空间，再跑一次",)
        ) from error
