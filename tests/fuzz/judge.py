"""One mutant through `gjj validate`, in this process: how it ended, what it said, how long it took."""

import contextlib
import io
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gjj_cli import app
from gjj_cli.errors import Exit
from tests.fuzz.mutate import mutant

SECONDS = 10
UNCOVERED = "政策包没有"  # a mutated month may lie outside the policy pack, which the contract makes exit 3


@dataclass(frozen=True)
class Verdict:
    """`said` is stdout and stderr together."""

    seed: int
    exit: int
    seconds: float
    said: str

    @property
    def bad(self) -> bool:
        uncovered = self.exit == Exit.CONFIG and UNCOVERED in self.said
        allowed = self.exit in (Exit.DONE, Exit.FOUND, Exit.FILE) or uncovered
        return not allowed or "Traceback" in self.said or self.seconds > SECONDS


def verdict(seed: int, folder: Path) -> Verdict:
    """Write the mutant into the folder and validate it; a run that hangs is broken off and ends in exit 70."""
    path = folder / "变异.xlsx"
    path.write_bytes(mutant(seed))
    said = io.StringIO()
    started = time.perf_counter()
    with _broken_off(SECONDS + 5), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        exit_ = app.main(["--as-of", "2025-07-18", "validate", "--offline", str(path)])
    return Verdict(seed, exit_, time.perf_counter() - started, said.getvalue())


@contextlib.contextmanager
def _broken_off(seconds: int) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
