"""Unknown damage (reliability row 15): 500 seeded mutants end in exit 0, 1 or 4. `make fuzz` tries 20,000."""

from pathlib import Path

import pytest

from tests.fuzz.judge import Verdict, verdict
from tests.fuzz.mutate import good_files, mutant

COUNT, CHUNK = 500, 25  # in chunks, so that workers share them


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_a_mutant_ends_in_a_report_or_a_sentence(first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    verdicts = [verdict(seed, tmp_path) for seed in range(first, first + CHUNK)]
    assert [(each.seed, each.exit, each.seconds, each.said[-300:]) for each in verdicts if each.bad] == []


def test_a_seed_is_one_mutant_and_mutants_differ() -> None:
    assert mutant(5) == mutant(5)
    originals = {path.read_bytes() for path in good_files()}
    assert len({mutant(seed) for seed in range(50)} - originals) > 40


def test_a_crash_and_a_hang_would_be_seen() -> None:
    assert [Verdict(0, code, 0.1, "").bad for code in (0, 1, 4, 2, 3, 70, -11)] == [False] * 3 + [True] * 4
    assert Verdict(0, 0, 11.0, "").bad
    assert Verdict(0, 1, 0.1, "Traceback (most recent call last)").bad
