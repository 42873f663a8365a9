"""Every column of every table, changed by raw SQL past all protections, is found by verifying and named.

The list comes from the metadata: a new column is tried as soon as it exists, and one that nothing can compute must be
put into UNDERIVABLE with its reason.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gjj_cli.errors import FileError, GjjError
from gjj_cli.ledger import anchor
from gjj_cli.ledger.verdict import Verdict
from gjj_cli.store import tables_cases, tables_ledger, tables_register
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.tables import metadata
from gjj_cli.store.triggers import APPEND_ONLY
from gjj_cli.store.verify import verify

from .full_books import full_books

pytestmark = pytest.mark.slow

TABLES = {**metadata.tables} if (tables_cases, tables_ledger, tables_register) else {}

# What is nowhere else in the books, so that no computing can contradict it: column -> why.
UNDERIVABLE = {
    ("meta", "key"): "the settings of the books; schema_version is looked at when they are opened",
    ("meta", "value"): "as the keys",
    ("users", "display"): "how a person is called is only here",
    ("users", "id_number"): "whom the login belongs to is only here",
    ("users", "disabled"): "whether somebody may still log in is only here",
    ("token", "sha256"): "a hash of a secret that is kept nowhere",
    ("token", "created_at"): "the moment of a login",
    ("token", "until"): "as long as it was given for",
    ("cases", "channel"): "where the papers were handed in",
    ("cases", "scan_no"): "a random number, only its form can be wrong",
    ("cases", "printed_at"): "the moment of a print, only its form can be wrong",
    ("case_row", "row_no"): "the row of the sheet it was typed in; only two of one number are wrong",
    ("case_event", "reason"): "the words of who sent a case back; the trigger keeps them",
    ("attachment", "kind"): "what the attachment shows; its bytes are checked",
    ("attachment", "name"): "the name the file came with",
    ("agent_document", "kind"): "what the document shows; its bytes are checked",
    ("agent_document", "name"): "the name the file came with",
    ("run", "started_at"): "the moment of a run, only its form can be wrong",
    ("run", "scope"): "what was asked for, only its form can be wrong",
    ("run_unit", "code"): "why nothing was posted is kept only here",
    ("run_unit", "short_fen"): "as the code",
    ("run_unit", "detail"): "as the code",
    ("run_unit", "months"): "of a unit for which nothing was posted, as the code",
    ("run_unit", "heads"): "as the months",
    ("run_unit", "total_fen"): "as the months",
}
# JSON of which some values can be computed and others (a reason, an old figure on a paper) cannot.
IN_PART = {("cases", "batch"), ("cases", "totals"), ("case_row", "content")}
ONLY_THERE = {"user_unit", "agent_document"}  # who works for a unit, and which of his papers are on file
COLUMNS = [(name, column.name) for name, table in sorted(TABLES.items()) for column in table.columns]
Change = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = full_books(tmp_path_factory.mktemp("full"))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def tampered(whole: Path, folder: Path, change: Change, earlier: anchor.Anchor | None = None) -> Verdict:
    """What verifying says of a copy after raw SQL; the triggers are back as they were."""
    path = folder / "gjj.db"
    shutil.copy(whole, path)
    with closing(sqlite3.connect(path)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        raw.execute("PRAGMA ignore_check_constraints=ON")
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        change(raw)
        for _, statement in triggers:
            raw.execute(statement)
        raw.commit()
    books = Books.open(sqlite_url(path))
    try:
        return verify(books, earlier)
    finally:
        books.close()


def rows_to_flip(path: Path, table: str, column: str) -> list[int]:
    """The first and the last row with a value there, and the last without one."""
    asked = f"SELECT min(rowid), max(rowid) FROM {table} WHERE {column} IS"
    with closing(sqlite3.connect(path)) as raw:
        filled = raw.execute(f"{asked} NOT NULL").fetchone()
        empty = raw.execute(f"{asked} NULL").fetchone()[1:]
    return sorted({row for row in (*filled, *empty) if row is not None})


def flip(table: str, column: str, row: int) -> Change:
    """A text gets a character, a number one more, a blob a byte; an empty cell gets a value."""
    grown = {"TEXT": f"coalesce({column}, '') || '1'", "BIGINT": f"coalesce({column}, 24000) + 1"}
    value = grown.get(str(TABLES[table].columns[column].type), f"CAST({column} || '1' AS BLOB)")

    def change(raw: sqlite3.Connection) -> None:
        update = f"UPDATE {table} SET {column} = {value} WHERE rowid = {row}"
        try:
            done = raw.execute(update)
        except sqlite3.IntegrityError:  # one of the schema's own uniques: a number further on is free
            done = raw.execute(update.replace("+ 1 ", "+ 1001 "))
        assert done.rowcount == 1

    return change


def test_the_whole_books_are_in_order(whole: Path) -> None:
    books = Books.open(sqlite_url(whole))
    verdict = verify(books)
    books.close()
    assert verdict.first_difference is None and verdict.ok
    with closing(sqlite3.connect(whole)) as raw:
        assert [name for name in TABLES if not raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0]] == []


@pytest.mark.parametrize(("table", "column"), [one for one in COLUMNS if one not in UNDERIVABLE])
def test_a_flipped_column_is_found_and_named(whole: Path, tmp_path: Path, table: str, column: str) -> None:
    for row in rows_to_flip(whole, table, column):
        found = tampered(whole, tmp_path, flip(table, column, row)).first_difference
        assert found is not None, f"row {row}"
        assert found.field and found.detail
        if table not in ("users", "token"):
            with closing(sqlite3.connect(whole)) as raw:
                (unit,) = raw.execute(f"SELECT unit FROM {table} WHERE rowid = {row}").fetchone()
            assert found.unit in related(whole, unit, table, row), found
        if table == "voucher" and column not in ("unit", "no"):
            assert found.voucher is not None, found


def related(whole: Path, unit: str, table: str, row: int) -> set[str]:
    """The unit of the row, as it is and as it was changed; of the centre's rows the unit they speak of too."""
    known = {unit, f"{unit}1"}
    spoken = {"person": "at_unit", "receipt": "of_unit"}.get(table)
    with closing(sqlite3.connect(whole)) as raw:
        if spoken:
            (said,) = raw.execute(f"SELECT {spoken} FROM {table} WHERE rowid = {row}").fetchone()
            known |= {said, f"{said}1"} if said else {"~centre"}
        if table in ("cases", "case_row", "employee", "base_history"):  # a transfer is of both its units
            known |= {other for (other,) in raw.execute("SELECT unit FROM unit")}
    return known


