"""A month-end killed at random instants: the books hold all of a unit's run or none of it, and the rerun does the rest."""

import random
import shutil
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from subprocess import DEVNULL

import pytest

from gjj_cli.flows import ledgers, sample
from gjj_cli.settings import Settings
from gjj_cli.store import frames
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.importing import EmployeeOpening, UnitOpening, import_units
from gjj_cli.store.journal import vouchers
from tests.conftest import Gjj
from tests.e2e.books import M, open_office

pytestmark = pytest.mark.slow

UNITS, PEOPLE, KILLS = 200, 5, 20
DAY = "2025-05-14"
RUN = ("--as-of", DAY, "remit", "run", "--all", "--through", "2025-03", "--no-print")
MONTHS = ["2025-02", "2025-03"]


def two_hundred_units(home: Path) -> Settings:
    """Books with UNITS units of PEOPLE people at 5 % and 5 %, due from 2025-02, each with money for two months."""
    office = open_office(home)
    units, people = [], []
    for unit in range(UNITS):
        number = f"06{unit:05d}"
        units.append(
            UnitOpening(
                number, f"示例{number}", "05", date(2025, 3, 1), 500, 500, M("2020-01"), M("2025-01"), 0, 500_000
            )
        )
        for place in range(PEOPLE):
            serial = unit * PEOPLE + place
            account = f"7{serial:09d}"
            known = (number, account, sample.name(serial), "身份证", sample.identity(serial), 300_000 + serial * 100)
            people.append(EmployeeOpening(*known, "正常", M("2020-01"), M("2025-01")))
    books = Books.open(office.settings.books())
    done = import_units(books, units, people, [], as_of=date(2025, 3, 1), user="admin", at="2025-03-01T09:00:00+08:00")
    books.close()
    assert not [one for one in done if one.refused]
    return office.as_("admin", DAY)


def copy_of(books: Path, to: Path) -> Path:
    """The database with its write-ahead log, as another process would find them."""
    to.mkdir(parents=True)
    for name in ("gjj.db", "gjj.db-wal"):
        if (books / name).exists():
            shutil.copy(books / name, to / name)
    return to


def posted(settings: Settings) -> Counter[tuple[str, ...]]:
    """How many units have paid which months, by the vouchers; the money and the month of the register agree."""
    books = Books.open(settings.books())
    with books.reading() as tx:
        units = frames.units(tx).filter(custody=0).to_dicts()
        paid = {
            one["unit"]: tuple(told.key.key for told in vouchers(tx, one["unit"]) if told.key.kind == "remittance")
            for one in units
        }
    books.close()
    for one in units:
        assert (one["paid_through"] == M("2025-03")) == bool(paid[one["unit"]]), one
        assert (one["fund_fen"] + one["suspense_fen"]) == 500_000, one
    return Counter(paid.values())


def test_a_month_end_killed_at_twenty_instants(
    gjj: Gjj, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("kills")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    admin = two_hundred_units(folder / "fresh")
    at = {"GJJ_TOKEN": admin.token or ""}
    whole = copy_of(folder / "fresh", folder / "whole")
    started = time.monotonic()
    assert gjj("--db", str(whole / "gjj.db"), *RUN, env=at).exit == 0
    length = time.monotonic() - started
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    print(f"seed {seed}, a whole run takes {length:.2f} s")
    instants = [(place + chance.random()) / KILLS * length for place in range(KILLS)]
    chance.shuffle(instants)
    books = copy_of(folder / "fresh", folder / "0")
    for number, instant in enumerate(instants, 1):
        process = gjj.start("--db", str(books / "gjj.db"), *RUN, env=at, stdout=DEVNULL, stderr=DEVNULL)
        time.sleep(instant)
        process.kill()
        process.wait(60)
        seen = look_at(copy_of(books, folder / f"seen-{number}"), admin)
        print(f"killed after {instant:.2f} s: {seen[tuple(MONTHS)]} units have paid")
        if not seen[()]:
            books = copy_of(folder / "fresh", folder / str(number))
    for again in range(2):
        assert gjj("--db", str(books / "gjj.db"), *RUN, env=at).exit == 0
        assert look_at(copy_of(books, folder / f"end-{again}"), admin) == {tuple(MONTHS): UNITS}
    assert gjj("--db", str(books / "gjj.db"), "ledger", "verify").exit == 0


def look_at(books: Path, admin: Settings) -> Counter[tuple[str, ...]]:
    """Verify a copy of the books; every unit has paid both months or neither."""
    settings = replace(admin, db=sqlite_url(books / "gjj.db"))
    verdict = ledgers.verify(settings)
    assert verdict.ok, verdict.first_difference
    seen = posted(settings)
    assert set(seen) <= {(), tuple(MONTHS)}
    return seen
