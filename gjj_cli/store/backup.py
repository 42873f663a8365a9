"""SQLite books as files: copied while posting goes on, looked at before they are trusted, put in the place of others.

Everything is made under a temporary name in the folder where it shall be, is on the disk, and only then gets its name.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from gjj_cli.errors import FileError, GjjError, Locked, reason

PAGES = 1024  # a step of the copy; between two of them Ctrl-C is heard
MAGIC = b"SQLite format 3\0"
SIDECARS = ("-wal", "-shm", "-journal")
_TAKEN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PAUSE = 0.05  # seconds between two tries for the books


@contextmanager
def temporary(beside: Path) -> Iterator[Path]:
    """A new file of mode 0600 in that file's folder, gone at the end unless it was given another name."""
    try:
        handle, name = tempfile.mkstemp(prefix=".gjj-", suffix=".tmp", dir=beside.parent)
    except OSError as error:
        raise _unwritten(beside, error) from error
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        for one in (path, *_sidecars(path)):
            one.unlink(missing_ok=True)


def copy(source: Path, target: Path, *, live: bool) -> None:
    """All of the books at one moment, into a file that is empty. `live` ones may be posted to meanwhile; others are read
    without touching anything beside them.

    Raises FileError where one cannot be read or the other not be written, Locked where the books are taken whole.
    """
    how = "mode=rw"
    if not live:
        how = "mode=ro" if any(one.exists() for one in _sidecars(source)) else "mode=ro&immutable=1"
    try:
        with closing(_opened(source, how)) as books, closing(_opened(target, "mode=rw")) as made:
            made.execute("PRAGMA synchronous=OFF")  # `sync` is asked for at the end, for all of it
            books.execute("BEGIN")
            books.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment, whoever writes later
            books.backup(made, pages=PAGES, progress=_breathe, sleep=0)
    except sqlite3.Error as error:
        raise _in_words(error, source) from error


def _breathe(_status: int, _left: int, _pages: int) -> None:
    """Python looks for signals where Python runs."""


def _is_database(path: Path) -> bool:
    """By its first bytes: SQLite, asked to open what is none, would clear away the log beside it."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise FileError(
            f"{path} 读不了：{reason(error)}，什么都没有变", remedies=("改：看看文件和文件夹的权限",)
        ) from error


def damage(path: Path) -> str | None:
    """What SQLite itself finds wrong with a file, or None. Raises FileError where it could not be looked at."""
    try:
        with closing(_opened(path, "mode=rw")) as books:
            found = str(books.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return str(error)
        raise _in_words(error, path) from error
    return None if found == "ok" else found


def version_in(path: Path) -> int:
    """The schema version a file says it has; 0 where it is no books. Raises Locked where somebody has it for himself."""
    if not _is_database(path):
        return 0
    try:
        with closing(_opened(path, "mode=rw")) as books:
            said = books.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    except sqlite3.DatabaseError as error:
        if _code(error) in _TAKEN:
            raise _in_words(error, path) from error
        return 0  # no such table, no database, no page that could be read
    return int(said[0]) if said else 0


def named(books: Path, word: str) -> Path:
    """A name beside the books that is free: `gjj-备份-20250718-090000.db`."""
    stem = f"{books.stem}-{word}-{datetime.now():%Y%m%d-%H%M%S}"
    names = (stem + (f"-{number}" if number else "") for number in range(1000))
    return next(path for name in names if not (path := books.with_name(name + books.suffix)).exists())


def place(made: Path, target: Path) -> None:
    """Gives the finished file its name, both on the disk before it is said. Raises FileError for books in use there."""
    if any(one.exists() for one in _sidecars(target)):
        raise FileError(f"{target} 正被当作账簿用着，没有动它", remedies=("改：换一个文件名",))
    try:
        sync(made)
        made.replace(target)
        sync(target.parent)
    except OSError as error:
        raise _unwritten(target, error) from error


def swap(made: Path, books: Path, kept: Path, wait: float) -> None:
    """`made` becomes the books, what was there is kept under another name. There are whole books at every moment.

    Nobody may read or write meanwhile: Locked after `wait` seconds. What is no database any more cannot be locked; it is
    put aside with all that lies beside it.
    """
    alone = _alone(books, wait) if books.exists() else None
    try:
        sync(made)
        if alone is None:
            for one in _sidecars(books):
                if one.exists():  # would be taken for a part of the new books
                    one.rename(kept.with_name(kept.name + one.name.removeprefix(books.name)))
        if books.exists():
            kept.hardlink_to(books)
        made.replace(books)
        sync(books.parent)
    except OSError as error:
        raise FileError(
            f"账簿 {books} 没有换成：{reason(error)}",
            facts=("原来的账簿没有变。",),
            remedies=("改：看看磁盘空间和文件夹的权限，再跑同一条命令",),
        ) from error
    finally:
        if alone is not None:
            alone.close()


def _alone(books: Path, wait: float) -> sqlite3.Connection | None:
    """A connection that has the books for itself, all of them in the one file; None for what is no database any more.

    The old file stays out of WAL: who opened it by its name just before must leave that mode first, and there SQLite
    sees that the file has moved. So nothing can be posted to books that were put aside.
    """
    if not _is_database(books):
        return None
    deadline = time.monotonic() + wait
    while True:
        connection = _opened(books, "mode=rw")
        try:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
            return connection
        except sqlite3.Error as error:
            connection.close()
            if _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                return None
            refusal = _in_words(error, books)
            if not isinstance(refusal, Locked) or time.monotonic() >= deadline:
                raise refusal from error
        except BaseException:
            connection.close()
            raise
        time.sleep(_PAUSE)


def sync(path: Path) -> None:
    """A file's content, or a folder's names, on the disk."""
    if os.name == "nt" and path.is_dir():  # Windows has no handle for a folder and needs none
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opened(path: Path, how: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise _in_words(error, path) from error


def _sidecars(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + ending) for ending in SIDECARS)


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _in_words(error: sqlite3.Error, path: Path) -> GjjError:
    """What SQLite's refusal means for the user; raises it again when it can only be our bug."""
    match _code(error):
        case code if code in _TAKEN:
            return Locked(
                f"别人正在用账簿 {path}，什么都没有变", remedies=("可以：等一下再跑，或者加 --wait 60 让它自己等",)
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return FileError(f"{path} 不是账簿，或者文件坏了，什么都没有变", remedies=("改：换一份备份",))
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return FileError(
                f"复制 {path} 时磁盘满了、超出限额或磁盘坏了，什么都没有变",
                remedies=("改：腾出空间，或者写到别的磁盘，再跑同一条命令",),
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return FileError(f"{path} 打不开，或者只能读，什么都没有变", remedies=("改：看看文件和文件夹的权限",))
    raise error


def _unwritten(path: Path, error: OSError) -> FileError:
    return FileError(
        f"{path} 没有写成：{reason(error)}",
        facts=("账簿没有变。",),
        remedies=("改：看看磁盘空间和文件夹的权限，再跑一次",),
    )
