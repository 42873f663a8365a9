"""The part of a 回单 that differs by business: its table, its figures, and the facts above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from gjj_cli import masking, money
from gjj_cli import month as months
from gjj_cli.business.names import REVERSAL
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import Case
from gjj_cli.paper.view import (
    ArrearsLine,
    MonthLine,
    Pair,
    PersonLine,
    ReversalLine,
    Table,
    arrears_table,
    months_table,
    people_table,
    reversal_table,
)
from gjj_cli.store import cases, frames, journal, payments, people, reversal
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
    if case.business == REVERSAL.slug:
        return _reversal(tx, case)
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
    no = refs[0].entry_no
    paid = payments.registered(tx, case.unit, no)
    paid = paid or [PersonMonth(*row) for row in reversal.kept_months(tx, case.unit, no)]  # it has been reversed
    known = _people(tx, case.unit)
    lines = [line for run in _runs(paid) for line in [_arrears(run, known)]]
    total = sum(row.unit_fen + row.personal_fen for row in paid)
    facts: tuple[Pair, ...] = tuple((header, str(case.batch[header])) for header in ("补缴类型", "补缴原因"))
    heads = len({row.employee for row in paid})
    summary = ROSTER[case.business].memo.format(n=heads)
    return Body(arrears_table(lines), heads, summary, "补缴总额", total, str(case.batch["缴款方式"]), facts)


def _reversal(tx: Tx, case: Case) -> Body:
    """One line a voucher that was taken back, and the two people who did it."""
    lines = []
    for of_unit, no in case.batch["entries"]:
        (original,) = journal.vouchers(tx, of_unit, entry_no=no)
        amount = sum(line.amount_fen for line in original.voucher.lines if line.side == "借")
        by, head = journal.reversals(tx, of_unit)[no], original.voucher.head
        lines.append(ReversalLine(original.ref.text, head.date, head.memo, -amount, by.text))
    facts = (
        ("冲销", str(case.batch["冲销"])),
        ("原因", str(case.batch["原因"])),
        ("提交人", _display(tx, case.submitted_by)),
        ("审批人", _display(tx, case.second_by)),
    )
    table = reversal_table(lines)
    return Body(table, case.heads, f"冲销{len(lines)}张凭证", "冲销金额", case.amount_fen, None, facts)


def _display(tx: Tx, login: str | None) -> str:
    user = people.user(tx, login or "")
    return user.display if user is not None else login or ""


def taken_back(tx: Tx, refs: Sequence[EntryRef]) -> list[str]:
    """What reversed those vouchers since, a line each, in the order in which it happened."""
    lines = []
    for ref in refs:
        by = journal.reversals(tx, ref.unit).get(ref.entry_no)
        if by is not None:
            (head,) = [one.voucher.head for one in journal.vouchers(tx, ref.unit, entry_no=by.entry_no)]
            said = f"凭证 {ref.text} 已在 {head.date} 冲销，业务流水号 {head.case}，凭证号 {by.text}。"
            lines.append((by.entry_no, said))
    return [said for _, said in sorted(lines)]


def _runs(paid: Sequence[PersonMonth]) -> list[list[PersonMonth]]:
    """Consecutive months of one person together."""
    ordered = sorted(paid, key=lambda row: (row.employee, row.month))
    numbered = enumerate(ordered)
    return [
        [row for _, row in run]
        for _, run in groupby(numbered, key=lambda item: (item[1].employee, item[1].month - item[0]))
    ]


def _arrears(run: list[PersonMonth], known: dict[str, tuple[str, str]]) -> ArrearsLine:
    name, number = known[run[0].employee]
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
    known = _people(tx, case.unit) | (_people(tx, case.other_unit) if case.other_unit else {})
    lines = [
        PersonLine(
            row.account or "",
            known.get(row.account or "", ("", ""))[0],
            masking.mask_id(known.get(row.account or "", ("", ""))[1]),
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
