"""The register of one unit done again from its cases: one small function for each kind of business (`STEPS`).

The order in which things took effect is the order of 单位明细, whose rows are what each step must have written. A step
changes the replayed register as `store.register` and `store.payments` did and gives the rows of 单位明细; a business
of a later release is one function and one line of STEPS.
"""

from collections.abc import Callable
from typing import Any

from gjj_cli import month as months
from gjj_cli.business.roster import ROSTER
from gjj_cli.ledger.difference import Difference
from gjj_cli.posting.remittance import summary
from gjj_cli.store.payments import REMITTANCE
from gjj_cli.store.register import NORMAL, SEALED, identity_hash
from gjj_cli.store.tables_register import PERSONAL
from gjj_cli.store.verify_kept import Case
from gjj_cli.store.verify_state import Base, Changed, Event, Person, Rate, Register, Span

REVERSAL, OPENING = "reversal", "opening"


def set_up(register: Register, case: Case) -> list[Event]:
    """建账: the unit, its people, its first rate, its 期初."""
    told = case.batch["unit"]
    register.first_month, register.imported = told["first_month"], told["paid_through"]
    register.custody = bool(told["custody"])
    due = register.due
    for row, who in case.rows:
        hashed = identity_hash(who["doc_type"], who["id_number"])
        if (row.id_hash, row.account) != (hashed, who["account"]):
            detail = f"业务 {case.no} 第 {row.row_no} 行不是它写的人"
            register.problems.append(Difference(register.unit, None, "id_hash", detail))
        person = Person((who["name"], who["doc_type"], who["id_number"], hashed, who["mobile"]))
        person.imported = who["paid_through"]
        start, end = who["start_month"], None
        person.bases.append(Base(start, who["base_fen"], case.no, "opening"))
        if who["status"] != NORMAL:
            end = min(start if person.imported is None else person.imported + 1, due)
            start = min(start, end)
        person.spans.append(Span(start, end, case.no, None if end is None else case.no))
        register.people[who["account"]] = person
    earliest = min([told["first_month"], *(who["start_month"] for _, who in case.rows)])
    register.rates.append(Rate(earliest, None, told["unit_bp"], told["personal_bp"], "ordinary", case.no))
    moneyed = sum(1 for _, who in case.rows if who["cur_fen"] or who["prior_fen"])
    fund = told["fund_fen"]
    opened = [head.no for head in register.journal.heads.values() if head.post_kind == OPENING]
    entry = opened[-1] if opened and fund else None
    memo = f"期初{moneyed}人" if fund else "单位开户"
    return [Event(told["opening_date"], "开户", memo, moneyed if fund else 0, fund, entry_no=entry)]


def opened_before(register: Register, row: Any) -> list[Event]:
    """The row of a 期初 that was reversed and brought in anew: its 建账 is gone, its voucher tells it."""
    head = register.journal.heads.get(row.entry_no)
    if head is None:  # no 公积金 came in
        return [Event(row.date, "开户", "单位开户", 0)] if row.entry_no is None else []
    people = len(register.journal.fund[head.no])
    return [Event(head.date, "开户", f"期初{people}人", people, register.raised(head.no), entry_no=head.no)]


def _remit(register: Register, case: Case) -> list[Event]:
    """汇缴: each month with money has its voucher, a 空月 only its row."""
    by_month = {head.post_key: head for head in register.entries(case.no) if head.post_kind == REMITTANCE}
    events = []
    for row in case.totals["rows"]:
        head = by_month.get(months.show(row["month"]))
        if (head is None) != (row["amount_fen"] == 0):
            detail = f"业务 {case.no} 的 {months.show(row['month'])} 和凭证对不上"
            register.problems.append(Difference(register.unit, head and head.no, "totals", detail))
        heads, amount, entry = row["heads"], row["amount_fen"], None
        if head is not None:
            entry, amount, heads = head.no, register.raised(head.no), _remitted(register, head, heads)
        events.append(Event(case.row.finished_date, "汇缴", summary(row["month"]), heads, amount, 0, case.no, entry))
    return events


def _remitted(register: Register, head: Any, heads: int) -> int:
    month = months.parse(head.post_key)
    found = register.take_paid(head.no, month)
    register.remitted[head.no] = month
    return found if head.no in register.newest else heads


