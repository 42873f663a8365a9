"""红字冲销 in the model: what may be taken back, and that it is as if it had never been (semantics 1.10)."""

import copy

from tests.machine.answers import CHANGES, PAYMENT, REVERSAL, TRANSFER
from tests.machine.model import Model
from tests.machine.parts import CENTRE, MOVED, OPEN, SEALED, SECOND, Case, Entry, Moved, No, Row, Stay


def known(model: Model, target: str) -> str | None:
    """The 受理号 of the reversal that has taken that back, or waits to."""
    try:
        found = _meant(model, target)
    except No:
        return None
    unit, no = found[0]
    done = [entry.source for entry in model.entries(unit) if entry.reverses == no]
    waiting = [
        number for number, case in model.cases.items() if case.business == REVERSAL and case.state in OPEN
        and case.takes_back == found
    ]  # fmt: skip
    return next(iter(done + waiting), None)


def ask(model: Model, target: str) -> str:
    """The 受理号 of the reversal of a 受理号 or 流水号. It is tried whole, then it waits. Raises `No`."""
    found = _meant(model, target)
    rows = [Row(account) for account in sorted(_people(model, found))]
    case = Case(REVERSAL, found[0][0], rows, SECOND, model.today, [], -_amount(model, found), takes_back=found)
    trial = copy.deepcopy(model)
    trial.cases["trial"] = copy.deepcopy(case)
    take_back(trial, "trial")
    return model.new_case(case)


def _meant(model: Model, target: str) -> list[tuple[str, int]]:
    """What stands of a case, newest first, else all of it; of a transfer both sides, the new unit's first."""
    if target in model.receipts:
        unit = model.receipts[target][2] or CENTRE
        last = [
            no for no, entry in enumerate(model.entries(unit), 1) if (entry.kind, entry.source) == ("receipt", target)
        ]
        return [(unit, last[-1])]
    case = model.cases[target]
    found = [no for no, entry in enumerate(model.entries(case.unit), 1) if entry.source == target]
    if not found:
        raise No(None)
    if case.business == REVERSAL:
        raise No("E609")
    if case.business == TRANSFER:
        moved = case.moved[0]
        return [
            (unit, no)
            for unit in (moved.arrival, moved.home)
            for no, entry in enumerate(model.entries(unit), 1)
            if entry.source == target
        ]
    standing = [no for no in found if model.entries(case.unit)[no - 1].stands]
    return [(case.unit, no) for no in reversed(standing or found)]


def _people(model: Model, found: list[tuple[str, int]]) -> set[str]:
    entries = [model.entries(unit)[no - 1] for unit, no in found]
    if entries[0].kind == TRANSFER:
        return {one.account for one in model.cases[entries[0].source].moved}
    return {who for entry in entries for who, _ in entry.paid}


def _amount(model: Model, found: list[tuple[str, int]]) -> int:
    """The money of a transfer counts once."""
    entries = [model.entries(unit)[no - 1] for unit, no in found]
    counted = entries[:1] if entries[0].kind == TRANSFER else entries
    return sum(fen for entry in counted for *_, side, fen in entry.lines if side == "借")


def take_back(model: Model, number: str) -> None:
    """Carries a reversal out, newest first. Raises `No` for what must be taken back before it."""
    case = model.cases[number]
    _refuse_blocked(model, number)
    entries = [(unit, model.entries(unit)[no - 1], no) for unit, no in case.takes_back]
    if entries[0][1].kind == TRANSFER:
        _refuse_changed(model, entries[0][1], entries[0][2], model.cases[entries[0][1].source].moved)
    for unit, entry, no in entries:
        if not entry.stands:
            raise No(None)
        if entry.kind in _CHECKS:
            _CHECKS[entry.kind](model, unit, entry)
        red = [(account, who, part, side, -fen) for account, who, part, side, fen in entry.lines]
        model.post(unit, red, REVERSAL, number).reverses = no
        entry.stands = False
        _forget(model, unit, entry)
        if unit != CENTRE and entry.kind != "receipt":
            fund = sum(fen if side == "贷" else -fen for account, *_, side, fen in entry.lines if account == "201")
            model.units[unit].events.append(("冲销", f"冲销[{entry.source}]", entry.heads, -fund))
    if entries[0][1].kind == TRANSFER:
        for moved in model.cases[entries[0][1].source].moved:
            _send_home(model, moved)
        model.units[entries[1][0]].refresh(back=True)


