"""Cases at the command line, by the four people of the sample: who may, in which state, and what it changes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.flows import queries, sample
from gjj_cli.money import plain
from gjj_cli.workbook import template
from tests.e2e.books import PNG, Desk, M, newcomer
from tests.posting.posting_frames import PACK

pytestmark = pytest.mark.slow

BUILDING, TRADING, MACHINES = "0500003", "0500002", "0500001"
WHO = "0030000001"  # base 7,608.00, 12 % and 12 %: 1,826.00 a month; balance 63,831.12


@dataclass(frozen=True)
class Tried:
    """One business as it is tried: where, when, by which rows, and what it must have done."""

    unit: str
    day: str
    row: Mapping[str, str] | None  # None: from a workbook
    event: tuple[str, str, int, str]  # 业务, 摘要, 人数, 发生额 of 单位明细
    change: tuple[str, str] | None  # 变更类型 and 变化缴存额
    check: Callable[[Desk], bool]
    batch: Mapping[str, str] = field(default_factory=dict)
    sealed_before: bool = False
    vouchers: int = 0


def man(desk: Desk, account: str = WHO, unit: str = BUILDING) -> dict[str, object]:
    return desk.office.man(unit, account)


def opened(desk: Desk) -> bool:
    (new,) = [row for row in desk.office.everybody(BUILDING) if row["account"].startswith("05")]
    return (len(new["account"]), new["status"], new["balance_fen"]) == (12, "正常", 0)


def paid(desk: Desk) -> bool:
    told = man(desk, "0010000001", TRADING)
    return (told["cur_fen"], told["paid_through"]) == (50_000, M("2025-02"))


def moved(desk: Desk) -> bool:
    old, new = man(desk), man(desk, unit=MACHINES)
    return (old["status"], old["balance_fen"], new["status"]) == ("转出", 0, "正常")


def monthly(desk: Desk) -> str:
    """The person's 月缴存额 in the month due, from the 汇缴 itself."""
    return str(desk.office.rows(BUILDING, "2024-05", "2025-05-14")[0]["本月汇缴金额"])


