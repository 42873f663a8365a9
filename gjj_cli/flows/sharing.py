"""Many files on all cores: the same checking, in processes that each take the next few files."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

FEW = 12  # files; below, starting Python and polars once more takes longer than it saves
AT_ONCE = 5  # files a process takes: small enough that no core waits long for the other's last ones


def cores() -> int:
    """How many cores this process may use; fewer than the machine has where it is pinned."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def worth_it(files: int) -> bool:
    """Whether that many files are checked sooner by several processes."""
    return cores() > 1 and files >= FEW


def share(work: Callable[[Sequence[Item]], Result], items: Sequence[Item]) -> list[Result]:
    """What `work` gives for a few items at a time, in order; `work` must be picklable, and raises here as it would there.

    Processes are spawned, not forked: a fork would take polars's threads' locks along. Each has one polars thread.
    Ctrl-C reaches them too, but only this process hears it: they finish the few files at hand, and no more are begun.
    """
    import multiprocessing  # slow to load, and most calls have one file
    from concurrent.futures import ProcessPoolExecutor

    parts = [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"  # read by polars when a process imports it
    try:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(cores(), spawn, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
            try:
                with _deaf():
                    results = pool.map(work, parts)
                return list(results)
            except BaseException:
                pool.shutdown(cancel_futures=True)  # waits for the few files at hand, so that no process is left behind
                raise
    finally:
        if before is None:
            del os.environ["POLARS_MAX_THREADS"]
        else:
            os.environ["POLARS_MAX_THREADS"] = before


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started here never hear Ctrl-C, not even while Python itself starts; on Windows once they work."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
