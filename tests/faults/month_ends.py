"""Books with a month-end before them, and what must be true of them whatever happened in it."""

import re
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import func, select

from gjj_cli.flows import sample
from gjj_cli.flows.monthend import BUSINESS
from gjj_cli.settings import Settings
from gjj_cli.store import verify
from gjj_cli.store.engine import Books, Tx, sqlite_url
from gjj_cli.store.importing import EmployeeOpening, UnitOpening, import_units
from gjj_cli.store.payments import REMITTANCE
from gjj_cli.store.tables_cases import cases
from gjj_cli.store.tables_ledger import unit_balance, voucher
from tests.e2e.books import M, Office, open_office

DAY = "2025-05-14"
MONTHS = ("2025-02", "2025-03")
RUN = ("-v", "--as-of", DAY, "remit", "run", "--all", "--through", MONTHS[-1], "--no-print")
MONEY_FEN = 500_000  # what each unit that can pay has, in 暂收 before and in 暂收 and 归集 together after
_CASES = select(cases.c.unit, func.count()).where(cases.c.business == BUSINESS).group_by(cases.c.unit)
_OPENED, _AT = date(2025, 3, 1), "2025-03-01T09:00:00+08:00"


@dataclass(frozen=True)
class MonthEnd:
    """Books in a folder, never run themselves; `poor` cannot pay, so that the month-end ends with 8.

    `anchor` is that of the books after an undisturbed run: numbers, dates and texts of the vouchers do not depend on
    when it happened, so a run that was disturbed and done again must come to the same.
    """

    fresh: Path
    admin: Settings
    paying: tuple[str, ...]
    poor: tuple[str, ...]
    anchor: str = ""

    @property
    def exit(self) -> int:
        return 8 if self.poor else 0

    @property
    def env(self) -> dict[str, str]:
        return {"GJJ_TOKEN": self.admin.token or ""}

    def copy(self, to: Path) -> Path:
        return copy_of(self.fresh, to)

    def run(self, folder: Path) -> tuple[str, ...]:
        """The command line of the month-end on a copy."""
        return ("--db", str(folder / "gjj.db"), *RUN)

    def problems(self, folder: Path, acked: Collection[str] = (), *, finished: bool = False) -> list[str]:
        """What is wrong with books found after a run; empty when all is well.

        Every unit has its whole run or nothing, what was acknowledged is there, and everything is there once the run
        has finished.
        """
        return self.problems_at(sqlite_url(folder / "gjj.db"), acked, finished=finished)

    def problems_at(self, url: str, acked: Collection[str] = (), *, finished: bool = False) -> list[str]:
        books = Books.open(url)
        try:
            verdict = verify.verify(books)
            found = [] if verdict.ok else [f"verify: {verdict.first_difference}"]
            with books.reading() as tx:
                found += self._half_done(tx)
                paid = set(_paid(tx))
        finally:
            books.close()
        if lost := set(acked) - paid:
            found.append(f"acknowledged and lost: {sorted(lost)}")
        if finished and paid != set(self.paying):
            found.append(f"not paid after the rerun: {sorted(set(self.paying) - paid)}")
        if finished and self.anchor not in ("", verdict.anchor):
            found.append("other vouchers than those of an undisturbed run")
        return found

    def _half_done(self, tx: Tx) -> list[str]:
        """Units of which a part is there, or something twice."""
        paid = _paid(tx)
        made = dict(tx.connection.execute(_CASES).all())
        money = dict(
            tx.connection.execute(
                select(unit_balance.c.unit, unit_balance.c.fund_fen + unit_balance.c.suspense_fen)
            ).all()
        )
        found = [f"{unit}: months {months}" for unit, months in paid.items() if months != MONTHS]
        found += [f"{unit}: {many} cases" for unit, many in made.items() if many != 1 or unit not in paid]
        found += [f"{unit}: no case" for unit in paid.keys() - made.keys()]
        found += [f"{unit}: {money[unit]} 分 in all" for unit in self.paying if money[unit] != MONEY_FEN]
        return found


def _paid(tx: Tx) -> dict[str, tuple[str, ...]]:
    """The months each unit has paid, by its vouchers, a month as often as it was paid."""
    rows = tx.connection.execute(
        select(voucher.c.unit, voucher.c.post_key)
        .where(voucher.c.post_kind == REMITTANCE)
        .order_by(voucher.c.unit, voucher.c.post_key)
    ).all()
    return {unit: tuple(month for other, month in rows if other == unit) for unit, _ in rows}


def acknowledged(talk: str) -> list[str]:
    """The units that a run with -v said were posted. A last line without its end counts for nothing."""
    return re.findall(r"^posted unit=(\S+) .*\n", talk, re.M)


def copy_of(books: Path, to: Path) -> Path:
    """The database with its write-ahead log, as another process would find them after a crash."""
    to.mkdir(parents=True)
    for name in ("gjj.db", "gjj.db-wal"):
        if (books / name).exists():
            shutil.copy(books / name, to / name)
    return to


def integrity(folder: Path) -> str:
    """SQLite's own word on the file: `ok`."""
    with closing(sqlite3.connect(folder / "gjj.db")) as books:
        return str(books.execute("PRAGMA integrity_check(1)").fetchone()[0])


def month_end(home: Path, *, units: int, people: int, poor: int = 0) -> MonthEnd:
    """New books: `units` that owe two months and can pay them, `poor` that owe them and have no money."""
    office = open_office(home)
    numbers = tuple(f"06{unit:05d}" for unit in range(units + poor))
    fill(office, numbers[:units], numbers[units:], people)
    return MonthEnd(home, office.as_("admin", DAY), numbers[:units], numbers[units:])


def fill(office: Office, paying: Collection[str], poor: Collection[str], people: int, *, first: int = 0) -> None:
    """Units of `people` employees at 5 % and 5 %, due from 2025-02; `first` is the serial of the first person."""
    opened, hired = [], []
    for place, number in enumerate((*paying, *poor)):
        money = MONEY_FEN if number in paying else 0
        opened.append(
            UnitOpening(number, f"示例{number}", "05", _OPENED, 500, 500, M("2020-01"), M("2025-01"), 0, money)
        )
        for serial in range(first + place * people, first + (place + 1) * people):
            known = (number, f"7{serial:09d}", sample.name(serial), "身份证", sample.identity(serial))
            hired.append(EmployeeOpening(*known, 300_000 + serial * 100, "正常", M("2020-01"), M("2025-01")))
    books = Books.open(office.settings.books())
    try:
        done = import_units(books, opened, hired, [], as_of=_OPENED, user="admin", at=_AT)
    finally:
        books.close()
    assert not [one for one in done if one.refused], done[:3]


def with_anchor(undisturbed: MonthEnd, folder: Path) -> MonthEnd:
    """The same, knowing what the vouchers come to; `folder` holds a copy on which the month-end was run."""
    books = Books.open(sqlite_url(folder / "gjj.db"))
    try:
        verdict = verify.verify(books)
    finally:
        books.close()
    assert verdict.ok, verdict.first_difference
    return replace(undisturbed, anchor=verdict.anchor)
