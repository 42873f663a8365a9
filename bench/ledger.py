"""The month-end and `ledger verify` as processes, against the least that the same rows cost (`make bench`).

The least is what a month-end has added, table by table, given to the driver by executemany or COPY with one transaction
a unit, in a second copy of the same books: same tables, indexes, keys, triggers and pragmas. What a month-end changes
besides (balances, 缴至年月, chains) is not in it. Prints medians of interleaved runs; exit 1 where a promise is not kept.
"""

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.bigbooks import UNIT
from bench.validate import Ran, promise, run
from gjj_cli.store import people
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.sqlite import PRAGMAS
from gjj_cli.store.tables import metadata
from tests.postgres import APPLICATION, OWNER, Server, programs, serving

HEADS, ROUNDS = 50, 3
DAY, MONTH = "2024-02-20", "2024-02"
TABLES = {table.name: table for table in metadata.sorted_tables}
Rows = dict[str, list[tuple[Any, ...]]]  # by table, parents first


def gjj(url: str, *words: str) -> Ran:
    """One command on those books, as a process."""
    return run((sys.executable, "-m", "gjj_cli", "--db", url, "--as-of", DAY, *words))


def month_end(url: str) -> Ran:
    return gjj(url, "remit", "run", "--all", "--through", MONTH, "--no-print")


def books_of(folder: Path, units: int, remitted: int = 1) -> Path:
    """Big books with some months paid and money for the next, and a login for this process's children.

    A process of its own makes them: what this one has held once counts as its children's memory too.
    """
    folder.mkdir()
    began = time.perf_counter()
    figures = (units, HEADS, remitted, HEADS * 60_000)
    run((sys.executable, "-m", "bench.bigbooks", str(folder), *map(str, figures)))
    path = folder / "gjj.db"
    books = Books.open(sqlite_url(path))
    os.environ["GJJ_TOKEN"] = books.write(_log_in)
    books.close()
    print(f"  books of {units:,} units x {HEADS} people made in {time.perf_counter() - began:.0f} s")
    return path


def _log_in(tx: Any) -> str:
    people.add_user(tx, people.User("admin", "admin", "管理员"))
    return people.new_token(tx, "admin", "token", "2024-01-01T00:00:00+08:00", None)


def added(before: Path, after: Path) -> dict[str, Rows]:
    """What a month-end has added, by unit: all rows whose key was not there before."""
    found: dict[str, Rows] = defaultdict(dict)
    with closing(sqlite3.connect(after)) as books:
        books.execute("ATTACH ? AS old", (str(before),))
        for name, table in TABLES.items():
            same = " AND ".join(f"o.{key.name} = n.{key.name}" for key in table.primary_key)
            new = f"SELECT * FROM main.{name} n WHERE NOT EXISTS (SELECT 1 FROM old.{name} o WHERE {same})"
            for row in books.execute(new):
                found[row[0]].setdefault(name, []).append(row)
    return found


# --- SQLite -------------------------------------------------------------------------------------------------------


