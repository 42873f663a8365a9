"""Posting: once, in order, in balance, numbered without gaps, and never changed afterwards."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.ledger.voucher import GENESIS, Parts, canonical, chain_hash, receipt, transfer_pair
from gjj_cli.store import frames, journal, register
from gjj_cli.store.events import UnitEvent, add_unit_event
from gjj_cli.store.ledger import PostKey, post
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.triggers import APPEND_ONLY
from gjj_cli.store.verify import verify

from .small_books import DAY, ZHANG, bring_in, head, remit, small_books, unit

MARCH, APRIL = months.of(2025, 3), months.of(2025, 4)


def put(books, ref: str, fen: int, day: date = DAY):
    with books.writing("0500001") as tx:
        return post(tx, [receipt(head("到账", day), fen)], PostKey("test", ref), f"{ref} {fen}".encode())


def test_the_same_again_is_already_posted_and_other_content_refused(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    first = put(books, "a", 100)
    assert not first.already and first.entries[0].journal_no == "0500001-E2"
    again = put(books, "a", 100)
    assert again.already and again.entries == first.entries
    with pytest.raises(Refused, match="别的内容"):
        put(books, "a", 101)
    assert verify(books).vouchers == 2


def test_numbers_run_without_gaps_per_month_and_entries_never_restart(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    days = [date(2025, 3, 3), date(2025, 3, 31), date(2025, 4, 1), date(2025, 4, 2), date(2025, 6, 1)]
    entries = [put(books, f"r{place}", 100, day).entries[0] for place, day in enumerate(days)]
    assert [entry.text for entry in entries] == [
        "0500001-2503-记002",
        "0500001-2503-记003",
        "0500001-2504-记001",
        "0500001-2504-记002",
        "0500001-2506-记001",
    ]
    assert [entry.entry_no for entry in entries] == [2, 3, 4, 5, 6]
    assert verify(books).ok


def test_time_does_not_run_back(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    put(books, "a", 100, date(2025, 4, 1))
    with pytest.raises(Refused) as refused:
        put(books, "b", 100, date(2025, 3, 31))
    assert refused.value.code == "E606"
    assert verify(books).vouchers == 2


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with pytest.raises(Refused) as refused, books.writing("0599999") as tx:
        post(tx, [receipt(head(of_unit="0599999"), 100)], PostKey("test", "a"), b"a")
    assert refused.value.code == "E401"


def test_two_months_in_one_transaction_and_the_chain_between_them(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    remit(books, MARCH)
    remit(books, APRIL, day=date(2025, 4, 1))
    with books.reading() as tx:
        booked = journal.vouchers(tx, "0500001")
        march = journal.vouchers(tx, "0500001", month=MARCH, voucher_no=2)
    previous = GENESIS
    for one in booked:
        assert one.prev_hash == previous
        assert one.hash == chain_hash(previous, canonical(one.numbers, one.voucher))
        previous = one.hash
    assert [one.ref.entry_no for one in march] == [2] and len(booked) == 3


def test_a_transfer_moves_both_parts_through_the_clearing_account(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    bring_in(books, [unit("0500002", fund_fen=0, suspense_fen=0)], [])
    cause = register.Cause("0500001-2503-001", DAY)
    change = register.Change(ZHANG, MARCH, 500_000, None, 0)
    with books.writing("0500002", "0500001", CENTRE) as tx:
        register.move(tx, "0500001", "0500002", cause, [change])
        pair = transfer_pair(head("转出1人"), head("转入1人", of_unit="0500002"), [Parts(ZHANG, 20_000, 30_000)], "T1")
        posted = post(tx, pair, PostKey("case", "0500001-2503-001"), b"T1")
        for where, fen in (("0500001", -50_000), ("0500002", 50_000)):
            add_unit_event(tx, where, UnitEvent(DAY, "内部转移", "转移1人", 1, fen))
    assert [entry.unit for entry in posted.entries] == ["0500001", "0500002"]
    with books.reading() as tx:
        there = frames.employees(tx, ["0500002"]).row(0, named=True)
        here = frames.employees(tx, ["0500001"]).filter(account=ZHANG).row(0, named=True)
        assert (there["cur_fen"], there["prior_fen"], there["status"]) == (20_000, 30_000, "正常")
        assert (here["balance_fen"], here["status"]) == (0, "转出")
        assert {row.account: row.balance_fen for row in journal.trial_balance(tx)}["21903"] == 0
        assert {row.account: row.balance_fen for row in journal.trial_balance(tx, "0500001")}["21903"] == 50_000


def test_a_balance_below_zero_is_refused(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    bring_in(books, [unit("0500002", fund_fen=0, suspense_fen=0)], [])
    with pytest.raises(Refused) as refused, books.writing("0500001", "0500002", CENTRE) as tx:
        register.move(
            tx, "0500001", "0500002", register.Cause(None, DAY), [register.Change(ZHANG, MARCH, None, None, 0)]
        )
        pair = transfer_pair(head(), head(of_unit="0500002"), [Parts(ZHANG, 20_001, 30_000)], "T1")
        post(tx, pair, PostKey("case", "x"), b"x")
    assert refused.value.code == "E703"
    assert verify(books).ok


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET unit = 'x'"])
def test_what_is_written_cannot_be_changed_or_deleted(tmp_path: Path, table: str, statement: str) -> None:
    books = small_books(tmp_path)
    with pytest.raises(IntegrityError, match="append-only"), books.writing("0500001") as tx:
        tx.connection.execute(text(statement.format(table)))
    assert verify(books).ok


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3)), max_size=8))
def test_any_order_of_repeats_posts_each_key_once(tmp_path_factory: pytest.TempPathFactory, tries) -> None:
    books = small_books(tmp_path_factory.mktemp("books"))
    known: dict[str, int] = {}
    for ref, fen in tries:
        if known.setdefault(ref, fen) == fen:
            put(books, ref, fen)
        else:
            with pytest.raises(Refused):
                put(books, ref, fen)
    verdict = verify(books)
    assert verdict.ok and verdict.vouchers == 1 + len(known)
    with books.reading() as tx:
        row = frames.units(tx).row(0, named=True)
    assert row["suspense_fen"] == 200_000 + sum(known.values())
    books.close()
