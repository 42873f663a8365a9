"""Settings: flag, then environment, then the nearest gjj.toml upward, then the default, in one frozen value."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gjj_cli.errors import ConfigError, FileError, UsageError, reason

CONFIG_NAME = "gjj.toml"
AHEAD = timedelta(days=31)  # how far a business date may lie after today
WAIT_SECONDS = 5  # long enough for a colleague's post, short enough for a person

_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})")
_KEYS = ("db", "policy")


@dataclass(frozen=True)
class Settings:
    """What every command may need to know about how it was called.

    `db` is a database URL, for SQLite with an absolute path, or None where there are no books. `home` is the folder
    the books are in: vouchers, key and sample files go beside them. `policy_overlay` is gjj.toml's `policy` table,
    by month text. `token` is None where neither GJJ_TOKEN nor GJJ_TOKEN_FILE is set. `db_owner` (GJJ_DB_OWNER) is the URL
    of the PostgreSQL role that owns the tables; `init` and `db upgrade` use it, nothing else.
    """

    db: str | None = field(repr=False)  # may hold a password
    home: Path
    config_path: Path | None
    as_of: date
    as_of_given: bool = False
    quiet: bool = False
    verbose: bool = False
    log_format: str = "text"
    color: str = "auto"
    assume_yes: bool = False
    wait_seconds: int = WAIT_SECONDS
    token: str | None = field(default=None, repr=False)
    db_owner: str | None = field(default=None, repr=False)
    policy_overlay: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def sqlite_path(self) -> Path | None:
        """The file of the books when they are SQLite; None for another database or no books."""
        return _sqlite_path(self.db) if self.db else None

    def books(self) -> str:
        """The URL of books that are there. Raises ConfigError where none are named or the file is missing."""
        if self.db is None:
            raise ConfigError(
                "没有账簿，什么都没有办",
                facts=("从这个文件夹往上都没有 gjj.toml，也没有给 --db。",),
                remedies=("可以：在这里新建：gjj init", "或者指明：gjj --db 账簿地址，或设 GJJ_DB"),
            )
        path = _sqlite_path(self.db)
        if path is not None and not path.is_file():
            raise ConfigError(
                f"没有账簿文件 {path}，什么都没有办",
                remedies=("可以：新建：gjj init", "或者指明另一个：gjj --db 账簿地址，或设 GJJ_DB"),
            )
        return self.db


def load(flags: Mapping[str, Any], env: Mapping[str, str] = os.environ, folder: Path | None = None) -> Settings:
    """Resolve the settings of a run.

    `flags` holds only the common options that were given, by name (db, config, as_of, quiet, verbose, log_format,
    color, yes, wait); `folder` is the current one. Raises ConfigError for a gjj.toml that is named but missing or
    does not read, FileError for an unreadable token file, UsageError for a date that is none.
    """
    folder = (folder or Path.cwd()).resolve()
    config_path = _config_path(flags.get("config") or env.get("GJJ_CONFIG"), folder)
    config = _read(config_path) if config_path else {}
    given = flags.get("db") or env.get("GJJ_DB")
    db = url_of(given, folder) if given else None
    if db is None and config_path and "db" in config:
        db = url_of(config["db"], config_path.parent)
    as_of = flags.get("as_of")
    return Settings(
        db=db,
        home=_home(db, config_path, folder),
        config_path=config_path,
        as_of=_business_date(as_of) if as_of else date.today(),
        as_of_given=bool(as_of),
        quiet=flags.get("quiet", False),
        verbose=flags.get("verbose", False),
        log_format=flags.get("log_format", "text"),
        color=flags.get("color", "auto"),
        assume_yes=flags.get("yes", False),
        wait_seconds=flags.get("wait", WAIT_SECONDS),
        token=_token(env),
        db_owner=env.get("GJJ_DB_OWNER") or None,
        policy_overlay=config.get("policy", {}),
    )


def _business_date(text: str) -> date:
    """--as-of, refused far ahead of the calendar: what is posted then stops the unit until that day comes (E606)."""
    day = parse_date(text)
    if day > date.today() + AHEAD:
        raise UsageError(
            f"业务日期 {day} 比今天晚了一个月以上，什么都没有办",
            facts=("按这一天记了账，单位在那天以前就什么都不能再记。",),
            remedies=("改：核对 --as-of 的年份；电脑的日期不对就先改电脑的日期",),
        )
    return day


def parse_date(text: str) -> date:
    """2025-05-14, 2025/5/14, 20250514 or 2025年5月14日. Raises UsageError for anything else."""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day = (int(part) for part in match.groups() if part)
        return date(year, month, day)
    except ValueError:
        raise UsageError(f"--as-of 要写日期，不能是 {text}", remedies=("改：写成 2025-05-14 这样",)) from None


def _config_path(given: str | None, folder: Path) -> Path | None:
    """The named gjj.toml, or the nearest one from the folder upward, or None."""
    if not given:
        return next((parent / CONFIG_NAME for parent in (folder, *folder.parents) if _is_file(parent)), None)
    path = (folder / Path(given).expanduser()).resolve()
    if not path.is_file():
        raise ConfigError(f"没有配置文件 {path}", remedies=("改：核对 --config 或 GJJ_CONFIG 的路径",))
    return path


def _is_file(parent: Path) -> bool:
    try:
        return (parent / CONFIG_NAME).is_file()
    except OSError:  # a folder above that we may not look into
        return False


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        config = tomllib.loads(_decode(path.read_bytes()))
    except OSError as error:
        raise FileError(
            f"{path} 读不了", facts=(f"系统说：{reason(error)}。",), remedies=("改：看看文件的权限",)
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line ([0-9]+)", str(error))
        where = f"第 {line[1]} 行" if line else "有一处"
        raise ConfigError(f"{path} {where}写得不对", remedies=('改：文字要加双引号，例如 db = "gjj.db"',)) from None
    _check(config, path)
    return config


def _decode(data: bytes) -> str:
    """UTF-8, with or without the mark that Notepad writes, or what Notepad calls ANSI here."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _check(config: dict[str, Any], path: Path) -> None:
    for key in config:
        if key not in _KEYS:
            raise ConfigError(f"{path} 里不认识 {key}", remedies=('改：能写的是 db 和 [policy."2025-07"]',))
    if not isinstance(config.get("db", ""), str):
        raise ConfigError(f"{path} 里 db 写得不对", remedies=('改：写成 db = "gjj.db"',))
    policy = config.get("policy", {})
    if not isinstance(policy, dict) or not all(isinstance(table, dict) for table in policy.values()):
        raise ConfigError(f"{path} 里 policy 写得不对", remedies=("改：照 gjj help 政策 里的例子写",))


