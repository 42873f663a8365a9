"""The books as simply as they can be said: every operation either changes the model or raises `No`; what the books must
hold afterwards is `told`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from tests.machine.parts import CENTRE, DONE, OPEN, Case, Entry, Line, MonthRow, No, Plan, Unit, month_of, show


class Model:
    """All the books."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.units: dict[str, Unit] = {}
        self.directory: dict[str, tuple[int, str]] = {}  # 个人账号 -> (person, unit)
        self.cases: dict[str, Case] = {}
        self.receipts: dict[str, tuple[int, date, str | None, bool]] = {}  # the last: whether it stands
        self.centre: list[Entry] = []
        self.centre_date: date | None = None
        self._accounts = 0
        self._numbers: dict[tuple[str, str, int], int] = defaultdict(int)

    @property
    def month(self) -> int:
        return month_of(self.today)

    # Posting

    def post(self, unit: str, lines: Iterable[Line], kind: str, source: str) -> Entry:
        """A voucher with the next numbers; it balances, time does not run back, and 暂收 covers what is reserved."""
        whole = tuple(sorted(lines))
        entries = self.entries(unit)
        last = self.centre_date if unit == CENTRE else self.units[unit].last_date
        if last is not None and self.today < last:
            raise No("E606")
        assert sum(fen if side == "借" else -fen for *_, side, fen in whole) == 0
        entry = Entry(self.month, self._next("voucher", unit), self.today, whole, kind, source)
        entries.append(entry)
        if unit == CENTRE:
            self.centre_date = self.today
            return entry
        of = self.units[unit]
        of.last_date = self.today
        for account, employee, part, which, fen in whole:
            raised = fen if which == "贷" else -fen
            if account == "21901":
                of.suspense += raised
            elif account == "201":
                stay = of.people[employee]
                setattr(stay, part, getattr(stay, part) + raised)
                assert getattr(stay, part) >= 0
        assert of.suspense >= of.reserved
        return entry

    def entries(self, unit: str) -> list[Entry]:
        return self.centre if unit == CENTRE else self.units[unit].entries

    def _next(self, what: str, unit: str) -> int:
        self._numbers[what, unit, self.month] += 1
        return self._numbers[what, unit, self.month]

    def pay(self, unit: str, months: Mapping[tuple[str, int], tuple[int, int]], kind: str, case: str) -> Entry:
        """借 21901 / 贷 201 of everybody, and the register of what was paid."""
        of = self.units[unit]
        amounts: dict[str, int] = defaultdict(int)
        for (who, _), sides in months.items():
            amounts[who] += sum(sides)
        credits = [("201", who, "cur", "贷", fen) for who, fen in amounts.items() if fen]
        entry = self.post(unit, [("21901", "", "", "借", sum(amounts.values())), *credits], kind, case)
        entry.paid, entry.heads = dict(months), len(amounts)
        for (who, month), sides in months.items():
            stay = of.people[who]
            stay.paid[month] = sides
            stay.paid_through = month if stay.paid_through is None else max(month, stay.paid_through)
        return entry

    # 汇缴

    def rows(self, unit: str, through: int) -> tuple[MonthRow, ...]:
        of = self.units[unit]
        before, rows = of.previous(), []
        for month in range(of.due, through + 1):
            sides = of.month(month)
            now = {who: sum(both) for who, both in sides.items()}
            change = [now.get(who, 0) - before.get(who, 0) for who in {*now, *before}]
            rows.append(
                MonthRow(
                    month,
                    len(now),
                    sum(now.values()),
                    sum(both[0] for both in sides.values()),
                    sum(both[1] for both in sides.values()),
                    len(now.keys() - before.keys()),
                    sum(one for one in change if one > 0),
                    len(before.keys() - now.keys()),
                    -sum(one for one in change if one < 0),
                )
            )
            before = now
        return tuple(rows)

    def plan(self, unit: str, through: int, *, whole: bool) -> Plan:
        of = self.units[unit]
        if of.paid_through is not None and of.paid_through >= through:
            return Plan("already-posted")
        rows = self.rows(unit, through)
        total = sum(row.amount for row in rows)
        if not total:
            return Plan("skipped", None, rows)
        if self.blocked(unit, through):
            return Plan("refused", "E601", rows, short=max(0, total - of.available))
        if of.last_date is not None and self.today < of.last_date:
            return Plan("refused", "E606", rows, short=max(0, total - of.available))
        covered = [sum(row.amount for row in rows[: place + 1]) <= of.available for place in range(len(rows))]
        if whole and not covered[-1]:
            covered = [False] * len(rows)
        paying = max((place + 1 for place, row in enumerate(rows) if covered[place] and row.amount), default=0)
        short = max(0, total - of.available)
        if not paying:
            return Plan("refused", "E705", rows, short=short)
        return Plan("posted-in-part" if short else "posted", "E705" if short else None, rows, paying, short)

    def blocked(self, unit: str, through: int) -> bool:
        """An open change of a person in the way, or a 红字冲销 (semantics 1.12)."""
        return any(
            case.unit == unit
            and case.state in OPEN
            and (
                case.business == "reversal"
                or (case.business != "supplementary-payment" and min(case.months) <= through)
            )
            for case in self.cases.values()
        )

    def remit(self, unit: str, plan: Plan) -> str:
        """Pays the planned months; gives the 受理号."""
        of = self.units[unit]
        paid = plan.rows[: plan.paying]
        number = self.new_case(Case("remittance", unit, [], DONE, self.today, [], sum(row.amount for row in paid)))
        for row in paid:
            if row.amount:
                sides = of.month(row.month)
                self.pay(unit, {(who, row.month): both for who, both in sides.items()}, "remittance", number)
                of.paid_through = row.month
                of.refresh()
            of.events.append(("汇缴", f"缴存[{show(row.month)}]", row.heads, row.amount))
        return number

    # Cases

    def new_case(self, case: Case) -> str:
        number = (
            f"{case.unit}-{self.month // 12 % 100:02d}{self.month % 12 + 1:02d}-{self._next('case', case.unit):03d}"
        )
        self.cases[number] = case
        return number

    def new_account(self) -> str:
        self._accounts += 1
        return f"05{self._accounts:010d}"

    # What the books must hold

    def told(self) -> dict[str, object]:
        people = {
            (unit, who): (
                stay.status,
                (stay.paid_through, stay.imported, stay.carried),
                (stay.cur, stay.prior),
                [(span.start, span.end) for span in stay.spans],
                stay.bases,
                stay.paid,
            )
            for unit, of in self.units.items()
            for who, stay in of.people.items()
        }
        units = {
            name: (
                of.first,
                of.paid_through,
                "02" if of.paid_through is None else "01",
                of.last_date,
                sum(stay.cur + stay.prior for stay in of.people.values()),
                of.suspense,
                of.reserved,
            )
            for name, of in self.units.items()
        }
        vouchers = {name: [entry.told for entry in self.entries(name)] for name in (*self.units, CENTRE)}
        return {
            "units": units,
            "people": people,
            "vouchers": vouchers,
            "events": {name: of.events for name, of in self.units.items()},
            "cases": {number: (case.business, case.state, case.amount) for number, case in self.cases.items()},
            "directory": {account: unit for account, (_, unit) in self.directory.items()},
            "receipts": self.receipts,
        }
