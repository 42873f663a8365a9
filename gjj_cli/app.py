"""The program: commands mounted lazily, and the one place where an exception becomes an exit code."""

import os
import sys

from gjj_cli import __version__

TYPE_CHECKING = False  # mypy knows the name; importing typing would double the time of --version
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from typer import _click as click

    from gjj_cli.usage import Group


class Terminated(BaseException):
    """SIGTERM or SIGHUP. Not an Exception, so that only `finally` and transactions see it on the way out."""


def run() -> None:
    """The program as the shell calls it: like `main`, and ends at once.

    With polars loaded the interpreter's own farewell takes as long as judging a small workbook, and nothing is left
    to say: files, books and streams are closed by then. Garbage is looked for seldom, because what is imported is none.
    """
    import gc

    gc.set_threshold(100_000, 20, 20)
    code = main()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:  # only --version writes without flushing
        code = 4
    os._exit(code)


def main(argv: list[str] | None = None) -> int:
    """Run one command line (without the program's name; default sys.argv) and return the exit code."""
    args = sys.argv[1:] if argv is None else list(argv)
    if args == ["--version"]:  # before typer is imported
        sys.stdout.write(f"gjj {__version__}\n")
        return 0
    from gjj_cli import terminal

    terminal.prepare()
    terminal.configure()
    restore = _catch_signals()
    try:
        return _outcome(args)
    finally:
        terminal.settle()
        restore()


def _outcome(args: list[str]) -> int:
    from gjj_cli import terminal
    from gjj_cli.errors import Exit, GjjError

    try:
        code = _run(args)
        terminal.flush()
        return code
    except BrokenPipeError:
        terminal.abandon()
        return Exit.DONE
    except GjjError as error:
        terminal.complain(error)
        return error.exit
    except KeyboardInterrupt:
        return _interrupted(Exit.INTERRUPTED)
    except Terminated:
        return _interrupted(Exit.TERMINATED)
    except BaseException as error:  # a panic of polars is no Exception
        return _crashed(error, args)


def _run(args: list[str]) -> int:
    from gjj_cli import usage

    return usage.run(root(), args)


def root() -> "Group":
    """The command `gjj`: prints the map when nothing is asked, and imports a command's module when it is."""
    import importlib

    from typer.main import get_command

    from gjj_cli import commands, terminal, usage

    class Root(usage.Group):
        def list_commands(self, ctx: "click.Context") -> list[str]:
            return [entry.name for entry in commands.available()]

        def get_command(self, ctx: "click.Context", cmd_name: str) -> "click.Command | None":
            if cmd_name not in self.list_commands(ctx):
                return None
            return get_command(importlib.import_module(f"gjj_cli.commands.{cmd_name}").app)

        def get_help(self, ctx: "click.Context") -> str:
            return commands.map_of(commands.available())

        def invoke(self, ctx: "click.Context") -> object:
            if ctx._protected_args:
                return super().invoke(ctx)
            terminal.out(self.get_help(ctx))
            return 0

    return Root(name="gjj", rich_markup_mode=None)


# --- signals and crashes ---------------------------------------------------------------------------------------


def _catch_signals() -> "Callable[[], None]":
    """SIGTERM and SIGHUP unwind the stack like Ctrl-C does, unless the caller ignores them (nohup).

    Gives the function that puts the old handlers back.
    """
    import signal

    def stop(_number: int, _frame: object) -> None:
        raise Terminated

    before: dict[int, Any] = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, stop)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def _interrupted(code: int) -> int:
    from gjj_cli import terminal

    terminal.talk("gjj：停下了，没办完的已经退回，账簿没有写一半。可以直接再跑同一条命令。")
    return code


def _crashed(error: BaseException, args: list[str]) -> int:
    from gjj_cli import terminal
    from gjj_cli.errors import Exit, GjjError

    class Bug(GjjError):
        exit = Exit.BUG

    path = _write_log(error, args)
    where = "" if path is None else f"要报告，请附上 {path}\n（里面没有姓名和证件号码）。"
    terminal.complain(
        Bug(
            "程序出错，是我们的问题，不是您的表。账簿没有写一半：已入账的都算数",
            remedies=(f"可以直接再跑同一条命令。{where}",),
        )
    )
    return Exit.BUG


def _write_log(error: BaseException, args: list[str]) -> "Path | None":
    """Append the traceback to the log of this minute, readable by its owner only; None where that cannot be."""
    from datetime import datetime
    from pathlib import Path

    state = os.environ.get("XDG_STATE_HOME", "")
    folder = (Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state") / "gjj"
    path = folder / f"{datetime.now():%y%m%d%H%M}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as log:
            log.write(_account_of(error, args))
    except OSError:
        return None
    return path


def _account_of(error: BaseException, args: list[str]) -> str:
    """What was run and where it broke: frames with our source lines, messages masked, no values."""
    import platform
    import traceback
    from pathlib import Path

    from gjj_cli.commands import available
    from gjj_cli.masking import mask_log

    known = {entry.name for entry in available()}
    words = [word.partition("=")[0] if word.startswith("-") else word for word in args]
    shown = " ".join(word for word in words if word in known or word.startswith("-"))
    lines = [f"gjj {__version__}, Python {platform.python_version()}, {platform.platform()}", f"gjj {shown}"]
    link: BaseException | None = error
    for _ in range(10):
        if link is None:
            break
        lines += [f"{type(link).__module__}.{type(link).__qualname__}: {mask_log(str(link))}"]
        frames = "".join(traceback.format_tb(link.__traceback__)).rstrip("\n")
        lines += [frames.replace(str(Path.home()), "~")]  # a home folder may be named after a person
        link = link.__cause__ or link.__context__
    return "\n".join(lines) + "\n\n"
