"""The same thing twice changes nothing the second time, whichever command it is."""

from pathlib import Path

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.workbook import template
from tests.e2e.books import Desk, M
from tests.posting.posting_frames import PACK

pytestmark = pytest.mark.slow

DAY = "2025-05-14"
MONTH_END = ("remit", "run", "--all", "--through", "2024-02")
BATCH = {"payment_kind": "按月补缴", "payment_reason": "漏缴", "method": "暂收"}


def test_the_month_end_of_the_sample_books(desk: Desk) -> None:
    first = desk.gjj("--as-of", DAY, *MONTH_END, env={"GJJ_TOKEN": desk.office.tokens["admin"]})
    assert (first.exit, "132,044.00" in first.stdout) == (0, True)
    printed = sorted(desk.gjj.cwd.rglob("*.pdf"))
    assert [path.parent.name for path in printed] == ["0500001"]
    desk.does("admin", DAY, "ledger", "verify")
    before = desk.dump
    again = desk.json("admin", DAY, *MONTH_END)
    assert {one["unit"]: one["outcome"] for one in again["units"]} == {
        "0500001": "already-posted",
        "0500002": "skipped",
        "0500003": "already-posted",
        "0500099": "skipped",
    }
    assert desk.dump == before
    desk.does("admin", DAY, "ledger", "verify")
    assert len(desk.office.vouchers("0500001")) == 2


def test_the_same_receipt(desk: Desk) -> None:
    add = ("receipt", "add", "--amount", "132042.00", "--ref", "2025051400017", "--unit", "0500001")
    desk.does("admin", DAY, *add)
    before = desk.dump
    assert "以前已登记" in desk.does("admin", DAY, *add)
    assert "流水号" in desk.does("admin", DAY, *add[:3], "1.00", *add[4:], exit=6)
    assert desk.dump == before
    assert desk.office.told("0500001")["suspense_fen"] == 13_204_600 + 13_204_200
    desk.office.verify()


def test_the_same_workbook_and_the_same_finish(desk: Desk) -> None:
    """While its case is open and after it is done it is the same case; another file is not (golden G34)."""
    submit = ("case", "submit", arrears(desk, "补缴.xlsx", "2025-01", "2025-02"), "--no-print")
    case = desk.json("clerk", "2025-03-14", *submit)["case"]
    before = desk.dump
    assert desk.json("clerk", "2025-03-14", *submit)["case"] == case
    assert "没有重复提交" in desk.does("clerk", "2025-03-14", *submit)
    other = ("case", "submit", arrears(desk, "另一张.xlsx", "2025-02", "2025-02"), "--no-print")
    assert "E604" in desk.does("clerk", "2025-03-14", *other, exit=6)
    assert desk.dump == before
    desk.does("first", "2025-03-14", "case", "approve", case)
    done = desk.does("clerk", "2025-03-14", "case", "finish", case, "--no-print")
    before = desk.dump
    again = desk.does("clerk", "2025-03-15", "case", "finish", case, "--no-print")
    assert "0500002-2503-记002" in done
    assert "0500002-2503-记002" in again
    assert "没有重复办" in again
    known = desk.json("clerk", "2025-03-15", *submit)
    assert (known["case"], known["state"], known["findings"]) == (case, "已办结", [])
    assert "E509" in desk.does("clerk", "2025-03-15", *other, exit=1)
    assert desk.dump == before
    assert len(desk.office.vouchers("0500002")) == 2
    desk.office.verify()


def test_after_a_rejection_or_a_withdrawal_the_same_file_is_a_new_case(desk: Desk) -> None:
    submit = ("case", "submit", arrears(desk, "补缴.xlsx", "2025-01", "2025-02"), "--no-print")
    numbers = [desk.json("clerk", "2025-03-14", *submit)["case"]]
    desk.does("first", "2025-03-14", "case", "reject", numbers[0], "--reason", "原因不对")
    numbers.append(desk.json("clerk", "2025-03-14", *submit)["case"])
    desk.does("clerk", "2025-03-14", "case", "withdraw", numbers[1])
    numbers.append(desk.json("clerk", "2025-03-14", *submit)["case"])
    assert numbers == [f"0500002-2503-00{number}" for number in (1, 2, 3)]
    assert desk.office.told("0500002")["reserved_fen"] == 50_000
    desk.office.verify()


def test_a_reprint_says_so_and_carries_the_same_number(desk: Desk) -> None:
    desk.does("admin", DAY, *MONTH_END)
    (first,) = desk.gjj.cwd.rglob("*.pdf")
    desk.does("admin", DAY, "voucher", "print", "0500001-2505-001", "-o", "补打")
    (again,) = (desk.gjj.cwd / "补打").rglob("*.pdf")
    assert first.read_bytes() != again.read_bytes()
    assert "真" in desk.does("admin", DAY, "voucher", "verify", str(first), str(again))


def arrears(desk: Desk, name: str, first: str, last: str) -> str:
    """A 补缴 workbook of 0500002's one employee."""
    path: Path = desk.gjj.cwd / name
    rows = [{"account": "0010000001", "start_month": M(first), "end_month": M(last)}]
    template.export(ROSTER["supplementary-payment"], PACK, path, unit="0500002", rows=rows, batch=BATCH)
    return name
