"""Many files on all cores: the same answer as one after another."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gjj_cli.flows import sharing
from tests.workbook import packages

ROOT = Path(__file__).parents[2]
CLEAN = ROOT / "fixtures" / "workbooks" / "account-opening" / "clean.xlsx"
DIRTY = CLEAN.with_name("dirty.xlsx")
VALIDATE = (sys.executable, "-m", "gjj_cli", "--as-of", "2025-07-31", "validate", "--offline")


def test_few_files_are_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "cores", lambda: 2)
    assert not sharing.worth_it(sharing.FEW - 1)
    assert sharing.worth_it(sharing.FEW)
    monkeypatch.setattr(sharing, "cores", lambda: 1)
    assert not sharing.worth_it(sharing.FEW)


def test_the_cores_are_those_this_process_may_use() -> None:
    assert sharing.cores() == len(os.sched_getaffinity(0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Clean, dirty and unreadable files."""
    made = tmp_path / "表格"
    made.mkdir()
    for number in range(16):
        (made / f"{number:02d}.xlsx").write_bytes((DIRTY if number % 5 == 3 else CLEAN).read_bytes())
    (made / "坏.xlsx").write_bytes(b"no workbook")
    (made / "别的.xlsx").write_bytes(packages.book('<row r="1"><c r="A1"><v>1</v></c></row>'))
    return made


@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: nothing is shared out")
@pytest.mark.parametrize("more", [(), ("--format", "json"), ("--business", "个人账户设立"), ("--expect-rows", "3")])
def test_shared_out_files_are_told_as_one_after_another(folder: Path, more: tuple[str, ...]) -> None:
    both, one = (
        subprocess.run([*pinned, *VALIDATE, "表格", *more], cwd=folder.parent, capture_output=True, text=True)
        for pinned in ((), ("taskset", "-c", str(min(os.sched_getaffinity(0)))))
    )
    assert both.returncode == one.returncode == 4
    assert both.stderr == one.stderr
    seconds = '"seconds":'
    told = [[line for line in run.stdout.splitlines() if seconds not in line] for run in (both, one)]
    assert told[0] == told[1]


@pytest.mark.slow
def test_an_interrupt_says_so_once(folder: Path) -> None:
    for number in range(100, 300):
        (folder / f"{number}.xlsx").write_bytes(CLEAN.read_bytes())
    running = subprocess.Popen(
        [*VALIDATE, "表格"],
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(2.5)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130, (out, err)
    assert "Traceback" not in err
    assert err.count("gjj：") <= 1
