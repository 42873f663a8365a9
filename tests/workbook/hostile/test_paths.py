"""What is no regular file, cannot be opened, or has a name made to harm a terminal."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gjj_cli import app
from tests.workbook.hostile import book
from tests.workbook.hostile.test_hostile import DAY, HARMFUL

NOBODY = 65534


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)  # a socket's path must be short


def loop(path: Path) -> None:
    path.symlink_to(path)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


PATHS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "E005"),
    "folder": (Path.mkdir, "E005"),
    "fifo": (fifo, "E005"),
    "socket": (unix_socket, "E005"),
    "link-to-zero": (lambda path: path.symlink_to("/dev/zero"), "E005"),
    "link-to-null": (lambda path: path.symlink_to("/dev/null"), "E005"),
    "link-to-random": (lambda path: path.symlink_to("/dev/urandom"), "E005"),
    "link-to-proc": (lambda path: path.symlink_to("/proc/self/mem"), "E005"),
    "link-to-nothing": (lambda path: path.symlink_to("nowhere"), "E005"),
    "link-to-itself": (loop, "E005"),
    "terabyte-of-nothing": (huge, "E004"),
}


def validate(name: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    started = time.perf_counter()
    exit_ = app.main(["--as-of", DAY, "validate", "--offline", name])
    assert time.perf_counter() - started < 5
    out, err = capsys.readouterr()
    assert out == "" or exit_ == 0
    assert "Traceback" not in out + err
    assert not HARMFUL.search(out + err)
    return exit_, out + err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", PATHS)
def test_what_is_no_file_is_refused_at_once(kind: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, code = PATHS[kind]
    make(folder / "开户.xlsx")
    exit_, said = validate("开户.xlsx", capsys)
    assert exit_ == 4
    assert f"（{code}）" in said and "改：" in said


def test_without_the_right_to_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "开户.xlsx").write_bytes(book.good())
    (folder / "开户.xlsx").chmod(0)
    folder.chmod(0o755)
    us = os.geteuid()
    os.seteuid(us or NOBODY)  # root may read everything
    try:
        exit_, said = validate("开户.xlsx", capsys)
    finally:
        os.seteuid(us)
    assert exit_ == 4
    assert "没有权限" in said or us == 0  # the folders above may hide the file from nobody as well
    assert "（E005）" in said


@pytest.mark.parametrize(
    "name",
    [
        "开\x1b[31m户\x1b]0;title\x07.xlsx",
        "开\n户.xlsx",
        "开\u202exslx.户.xlsx",
        "-开户.xlsx",
        "=HYPERLINK(1).xlsx",
        "$(touch canary).xlsx",
        "开户[1].xlsx",
        "户" * 80 + ".xlsx",
        "%s%n{0}{name}.xlsx",
        os.fsdecode(b"\xbf\xaa\xbb\xa7.xlsx"),  # as GBK wrote it
    ],
)
def test_a_file_of_any_name_is_read(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_bytes(book.good())
    assert validate(f"./{name}", capsys)[0] == 0
    Path(name).write_bytes(b"%PDF")
    exit_, said = validate(f"./{name}", capsys)
    assert (exit_, "PDF" in said) == (4, True)
    assert [path.name for path in folder.iterdir()] == [name]


def test_a_name_that_is_too_long(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("户" * 5_000 + ".xlsx", capsys)[0] == 4


def test_lock_files_are_skipped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "开户.xlsx").write_bytes(book.good())
    (folder / "~$开户.xlsx").write_bytes(bytes(165))
    (folder / ".~开户.xlsx").write_bytes(bytes(165))
    assert validate(".", capsys)[0] == 0
