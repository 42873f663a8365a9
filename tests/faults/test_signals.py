"""Told to stop at any moment: rolled back, said in one line, no temporary file left; a reader that goes ends nothing."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Gjj
from tests.faults.kills import length_of
from tests.faults.month_ends import MonthEnd, acknowledged
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}
TIMES = 25  # each signal
SOONEST = 0.02  # before it the program may not have begun, and the system's own answer counts


@pytest.mark.parametrize("number", CODES, ids=lambda number: signal.Signals(number).name)
def test_during_a_month_end(
    number: signal.Signals, warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    length = length_of(warm, few, tmp_path / "length")
    with tally(f"{number.name} in a month-end") as count:
        stopped = 0
        for place in range(count.many(TIMES)):
            books = few.copy(tmp_path / str(place))
            child = warm.start(few.run(books), tmp_path / "run", env=few.env)
            time.sleep(SOONEST + count.chance.random() * length)
            child.send(number)
            code = child.wait()
            stopped += code == CODES[number]
            ended = [] if code in (CODES[number], few.exit) else [f"ended with {code}: {child.err}"]
            if code == CODES[number] and child.err.count("gjj：停下了") != 1:
                ended.append(f"said {child.err}")
            acked = acknowledged(child.err)
            again = warm.run(few.run(books), tmp_path / "again", env=few.env).wait()
            ended += [] if again == few.exit else [f"the rerun ended with {again}"]
            count.add(ended + few.problems(books, acked, finished=True))
        count.notes.append(f"{stopped} stopped in it")
        assert stopped


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: signal.Signals(number).name)
def test_while_a_file_is_made(
    number: signal.Signals, warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """The template that was there is whole, or the new one is; SIGKILL may leave its temporary file."""
    export = ("template", "export", "个人账户封存", "-o", ".")
    whole = warm.run(export, tmp_path / "whole")
    assert whole.wait() == 0, whole.err
    started = time.monotonic()
    warm.run(export, tmp_path / "whole")
    length = time.monotonic() - started
    (new,) = (tmp_path / "whole").glob("*.xlsx")
    made = new.read_bytes()
    folder = tmp_path / "run"
    folder.mkdir()
    with tally(f"{number.name} in template export") as count:
        for _ in range(count.many(TIMES)):
            for left in folder.glob(".gjj-*.tmp"):
                left.unlink()
            (folder / new.name).write_bytes(b"old")
            child = warm.start(export, folder)
            time.sleep(SOONEST + count.chance.random() * length)
            child.send(number)
            child.wait()
            found = (folder / new.name).read_bytes()
            wrong = [] if found in (b"old", made) else [f"{len(found)} bytes of {len(made)}"]
            if number is not signal.SIGKILL:
                wrong += [f"left {path.name}" for path in folder.glob(".gjj-*")]
            count.add(wrong)


def test_a_reader_that_goes(gjj: Gjj, few: MonthEnd, tmp_path: Path) -> None:
    """`gjj remit run --all -v 2>&1 | head -1`: posted is what was posted, and nobody hears of the pipe."""
    books = few.copy(tmp_path / "books")
    command = f'"{sys.executable}" -m gjj_cli "$@" | head -c 1'
    done = subprocess.run(
        ["sh", "-c", command, "gjj", *few.run(books)],
        cwd=gjj.cwd,
        env=gjj.environment(few.env),
        capture_output=True,
        text=True,
    )
    assert acknowledged(done.stderr) == list(few.paying)
    assert "Traceback" not in done.stderr
    assert few.problems(books, few.paying, finished=True) == []