def copied(path: Path, folder: Path) -> Path:
    """A fresh copy of the books, on the disk before anything is measured."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(path, folder / "gjj.db")
    os.sync()
    return folder / "gjj.db"


def raw_sqlite(path: Path, rows: dict[str, Rows]) -> float:
    """Seconds for the rows, by executemany, one transaction a unit."""
    with closing(sqlite3.connect(path, isolation_level=None)) as books:
        for pragma in ("journal_mode=WAL", *PRAGMAS):
            books.execute(f"PRAGMA {pragma}")
        began = time.perf_counter()
        for of_unit in rows.values():
            books.execute("BEGIN IMMEDIATE")
            for name, some in of_unit.items():
                books.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(some[0]))})", some)
            books.execute("COMMIT")
        return time.perf_counter() - began


def on_sqlite(folder: Path, fresh: Path, units: int) -> tuple[dict[str, Rows], float, bool]:
    """The rows that a month-end adds, its seconds less start-up, and whether the promises are kept."""
    work = folder / "work"
    month_end(sqlite_url(copied(fresh, work)))  # what it adds is the same whenever it is run
    rows = added(fresh, work / "gjj.db")
    whole, again, raw, idle = [], [], [], []
    for _ in range(ROUNDS):
        raw.append(raw_sqlite(copied(fresh, work), rows))
        url = sqlite_url(copied(fresh, work))
        whole.append(month_end(url).seconds)
        again.append(month_end(url).seconds)
        idle.append(nothing(url))
    first, second, least, start = (statistics.median(some) for some in (whole, again, raw, idle))
    _table("SQLite", units, first, least, start)
    print(f"  again, all posted already: {second:.2f} s")
    kept = [
        promise("month-end / raw rows, SQLite", first / least, 4.0),
        promise("rerun / first run, start-up taken off", (second - start) / (first - start), 0.1),
    ]
    return rows, first - start, all(kept)


def nothing(url: str) -> float:
    """Start-up: a command that opens the books and finds nothing to do."""
    return gjj(url, "receipt", "list", "--unit", UNIT).seconds


def _table(where: str, units: int, first: float, least: float, start: float) -> None:
    each = 1000 / units
    print(f"\n{where}, month-end of {units:,} units x {HEADS} people, medians of {ROUNDS}")
    print(
        f"  gjj {first:8.2f} s ({first * each:.2f} ms a unit)   raw {least:8.2f} s ({least * each:.2f} ms)   start-up {start:.2f} s"
    )


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


def filled(server: Server, fresh: Path) -> str:
    """A database with the books of a SQLite file, to be the template of others; returns its name."""
    database = server.database()
    Books.create(database.url, "bench", database.owner).close()
    with closing(sqlite3.connect(fresh)) as source, psycopg.connect(server.url("postgres", database.name)) as target:
        target.execute("SET session_replication_role = replica")  # neither keys nor triggers: the rows are in order
        for name in TABLES:
            target.execute(f"DELETE FROM {name}".encode())
            with target.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
                for row in source.execute(f"SELECT * FROM {name}"):
                    copy.write_row(row)
    with psycopg.connect(server.url("postgres", database.name), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")
    return database.name


@contextmanager
def database_like(server: Server, template: str) -> Iterator[str]:
    """Another database with the same in it, dropped afterwards; its name."""
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE run OWNER "{OWNER}" TEMPLATE "{template}"'.encode())
        admin.execute("CHECKPOINT")
        yield "run"
        admin.execute("DROP DATABASE run")


def raw_postgres(url: str, rows: dict[str, Rows], copying: bool) -> float:
    """Seconds for the rows, by COPY or executemany where there are several, one transaction a unit."""
    with psycopg.connect(url) as books:
        cursor = books.cursor()
        began = time.perf_counter()
        for of_unit in rows.values():
            for name, some in of_unit.items():
                if copying and len(some) > 5:
                    with cursor.copy(f"COPY {name} FROM STDIN".encode()) as copy:
                        for row in some:
                            copy.write_row(row)
                else:
                    put = f"INSERT INTO {name} VALUES ({','.join(['%s'] * len(some[0]))})".encode()
                    cursor.execute(put, some[0]) if len(some) == 1 else cursor.executemany(put, some)
            books.commit()
        return time.perf_counter() - began


def on_postgres(server: Server, fresh: Path, rows: dict[str, Rows], units: int) -> bool:
    template = filled(server, fresh)
    ways: dict[bool, list[float]] = {True: [], False: []}
    whole, idle = [], []
    for turn in range(ROUNDS):
        for copying in (True, False) if turn == 0 else (True,):
            with database_like(server, template) as name:
                ways[copying].append(raw_postgres(server.url(APPLICATION, name), rows, copying))
        with database_like(server, template) as name:
            url = server.books_url(APPLICATION, name)
            whole.append(month_end(url).seconds)
            idle.append(nothing(url))
    least = min(statistics.median(some) for some in ways.values())
    first = statistics.median(whole)
    _table("PostgreSQL", units, first, least, statistics.median(idle))
    return promise("month-end / raw rows, PostgreSQL", first / least, 2.5)


# --- many -----------------------------------------------------------------------------------------------------------

FETCH = """
import sqlite3, sys, time
books = sqlite3.connect(sys.argv[1])
began = time.perf_counter()
lines = books.execute("SELECT * FROM line").fetchall()
print(time.perf_counter() - began, len(lines))
"""


def fetched(path: Path) -> tuple[float, int]:
    """Seconds to have all lines in Python, in a process of its own, and how many they are."""
    told = subprocess.run((sys.executable, "-c", FETCH, str(path)), check=True, stdout=subprocess.PIPE, text=True)
    seconds, lines = told.stdout.split()
    return float(seconds), int(lines)


def city(folder: Path, units: int) -> tuple[float, bool]:
    """A month-end of a whole city: seconds a unit, start-up taken off, and whether its memory keeps the promise."""
    url = sqlite_url(books_of(folder, units))
    os.sync()
    start, whole = nothing(url), month_end(url)
    print(f"\n{units:,} units x {HEADS} people: {whole.seconds:.1f} s")
    return (whole.seconds - start) / units, promise("memory of the month-end, MB", whole.megabytes, 1500)


def verifying(folder: Path, units: int) -> bool:
    """`ledger verify` of the books of ten months, start-up and all, against having their lines in Python."""
    path = books_of(folder, units, 10)
    told = [(fetched(path), gjj(sqlite_url(path), "ledger", "verify").seconds) for _ in range(ROUNDS)]
    lines = told[0][0][1]
    least = statistics.median(seconds for (seconds, _), _ in told)
    whole = statistics.median(seconds for _, seconds in told)
    print(f"\nledger verify of {lines:,} lines: {whole:.2f} s; SELECT * into Python {least:.2f} s")
    return promise("ledger verify / SELECT *", whole / least, 5.0)


def main(args: Sequence[str]) -> int:
    """`python -m bench.ledger [units] [units of the city]`; 1 where a promise is not kept."""
    if programs() is None:
        raise SystemExit("no PostgreSQL server here to measure: apt-get install postgresql (make test does)")
    few, many = (int(word) for word in (*args, *("2000", "20000")[len(args) :]))
    with tempfile.TemporaryDirectory(prefix="gjj-bench-") as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = name
        each, kept = city(folder / "city", many)  # first: this process holds nothing yet
        shutil.rmtree(folder / "city")
        kept &= verifying(folder / "months", few)
        fresh = books_of(folder / "few", few)
        rows, seconds, good = on_sqlite(folder, fresh, few)
        kept &= good
        kept &= promise(f"seconds a unit, of {many:,} / of {few:,}", each / (seconds / few), 1.3)
        for server in serving({"shared_buffers": "'256MB'", "max_wal_size": "'4GB'"}):
            kept &= on_postgres(server, fresh, rows, few)
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
