"""`gjj ledger verify` at a terminal: one line when well, the anchor on file, the first difference in words."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.books import Desk

pytestmark = pytest.mark.slow
DAY = "2025-05-14"


def test_well_is_one_line_and_the_anchor_is_whole_in_json(desk: Desk) -> None:
    said = desk.does("admin", DAY, "ledger", "verify")
    assert said.startswith("账簿核对无误：") and said.count("\n") == 1
    told = desk.json("admin", DAY, "ledger", "verify")
    assert (told["schema"], told["ok"], told["difference"]) == ("gjj.verify/1", True, None)
    assert len(told["anchor"]) == 64 and told["anchor"][:16] in said


def test_the_anchor_file_is_written_compared_and_brought_forward_only_when_asked(desk: Desk) -> None:
    path = desk.office.home / "锚.txt"
    check = ("ledger", "verify", "--anchor", str(path))
    assert "放到记账的人改不到的地方" in desk.does("admin", DAY, *check)
    first = path.read_text(encoding="utf-8")
    assert json.loads(first.splitlines()[0])["anchor"] == desk.json("admin", DAY, "ledger", "verify")["anchor"]
    desk.does("admin", DAY, "receipt", "add", "--unit", "0500001", "--amount", "100.00", "--ref", "20250514777")
    desk.does("admin", DAY, *check)
    assert path.read_text(encoding="utf-8") == first
    desk.does("admin", DAY, *check, "--yes")
    assert path.read_text(encoding="utf-8") != first
    path.write_text(first.replace("0500001", "0500009"), encoding="utf-8")
    assert "写好以后被改过" in desk.does("admin", DAY, *check, exit=4)


def test_a_difference_names_unit_voucher_and_field(desk: Desk, tmp_path: Path) -> None:
    desk.does("admin", DAY, "receipt", "add", "--unit", "0500001", "--amount", "100.00", "--ref", "20250514777")
    with sqlite3.connect(desk.office.home / "gjj.db") as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE voucher SET memo = memo || 'x' WHERE unit = '0500001' AND post_kind = 'receipt'")
        for _, statement in triggers:
            raw.execute(statement)
    raw.close()
    said = desk.does("admin", DAY, "ledger", "verify", exit=1)
    assert "账簿对不上：单位 0500001，凭证 0500001-2505-记002（第 2 号），凭证内容" in said
    told = desk.json("admin", DAY, "ledger", "verify", exit=1)["difference"]
    assert (told["unit"], told["voucher"], told["field"]) == ("0500001", 2, "hash")
    assert told["voucher_ref"] == "0500001-2505-记002"
