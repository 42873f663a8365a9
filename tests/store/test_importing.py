"""建账: per unit whole or not at all, once, with its 期初 voucher as entry 1."""

from datetime import date
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.store import frames, journal
from gjj_cli.store.importing import import_units, last_june
from gjj_cli.store.verify import verify

from .small_books import AGENT, AT, DAY, LI, PEOPLE, ZHANG, bring_in, employee, small_books, unit


def test_the_opening_voucher_is_entry_one(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.reading() as tx:
        (booked,) = journal.vouchers(tx, "0500001")
        event = frames.unit_events(tx).row(0, named=True)
        row = frames.units(tx).row(0, named=True)
    lines = [(line.account, line.employee, line.part, line.side, line.amount_fen) for line in booked.voucher.lines]
    assert lines == [
        ("10101", None, None, "借", 300_000),
        ("201", ZHANG, "prior", "贷", 30_000),
        ("201", ZHANG, "cur", "贷", 20_000),
        ("201", LI, "prior", "贷", 30_000),
        ("201", LI, "cur", "贷", 20_000),
        ("21901", None, None, "贷", 200_000),
    ]
    assert (event["memo"], event["heads"], event["amount_fen"]) == ("期初2人", 2, 100_000)
    assert (row["fund_fen"], row["available_fen"], row["settled_year"], row["state"]) == (100_000, 200_000, 2024, "01")
    assert verify(books).first_difference is None


def test_the_same_import_again_changes_nothing_and_another_is_refused(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    before = verify(books)
    (again,) = bring_in(books, [unit()], PEOPLE)
    assert again.already and again.refused is None
    (other,) = bring_in(books, [unit(name="别的名称")], PEOPLE)
    assert other.refused is not None and "已经建过账" in other.refused.what
    assert verify(books) == before


def test_a_wrong_sum_refuses_that_unit_and_no_other(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    wrong, right = bring_in(
        books,
        [unit("0500002", fund_fen=1), unit("0500003", fund_fen=50_000)],
        [employee("0010000009", "440203197001011111", unit="0500003")],
    )
    assert wrong.refused is not None and wrong.refused.facts == ("职工合计 0.00，单位 0.01，差 0.01",)
    assert right.refused is None and right.entry is not None and right.entry.entry_no == 1
    assert verify(books).units == 2 and verify(books).ok


@pytest.mark.parametrize(
    "person",
    [
        employee(ZHANG, "440203197001011111", unit="0500002"),
        employee("0010000009", "110105491231002", unit="0500002"),
    ],
)
def test_who_has_an_account_is_not_brought_in_again(tmp_path: Path, person) -> None:
    books = small_books(tmp_path)
    (refused,) = bring_in(books, [unit("0500002", fund_fen=50_000)], [person])
    assert refused.refused is not None and "已有账户" in refused.refused.what
    assert verify(books).units == 1


def test_a_person_twice_and_a_row_of_no_unit_are_refused(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    twice = [employee(f"001000000{n}", "440203197001011111", unit="0500002") for n in (8, 9)]
    (refused,) = bring_in(books, [unit("0500002")], twice)
    assert refused.refused is not None and "重复" in refused.refused.what
    with pytest.raises(Refused, match="没有导入"):
        import_units(books, [], PEOPLE, [AGENT], as_of=DAY, user="admin", at=AT)


def test_a_unit_without_money_gets_no_voucher_and_its_row(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    (empty,) = bring_in(books, [unit("0500002", fund_fen=0, suspense_fen=0, custody=True, paid_through=None)], [])
    assert empty.entry is None and not empty.already
    with books.reading() as tx:
        row = frames.unit_events(tx, ["0500002"]).row(0, named=True)
        state = frames.units(tx, ["0500002"])["state"].item()
    assert (row["memo"], row["heads"], row["amount_fen"], state) == ("单位开户", 0, 0, "01")
    assert verify(books).first_difference is None


def test_suspense_alone_is_entry_one_as_in_g04(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    (imported,) = bring_in(
        books,
        [unit("0500002", fund_fen=0, suspense_fen=75_000, paid_through=None, first_month=months.of(2025, 3))],
        [employee("0010000009", "440203197001011111", unit="0500002", paid_through=None, prior_fen=0, cur_fen=0)],
    )
    assert imported.entry is not None and imported.entry.text == "0500002-2503-记001"
    with books.reading() as tx:
        assert frames.unit_events(tx, ["0500002"])["memo"].item() == "单位开户"


@pytest.mark.parametrize(
    ("paid_through", "ends"), [(months.of(2024, 12), months.of(2025, 1)), (None, months.of(2024, 1))]
)
def test_a_sealed_person_takes_part_until_the_month_after_his_last(
    tmp_path: Path, paid_through: int | None, ends: int
) -> None:
    books = small_books(tmp_path)
    person = employee("0010000009", "440203197001011111", unit="0500002", status="封存", paid_through=paid_through)
    bring_in(books, [unit("0500002", fund_fen=50_000)], [person])
    with books.reading() as tx:
        assert frames.enrolments(tx, ["0500002"])["to_month"].item() == ends
    assert verify(books).first_difference is None


def test_a_dry_import_leaves_nothing(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    before = verify(books)
    (dry,) = import_units(books, [unit("0500002", fund_fen=0)], [], [], as_of=DAY, user="admin", at=AT, dry_run=True)
    assert dry.refused is None and dry.entry is not None
    assert verify(books) == before


@pytest.mark.parametrize(
    ("day", "year"), [(date(2025, 6, 30), 2024), (date(2025, 7, 1), 2025), (date(2025, 5, 1), 2024)]
)
def test_the_settled_year_is_that_of_the_last_30_june(day: date, year: int) -> None:
    assert last_june(day) == year