def _refuse_blocked(model: Model, number: str) -> None:
    """Another reversal of the unit waits, or something of the same people does."""
    own = model.cases[number]
    units, mine = {unit for unit, _ in own.takes_back}, {row.account for row in own.rows}
    for other, case in sorted(model.cases.items()):
        if other == number or case.unit not in units or case.state not in OPEN:
            continue
        concerned = any(row.account in mine for row in case.rows if row.account)
        if case.business == REVERSAL or (case.business in (*CHANGES, PAYMENT) and concerned):
            raise No("E601")


def _refuse_later(model: Model, unit: str, entry: Entry) -> None:
    """汇缴, 补缴: nothing later stands that was paid for, and nobody of it has moved since."""
    of = model.units[unit]
    no = of.entries.index(entry)
    if entry.kind == "remittance":
        ((month, *_),) = {(month,) for _, month in entry.paid}
        later = [one for one in of.entries if one.stands and one is not entry and any(m >= month for _, m in one.paid)]
        if later:
            raise No("E608")
    people = {who for who, _ in entry.paid}
    moved = [one for one in of.entries[no + 1 :] if one.kind == TRANSFER and one.stands and one.people & people]
    if moved or any(of.people[who].status == MOVED for who in people):
        raise No("E608")


def _refuse_spent(model: Model, unit: str, entry: Entry) -> None:
    """到账: the money is still in 暂收."""
    amount = sum(fen for account, *_, fen in entry.lines if account == "21901")
    if unit != CENTRE and amount > model.units[unit].available:
        raise No("E703")


def _refuse_changed(model: Model, entry: Entry, no: int, moved: list[Moved]) -> None:
    """内部转移: the accounts are at the new unit, and nothing has happened to them there since."""
    arrival = model.units[moved[0].arrival]
    people = {one.account for one in moved}
    if any(one.stands and one.reverses is None and one.people & people for one in arrival.entries[no:]):
        raise No("E608")
    for one in moved:
        came = arrival.people[one.account]
        changed = len(came.spans) > one.spans or len(came.bases) > one.bases or came.spans[-1].end is not None
        returned = one.before is not None and bool(one.before.spans)  # has been there before: goes back by a transfer
        if model.directory[one.account][1] != one.arrival or changed or returned:
            raise No("E608")


_CHECKS = {"remittance": _refuse_later, PAYMENT: _refuse_later, "receipt": _refuse_spent}


def _forget(model: Model, unit: str, entry: Entry) -> None:
    """What the entry did beside the journal."""
    if entry.kind == "receipt":
        amount, day, of_unit, _ = model.receipts[entry.source]
        model.receipts[entry.source] = (amount, day, of_unit, False)
    if entry.kind not in ("remittance", PAYMENT):
        return
    of = model.units[unit]
    for who, month in entry.paid:
        stay = of.people[who]
        del stay.paid[month]
        stay.paid_through = _latest(stay)
    if entry.kind == "remittance":
        months = [month for one in of.entries if one.kind == "remittance" and one.stands for _, month in one.paid]
        brought = [] if of.brought is None else [of.brought]
        of.paid_through = max([*months, *brought], default=None)
        of.refresh(back=True)


def _latest(stay: Stay) -> int | None:
    return max((month for month in (stay.imported, stay.carried, *stay.paid) if month is not None), default=None)


def _send_home(model: Model, moved: Moved) -> None:
    """The account is at the old unit as it was before; at the new one its row stays, 转出."""
    home, arrival = model.units[moved.home].people, model.units[moved.arrival].people
    home[moved.account].spans = moved.left
    home[moved.account].status = SEALED  # until `refresh` has looked
    there = arrival[moved.account]
    before = moved.before or Stay(MOVED, [], [])
    there.status, there.spans, there.bases = MOVED, before.spans, before.bases
    there.carried = before.carried
    there.paid_through = _latest(there)
    model.directory[moved.account] = (model.directory[moved.account][0], moved.home)
