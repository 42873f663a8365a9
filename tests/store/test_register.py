"""The register: opening, bases, sealing now and later, unsealing, moving; statuses follow the months paid."""

from datetime import date
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.store import frames
from gjj_cli.store.engine import Books
from gjj_cli.store.register import (
    Cause,
    Change,
    Opening,
    Person,
    change_bases,
    identity_hash,
    move,
    open_accounts,
    seal,
    take_accounts,
    unseal,
)
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.verify import verify

from .small_books import DAY, LI, ZHANG, bring_in, employee, remit, small_books, unit

FEB, MARCH, APRIL, MAY = (months.of(2025, number) for number in (2, 3, 4, 5))
UNIT = "0500001"


def status(books: Books, account: str, of_unit: str = UNIT) -> str:
    with books.reading() as tx:
        return frames.employees(tx, [of_unit]).filter(account=account)["status"].item()


def spans(books: Books, account: str, of_unit: str = UNIT) -> list[tuple[int, int | None]]:
    with books.reading() as tx:
        frame = frames.enrolments(tx, [of_unit]).filter(account=account)
    return frame.select("from_month", "to_month").rows()


def sealing(account: str, month: int) -> Change:
    return Change(account, month, 500_000, None, -50_000)


def test_an_opening_makes_person_enrolment_base_and_a_row_of_changes(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    who = Person("王五", "身份证", "440203199202025678", mobile="13900000001", education="本科", family_income_fen=1)
    with books.writing(UNIT, CENTRE) as tx:
        (account,) = take_accounts(tx, "05", 1)
        cause = Cause("0500001-2503-001", DAY, "开户")
        open_accounts(tx, UNIT, cause, [Opening(account, who, 250_000, MARCH, 25_000)])
    assert account == "050000000001"
    assert spans(books, account) == [(MARCH, None)] and status(books, account) == "正常"
    with books.reading() as tx:
        event = frames.change_events(tx).row(0, named=True)
        base = frames.bases(tx).filter(account=account).row(0, named=True)
        found = frames.persons(tx, [identity_hash("身份证", "44020319920202567X".replace("X", "8"))])
    assert (event["change_type"], event["delta_fen"], event["before_status"]) == ("开户", 25_000, None)
    assert (base["from_month"], base["base_fen"], base["kind"]) == (MARCH, 250_000, "opening")
    assert found.row(0, named=True)["at_unit"] == UNIT


def test_new_accounts_avoid_the_imported_ones(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    taken = "050000000002"
    bring_in(books, [unit("0500002", fund_fen=50_000)], [employee(taken, "440203197001011111", unit="0500002")])
    with books.writing(CENTRE) as tx:
        assert take_accounts(tx, "05", 3) == ["050000000001", "050000000003", "050000000004"]


def test_sealing_from_the_due_month_is_at_once_and_later_is_a_presealing(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        seal(tx, UNIT, Cause("c1", DAY, "封存"), [sealing(ZHANG, MARCH), sealing(LI, APRIL)])
    assert status(books, ZHANG) == "封存" and status(books, LI) == "正常"
    assert spans(books, LI)[-1][1] == APRIL
    remit(books, MARCH, [LI])
    assert status(books, LI) == "封存"


def test_unsealing_opens_a_new_row_and_never_overlaps(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        seal(tx, UNIT, Cause("c1", DAY, "封存"), [sealing(ZHANG, MARCH), sealing(LI, MARCH)])
        unseal(
            tx,
            UNIT,
            Cause("c2", DAY, "启封"),
            [Change(ZHANG, MAY, 500_000, 600_000, 60_000), Change(LI, FEB, 500_000, None, 50_000)],
        )
    assert spans(books, ZHANG)[1:] == [(MAY, None)] and spans(books, LI)[1:] == [(MARCH, None)]
    assert status(books, ZHANG) == status(books, LI) == "正常"
    with books.reading() as tx:
        bases = frames.bases(tx).filter(account=ZHANG).select("from_month", "base_fen").rows()
        assert bases[-1] == (MAY, 600_000) and frames.bases(tx).filter(account=LI).height == 1
        assert frames.change_events(tx).get_column("delta_fen").sum() == 10_000
    with pytest.raises(ValueError, match="enrolled"), books.writing(UNIT) as tx:
        unseal(tx, UNIT, Cause(None, DAY), [Change(ZHANG, MAY, None, None, 0)])


def test_sealing_and_unsealing_in_one_month_may_repeat(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    for _ in range(2):
        with books.writing(UNIT) as tx:
            seal(tx, UNIT, Cause(None, DAY), [sealing(ZHANG, MARCH)])
        with books.writing(UNIT) as tx:
            unseal(tx, UNIT, Cause(None, DAY), [Change(ZHANG, MARCH, None, None, 0)])
    assert spans(books, ZHANG)[1:] == [(MARCH, MARCH), (MARCH, None)]


def test_the_last_base_of_a_month_counts(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    for base in (510_000, 520_000):
        with books.writing(UNIT) as tx:
            change_bases(tx, UNIT, Cause("c", DAY, "缴存基数变更"), [Change(ZHANG, MARCH, 500_000, base, 1_000)])
    with books.reading() as tx:
        rows = frames.bases(tx).filter(account=ZHANG).select("from_month", "base_fen").rows()
    assert rows == [(months.of(2024, 1), 500_000), (MARCH, 520_000)]


def test_an_account_can_move_and_come_back(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    bring_in(books, [unit("0500002", fund_fen=0, suspense_fen=0)], [])
    change = Change(ZHANG, MARCH, 500_000, None, 0)
    with books.writing(UNIT, "0500002", CENTRE) as tx:
        move(tx, UNIT, "0500002", Cause("c1", DAY), [change])
    assert status(books, ZHANG) == "转出" and status(books, ZHANG, "0500002") == "正常"
    assert spans(books, ZHANG, "0500002") == [(MARCH, None)]
    with books.reading() as tx:
        arrived = frames.employees(tx, ["0500002"]).row(0, named=True)
        bases = frames.bases(tx, ["0500002"]).row(0, named=True)
    assert (arrived["paid_through"], arrived["imported_through"]) == (FEB, None)
    assert (bases["from_month"], bases["base_fen"], bases["kind"]) == (MARCH, 500_000, "transfer")
    with books.writing(UNIT, "0500002", CENTRE) as tx:
        move(tx, "0500002", UNIT, Cause("c2", DAY), [Change(ZHANG, APRIL, 500_000, 700_000, 0)])
    assert status(books, ZHANG) == "正常" and status(books, ZHANG, "0500002") == "转出"
    assert spans(books, ZHANG) == [(months.of(2024, 1), MARCH), (APRIL, None)]


def test_identities_are_equal_by_what_they_say() -> None:
    assert identity_hash("身份证", "110105491231002") == identity_hash("身份证", "11010519491231002x")
    assert identity_hash("护照", "E12345678") != identity_hash("军官证", "E12345678")
    assert identity_hash("护照", "e1234 5678") == identity_hash("护照", "E12345678")


def test_the_first_month_paid_makes_a_new_unit_normal(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    new = unit("0500002", paid_through=None, first_month=MARCH, fund_fen=0)
    person = employee("0010000009", "440203197001011111", unit="0500002", paid_through=None, cur_fen=0, prior_fen=0)
    bring_in(books, [new], [person])
    with books.reading() as tx:
        assert frames.units(tx, ["0500002"]).select("state", "due_month").row(0) == ("02", MARCH)
    remit(books, MARCH, ["0010000009"], of_unit="0500002")
    with books.reading() as tx:
        row = frames.units(tx, ["0500002"]).row(0, named=True)
        who = frames.employees(tx, ["0500002"]).row(0, named=True)
    assert (row["state"], row["paid_through"], row["due_month"]) == ("01", MARCH, APRIL)
    assert (who["paid_through"], who["balance_fen"]) == (MARCH, 50_000)
    assert row["last_posting_date"] == date(2025, 3, 3).isoformat()


def test_a_change_under_no_case_is_a_difference(tmp_path: Path) -> None:
    """What these functions do is right only in the hands of a case; `tests/store/test_verify_flips.py` has those."""
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        seal(tx, UNIT, Cause("c1", DAY, "封存"), [sealing(ZHANG, MARCH)])
    difference = verify(books).first_difference
    assert difference is not None and (difference.unit, difference.field) == (UNIT, "status")
