"""Books as files: one moment while posting goes on, whole or not there, and nothing posted into what was put aside."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.errors import FileError, Locked
from gjj_cli.store import backup
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.verify import verify

from .old_books import dumped
from .small_books import remit, small_books

MARCH = months.of(2025, 3)


def made_from(source: Path, *, live: bool = True) -> Path:
    target = source.with_name("copy.db")
    target.touch()
    backup.copy(source, target, live=live)
    return target


def vouchers(path: Path) -> int:
    books = Books.open(sqlite_url(path))
    verdict = verify(books)
    books.close()
    assert verdict.ok, verdict.first_difference
    return verdict.vouchers


def test_a_copy_is_one_moment_while_posting_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books = small_books(tmp_path)
    posted: list[int] = []

    def post(_status: int, left: int, _pages: int) -> None:
        if left and len(posted) < 3:
            posted.append(remit(books, MARCH + len(posted), side_fen=100).entries[0].entry_no)

    monkeypatch.setattr(backup, "PAGES", 1)
    monkeypatch.setattr(backup, "_breathe", post)
    assert books.path is not None
    copied = made_from(books.path)
    assert len(posted) == 3 and vouchers(copied) == 1
    books.close()
    assert vouchers(tmp_path / "gjj.db") == 4


def test_a_copy_is_the_books_byte_for_row(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    remit(books, MARCH)
    assert books.path is not None
    assert dumped(made_from(books.path)) == dumped(books.path)  # what is still in the -wal too
    books.close()


def test_a_backup_is_read_without_touching_anything_beside_it(tmp_path: Path) -> None:
    small_books(tmp_path).close()
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(tmp_path / "gjj.db", kept)
    before = (kept / "gjj.db").read_bytes()
    made = tmp_path / "made.db"
    made.touch()
    backup.copy(kept / "gjj.db", made, live=False)
    assert [path.name for path in kept.iterdir()] == ["gjj.db"] and (kept / "gjj.db").read_bytes() == before
    assert dumped(made) == dumped(kept / "gjj.db")


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look at " * 50])
def test_what_is_no_books(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    assert backup.version_in(tmp_path / "x.db") == 0
    if content:
        assert backup.damage(tmp_path / "x.db") is not None
        with pytest.raises(FileError, match="不是账簿"):
            made_from(tmp_path / "x.db", live=False)


def test_a_torn_page_is_damage(tmp_path: Path) -> None:
    small_books(tmp_path).close()
    path = tmp_path / "gjj.db"
    assert backup.damage(path) is None and backup.version_in(path) == 1
    pages = bytearray(path.read_bytes())
    for start in range(4096, len(pages), 4096):
        pages[start : start + 8] = b"\xff" * 8
    path.write_bytes(pages)
    assert backup.damage(path) is not None


def test_a_temporary_file_is_private_and_goes(tmp_path: Path) -> None:
    with backup.temporary(tmp_path / "gjj.db") as made:
        assert stat.S_IMODE(made.stat().st_mode) == 0o600 and made.parent == tmp_path
        made.with_name(made.name + "-wal").touch()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileError, match="没有写成"), backup.temporary(tmp_path / "nowhere" / "gjj.db"):
        pass


def test_a_name_is_given_once(tmp_path: Path) -> None:
    books = tmp_path / "gjj.db"
    first = backup.named(books, "备份")
    first.touch()
    assert backup.named(books, "备份") != first and first.name.startswith("gjj-备份-20")


def test_books_in_use_are_not_replaced_by_a_backup(tmp_path: Path) -> None:
    made, target = tmp_path / "made", tmp_path / "gjj.db"
    made.write_bytes(b"new")
    target.write_bytes(b"old")
    target.with_name("gjj.db-wal").touch()
    with pytest.raises(FileError, match="正被当作账簿"):
        backup.place(made, target)
    target.with_name("gjj.db-wal").unlink()
    backup.place(made, target)
    assert target.read_bytes() == b"new" and not made.exists()


def two_books(folder: Path) -> tuple[Path, Path, Path]:
    """The books with a month more in them than the copy that shall take their place, and the name to keep them under."""
    books = small_books(folder)
    assert books.path is not None
    made = made_from(books.path)
    remit(books, MARCH)
    books.close()
    return made, folder / "gjj.db", folder / "kept.db"


def test_a_swap_keeps_what_was_there(tmp_path: Path) -> None:
    made, books, kept = two_books(tmp_path)
    backup.swap(made, books, kept, 0)
    assert vouchers(books) == 1 and vouchers(kept) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"gjj.db", "kept.db"}


def test_what_is_only_in_the_log_is_kept_too(tmp_path: Path) -> None:
    """As after a kill: the last post is in the -wal and nowhere else."""
    (tmp_path / "a").mkdir()
    books = small_books(tmp_path / "a")
    assert books.path is not None
    made = made_from(books.path)
    remit(books, MARCH)
    killed = tmp_path / "gjj.db"
    for ending in ("", "-wal"):
        shutil.copy(f"{books.path}{ending}", f"{killed}{ending}")
    books.close()
    backup.swap(made, killed, tmp_path / "kept.db", 0)
    assert not (tmp_path / "gjj.db-wal").exists()
    assert vouchers(tmp_path / "kept.db") == 2 and vouchers(killed) == 1


@pytest.mark.parametrize("busy", ["writing", "reading"])
def test_books_in_use_are_not_swapped(tmp_path: Path, busy: str) -> None:
    made, path, kept = two_books(tmp_path)
    books = Books.open(sqlite_url(path))
    with getattr(books, busy)(), pytest.raises(Locked):
        backup.swap(made, path, kept, 0.1)
    assert made.exists() and not kept.exists()
    books.close()
    backup.swap(made, path, kept, 0)
    assert vouchers(path) == 1


def test_nothing_is_posted_into_books_that_were_put_aside(tmp_path: Path) -> None:
    """Whoever opened the file by its name just before the swap finds that it has moved."""
    made, path, kept = two_books(tmp_path)
    late = sqlite3.connect(path, isolation_level=None)
    late.execute("PRAGMA journal_mode=DELETE")
    assert late.execute("SELECT count(*) FROM voucher").fetchone() == (2,)
    backup.swap(made, path, kept, 0)
    with pytest.raises(sqlite3.OperationalError):
        late.execute("PRAGMA journal_mode=WAL")  # the first thing that Books does
    late.close()
    assert vouchers(kept) == 2


def test_what_is_no_database_any_more_is_put_aside_with_its_log(tmp_path: Path) -> None:
    made, path, kept = two_books(tmp_path)
    path.with_name("gjj.db-wal").write_bytes(b"log")
    path.write_bytes(b"broken" * 2000)
    backup.swap(made, path, kept, 0)
    assert vouchers(path) == 1
    assert kept.read_bytes() == b"broken" * 2000 and kept.with_name("kept.db-wal").read_bytes() == b"log"


def test_books_that_were_deleted_come_back(tmp_path: Path) -> None:
    made, path, kept = two_books(tmp_path)
    path.unlink()
    backup.swap(made, path, kept, 0)
    assert vouchers(path) == 1 and not kept.exists()


def test_there_are_books_at_every_moment_of_a_swap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, path, kept = two_books(tmp_path)

    def stopped(*_: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            backup.swap(made, path, kept, 0)
    assert vouchers(path) == 2
    backup.swap(made, path, tmp_path / "again.db", 0)
    assert vouchers(path) == 1 and vouchers(tmp_path / "again.db") == 2
