"""`gjj db` as a person types it: backup while posting, restore by swapping, upgrade after a backup."""

import re
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from gjj_cli.flows import dbcare
from gjj_cli.store.engine import Books, sqlite_url
from tests.conftest import Gjj
from tests.e2e.books import Desk
from tests.store.old_books import ADMIN_TOKEN, careful_step, forgetful_step, old_books, with_step

pytestmark = pytest.mark.slow

DAY = "2025-05-14"
MONTH_END = ("remit", "run", "--all", "--through", "2024-02", "--no-print")


def audited(books: Path) -> list[tuple[str, str, str]]:
    raw = sqlite3.connect(books)
    found = raw.execute("SELECT actor, command, detail FROM audit_log WHERE command LIKE 'db %' ORDER BY no").fetchall()
    raw.close()
    return found


def anchor(desk: Desk) -> str:
    said = desk.does("admin", DAY, "ledger", "verify")
    return re.search(r"锚 ([0-9a-f]{16})", said)[1]  # type: ignore[index]


def backed_up(desk: Desk) -> Path:
    said = desk.does("admin", DAY, "db", "backup")
    (made,) = desk.office.home.glob("gjj-备份-*.db")
    assert made.name in said
    return made


def set_version(books: Path, version: int) -> None:
    raw = sqlite3.connect(books)
    raw.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(version),))
    raw.commit()
    raw.close()


def test_a_backup_is_verified_private_and_in_the_audit_log(desk: Desk) -> None:
    said = desk.does("admin", DAY, "db", "backup")
    (made,) = desk.office.home.glob("gjj-备份-*.db")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert "4 个单位，3 张凭证，189 行分录，记到 2025-05-01" in said
    assert "公积金 5,541,480.72，暂收 132,796.00" in said and "gjj.key 不在备份里" in said
    seal = anchor(desk)
    assert f"锚      {seal}" in said
    assert audited(desk.office.home / "gjj.db") == [("admin", "db backup", f"备份，锚 {seal}")]
    books = Books.open(sqlite_url(made))
    books.close()
    assert list(desk.office.home.glob(".gjj-*")) == []


def test_where_a_backup_cannot_go(desk: Desk) -> None:
    (desk.office.home / "kept.db").write_text("something else")
    before = desk.dump
    assert "没有改写" in desk.tries("admin", DAY, "db", "backup", "-o", str(desk.office.home / "kept.db"), exit=4)
    assert (desk.office.home / "kept.db").read_text() == "something else"
    desk.tries("admin", DAY, "db", "backup", "-o", str(desk.office.home / "nowhere" / "kept.db"), exit=4)
    desk.tries("admin", DAY, "db", "backup", "-o", "/dev/full", exit=4)
    yourself = ("db", "backup", "--yes", "-o", str(desk.office.home / "gjj.db"))
    assert "账簿自己" in desk.tries("admin", DAY, *yourself, exit=2)
    for login in ("clerk", "first", "second"):
        desk.tries(login, DAY, "db", "backup", exit=7)
    assert desk.dump == before
    desk.tries("admin", DAY, "db", "backup", "--yes", "-o", str(desk.office.home / "kept.db"), exit=0)
    Books.open(sqlite_url(desk.office.home / "kept.db")).close()


def test_books_that_do_not_verify_are_copied_under_a_name_that_says_so(desk: Desk) -> None:
    raw = sqlite3.connect(desk.office.home / "gjj.db")
    raw.execute("UPDATE employee_balance SET cur_fen = cur_fen + 1 WHERE employee = '0010000001'")
    raw.commit()
    raw.close()
    said = desk.does("admin", DAY, "db", "backup", "-o", "good.db", exit=1)
    assert "账簿对不上" in said and "0010000001" in said
    assert not (desk.office.home / "good.db").exists()
    (made,) = desk.office.home.glob("good-核对不上-*.db")
    assert desk.does("admin", DAY, "db", "restore", made.name, exit=1).startswith("备份对不上")


def test_a_restore_brings_back_that_moment_and_keeps_what_was_there(desk: Desk) -> None:
    made, before = backed_up(desk), anchor(desk)
    desk.does("admin", DAY, *MONTH_END)
    after = anchor(desk)
    assert "没有换" in desk.does("admin", DAY, "db", "restore", made.name, "--dry-run")
    assert anchor(desk) == after != before
    said = desk.does("admin", DAY, "db", "restore", made.name)
    assert anchor(desk) == before
    (kept,) = desk.office.home.glob("gjj-换下-*.db")
    assert kept.name in said and "密钥 gjj.key 不在备份里" in said
    detail = f"用备份恢复，锚 {before}；原来的账簿存为 {kept.name}"
    assert audited(desk.office.home / "gjj.db") == [("admin", "db restore", detail)]
    desk.does("admin", DAY, *MONTH_END)  # and the month can be done again
    desk.does("admin", DAY, "db", "restore", kept.name)
    assert anchor(desk) == after
    assert list(desk.office.home.glob(".gjj-*")) == []


