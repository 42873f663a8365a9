"""A month-end in slices is a month-end; what is refused under a unit's lock is written down like all else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gjj_cli.errors import Exit, Refused
from gjj_cli.flows import monthend, remit, session
from gjj_cli.posting.plan import ALREADY, IN_PART, POSTED, REFUSED, SKIPPED, Outcome
from gjj_cli.settings import Settings
from gjj_cli.store import audit, cases, entries, frames, payments, runs
from gjj_cli.store.engine import Books, Tx, sqlite_url
from gjj_cli.store.tables import metadata
from tests.e2e.books import M, Man, Office
from tests.store.test_cases import payment

UNITS = [f"050010{place}" for place in range(1, 6)]
DAY, JUNE = "2025-06-20", "2025-06"


@pytest.fixture
def five(office: Office, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Five units due for two months: three can pay, one can pay the first, one has nobody to pay for. The clock stands."""
    monkeypatch.setattr(session, "now", lambda: "2025-06-20T09:00:00+08:00")
    money = ("5000.00", "1000.00", "5000.00", "0.00", "5000.00")
    for place, (unit, suspense) in enumerate(zip(UNITS, money, strict=True)):
        men = {} if place == 3 else {f"80000000{place}{serial}": Man("4000") for serial in (1, 2)}
        office.unit(unit, men, day="2025-06-01", paid="2025-04", suspense=suspense)
    return office.as_("admin", DAY)


def rows_of(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    books = Books.open(settings.books())
    with books.reading() as tx:
        kept = {
            name: [tuple(row) for row in tx.connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in metadata.tables.items()
        }
    books.close()
    return kept


def finished(settings: Settings) -> runs.Run:
    books = Books.open(settings.books())
    with books.reading() as tx:
        found = runs.latest(tx)
    books.close()
    assert found is not None
    return found


def test_slices_give_the_same_as_one(five: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "again.db"
    shutil.copy(five.sqlite_path or "", copy)
    whole = remit.run(five, None, M(JUNE))
    monkeypatch.setattr(monthend, "SLICE", 2)
    sliced = remit.run(replace(five, db=sqlite_url(copy)), None, M(JUNE))
    assert sliced == whole
    assert [one.outcome for one in whole.outcomes if one.unit in UNITS] == [
        POSTED, IN_PART, POSTED, SKIPPED, POSTED,
    ]  # fmt: skip
    assert rows_of(replace(five, db=sqlite_url(copy))) == rows_of(five)
    assert finished(five).finished_at is not None


def test_again_touches_nothing_and_reads_nobody(five: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    remit.run(five, None, M("2025-05"))
    before = rows_of(five)
    read: list[str] = []
    enrolments = frames.enrolments

    def note(tx: Any, units: Any = None) -> Any:
        read.extend(units)
        return enrolments(tx, units)

    monkeypatch.setattr(frames, "enrolments", note)
    again = remit.run(five, None, M("2025-05"))
    paid = [one.unit for one in again.outcomes if one.outcome == ALREADY]
    assert (again.run, paid) == (None, [UNITS[0], UNITS[1], UNITS[2], UNITS[4]])
    assert set(read).isdisjoint(paid)
    assert rows_of(five) == before


def refusing(monkeypatch: pytest.MonkeyPatch, *units: str) -> None:
    """Money that is not there any more when these units are posted."""
    pay = payments.pay

    def short(tx: Any, head: Any, key: Any, rows: Any) -> Any:
        if head.unit in units:
            raise Refused("暂收户余额不够，没有记账，账簿没有变", code="E703")
        return pay(tx, head, key, rows)

    monkeypatch.setattr(payments, "pay", short)


@pytest.mark.parametrize(
    ("refused", "outcomes", "code"),
    [
        (UNITS[2:3], [POSTED, REFUSED], Exit.PARTLY),
        ([UNITS[0], UNITS[2]], [REFUSED, REFUSED], Exit.REFUSED),
    ],
)
def test_one_of_two_named_is_refused_under_its_lock(
    five: Settings, monkeypatch: pytest.MonkeyPatch, refused: list[str], outcomes: list[str], code: Exit
) -> None:
    refusing(monkeypatch, *refused)
    report = remit.run(five, [UNITS[0], UNITS[2]], M(JUNE))
    assert ([one.outcome for one in report.outcomes], report.exit) == (outcomes, code)
    run = finished(five)
    assert (run.run_no, run.finished_at) == (report.run, session.now())
    assert remit.show(five, None).outcomes == report.outcomes


def test_the_one_that_is_named_says_why_and_the_run_is_closed(five: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, UNITS[0])
    with pytest.raises(Refused, match="余额不够"):
        remit.run(five, [UNITS[0]], M(JUNE))
    assert finished(five).finished_at is not None
    ((outcome, why),) = [(one.outcome, one.code) for one in remit.show(five, None).outcomes]
    assert (outcome, why) == (REFUSED, "E703")


def test_what_changed_after_the_plan_is_planned_again(five: Settings) -> None:
    """The second unit of a slice is posted with what the books say then, not when the slice was planned."""

    def spend(tx: Tx) -> None:
        cases.create(tx, UNITS[2], payment(500_000), [])
        audit.write(tx, UNITS[2], audit.Act(session.now(), five.as_of, "admin", "case submit", ""))

    def later(done: Outcome) -> None:
        if done.unit == UNITS[0]:
            books = Books.open(five.books())
            books.write(spend, UNITS[2])
            books.close()

    report = remit.run(five, [UNITS[0], UNITS[2]], M(JUNE), posted=later)
    assert [(one.outcome, one.code) for one in report.outcomes] == [(POSTED, None), (REFUSED, "E705")]
    assert report.exit is Exit.PARTLY
    assert finished(five).finished_at is not None


def test_the_last_word_about_the_money_is_the_databases(five: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A voucher whose lines do not balance in the database is our bug, and nothing of it stays."""
    said: Callable[..., Any] = entries.said

    def wrong(voucher: Any) -> Any:
        (account, employee, part, side, fen, day), *rest = said(voucher)
        return [(account, employee, part, side, fen + 1, day), *rest]

    monkeypatch.setattr(entries, "said", wrong)
    before = rows_of(five)
    with pytest.raises(ValueError, match="do not balance in the database"):
        remit.run(five, [UNITS[0]], M(JUNE))
    after = rows_of(five)
    assert after["voucher"] == before["voucher"]
    assert after["line"] == before["line"]