def without_case(register: Register, row: Any) -> list[Event]:
    """A payment that was posted under no case (its voucher says so itself)."""
    head = register.journal.heads.get(row.entry_no)
    if head is None or head.case_no is not None or head.post_kind != REMITTANCE:
        return []
    heads = _remitted(register, head, row.heads)
    memo = summary(months.parse(head.post_key))
    return [Event(head.date, "汇缴", memo, heads, register.raised(head.no), entry_no=head.no)]


def _supplement(register: Register, case: Case) -> list[Event]:
    """补缴: its one voucher."""
    heads = amount = 0
    entry = None
    for head in register.entries(case.no):
        if head.reverses is None:
            last = max(row.end_month for row, _ in case.rows)
            people = register.take_paid(head.no, last)
            heads = people if head.no in register.newest else len(register.journal.fund[head.no])
            entry, amount = head.no, register.raised(head.no)
    return [_event(case, heads, amount, entry)]


def _open(register: Register, case: Case) -> list[Event]:
    """开户: who got which 个人账号 is told by the identity; the account was given at finish."""
    accounts = {row.id_hash: row.account for row in register.kept.of("employee", register.unit)}
    for row, who in case.rows:
        hashed = identity_hash(who["doc_type"], who["id_number"])
        account = accounts.get(hashed)
        if account is None or row.id_hash != hashed:
            detail = f"业务 {case.no} 第 {row.row_no} 行开的户不在职工里"
            register.problems.append(Difference(register.unit, None, "id_hash", detail))
            continue
        told = (who["name"], who["doc_type"], who["id_number"], hashed, who["mobile"])
        person = Person(told, (*(who[name] for name in PERSONAL), who["family_income"]))
        month = _month(register, who, row)
        person.spans.append(Span(month, None, case.no, None))
        person.bases.append(Base(month, who["base"], case.no, "opening"))
        register.people[account] = person
        states, bases = (None, NORMAL), (None, who["base"])
        _change(register, case, account, month, states, bases, bases)
    return [_event(case, len(case.rows))]


def _adjust(register: Register, case: Case) -> list[Event]:
    """缴存基数调整: a new base from its month on."""
    for row, who in case.rows:
        person = register.people[row.account]
        month = _month(register, who, row)
        before = person.base_on(month)
        person.bases.append(Base(month, who["new_base"], case.no, "adjustment"))
        bases = (before, who["new_base"])
        _change(register, case, row.account, month, (NORMAL, NORMAL), bases, bases)
    return [_event(case, len(case.rows))]


def _seal(register: Register, case: Case) -> list[Event]:
    """封存, 集中封存: the last enrolment ends; who is 封存 already stays so and is not counted."""
    due = register.due
    before = {row.account: register.status(register.people[row.account], due) for row, _ in case.rows}
    sealed = [(row, who) for row, who in case.rows if before[row.account] != SEALED]
    for row, who in sealed:
        person, month = register.people[row.account], _month(register, who, row)
        _close(person, month, case.no)
        bases = (person.base_on(month), None)
        _change(register, case, row.account, month, (before[row.account], SEALED), bases, bases)
    return [_event(case, len(sealed))]


def _month(register: Register, who: dict[str, Any], row: Any) -> int:
    """The month a row took effect in: as written, else 应汇缴年月 at the finish, which a 红字冲销 may have moved back
    since the submit."""
    month: int = row.effective_month if who.get("effective_month") is not None else register.due
    return month


def _event(case: Case, heads: int, amount_fen: int = 0, entry_no: int | None = None) -> Event:
    business = ROSTER[case.row.business]
    memo = business.memo.format(n=heads)
    return Event(case.row.finished_date, business.short, memo, heads, amount_fen, 0, case.no, entry_no)


def _change(
    register: Register,
    case: Case,
    account: str,
    month: int,
    states: tuple[str | None, str],
    bases: tuple[int | None, int | None],
    costs: tuple[int | None, int | None],
) -> None:
    name, doc_type, id_number = register.people[account].told[:3]
    kind = ROSTER[case.row.business].change_type
    told = (case.row.finished_date, kind, account, name, doc_type, id_number)
    register.changes.append(Changed(*told, *states, *bases, month, case.no, *costs))


