"""The main job on PostgreSQL: the end-to-end tests of the file, word for word, with the books in a server.

The owner of the tables is another role than the one that works, so every right that a command needs is proved here.
"""

import shutil
import stat
from pathlib import Path

import pytest

from tests.conftest import Gjj
from tests.e2e.books import Desk, Office, desk_with, open_office
from tests.e2e.test_cases import (
    test_a_business_from_submit_to_finish,
    test_a_dry_run_leaves_no_trace,
    test_a_transfer_moves_the_balance_through_21903,
    test_attachments_are_looked_at_and_numbered,
)
from tests.e2e.test_exactly_once import (
    test_a_reprint_says_so_and_carries_the_same_number,
    test_after_a_rejection_or_a_withdrawal_the_same_file_is_a_new_case,
    test_the_month_end_of_the_sample_books,
    test_the_same_receipt,
    test_the_same_workbook_and_the_same_finish,
)
from tests.e2e.test_golden_changes import (
    test_g13_sealing_now_and_ahead,
    test_g20_the_annual_adjustment,
)
from tests.e2e.test_golden_flows import (
    test_g01_two_months_of_65_people_by_suspense,
    test_g02_the_money_that_is_there,
    test_g04_the_unit_ledger_and_its_vouchers,
    test_g08_four_months_over_the_year_end,
    test_g33_what_open_cases_hold_of_the_suspense_account,
    test_g34_a_paid_month_again,
    test_g34_a_run_that_dies_between_two_months_posts_nothing,
)
from tests.postgres import CANARY, PASSWORDED, Database, Server

pytestmark = pytest.mark.slow

SAME = (
    test_a_business_from_submit_to_finish,
    test_a_dry_run_leaves_no_trace,
    test_a_transfer_moves_the_balance_through_21903,
    test_attachments_are_looked_at_and_numbered,
    test_a_reprint_says_so_and_carries_the_same_number,
    test_after_a_rejection_or_a_withdrawal_the_same_file_is_a_new_case,
    test_the_month_end_of_the_sample_books,
    test_the_same_receipt,
    test_the_same_workbook_and_the_same_finish,
    test_g13_sealing_now_and_ahead,
    test_g20_the_annual_adjustment,
    test_g01_two_months_of_65_people_by_suspense,
    test_g02_the_money_that_is_there,
    test_g04_the_unit_ledger_and_its_vouchers,
    test_g08_four_months_over_the_year_end,
    test_g33_what_open_cases_hold_of_the_suspense_account,
    test_g34_a_paid_month_again,
    test_g34_a_run_that_dies_between_two_months_posts_nothing,
)

DAY = "2025-05-14"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Server) -> Office:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    fresh = postgres.database()
    return open_office(tmp_path / "books", fresh.url, fresh.owner)


@pytest.fixture(scope="session")
def sample_on_server(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Path]:
    """What `gjj init --sample` makes in a server, once for all: the database is copied for each test."""
    home, database = tmp_path_factory.mktemp("sample"), postgres.database()
    where = {"GJJ_DB": database.url, "GJJ_DB_OWNER": database.owner}
    made = Gjj(home)("--as-of", DAY, "init", "--sample", env=where)
    assert made.exit == 0, made
    assert "触发器" not in made.stdout  # the owner is another role: rights hold
    return database, home


@pytest.fixture
def desk(gjj: Gjj, postgres: Server, sample_on_server: tuple[Database, Path]) -> Desk:
    database, home = sample_on_server
    mine = postgres.database(template=database.name)
    shutil.copytree(home, gjj.cwd, dirs_exist_ok=True)
    config = gjj.cwd / "gjj.toml"
    config.write_text(config.read_text().replace(database.name, mine.name))
    return desk_with(gjj, mine.url)


def test_one_role_is_enough_and_init_says_what_then_is_missing(gjj: Gjj, postgres: Server) -> None:
    made = gjj("init", env={"GJJ_DB": postgres.database().owner})
    assert made.exit == 0, made
    assert "只增不改只靠触发器和哈希链" in made.stdout
    assert stat.S_IMODE((gjj.cwd / "gjj.toml").stat().st_mode) == 0o600
    assert gjj("ledger", "verify").exit == 0


def test_a_password_is_nowhere_but_in_gjj_toml(gjj: Gjj, postgres: Server) -> None:
    made = postgres.database(application=PASSWORDED)
    url = made.url.replace("@", f":{CANARY}@")
    wrong = gjj("init", "--db", url.replace(CANARY, CANARY + "x"), env={"GJJ_DB_OWNER": made.owner})
    right = gjj("-v", "init", "--db", url, env={"GJJ_DB_OWNER": made.owner})
    later = [gjj("-v", "--log-format", "json", "ledger", "verify"), gjj("todo"), gjj("db", "backup"), gjj("init")]
    gone = gjj("--db", url.replace(f":{postgres.port}", ":1"), "--wait", "0", "todo")
    unread = gjj("--db", url.replace(str(postgres.port), "port"), "todo")
    assert (wrong.exit, right.exit, gone.exit, unread.exit) == (3, 0, 4, 3), (wrong, right, gone, unread)
    for said in (wrong, right, *later, gone, unread):
        assert CANARY not in said.stdout + said.stderr
    holding = [path for path in gjj.cwd.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert [path.name for path in holding] == ["gjj.toml"]
    assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600


def test_the_books_move_from_the_file_to_the_server_and_back(gjj: Gjj, sample_home: Path, postgres: Server) -> None:
    """gjj db copy: the same anchor on three books, and work goes on in each."""
    from tests.e2e.books import desk_at

    desk, there = desk_at(gjj, sample_home), postgres.database()
    owner = {"GJJ_TOKEN": desk.office.tokens["admin"], "GJJ_DB_OWNER": there.owner}
    moved = gjj("db", "copy", "--to", there.url, env=owner)
    assert moved.exit == 0, moved
    desk.does("clerk", DAY, "db", "copy", "--to", "of-the-clerk.db", exit=7)
    back = gjj("db", "copy", "--from", there.url, "--to", "back.db", env=owner)
    assert back.exit == 0, back
    anchors = [said.stdout.split("锚", 1)[1].split("，")[0].strip() for said in (moved, back)]
    assert anchors[0] == anchors[1] and len(anchors[0]) == 64
    assert "对不上" not in gjj("--db", "back.db", "ledger", "verify").stdout
    again = gjj("db", "copy", "--to", there.url, env=owner)
    assert (again.exit, "已经有账簿" in again.stderr) == (3, True)
    assert gjj("db", "copy", "--from", there.url, "--to", "back.db", env=owner).exit == 4
    run = ("--as-of", DAY, "remit", "run", "--all", "--through", "2024-02", "--no-print")
    assert gjj("--db", there.url, *run, env=owner).exit == 0
    assert gjj("--db", there.url, "ledger", "verify").exit == 0
    assert not (gjj.cwd / "of-the-clerk.db").exists()


def test_eight_month_ends_at_once_pay_once(desk: Desk) -> None:
    """Each process does the whole month-end; together they have posted what one would have."""
    run = ("--as-of", DAY, "--wait", "120", "remit", "run", "--all", "--through", "2024-02", "--no-print")
    token = {"GJJ_TOKEN": desk.office.tokens["admin"]}
    running = [desk.gjj.start(*run, env=token, stdout=-1, stderr=-1) for _ in range(8)]
    said = [(process.communicate(timeout=300), process.returncode) for process in running]
    assert [code for _, code in said] == [0] * 8, said
    assert len(desk.office.vouchers("0500001")) == 2
    desk.office.verify()
