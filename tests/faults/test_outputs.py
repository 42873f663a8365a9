"""Files the program makes, cut short at every call: the old file is whole or the new one is, and nothing is left over."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from typing import Any
from zipfile import ZipFile

import pytest

from tests.conftest import Gjj
from tests.faults import points
from tests.faults.month_ends import MonthEnd, copy_of
from tests.faults.points import Fault, Job
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow

NO_CACHE = {"PYTHONDONTWRITEBYTECODE": "1"}  # a .pyc cut short would break every later run

OUTPUTS = {
    "old.xlsx": ("remit", "show"),
    "old.csv": ("remit", "show"),
    "old.beancount": ("ledger", "export", "--format", "beancount", "--yes"),
}
FAULTS = [
    Fault(call, act)
    for call, acts in {
        "openat": ("error=EMFILE", "signal=KILL"),
        "write": ("error=ENOSPC", "signal=KILL"),
        "fsync": ("error=EIO", "signal=KILL"),
        "rename": ("error=EACCES", "signal=KILL"),
    }.items()
    for act in acts
]
OLD = b"what was there before"


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_file_is_old_or_new(
    name: str, strace: str, warm: Warm, few: MonthEnd, ran: Path, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    books = copy_of(ran, tmp_path / "books")
    job = Job(("--db", str(books / "gjj.db"), *OUTPUTS[name], "-o", name), few.env)
    folder = tmp_path / "run"
    calls = points.calls_of(warm, job, with_old(folder, name))
    new = (folder / name).read_bytes()
    with tally(f"-o {name}") as count:
        for fault in FAULTS:
            for n in count.some(calls[fault.call]):
                _, found = points.strike(warm, job, fault, n, with_old(folder, name))
                content = (folder / name).read_bytes()
                found += [] if content == OLD or is_whole(content, new) else [f"{len(content)} bytes of {len(new)}"]
                left = [path.name for path in folder.iterdir() if path.name not in (name, "out", "err")]
                found += [] if fault.kills or not left else [f"left {left}"]
                count.add([f"{fault} at {n}: {one}" for one in found])


def is_whole(content: bytes, new: bytes) -> bool:
    """The new file; a workbook carries the time at which it was made, so its parts are counted and their sums checked."""
    if not new.startswith(b"PK"):
        return content == new
    with ZipFile(BytesIO(content)) as one, ZipFile(BytesIO(new)) as other:
        return one.testzip() is None and one.namelist() == other.namelist()


def with_old(folder: Path, name: str) -> Path:
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / name).write_bytes(OLD)
    return folder


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_full_device(name: str, few: MonthEnd, ran: Path, gjj: Gjj, tmp_path: Path) -> None:
    """A device like /dev/full, under a name of its own: it stays what it is."""
    books = copy_of(ran, tmp_path / "books")
    full = tmp_path / name
    try:
        os.mknod(full, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except PermissionError:
        pytest.skip("only root makes devices")
    before = full.stat()
    done = gjj("--db", str(books / "gjj.db"), *OUTPUTS[name], "-o", str(full), env=few.env)
    assert done.exit == 4, done
    assert done.stderr.count("gjj：") == 1
    assert (full.stat().st_ino, stat.S_ISCHR(full.stat().st_mode)) == (before.st_ino, True)


def test_paper_on_a_full_disk_is_printed_again(few: MonthEnd, ran: Path, gjj: Gjj, warm: Warm, tmp_path: Path) -> None:
    """`ulimit -f`: the voucher is posted, the paper is not there, and printing it is said as the thing to do."""
    books = copy_of(ran, tmp_path / "books")
    key = few.fresh / "gjj.key"
    (books / "gjj.key").write_bytes(key.read_bytes())
    where = ("--db", str(books / "gjj.db"), "voucher", "print", f"{few.paying[0]}-2505-001", "-o", "paper")
    command = f'ulimit -f 8; exec "{sys.executable}" -m gjj_cli "$@"'
    limited = subprocess.run(
        ["sh", "-c", command, "gjj", *where],
        cwd=gjj.cwd,
        env=gjj.environment(NO_CACHE | few.env),
        capture_output=True,
        text=True,
    )
    assert (limited.returncode, limited.stderr.count("gjj：")) == (4, 1), limited.stderr
    assert [path for path in (gjj.cwd / "paper").rglob("*") if path.is_file()] == []
    done = gjj(*where, env=few.env)
    assert done.exit == 0, done
    assert len(list((gjj.cwd / "paper").rglob("*.pdf"))) == 1
