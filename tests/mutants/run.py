"""`make mutants`: how many small wrong programs the tests of a module notice. Exit 1 where it is under 95 %.

Each mutant is one subprocess over a copy of the tree in a temporary folder (polars' threads do not outlive a fork);
one that takes too long counts as noticed. A mutant that no test can tell from the original stands with its reason in
equivalent.toml and does not count.
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.mutate import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
SECONDS = 60
WANTED = 0.95
MODULES = {
    "gjj_cli/identity.py": ("tests/test_identity.py",),
    "gjj_cli/money.py": ("tests/test_money.py",),
    "gjj_cli/month.py": ("tests/test_month.py",),
    "gjj_cli/workbook/gate.py": ("tests/workbook/test_gate_bounds.py", "tests/workbook/test_gate.py"),
    "gjj_cli/workbook/prolog.py": ("tests/workbook/test_prolog.py",),
}
PYTEST = ("-m", "pytest", "-x", "-q", "-n", "0", "--no-header", "-W", "ignore")


@dataclass
class Score:
    """What became of a module's mutants."""

    module: str
    total: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def share(self) -> float:
        return 1 - len(self.survivors) / self.total if self.total else 1.0


def main(chosen: Iterable[str]) -> int:
    scores = [measure(module) for module in MODULES if not chosen or any(name in module for name in chosen)]
    for score in scores:
        killed = score.total - len(score.survivors)
        print(f"{score.module}: {killed} of {score.total} killed, {100 * score.share:.1f} %")
    return 0 if all(score.share >= WANTED for score in scores) else 1


def equivalents(module: str) -> set[tuple[str, str, str]]:
    """(line, before, after) of the mutants of a module that are none."""
    listed = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))
    return {(each["line"], each["before"], each["after"]) for each in listed.get(module, [])}


def measure(module: str) -> Score:
    """Run every mutant of the module against the module's tests; survivors are printed as they are met."""
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in mutants((ROOT / module).read_text(encoding="utf-8")):
        waiting.put(mutant)
    score, known, lock = Score(module), equivalents(module), threading.Lock()

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = _copy(Path(folder) / "tree")
            if not _passes(copy, module):
                raise RuntimeError(f"the tests of {module} fail without any mutant")
            while not waiting.empty():
                mutant = waiting.get()
                (copy / module).write_text(mutant.source, encoding="utf-8")
                survived = _passes(copy, module)
                with lock:
                    _count(score, mutant, survived, (mutant.text, mutant.before, mutant.after) in known)

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if not score.total:
        raise RuntimeError(f"no mutant of {module} was judged")
    return score


def _count(score: Score, mutant: Mutant, survived: bool, listed: bool) -> None:
    if survived and listed:
        return
    score.total += 1
    if survived:
        score.survivors.append(mutant)
        print(f"survived: {score.module}:{mutant.line}\n  - {mutant.before}\n  + {mutant.after}", flush=True)


def _copy(target: Path) -> Path:
    ignored = shutil.ignore_patterns(".git", ".venv*", "build", "dist", "__pycache__", "*.pyc")
    shutil.copytree(ROOT, target, ignore=ignored)
    return target


def _passes(copy: Path, module: str) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *PYTEST, *MODULES[module]], cwd=copy, env=environment, capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
