"""A warm interpreter: `gjj` as a process of its own in hundredths of a second, because everything is imported before.

The server (`python -m tests.faults.warm`) has imported the program and forks for every run; the child is the program as
the shell calls it (`app.run`): its own descriptors, folder and environment, and real system calls. polars starts its
threads at the first query, so the server never makes one: a fork would not have them.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

_IMPORTED = (
    "gjj_cli.terminal",
    "gjj_cli.usage",
    "gjj_cli.flows.asking",
    "gjj_cli.flows.ledgers",
    "gjj_cli.flows.printing",
    "gjj_cli.flows.receipting",
    "gjj_cli.flows.remit",
    "gjj_cli.report.remittance",
    "gjj_cli.commands.ledger",
    "gjj_cli.commands.receipt",
    "gjj_cli.commands.remit",
    "gjj_cli.store.postgres",
    "sqlalchemy.dialects.sqlite",
    "tests.faults.sabotage",
)


@dataclass
class Child:
    """A run of `gjj`: running, or standing still until `go` when it was started `held`."""

    pid: int
    folder: Path
    _server: "Warm"
    status: int | None = None

    def go(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it has ended just now
            os.kill(self.pid, number)

    def wait(self) -> int:
        """The exit code; minus the signal's number where a signal ended it."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(self._server.ask({"wait": self.pid}))
        return self.status

    @property
    def over(self) -> bool:
        """Whether it has ended (nobody has waited for it yet)."""
        return (
            Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
            == "Z"
        )

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text(encoding="utf-8")


@dataclass
class Warm:
    """The server's other end; `env` is added to the environment of all its runs."""

    env: Mapping[str, str]
    _process: "subprocess.Popen[bytes]" = field(init=False)

    def __enter__(self) -> "Warm":
        command = [sys.executable, "-m", "tests.faults.warm"]
        # a .pyc that a limit or a fault cut short would break every later run
        quiet = {"POLARS_MAX_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment = {**os.environ, **self.env, **quiet}
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def ask(self, question: Mapping[str, object]) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(
        self,
        args: Sequence[str],
        folder: Path,
        *,
        held: bool = False,
        sabotage: str = "",
        env: Mapping[str, str] | None = None,
        program: str = "",
    ) -> Child:
        """`gjj *args` in the folder, its streams in the files `out` and `err` there.

        `held` it stands still at its start, or where its sabotage makes it. `program` (module:function) runs something
        else instead.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "err").write_bytes(b"")  # may be looked at before the run has opened it
        how = {
            "args": list(args),
            "folder": str(folder),
            "held": held,
            "sabotage": sabotage,
            "env": dict(env or {}),
            "program": program,
        }
        return Child(self.ask({"start": how}), folder, self)

    def run(
        self, args: Sequence[str], folder: Path, *, sabotage: str = "", env: Mapping[str, str] | None = None
    ) -> Child:
        """The same, waited for."""
        child = self.start(args, folder, sabotage=sabotage, env=env)
        child.wait()
        return child


# --- the server ------------------------------------------------------------------------------------------------


def serve(questions: IO[str], answers: IO[str]) -> None:
    """Answers `start` with a process id and `wait` with a wait status, a line each."""
    for said in questions:
        question = json.loads(said)
        if "wait" in question:
            answer = os.waitpid(question["wait"], 0)[1]
        else:
            answer = _start(question["start"])
        answers.write(f"{answer}\n")
        answers.flush()


def _start(how: dict[str, object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _be_gjj(how)
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(99)  # never back into the server's loop
    if how["held"]:
        os.waitpid(pid, os.WUNTRACED)
    return pid


def _be_gjj(how: dict[str, object]) -> None:
    from gjj_cli import app
    from tests.faults import sabotage

    folder = Path(str(how["folder"]))
    os.chdir(folder)
    os.environ.update(how["env"])  # type: ignore[call-overload]
    for number, place, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, str(folder / "out"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, str(folder / "err"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(place, flags, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = ["gjj", *how["args"]]  # type: ignore[misc]
    if how["sabotage"]:
        getattr(sabotage, str(how["sabotage"]))()
    if how["held"] and how["sabotage"] != sabotage.at_the_door.__name__:
        os.kill(os.getpid(), signal.SIGSTOP)
    if how["program"]:
        module, _, name = str(how["program"]).partition(":")
        getattr(importlib.import_module(module), name)()
        os._exit(0)
    app.run()


if __name__ == "__main__":
    import gc

    for name in _IMPORTED:
        importlib.import_module(name)
    threads = {(task / "comm").read_text(encoding="ascii").strip() for task in Path("/proc/self/task").iterdir()}
    assert "polars-0" not in threads, "a query was made while importing: its threads would be missing in every child"
    gc.collect()
    gc.freeze()
    serve(sys.stdin, sys.stdout)
