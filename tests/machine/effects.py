"""What a submit, a finish and a receipt do to the model when nothing stands in their way."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from tests.machine import reversals
from tests.machine.answers import BASE, CENTRAL, OPENING, PAYMENT, REVIEWED, SEALING, TRANSFER, UNSEALING, Asked
from tests.machine.model import Model
from tests.machine.parts import (
    APPROVED,
    CENTRE,
    DONE,
    MOVED,
    NORMAL,
    RETURNED,
    SEALED,
    SECOND,
    WAITING,
    WITHDRAWN,
    Case,
    Moved,
    No,
    Row,
    Span,
    Stay,
    Unit,
    month_of,
    parts,
)

WORDS = {OPENING: "开户", BASE: "基数调整", SEALING: "封存", UNSEALING: "启封", CENTRAL: "集中封存", PAYMENT: "补缴"}
NEXT = {  # what may be done to a case by hand, and what it is then
    ("approve", WAITING): APPROVED,
    ("reject", WAITING): RETURNED,
    ("withdraw", WAITING): WITHDRAWN,
    ("withdraw", APPROVED): WITHDRAWN,
    ("withdraw", RETURNED): WITHDRAWN,
    ("approve", SECOND): DONE,
    ("reject", SECOND): RETURNED,
    ("withdraw", SECOND): WITHDRAWN,
}


@dataclass(frozen=True)
class Newcomer:
    """A person of an imported unit."""

    serial: int
    base: int
    start: int
    sealed: bool
    paid_through: int | None
    cur: int
    prior: int


def bring_in(model: Model, name: str, of: Unit, people: dict[str, Newcomer], suspense: int) -> None:
    """建账: the unit with its people and one 期初 voucher."""
    model.units[name] = of
    of.rates_from = min([of.first, *(who.start for who in people.values())])
    for account, who in people.items():
        start, end = who.start, None
        if who.sealed:
            end = min(who.start if who.paid_through is None else who.paid_through + 1, of.due)
            start = min(start, end)
        stay = Stay(
            SEALED if who.sealed else NORMAL, [Span(start, end, brought=True)], [(who.start, who.base, "opening")]
        )
        stay.paid_through = stay.imported = who.paid_through
        of.people[account] = stay
        model.directory[account] = (who.serial, name)
    credits = [
        ("201", account, part, "贷", fen)
        for account, who in people.items()
        for part, fen in (("cur", who.cur), ("prior", who.prior))
        if fen
    ]
    if suspense:
        credits.append(("21901", "", "", "贷", suspense))
    fund = sum(who.cur + who.prior for who in people.values())
    if credits:
        model.post(name, [("10101", "", "", "借", fund + suspense), *credits], "opening", name)
    funded = sum(1 for who in people.values() if who.cur or who.prior)
    of.events.append(("开户", f"期初{funded}人" if fund else "单位开户", funded, fund))


def receive(model: Model, ref: str, amount: int, unit: str | None) -> None:
    """A bank line; the same again, on whatever day, changes nothing. Raises `No` for other content of the same 流水号."""
    if ref in model.receipts:
        before, _, of_unit, stands = model.receipts[ref]
        if stands and (before, of_unit) != (amount, unit):
            raise No(None)
        if stands:
            return
    account = "21901" if unit else "21902"
    model.post(unit or CENTRE, [("10101", "", "", "借", amount), (account, "", "", "贷", amount)], "receipt", ref)
    model.receipts[ref] = (amount, model.today, unit, True)


def submit(model: Model, business: str, unit: str, rows: Sequence[Row], *, yes: bool) -> set[str] | str:
    """The error codes of the rows, or the 受理号. Raises `No` when the state of the books forbids it."""
    asked = Asked(model, business, unit, rows, model.month + 1)
    if codes := asked.findings():
        return codes
    asked.refuse(yes=yes)
    of, amount = model.units[unit], 0
    if business == PAYMENT:
        amount = sum(sum(both) for both in asked.payments().values())
        if amount > of.available:
            raise No("E705")
        of.reserved += amount
    state = WAITING if business in REVIEWED else DONE
    months = [asked.month(row) for row in rows]
    number = model.new_case(Case(business, unit, list(rows), state, model.today, months, amount))
    if state == DONE:
        take(asked, number)
    return number


def act(model: Model, number: str, action: str) -> None:
    """Approve, reject or withdraw. Raises `No` when the state does not allow it."""
    case = model.cases[number]
    if (action, case.state) not in NEXT:
        raise No(None)
    held = case.state != RETURNED
    if case.state == SECOND and action == "approve":
        reversals.take_back(model, number)
    case.state = NEXT[action, case.state]
    if held and action != "approve" and case.business == PAYMENT:
        model.units[case.unit].reserved -= case.amount


def finish(model: Model, number: str) -> bool:
    """True when it takes effect, False when it had before. Raises `No` when it is not approved or no longer right."""
    case = model.cases[number]
    if case.state == DONE:
        return False
    if case.state != APPROVED:
        raise No(None)
    asked = Asked(model, case.business, case.unit, case.rows, month_of(case.day) + 1)
    if asked.findings():
        raise No(None)
    asked.impossible()
    case.state = DONE
    model.units[case.unit].reserved -= case.amount
    take(asked, number)
    return True


def take(asked: Asked, number: str) -> None:
    """A case takes effect."""
    if asked.business == TRANSFER:
        _transfer(asked, number)
        return
    of, rows = asked.own, list(asked.rows)
    if asked.business == PAYMENT:
        months = asked.payments()
        asked.model.pay(asked.unit, months, PAYMENT, number)
        heads = len({who for who, _ in months})
        of.events.append(("补缴", f"缴纳{heads}人", heads, sum(sum(both) for both in months.values())))
        return
    if asked.business == CENTRAL:
        rows = [row for row in rows if (stay := asked.stay(row)) and stay.status != SEALED]
    for row, month in [(row, asked.month(row)) for row in rows]:
        if asked.business == OPENING:
            assert row.serial is not None
            assert row.base is not None
            account = asked.model.new_account()
            of.people[account] = Stay(NORMAL, [Span(month)], [(month, row.base, "opening")])
            asked.model.directory[account] = (row.serial, asked.unit)
            continue
        stay = asked.stay(row)
        assert stay is not None
        if asked.business == BASE:
            assert row.base is not None
            stay.bases.append((month, row.base, "adjustment"))
        elif asked.business == UNSEALING:
            stay.enrol(month)
            stay.status = NORMAL
            if row.base is not None:
                stay.bases.append((month, row.base, "unsealing"))
        else:
            stay.close(month)
    if asked.business in (SEALING, CENTRAL) and rows:
        of.refresh()
    word = WORDS[asked.business]
    of.events.append((word, f"{word}{len(rows)}人", len(rows), 0))


def _transfer(asked: Asked, number: str) -> None:
    """Each pair of units in order: the register first, then the balances, whole and through 21903."""
    routes: dict[tuple[str, str], list[tuple[Row, int]]] = {}
    for row in asked.rows:
        routes.setdefault(asked.route(row), []).append((row, asked.month(row)))
    for (home, arrival), rows in sorted(routes.items()):
        for row, month in rows:
            asked.model.cases[number].moved.append(_move(asked.model, home, arrival, row, month))
    for (home, arrival), rows in sorted(routes.items()):
        _carry(asked.model, number, home, arrival, [row.account or "" for row, _ in rows])


def _move(model: Model, home: str, arrival: str, row: Row, month: int) -> Moved:
    account = row.account or ""
    old, there = model.units[home].people[account], model.units[arrival].people
    base = old.base(month) if row.base is None else row.base
    assert base is not None
    left, before = copy.deepcopy(old.spans), copy.deepcopy(there.get(account))
    old.close(month)
    old.status = MOVED
    new = there.setdefault(account, Stay(NORMAL, [], []))
    new.status = NORMAL
    new.paid_through = new.carried = old.paid_through
    new.enrol(month)
    new.bases.append((month, base, "transfer"))
    model.directory[account] = (model.directory[account][0], arrival)
    return Moved(account, home, arrival, left, before, new, len(new.spans), len(new.bases))


def _carry(model: Model, number: str, home: str, arrival: str, accounts: list[str]) -> None:
    leaving = [(who, model.units[home].people[who]) for who in accounts]
    out, into = parts(leaving, "借"), parts(leaving, "贷")
    total, heads = sum(fen for *_, fen in out), len(accounts)
    if total:
        model.post(home, [*out, ("21903", "", "", "贷", total)], TRANSFER, number).heads = heads
        model.post(arrival, [("21903", "", "", "借", total), *into], TRANSFER, number).heads = heads
    model.units[home].events.append(("内部转移", f"转出{heads}人", heads, -total))
    model.units[arrival].events.append(("内部转移", f"转入{heads}人", heads, total))
