"""校验表格.cmd: its form, as far as it can be told without a Windows."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gjj_cli.commands import validate
from gjj_cli.flows import beside

SCRIPT = Path(__file__).parents[2] / "contrib" / "windows" / "校验表格.cmd"
DATA = SCRIPT.read_bytes()
LINES = DATA.decode("utf-8").split("\r\n")


def code() -> list[str]:
    return [line.strip() for line in LINES if line and not line.startswith("rem ")]


def test_lines_end_as_cmd_wants_them_and_there_is_no_bom() -> None:
    assert DATA.count(b"\n") == DATA.count(b"\r\n") == len(LINES) - 1
    assert not DATA.startswith(b"\xef\xbb\xbf")


def test_the_code_page_is_set_before_anything_chinese() -> None:
    page = LINES.index("chcp 65001 >nul")
    assert all(line.isascii() for line in LINES[: page + 1])
    assert not all(line.isascii() for line in LINES[page:])


def test_every_argument_and_path_is_quoted() -> None:
    for line in code():
        outside = re.sub(r'"[^"]*"', "", line.removeprefix("for %%F in (!line!)"))
        assert not re.search(r"%(~\w*)?[1-9]|%red%|%stem|%%F|%%~F", outside), line


def test_it_goes_through_what_was_dropped_and_waits() -> None:
    lines = code()
    assert lines[lines.index("shift") - 1 : lines.index("shift") + 2] == ['call :one "%~1"', "shift", "goto next"]
    assert lines.count("pause") == 4  # without gjj, without a file, and after either way through the files
    assert lines[lines.index('for %%F in (!line!) do call :one "%%~F"') + 2] == "exit"


def test_labels_are_there() -> None:
    labels = {line[1:] for line in code() if line.startswith(":")}
    assert {name for line in code() for name in re.findall(r"(?:goto |call :)(\w+)", line)} == labels


def test_a_missing_gjj_is_said_with_what_to_do() -> None:
    after = LINES[LINES.index("where gjj >nul 2>nul") :]
    assert "找不到 gjj" in after[2] and "pip install" in after[3]


def test_what_it_opens_is_what_gjj_writes() -> None:
    assert f'set "red=%~dpn1{beside.MARKED}.xlsx"' in code()
    assert f'if "%stem:~-{len(beside.MARKED)}%"=="{beside.MARKED}" set "red=%~f1"' in code()


@pytest.mark.parametrize("line", [line for line in code() if line.startswith("gjj ")])
def test_gjj_knows_what_it_is_called_with(line: str) -> None:
    assert line == 'gjj validate "%~f1" --annotate'
    assert CliRunner().invoke(validate.app, ["没有.xlsx", "--annotate"]).exit_code != 2
