"""红字冲销 as people at terminals do it: reversed, refused, approved by somebody else, posted again; and raced."""

import subprocess
from collections.abc import Iterator

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.workbook import template
from tests.conftest import Gjj
from tests.e2e.books import Desk, M
from tests.posting.posting_frames import PACK

pytestmark = pytest.mark.slow

DAY, UNIT = "2025-05-14", "0500001"
REMIT = ("remit", "run", "--unit", UNIT, "--through", "2024-02", "--no-print")
BATCH = {"payment_kind": "按月补缴", "payment_reason": "漏缴", "method": "暂收"}


def reverse(target: str, *more: str) -> tuple[str, ...]:
    return ("ledger", "reverse", target, "--reason", "按新工资表重缴", *more)


def test_the_whole_story(desk: Desk) -> None:
    """A month paid, taken back by two people, paid again, and once more."""
    rows = desk.office.rows(UNIT, "2024-02", DAY)
    desk.does("clerk", DAY, *REMIT)
    before = desk.dump
    said = desk.does("admin", DAY, *reverse("0500001-2505-001", "--dry-run"))
    assert "试办" in said and "0500001-2505-记003" in said
    assert desk.dump == before
    assert "管理员" in desk.does("clerk", DAY, *reverse("0500001-2505-001"), exit=7)
    assert "原因" in desk.does("admin", DAY, "ledger", "reverse", "0500001-2505-001", exit=2)
    assert desk.dump == before
    told = desk.json("admin", DAY, *reverse("0500001-2505-001"))
    case = told["case"]
    assert (case, told["business"], told["state"]) == ("0500001-2505-002", "reversal", "待复核")
    assert told["totals"] == {"冲销金额": "-132044.00"}
    before = desk.dump
    assert "没有重复提交" in desk.does("admin", DAY, *reverse("0500001-2505-记002"))
    assert "E601" in desk.does("clerk", DAY, "remit", "run", "--unit", UNIT, "--through", "2024-03", exit=6)
    assert "不能审自己" in desk.does("admin", DAY, "case", "approve", case, exit=7)
    assert "经办人" in desk.does("clerk", DAY, "case", "approve", case, exit=7)
    assert desk.dump == before
    for command in (("todo",), ("case", "list"), ("case", "show", case)):
        seen = desk.does("second", DAY, *command)
        for words in ("红字冲销", "汇缴 2024-02", "按新工资表重缴"):
            assert words in seen
    assert "0500001-2505-记003" in desk.does("second", DAY, "case", "approve", case)
    desk.does("admin", DAY, "ledger", "verify")
    before = desk.dump
    assert "0500001-2505-记003" in desk.does("second", DAY, "case", "approve", case)
    assert "没有重复冲销" in desk.does("admin", DAY, *reverse("0500001-2505-001"))
    assert "E609" in desk.does("admin", DAY, *reverse(case), exit=6)
    assert desk.dump == before
    assert desk.office.rows(UNIT, "2024-02", DAY) == rows
    assert "132,044.00" in desk.does("clerk", DAY, *REMIT)
    assert "以前已入账" in desk.does("clerk", DAY, *REMIT)
    again = desk.json("admin", DAY, *reverse("0500001-2505-记004"))["case"]
    desk.does("first", DAY, "case", "approve", again)
    desk.does("clerk", DAY, *REMIT)
    keys = [(one.key.kind, one.key.generation) for one in desk.office.vouchers(UNIT)]
    assert keys[1:] == [
        ("remittance", 1),
        ("reversal", 1),
        ("remittance", 2),
        ("reversal", 1),
        ("remittance", 3),
    ]
    desk.does("admin", DAY, "ledger", "verify")
    shown = desk.does("admin", DAY, "ledger", "show", "--unit", UNIT, "--lines", "1")
    assert "已被 0500001-2505-记003 冲销" in shown and "冲销 0500001-2505-记002" in shown


def test_rejected_withdrawn_and_asked_for_again(desk: Desk) -> None:
    desk.does("clerk", DAY, *REMIT)
    case = desk.json("admin", DAY, *reverse("0500001-2505-001"))["case"]
    assert "已退回" in desk.does("first", DAY, "case", "reject", case, "--reason", "先问单位")
    assert "先问单位" in desk.does("admin", DAY, "todo")
    assert "已撤销" in desk.does("admin", DAY, "case", "withdraw", case)
    assert desk.json("admin", DAY, *reverse("0500001-2505-001"))["case"] == "0500001-2505-003"
    desk.does("admin", DAY, "ledger", "verify")


def test_what_came_later_goes_first(desk: Desk) -> None:
    desk.does("admin", DAY, "receipt", "add", "--amount", "200000.00", "--ref", "R1", "--unit", UNIT)
    desk.does("clerk", DAY, *REMIT[:-2], "2024-03", "--no-print")
    before = desk.dump
    said = desk.does("admin", DAY, *reverse("0500001-2505-记003"), exit=6)
    assert "E608" in said and "gjj ledger reverse 0500001-2505-记004" in said
    assert "E703" in desk.does("admin", DAY, *reverse("R1"), exit=6)
    assert desk.dump == before
    for number in ("0500001-2505-记004", "0500001-2505-记003", "R1"):
        case = desk.json("admin", DAY, *reverse(number))["case"]
        desk.does("first", DAY, "case", "approve", case)
        desk.does("admin", DAY, "ledger", "verify")
    assert desk.office.told(UNIT)["suspense_fen"] == 13_204_600
    assert "还没有到账" in desk.does("admin", DAY, "receipt", "list")


