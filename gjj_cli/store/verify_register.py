"""Verifying the register: what a unit's cases must have made of it (`verify_replay`), against what is kept."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any

from gjj_cli import month as months
from gjj_cli.business.names import SETUP
from gjj_cli.case import State
from gjj_cli.ledger.difference import Difference
from gjj_cli.money import Rounding, side_amount
from gjj_cli.store import importing, payments
from gjj_cli.store.cases import RESERVING, SUSPENSE
from gjj_cli.store.tables_register import person_month
from gjj_cli.store.verify_journal import Journal
from gjj_cli.store.verify_kept import Case, Kept, unequal
from gjj_cli.store.verify_replay import OPENING, REVERSAL, STEPS, opened_before, reverse, set_up, without_case
from gjj_cli.store.verify_state import Changed, Event, Register
from gjj_cli.store.verify_transfers import Transfers

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)  # what a changed JSON may lead to
Step = Iterator[Difference]


def differences(kept: Kept, unit: str, journal: Journal, cases: dict[str, Case], transfers: Transfers) -> Step:
    """Everything wrong with what is kept of one unit beside its journal; the last thing yielded is never more than that."""
    newest: dict[int, dict[str, int]] = {}
    try:
        yield from _of_payments(kept, unit, journal, newest)
    except TypeError:  # something that is no number, or cannot be said in JSON
        yield from kept.wrong_in(person_month, unit)
        raise
    register = Register(unit, kept, journal, cases, transfers, newest)
    yield from _replay(register)
    yield from register.problems
    yield from _of_unit(register)
    yield from _of_employees(register)
    yield from _of_spans(register)
    yield from _of_bases(register)
    yield from _of_rates(register)
    yield from _of_changes(register)
    yield from _of_reserved(register)


def _of_payments(kept: Kept, unit: str, journal: Journal, newest: dict[int, dict[str, int]]) -> Step:
    """What each paying voucher was for (its content hash) is what the register says it paid, and what its lines say."""
    paid: dict[int, list[tuple[str, int, int, int]]] = defaultdict(list)
    for _, employee, month, due_unit, due_own, unit_fen, own_fen, entry in kept.of("person_month", unit):
        if due_unit != unit_fen or due_own != own_fen:
            name = "due_unit_fen" if due_unit != unit_fen else "due_personal_fen"
            yield Difference(unit, entry, name, f"个人账号 {employee} {months.show(month)} 应缴和已缴不一样")
        paid[entry].append((employee, month, unit_fen, own_fen))
    for entry in sorted(paid.keys() | journal.paying):
        if entry not in journal.paying:
            yield Difference(unit, entry, "last_voucher", "登记的已缴月份指着一张不是缴款、或者已经冲销的凭证")
        elif hashlib.sha256(payments.content(paid[entry])).hexdigest() != journal.heads[entry].content_hash:
            yield Difference(unit, entry, "person_month", "登记的已缴月份和这张凭证缴的不一样")
        else:
            newest[entry] = {row[0]: row[1] for row in paid[entry]}  # months rise within an employee


def _replay(register: Register) -> Step:
    """Goes through 单位明细: every row is one that its case must have written, and every finished case has its rows."""
    unit, cases = register.unit, register.cases
    setup = cases.get(f"{unit}-{SETUP}")
    if setup is None:
        yield Difference(unit, None, SETUP, "没有建账的业务")
        return
    yield from _of_setup(register, setup)
    rows = register.kept.of("unit_event", unit)
    if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
        yield Difference(unit, None, "seq", "单位明细的序号不连续")
    done: set[str | None] = set()
    for case_no, group in groupby(rows, lambda row: row.case_no):
        happened = list(group)
        try:
            for expected, kept in _steps(register, setup, case_no, happened):
                yield from _of_event(register, kept, expected)
        except _UNREADABLE:
            yield Difference(unit, happened[0].entry_no, "content", f"业务 {case_no or SETUP} 的内容走不通了")
        if case_no is not None and case_no in done:
            yield Difference(unit, happened[0].entry_no, "case_no", f"单位明细里 {case_no} 办了两次")
        done.add(case_no)
    if not rows:
        yield Difference(unit, None, "unit_event", "单位明细没有开户这一行")
    own = {no: case for no, case in cases.items() if case.row.business != SETUP and case.row.state == State.DONE}
    for case_no in sorted(own.keys() | register.transfers.touching.get(unit, {}).keys()):
        if case_no not in done and not _silent(register, own.get(case_no)):
            yield Difference(unit, None, "unit_event", f"单位明细没有已办结的 {case_no}")


def _steps(
    register: Register, setup: Case, case_no: str | None, happened: list[Any]
) -> Iterator[tuple[Event | None, Any]]:
    """What the rows of one case in 单位明细 must be, beside what they are."""
    if case_no is None:
        for row in happened:
            yield next(iter(_without_case(register, setup, row)), None), row
        return
    if any(head.reverses is not None for head in register.entries(case_no)):  # a transfer's is the other unit's case
        yield from zip_longest(reverse(register, case_no), happened)
        return
    case = register.cases.get(case_no) or register.transfers.touching.get(register.unit, {}).get(case_no)
    known = case is not None and case.row.state == State.DONE and case.row.business in STEPS
    events = STEPS[case.row.business](register, case) if case is not None and known else []
    yield from zip_longest(events, happened)


def _silent(register: Register, case: Case | None) -> bool:
    """A receipt that was taken back is no row of 单位明细."""
    return case is not None and case.row.business == REVERSAL and not reverse(register, case.no)


def _without_case(register: Register, setup: Case, row: Any) -> list[Event]:
    """建账, once for each time the unit was brought in (the last is the kept one), or a payment under no case."""
    if row.seq == 1:
        told = set_up(register, setup)
    elif row.business == "开户":
        told = register.opened
    else:
        return without_case(register, row)
    register.opened = told
    last = max(one.seq for one in register.kept.of("unit_event", register.unit) if one.business == "开户")
    return told if row.seq == last else opened_before(register, row)


def _of_event(register: Register, row: Any, expected: Event | None) -> Step:
    unit = register.unit
    if row is None:
        case = expected.case_no if expected is not None else ""
        yield Difference(unit, expected and expected.entry_no, "unit_event", f"单位明细少了 {case} 的一行")
    elif expected is None:
        detail = f"单位明细第 {row.seq} 行没有办结的业务或凭证"
        yield Difference(unit, row.entry_no, "case_no" if row.case_no else "entry_no", detail)
    else:
        for name, computed in expected._asdict().items():
            there = getattr(row, name)
            if there != computed:
                detail = f"单位明细第 {row.seq} 行记的是 {there}，应是 {computed}"
                yield Difference(unit, expected.entry_no, name, detail)


def _of_setup(register: Register, case: Case) -> Step:
    """The kept 建账 is what its content hash says, and the 期初 voucher carries that hash."""
    unit = register.unit
    digest = hashlib.sha256(importing.content(case.batch, [content for _, content in case.rows])).hexdigest()
    if digest != case.row.file_sha256:
        yield Difference(unit, None, "file_sha256", "建账的内容和当时导入的不一样")
    opened = [head for head in register.journal.heads.values() if head.post_kind == OPENING]
    for head in opened:
        if head.content_hash != digest and (head is opened[-1] or head.no not in register.journal.reversed_by):
            yield Difference(unit, head.no, "content_hash", "建账的内容和期初凭证记的不一样")
    told = case.batch.get("unit", {})
    if bool(opened) != bool(told.get("fund_fen") or told.get("suspense_fen")):
        yield Difference(unit, None, "voucher", "期初凭证和建账的余额对不上")


def _of_unit(register: Register) -> Step:
    unit = register.unit
    (row,) = register.kept.of("unit", unit)
    told = register.cases[f"{unit}-{SETUP}"].batch["unit"]
    paid = register.paid_through
    settled = told["settled_year"]
    if settled is None:
        settled = importing.last_june(date.fromisoformat(told["opening_date"]))
    facts = {name: told[name] for name in ("name", "org", "uscc", "first_month", "payday", "opening_date")}
    facts |= {
        "custody": int(told["custody"]),
        "settled_year": settled,
        "paid_through": paid,
        "state": "02" if paid is None and not register.custody else "01",
    }
    yield from unequal(unit, {name: (getattr(row, name), computed) for name, computed in facts.items()})


def _of_employees(register: Register) -> Step:
    unit, due = register.unit, register.due
    found = set()
    for row in register.kept.of("employee", unit):
        found.add(row.account)
        person = register.people.get(row.account)
        if person is None:
            yield Difference(unit, None, "account", f"个人账号 {row.account} 不是建账、开户或转入来的")
            continue
        months_kept = (register.status(person, due), person.paid_through, person.imported, person.carried)
        computed = (unit, row.account, *person.told, *months_kept, *person.more)
        if tuple(row) != computed:
            pairs = {name: (kept, is_) for name, kept, is_ in zip(row._fields, row, computed, strict=True)}
            yield from unequal(unit, pairs, f"个人账号 {row.account} ")
    for account in sorted(register.people.keys() - found):
        yield Difference(unit, None, "employee", f"个人账号 {account} 不在职工里了")


def _of_spans(register: Register) -> Step:
    """参缴区间 are those of the cases, follow each other, and hold every month that was paid."""
    unit, kept = register.unit, register.kept
    spans = {account: [] for account in register.people}  # type: dict[str, list[Any]]
    for row in kept.of("enrolment", unit):
        spans.setdefault(row.employee, []).append(row)
    for account, rows in spans.items():
        person = register.people.get(account)
        computed = (
            [
                (n, span.from_month, span.to_month, span.opened_by, span.closed_by)
                for n, span in enumerate(person.spans, 1)
            ]
            if person is not None
            else []
        )
        yield from _of_history(unit, account, "enrolment", rows, computed)
    for account, group in groupby(kept.of("person_month", unit), itemgetter(1)):
        held = register.people[account].spans if account in register.people else []
        rows = list(group)
        first, last = rows[0][2], rows[-1][2]
        if any(span.from_month <= first and (span.to_month is None or last < span.to_month) for span in held):
            continue  # one 参缴区间 holds them all, as it mostly does
        for row in rows:
            month = row[2]
            if not any(span.from_month <= month and (span.to_month is None or month < span.to_month) for span in held):
                detail = f"个人账号 {account} 缴了 {months.show(month)}，参缴区间不含这个月"
                yield Difference(unit, row[7], "from_month", detail)


def _of_bases(register: Register) -> Step:
    bases = {account: [] for account in register.people}  # type: dict[str, list[Any]]
    for row in register.kept.of("base_history", register.unit):
        bases.setdefault(row.employee, []).append(row)
    for account, rows in bases.items():
        person = register.people.get(account)
        computed = [(n, *base) for n, base in enumerate(person.bases, 1)] if person is not None else []
        yield from _of_history(register.unit, account, "base_history", rows, computed)


def _of_history(unit: str, account: str, table: str, rows: list[Any], computed: list[tuple[Any, ...]]) -> Step:
    """The numbered rows of one person, from `seq` on."""
    for row, expected in zip_longest(rows, computed):
        if row is None or expected is None:
            yield Difference(unit, None, table, f"个人账号 {account} 的{_WORDS[table]}多了或少了一段")
        elif row[2:] != expected:
            pairs = {name: (kept, is_) for name, kept, is_ in zip(row._fields[2:], row[2:], expected, strict=True)}
            yield from unequal(unit, pairs, f"个人账号 {account} 的{_WORDS[table]}")


_WORDS = {"enrolment": "参缴区间", "base_history": "缴存基数"}


def _of_rates(register: Register) -> Step:
    rows = register.kept.of("rate_history", register.unit)
    for row, expected in zip_longest(rows, [(n, *rate) for n, rate in enumerate(register.rates, 1)]):
        if row is None or expected is None:
            yield Difference(register.unit, None, "rate_history", "缴存比例多了或少了一段")
        elif row[1:] != expected:
            pairs = {name: (kept, is_) for name, kept, is_ in zip(row._fields[1:], row[1:], expected, strict=True)}
            yield from unequal(register.unit, pairs, "缴存比例")


def _of_changes(register: Register) -> Step:
    """变更查询: a row for each person of each change, and 变化缴存额 by one way of rounding."""
    unit = register.unit
    for number, (row, expected) in enumerate(zip_longest(register.kept.of("change_event", unit), register.changes), 1):
        if row is None or expected is None:
            about = f"个人账号 {(row or expected).account}"
            yield Difference(unit, None, "change_event", f"变更查询第 {number} 行和业务对不上（{about}）")
            continue
        facts = expected._asdict() | {"seq": number}
        pairs = {name: (getattr(row, name), facts[name]) for name in row._fields if name in facts}
        yield from unequal(unit, pairs, f"变更查询第 {number} 行")
        if row.delta_fen not in _deltas(register, expected):
            yield Difference(unit, None, "delta_fen", f"变更查询第 {number} 行的变化缴存额 {row.delta_fen} 分算不出来")


def _deltas(register: Register, change: Changed) -> set[int]:
    """变化缴存额 by every way of rounding there is: which was in force is policy, which the books do not keep."""
    covering = [
        rate
        for rate in register.rates
        if rate.from_month <= change.effective_month
        and (rate.to_month is None or change.effective_month <= rate.to_month)
    ]
    if not covering:
        return set()
    rate = max(covering, key=lambda one: (one.kind == "reduction", one.from_month))

    def cost(base: int | None, mode: Rounding) -> int:
        if base is None:
            return 0
        return int(side_amount(base, rate.unit_bp, mode) + side_amount(base, rate.personal_bp, mode))

    return {cost(change.becomes, mode) - cost(change.was, mode) for mode in Rounding}


def _of_reserved(register: Register) -> Step:
    """可用余额: what open `suspense` cases hold."""
    held = sum(
        case.row.amount_fen
        for case in register.cases.values()
        if case.row.state in RESERVING and case.row.method == SUSPENSE
    )
    for row in register.kept.of("unit_balance", register.unit):
        yield from unequal(register.unit, {"reserved_fen": (row.reserved_fen, held)})
