"""Who is at the keyboard: a token from the environment, else the session file of these books."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gjj_cli.errors import Forbidden, Refused, UsageError
from gjj_cli.settings import Settings
from gjj_cli.store import frames, people
from gjj_cli.store.engine import Books, Tx, setting
from gjj_cli.store.people import User

SOLO = "solo"
ADMIN, AGENT, FIRST, SECOND = "admin", "agent", "first", "second"
ROLE_LABEL = {ADMIN: "管理员", AGENT: "经办人", FIRST: "初审", SECOND: "复核"}


@dataclass(frozen=True)
class Actor:
    """The user of this run, and whether the books are one person's (`solo`: no separate review)."""

    user: User
    solo: bool

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def sees_all(self) -> bool:
        """Administrators and reviewers see every unit; a 经办人 only the own ones."""
        return self.user.role != AGENT

    def may_see(self, unit: str) -> bool:
        return self.sees_all or unit in self.user.units

    def must_see(self, unit: str) -> None:
        """Raises Forbidden (E401, exit 7) for a unit that is not this user's."""
        if not self.may_see(unit):
            raise Forbidden(f"单位 {unit} 不归您管，没有办，账簿没有变", code="E401", remedies=("改：核对单位账号",))

    def must_be(self, *roles: str, what: str) -> None:
        """Raises Forbidden (exit 7) unless the user has one of the roles; in solo books the one person has them all."""
        if self.user.role not in roles and not self.solo:
            wanted = "或".join(ROLE_LABEL[role] for role in roles)
            raise Forbidden(
                f"{what}要{wanted}来办，您是{ROLE_LABEL[self.user.role]}；什么都没有变",
                remedies=(f"可以：请{wanted}办理",),
            )


def now() -> str:
    """The wall clock as ISO text with the local offset, to the second."""
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


def actor(tx: Tx, settings: Settings) -> Actor:
    """Who this run is. A token wins over a session. Raises Forbidden (exit 7) when nobody is logged in."""
    secret = settings.token or _session(tx)
    user = people.user_of_token(tx, secret, datetime.now(UTC).astimezone().date().isoformat()) if secret else None
    if user is not None:
        return Actor(user, setting(tx, SOLO) == "1")
    if settings.token:
        raise Forbidden(
            "令牌不对或者过期了，什么都没有变", remedies=("改：换一个令牌，放在环境变量 GJJ_TOKEN 里，再跑同一条命令",)
        )
    raise Forbidden(
        "还没有登录这本账簿，什么都没有变", remedies=("可以：把令牌放在环境变量 GJJ_TOKEN 或 GJJ_TOKEN_FILE 里",)
    )


def open_session(tx: Tx, name: str) -> Path:
    """Log a user in on this machine: a session without end, its secret in a file of mode 0600."""
    path = _session_path(setting(tx, "books_id") or "")
    secret = people.new_token(tx, name, "session", now(), None)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    return path


def _session(tx: Tx) -> str | None:
    path = _session_path(setting(tx, "books_id") or "")
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:  # nobody has logged in here
        return None


def _session_path(books_id: str) -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "gjj" / "sessions" / books_id


def open_books(settings: Settings) -> Books:
    """The books of this run. Raises ConfigError (exit 3) without any."""
    return Books.open(settings.books(), settings.wait_seconds)


@contextmanager
def opened(settings: Settings) -> Iterator[Books]:
    """The books of this run, closed at the end. Raises ConfigError (exit 3) without any."""
    books = open_books(settings)
    try:
        yield books
    finally:
        books.close()


@contextmanager
def reading(settings: Settings) -> Iterator[tuple[Tx, Actor]]:
    """One snapshot of the books and who is looking. Raises ConfigError without books, Forbidden without a login."""
    with opened(settings) as books, books.reading() as tx:
        yield tx, actor(tx, settings)


def units_of(tx: Tx, who: Actor) -> list[str]:
    """The units this user works for, in order; the custody unit is nobody's to work for."""
    table = frames.units(tx)
    names: list[str] = table.filter(table["custody"] == 0)["unit"].to_list()
    return [name for name in names if who.may_see(name)]


def unit_for(tx: Tx, who: Actor, given: str | None) -> str:
    """The unit of a command: `--unit`, else the user's only one. Raises UsageError (exit 2), Forbidden or Refused."""
    if given is not None:
        who.must_see(given)
        if frames.units(tx, [given]).is_empty():
            what = f"账簿里没有单位 {given}，什么都没有变"
            raise Refused(what, code="E401", remedies=("改：核对单位账号，再跑同一条命令",))
        return given
    mine = units_of(tx, who)
    if len(mine) == 1:
        return mine[0]
    raise UsageError(
        f"您有 {len(mine)} 个单位，要说明是哪一个" if mine else "账簿里还没有您的单位",
        remedies=(f"改：加 --unit {mine[0]}",) if mine else ("可以：导入单位：gjj unit import 建账.xlsx",),
    )


@dataclass(frozen=True)
class Seen:
    """The books as far as this run may read them; without a login there is no `tx`."""

    tx: Tx | None
    who: Actor | None
    only_unit: str | None


@contextmanager
def perhaps_reading(settings: Settings) -> Iterator[Seen]:
    """The books for reading where somebody is logged in; where nobody is, nothing is refused.

    Books that cannot be opened are refused all the same (ConfigError), and so is a token that is wrong.
    """
    with opened(settings) as books, books.reading() as tx:
        yield _seen(tx, settings)


def _seen(tx: Tx, settings: Settings) -> Seen:
    try:
        who = actor(tx, settings)
    except Forbidden:
        if settings.token:
            raise
        return Seen(None, None, None)
    mine = units_of(tx, who)
    return Seen(tx, who, mine[0] if len(mine) == 1 else None)
