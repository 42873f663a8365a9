"""The connection to PostgreSQL cut at every message of a post, and the server stopped dead while it posts."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gjj_cli.store.engine import Books
from tests.e2e.books import Office, open_office
from tests.faults.cutproxy import Proxy
from tests.faults.month_ends import DAY, MONTHS, RUN, MonthEnd, acknowledged, fill
from tests.faults.warm import Child, Warm
from tests.postgres import APPLICATION, Database, Server

pytestmark = pytest.mark.slow

STOPS = 8
BOOKS_EVERY = 10  # cuts, the books are verified whole: it takes longer than a cut


def served(postgres: Server, home: Path, units: int, people: int) -> tuple[Database, MonthEnd]:
    """A month-end in a database of its own."""
    database = postgres.database()
    office = open_office(home, database.url, database.owner)
    numbers = tuple(f"06{unit:05d}" for unit in range(units))
    fill(office, numbers, (), people)
    return database, MonthEnd(home, office.as_("admin", DAY), numbers, ())


def test_the_connection_cut_at_every_message(
    postgres: Server, state: Path, warm: Warm, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """Each cut meets a unit of its own. A run ends well (done again by itself) or with 4; the rerun knows what is there."""
    database, month_end = served(postgres, tmp_path / "home", 2, 2)
    with Proxy(postgres.port) as proxy, tally("PostgreSQL connection cut") as count:
        through = postgres.books_url(APPLICATION, database.name, proxy.port)
        proxy.arm()
        assert remit(warm, month_end, through, month_end.paying[0], tmp_path / "counted").wait() == 0
        cuts = count.some([(when, number) for number in range(1, proxy.seen + 1) for when in ("before", "after")])
        count.notes.append(f"{proxy.seen} messages")
        month_end = replace(month_end, paying=tuple(f"07{unit:05d}" for unit in range(len(cuts))))
        fill(Office(month_end.fresh, month_end.admin), month_end.paying, (), 2, first=1_000)
        missed = 0  # runs differ by a message or two
        for place, (unit, (when, number)) in enumerate(zip(month_end.paying, cuts, strict=True), 1):
            proxy.arm(when, number)
            done = remit(warm, month_end, through, unit, tmp_path / unit)
            missed += not proxy.cut()
            found = how_it_went(done)
            again = remit(warm, month_end, database.url, unit, tmp_path / f"{unit}-again")
            said = json.loads(again.out)["units"][0]["outcome"] if again.wait() == 0 else again.err
            found += [] if said in ("posted", "already-posted") else [f"the rerun said {said}"]
            found += ["posted and not known"] if done.wait() == 0 and said != "already-posted" else []
            if place % BOOKS_EVERY == 0 or place == len(cuts):
                found += month_end.problems_at(database.url, month_end.paying[:place])
            count.add([f"{when} message {number}: {one}" for one in found])
        assert missed <= 5, f"{missed} of {len(cuts)} messages did not come"


def how_it_went(done: Child) -> list[str]:
    """A cut run is done again by itself, or says that it could not be, or that nobody knows."""
    if done.wait() == 0:
        return []
    if done.wait() != 4 or done.err.count("gjj：") != 1 or "再跑同一条命令" not in done.err.replace("\n", ""):
        return [f"ended with {done.wait()}: {done.err}"]
    return []


def remit(warm: Warm, month_end: MonthEnd, url: str, unit: str, folder: Path) -> Child:
    """A run of one unit, waited for."""
    options = ("--unit", unit, "--through", MONTHS[-1], "--no-print", "--format", "json")
    return warm.run(("--db", url, "--as-of", DAY, "--wait", "5", "remit", "run", *options), folder, env=month_end.env)


def test_the_server_stopped_dead_under_load(
    postgres: Server, state: Path, warm: Warm, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """`pg_ctl stop -m immediate` and a start, again and again in one month-end: what was acknowledged is there."""
    with tally("PostgreSQL stopped dead") as count:
        stops = max(2, count.many(STOPS))
        database, month_end = served(postgres, tmp_path / "home", 70 * stops, 1)
        acked: set[str] = set()
        for number in range(stops):
            run = warm.start(("--db", database.url, *RUN), tmp_path / str(number), env=month_end.env)
            while not run.over and not acknowledged(run.err):
                time.sleep(0.01)
            time.sleep(count.chance.random() * 0.3)
            postgres.stop("immediate")
            postgres.start()
            code = run.wait()
            acked.update(acknowledged(run.err))
            found = [] if code in (0, 4, 5) else [f"ended with {code}: {run.err}"]
            count.add(found + month_end.problems_at(database.url, acked))
        last = warm.run(("--db", database.url, *RUN), tmp_path / "last", env=month_end.env)
        count.bad += [] if last.wait() == 0 else [f"the last run ended with {last.wait()}: {last.err}"]
        count.bad += month_end.problems_at(database.url, acked, finished=True)


def test_a_unit_that_is_taken(postgres: Server, state: Path, warm: Warm, tmp_path: Path) -> None:
    """Another writer has the unit for longer than --wait: exit 5, within the wait, and nothing has changed."""
    database, month_end = served(postgres, tmp_path / "home", 1, 2)
    (unit,) = month_end.paying
    books = Books.open(database.url)
    with books.writing(unit):
        started = time.monotonic()
        options = ("--unit", unit, "--through", MONTHS[-1], "--no-print")
        command = ("--db", database.url, "--as-of", DAY, "--wait", "1", "remit", "run", *options)
        taken = warm.run(command, tmp_path / "run", env=month_end.env)
        assert taken.wait() == 5, taken.err
        assert 1 <= time.monotonic() - started < 5
    books.close()
    assert month_end.problems_at(database.url) == []
    assert remit(warm, month_end, database.url, unit, tmp_path / "again").wait() == 0
