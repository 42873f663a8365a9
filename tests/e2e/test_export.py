"""`gjj ledger export`: who may, where it goes, and what it leaves in the audit log."""

import sqlite3
import stat

import pytest

from gjj_cli.flows import sample
from tests.e2e.books import Desk

pytestmark = pytest.mark.slow

DAY = "2025-05-14"


def audited(desk: Desk) -> list[tuple[str, str, str]]:
    raw = sqlite3.connect(desk.office.home / "gjj.db")
    try:
        return raw.execute("SELECT unit, actor, detail FROM audit_log WHERE command = 'ledger export'").fetchall()
    finally:
        raw.close()


def test_a_file_is_private_and_in_the_audit_log(desk: Desk) -> None:
    path = desk.office.home / "总账.beancount"
    export = ("ledger", "export", "--format", "beancount", "-o", str(path))
    assert "5 本" in desk.tries("admin", DAY, *export, exit=0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert audited(desk) == [("~centre", "admin", "beancount，5 个单位")]
    path.write_text("mine")
    before = desk.dump
    assert "没有改写" in desk.tries("admin", DAY, *export, exit=4)
    assert path.read_text() == "mine" and desk.dump == before
    desk.tries("admin", DAY, "--yes", *export, "--unit", "0500002", exit=0)
    assert audited(desk)[-1] == ("0500002", "admin", "beancount，0500002")
    assert ":0500001:" not in path.read_text(encoding="utf-8")
    desk.tries("admin", DAY, "--yes", "ledger", "export", "--format", "hledger", "-o", "/dev/full", exit=4)


def test_stdout_is_the_text_and_changes_nothing(desk: Desk) -> None:
    before = desk.dump
    for form in ("beancount", "hledger"):
        said = desk("first", DAY, "ledger", "export", "--format", form)
        assert said.exit == 0 and said.stderr == ""
        assert "0500001-2505-记001" in said.stdout and "132046.00 CNY" in said.stdout
        for man in sample.employees():
            assert man.name not in said.stdout and man.id_number not in said.stdout
        assert "clerk" not in said.stdout and "admin" not in said.stdout
    assert desk.dump == before


def test_a_clerk_has_the_own_units_only(desk: Desk) -> None:
    raw = sqlite3.connect(desk.office.home / "gjj.db")
    raw.execute("DELETE FROM user_unit WHERE user_name = 'clerk' AND unit <> '0500002'")
    raw.commit()
    raw.close()
    said = desk.tries("clerk", DAY, "ledger", "export", "--format", "hledger", exit=0)
    assert ":0500002" in said and ":0500001" not in said and "Centre" not in said
    desk.tries("clerk", DAY, "ledger", "export", "--format", "hledger", "--unit", "0500001", exit=7)
    assert "--format" in desk.tries("clerk", DAY, "ledger", "export", exit=2)
