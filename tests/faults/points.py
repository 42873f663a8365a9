"""One system call of a run fails, or the run is killed in it; strace counts the calls and does the harm.

strace attaches to the run while it stands still, so that no time is lost on starting an interpreter under it.
"""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from tests.faults.month_ends import MonthEnd, acknowledged, copy_of
from tests.faults.warm import Child, Warm

CALLS = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink", "openat", "rename", "link")
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


@dataclass(frozen=True)
class Job:
    """A command and the folder of what it works on: `folder` is made anew for each run, and the run stands in it."""

    args: tuple[str, ...]
    env: Mapping[str, str]
    exit: int = 0


def calls_of(warm: Warm, job: Job, folder: Path) -> dict[str, list[int]]:
    """Which calls an undisturbed run makes on files in its folder: their places among the calls of that name.

    Opening what belongs to the interpreter is left out: a machine that cannot read the program has no program.
    """
    child = warm.start(job.args, folder, held=True, env=job.env)
    trace = folder.with_suffix(".trace")
    strace = attach(child, trace, "-y", "-s", "0", "-e", f"trace={','.join(CALLS)}")
    child.go()
    assert child.wait() == job.exit, child.err
    detach(strace)
    places: dict[str, list[int]] = {call: [] for call in CALLS}
    seen = dict.fromkeys(CALLS, 0)
    for pid, call, rest in _LINE.findall(trace.read_text(encoding="utf-8", errors="replace")):
        if int(pid) == child.pid and call in seen:
            seen[call] += 1
            if _is_in(folder, call, rest):
                places[call].append(seen[call])
    return places


def _is_in(folder: Path, call: str, rest: str) -> bool:
    """Whether a call is on something in the folder: what is opened is named, the rest has a file behind its number."""
    if call == "openat":
        return f'"{folder}' in rest
    return str(folder) in rest or call in ("rename", "link", "unlink")


def strike(warm: Warm, job: Job, fault: Fault, n: int, folder: Path, *, sabotage: str = "") -> tuple[Child, list[str]]:
    """A run with a fault at its Nth call, ended, and what is wrong with how it ended.

    The fault must have struck. A failed run ends with 4 and one refusal, or as if nothing had been (a log that could
    not be cleared away).
    """
    child = warm.start(job.args, folder, held=True, env=job.env, sabotage=sabotage)
    trace = folder.with_suffix(".trace")
    strace = attach(child, trace, "-s", "0", "-e", f"trace={fault.call}", "-e", fault.at(n))
    child.go()
    code = child.wait()
    detach(strace)
    if fault.kills:
        return child, [] if code == -9 else [f"was not killed, but ended with {code}"]
    if "INJECTED" not in trace.read_text(encoding="utf-8", errors="replace"):
        return child, ["no such call"]
    if code not in (4, job.exit):
        return child, [f"ended with {code}: {child.err.strip()[-300:]}"]
    on_a_stream = fault.call == "write"  # the fault may have taken the refusal itself
    if code == 4 and not on_a_stream and not _refused(child.err):
        return child, [f"ended with 4 and said {child.err.strip()[-300:]!r}"]
    return child, []


def month_end_job(month_end: MonthEnd, folder: Path) -> Job:
    return Job(month_end.run(folder), month_end.env, month_end.exit)


def strike_month_end(
    warm: Warm, month_end: MonthEnd, fault: Fault, n: int, folder: Path, *, sabotage: str = ""
) -> list[str]:
    """A month-end with a fault at its Nth call, what it left, the rerun, and what that left: all that is wrong."""
    books = month_end.copy(folder)
    job = month_end_job(month_end, books)
    child, found = strike(warm, job, fault, n, books, sabotage=sabotage)
    acked = acknowledged(child.err)
    said_done = child.wait() == month_end.exit
    seen = copy_of(books, folder.with_suffix(".seen"))
    found += month_end.problems(seen, month_end.paying if said_done else acked)
    again = warm.run(job.args, books, env=job.env)
    if again.wait() != month_end.exit:
        found.append(f"the rerun ended with {again.wait()}: {again.err.strip()[-300:]}")
    found += month_end.problems(books, acked, finished=True)
    rmtree(seen)
    rmtree(books)
    return [f"{fault} at {n}: {one}" for one in found]


def _refused(talk: str) -> bool:
    """One refusal, with what to do."""
    return len(re.findall("^gjj：", talk, re.M)) == 1 and "\n改：" in talk
