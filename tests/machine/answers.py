"""What a submit must be answered: the error codes of its rows, or the refusal that the state of the books is."""

from collections.abc import Sequence

from tests.machine.model import Model
from tests.machine.parts import NORMAL, OPEN, SEALED, No, Row, Stay

OPENING, BASE, SEALING, UNSEALING = "account-opening", "base-adjustment", "sealing", "unsealing"
CENTRAL, TRANSFER, PAYMENT = "central-sealing", "internal-transfer", "supplementary-payment"
CHANGES = (OPENING, BASE, SEALING, UNSEALING, CENTRAL, TRANSFER)
REMITTANCE, REVERSAL = "remittance", "reversal"
LEAVING = (SEALING, CENTRAL, TRANSFER)
REVIEWED = (OPENING, BASE, SEALING, CENTRAL, PAYMENT)
Said = list[tuple[bool, str]]


class Asked:
    """A submit, or a finish, of rows of a business of a unit: everything the answers need, row by row."""

    def __init__(self, model: Model, business: str, unit: str, rows: Sequence[Row], latest: int) -> None:
        self.model, self.business, self.unit, self.rows, self.latest = model, business, unit, rows, latest
        self.own = model.units[unit]

    def route(self, row: Row) -> tuple[str, str]:
        """(转出单位, 转入单位); of anything but a transfer both are the submitting unit."""
        return row.home or self.unit, row.arrival or self.unit

    def stay(self, row: Row) -> Stay | None:
        home = self.model.units.get(self.route(row)[0])
        return None if home is None or row.account is None else home.here(row.account)

    def month(self, row: Row) -> int:
        """The effective month: as typed, else 应汇缴年月 (a transfer's: the later of 个人缴至 + 1 and the new unit's)."""
        if row.month is not None:
            return row.month
        if self.business != TRANSFER:
            return self.own.due
        stay, arrival = self.stay(row), self.model.units.get(self.route(row)[1])
        after = [] if stay is None or stay.paid_through is None else [stay.paid_through + 1]
        return max([*after, *([arrival.due] if arrival else [])], default=self.own.due)

    @property
    def units(self) -> list[str]:
        return sorted({self.unit} | {unit for row in self.rows for unit in self.route(row)})

    # Findings

    def findings(self) -> set[str]:
        """Every error code of every row."""
        judge = {OPENING: self._opening, BASE: self._base, PAYMENT: self._payment, TRANSFER: self._transfer}
        codes: set[str] = set()
        for place, row in enumerate(self.rows):
            codes |= judge.get(self.business, self._change)(place, row)
        return codes

    def _twice(self, place: int) -> bool:
        who = [(row.account, row.serial) for row in self.rows]
        return who[place] in who[:place]

    def _named(self, place: int, row: Row, *accepted: str, more: Said | None = None) -> set[str]:
        """The cell of the account: one person of this unit, in a state that allows it, once in the file."""
        stay = self.stay(row)
        state = None if stay is None else "预封存" if stay.leaving else stay.status
        wrong = stay is not None and state not in accepted
        twice = self.business != PAYMENT and self._twice(place)
        return _first([(stay is None, "E402"), (wrong, "E405"), *(more or []), (twice, "E109")])

    def _months(self, row: Row, *, person: bool = True, unit: bool = True) -> set[str]:
        """The cell of the effective month: not too late, after what the person and the unit have paid."""
        stay, month, paid = self.stay(row), self.month(row), self.own.paid_through
        late = row.month is not None and row.month > self.latest
        person_paid = stay is not None and stay.paid_through is not None and month <= stay.paid_through
        unit_paid = paid is not None and month <= paid
        return _first([(late, "E504"), (person and person_paid, "E505"), (unit and unit_paid, "E506")])

    def _opening(self, place: int, row: Row) -> set[str]:
        at = next((unit for who, unit in self.model.directory.values() if who == row.serial), None)
        has = [
            (self._twice(place), "E109"),
            (at == self.unit, "E403"),
            (at is not None and at != self.unit, "E404"),
        ]
        return _first(has) | _first([(row.base == 0, "E701")]) | self._months(row, person=False, unit=False)

    def _base(self, place: int, row: Row) -> set[str]:
        stay, month = self.stay(row), self.month(row)
        year = month - (month - 6) % 12
        adjusted = stay is not None and any(
            kind == "adjustment" and year <= start < year + 12 for start, _, kind in stay.bases
        )
        same = stay is not None and stay.base(month) == row.base
        base = _first([(row.base == 0, "E701"), (same, "E307"), (adjusted, "E306")])
        return self._named(place, row, NORMAL, "预封存") | base | self._months(row, person=False)

    def _change(self, place: int, row: Row) -> set[str]:
        """封存, 集中封存, 启封."""
        accepted = {SEALING: (NORMAL,), CENTRAL: (NORMAL, SEALED), UNSEALING: (SEALED,)}[self.business]
        base = _first([(row.base == 0, "E701")])
        return self._named(place, row, *accepted) | base | self._months(row, unit=self.business != UNSEALING)

    def _transfer(self, place: int, row: Row) -> set[str]:
        home, arrival = self.route(row)
        stay = self.stay(row)
        incoming = (home != self.unit and stay is not None and stay.status != SEALED, "E416")
        units = _first([(home == arrival, "E415"), (arrival not in self.model.units, "E401")])
        named = self._named(place, row, NORMAL, SEALED, more=[incoming])
        return units | named | _first([(row.base == 0, "E701")]) | self._months(row, unit=False)

    def _payment(self, place: int, row: Row) -> set[str]:
        assert row.month is not None
        assert row.end is not None
        stay, start, end = self.stay(row), row.month, row.end
        named = self._named(place, row, NORMAL, "预封存", SEALED)
        before = [
            one for at, one in enumerate(self.rows) if one.account == row.account and (one.month, at) < (start, place)
        ]
        overlap = any(one.end is not None and one.end >= start for one in before)
        last = _first([(start > end, "E507"), (end >= self.own.due, "E508")])
        if stay is None or start > end:
            return named | last | _first([(overlap, "E512")])
        short = self.own.short(stay)
        asked = [month for month in range(start, min(end + 1, self.own.due)) if month not in short]
        begun = min(span.start for span in stay.spans)
        first = [
            (overlap, "E512"),
            (any(month < begun for month in asked), "E511"),
            (any(month >= begun and not stay.enrolled(month) for month in asked), "E510"),
            (any(stay.enrolled(month) for month in asked), "E509"),
        ]
        derived = sum(sum(short[month]) for month in range(start, end + 1) if month in short)
        wrong = row.total is not None and row.total != derived
        return named | last | _first(first) | _first([(row.total == 0, "E701"), (wrong, "E704")])

    # Refusals

    def refuse(self, *, yes: bool) -> None:
        """Raises `No` for what the state of the books forbids although every row is right."""
        if self.business in (SEALING, CENTRAL) and not yes:
            leaving = [row for row in self.rows if (stay := self.stay(row)) and stay.status == NORMAL]
            normal = sum(stay.status == NORMAL for stay in self.own.people.values())
            if leaving and len(leaving) * 2 >= normal:
                raise No("W810")
        self._blocked()
        for row in self.rows if self.business == TRANSFER else ():
            stay, home = self.stay(row), self.model.units[self.route(row)[0]]
            if stay is not None and stay.status == NORMAL and self.month(row) > home.due:
                raise No(None)  # it would leave with its balance before its unit has paid
        self.impossible()

    def _blocked(self) -> None:
        """Open cases of the touched units about the same people (semantics 1.12)."""
        mine = {(row.account, row.serial) for row in self.rows}
        for _, case in sorted(self.model.cases.items()):
            if case.unit not in self.units or case.state not in OPEN:
                continue
            for other in case.rows:
                if (other.account, other.serial) not in mine:
                    continue
                if case.business == REVERSAL:
                    raise No("E601")
                both_pay = case.business == self.business == PAYMENT
                if both_pay and any(_overlap(other, row) for row in self.rows):
                    raise No("E604")
                pair = (case.business, self.business)
                changes = all(one in CHANGES for one in pair)
                if changes or (PAYMENT in pair and any(one in LEAVING for one in pair)):
                    raise No("E601")

    def impossible(self) -> None:
        """What nobody can compute: before the unit has rates, before the person begins, inside another enrolment."""
        if self.business == PAYMENT:
            return
        for row in self.rows:
            stay, month = self.stay(row), self.month(row)
            if self.business == CENTRAL and stay is not None and stay.status == SEALED:
                continue
            if month < self.model.units[self.route(row)[1]].rates_from:
                raise No(None)
            if stay is None:
                continue
            if stay.base(month) is None:
                raise No(None)
            last = stay.spans[-1]
            if self.business in (SEALING, CENTRAL) and month < last.start:
                raise No(None)
            if self.business == UNSEALING and last.end is not None and month < last.end:
                raise No(None)

    def payments(self) -> dict[tuple[str, int], tuple[int, int]]:
        """The person-months that a 补缴 pays."""
        found: dict[tuple[str, int], tuple[int, int]] = {}
        for row in self.rows:
            stay = self.stay(row)
            assert stay is not None
            assert row.account is not None
            assert row.month is not None
            assert row.end is not None
            short = self.own.short(stay)
            found |= {(row.account, month): short[month] for month in range(row.month, row.end + 1) if month in short}
        return found


def _first(said: Said) -> set[str]:
    """Of the errors of one cell only the first speaks."""
    return {next(code for bad, code in said if bad)} if any(bad for bad, _ in said) else set()


def _overlap(one: Row, other: Row) -> bool:
    assert one.month is not None
    assert one.end is not None
    assert other.month is not None
    assert other.end is not None
    return one.account == other.account and one.month <= other.end and other.month <= one.end
