"""What the model is made of: months, amounts, people at a unit, vouchers, cases, as plain as they can be.

Months are ints (year x 12 + month - 1), money is 分, rates are 万分之一. Written from the domain's rules and not from our
code, so that a mistake there is not repeated here.
"""

from collections.abc import Sequence
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


def parts(stays: Sequence[tuple[str, Stay]], which: str) -> list[Line]:
    """Both parts of these accounts on one side, as far as there is something in them."""
    found = [(who, part, getattr(stay, part)) for who, stay in stays for part in ("cur", "prior")]
    return [("201", who, part, which, fen) for who, part, fen in found if fen]
