"""The books as simply as they can be said: dicts, lists and ints, written from the domain's rules and not from our code.

Months are ints (year x 12 + month - 1), money is 分, rates are 万分之一. Every operation either changes the model or
raises `No`; what the books must hold afterwards is `told`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

NORMAL, SEALED, MOVED = "正常", "封存", "转出"
CENTRE = "~centre"
WAITING, APPROVED, DONE, RETURNED, WITHDRAWN = "待初审", "待打印", "已办结", "已退回", "已撤销"
SECOND = "待复核"  # where a 红字冲销 waits
OPEN = (WAITING, APPROVED, SECOND)
Line = tuple[str, str, str, str, int]  # account, employee, part, side, 分


class No(Exception):
    """A refusal, by its code; None where the program has words only."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code


def show(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def side(base_fen: int, rate_bp: int) -> int:
    """One side of a month: base x rate, half up to the 元 (semantics 1.0)."""
    return (2 * base_fen * rate_bp + 1_000_000) // 2_000_000 * 100


@dataclass
class Span:
    """A 参缴区间, half open; `brought` says that it came with 建账."""

    start: int
    end: int | None = None
    brought: bool = False

    def holds(self, month: int) -> bool:
        return self.start <= month and (self.end is None or month < self.end)


@dataclass
class Entry:
    """A voucher. `paid` are the person-months it paid, `heads` those of its row of 单位明细."""

    month: int
    number: int
    day: date
    lines: tuple[Line, ...]
    kind: str = ""
    source: str = ""  # the 受理号 or 流水号 it came from
    paid: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    heads: int = 0
    reverses: int | None = None
    stands: bool = True

    @property
    def told(self) -> tuple[object, ...]:
        return self.month, self.number, self.day, self.reverses, self.lines

    @property
    def people(self) -> set[str]:
        return {employee for _, employee, *_ in self.lines if employee} | {who for who, _ in self.paid}


@dataclass
class Stay:
    """One account at one unit: its register, its money, and what it has paid there by month."""

    status: str
    spans: list[Span]
    bases: list[tuple[int, int, str]]  # from month, 分, how it came; the last of a month counts
    paid_through: int | None = None
    imported: int | None = None
    carried: int | None = None
    cur: int = 0
    prior: int = 0
    paid: dict[int, tuple[int, int]] = field(default_factory=dict)

    def base(self, month: int) -> int | None:
        known = [(start, place, fen) for place, (start, fen, _) in enumerate(self.bases) if start <= month]
        return max(known)[2] if known else None

    def enrolled(self, month: int) -> bool:
        return any(span.holds(month) for span in self.spans)

    @property
    def leaving(self) -> bool:
        """预封存: still 正常, but an end is set."""
        return self.status == NORMAL and self.spans[-1].end is not None

    def close(self, month: int) -> None:
        last = self.spans[-1]
        if last.end is None or last.end > month:
            last.end = month

    def enrol(self, month: int) -> None:
        ended = self.spans[-1].end if self.spans else month
        assert ended is not None
        self.spans.append(Span(max(month, ended)))


@dataclass
class Unit:
    unit_bp: int
    personal_bp: int
    first: int
    paid_through: int | None
    rates_from: int
    brought: int | None = None  # 缴至年月 of 建账
    suspense: int = 0
    reserved: int = 0
    last_date: date | None = None
    people: dict[str, Stay] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    events: list[tuple[str, str, int, int]] = field(default_factory=list)

    @property
    def due(self) -> int:
        return self.first if self.paid_through is None else self.paid_through + 1

    @property
    def available(self) -> int:
        return self.suspense - self.reserved

    def here(self, account: str) -> Stay | None:
        stay = self.people.get(account)
        return None if stay is None or stay.status == MOVED else stay

    def sides(self, stay: Stay, month: int) -> tuple[int, int]:
        base = stay.base(month)
        assert base is not None
        return side(base, self.unit_bp), side(base, self.personal_bp)

    def month(self, month: int) -> dict[str, tuple[int, int]]:
        """R(u, m) with both sides of each."""
        return {who: self.sides(stay, month) for who, stay in self.people.items() if stay.enrolled(month)}

    def previous(self) -> dict[str, int]:
        """What the next 汇缴 is compared with: the posted list, or of an imported unit R(u, 缴至) of who came with it."""
        standing = [entry for entry in self.entries if entry.kind == "remittance" and entry.stands]
        if standing:
            return {who: sum(both) for (who, _), both in standing[-1].paid.items()}
        if self.paid_through is None:
            return {}
        month = self.paid_through
        brought = {
            who: stay
            for who, stay in self.people.items()
            if any(span.brought and span.holds(month) for span in stay.spans)
        }
        return {who: sum(self.sides(stay, month)) for who, stay in brought.items()}

    def short(self, stay: Stay) -> dict[int, tuple[int, int]]:
        """欠缴月 with what is missing of each side."""
        owed = {}
        for span in stay.spans:
            first = span.start if stay.imported is None else max(span.start, stay.imported + 1)
            last = self.due if span.end is None else min(span.end, self.due)
            for month in range(first, last):
                due, paid = self.sides(stay, month), stay.paid.get(month, (0, 0))
                missing = max(0, due[0] - paid[0]), max(0, due[1] - paid[1])
                if any(missing):
                    owed[month] = missing
        return owed

    def refresh(self, *, back: bool = False) -> None:
        """预封存 people whose month has come are 封存; `back`: and 正常 again when it has gone back."""
        for stay in self.people.values():
            enrolled = any(span.end is None or span.end > self.due for span in stay.spans)
            if stay.status == NORMAL and not enrolled:
                stay.status = SEALED
            elif back and stay.status == SEALED and enrolled:
                stay.status = NORMAL


@dataclass
class Row:
    """A row of any business; what a business does not have stays None."""

    account: str | None = None
    serial: int | None = None  # whom an opening is about
    base: int | None = None
    month: int | None = None
    end: int | None = None
    home: str | None = None
    arrival: str | None = None
    total: int | None = None


@dataclass
class Case:
    business: str
    unit: str
    rows: list[Row]
    state: str
    day: date
    months: list[int]  # the effective month of each row as it was at submit
    amount: int = 0
    takes_back: list[tuple[str, int]] = field(default_factory=list)  # of a 红字冲销: units and entry numbers
    moved: list["Moved"] = field(default_factory=list)  # of an 内部转移


@dataclass
class Moved:
    """What an 内部转移 found at both units: what its reversal brings back."""

    account: str
    home: str
    arrival: str
    left: list[Span]
    before: Stay | None
    came: Stay
    spans: int = 0
    bases: int = 0


@dataclass(frozen=True)
class MonthRow:
    """A row of the 汇缴 screen: (heads, amount, unit's side, personal side, +heads, +money, -heads, -money) of a month."""

    month: int
    heads: int
    amount: int
    unit: int
    personal: int
    added_heads: int
    added: int
    removed_heads: int
    removed: int


@dataclass(frozen=True)
class Plan:
    """What a 汇缴 would come to: the outcome, its code, all rows, how many are paid, how many the money covers."""

    outcome: str
    code: str | None = None
    rows: tuple[MonthRow, ...] = ()
    paying: int = 0
    short: int = 0


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


def parts(stays: Sequence[tuple[str, Stay]], which: str) -> list[Line]:
    """Both parts of these accounts on one side, as far as there is something in them."""
    found = [(who, part, getattr(stay, part)) for who, stay in stays for part in ("cur", "prior")]
    return [("201", who, part, which, fen) for who, part, fen in found if fen]