def _close(person: Person, month: int, case_no: str) -> None:
    last = person.spans[-1]
    if last.to_month is None or last.to_month > month:
        last.to_month, last.closed_by = month, case_no


def _unseal(register: Register, case: Case) -> list[Event]:
    """启封: a new enrolment, and a new base where one is given."""
    for row, who in case.rows:
        person, month = register.people[row.account], _month(register, who, row)
        before, after = person.base_on(month), who["base"]
        _enrol(person, month, case.no)
        if after is not None:
            person.bases.append(Base(month, after, case.no, "unsealing"))
        costs = (None, after if after is not None else before)
        _change(register, case, row.account, month, (SEALED, NORMAL), (before, after), costs)
    return [_event(case, len(case.rows))]


def _enrol(person: Person, month: int, case_no: str) -> None:
    ended = person.spans[-1].to_month if person.spans else month
    person.spans.append(Span(max(month, month if ended is None else ended), None, case_no, None))


def _transfer(register: Register, case: Case) -> list[Event]:
    """内部转移: 转出 at the old unit, a row with a base at the new one; a pair of vouchers for each two units."""
    events = []
    vouchers = {head.transfer_id: head for head in register.entries(case.no) if head.reverses is None}
    for number, (home, arrival, moved) in enumerate(register.transfers.pairs(case), 1):
        if register.unit not in (home, arrival):
            continue
        leaving = register.unit == home
        for account, month in moved:
            if leaving:
                register.people[account].remember(f"{case.no}-{number}")
                _close(register.people[account], month, case.no)
                register.people[account].here = False
            else:
                _arrive(register, case, home, account, month, f"{case.no}-{number}")
        head = vouchers.get(f"{case.no}-{number}")
        amount = register.raised(head.no) if head is not None else 0
        memo = f"{'转出' if leaving else '转入'}{len(moved)}人"
        short = ROSTER[case.row.business].short
        entry = head.no if head is not None else None
        events.append(Event(case.row.finished_date, short, memo, len(moved), amount, 0, case.no, entry))
    return events


def _arrive(register: Register, case: Case, home: str, account: str, month: int, transfer_id: str) -> None:
    """The account as its old unit has it; what was known here before (建账, enrolments, bases, payments) stays."""
    old = register.transfers.employee(home, account)
    person = register.people.setdefault(account, Person((), here=False))
    person.remember(transfer_id)
    person.told, person.more, person.here = tuple(old[2:7]), tuple(old[11:]), True
    person.carried = register.transfers.carried(register.unit, home, account, case.no)
    _enrol(person, month, case.no)
    base = register.transfers.new_base(case, account)
    if base is None:
        base = register.transfers.base_on(home, account, month)
    person.bases.append(Base(month, base, case.no, "transfer"))


def reverse(register: Register, case_no: str) -> list[Event]:
    """红字冲销: what the reversed vouchers paid is not paid any more, and who was moved is back; a row against each row."""
    events = []
    for head in register.entries(case_no):
        taken = head.reverses
        original = register.journal.heads.get(taken)
        for person in register.people.values():
            person.paid.pop(taken, None)
            if original is not None and original.transfer_id in person.before:
                person.restore(original.transfer_id)
        register.remitted.pop(taken, None)
        flow = original.case_no if original is not None and original.case_no else f"{register.unit}-E{taken}"
        rows = [row for row in register.kept.of("unit_event", register.unit) if row.entry_no == taken]
        heads = [row.heads for row in rows] or ([0] if original is not None and original.post_kind == OPENING else [])
        amount = register.raised(head.no)
        events += [Event(head.date, "冲销", f"冲销[{flow}]", many, amount, 0, case_no, head.no) for many in heads]
    return events


def _reverse(register: Register, case: Case) -> list[Event]:
    return reverse(register, case.no)


STEPS: dict[str, Callable[[Register, Case], list[Event]]] = {
    "remittance": _remit,
    "supplementary-payment": _supplement,
    "account-opening": _open,
    "base-adjustment": _adjust,
    "sealing": _seal,
    "central-sealing": _seal,
    "unsealing": _unseal,
    "internal-transfer": _transfer,
    REVERSAL: _reverse,
}
