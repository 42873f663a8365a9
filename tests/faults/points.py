"""One system call of a run fails, or the run is killed in it; strace counts the calls and does the harm.

strace attaches to the run while it stands still, so that no time is lost on starting an interpreter under it.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from tests.faults.month_ends import MonthEnd, acknowledged, copy_of
from tests.faults.warm import Child, Warm

CALLS = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink", "openat")
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)$", re.M)


@dataclass(frozen=True)
class Fault:
    """What is done at a system call: `error=ENOSPC` or `signal=KILL`. `lasting`: at all that follow, too."""

    call: str
    act: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.call} {self.act.partition('=')[2]}{' from then on' if self.lasting else ''}"

    @property
    def kills(self) -> bool:
        return self.act == "signal=KILL"

    def at(self, n: int) -> str:
        return f"inject={self.call}:{self.act}:when={n}{'+' if self.lasting else ''}"


FAULTS = (
    Fault("pwrite64", "error=ENOSPC"),
    Fault("pwrite64", "error=ENOSPC", lasting=True),
    Fault("pwrite64", "error=EIO"),
    Fault("pwrite64", "signal=KILL"),
    Fault("fdatasync", "error=EIO"),
    Fault("fdatasync", "error=ENOSPC"),
    Fault("fdatasync", "signal=KILL"),
    Fault("ftruncate", "error=EIO"),
    Fault("ftruncate", "signal=KILL"),
    Fault("unlink", "error=EACCES"),
    Fault("unlink", "signal=KILL"),
    Fault("openat", "error=EACCES"),
    Fault("openat", "error=EMFILE"),
    Fault("openat", "signal=KILL"),
    Fault("write", "error=ENOSPC"),
    Fault("write", "error=EIO"),
    Fault("write", "signal=KILL"),
)


def attach(child: Child, trace: Path, *options: str) -> "subprocess.Popen[str]":
    """strace on a run that stands still; returns when it watches."""
    command = ["strace", "-f", "-p", str(child.pid), "-o", str(trace), "-e", "signal=none", *options]
    strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert strace.stderr is not None
    said = strace.stderr.readline()
    assert "attached" in said, said
    return strace


def detach(strace: "subprocess.Popen[str]") -> None:
    """Waits for strace, which ends with what it watches."""
    strace.communicate(timeout=60)


def calls_of(warm: Warm, month_end: MonthEnd, folder: Path) -> dict[str, list[int]]:
    """Which calls an undisturbed run makes on its books and its streams: their places among the calls of that name.

    Opening what belongs to the interpreter is left out: a machine that cannot read the program has no program.
    """
    books = month_end.copy(folder / "books")
    child = warm.start(month_end.run(books), folder, held=True, env=month_end.env)
    strace = attach(child, folder / "trace", "-s", "0", "-e", f"trace={','.join(CALLS)}")
    child.go()
    assert child.wait() == month_end.exit, child.err
    detach(strace)
    places: dict[str, list[int]] = {call: [] for call in CALLS}
    seen = dict.fromkeys(CALLS, 0)
    for pid, call, rest in _LINE.findall((folder / "trace").read_text(encoding="utf-8", errors="replace")):
        if int(pid) == child.pid and call in seen:
            seen[call] += 1
            if call != "openat" or str(books) in rest:
                places[call].append(seen[call])
    return places


def strike(warm: Warm, month_end: MonthEnd, fault: Fault, n: int, folder: Path, *, sabotage: str = "") -> list[str]:
    """A month-end with a fault at its Nth call, what it left, the rerun, and what that left: all that is wrong."""
    books = month_end.copy(folder / "books")
    child = warm.start(month_end.run(books), folder, held=True, env=month_end.env, sabotage=sabotage)
    strace = attach(child, folder / "trace", "-s", "0", "-e", f"trace={fault.call}", "-e", fault.at(n))
    child.go()
    code = child.wait()
    detach(strace)
    found = _exit_of(fault, code, child, folder / "trace", month_end)
    acked = acknowledged(child.err)
    seen = copy_of(books, folder / "seen")
    found += month_end.problems(seen, month_end.paying if code == month_end.exit else acked)
    again = warm.run(month_end.run(books), folder / "again", env=month_end.env)
    if again.wait() != month_end.exit:
        found.append(f"the rerun ended with {again.wait()}: {again.err.strip()[-300:]}")
    found += month_end.problems(books, acked, finished=True)
    if not found:
        rmtree(folder)
    return [f"{fault} at {n}: {one}" for one in found]


def _exit_of(fault: Fault, code: int, child: Child, trace: Path, month_end: MonthEnd) -> list[str]:
    """A fault must have struck; a failed run ends with 4 and a sentence, or as if nothing had been (a lock file left)."""
    traced = trace.read_text(encoding="utf-8", errors="replace")
    if fault.kills:
        return [] if code == -9 else [f"was not killed, but ended with {code}"]
    if "INJECTED" not in traced:
        return ["no such call"]
    if code not in (4, month_end.exit):
        return [f"ended with {code}: {child.err.strip()[-300:]}"]
    if code == 4 and fault.call != "write" and not _sentence(child.err):
        return [f"ended with 4 and said {child.err.strip()[-300:]!r}"]
    return []


def _sentence(talk: str) -> bool:
    """One refusal, with what to do."""
    return len(re.findall("^gjj：", talk, re.M)) == 1 and "\n改：" in talk
