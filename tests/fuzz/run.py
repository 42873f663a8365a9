"""`make fuzz`: a range of seeds in two processes, resumable; prints a summary and exits 1 when a mutant was bad.

    python -m tests.fuzz.run FIRST COUNT FOLDER

Each worker adds a line a seed to FOLDER/<worker>.tsv; a seed that has its line is not run again while the code stays
the same, and one that killed its worker is the one announced without a verdict.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.fuzz.judge import verdict
from tests.fuzz.mutate import ROOT

WORKERS = 2


def main(first: int, count: int, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    _forget_other_code(folder)
    command = [sys.executable, "-m", "tests.fuzz.run", str(first), str(count), str(folder)]
    running = [subprocess.Popen([*command, str(worker)]) for worker in range(WORKERS)]
    codes = [worker.wait() for worker in running]
    lines = [line.split("\t") for path in sorted(folder.glob("*.tsv")) for line in path.read_text().splitlines()]
    asked = [line for line in lines if line[0] and first <= int(line[0]) < first + count]
    done = [line for line in asked if len(line) > 2]
    bad = sorted(
        {int(line[0]) for line in done if line[3] == "bad"} | {int(line[0]) for line in asked if len(line) < 3}
    )
    print(f"{len({line[0] for line in asked})} mutants, seeds {first} to {first + count - 1}")
    for exit_, number in sorted(Counter(int(line[1]) for line in done).items()):
        print(f"  exit {exit_}: {number}")
    slowest = max(done, key=lambda line: float(line[2]), default=None)
    if slowest is not None:
        print(f"  slowest: seed {slowest[0]}, {slowest[2]} s")
    print(f"  bad: {', '.join(map(str, bad[:50])) or 'none'}")
    return 1 if bad or any(codes) else 0


def _forget_other_code(folder: Path) -> None:
    """Verdicts on code that has changed since say nothing."""
    sources = sorted(path for part in ("gjj_cli", "tests/fuzz") for path in (ROOT / part).rglob("*.py"))
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    mark = folder / "code.txt"
    if not mark.exists() or mark.read_text() != code:
        for path in folder.glob("*.tsv"):
            path.unlink()
        mark.write_text(code)


def work(first: int, count: int, folder: Path, worker: int) -> int:
    """Every WORKERS-th seed of the range that no line tells of yet."""
    path = folder / f"{worker}.tsv"
    path.touch()
    known = {int(line.split("\t")[0]) for line in path.read_text().splitlines() if line}
    with path.open("a") as told, tempfile.TemporaryDirectory() as scratch:
        if path.stat().st_size:
            told.write("\n")  # the line may have been cut by a crash
        os.environ["XDG_STATE_HOME"] = scratch  # where a crash would be logged
        for seed in range(first, first + count):
            if seed % WORKERS != worker or seed in known:
                continue
            told.write(str(seed))
            told.flush()  # announced: if this one kills us, the file says so
            seen = verdict(seed, Path(scratch))
            told.write(f"\t{seen.exit}\t{seen.seconds:.2f}\t{'bad' if seen.bad else 'good'}\n")
    return 0


if __name__ == "__main__":
    words = sys.argv[1:]
    numbers = int(words[0]), int(words[1]), Path(words[2])
    sys.exit(work(*numbers, int(words[3])) if len(words) > 3 else main(*numbers))
