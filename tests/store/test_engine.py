"""Opening books, the one write transaction, the dry run, the lock, and what is said when the database refuses."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from gjj_cli import month as months
from gjj_cli.errors import ConfigError, Exit, FileError, Locked, Refused
from gjj_cli.ledger.voucher import receipt
from gjj_cli.store.engine import Books, set_setting, setting, sqlite_url
from gjj_cli.store.ledger import PostKey, post
from gjj_cli.store.tables_ledger import unit
from gjj_cli.store.verify import verify

from .small_books import ZHANG, head, remit, small_books


def test_new_books_are_private_durable_and_open_again(tmp_path: Path) -> None:
    path = tmp_path / "gjj.db"
    books = Books.create(sqlite_url(path), "gjj 0.1.0")
    with books.reading() as tx:
        pragmas = {name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    assert pragmas == PRAGMAS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Books.open(sqlite_url(path))
    assert again.id == books.id and len(again.id) == 32
    again.close()
    books.close()


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1}


def test_books_are_not_made_over_anything(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with pytest.raises(ConfigError) as refused:
        Books.create(sqlite_url(books.path), "gjj")
    assert refused.value.exit == Exit.CONFIG
    assert verify(books).units == 1
    with pytest.raises(FileError):
        Books.create(sqlite_url(tmp_path / "nowhere" / "gjj.db"), "gjj")


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/gjj.db", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/b", "gjj.db"],
)
def test_books_that_are_not_there_are_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Books.open(url)
    assert "secret" not in refused.value.what


def test_other_files_and_newer_books_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database at all, but long enough to have a header" * 20)
    with pytest.raises(ConfigError, match="不是 gjj 的账簿"):
        Books.open(sqlite_url(tmp_path / "text.db"))
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (a)").connection.close()
    with pytest.raises(ConfigError, match="不是 gjj 的账簿"):
        Books.open(sqlite_url(tmp_path / "other.db"))
    books = small_books(tmp_path)
    with books.writing() as tx:
        set_setting(tx, "schema_version", "2")
    books.close()
    with pytest.raises(ConfigError, match="第 2 版"):
        Books.open(sqlite_url(tmp_path / "gjj.db"))


def test_an_exception_rolls_everything_back(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    before = verify(books)
    with pytest.raises(RuntimeError), books.writing("0500001") as tx:
        post(tx, [receipt(head(), 100)], PostKey("test", "a"), b"a")
        raise RuntimeError
    assert verify(books) == before and before.ok


def test_a_dry_run_leaves_nothing_behind(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    before = verify(books)
    posted = remit(books, months.of(2025, 3), dry_run=True)
    assert posted.entries[0].text == "0500001-2503-记002"
    assert verify(books) == before
    assert remit(books, months.of(2025, 3)).entries == posted.entries


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with pytest.raises((FileError, OperationalError)), books.reading() as tx:
        tx.connection.execute(unit.update().values(name="x"))
    with books.writing("0500001") as tx:
        set_setting(tx, "solo", "1")
        assert setting(tx, "solo") == "1" and setting(tx, "absent") is None


def test_a_unit_that_was_not_named_is_not_written(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with pytest.raises(ValueError), books.writing() as tx:
        post(tx, [receipt(head(), 100)], PostKey("test", "a"), b"a")


def test_the_second_writer_waits_and_then_says_so(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    other = Books.open(sqlite_url(books.path), wait=0.05)
    with books.writing("0500001"):
        with pytest.raises(Locked) as refused, other.writing("0500001"):
            pass
        assert refused.value.exit == Exit.LOCKED
        with other.reading() as tx:
            assert tx.connection.scalar(select(unit.c.name).where(unit.c.unit == "0500001"))
    with other.writing("0500001"):
        pass


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    other = Books.open(sqlite_url(books.path))
    with other.reading() as tx:
        remit(books, months.of(2025, 3))
        assert tx.connection.execute(text("SELECT count(*) FROM voucher")).scalar() == 1
    with other.reading() as tx:
        assert tx.connection.execute(text("SELECT count(*) FROM voucher")).scalar() == 2


def test_a_full_disk_is_a_file_error_and_the_books_stay_whole(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    before = verify(books)
    with pytest.raises(FileError) as refused, books.writing("0500001") as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for number in range(100_000):
            set_setting(tx, f"filler{number}", "x" * 1000)
    assert refused.value.exit == Exit.FILE and "账簿没有变" in refused.value.what
    books.close()
    assert verify(Books.open(sqlite_url(tmp_path / "gjj.db"))) == before


RACER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store.small_books import remit
from gjj_cli.store.engine import Books, sqlite_url
books = Books.open(sqlite_url(Path(sys.argv[1])), wait=30)
posted = remit(books, 24302)
print("already" if posted.already else "posted", posted.entries[0].text)
"""


@pytest.mark.slow
def test_processes_racing_for_one_key_post_once(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    here = str(Path(__file__).parent.parent)
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, str(books.path), here], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = sorted(racer.communicate(timeout=60)[0].strip() for racer in racers)
    assert said == ["already 0500001-2503-记002"] * 3 + ["posted 0500001-2503-记002"]
    assert verify(books).ok


def test_refusals_tell_what_to_do(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with pytest.raises(Refused) as refused:
        remit(books, months.of(2025, 3), [ZHANG], side_fen=200_000)
    assert refused.value.code == "E703"
    assert all(remedy.startswith(("改：", "可以：")) for remedy in refused.value.remedies)
    assert (refused.value.what + "".join(refused.value.remedies)).encode("gbk")
