"""Books of released schema versions for the tests, as they were dumped then (fixtures/books), and a step after today's."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gjj_cli.store import migrations, triggers

DUMPS = Path(__file__).resolve().parents[2] / "fixtures" / "books"
RELEASED = {1: "v1.sql"}
ADMIN_TOKEN = "token of admin"


def old_books(folder: Path, version: int = 1) -> Path:
    """The file of books of that version."""
    path = folder / "gjj.db"
    connection = sqlite3.connect(path)
    connection.executescript((DUMPS / RELEASED[version]).read_text(encoding="utf-8"))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return path


def dumped(path: Path) -> list[str]:
    """Everything in the file as SQL."""
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def forgetful_step(connection: Connection) -> None:
    """Adds a column and rebuilds `voucher` as SQLite wants it: the triggers go with the old table, without a word."""
    connection.exec_driver_sql("ALTER TABLE receipt ADD COLUMN note TEXT")
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'voucher'").scalar_one()
    indexes = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE tbl_name = 'voucher' AND type = 'index'")
    again = [sql for sql in indexes.scalars() if sql]
    connection.exec_driver_sql(made.replace("CREATE TABLE voucher", "CREATE TABLE voucher_new", 1))
    connection.exec_driver_sql("INSERT INTO voucher_new SELECT * FROM voucher")
    connection.exec_driver_sql("DROP TABLE voucher")
    connection.exec_driver_sql("ALTER TABLE voucher_new RENAME TO voucher")
    for sql in again:
        connection.exec_driver_sql(sql)


def careful_step(connection: Connection) -> None:
    """The same, and the triggers are made again."""
    forgetful_step(connection)
    triggers.restore(connection)


def with_step(patch: pytest.MonkeyPatch, step: migrations.Step) -> None:
    """The program is one version further, by this step."""
    patch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
    patch.setattr(migrations, "VERSION", migrations.VERSION + 1)