TRIED = {
    "account-opening": Tried(
        BUILDING, "2024-05-24", newcomer("5000"), ("开户", "开户1人", 1, "0.00"), ("开户", "1200.00"), opened
    ),
    "base-adjustment": Tried(
        BUILDING,
        "2024-05-24",
        {"个人账号": WHO, "调整后缴存基数": "8000"},
        ("基数调整", "基数调整1人", 1, "0.00"),
        ("缴存基数变更", "94.00"),
        lambda desk: monthly(desk) == plain(SAMPLE_MONTH + 9_400),
    ),
    "supplementary-payment": Tried(
        TRADING,
        "2025-03-14",
        {"个人账号": "0010000001", "起始年月": "2025-01", "结束年月": "2025-02"},
        ("补缴", "缴纳1人", 1, "500.00"),
        None,
        paid,
        batch={"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "暂收"},
        vouchers=1,
    ),
    "sealing": Tried(
        BUILDING,
        "2024-05-24",
        None,
        ("封存", "封存1人", 1, "0.00"),
        ("封存", "-1826.00"),
        lambda desk: man(desk)["status"] == "封存" and monthly(desk) == plain(SAMPLE_MONTH - 182_600),
    ),
    "unsealing": Tried(
        BUILDING,
        "2024-05-24",
        {"个人账号": WHO, "启封年月": "2024-06"},
        ("启封", "启封1人", 1, "0.00"),
        ("启封", "1826.00"),
        lambda desk: man(desk)["status"] == "正常",
        sealed_before=True,
    ),
    "central-sealing": Tried(
        BUILDING,
        "2024-05-24",
        {"个人账号": WHO, "封存类型": "集中封存"},
        ("集中封存", "集中封存1人", 1, "0.00"),
        ("封存", "-1826.00"),
        lambda desk: man(desk)["status"] == "封存",
    ),
    "internal-transfer": Tried(
        BUILDING,
        "2025-05-14",
        {"个人账号": WHO, "转入单位账号": MACHINES},
        ("内部转移", "转出1人", 1, "-63831.12"),
        None,
        moved,
        vouchers=1,
    ),
}
SAMPLE_MONTH = sum(2 * ((base * 12 + 50) // 100) for base in (*sample._G03, *sample._MORE)) * 100


@pytest.mark.parametrize("slug", TRIED)
def test_a_business_from_submit_to_finish(desk: Desk, slug: str) -> None:
    tried = TRIED[slug]
    if tried.sealed_before:
        desk.office.do("sealing", [{"个人账号": WHO, "封存原因": "其他"}], tried.day, tried.unit)
    total = desk.office.fund()
    before = len(desk.office.vouchers(tried.unit))
    submit = submitting(desk, slug, tried)
    desk.tries("second", tried.day, *submit, exit=7)
    told = desk.json("clerk", tried.day, *submit)
    assert shape(told) == CASE
    assert (told["business"], told["unit"], told["rows"], told["findings"]) == (slug, tried.unit, 1, [])
    case = told["case"]
    if PACK.review[slug]:
        assert told["state"] == "待初审"
        case = reviewed(desk, tried.day, case, submit)
    assert '"state": "已办结"' in desk.tries("clerk", tried.day, "case", "show", case, "--format", "json", exit=0)
    desk.tries("clerk", tried.day, "case", "withdraw", case, exit=6)
    assert "没有重复办" in desk.tries("clerk", tried.day, "case", "finish", case, "--no-print", exit=0)
    assert_done(desk, tried, case)
    assert len(desk.office.vouchers(tried.unit)) == before + tried.vouchers
    paid = 50_000 if slug == "supplementary-payment" else 0
    assert desk.office.fund() == total + paid
    desk.office.verify()


def submitting(desk: Desk, slug: str, tried: Tried) -> list[str]:
    """The command: a business with a row, or the workbook."""
    if tried.row is None:
        path = desk.gjj.cwd / "封存.xlsx"
        rows = [{"account": WHO, "reason": "其他"}]
        template.export(ROSTER[slug], PACK, path, unit=tried.unit, rows=rows)
        return ["case", "submit", str(path), "--no-print"]
    row = ",".join(f"{header}={value}" for header, value in tried.row.items())
    batch = [word for header, value in tried.batch.items() for word in ("--set", f"{header}={value}")]
    return ["case", "submit", ROSTER[slug].title, "--unit", tried.unit, "--row", row, *batch, "--no-print"]


def reviewed(desk: Desk, day: str, case: str, submit: list[str]) -> str:
    """Every wrong way, a withdrawal, and then the right way: the 受理号 of the case that was finished."""
    tail = case.partition("-")[2]
    desk.tries("clerk", day, "case", "approve", case, exit=7)
    desk.tries("second", day, "case", "approve", case, exit=7)
    desk.tries("clerk", day, "case", "finish", case, exit=6)
    assert "原因" in desk.tries("first", day, "case", "reject", case, exit=2)
    desk.does("clerk", day, "case", "withdraw", case)
    desk.tries("first", day, "case", "approve", case, exit=6)
    again = desk.json("clerk", day, *submit)["case"]
    assert int(again[-3:]) == int(tail[-3:]) + 1
    desk.does("first", day, "case", "approve", again)
    desk.tries("first", day, "case", "finish", again, exit=7)
    assert "已办结" in desk.does("clerk", day, "case", "finish", again, "--no-print")
    return again


def assert_done(desk: Desk, tried: Tried, case: str) -> None:
    """The register, 单位明细 and 变更查询 say what was done, and name the case."""
    assert tried.check(desk)
    clerk = desk.office.as_("clerk", tried.day)
    last = queries.unit_ledger(clerk, tried.unit).rows.to_dicts()[-1]
    assert (last["business"], last["memo"], last["heads"], plain(last["amount_fen"])) == tried.event
    assert last["journal_no"] == case
    assert last["balance_fen"] == desk.office.told(tried.unit)["fund_fen"]
    changes = queries.contribution_changes(clerk, tried.unit).rows.filter(case_no=case).to_dicts()
    assert [(row["change_type"], plain(row["delta_fen"])) for row in changes] == (
        [tried.change] if tried.change else []
    )


CASE = {
    "schema": "gjj.case/1",
    "case": str,
    "business": str,
    "unit": str,
    "state": str,
    "sha256": str,
    "rows": int,
    "totals": dict,
    "findings": list,
}
RUN = {"schema": "gjj.run/1", "run": str, "through": str, "units": list}
RUN_UNIT = {"unit", "outcome", "months", "heads", "total", "code", "short"}


def shape(told: Mapping[str, object]) -> dict[str, object]:
    """The keys in order, with their types; a null sha256 (no file was submitted) counts as text."""
    known = {key: value if key == "schema" else type(value) for key, value in told.items()}
    return known | ({"sha256": str} if told.get("sha256", "") is None else {})


def test_a_transfer_moves_the_balance_through_21903(desk: Desk) -> None:
    submit = submitting(desk, "internal-transfer", TRIED["internal-transfer"])
    balance = man(desk)["balance_fen"]
    desk.does("clerk", "2025-05-14", *submit)
    out, into = desk.office.vouchers(BUILDING)[-1], desk.office.vouchers(MACHINES)[-1]
    assert out.voucher.transfer_id == into.voucher.transfer_id
    assert [(line.account, line.side) for line in out.voucher.lines] == [("201", "借"), ("201", "借"), ("21903", "贷")]
    assert [(line.account, line.side) for line in into.voucher.lines] == [("21903", "借"), ("201", "贷"), ("201", "贷")]
    assert sum(line.amount_fen for line in into.voucher.lines if line.account == "201") == balance
    ledger = desk.does("admin", "2025-05-14", "ledger", "trial-balance")
    (row,) = [line.split() for line in ledger.splitlines() if line.startswith("21903")]
    assert row[-1] == "0.00"


def test_a_transfer_waits_until_the_old_unit_has_paid(desk: Desk) -> None:
    """0500003 owes 2024-05, and 0500002 begins in 2025-03: the months between would be left without their money."""
    row = ("--row", f"个人账号={WHO},转入单位账号={TRADING}", "--no-print")
    submit = ("case", "submit", "内部转移", "--unit", BUILDING)
    before = desk.dump
    said = desk.does("clerk", "2025-05-14", *submit, *row, exit=6)
    assert "转出单位 0500003 还有没汇缴的月份" in said
    assert "2024-05 至 2025-02 没有汇缴" in said
    assert "gjj remit run --unit 0500003 --through 2025-02" in said
    assert desk.dump == before
    early = (row[0], f"{row[1]},转移年月=2024-05", row[2])
    assert "从 2025-01 起才有" in desk.does("clerk", "2025-05-14", *submit, *early, exit=6)
    assert desk.dump == before
    row = ("--row", f"个人账号={WHO},转入单位账号={MACHINES}", "--no-print")
    desk.does("clerk", "2025-05-14", *submit, *row)


def test_an_open_case_stops_the_remittance(desk: Desk) -> None:
    row = ("--row", "个人账号=0010001001,封存原因=其他")
    case = desk.json("clerk", "2025-05-14", "case", "submit", "个人账户封存", "--unit", MACHINES, *row)["case"]
    run = ("remit", "run", "--through", "2024-02", "--no-print")
    said = desk.does("clerk", "2025-05-14", *run, "--unit", MACHINES, exit=6)
    assert f"{case} 待初审" in said
    whole = desk.json("clerk", "2025-05-14", *run, "--all", exit=8)
    assert shape(whole) == RUN
    assert all(set(one) == RUN_UNIT for one in whole["units"])
    (refused,) = [one for one in whole["units"] if one["outcome"] == "refused"]
    assert (refused["unit"], refused["code"]) == (MACHINES, "E601")
    shown = desk.does("clerk", "2025-05-14", "remit", "show", whole["run"])
    assert case in shown
    desk.does("clerk", "2025-05-14", "case", "withdraw", case)
    desk.does("clerk", "2025-05-14", *run, "--all")
    desk.office.verify()


def test_half_of_a_unit_needs_yes(desk: Desk) -> None:
    submit = ("case", "submit", "个人账户封存", "--unit", TRADING, "--row", "个人账号=0010000001,封存原因=其他")
    said = desk.does("clerk", "2025-03-14", *submit, exit=6)
    assert "W810" in said
    assert "--yes" in said
    assert desk.json("clerk", "2025-03-14", *submit, "--yes")["state"] == "待初审"


def test_one_person_has_one_open_change(desk: Desk) -> None:
    seal = ("case", "submit", "个人账户封存", "--unit", BUILDING, "--row", f"个人账号={WHO},封存原因=其他")
    base = ("case", "submit", "缴存基数调整", "--unit", BUILDING, "--row", f"个人账号={WHO},调整后缴存基数=8000")
    case = desk.json("clerk", "2024-05-24", *seal)["case"]
    assert case in desk.does("clerk", "2024-05-24", *base, exit=6)
    other = ("case", "submit", "缴存基数调整", "--unit", BUILDING, "--row", "个人账号=0030000002,调整后缴存基数=8000")
    desk.does("clerk", "2024-05-24", *other)


def test_attachments_are_looked_at_and_numbered(desk: Desk) -> None:
    (desk.gjj.cwd / "身份证.png").write_bytes(b"MZ\x90\x00 a program")
    (desk.gjj.cwd / "证件.png").write_bytes(PNG)
    submit = ("case", "submit", "个人账户封存", "--unit", BUILDING, "--row", f"个人账号={WHO},封存原因=其他")
    before = desk.dump
    assert "看的是内容" in desk.does("clerk", "2025-05-14", *submit, "--attach", "经办人身份证件=身份证.png", exit=4)
    desk.does("clerk", "2025-05-14", *submit, "--attach", "户口本=证件.png", exit=2)
    assert desk.dump == before
    assert "经办人身份证件 1/1" in desk.does("clerk", "2025-05-14", *submit, "--attach", "经办人身份证件=证件.png")
    case = "0500003-2505-001"
    shown = desk.does("clerk", "2025-05-14", "case", "show", case, "--save", "存")
    numbers = next(line.split() for line in shown.splitlines() if line.startswith("扫描流水号"))
    assert len(numbers[1]) == 32
    assert numbers[3] == "05202505140000001"
    assert (desk.gjj.cwd / "存" / f"{case}-经办人身份证件-1.png").read_bytes() == PNG
    again = desk.does("clerk", "2025-05-15", "case", "attach", case, "其他=证件.png")
    assert numbers[3] in again
    desk.does("clerk", "2025-05-15", "case", "withdraw", case)
    desk.does("clerk", "2025-05-15", "case", "attach", case, "其他=证件.png", exit=6)


def test_a_dry_run_leaves_no_trace(desk: Desk) -> None:
    case = desk.json("clerk", "2025-03-14", *submitting(desk, "supplementary-payment", TRIED["supplementary-payment"]))
    desk.does("first", "2025-03-14", "case", "approve", case["case"])
    before = desk.dump
    pay = ("remit", "run", "--unit", MACHINES, "--through", "2024-02")
    tried = (
        ("clerk", "2025-03-14", "case", "finish", case["case"]),
        ("clerk", "2024-05-24", *submitting(desk, "sealing", TRIED["sealing"])),
        ("clerk", "2025-05-14", *submitting(desk, "internal-transfer", TRIED["internal-transfer"])),
        ("clerk", "2025-05-14", *pay),
        ("admin", "2025-05-14", "remit", "run", "--all", "--through", "2024-02"),
        ("admin", "2025-05-14", "receipt", "add", "--amount", "1.00", "--ref", "9"),
    )
    for login, day, *command in tried:
        desk.does(login, day, *command, "--dry-run")
        assert desk.dump == before, command
    assert not [*desk.gjj.cwd.rglob("*.pdf")]
    told = json.loads(desk(*tried[4], "--dry-run", "--format", "json").stdout)
    assert told["run"] is None
    assert {one["unit"]: one["outcome"] for one in told["units"]}[MACHINES] == "posted"


def test_a_stranger_and_another_unit(desk: Desk) -> None:
    seal = ("case", "submit", "个人账户封存", "--unit", "0500099", "--row", f"个人账号={WHO},封存原因=其他")
    desk.does("clerk", "2025-05-14", *seal, exit=7)
    said = desk.gjj("todo", env={"GJJ_TOKEN": "nobody"})
    assert (said.exit, said.stdout) == (7, "")


def test_a_workbook_with_errors_becomes_no_case(desk: Desk) -> None:
    submit = ("case", "submit", "个人账户封存", "--unit", BUILDING, "--row", f"个人账号={WHO},封存原因=不想干了")
    before = desk.dump
    told = desk.json("clerk", "2024-05-24", *submit, exit=1)
    assert (told["case"], told["state"]) == (None, None)
    assert [found["code"] for found in told["findings"]] == ["E104"]
    assert "账簿没有变" in desk.does("clerk", "2024-05-24", *submit, exit=1)
    assert desk.dump == before
