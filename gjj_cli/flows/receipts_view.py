"""The part of a 回单 that differs by business: its table, its figures, and the facts above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from gjj_cli import masking, money
from gjj_cli import month as months
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import Case
from gjj_cli.paper.view import (
    ArrearsLine,
    MonthLine,
    Pair,
    PersonLine,
    Table,
    arrears_table,
    months_table,
    people_table,
)
from gjj_cli.store import cases, frames, journal, payments
from gjj_cli.store.engine import Tx, setting
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.payments import PersonMonth

FUND = "201"


@dataclass(frozen=True)
class Body:
    table: Table
    heads: int
    summary: str
    amount_label: str = "金额"
    amount_fen: int | None = None
    method: str | None = None
    facts: tuple[Pair, ...] = ()


def setting_on(tx: Tx, name: str) -> bool:
    return setting(tx, name) == "1"


def body(tx: Tx, case: Case, refs: Sequence[EntryRef]) -> Body:
    """The body of a case's 回单, by what the business does: pays months, pays arrears, moves, or changes people."""
    if case.business == "remittance":
        return _remittance(case)
    moves = [move.what for move in ROSTER[case.business].moves]
    if "payment" in moves:
        return _payment(tx, case, refs)
    if "balance" in moves:
        return _transfer(tx, case, refs)
    return _changes(tx, case)


def _remittance(case: Case) -> Body:
    """Everything a 汇缴 showed when it was posted is kept with its case, so that a reprint is the same."""
    rows, before = case.totals["rows"], case.totals["before"]
    paid = before["paid_through"]
    table = months_table([MonthLine(row["month"], row["heads"], row["unit_fen"], row["personal_fen"]) for row in rows])
    first, last = months.show(rows[0]["month"]), months.show(rows[-1]["month"])
    span = first if first == last else f"{first} 至 {last}"
    facts = (
        ("首次汇缴年月", months.show(before["first_month"])),
        ("汇缴年月", span),
        ("办理前缴至", months.show(paid) if paid is not None else "没有缴过"),
        ("办理后缴至", last),
        ("暂收户转出", money.show(case.amount_fen)),
        ("实际缴存金额", "0.00"),
    )
    summary = f"缴存[{span}]"
    return Body(table, case.heads, summary, "汇缴总金额", case.amount_fen, "暂收", facts)


def _changes(tx: Tx, case: Case) -> Body:
    """One line a person from 变更查询: what was, what is, and how the monthly amount changes."""
    happened = frames.change_events(tx, [case.unit]).filter(pl.col("case_no") == case.case_no).sort("seq").to_dicts()
    lines = [
        PersonLine(
            row["account"],
            row["name"],
            masking.mask_id(row["id_number"]),
            _state(row["before_status"], row["before_base_fen"], row["before_status"] == row["after_status"]),
            _state(row["after_status"], row["after_base_fen"], row["before_status"] == row["after_status"]),
            row["delta_fen"],
        )
        for row in happened
    ]
    effective = sorted({row["effective_month"] for row in happened})
    facts: tuple[Pair, ...] = ()
    if effective:
        span = "、".join(months.show(month) for month in effective[:3]) + ("等" if len(effective) > 3 else "")
        facts = (("生效年月", span), ("单位账户", "余额不变"))
    summary = ROSTER[case.business].memo.format(n=len(lines))
    total = sum(row["delta_fen"] for row in happened)
    return Body(people_table(lines, "变更前", "变更后"), len(lines), summary, "变化缴存额", total, None, facts)


def _state(status: str | None, base_fen: int | None, only_base: bool) -> str:
    base = money.show(base_fen) if base_fen is not None else ""
    if only_base:
        return base or "-"
    if status is None:
        return "-"
    return f"{status} {base}".strip() if status == "正常" else status


def _payment(tx: Tx, case: Case, refs: Sequence[EntryRef]) -> Body:
    """One line for each run of months of each person, from the register of what the voucher paid."""
    paid = payments.registered(tx, case.unit, refs[0].entry_no)
    people = _people(tx, case.unit)
    lines = [line for run in _runs(paid) for line in [_arrears(run, people)]]
    total = sum(row.unit_fen + row.personal_fen for row in paid)
    facts: tuple[Pair, ...] = tuple((header, str(case.batch[header])) for header in ("补缴类型", "补缴原因"))
    heads = len({row.employee for row in paid})
    summary = ROSTER[case.business].memo.format(n=heads)
    return Body(arrears_table(lines), heads, summary, "补缴总额", total, str(case.batch["缴款方式"]), facts)


def _runs(paid: Sequence[PersonMonth]) -> list[list[PersonMonth]]:
    """Consecutive months of one person together."""
    ordered = sorted(paid, key=lambda row: (row.employee, row.month))
    numbered = enumerate(ordered)
    return [
        [row for _, row in run]
        for _, run in groupby(numbered, key=lambda item: (item[1].employee, item[1].month - item[0]))
    ]


def _arrears(run: list[PersonMonth], people: dict[str, tuple[str, str]]) -> ArrearsLine:
    name, number = people[run[0].employee]
    return ArrearsLine(
        run[0].employee,
        name,
        masking.mask_id(number),
        run[0].month,
        run[-1].month,
        sum(row.unit_fen for row in run),
        sum(row.personal_fen for row in run),
    )


def _transfer(tx: Tx, case: Case, refs: Sequence[EntryRef]) -> Body:
    """One line a person: from which unit to which, with the balance that moved through 21903."""
    moved: dict[str, int] = {}
    for ref in refs:
        for booked in journal.vouchers(tx, case.unit, entry_no=ref.entry_no):
            for line in booked.voucher.lines:
                if line.account == FUND and line.employee is not None:
                    moved[line.employee] = moved.get(line.employee, 0) + line.amount_fen
    rows = cases.rows(tx, case.unit, case.case_no)
    people = _people(tx, case.unit) | (_people(tx, case.other_unit) if case.other_unit else {})
    lines = [
        PersonLine(
            row.account or "",
            people.get(row.account or "", ("", ""))[0],
            masking.mask_id(people.get(row.account or "", ("", ""))[1]),
            str(row.content.get("from_unit") or case.unit),
            str(row.content.get("to_unit") or case.unit),
            moved.get(row.account or "", 0),
        )
        for row in rows
    ]
    total = sum(moved.values())
    table = people_table(lines, "转出单位", "转入单位", change="转移金额")
    return Body(table, len(lines), f"内部转移{len(lines)}人", "转移金额", total)


def _people(tx: Tx, unit: str) -> dict[str, tuple[str, str]]:
    """个人账号 -> (姓名, 证件号码) of everybody who is or was at the unit."""
    known = frames.employees(tx, [unit]).select("account", "name", "id_number").rows()
    return {account: (name, number) for account, name, number in known}
