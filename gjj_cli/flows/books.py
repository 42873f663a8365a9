"""`gjj init`: new books in a folder, with their configuration, their seal key and the first session."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from gjj_cli import __version__, terminal
from gjj_cli.errors import ConfigError, FileError, reason
from gjj_cli.flows import session
from gjj_cli.paper import seal
from gjj_cli.settings import CONFIG_NAME, Settings
from gjj_cli.store import people
from gjj_cli.store.engine import Books, Tx, set_setting, sqlite_url

BOOKS_NAME, KEY_NAME = "gjj.db", "gjj.key"
ADMIN = "admin"
_CONFIG = """# gjj 的配置。相对路径从这个文件所在的文件夹算起。
db = "{db}"

# 本地文件的真数填在这里，填了就按错算（见 gjj help 政策）：
# [policy."2025-07"]
# base_min = "1750.00"
# base_max = "26000.00"
# source = "文号"
"""


@dataclass(frozen=True)
class Initialised:
    """What `init` made."""

    settings: Settings
    db: Path
    key: Path
    config: Path
    solo: bool


def init(settings: Settings, folder: Path, *, solo: bool = False) -> Initialised:
    """Create gjj.toml, gjj.db and gjj.key in the folder and log the administrator in there.

    Raises ConfigError when one of them is there already: books are never overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    db, key, config = (folder / name for name in (BOOKS_NAME, KEY_NAME, CONFIG_NAME))
    for path in (db, config, key):
        if path.exists():
            raise ConfigError(
                f"{terminal.here(path)} 已经有了，没有动它",
                remedies=("可以：直接用这本账簿：gjj todo", "或者换一个空文件夹再跑 gjj init"),
            )
    books = Books.create(sqlite_url(db), __version__)
    try:

        def first(tx: Tx) -> None:
            set_setting(tx, session.SOLO, "1" if solo else "0")
            people.add_user(tx, people.User(ADMIN, session.ADMIN, "管理员"))
            session.open_session(tx, ADMIN)

        books.write(first)
    finally:
        books.close()
    seal.new_key(key)
    _write(config, _CONFIG.format(db=BOOKS_NAME))
    return Initialised(
        replace(settings, db=sqlite_url(db), home=folder, config_path=config, token=None), db, key, config, solo
    )


def _write(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FileError(
            f"{path} 写不了：{reason(error)}", remedies=("改：看看文件夹的权限和磁盘空间，再跑一次",)
        ) from error
