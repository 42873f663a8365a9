"""No room: a disk that is full and a limit on files end a month-end with 4, and it goes on when there is room again."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Gjj
from tests.faults.month_ends import MonthEnd, acknowledged, copy_of
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow

NO_CACHE = {"PYTHONDONTWRITEBYTECODE": "1"}  # a .pyc cut short would break every later run

DISK = 2 * 1024 * 1024
LIMITS = 40  # tried of each kind


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"mount is not allowed here (it is for root): {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path) -> None:
    with tally("disk full") as count:
        for number in range(count.many(LIMITS)):
            books = few.copy(small_disk / str(number))
            stuff(small_disk, count.chance)
            problems = run_out(warm, few, books, tmp_path / str(number))
            (small_disk / "stuff").unlink()
            count.add(problems or finish(warm, few, books, tmp_path / str(number)))
            for path in books.iterdir():
                path.unlink()


def stuff(disk: Path, chance: random.Random) -> None:
    """Leaves some room on the disk, less than a month-end needs."""
    room = os.statvfs(disk)
    free = room.f_bavail * room.f_frsize
    (disk / "stuff").write_bytes(bytes(free - chance.randrange(200 * 1024)))


def run_out(warm: Warm, few: MonthEnd, books: Path, folder: Path, sabotage: str = "") -> list[str]:
    """What is wrong with how a month-end ended that has no room, and with its books."""
    child = warm.run(few.run(books), folder, env=few.env, sabotage=sabotage)
    if child.wait() != 4 or child.err.count("gjj：") != 1 or "改：" not in child.err:
        return [f"ended with {child.wait()}: {child.err}"]
    return few.problems(copy_of(books, folder / "seen"), acknowledged(child.err))


def finish(warm: Warm, few: MonthEnd, books: Path, folder: Path) -> list[str]:
    """What is wrong after the rerun with room."""
    child = warm.run(few.run(books), folder / "again", env=few.env)
    ended = [] if child.wait() == few.exit else [f"the rerun ended with {child.wait()}: {child.err}"]
    return ended + few.problems(books, finished=True)


def test_a_limit_on_the_size_of_files(few: MonthEnd, gjj: Gjj, tmp_path: Path, warm: Warm) -> None:
    """`ulimit -f` in blocks of 512 bytes: of the -wal, since the books themselves are longer than it at first."""
    books = few.copy(tmp_path / "books")
    command = f'ulimit -f 600; exec "{sys.executable}" -m gjj_cli "$@"'
    limited = subprocess.run(
        ["sh", "-c", command, "gjj", *few.run(books)],
        cwd=gjj.cwd,
        env=gjj.environment(NO_CACHE | few.env),
        capture_output=True,
        text=True,
    )
    assert (limited.returncode, limited.stderr.count("gjj：")) == (4, 1), limited.stderr
    assert "超出限额" in limited.stderr
    assert few.problems(copy_of(books, tmp_path / "seen"), acknowledged(limited.stderr)) == []
    assert finish(warm, few, books, tmp_path) == []


def test_many_limits_on_the_size_of_files(
    warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    with tally("ulimit -f") as count:
        for number in range(count.many(LIMITS)):
            books = few.copy(tmp_path / str(number))
            limit = count.chance.randrange(40_000, 400_000)
            child = warm.run(
                few.run(books),
                tmp_path / f"{number}-run",
                env={**few.env, "GJJ_TEST_LIMIT": str(limit)},
                sabotage="small_files",
            )
            ended = [] if child.wait() == 4 and child.err.count("gjj：") == 1 else [f"{child.wait()}: {child.err}"]
            seen = copy_of(books, tmp_path / f"{number}-seen")
            count.add(
                ended
                + few.problems(seen, acknowledged(child.err))
                + finish(warm, few, books, tmp_path / f"{number}-run")
            )
