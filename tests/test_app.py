"""The program as a process: exit codes, pipes, locales, signals, crashes, start-up."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gjj_cli import app, commands, terminal
from gjj_cli.commands import rule as rule_command
from gjj_cli.errors import Exit, Forbidden, Locked, PolicyMissing, PrintFailed, Refused, UsageError, worst
from tests.conftest import Gjj, screen

HEAVY = ("polars", "pandera", "sqlalchemy", "openpyxl", "weasyprint")
PRESENT = {entry.name for entry in commands.available()}


# --- exit codes -----------------------------------------------------------------------------


def test_common_options_of_the_group_above(gjj: Gjj):
    assert gjj("-q", "--color", "always", "rule", "E201").stdout == gjj("rule", "E201", "--color", "always").stdout


@pytest.mark.parametrize("args", [("--version",), ("-q", "--version"), ("rule", "--version")])
def test_version(gjj: Gjj, args):
    result = gjj(*args)
    assert (result.stdout, result.exit) == ("gjj 0.1.0\n", 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("甲"), 2),
        (PolicyMissing("甲"), 3),
        (PrintFailed("甲"), 4),
        (Locked("甲"), 5),
        (Refused("甲", code="E705"), 6),
        (Forbidden("甲"), 7),
        (KeyboardInterrupt(), 130),
        (app.Terminated(), 143),
    ],
)
def test_one_place_makes_the_exit_code(monkeypatch, capsys, error, code):
    monkeypatch.setattr(rule_command, "describe", raising(error))
    assert app.main(["rule", "E201"]) == code
    assert "Traceback" not in capsys.readouterr().err


def raising(error: BaseException):
    def broken(*_args: object) -> str:
        raise error

    return broken


def test_several_outcomes_have_one_precedence():
    order = [70, 4, 3, 7, 8, 6, 1, 0]
    for index, code in enumerate(order):
        assert worst([Exit(later) for later in reversed(order[index:])]) == code
    assert worst([]) == 0


def test_the_table_of_exit_codes_is_whole(gjj: Gjj):
    shown = gjj("help", "退出码").stdout
    assert [int(number) for number in re.findall(r"^ *([0-9]+)  ", shown, re.MULTILINE)] == [int(code) for code in Exit]


# --- streams ---------------------------------------------------------------------------------------------------


def test_a_closed_pipe_ends_quietly(gjj: Gjj):
    process = gjj.start("rule", "--all", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    with process.stderr as stderr:
        assert stderr.read() == b""
    assert process.wait(60) == 0


def test_head_ends_quietly(gjj: Gjj):
    line = f"{sys.executable} -m gjj_cli rule --all | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", line], cwd=gjj.cwd, env=gjj.environment(), capture_output=True, check=True)
    assert result.stdout.decode().splitlines() == ["E001 错误  不是 .xlsx 工作簿", "0"]
    assert result.stderr == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(gjj: Gjj, closed):
    line = f"{sys.executable} -m gjj_cli rule E201 {closed}"
    assert subprocess.run(["bash", "-c", line], cwd=gjj.cwd, env=gjj.environment(), check=False).returncode == 0


def test_a_full_disk_behind_stdout_is_exit_4(gjj: Gjj):
    with Path("/dev/full").open("wb") as full:
        process = gjj.start("rule", "--all", stdout=full, stderr=subprocess.PIPE)
        said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 4
    assert said.startswith("gjj：结果写不出去")


def test_colour_only_on_a_terminal_and_never_with_no_color(gjj: Gjj):
    assert "\x1b[31m错误\x1b[0m" in gjj.on_terminal("rule", "E201").stdout
    assert "\x1b" not in gjj("rule", "E201").stdout
    assert "\x1b" not in gjj.on_terminal("rule", "E201", env={"NO_COLOR": "1"}).stdout
    assert "\x1b" not in gjj.on_terminal("rule", "E201", "--color", "never").stdout
    assert "\x1b" in gjj("rule", "E201", "--color", "always", env={"NO_COLOR": "1"}).stdout


def test_gbk(gjj: Gjj):
    result = gjj("help", "𠮷", env={"PYTHONIOENCODING": "gbk"}, encoding="gbk")
    assert "没有 \\U00020bb7 这个主题" in result.stderr
    result = gjj("rule", "--all", env={"PYTHONIOENCODING": "gbk"}, encoding="gbk")
    assert result.exit == 0
    assert "\\u" not in result.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_a_locale_without_chinese_gets_utf8(gjj: Gjj, env):
    assert "校验码对不上" in gjj("rule", "E201", env=env).stdout


def test_hints_are_for_a_terminal(capsys):
    terminal.hint("看进度：gjj todo")
    assert capsys.readouterr().err == ""


# --- signals and crashes ---------------------------------------------------------------------------------------

SLOW = """
import sys, time
from gjj_cli import app
from gjj_cli.commands import rule

