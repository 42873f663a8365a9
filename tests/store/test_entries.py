"""What posting writes, by executemany or by COPY: the rows that the canonical form says, and the same on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gjj_cli.ledger.chart import DEPOSIT, FUND, SUSPENSE
from gjj_cli.ledger.voucher import GENESIS, Head, Line, Voucher, canonical, chain_hash
from gjj_cli.store import direct, journal
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.importing import EmployeeOpening
from gjj_cli.store.ledger import PostKey, post
from gjj_cli.store.tables_ledger import employee_balance, line, post_key, unit_balance, voucher
from gjj_cli.store.tables_ledger import unit as unit_table
from tests.postgres import Server
from tests.store.small_books import DAY, bring_in, employee, small_books, unit

UNIT = "0500009"
STAFF = [f"{place:010d}" for place in range(9_000_001, 9_000_013)]
_keys = count(1)

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ("a\tb", "两\n行", "\\N", "\\", '"', "'", "{NULL}", "")
)


@st.composite
def vouchers(draw: st.DrawFn) -> Voucher:
    """A balanced one: people are given money out of 暂收, which comes from the bank in the same voucher."""
    paid = draw(st.dictionaries(st.sampled_from(STAFF), st.integers(1, 10**9), max_size=len(STAFF)))
    received = draw(st.integers(1, 10**9)) + sum(paid.values())
    parts = draw(st.lists(st.sampled_from(("cur", "prior")), min_size=len(paid), max_size=len(paid)))
    day = draw(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
    lines = [Line(DEPOSIT, "借", received, DAY), Line(SUSPENSE, "贷", received, day)]
    for (who, fen), part in zip(paid.items(), parts, strict=True):
        lines += [Line(SUSPENSE, "借", fen, day), Line(FUND, "贷", fen, day, who, part)]  # type: ignore[arg-type]
    head = Head(UNIT, DAY, draw(words), draw(words), draw(words), draw(words), draw(st.none() | words))
    return Voucher(head, tuple(lines), draw(st.none() | words))


def staffed(books: Books) -> Books:
    people = [
        employee(account, f"440203{1960 + place}0101001X", unit=UNIT, prior_fen=0, cur_fen=0)
        for place, account in enumerate(STAFF)
    ]
    everyone: list[EmployeeOpening] = list(people)
    (done,) = bring_in(books, [unit(UNIT, fund_fen=0, suspense_fen=0)], everyone)
    assert done.refused is None
    return books


@pytest.fixture(scope="module")
def both(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Books]]:
    """The same books in a file and on a server."""
    database = postgres.database()
    Books.create(database.url, "test", database.owner).close()
    made = [staffed(small_books(tmp_path_factory.mktemp("entries"))), staffed(Books.open(database.url))]
    yield made
    for books in made:
        books.close()


def kept(tx: Tx) -> list[list[tuple[Any, ...]]]:
    """All that posting writes of the unit."""
    tables = (voucher, line, post_key, employee_balance, unit_balance, unit_table)
    statements = (select(table).where(table.c.unit == UNIT).order_by(*table.primary_key) for table in tables)
    return [[tuple(row) for row in tx.connection.execute(statement)] for statement in statements]


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posted=st.lists(vouchers(), min_size=1, max_size=3))
def test_a_file_and_a_server_hold_the_same_rows(both: list[Books], posted: list[Voucher]) -> None:
    key = PostKey("test", str(next(_keys)))
    held = []
    for books in both:
        with books.writing(UNIT) as tx:
            numbers = post(tx, posted, key, key.key.encode())
            assert len(numbers.entries) == len(posted)
            held.append(kept(tx))
    assert held[0] == held[1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posted=st.lists(vouchers(), min_size=1, max_size=3))
def test_what_is_written_is_what_the_voucher_says(file_books: Books, posted: list[Voucher]) -> None:
    key = PostKey("test", str(next(_keys)))
    with file_books.writing(UNIT) as tx:
        numbers = post(tx, posted, key, key.key.encode())
        booked = journal.vouchers(tx, UNIT)
        assert [one.voucher for one in booked[-len(posted) :]] == posted
        assert [one.numbers.entry_no for one in booked[-len(posted) :]] == [ref.entry_no for ref in numbers.entries]
        previous, people, suspense = GENESIS, Counter[tuple[str, str]](), 0
        for one in booked:
            assert one.hash == chain_hash(previous, canonical(one.numbers, one.voucher))
            previous = one.hash
            for item in one.voucher.lines:
                raised = item.amount_fen if item.side == "贷" else -item.amount_fen
                if item.employee is not None and item.part is not None:
                    people[item.employee, item.part] += raised
                suspense += raised if item.account == SUSPENSE else 0
        *_, balances, of_unit, row = kept(tx)
        assert balances == [(UNIT, who, people[who, "cur"], people[who, "prior"]) for who in STAFF]
        assert of_unit == [(UNIT, sum(people.values()), suspense, 0)]
        assert previous in row[0]


@pytest.fixture(scope="module")
def file_books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    books = staffed(small_books(tmp_path_factory.mktemp("written")))
    yield books
    books.close()


@pytest.mark.slow
@pytest.mark.parametrize("many", [1, 9])
def test_a_row_that_may_not_be_is_refused_as_sqlalchemy_would(both: list[Books], many: int) -> None:
    """By either way of the driver; nothing of it stays."""
    rows = [(UNIT, 999, place, SUSPENSE, None, None, "借", 1, "2025-03-03") for place in range(1, many + 1)]
    for books in both:
        with books.reading() as tx:
            before = kept(tx)
        with pytest.raises(IntegrityError), books.writing(UNIT) as tx:
            direct.insert(tx, line, rows)  # of a voucher that is not there
        with books.reading() as tx:
            assert kept(tx) == before


def test_no_rows_are_no_statement(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.reading() as tx:
        direct.insert(tx, line, [])
    books.close()
