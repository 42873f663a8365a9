"""A run killed at random instants, again and again on the same books until nothing is left to do."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

from tests.faults.month_ends import MonthEnd, acknowledged, copy_of
from tests.faults.warm import Warm


def length_of(warm: Warm, month_end: MonthEnd, folder: Path) -> float:
    """How long an undisturbed run takes."""
    books = month_end.copy(folder / "books")
    started = time.monotonic()
    assert warm.run(month_end.run(books), folder, env=month_end.env).wait() == month_end.exit
    taken = time.monotonic() - started
    rmtree(folder)
    return taken


def kills(
    warm: Warm, month_end: MonthEnd, folder: Path, chance: random.Random, number: int, *, sabotage: str = ""
) -> Iterator[list[str]]:
    """What is wrong after each of so many kills, and after the rerun that ends a series of them.

    A killed run's books are gone on with by the next, so that a unit must also stand many starts. Books that are done
    are finished by a run that nobody kills, and others begun.
    """
    length = length_of(warm, month_end, folder / "length")
    acked: set[str] = set()
    books = month_end.copy(folder / "books")
    killed = 0
    while killed < number:
        child = warm.start(month_end.run(books), folder / "run", env=month_end.env, sabotage=sabotage)
        time.sleep(chance.random() * length)
        child.send(signal.SIGKILL)
        code = child.wait()
        acked.update(acknowledged(child.err))
        seen = copy_of(books, folder / "seen")
        found = month_end.problems(seen, acked)
        rmtree(seen)
        killed += code == -signal.SIGKILL
        if found or code != -signal.SIGKILL or killed == number:
            found += _finished(warm, month_end, books, folder, acked)
            rmtree(books)
            books, acked = month_end.copy(books), set()
        if code == -signal.SIGKILL or found:
            yield found


def _finished(warm: Warm, month_end: MonthEnd, books: Path, folder: Path, acked: set[str]) -> list[str]:
    code = warm.run(month_end.run(books), folder / "run", env=month_end.env).wait()
    found = [] if code == month_end.exit else [f"the rerun ended with {code}"]
    return found + month_end.problems(books, acked, finished=True)
