"""Backing up and restoring, killed and failed at every step, and while others post: a backup is whole or is none."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy, rmtree
from typing import Any

import pytest

from tests.faults import points
from tests.faults.month_ends import MonthEnd, acknowledged, copy_of, integrity
from tests.faults.points import Fault, Job
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow

FAULTS = [
    Fault(call, act)
    for call, acts in {
        "openat": ("error=EACCES", "signal=KILL"),
        "pwrite64": ("error=ENOSPC", "signal=KILL"),
        "write": ("signal=KILL",),
        "fsync": ("error=EIO", "signal=KILL"),
        "fdatasync": ("error=EIO", "signal=KILL"),
        "rename": ("error=EACCES", "signal=KILL"),
        "link": ("error=EACCES", "signal=KILL"),
        "unlink": ("signal=KILL",),
        "ftruncate": ("signal=KILL",),
    }.items()
    for act in acts
]
COPY = "copy.db"


def test_a_backup_struck_anywhere(
    strace: str, warm: Warm, few: MonthEnd, ran: Path, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """What has the name asked for is whole; the books are as they were."""
    books = copy_of(ran, tmp_path / "books")
    job = Job(("--db", str(books / "gjj.db"), "db", "backup", "-o", str(books / COPY)), few.env)
    calls = points.calls_of(warm, job, books)
    with tally("db backup") as count:
        for fault, n in count.some(struck(calls)):
            rmtree(books)
            _, found = points.strike(warm, job, fault, n, copy_of(ran, books))
            found += few.problems(copy_of(books, tmp_path / "seen"), few.paying)
            rmtree(tmp_path / "seen")
            if (books / COPY).exists():
                found += whole(few, books / COPY, tmp_path / "copy")
            left = [path.name for path in books.iterdir() if path.name not in ("gjj.db", COPY, "out", "err")]
            left = [name for name in left if not name.startswith("gjj.db-")]
            found += [] if fault.kills or not left else [f"left {left}"]
            count.add([f"{fault} at {n}: {one}" for one in found])


def test_a_restore_struck_anywhere(
    strace: str, warm: Warm, few: MonthEnd, ran: Path, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """Under the books' name are the old books or the restored ones, whole; done again it is done."""
    books = few.copy(tmp_path / "books")
    backup = tmp_path / "backup.db"
    made = warm.run(("--db", str(ran / "gjj.db"), "db", "backup", "-o", str(backup)), tmp_path / "made", env=few.env)
    assert made.wait() == 0, made.err
    job = Job(("--db", str(books / "gjj.db"), "--yes", "db", "restore", str(backup)), few.env)
    calls = points.calls_of(warm, job, books)
    assert few.problems(copy_of(books, tmp_path / "whole"), few.paying, finished=True) == []
    with tally("db restore") as count:
        for fault, n in count.some(struck(calls)):
            rmtree(books)
            _, found = points.strike(warm, job, fault, n, few.copy(books))
            found += whole(few, books / "gjj.db", tmp_path / "seen") if (books / "gjj.db").exists() else ["no books"]
            again = warm.run(job.args, books, env=few.env)
            found += [] if again.wait() == 0 else [f"the rerun ended with {again.wait()}: {again.err}"]
            found += few.problems(books, few.paying, finished=True)
            count.add([f"{fault} at {n}: {one}" for one in found])


def test_backups_while_a_month_end_goes_on(
    warm: Warm, many: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """Each is whole units only, and holds all that was acknowledged before it began."""
    with tally("db backup while posting goes on") as count:
        for number in range(count.many(10)):
            books = many.copy(tmp_path / str(number))
            run = warm.start(many.run(books), tmp_path / "run", env=many.env)
            copies, wrong = 0, []
            while not run.over:
                acked = acknowledged(run.err)
                target = books / f"{copies}.db"
                args = ("--db", str(books / "gjj.db"), "--wait", "60", "db", "backup", "-o", str(target))
                made = warm.run(args, tmp_path / "made", env=many.env)
                copies += 1
                if made.wait() == 0:
                    wrong += whole(many, target, tmp_path / "copy", acked)
                else:
                    wrong.append(f"ended with {made.wait()}: {made.err}")
            ended = [] if run.wait() == many.exit else [f"the month-end ended with {run.wait()}: {run.err}"]
            count.add([*ended, *many.problems(books, many.paying, finished=True), *wrong])
            count.notes[:] = [f"{copies} backups in the last"]


def struck(calls: dict[str, list[int]]) -> list[tuple[Fault, int]]:
    """Every call once for each fault; of the writes, which copy page after page alike, every fourth."""
    return [(fault, n) for fault in FAULTS for n in calls[fault.call][:: 4 if fault.call == "pwrite64" else 1]]


def whole(month_end: MonthEnd, file: Path, folder: Path, acked: list[str] | None = None) -> list[str]:
    """What is wrong with a file that should be books."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in ("", "-wal"):
        if (beside := file.with_name(file.name + suffix)).exists():
            copy(beside, folder / f"gjj.db{suffix}")
    said = integrity(folder)
    return month_end.problems(folder, acked or ()) if said == "ok" else [f"integrity_check: {said}"]