def url_of(text: str, folder: Path) -> str:
    """A database URL; a plain path is SQLite, and a relative one begins at the folder."""
    if "://" not in text:
        return f"sqlite:///{_absolute(text, folder)}"
    if text.startswith("sqlite:///") and text.removeprefix("sqlite:///") not in ("", ":memory:"):
        return f"sqlite:///{_absolute(text.removeprefix('sqlite:///'), folder)}"
    return text


def _absolute(text: str, folder: Path) -> str:
    return (folder / Path(text).expanduser()).resolve().as_posix()


def _sqlite_path(url: str) -> Path | None:
    path = url.removeprefix("sqlite:///")
    return Path(path) if path not in (url, "", ":memory:") else None


def _home(db: str | None, config_path: Path | None, folder: Path) -> Path:
    path = _sqlite_path(db) if db else None
    if path is not None:
        return path.parent
    return config_path.parent if config_path else folder


def _token(env: Mapping[str, str]) -> str | None:
    if env.get("GJJ_TOKEN"):
        return env["GJJ_TOKEN"].strip()
    name = env.get("GJJ_TOKEN_FILE")
    if not name:
        return None
    try:
        return Path(name).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise FileError(f"令牌文件 {name} 读不了", remedies=("改：核对 GJJ_TOKEN_FILE 的路径和权限",)) from None
