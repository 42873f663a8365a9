"""Verifying: every column of the journal and of what is derived from it, changed by raw SQL, is found and placed."""

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.case import NewCase, State
from gjj_cli.store import cases, register
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.tables import metadata
from gjj_cli.store.triggers import APPEND_ONLY
from gjj_cli.store.verify import Verdict, verify

from .small_books import AT, DAY, LI, ZHANG, remit, small_books

pytestmark = pytest.mark.slow

JOURNAL = ("voucher", "line", "post_key", "audit_log")
DERIVED = {
    "unit": ("paid_through", "state", "next_entry_no", "head_hash", "last_posting_date", "next_audit_no", "audit_head"),
    "employee_balance": ("cur_fen", "prior_fen"),
    "unit_balance": ("fund_fen", "suspense_fen", "reserved_fen"),
    "voucher_counter": ("next_no",),
    "person_month": tuple(column.name for column in metadata.tables["person_month"].columns),
    "employee": ("status", "paid_through", "imported_through", "carried_through", "id_hash", "id_number"),
    "person": ("at_unit", "id_hash"),
    "unit_event": ("amount_fen",),
    "case_row": ("content",),
    "cases": ("batch",),
}


def history(folder: Path) -> Books:
    """Two months paid, one person sealed, a 补缴 case open: something in every table that is verified."""
    books = small_books(folder)
    remit(books, months.of(2025, 3))
    with books.writing("0500001") as tx:
        register.seal(
            tx,
            "0500001",
            register.Cause("0500001-2503-001", DAY, "封存"),
            [register.Change(LI, months.of(2025, 4), 500_000, None, -50_000)],
        )
        new = NewCase(
            "supplementary-payment", State.FIRST_REVIEW, "clerk", AT, DAY, method="suspense", amount_fen=5_000
        )
        cases.create(tx, "0500001", new, [])
    remit(books, months.of(2025, 4), [ZHANG], day=date(2025, 4, 1))
    return books


def tampered(folder: Path, change: Callable[[sqlite3.Connection], object]) -> Verdict:
    """What verify says after raw SQL went past every protection."""
    books = history(folder)
    books.close()
    raw = sqlite3.connect(folder / "gjj.db")
    triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    raw.execute("PRAGMA ignore_check_constraints=ON")
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    change(raw)
    for _, statement in triggers:
        raw.execute(statement)
    raw.commit()
    raw.close()
    return verify(Books.open(sqlite_url(folder / "gjj.db")))


def flip(table: str, column: str) -> Callable[[sqlite3.Connection], object]:
    """Changes one column of the last row of unit 0500001: text gets a character, a number one more, null a value."""

    def change(raw: sqlite3.Connection) -> None:
        kind = str(metadata.tables[table].columns[column].type)
        grown = f"coalesce({column}, '') || 'x'" if kind == "TEXT" else f"coalesce({column}, 24000) + 1"
        chosen = "min" if table == "cases" else "max"  # the first case is the 建账
        row = f"SELECT {chosen}(rowid) FROM {table} WHERE unit IN ('0500001', '~centre')"
        assert raw.execute(f"UPDATE {table} SET {column} = {grown} WHERE rowid = ({row})").rowcount == 1

    return change


def test_untouched_books_are_in_order(tmp_path: Path) -> None:
    verdict = verify(history(tmp_path))
    assert verdict.first_difference is None and verdict.ok
    assert (verdict.units, verdict.vouchers, verdict.lines) == (1, 3, 11)
    assert len(verdict.anchor) == 64


@pytest.mark.parametrize(
    ("table", "column"), [(table, column.name) for table in JOURNAL for column in metadata.tables[table].columns]
)
def test_every_column_of_the_journal(tmp_path: Path, table: str, column: str) -> None:
    verdict = tampered(tmp_path, flip(table, column))
    assert not verdict.ok and verdict.first_difference is not None
    if table in ("voucher", "line") and column not in ("unit", "no", "voucher"):
        assert (verdict.first_difference.unit, verdict.first_difference.voucher) == ("0500001", 3)


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in DERIVED.items() for column in columns]
)
def test_what_is_derived(tmp_path: Path, table: str, column: str) -> None:
    verdict = tampered(tmp_path, flip(table, column))
    assert not verdict.ok


@pytest.mark.parametrize(
    ("column", "field"),
    [("amount_fen", "amount_fen"), ("n", "n"), ("value_date", "hash"), ("employee", "hash")],
)
def test_a_line_is_named_by_its_field(tmp_path: Path, column: str, field: str) -> None:
    difference = tampered(tmp_path, flip("line", column)).first_difference
    assert difference is not None and difference.field == field


def test_a_voucher_taken_off_the_end_is_found_and_with_its_head_only_by_the_anchor(tmp_path: Path) -> None:
    anchors = {verify(history(tmp_path / name)).anchor for name in ("a", "b") if not (tmp_path / name).mkdir()}
    assert len(anchors) == 1
    (tmp_path / "c").mkdir()
    verdict = tampered(tmp_path / "c", lambda raw: raw.execute("DELETE FROM voucher WHERE no = 3"))
    assert not verdict.ok and verdict.anchor in anchors
    (tmp_path / "d").mkdir()
    assert tampered(tmp_path / "d", _take_back_the_last).anchor not in anchors


def _take_back_the_last(raw: sqlite3.Connection) -> None:
    (head,) = raw.execute("SELECT prev_hash FROM voucher WHERE unit = '0500001' AND no = 3").fetchone()
    raw.execute("UPDATE unit SET next_entry_no = 3, head_hash = ? WHERE unit = '0500001'", [head])


@pytest.mark.parametrize("column", ["from_month", "to_month"])
def test_a_month_paid_outside_of_every_enrolment_is_found(tmp_path: Path, column: str) -> None:
    march = months.of(2025, 3) + (column == "from_month")
    move = f"UPDATE enrolment SET {column} = {march} WHERE employee = '{ZHANG}'"
    difference = tampered(tmp_path, lambda raw: raw.execute(move)).first_difference
    assert difference is not None and difference.unit == "0500001"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_missing_trigger_is_a_difference(tmp_path: Path, table: str) -> None:
    books = history(tmp_path)
    with books.writing() as tx:
        tx.connection.exec_driver_sql(f"DROP TRIGGER {table}_no_delete")
    difference = verify(books).first_difference
    assert difference is not None and f"{table}_no_delete" in difference.field
