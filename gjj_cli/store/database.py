"""What the books need of a database, and how SQLite and PostgreSQL say no in one language."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gjj_cli.errors import FileError, GjjError, Locked

UNCHANGED = "账簿没有变"


class Phase(Enum):
    """What was being done when the database refused: only of a commit can nobody say whether it happened."""

    WORK = UNCHANGED
    COMMIT = "账簿是完整的；再跑同一条命令，只会记一次"


class Cut(FileError):
    """数据库中途停了或者断了：可以整笔重来。"""


class Yielded(Locked):
    """数据库让了别人先办，什么都没有记：可以整笔重来。"""


class Database(Protocol):
    """One kind of database behind `engine.Books`."""

    engine: Engine
    where: str  # how messages name the books; never with a password
    path: Path | None  # the file of SQLite books

    def prepare(self) -> None:
        """Before new books are made. Raises FileError or ConfigError where there can be none."""

    def settle(self, connection: Connection) -> None:
        """At the end of the transaction that made or upgraded the books: who may do what."""

    def made(self) -> None:
        """After that transaction: what must reach the disk besides."""

    def must_exist(self) -> None:
        """Raises ConfigError where there are no books to open."""

    def upgrading(self) -> None:
        """Before books are opened whose tables are to be changed."""

    def begin(self, *, write: bool) -> Connection:
        """A connection in a fresh transaction: one snapshot to read, or able to write."""

    def lock(self, connection: Connection, units: Sequence[str]) -> None:
        """Takes the units' rows, in the order given, without waiting."""

    def refusal(self, error: DBAPIError, phase: Phase) -> GjjError | None:
        """What a refusal means for the user: Yielded or Cut (the whole may be done again), FileError, ConfigError; None
        for what can only be our bug."""
