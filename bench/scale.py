"""What a unit costs a month-end, and a person-month the disk, on SQLite and on PostgreSQL: the figures of docs/scale.md.

    python -m bench.scale [UNITS] [MONTHS]

Units of 50 people pay month after month by `remit run --all`. What is said of time is the lower quartile of the units,
so that a neighbour on the machine does not count; of disk what the later months added.
"""

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg

from gjj_cli import month as months
from gjj_cli.flows import books as books_flow
from gjj_cli.flows import remit
from gjj_cli.settings import Settings
from gjj_cli.store.engine import Books
from gjj_cli.store.importing import EmployeeOpening, UnitOpening, import_units
from gjj_cli.store.verify import verify
from tests.postgres import Server, serving

HEADS, BASE = 50, 500_000
START, DAY = months.of(2025, 1), date(2025, 12, 1)


def units(many: int) -> Iterator[tuple[UnitOpening, list[EmployeeOpening]]]:
    for place in range(many):
        number = f"{10_000_000 + place}"
        opening = UnitOpening(
            number, f"示例{place}有限公司", "05", date(2025, 1, 1), 500, 500, START, START - 1, HEADS * 100, 90_000_000
        )
        yield opening, [_person(number, place * HEADS + serial) for serial in range(HEADS)]


def _person(unit: str, serial: int) -> EmployeeOpening:
    born = date.fromordinal(date(1970, 1, 1).toordinal() + serial % 9000)
    digits = f"440203{born:%Y%m%d}{serial // 9000:03d}"
    check = "10X98765432"[sum(int(digit) * 2 ** (17 - n) for n, digit in enumerate(digits)) % 11]
    account = f"05{serial:010d}"
    return EmployeeOpening(unit, account, "张三", "身份证", digits + check, BASE, "正常", START, START - 1, 0, 100)


def measure(many: int, later: int, settings: Settings, home: Path, size: Callable[[], int]) -> str:
    made = replace(books_flow.init(settings, home).settings, as_of=DAY, as_of_given=True)
    books = Books.open(made.books())
    for opening, people in units(many):
        (done,) = import_units(books, [opening], people, [], as_of=DAY, user="admin", at="2025-01-01T09:00:00+08:00")
        if done.refused is not None:
            raise done.refused
    opened, each, sizes, runs = size(), list[float](), list[int](), list[float]()
    for month in range(later):
        before = begun = time.perf_counter()

        def posted(_outcome: object) -> None:
            nonlocal before
            now = time.perf_counter()
            each.append(now - before)
            before = now

        remit.run(made, None, START + month, posted=posted)
        runs.append(time.perf_counter() - begun)
        sizes.append(size())
    began = time.perf_counter()
    verdict = verify(books)
    took = time.perf_counter() - began
    books.close()
    if not verdict.ok or len(each) < many * later:
        raise ValueError(f"{len(each)} posts, {verdict.first_difference}")
    persons = many * HEADS
    each.sort()
    month_bytes = (sizes[-1] - sizes[0]) / (later - 1) / persons
    return (
        f"unit {1000 * each[len(each) // 4]:.2f} ms (median {1000 * statistics.median(each):.2f}), "
        f"best run {min(runs):.2f} s; person {opened / persons:.0f} B opened, {month_bytes:.0f} B a month; "
        f"verify {1e6 * took / verdict.lines:.0f} us a line"
    )


def main() -> None:
    many, later = (int(word) for word in (sys.argv[1:] + ["400", "4"][len(sys.argv) - 1 :])[:2])
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()
    home = Path(tempfile.mkdtemp(prefix="gjj-scale-"))
    print(f"{many} units of {HEADS}, {later} months")
    plain = Settings(None, home, None, DAY)
    print("SQLite    ", measure(many, later, plain, home / "file", lambda: _file_size(home / "file")), flush=True)
    for server in serving():
        print("PostgreSQL", measure_on(server, many, later, plain, home / "server"), flush=True)


def _file_size(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "gjj.db")) as books:
        books.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "gjj.db").stat().st_size


def measure_on(server: Server, many: int, later: int, plain: Settings, home: Path) -> str:
    database = server.database()
    with closing(psycopg.connect(server.url("postgres", database.name), autocommit=True)) as admin:

        def size() -> int:
            (found,) = admin.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
            return int(found)

        return measure(many, later, replace(plain, db=database.url, db_owner=database.owner), home, size)


if __name__ == "__main__":
    main()
