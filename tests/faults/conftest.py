"""What the fault tests share: the warm interpreter, how much of each kind is done, and a line for each kind at the end.

`make faults` sets GJJ_FAULTS=all; without it a fifth is done, chosen by a seed that is printed and can be given again
(GJJ_SEED).
"""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from tests.faults.month_ends import MonthEnd, month_end, with_anchor
from tests.faults.warm import Warm

T = TypeVar("T")
ALL = os.environ.get("GJJ_FAULTS") == "all"
SHARE = 5  # one of so many is done where not all are


@dataclass
class Tally:
    """How a kind of fault went: how many were tried, and what was wrong."""

    kind: str
    seed: int
    tried: int = 0
    bad: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed} {self.kind}")

    def some(self, of: Sequence[T]) -> list[T]:
        """All of them, or a fifth in their order (of a few, three)."""
        if ALL or not of:
            return list(of)
        places = self.chance.sample(range(len(of)), min(len(of), max(3, len(of) // SHARE)))
        return [of[place] for place in sorted(places)]

    def many(self, number: int) -> int:
        return number if ALL else max(1, number // SHARE)

    def add(self, problems: Sequence[str]) -> None:
        """One more was tried."""
        self.tried += 1
        self.bad += problems

    def line(self, seconds: float) -> str:
        notes = "".join(f", {note}" for note in self.notes)
        return f"{self.kind}: {self.tried} tried, {len(self.bad)} bad{notes}, {seconds:.0f} s, seed {self.seed}"


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[..., object]:
    """`with tally("pwrite64 EIO") as count:` counts, tells the line and fails with what was bad."""

    @contextmanager
    def counting(kind: str) -> Iterator[Tally]:
        seed = int(os.environ.get("GJJ_SEED") or random.randrange(1_000_000))
        count = Tally(kind, seed)
        started = time.monotonic()
        yield count
        said = count.line(time.monotonic() - started)
        print(said)
        record_property("faults", said)
        assert not count.bad, "\n".join([said, *count.bad[:10]])
        assert count.tried, said

    return counting


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    told = [said for report in reports for name, said in report.user_properties if name == "faults"]
    if told:
        terminalreporter.section("faults")
        for said in sorted(map(str, told)):
            terminalreporter.write_line(said)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """XDG_STATE_HOME of the books that a session makes."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def warm(state: Path) -> Iterator[Warm]:
    """A warm interpreter, one for each process of the tests."""
    with Warm({"XDG_STATE_HOME": str(state)}) as server:
        yield server


@pytest.fixture(scope="session")
def few(state: Path, warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> MonthEnd:
    """A month-end of four units that can pay and one that cannot: some 350 writes."""
    return _tried(warm, month_end(tmp_path_factory.mktemp("few"), units=4, people=2, poor=1), tmp_path_factory)


@pytest.fixture(scope="session")
def many(state: Path, warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> MonthEnd:
    """A month-end of a hundred units: long enough to be caught in it."""
    return _tried(warm, month_end(tmp_path_factory.mktemp("many"), units=100, people=3), tmp_path_factory)


def _tried(warm: Warm, fresh: MonthEnd, folders: pytest.TempPathFactory) -> MonthEnd:
    """Run once undisturbed, to know what the vouchers come to."""
    whole = fresh.copy(folders.mktemp("whole") / "books")
    done = warm.run(fresh.run(whole), whole, env=fresh.env)
    assert done.wait() == fresh.exit, done.err
    return with_anchor(fresh, whole)


@pytest.fixture(scope="session")
def ran(warm: Warm, few: MonthEnd, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books after the month-end."""
    folder = tmp_path_factory.mktemp("ran") / "books"
    few.copy(folder)
    assert warm.run(few.run(folder), folder, env=few.env).wait() == few.exit
    return folder


@pytest.fixture(scope="session")
def strace() -> str:
    """The path of strace; skips where it is missing or may not watch."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("no strace here: apt-get install strace")
    tried = subprocess.run([found, "-o", os.devnull, "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"strace may not watch here: {tried.stderr.strip()}")
    return found
