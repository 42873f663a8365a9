"""What the tests share: gjj as a process, with pipes or on a terminal, and the wanted screens."""

import os
import pty
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.postgres import Server, serving

SCREENS = Path(__file__).parent / "screens"


@dataclass(frozen=True)
class Result:
    """What one run said. On a terminal everything is in `stdout`, as a person saw it."""

    stdout: str
    stderr: str
    exit: int


@dataclass
class Gjj:
    """Runs `gjj` as a process in a folder of its own, with nothing of the machine's settings."""

    cwd: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self, changes: Mapping[str, str] | None = None) -> dict[str, str]:
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.cwd / "home"),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            "TERM": "xterm",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", ""),
        }
        return {**clean, **self.env, **(changes or {})}

    def start(self, *args: str, env: Mapping[str, str] | None = None, **how: object) -> "subprocess.Popen[bytes]":
        """The process, running; how it is joined is the caller's."""
        command = [sys.executable, "-m", "gjj_cli", *args]
        return subprocess.Popen(command, cwd=self.cwd, env=self.environment(env), **how)  # type: ignore[call-overload]

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, stdin: bytes = b"", encoding: str = "utf-8"
    ) -> Result:
        """Run with pipes."""
        pipe = subprocess.PIPE
        process = self.start(*args, env=env, stdin=pipe, stdout=pipe, stderr=pipe)
        out, err = process.communicate(stdin, timeout=120)
        return Result(_text(out, encoding), _text(err, encoding), process.returncode)

    def on_terminal(self, *args: str, env: Mapping[str, str] | None = None, typed: str = "") -> Result:
        """Run on a pseudo-terminal: stdout and stderr arrive as one text, and questions are asked."""
        ours, theirs = pty.openpty()
        process = self.start(*args, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        if typed:
            os.write(ours, typed.encode())
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:  # Linux says EIO when the other end has gone
            pass
        os.close(ours)
        return Result(_text(seen, "utf-8"), "", process.wait(120))

    def interrupt(self, process: "subprocess.Popen[bytes]", number: signal.Signals) -> int:
        """Send a signal and give the exit code."""
        process.send_signal(number)
        return process.wait(60)


def _text(data: bytes, encoding: str) -> str:
    return data.decode(encoding).replace("\r\n", "\n")


@pytest.fixture
def gjj(tmp_path: Path) -> Gjj:
    """`gjj("validate", "开户.xlsx")` in an empty folder; `gjj.env` for what every run shall see."""
    (tmp_path / "home").mkdir()
    return Gjj(tmp_path)


@pytest.fixture
def shows(gjj: Gjj) -> Callable[..., None]:
    """`shows("error1")`: run each `$ gjj …` of tests/screens/error1.txt on a terminal and compare, byte for byte.

    Keyword arguments are words of the file to replace before comparing (a path, a duration).
    """

    def compare(name: str, **replaced: str) -> None:
        for command, wanted in screen(name, **replaced):
            assert gjj.on_terminal(*shlex.split(command)[1:]).stdout == wanted

    return compare


def screen(name: str, **replaced: str) -> list[tuple[str, str]]:
    """The (command, what it shows) pairs of a screen file; a line that begins with `$ ` is a command."""
    text = (SCREENS / f"{name}.txt").read_text(encoding="utf-8")
    for word, by in replaced.items():
        text = text.replace(word, by)
    pairs: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            pairs.append((line.removeprefix("$ ").rstrip("\n"), ""))
        else:
            command, shown = pairs.pop()
            pairs.append((command, shown + line))
    return pairs


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL server for all tests of this process; each takes its own database (`postgres.database()`)."""
    yield from serving()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test records as `told` is said at the end: seeds, and how much was tried."""
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        if getattr(report, "when", None) == "call":
            for name, value in report.user_properties:
                if name == "told":
                    terminalreporter.write_line(str(value))
