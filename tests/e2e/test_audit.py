"""The audit log: one line for every command that wrote, in its own transaction, and nobody's numbers in it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.e2e.books import Desk, newcomer

pytestmark = pytest.mark.slow

DAY = "2025-05-14"
RECEIPT = ("receipt", "add", "--amount", "132042.00", "--ref", "2025051400017", "--unit", "0500001")
MONTH_END = ("remit", "run", "--all", "--through", "2024-02", "--no-print")
Line = tuple[str, str, str]  # 单位, who, command


@dataclass
class Log:
    """The audit log of the sample books, read as any program could."""

    desk: Desk

    def rows(self, columns: str = "unit, actor, command") -> list[tuple[str, ...]]:
        books = sqlite3.connect(f"file:{self.desk.office.home / 'gjj.db'}?mode=ro", uri=True)
        try:
            return books.execute(f"SELECT {columns} FROM audit_log ORDER BY rowid").fetchall()
        finally:
            books.close()

    @contextmanager
    def adds(self, *lines: Line) -> Iterator[None]:
        before = len(self.rows())
        yield
        assert sorted(self.rows()[before:]) == sorted(lines)


@pytest.fixture
def log(desk: Desk) -> Log:
    return Log(desk)


def test_every_command_that_writes_leaves_its_line(desk: Desk, log: Log) -> None:
    unit = "0500003"
    with log.adds((unit, "clerk", "case submit")):
        person = ",".join(f"{header}={value}" for header, value in newcomer("6000").items())
        case = desk.json("clerk", DAY, "case", "submit", "个人账户设立", "--unit", unit, "--row", person)["case"]
    with log.adds((unit, "first", "case approve")):
        desk.does("first", DAY, "case", "approve", case)
    with log.adds((unit, "clerk", "case finish")):
        desk.does("clerk", DAY, "case", "finish", case, "--no-print")
    with log.adds(("0500001", "admin", "receipt add")):
        desk.does("admin", DAY, *RECEIPT)
    with log.adds(("0500001", "admin", "remit run"), ("~centre", "admin", "remit run")):
        desk.does("admin", DAY, *MONTH_END)
    desk.office.verify()


def test_what_changes_nothing_leaves_none(desk: Desk, log: Log) -> None:
    desk.does("admin", DAY, *RECEIPT)
    desk.does("admin", DAY, *MONTH_END)
    with log.adds():
        desk.does("admin", DAY, *RECEIPT)  # the same again
        desk.does("admin", DAY, *MONTH_END)
        desk.does("admin", DAY, *RECEIPT[:3], "1.00", *RECEIPT[4:], exit=6)
        desk.does("clerk", DAY, *RECEIPT[:-3], "另一笔", *RECEIPT[-2:], exit=7)
        desk.does("admin", DAY, "receipt", "add", "--amount", "5.00", "--ref", "9", "--unit", "0500001", "--dry-run")
        desk.does("clerk", DAY, "todo")
        desk.does("admin", DAY, "ledger", "verify")


def test_nobody_can_be_read_out_of_it(desk: Desk, log: Log) -> None:
    """Names, identity numbers and phones are in the register; the log has accounts' numbers and sums at most."""
    person = newcomer("6000")
    row = ",".join(f"{header}={value}" for header, value in person.items())
    desk.does("clerk", DAY, "case", "submit", "个人账户设立", "--unit", "0500003", "--row", row)
    said = "\n".join(text for line in log.rows("actor, command, detail") for text in line)
    assert person["姓名"] not in said
    assert not re.search(r"[0-9]{17}[0-9X]|1[3-9][0-9]{9}", said), said
