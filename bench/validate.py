"""`gjj validate` as a process, against a bare reader, frictionless and a row loop, on the same files (`make bench`).

Prints medians of interleaved runs and the ratios that the project promises; exit 1 where a promise is not kept.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAKE = "import sys; from pathlib import Path; from bench.workbooks import opening; opening(Path(sys.argv[1]), *map(int, sys.argv[2:]))"
PEERS = Path(__file__).parent / "peers"
GJJ = (sys.executable, "-m", "gjj_cli", "validate", "--offline", "-q", "--as-of", "2025-07-31")


@dataclass
class Ran:
    """One process: wall seconds, and the most memory it held, in MB."""

    seconds: float
    megabytes: float


def run(command: Sequence[str], cpus: set[int] | None = None) -> Ran:
    """Run a process, perhaps pinned to some cores. Raises CalledProcessError unless it exits with 0."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Ran(seconds, usage.ru_maxrss / 1024)


def opening(path: Path, heads: int, first: int = 0) -> Path:
    """A workbook made by a process of its own: what a child holds at its start is what this process holds."""
    run((sys.executable, "-c", MAKE, str(path), str(heads), str(first)))
    return path


def medians(commands: dict[str, Sequence[str]], rounds: dict[str, int]) -> dict[str, Ran]:
    """The median of each command's runs, the runs of all commands taking turns."""
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    for turn in range(max(rounds.values())):
        for name, command in commands.items():
            if turn < rounds[name]:
                runs[name].append(run(command))
    return {
        name: Ran(statistics.median(ran.seconds for ran in of), max(ran.megabytes for ran in of))
        for name, of in runs.items()
    }


def promise(what: str, value: float, bound: float, *, at_least: bool = False) -> bool:
    """Print a promised figure beside its bound; whether it is kept."""
    kept = value >= bound if at_least else value <= bound
    word = "at least" if at_least else "at most"
    print(f"  {what:<48} {value:8.2f}   {word} {bound:g}   {'kept' if kept else 'NOT KEPT'}")
    return kept


def one_file(path: Path, heads: int, rounds: dict[str, int], bounds: tuple[float, float]) -> bool:
    """gjj against the floor and the peers on one workbook; whether the promises are kept."""
    commands: dict[str, Sequence[str]] = {
        "bare": (sys.executable, str(PEERS / "bare.py"), str(path)),
        "gjj": (*GJJ, str(path)),
        "row loop": (sys.executable, str(PEERS / "row_loop.py"), str(path)),
        "frictionless": (sys.executable, str(PEERS / "table_schema.py"), str(path)),
    }
    told = medians(commands, rounds)
    print(f"\n{heads:,} people x 17 columns")
    for name, ran in told.items():
        print(f"  {name:<14} {ran.seconds:8.2f} s {ran.megabytes:7.0f} MB")
    floor, faster = bounds
    return all(
        [
            promise("gjj / bare reader", told["gjj"].seconds / told["bare"].seconds, floor),
            promise("frictionless / gjj", told["frictionless"].seconds / told["gjj"].seconds, faster, at_least=True),
            promise("gjj, MB", told["gjj"].megabytes, 600),
        ]
    )


def many_files(folder: Path, files: int, heads: int) -> bool:
    """One call on many files, on two cores and on one, start-up taken off both; whether the promise is kept."""
    for number in range(files):
        opening(folder / f"{number:03d}.xlsx", heads, first=number * heads)
    single = opening(folder.parent / "one.xlsx", 1)
    allowed = sorted(os.sched_getaffinity(0))
    one_core, both = {allowed[0]}, set(allowed[:2])
    start = min(run((*GJJ, str(single)), one_core).seconds for _ in range(5))
    pairs = [(run((*GJJ, str(folder)), both).seconds, run((*GJJ, str(folder)), one_core).seconds) for _ in range(3)]
    print(f"\n{files} files of {heads} people")
    for two, one in pairs:
        print(f"  two cores {two:6.2f} s   one core {one:6.2f} s   start-up {start:.2f} s")
    if len(both) < 2:
        print("  only one core here: nothing to share out")
        return True
    return promise("two cores / one core", statistics.median((two - start) / (one - start) for two, one in pairs), 0.65)


def main() -> int:
    """Run everything in a temporary folder; 1 where a promise is not kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = opening(folder / "small.xlsx", 5_000), opening(folder / "large.xlsx", 100_000)
        (folder / "many").mkdir()
        kept = [
            one_file(small, 5_000, {"bare": 9, "gjj": 9, "row loop": 3, "frictionless": 3}, (1.8, 2.5)),
            one_file(large, 100_000, {"bare": 3, "gjj": 3, "row loop": 1, "frictionless": 1}, (2.2, 6.0)),
            many_files(folder / "many", 200, 500),
        ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