def test_the_same_workbook_after_a_reversal_is_a_new_case(desk: Desk) -> None:
    path = desk.gjj.cwd / "补缴.xlsx"
    rows = [{"account": "0010000001", "start_month": M("2025-01"), "end_month": M("2025-02")}]
    template.export(ROSTER["supplementary-payment"], PACK, path, unit="0500002", rows=rows, batch=BATCH)
    day, submit = "2025-03-14", ("case", "submit", path.name, "--no-print")
    for generation, case in enumerate(("0500002-2503-001", "0500002-2503-003"), 1):
        assert desk.json("clerk", day, *submit)["case"] == case
        desk.does("first", day, "case", "approve", case)
        desk.does("clerk", day, "case", "finish", case)
        assert desk.json("clerk", day, *submit)["case"] == case
        taken = desk.json("admin", day, *reverse(case))["case"]
        desk.does("second", day, "case", "approve", taken)
        desk.does("admin", day, "ledger", "verify")
        assert desk.office.told("0500002")["suspense_fen"] == 75_000, generation
    printed = desk.gjj.cwd / "凭证" / "2025-03" / "0500002" / "0500002-2503-001.pdf"
    said = desk.does("admin", day, "voucher", "verify", str(printed), exit=1)
    assert "真，但已冲销" in said and "0500002-2503-002" in said
    desk.does("admin", day, "voucher", "print", "0500002-2503-001", "0500002-2503-002", "-o", "补打")
    papers = sorted(str(one) for one in (desk.gjj.cwd / "补打").iterdir())
    marked = desk.does("admin", day, "voucher", "verify", *papers, exit=1)
    assert [line.split("  ")[-1] for line in marked.splitlines() if ".pdf" in line] == ["真，但已冲销", "真"]


def test_one_person_s_books_say_so(gjj: Gjj, desk: Desk) -> None:
    desk.does("clerk", DAY, *REMIT)
    solo(desk)
    case = desk.json("admin", DAY, *reverse("0500001-2505-001"))["case"]
    assert "0500001-2505-记003" in desk.does("admin", DAY, "case", "approve", case)
    desk.does("admin", DAY, "voucher", "print", case, "-o", "纸")
    text = subprocess.run(["pdftotext", f"纸/{case}.pdf", "-"], cwd=gjj.cwd, capture_output=True, check=True).stdout
    assert "一人办理" in text.decode() and "按新工资表重缴" in text.decode()
    assert "真" in desk.does("admin", DAY, "voucher", "verify", f"纸/{case}.pdf")


def solo(desk: Desk) -> None:
    from gjj_cli.store.engine import Books, set_setting

    books = Books.open(desk.office.settings.books())
    with books.writing() as tx:
        set_setting(tx, "solo", "1")
    books.close()


def test_a_transfer_and_back(desk: Desk) -> None:
    row = "个人账号=0010001001,转出单位账号=0500001,转入单位账号=0500003,转移年月=2024-02"
    submit = ("case", "submit", "内部转移", "--row", row, "--unit", UNIT, "--no-print")
    home = desk.office.man(UNIT, "0010001001")
    case = desk.json("clerk", DAY, *submit)["case"]
    back = desk.json("admin", DAY, *reverse(case))
    assert (back["case"], back["unit"]) == ("0500003-2505-001", "0500003")
    desk.does("second", DAY, "case", "approve", back["case"])
    desk.does("admin", DAY, "ledger", "verify")
    assert desk.office.man(UNIT, "0010001001") == home
    desk.json("clerk", DAY, *submit)
    desk.does("admin", DAY, "ledger", "verify")


def test_four_people_approve_at_once(desk: Desk) -> None:
    desk.does("clerk", DAY, *REMIT)
    case = desk.json("admin", DAY, *reverse("0500001-2505-001"))["case"]
    codes = list(raced(desk, ["first", "second", "first", "second"], "case", "approve", case))
    assert codes == [0, 0, 0, 0]
    assert [one.key.kind for one in desk.office.vouchers(UNIT)] == ["opening", "remittance", "reversal"]
    codes = list(raced(desk, ["clerk", "admin", "clerk", "admin"], *REMIT))
    assert codes == [0, 0, 0, 0]
    assert [one.key.generation for one in desk.office.vouchers(UNIT)] == [1, 1, 1, 2]
    desk.does("admin", DAY, "ledger", "verify")


def raced(desk: Desk, logins: list[str], *args: str) -> Iterator[int]:
    """The exit codes of processes started together, each waiting for the lock."""
    common = ("--as-of", DAY, "--wait", "60")
    running = [desk.gjj.start(*common, *args, env={"GJJ_TOKEN": desk.office.tokens[login]}) for login in logins]
    return iter([process.wait(120) for process in running])