@pytest.mark.parametrize(("table", "column"), sorted(UNDERIVABLE))
def test_the_exceptions_are_columns(table: str, column: str) -> None:
    assert column in TABLES[table].columns


_ODD = {"TEXT": ("CAST(x'ff' AS TEXT)", "x'31'", "'[1'"), "BIGINT": ("'abc'", "x'31'"), "BLOB": ("'abc'",)}


@pytest.mark.parametrize(("table", "column"), [one for one in COLUMNS if one[0] not in ("meta", "users", "token")])
def test_whatever_stands_in_a_column_there_is_no_traceback(
    whole: Path, tmp_path: Path, table: str, column: str
) -> None:
    """Text that is no UTF-8, blobs, broken JSON, numbers in texts: verifying answers, and never with well."""
    (row,) = rows_to_flip(whole, table, column)[-1:]
    for value in _ODD[str(TABLES[table].columns[column].type)]:
        change = f"UPDATE {table} SET {column} = {value} WHERE rowid = {row}"
        try:
            verdict = tampered(whole, tmp_path, lambda raw, change=change: raw.execute(change))  # type: ignore[misc]
        except (sqlite3.IntegrityError, GjjError):
            continue  # the schema would not have it, or the file is refused (exit 4)
        assert not verdict.ok or value == "'[1'", value  # which is a text as good as others


@pytest.mark.parametrize("table", [name for name in sorted(TABLES) if "unit" in TABLES[name].columns])
def test_a_row_taken_away_or_put_in_is_found(whole: Path, tmp_path: Path, table: str) -> None:
    gone = f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})"
    if table not in ONLY_THERE:
        assert not tampered(whole, tmp_path, lambda raw: raw.execute(gone)).ok
    columns = [column.name for column in TABLES[table].columns]
    last = TABLES[table].primary_key.columns.values()[-1]
    fresh = f"{last.name} || '9'" if str(last.type) == "TEXT" else f"{last.name} + 90"
    values = ", ".join(fresh if name == last.name else name for name in columns)
    added = f"INSERT INTO {table} SELECT {values} FROM {table} ORDER BY rowid DESC LIMIT 1"
    if table == "agent_document":
        return
    try:
        verdict = tampered(whole, tmp_path, lambda raw: raw.execute(added))
    except sqlite3.IntegrityError:
        return  # one of the schema's own uniques
    assert not verdict.ok


