"""红字冲销 in the store: the next generation, the register, and that nothing stands that was taken back."""

from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.ledger.voucher import Head, receipt, reverse
from gjj_cli.store import frames, journal, receipts, reversal
from gjj_cli.store.engine import Books
from gjj_cli.store.journal import Booked
from gjj_cli.store.ledger import PostKey, post, posted_under, taken_back
from gjj_cli.store.payments import REMITTANCE
from gjj_cli.store.reversal import Entry, Kind
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.verify import verify

from .small_books import DAY, LI, ZHANG, head, remit, small_books

UNIT, MARCH, APRIL = "0500001", months.of(2025, 3), months.of(2025, 4)


_serials = count(100)


def taken(books: Books, *entries: Entry, dry_run: bool = False) -> reversal.TakenBack:
    case_no = f"0500001-2503-{next(_serials)}"

    def said(booked: Booked, memo: str) -> Head:
        return Head(booked.ref.unit, DAY, "reversal", memo, "admin", "市中心", case_no)

    with books.writing(UNIT, CENTRE, dry_run=dry_run) as tx:
        return reversal.take_back(tx, reversal.load(tx, list(entries)), said)


def test_a_month_taken_back_is_paid_in_the_next_generation(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    for generation in (1, 2, 3):
        posted = remit(books, MARCH)
        assert not posted.already and remit(books, MARCH).already
        with books.reading() as tx:
            key = PostKey(REMITTANCE, "2025-03", generation)
            assert posted_under(tx, UNIT, key) == posted.entries
            assert not taken_back(tx, UNIT, key)
        taken(books, (UNIT, posted.entries[0].entry_no))
        assert verify(books).first_difference is None
        with books.reading() as tx:
            assert taken_back(tx, UNIT, key)
            assert frames.last_remitted(tx).is_empty()
            assert frames.person_months(tx).is_empty()
            assert set(frames.employees(tx)["paid_through"]) == {months.of(2025, 2)}
            assert frames.units(tx)["paid_through"].item() == months.of(2025, 2)


def test_another_amount_may_be_paid_after_it(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    posted = remit(books, MARCH)
    with pytest.raises(Refused, match="别的内容"):
        remit(books, MARCH, (ZHANG,))
    taken(books, (UNIT, posted.entries[0].entry_no))
    remit(books, MARCH, (ZHANG,))
    assert verify(books).ok


def test_the_last_list_is_that_of_the_month_before(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    remit(books, MARCH, (ZHANG,))
    april = remit(books, APRIL, (ZHANG, LI))
    taken(books, (UNIT, april.entries[0].entry_no))
    with books.reading() as tx:
        assert frames.last_remitted(tx)["account"].to_list() == [ZHANG]
        assert frames.units(tx)["paid_through"].item() == MARCH
    assert verify(books).ok


def test_newest_first_or_not_at_all(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    first, second = (remit(books, month).entries[0].entry_no for month in (MARCH, APRIL))
    for entries in ([(UNIT, first)], [(UNIT, first), (UNIT, second)]):
        with pytest.raises(Refused) as refusal:
            taken(books, *entries)
        assert refusal.value.code == "E608"
    done = taken(books, (UNIT, second), (UNIT, first))
    assert [ref.entry_no for ref in done.entries] == [second + 1, second + 2]
    with books.reading() as tx:
        assert {no: ref.entry_no for no, ref in journal.reversals(tx, UNIT).items()} == {
            second: second + 1,
            first: second + 2,
        }
    assert verify(books).ok


def test_a_voucher_is_taken_back_once_even_around_the_key(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    entry = (UNIT, remit(books, MARCH).entries[0].entry_no)
    taken(books, entry)
    with pytest.raises(Refused, match=r"已经由 0500001-2503-1[0-9]+ 冲销"):
        taken(books, entry)
    with books.writing(UNIT) as tx:
        (booked,) = journal.vouchers(tx, *entry[:1], entry_no=entry[1])
        again = reverse(booked.voucher, entry[1], head("再冲"), None, None)
        with pytest.raises(IntegrityError):
            post(tx, [again], PostKey("reversal", "别的"), b"x")
        tx.connection.rollback()
    with books.reading() as tx, pytest.raises(Refused) as refusal:
        reversal.load(tx, [(UNIT, entry[1] + 1)])
    assert refusal.value.code == "E609"


def test_a_receipt_stands_again_only_when_it_comes_again(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    line = receipts.Receipt("本行", "A1", 500, DAY, UNIT)

    def add() -> bool:
        with books.writing(UNIT, CENTRE) as tx:
            return receipts.add(tx, line, head("到账")).already

    assert (add(), add()) == (False, True)
    taken(books, (UNIT, 2))
    with books.reading() as tx:
        assert receipts.known(tx, "本行", "A1") is None and receipts.listing(tx) == []
        assert receipts.of_ref(tx, "A1") == [(UNIT, 2)]
    assert (add(), add()) == (False, True)
    taken(books, (UNIT, 4))
    assert verify(books).ok


def test_money_that_has_been_used_is_not_taken_back(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT, CENTRE) as tx:
        receipts.add(tx, receipts.Receipt("本行", "A1", 150_000, DAY, UNIT), head("到账"))
    remit(books, MARCH, side_fen=62_500)  # 2,500.00 of 3,500.00
    with pytest.raises(Refused) as refusal:
        taken(books, (UNIT, 2))
    assert refusal.value.code == "E703"
    assert verify(books).ok


def test_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    entry = (UNIT, remit(books, MARCH).entries[0].entry_no)
    taken(books, entry, dry_run=True)
    with books.reading() as tx:
        assert journal.reversals(tx, UNIT) == {} and frames.person_months(tx).height == 2


def test_kinds_are_told_apart(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    remit(books, MARCH)
    with books.writing(UNIT) as tx:
        post(tx, [receipt(head("到账"), 1)], PostKey("receipt", "[]"), b"")
    with books.reading() as tx:
        kinds = [reversal.kind_of(one) for one in journal.vouchers(tx, UNIT)]
        assert kinds == [Kind.OPENING, Kind.REMITTANCE, Kind.RECEIPT]
        with pytest.raises(ValueError, match="not of one kind"):
            reversal.load(tx, [(UNIT, 1), (UNIT, 2)])
