"""No memory: a month-end in a control group that is too small ends with 4, 70 or a kill, and its books are whole."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Gjj
from tests.faults.month_ends import MonthEnd, acknowledged, copy_of

pytestmark = pytest.mark.slow

NO_CACHE = {"PYTHONDONTWRITEBYTECODE": "1"}  # a .pyc cut short would break every later run

CGROUPS = Path("/sys/fs/cgroup")
LEAST, MOST = 20, 80  # MB: too little to import polars, and enough for all
TIMES = 25


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of our own; skips where we may not make one that limits memory."""
    old = CGROUPS / "memory"
    made = (old if old.is_dir() else CGROUPS) / f"gjj-test-{os.getpid()}"
    try:
        made.mkdir()
    except OSError as error:
        pytest.skip(f"no control groups to be made here: {error.strerror}")
    try:
        if not limit_of(made).exists():
            pytest.skip("control groups here do not limit memory")
        yield made
    finally:
        made.rmdir()


def limit_of(group: Path) -> Path:
    """Version 1 and version 2 name it differently."""
    old = group / "memory.limit_in_bytes"
    return old if old.exists() else group / "memory.max"


def test_too_little_memory(group: Path, few: MonthEnd, gjj: Gjj, tally: Callable[[str], Any], tmp_path: Path) -> None:
    command = f'echo $$ > "{group}/cgroup.procs"; exec "{sys.executable}" -m gjj_cli "$@"'
    with tally("memory limit") as count:
        ends = []
        times = count.many(TIMES)
        for number in range(times):
            books = few.copy(tmp_path / str(number))
            megabytes = LEAST + (MOST - LEAST) * (number + count.chance.random()) / times
            limit_of(group).write_text(str(int(megabytes * 1024 * 1024)))
            done = subprocess.run(
                ["sh", "-c", command, "gjj", *few.run(books)],
                cwd=gjj.cwd,
                env=gjj.environment(NO_CACHE | few.env),
                capture_output=True,
                text=True,
            )
            ends.append(done.returncode)
            wrong = [] if done.returncode in (4, 70, -9, 137, few.exit) else [f"{done.returncode}: {done.stderr}"]
            wrong += ["Traceback"] if "Traceback" in done.stderr else []
            seen = copy_of(books, tmp_path / f"{number}-seen")
            count.add(wrong + few.problems(seen, acknowledged(done.stderr)))
        count.notes.append(f"ended with {sorted(set(ends))}")
        assert set(ends) - {few.exit}, "memory was never too little"
