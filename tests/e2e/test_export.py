"""`gjj ledger export`: who may, where it goes, and what it leaves in the audit log."""

import sqlite3
import stat

import jsonschema
import pytest

from gjj_cli.flows import sample
from gjj_cli.report.schemas import SCHEMAS
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


def test_one_voucher_and_all_as_json(desk: Desk) -> None:
    shown = desk.json("clerk", DAY, "ledger", "show", "--unit", "0500001")
    assert list(jsonschema.Draft202012Validator(SCHEMAS["ledger"]).iter_errors(shown)) == []
    (opening,) = shown["vouchers"]
    assert opening["number"] == "0500001-2505-记001" and len(opening["lines"]) > 100
    for number in (("0500001-2505-记001",), ("2505-记001", "--unit", "0500001")):
        assert desk.json("clerk", DAY, "ledger", "show", *number) == shown
    assert desk.json("clerk", DAY, "ledger", "show", "--unit", "0500001", "--month", "2025-06")["vouchers"] == []
    said = desk.tries("clerk", DAY, "ledger", "show", "0500001-2505-记001", "--lines", "2", exit=0)
    assert said.count("\n") == 4 and "加 --lines" in said
    assert "没有凭证" in desk.tries("clerk", DAY, "ledger", "show", "0500001-2505-记009", exit=6)
    desk.tries("clerk", DAY, "ledger", "show", "0500009-2505-记001", exit=7)
    desk.tries("clerk", DAY, "ledger", "show", "--unit", "0500001", "--month", "13", exit=2)


def test_the_trial_balance_as_json(desk: Desk) -> None:
    for unit in ((), ("--unit", "0500001")):
        found = desk.json("admin", DAY, "ledger", "trial-balance", *unit)
        assert list(jsonschema.Draft202012Validator(SCHEMAS["trial-balance"]).iter_errors(found)) == []
        assert found["debit"] == found["credit"] and found["unit"] == (unit[1] if unit else None)
    fund = next(one for one in found["accounts"] if one["account"] == "201")
    assert fund["balance"] == "4041480.72"
