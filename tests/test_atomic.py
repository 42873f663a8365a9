"""A finished file in its place, and what is said when another program holds that place."""

from pathlib import Path

import pytest

from gjj_cli import atomic
from gjj_cli.errors import FileError


@pytest.mark.parametrize("lock", ["~$开户.xlsx", ".~开户.xlsx", ".~lock.开户.xlsx#"])
def test_a_file_that_another_program_has_open(tmp_path: Path, lock: str) -> None:
    target = tmp_path / "开户.xlsx"
    target.write_bytes(b"old")
    (tmp_path / lock).touch()
    with pytest.raises(FileError) as caught:
        atomic.write(target, b"new")
    assert caught.value.what == f"{target} 正在别的程序里开着，没有写"
    assert caught.value.remedies == ("改：在 Excel、WPS 或 LibreOffice 里关上它，再跑同一条命令。",)
    assert target.read_bytes() == b"old"


def test_windows_says_that_it_is_open_with_a_permission_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "in use", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(FileError, match="正在别的程序里开着"):
        atomic.write(tmp_path / "开户.xlsx", b"new")
    assert list(tmp_path.iterdir()) == []  # the temporary file is gone too


def test_another_file_that_is_open_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "~$封存.xlsx").touch()
    atomic.write(tmp_path / "开户.xlsx", b"new")
    assert (tmp_path / "开户.xlsx").read_bytes() == b"new"