def test_what_is_not_restored(desk: Desk) -> None:
    made = backed_up(desk)
    home = desk.office.home
    newer, torn, scarred, other = (home / f"{name}.db" for name in ("newer", "torn", "scarred", "other"))
    shutil.copy(made, newer)
    set_version(newer, 99)
    torn.write_bytes(made.read_bytes()[:200_000])
    page = 30 * 4096
    scarred.write_bytes(made.read_bytes()[:page] + b"\xff" * 64 + made.read_bytes()[page + 64 :])
    other.write_text("no books")
    before = desk.dump
    assert "（第 1 版）新" in desk.tries("admin", DAY, "db", "restore", str(newer), exit=3)
    desk.tries("admin", DAY, "db", "restore", str(torn), exit=4)
    assert "备份对不上：文件坏了" in desk.tries("admin", DAY, "db", "restore", str(scarred), exit=1)
    desk.tries("admin", DAY, "db", "restore", str(other), exit=4)
    desk.tries("admin", DAY, "db", "restore", str(home / "nowhere.db"), exit=4)
    desk.tries("admin", DAY, "db", "restore", str(home / "gjj.db"), exit=2)
    for login in ("clerk", "first", "second"):
        desk.tries(login, DAY, "db", "restore", str(made), exit=7)
    assert desk.dump == before and not list(home.glob("gjj-换下-*"))


def test_a_restore_asks_naming_units_and_money(desk: Desk) -> None:
    made = backed_up(desk)
    as_admin = {"GJJ_TOKEN": desk.office.tokens["admin"]}
    refused = desk.gjj.on_terminal("db", "restore", made.name, env=as_admin, typed="n\n")
    assert refused.exit == 6 and "没有换" in refused.stdout
    assert refused.stdout.count("4 个单位，公积金 5,541,480.72，暂收 132,796.00") == 2
    agreed = desk.gjj.on_terminal("db", "restore", made.name, env=as_admin, typed="是\n")
    assert agreed.exit == 0, agreed
    silent = desk.gjj.on_terminal("db", "restore", made.name, "--yes", env=as_admin)
    assert silent.exit == 0 and "吗" not in silent.stdout


def test_books_in_use_are_not_replaced(desk: Desk) -> None:
    made = backed_up(desk)
    books = Books.open(sqlite_url(desk.office.home / "gjj.db"))
    with books.writing():
        said = desk.tries("admin", DAY, "--wait", "0", "db", "restore", str(made), exit=5)
    books.close()
    assert "别人正在用" in said and not list(desk.office.home.glob("gjj-换下-*"))
    desk.tries("admin", DAY, "--wait", "0", "db", "restore", str(made), exit=0)


@pytest.mark.parametrize("state", ["broken", "gone"])
def test_books_that_cannot_be_opened_are_restored_by_whoever_may_write_there(desk: Desk, state: str) -> None:
    made, before = backed_up(desk), anchor(desk)
    path = desk.office.home / "gjj.db"
    if state == "broken":
        path.write_bytes(b"\xff" * 100_000)
    else:
        path.unlink()
    said = desk.gjj("db", "restore", made.name)
    assert said.exit == 0, said
    assert anchor(desk) == before
    ((actor, _, detail),) = audited(path)
    assert actor == dbcare.NOBODY
    if state == "broken":
        (kept,) = desk.office.home.glob("gjj-换下-*.db")
        assert kept.read_bytes() == b"\xff" * 100_000 and "没有核对是谁" in detail
    else:
        assert "原来没有账簿" in detail


def test_there_is_nothing_to_upgrade(desk: Desk) -> None:
    before = desk.dump
    assert "不用升级" in desk.does("admin", DAY, "db", "upgrade")
    assert desk.dump == before and not list(desk.office.home.glob("*升级前*"))


def put_old_books(desk: Desk) -> Path:
    """Books of version 1 in the place of the sample."""
    path = desk.office.home / "gjj.db"
    path.unlink()
    old_books(desk.office.home)
    desk.office.tokens.update({name: ADMIN_TOKEN.replace("admin", name) for name in ("admin", "clerk")})
    return path


def test_older_books_are_upgraded_after_a_backup(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put_old_books(desk)
    before = desk.dump
    with_step(monkeypatch, careful_step)
    assert "gjj db upgrade" in desk.tries("admin", DAY, "todo", exit=3)
    desk.tries("clerk", DAY, "db", "upgrade", exit=7)
    assert "会从第 1 版升到第 2 版" in desk.tries("admin", DAY, "db", "upgrade", "--dry-run", exit=0)
    assert desk.dump == before and not list(desk.office.home.glob("*升级前*"))
    assert "已从第 1 版升到第 2 版" in desk.tries("admin", DAY, "db", "upgrade", exit=0)
    (kept,) = desk.office.home.glob("gjj-升级前-*.db")
    assert audited(path) == [("admin", "db upgrade", "第 1 版升到第 2 版")]
    assert "账簿核对无误" in desk.tries("admin", DAY, "ledger", "verify", exit=0)
    said = desk.tries("admin", DAY, "db", "restore", str(kept), exit=0)
    assert "备份是第 1 版的，已经升级" in said
    assert "不用升级" in desk.tries("admin", DAY, "db", "upgrade", exit=0)
    monkeypatch.undo()
    assert "比这个程序（第 1 版）新" in desk.tries("admin", DAY, "db", "upgrade", exit=3)


def test_an_upgrade_that_would_lose_a_trigger_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    put_old_books(desk)
    before = desk.dump
    with_step(monkeypatch, forgetful_step)
    assert "voucher_no_" in desk.tries("admin", DAY, "db", "upgrade", exit=6)
    assert desk.dump == before


def test_books_on_a_server_are_left_to_its_tools(gjj: Gjj) -> None:
    for command in (("backup",), ("restore", "x.db")):
        said = gjj("--db", "postgresql+psycopg://u:secret@localhost/b", "db", *command)
        assert said.exit == 3 and "pg_dump" in said.stderr and "secret" not in said.stderr
