"""The corpus: each hostile or odd file ends in exit 0, 1 or 4 as listed, in one sentence, in time and in memory."""

import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gjj_cli import app
from tests.conftest import Gjj
from tests.workbook.hostile import bombs, dtds, kinds, sheets, texts, zips
from tests.workbook.hostile.case import Case

EVERY = [case for family in (kinds, zips, dtds, sheets, texts, bombs) for case in family.CASES]
LIGHT = [case for case in EVERY if not case.heavy]
SECONDS, MEGABYTES = 10, 600
DAY = "2025-07-18"
MEASURED = Path(__file__).with_name("measured.py")

# What must never reach a terminal raw: control characters but line feed, and those that turn or hide text.
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def judge(case: Case, exit_: int, out: str, err: str) -> None:
    """The exit and the words of a run, as the corpus lists them."""
    told = f"{case.id}: exit {exit_}\n{out[:3000]}\n{err[:3000]}"
    assert exit_ == case.exit, told
    assert "Traceback" not in out + err, told
    assert not HARMFUL.search(out + err), told
    if case.code is not None:
        assert out == "", told
        # One sentence and what to do, each perhaps broken at 80 columns.
        assert re.fullmatch(rf"gjj：(.|\n)+（{case.code}）。\n(改|可以)：(.|\n)+。\n", err), told
        assert err.count("\n") <= 8, told
        err.encode("gbk")
    assert all(word in out + err for word in case.says.split()), told


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({case.id for case in EVERY}) == len(EVERY) >= 150
    assert {case.code for case in EVERY} == {None, "E001", "E002", "E003", "E004", "E006"}  # E005: test_paths


@pytest.mark.slow
@pytest.mark.parametrize("case", LIGHT, ids=lambda case: case.id)
def test_light(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In this process, as the command line would."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    data = case.build()
    if case.stdin:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    else:
        (tmp_path / case.file).write_bytes(data)
    started = time.perf_counter()
    exit_ = app.main(["--as-of", DAY, "validate", "--offline", case.file])
    assert time.perf_counter() - started < SECONDS
    judge(case, exit_, *capsys.readouterr())


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in EVERY if case.heavy], ids=lambda case: case.id)
def test_heavy(case: Case, gjj: Gjj) -> None:
    """As a process of its own, whose address space is bounded and whose memory is measured."""
    if not case.stdin:
        (gjj.cwd / case.file).write_bytes(case.build())
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(
            [sys.executable, str(MEASURED), "--as-of", DAY, "validate", "--offline", case.file],
            cwd=gjj.cwd,
            env=gjj.environment(),
            stdin=endless,
            capture_output=True,
            timeout=30,
        )
    measured = json.loads((gjj.cwd / "measured.json").read_text())
    judge(case, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert measured["seconds"] < SECONDS, measured
    assert measured["peak_mb"] < MEGABYTES, measured