def describe(entry):
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("tidied", flush=True)

rule.describe = describe
sys.exit(app.main(["rule", "E201"]))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_signals_unwind_and_say_so(gjj: Gjj, number, code):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        cwd=gjj.cwd,
        env=gjj.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, b"tidied\n")
    assert err.decode() == "gjj：停下了，没办完的已经退回，账簿没有写一半。可以直接再跑同一条命令。\n"


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    app.main(["-q", "--version"])
    assert signal.getsignal(signal.SIGTERM) is before


class PanicException(BaseException):
    """As polars raises them."""


@pytest.fixture
def state(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "gjj"


NAME, IDENTITY = "张三", "440203199001011234"  # not in the lines that raise: the log shows source lines


def bug() -> BaseException:
    try:
        raise KeyError(f"{NAME} {IDENTITY}")
    except KeyError as cause:
        error = RuntimeError(f"row {IDENTITY} of 'John Smith' at postgresql://u:hunter2@h/gjj")
        error.__cause__ = cause
        return error


@pytest.mark.parametrize("error", [bug(), PanicException("called `unwrap`"), MemoryError(), SystemExit(3)])
def test_our_bug_is_one_sentence_and_a_log(monkeypatch, capsys, state, error):
    monkeypatch.setattr(rule_command, "describe", raising(error))
    assert app.main(["rule", "E201", "--as-of", "2025-05-14"]) == 70
    [log] = state.iterdir()
    assert re.fullmatch(r"[0-9]{10}\.log", log.name)
    assert log.stat().st_mode & 0o777 == 0o600
    [(_, wanted)] = screen("error70", **{"/home/gjj/.local/state/gjj/2507311830.log": str(log)})
    assert capsys.readouterr().err == wanted


def test_the_log_holds_the_traceback_and_nobody(monkeypatch, state):
    monkeypatch.setattr(rule_command, "describe", raising(bug()))
    app.main(["rule", "440203199001011234", "张三"])  # a usage error: no log
    assert not state.exists()
    app.main(["rule", "E201", "--config=张三"])
    [log] = state.iterdir()
    text = log.read_text(encoding="utf-8")
    assert "in broken" in text
    assert "builtins.RuntimeError: row *** of '***'" in text
    assert "gjj rule --config\n" in text
    for private in ("4402", "John", "张三", "hunter2"):
        assert private not in text


def test_a_crash_without_a_place_for_the_log(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(rule_command, "describe", raising(ValueError()))
    assert app.main(["rule", "E201"]) == 70
    assert capsys.readouterr().err == (
        "gjj：程序出错，是我们的问题，不是您的表。账簿没有写一半：已入账的都算数。\n可以直接再跑同一条命令。\n"
    )


# --- start-up --------------------------------------------------------------------------------------------------


def imported(gjj: Gjj, *args: str) -> set[str]:
    """The modules that a run imports."""
    command = [sys.executable, "-X", "importtime", "-m", "gjj_cli", *args]
    run = subprocess.run(command, cwd=gjj.cwd, env=gjj.environment(), capture_output=True, check=True)
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", run.stderr.decode(), re.MULTILINE))


@pytest.mark.parametrize("name", ["", *sorted(PRESENT)])
def test_help_pages_import_nothing_heavy(gjj: Gjj, name):
    loaded = imported(gjj, *filter(None, (name, "--help")))
    assert not loaded & set(HEAVY)
    assert not any(module.startswith("rich") for module in loaded)


def test_version_imports_no_typer(gjj: Gjj):
    loaded = imported(gjj, "--version")
    assert "gjj_cli.app" in loaded
    assert not loaded & {*HEAVY, "typer", "typing", "dataclasses"}
