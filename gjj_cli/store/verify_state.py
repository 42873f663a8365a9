"""One unit's register as verifying replays it: its people with their 参缴区间, bases and paid months; pure values."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gjj_cli.ledger.difference import Difference
from gjj_cli.store.register import MOVED, NORMAL, SEALED
from gjj_cli.store.tables_register import PERSONAL
from gjj_cli.store.verify_journal import Journal
from gjj_cli.store.verify_kept import Case, Kept
from gjj_cli.store.verify_transfers import Transfers

_NOTHING = (None,) * (len(PERSONAL) + 1)


class Event(NamedTuple):
    """A row of 单位明细 as it must be, from `date` on."""

    date: str
    business: str
    memo: str
    heads: int
    amount_fen: int = 0
    interest_fen: int = 0
    case_no: str | None = None
    entry_no: int | None = None


class Changed(NamedTuple):
    """A row of 变更查询 as it must be; 变化缴存额 is what `becomes` costs in its month less what `was` did."""

    date: str
    change_type: str | None
    account: str
    name: str
    doc_type: str
    id_number: str
    before_status: str | None
    after_status: str
    before_base_fen: int | None
    after_base_fen: int | None
    effective_month: int
    case_no: str
    was: int | None
    becomes: int | None


class Base(NamedTuple):
    from_month: int
    base_fen: int
    case_no: str | None
    kind: str


class Rate(NamedTuple):
    from_month: int
    to_month: int | None
    unit_bp: int
    personal_bp: int
    kind: str
    case_no: str | None


@dataclass(slots=True)
class Span:
    """A 参缴区间, half-open."""

    from_month: int
    to_month: int | None
    opened_by: str | None
    closed_by: str | None


class Before(NamedTuple):
    """What a transfer found of a person in one of its units, and its reversal must leave there again."""

    spans: int
    bases: int
    ended: tuple[int | None, str | None]  # of the last enrolment
    here: bool
    carried: int | None


@dataclass(slots=True)
class Person:
    """An employee of the unit as replayed; `told` is (name, doc_type, id_number, id_hash, mobile), `more` the rest."""

    told: tuple[Any, ...]
    more: tuple[Any, ...] = _NOTHING
    imported: int | None = None
    carried: int | None = None
    here: bool = True
    spans: list[Span] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    paid: dict[int, int] = field(default_factory=dict)  # entry -> the newest month it paid
    before: dict[str, "Before"] = field(default_factory=dict)  # transfer id -> what it found

    @property
    def paid_through(self) -> int | None:
        return _latest(self.imported, self.carried, *self.paid.values())

    def remember(self, transfer_id: str) -> None:
        last = self.spans[-1] if self.spans else None
        ended = (last.to_month, last.closed_by) if last is not None else (None, None)
        self.before[transfer_id] = Before(len(self.spans), len(self.bases), ended, self.here, self.carried)

    def restore(self, transfer_id: str) -> None:
        was = self.before.pop(transfer_id)
        del self.spans[was.spans :], self.bases[was.bases :]
        if self.spans:
            self.spans[-1].to_month, self.spans[-1].closed_by = was.ended
        self.here, self.carried = was.here, was.carried

    def base_on(self, month: int) -> int | None:
        """Of equal months the last one counts."""
        found = max((base for base in self.bases if base.from_month <= month), key=_month_of, default=None)
        if found is None:
            return None
        return [base for base in self.bases if base.from_month == found.from_month][-1].base_fen


@dataclass
class Register:
    """One unit's register, from its 建账 on."""

    unit: str
    kept: Kept
    journal: Journal
    cases: dict[str, Case]
    transfers: Transfers
    newest: dict[int, dict[str, int]]  # entry -> 个人账号 -> newest month, of the person-months it paid
    first_month: int | None = None
    imported: int | None = None
    custody: bool = False
    people: dict[str, Person] = field(default_factory=dict)
    rates: list[Rate] = field(default_factory=list)
    remitted: dict[int, int] = field(default_factory=dict)  # entry -> month
    opened: list[Event] = field(default_factory=list)  # the row of 建账
    changes: list[Changed] = field(default_factory=list)
    problems: list[Difference] = field(default_factory=list)

    @property
    def paid_through(self) -> int | None:
        return _latest(self.imported, *self.remitted.values())

    @property
    def due(self) -> int:
        paid = self.paid_through
        return paid + 1 if paid is not None else self.first_month or 0

    def status(self, person: Person, due: int) -> str:
        """`due` is the unit's 应汇缴年月."""
        if not person.here:
            return MOVED
        taking_part = any(span.to_month is None or span.to_month > due for span in person.spans)
        return NORMAL if taking_part else SEALED

    def entries(self, case_no: str | None) -> list[Any]:
        """The vouchers of a case in this unit, in order."""
        return [head for head in self.journal.heads.values() if head.case_no == case_no]

    def raised(self, entry: int) -> int:
        """What a voucher added to the unit's 201."""
        return sum(self.journal.fund[entry].values())

    def take_paid(self, entry: int, month: int | None = None) -> int:
        """Takes over what a paying voucher paid; returns how many people. Of a reversed one the lines must do."""
        known = self.newest.get(entry)
        if known is None:
            known = dict.fromkeys(self.journal.fund[entry], month or 0) if month is not None else {}
        for account, newest in known.items():
            if account in self.people:
                self.people[account].paid[entry] = newest
        return len(known)


def _month_of(base: Base) -> int:
    return base.from_month


def _latest(*known: int | None) -> int | None:
    return max((month for month in known if month is not None), default=None)
