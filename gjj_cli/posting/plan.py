"""What a 汇缴 would do and did: plain values that flows make and reports show. Money is 分, months are ints."""

from dataclasses import dataclass, field
from datetime import date

from gjj_cli.errors import Exit

SUSPENSE = "suspense"
METHOD_LABEL = {"suspense": "暂收", "transfer": "转账", "collection": "托收", "auto": "自动"}
POSTED, IN_PART, ALREADY = "posted", "posted-in-part", "already-posted"
REGISTERED, SKIPPED, REFUSED = "registered", "skipped", "refused"


@dataclass(frozen=True)
class MonthRow:
    """One line of the screen: what is paid for a month, and how it differs from the month before. Money in 分."""

    month: int
    heads: int
    amount_fen: int
    unit_fen: int
    personal_fen: int
    added_heads: int
    added_fen: int
    removed_heads: int
    removed_fen: int


@dataclass(frozen=True)
class UnitPlan:
    """What is due of one unit through a month, and what of it would be paid.

    `rows` are all months asked for; `paying` how many of them, from the first, are paid now; `payable` how many the
    money covers. `outcome` is what happens; for REFUSED and SKIPPED, `code` and `reason` say why.
    """

    unit: str
    name: str
    outcome: str
    rows: tuple[MonthRow, ...] = ()
    paying: int = 0
    payable: int = 0
    available_fen: int = 0
    short_fen: int = 0
    code: str | None = None
    reason: str = ""
    revision: int = 0

    @property
    def paid_rows(self) -> tuple[MonthRow, ...]:
        return self.rows[: self.paying]

    @property
    def amount_fen(self) -> int:
        return sum(row.amount_fen for row in self.paid_rows)

    @property
    def due_fen(self) -> int:
        return sum(row.amount_fen for row in self.rows)

    @property
    def heads(self) -> int:
        """People of the last month paid, or asked for when nothing is."""
        rows = self.paid_rows or self.rows
        return rows[-1].heads if rows else 0


@dataclass(frozen=True)
class Outcome:
    """What a run did to a unit: posted, posted-in-part, registered, already-posted, skipped or refused."""

    unit: str
    outcome: str
    months: tuple[int, ...]
    heads: int
    total_fen: int
    code: str | None = None
    short_fen: int | None = None
    detail: str | None = None
    case_no: str | None = None


@dataclass(frozen=True)
class Preview:
    """The 汇缴 screen of one unit: its eight header fields, the rows, and what can be paid."""

    unit: str
    name: str
    org: str
    first_month: int
    paid_through: int | None
    fund_fen: int
    suspense_fen: int
    plan: UnitPlan
    as_of: date


@dataclass
class RunReport:
    """A whole run, unit by unit. `run` is None when nothing had to be written; `everything` is the month-end."""

    through: int
    as_of: date
    everything: bool
    run: str | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    dry_run: bool = False

    def of(self, outcome: str) -> list[Outcome]:
        return [one for one in self.outcomes if one.outcome == outcome]

    @property
    def cases(self) -> list[str]:
        """The 受理号 of what this run posted."""
        return [one.case_no for one in self.outcomes if one.case_no is not None]

    @property
    def exit(self) -> Exit:
        """0 when all that was due is posted, 8 when something is left, 6 when nothing at all came of it."""
        left = self.of(REFUSED) + self.of(IN_PART)
        if not left:
            return Exit.DONE
        if not (self.of(POSTED) or self.of(IN_PART) or self.of(ALREADY)):
            return Exit.REFUSED
        return Exit.PARTLY
