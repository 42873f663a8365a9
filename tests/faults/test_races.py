"""Several runs at once: one of them does it, the others wait for it or end with 5."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gjj_cli.store.engine import sqlite_url
from tests.faults.month_ends import MONTHS, MonthEnd, acknowledged
from tests.faults.races import race
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow


def test_sixteen_for_one_key(warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path) -> None:
    with tally("16 processes for one key") as count:
        for number in range(count.many(25)):
            said = race_for_a_key(warm, few, tmp_path / str(number))
            count.add([] if said == {"posted": 1, "already": 15} else [str(said)])


def test_without_the_post_key_it_is_noticed(
    warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """The control: everybody gets the key. A harness that finds one `posted` here is blind."""
    with tally("16 processes without a key (must be noticed)") as count:
        said = race_for_a_key(warm, few, tmp_path, sabotage="no_post_key")
        count.add([] if said["posted"] > 1 else [str(said)])


def race_for_a_key(warm: Warm, few: MonthEnd, folder: Path, sabotage: str = "") -> Counter[str]:
    """What the sixteen said, and what verify finds afterwards where all was as it should be."""
    books = few.copy(folder / "books")
    command = (sqlite_url(books / "gjj.db"), few.paying[0], "K1")
    runners = race(warm, command, folder, 16, env={}, sabotage=sabotage, program="tests.faults.races:post_one_key")
    assert {child.wait() for child in runners} == {0}, [child.err for child in runners]
    return Counter(child.out for child in runners)


def test_sixteen_remit_one_unit(warm: Warm, few: MonthEnd, tmp_path: Path) -> None:
    """All have planned before one has posted: the others see it under the lock and say that it was there."""
    books = few.copy(tmp_path / "books")
    remit = ("remit", "run", "--unit", few.paying[0], "--through", MONTHS[-1], "--no-print", "--format", "json")
    command = ("--db", str(books / "gjj.db"), "--as-of", "2025-05-14", "--wait", "60", *remit)
    runners = race(warm, command, tmp_path, 16, env=dict(few.env), sabotage="at_the_door")
    assert {child.wait() for child in runners} == {0}, [child.err for child in runners]
    said = Counter(one["outcome"] for child in runners for one in json.loads(child.out)["units"])
    assert said == {"posted": 1, "already-posted": 15}
    assert few.problems(books, few.paying[:1]) == []


@pytest.mark.parametrize("receipts", ["the same", "another amount"])
def test_sixteen_enter_one_receipt(receipts: str, warm: Warm, few: MonthEnd, tmp_path: Path) -> None:
    books = few.copy(tmp_path / "books")
    add = ("receipt", "add", "--ref", "R1", "--unit", few.poor[0], "--amount")
    settings = ("--db", str(books / "gjj.db"), "--as-of", "2025-05-14", "--wait", "60")
    runners = [
        warm.start(
            (*settings, *add, "1.00" if receipts == "the same" or number % 2 else "2.00"),
            tmp_path / str(number),
            held=True,
            env=few.env,
            sabotage="at_the_door",
        )
        for number in range(16)
    ]
    for child in runners:
        child.go()
    exits = Counter(child.wait() for child in runners)
    assert exits == ({0: 16} if receipts == "the same" else {0: 8, 6: 8}), [child.err for child in runners]
    assert sum("以前已登记" in child.out + child.err for child in runners) == exits[0] - 1


@pytest.mark.parametrize("wait", ["60", "0"])
def test_eight_month_ends_at_once(wait: str, warm: Warm, few: MonthEnd, tmp_path: Path) -> None:
    """Who waits ends well; who does not wait ends with 5 and has done nothing by halves. Together they pay once."""
    books = few.copy(tmp_path / "books")
    runners = race(warm, (*few.run(books), "--wait", wait), tmp_path, 8, env=dict(few.env), sabotage="at_the_door")
    exits = {child.wait() for child in runners}
    assert exits <= ({few.exit} if wait == "60" else {few.exit, 5}), [child.err for child in runners]
    acked = [unit for child in runners for unit in acknowledged(child.err)]
    assert len(acked) == len(set(acked))
    assert few.problems(books, acked) == []
    assert warm.run(few.run(books), tmp_path / "again", env=few.env).wait() == few.exit
    assert few.problems(books, acked, finished=True) == []
