"""The wall clock falls, jumps and turns to winter time: the books go by number and business date, not by the clock."""

import re
from pathlib import Path

import pytest

from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.journal import vouchers
from tests.faults.month_ends import MonthEnd
from tests.faults.warm import Child, Warm

pytestmark = pytest.mark.slow

FALLING = (
    "2099-12-31T23:59:59+08:00",
    "2025-05-14T09:00:00+08:00",
    "2025-05-14T08:00:00+08:00",
    "1970-01-01T00:00:00+00:00",
)
WINTER = ("2025-11-02T01:30:00-04:00", "2025-11-02T01:10:00-05:00", "2025-11-02T00:50:00-05:00")


@pytest.mark.parametrize("times", [FALLING, WINTER], ids=["falling", "winter time"])
def test_posts_under_a_clock_that_falls(times: tuple[str, ...], warm: Warm, few: MonthEnd, tmp_path: Path) -> None:
    books = few.copy(tmp_path / "books")
    unit = few.paying[0]
    for number, now in enumerate(times, 1):
        added = receipt(warm, few, books, tmp_path / str(number), now, f"R{number}", unit)
        assert added.wait() == 0, added.err
    paid = warm.run(
        few.run(books), tmp_path / "run", env={**few.env, "GJJ_TEST_NOW": times[-1]}, sabotage="another_clock"
    )
    assert paid.wait() == few.exit, paid.err
    opened = Books.open(sqlite_url(books / "gjj.db"))
    with opened.reading() as tx:
        memos = [one.voucher.head.memo for one in vouchers(tx, unit)]
    opened.close()
    told = [memo for memo in memos if "R" in memo]
    assert [re.findall(r"R\d", memo)[0] for memo in told] == [f"R{number}" for number in range(1, len(times) + 1)]
    verified = warm.run(("--db", str(books / "gjj.db"), "ledger", "verify"), tmp_path / "verify", env=few.env)
    assert verified.wait() == 0, verified.out


def test_a_business_date_before_the_last_is_refused(warm: Warm, few: MonthEnd, tmp_path: Path) -> None:
    """E606: what counts is the last business date of the unit, whatever the clock says."""
    books = few.copy(tmp_path / "books")
    unit = few.paying[0]
    now = "2025-05-14T09:00:00+08:00"
    assert receipt(warm, few, books, tmp_path / "1", now, "R1", unit).wait() == 0
    earlier = receipt(warm, few, books, tmp_path / "2", "2099-01-01T00:00:00+08:00", "R2", unit, day="2025-05-13")
    assert earlier.wait() == 6
    assert "E606" in earlier.err
    assert receipt(warm, few, books, tmp_path / "3", "1970-01-01T00:00:00+08:00", "R3", unit).wait() == 0


def receipt(
    warm: Warm, few: MonthEnd, books: Path, folder: Path, now: str, ref: str, unit: str, day: str = "2025-05-14"
) -> Child:
    command = ("--db", str(books / "gjj.db"), "--as-of", day, "receipt", "add", "--amount", "1.00", "--ref", ref)
    env = {**few.env, "GJJ_TEST_NOW": now}
    return warm.run((*command, "--unit", unit), folder, env=env, sabotage="another_clock")
