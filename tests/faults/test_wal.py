"""The write-ahead log cut, torn or missing, and its index stale: the books open to the last whole commit."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from tests.faults import points
from tests.faults.month_ends import MonthEnd, copy_of
from tests.faults.points import Fault
from tests.faults.powerloss import SECTOR
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def killed(strace: str, warm: Warm, few: MonthEnd, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books of a month-end that was killed as it began to clear its log away: everything is in the -wal."""
    folder = tmp_path_factory.mktemp("killed")
    counted = few.copy(folder / "counted")
    calls = points.calls_of(warm, points.month_end_job(few, counted), counted)
    books = few.copy(folder / "books")
    last = calls["fdatasync"][-2]
    _, wrong = points.strike(warm, points.month_end_job(few, books), Fault("fdatasync", "signal=KILL"), last, books)
    assert wrong == []
    assert (books / "gjj.db-shm").exists()
    return books


def test_the_log_cut_anywhere(killed: Path, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path) -> None:
    """The longer it is, the more is paid, from nothing to all; never a part of a unit."""
    log = (killed / "gjj.db-wal").read_bytes()
    lengths = range(0, len(log) + 1, SECTOR)
    with tally("-wal cut every 512 bytes") as count:
        seen = []
        for length in sorted({*count.some(lengths), 0, lengths[-1]}):
            books = with_log(killed, log[:length], tmp_path / "books")
            count.add([f"cut at {length}: {one}" for one in few.problems(books)])
            seen.append(vouchers(books))
        assert seen == sorted(seen)
        assert (seen[0], seen[-1]) == (opened(few, tmp_path), opened(few, tmp_path) + 2 * len(few.paying))


def test_the_log_torn_anywhere(killed: Path, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path) -> None:
    log = (killed / "gjj.db-wal").read_bytes()
    with tally("-wal torn in a sector") as count:
        for start in count.some(range(0, len(log), SECTOR)):
            torn = bytearray(log)
            torn[start : start + SECTOR] = count.chance.choice((bytes(SECTOR), count.chance.randbytes(SECTOR)))
            books = with_log(killed, bytes(torn[: len(log)]), tmp_path / "books")
            count.add([f"torn at {start}: {one}" for one in few.problems(books)])


def test_the_log_missing(killed: Path, few: MonthEnd, tmp_path: Path) -> None:
    books = with_log(killed, b"", tmp_path / "books")
    (books / "gjj.db-wal").unlink()
    assert few.problems(books) == []
    assert vouchers(books) == opened(few, tmp_path)


@pytest.mark.parametrize("index", ["deleted", "as it was", "of other books", "garbage", "empty"])
def test_the_index_of_the_log(index: str, killed: Path, few: MonthEnd, tmp_path: Path) -> None:
    """The index is made again from the log, whatever lies there: all that was posted is there."""
    books = copy_of(killed, tmp_path / "books")
    shm = books / "gjj.db-shm"
    match index:
        case "as it was":
            shm.write_bytes((killed / "gjj.db-shm").read_bytes())
        case "of other books":
            other = bytearray((killed / "gjj.db-shm").read_bytes())
            other[16:20] = bytes(4)  # an index that knows of no frame
            shm.write_bytes(bytes(other))
        case "garbage":
            shm.write_bytes(random.Random(1).randbytes(32768))
        case "empty":
            shm.touch()
    assert few.problems(books, few.paying) == []


def with_log(killed: Path, log: bytes, folder: Path) -> Path:
    rmtree(folder, ignore_errors=True)
    copy_of(killed, folder)
    (folder / "gjj.db-wal").write_bytes(log)
    return folder


def vouchers(folder: Path) -> int:
    """How many there are."""
    with closing(sqlite3.connect(folder / "gjj.db")) as books:
        return int(books.execute("SELECT count(*) FROM voucher").fetchone()[0])


def opened(few: MonthEnd, folder: Path) -> int:
    """How many there were before the month-end."""
    rmtree(folder / "fresh", ignore_errors=True)
    return vouchers(few.copy(folder / "fresh"))
