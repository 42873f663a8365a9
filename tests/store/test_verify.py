"""Verifying small books: what it counts, and how it names what is wrong (`test_verify_flips` tries everything)."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.ledger.verdict import Verdict
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.verify import verify

from .small_books import ZHANG, remit, small_books

MARCH = months.of(2025, 3)


def tampered(folder: Path, change: Callable[[sqlite3.Connection], object]) -> Verdict:
    """What verify says after raw SQL went past every protection."""
    books = small_books(folder)
    remit(books, MARCH)
    books.close()
    with closing(sqlite3.connect(folder / "gjj.db")) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        change(raw)
        for _, statement in triggers:
            raw.execute(statement)
        raw.commit()
    return verify(Books.open(sqlite_url(folder / "gjj.db")))


def test_untouched_books_are_in_order(tmp_path: Path) -> None:
    verdict = tampered(tmp_path, lambda raw: None)
    assert verdict.first_difference is None and verdict.ok
    assert (verdict.units, verdict.vouchers, verdict.lines) == (1, 2, 9)
    assert len(verdict.anchor) == 64 and verdict.anchor == verdict.heads.root


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("amount_fen", "amount_fen + 1", "amount_fen"),
        ("n", "n + 1", "n"),
        ("value_date", "'2025-03-04'", "hash"),
        ("employee", f"'{ZHANG}'", "hash"),
        ("amount_fen", "CAST(amount_fen AS BLOB)", "amount_fen"),
    ],
)
def test_a_line_is_named_by_its_voucher_and_field(tmp_path: Path, column: str, value: str, field: str) -> None:
    change = f"UPDATE line SET {column} = {value} WHERE voucher = 2 AND n = 3"
    difference = tampered(tmp_path, lambda raw: raw.execute(change)).first_difference
    assert difference is not None
    assert (difference.unit, difference.voucher, difference.field) == ("0500001", 2, field)
    assert difference.voucher_ref == "0500001-2503-记002"


@pytest.mark.parametrize("column", ["from_month", "to_month"])
def test_a_month_paid_outside_of_every_enrolment_is_found(tmp_path: Path, column: str) -> None:
    change = f"UPDATE enrolment SET {column} = {MARCH + (column == 'from_month')} WHERE employee = '{ZHANG}'"
    difference = tampered(tmp_path, lambda raw: raw.execute(change)).first_difference
    assert difference is not None and difference.unit == "0500001" and ZHANG in difference.detail