@pytest.mark.parametrize(
    "trigger", [f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete")]
)
def test_a_trigger_that_is_gone_is_found(whole: Path, tmp_path: Path, trigger: str) -> None:
    shutil.copy(whole, tmp_path / "gjj.db")
    with closing(sqlite3.connect(tmp_path / "gjj.db")) as raw:
        raw.execute(f"DROP TRIGGER {trigger}")
    books = Books.open(sqlite_url(tmp_path / "gjj.db"))
    difference = verify(books).first_difference
    books.close()
    assert difference is not None and trigger in difference.field


# The one thing that only an anchor finds.


def _receipt_undone(raw: sqlite3.Connection) -> None:
    """Takes the 待查 receipt off ~centre: the voucher, its lines, key, numbers, head, counter, balance, row, log."""
    raw.execute("DELETE FROM line WHERE unit = '~centre'")
    raw.execute("DELETE FROM voucher WHERE unit = '~centre'")
    raw.execute("DELETE FROM post_key WHERE unit = '~centre'")
    raw.execute("DELETE FROM voucher_counter WHERE unit = '~centre'")
    raw.execute("DELETE FROM receipt WHERE of_unit IS NULL")
    zero = "0" * 64
    raw.execute(
        "UPDATE unit SET next_entry_no = 1, head_hash = ?, last_posting_date = NULL WHERE unit = '~centre'", [zero]
    )


def test_the_last_voucher_taken_away_whole_is_found_by_the_anchor_alone(whole: Path, tmp_path: Path) -> None:
    books = Books.open(sqlite_url(whole))
    before = verify(books).heads
    books.close()
    assert tampered(whole, tmp_path, _receipt_undone).ok
    again = anchor.read(anchor.dump(before))
    assert again == before and again.root == before.root
    found = tampered(whole, tmp_path, _receipt_undone, again).first_difference
    assert found is not None
    assert (found.unit, found.voucher, found.field) == ("~centre", 1, "voucher")
    assert found.voucher_ref == "~centre-2505-记001"


def test_an_anchor_lets_books_grow_and_knows_its_own(whole: Path, tmp_path: Path) -> None:
    books = Books.open(sqlite_url(whole))
    now = verify(books).heads
    earlier = anchor.Anchor(now.books, tuple(_one_before(whole, head) for head in now.heads))
    assert verify(books, earlier).ok
    other = verify(books, anchor.Anchor("another", now.heads)).first_difference
    assert other is not None and other.field == "books_id"
    gone = anchor.UnitHead("0599999", 1, "0" * 64, 1, "0" * 64)
    missing = verify(books, anchor.Anchor(now.books, (*now.heads, gone))).first_difference
    books.close()
    assert missing is not None and (missing.unit, missing.field) == ("0599999", "unit")
    with pytest.raises(ValueError, match="root"):
        anchor.read(anchor.dump(now).replace(now.heads[0].head_hash, "f" * 64))
    with pytest.raises(ValueError, match="anchor"):
        anchor.read('{"schema": "x"}\n')


def _one_before(path: Path, head: anchor.UnitHead) -> anchor.UnitHead:
    """Where the unit was one voucher ago."""
    with closing(sqlite3.connect(path)) as raw:
        (previous,) = raw.execute(
            "SELECT prev_hash FROM voucher WHERE unit = ? AND no = ?", [head.unit, head.next_entry_no - 1]
        ).fetchone()
    return anchor.UnitHead(head.unit, head.next_entry_no - 1, previous, head.next_audit_no, head.audit_head)


# Bits in the file.


def _data(path: Path) -> dict[str, list[object]]:
    """Every row of every table, but for the columns that nothing can contradict."""
    with closing(sqlite3.connect(path)) as raw:
        return {
            name: raw.execute(f"SELECT {columns} FROM {name} ORDER BY {columns}").fetchall()
            for name, table in TABLES.items()
            if (columns := ", ".join(c.name for c in table.columns if (name, c.name) not in {*UNDERIVABLE, *IN_PART}))
        }


def _pages(path: Path) -> Iterator[int]:
    with closing(sqlite3.connect(path)) as raw:
        (size,) = raw.execute("PRAGMA page_size").fetchone()
    yield from range(0, path.stat().st_size, size)


@pytest.mark.parametrize("offset", [40, 1000, 4000])
def test_a_bit_flipped_in_any_page_never_passes_with_other_data(whole: Path, tmp_path: Path, offset: int) -> None:
    same = _data(whole)
    silent = 0
    for page in _pages(whole):
        path = tmp_path / "gjj.db"
        content = bytearray(whole.read_bytes())
        content[page + offset] ^= 1 << (page // 4096 % 8)
        path.write_bytes(content)
        try:
            books = Books.open(sqlite_url(path))
        except GjjError:
            continue
        try:
            ok = verify(books).ok
        except FileError:
            continue
        finally:
            books.close()
        if ok:
            silent += 1
            assert _data(path) == same, f"page at {page}"
    assert silent < len(list(_pages(whole)))
