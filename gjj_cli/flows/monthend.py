"""A 汇缴 carried out: unit by unit, each in a transaction of its own; the run written down beside them.

Units are taken in slices: each slice is planned from one snapshot and posted before the next is read, so that a
month-end of a whole city needs the memory of a slice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.case import NewCase, State
from gjj_cli.errors import Refused
from gjj_cli.flows import remitting, session
from gjj_cli.flows.remitting import Plan
from gjj_cli.ledger.voucher import Head
from gjj_cli.posting import remittance
from gjj_cli.posting.plan import IN_PART, POSTED, REFUSED, SUSPENSE, MonthRow, Outcome, RunReport, UnitPlan
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import audit, cases, events, payments, runs
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.ledger import PostKey
from gjj_cli.store.payments import PersonMonth
from gjj_cli.store.tables import CENTRE

T = TypeVar("T")
BUSINESS = "remittance"
SHORT = "汇缴"
SLICE = 1000  # units read at once: the register of 50,000 people


def slices(units: Sequence[T]) -> Iterator[Sequence[T]]:
    """The units, SLICE at a time."""
    return (units[first : first + SLICE] for first in range(0, len(units), SLICE))


@dataclass
class MonthEnd:
    """One run at work: starts the run's row when the first unit needs it, then unit by unit."""

    books: Books
    settings: Settings
    who: session.Actor
    pack: Pack
    report: RunReport
    posted: Callable[[Outcome], None]
    refusal: Refused | None = None  # the last one met under a unit's lock

    def plan(self, tx: Tx, units: Sequence[str]) -> Plan:
        return remitting.plan(
            tx, units, self.report.through, self.report.as_of, self.pack, whole=not self.report.everything
        )

    def carry_out(self, whole: Plan) -> None:
        """Pays what is planned; `posted` is told of each unit after its COMMIT."""
        needed = any(plan.outcome in (POSTED, IN_PART, REFUSED) for plan in whole.units)
        if needed and self.report.run is None and not self.report.dry_run:
            self.report.run = self.books.write(self._start, CENTRE)
        for plan in whole.units:
            done = self._pay(plan, whole) if plan.outcome in (POSTED, IN_PART) else outcome_of(plan)
            self.report.outcomes.append(done)
            if done.case_no is not None:
                self.posted(done)

    def _start(self, tx: Tx) -> str:
        return runs.start(
            tx,
            BUSINESS,
            self.report.through,
            SUSPENSE,
            self.report.as_of,
            at=session.now(),
            actor=self.who.name,
            scope="all" if self.report.everything else "named",
        )

    def finish(self) -> None:
        """Write down what became of the units that nothing was posted for, and close the run."""
        run = self.report.run
        if run is None:
            return
        quiet = [done for done in self.report.outcomes if done.case_no is None]
        for part in slices(quiet):
            self._record(run, part)

        def close(tx: Tx) -> None:
            runs.finish(tx, run, session.now())
            act = audit.Act(session.now(), self.report.as_of, self.who.name, "remit run", f"{run} 结束")
            audit.write(tx, CENTRE, act)

        self.books.write(close, CENTRE)

    def _record(self, run: str, outcomes: Sequence[Outcome]) -> None:
        self.books.write(lambda tx: runs.record(tx, run, outcomes), *(done.unit for done in outcomes))

    def _pay(self, plan: UnitPlan, whole: Plan) -> Outcome:
        """One unit in one transaction. What changed since the plan was made is planned again under the lock."""
        try:
            return self.books.write(lambda tx: self._pay_in(tx, plan, whole), plan.unit, dry_run=self.report.dry_run)
        except Refused as refusal:
            self.refusal = refusal
            return outcome_of(replace(plan, outcome=REFUSED, paying=0, code=refusal.code, reason=refusal.what))

    def _pay_in(self, tx: Tx, plan: UnitPlan, whole: Plan) -> Outcome:
        if audit.revision(tx, plan.unit) != plan.revision:
            whole = self.plan(tx, [plan.unit])
            plan = whole.units[0]
            if plan.outcome not in (POSTED, IN_PART):
                return outcome_of(plan)
        done = post_unit(tx, plan, whole, self.settings, self.who, self.report.run)
        if self.report.run is not None:
            runs.record(tx, self.report.run, [done])
        return done


def post_unit(tx: Tx, plan: UnitPlan, whole: Plan, settings: Settings, who: session.Actor, run: str | None) -> Outcome:
    """Post a unit's planned months and their case, in the caller's transaction: all of it or none."""
    told = whole.facts[plan.unit]
    moment = session.now()
    case_no = cases.create_done(tx, plan.unit, _new_case(plan, told, settings, who, moment, run), settings.as_of)
    for row in plan.paid_rows:
        people = whole.person_months.get((plan.unit, row.month), [])
        _post_month(tx, plan, row, people, settings, who, case_no, str(told["org"]))
    detail = f"{case_no} {len(plan.paid_rows)} 个月 {money.plain(plan.amount_fen)}"
    audit.write(tx, plan.unit, audit.Act(moment, settings.as_of, who.name, "remit run", detail))
    return outcome_of(plan, case_no)


def _post_month(
    tx: Tx,
    plan: UnitPlan,
    row: MonthRow,
    people: Sequence[PersonMonth],
    settings: Settings,
    who: session.Actor,
    case_no: str,
    org: str,
) -> None:
    """One month: its voucher and its row of 单位明细; a 空月 inside the run gets the row only."""
    entry_no = None
    if row.amount_fen:
        memo = remittance.memo(plan.unit, row.month)
        head = Head(plan.unit, settings.as_of, BUSINESS, memo, who.user.display, org, case_no)
        key = PostKey(BUSINESS, months.show(row.month))
        posted = payments.pay(tx, head, key, people)
        entry_no = posted.entries[0].entry_no
    happened = events.UnitEvent(
        settings.as_of,
        SHORT,
        remittance.summary(row.month),
        row.heads,
        row.amount_fen,
        case_no=case_no,
        entry_no=entry_no,
    )
    events.add_unit_event(tx, plan.unit, happened)


def _new_case(
    plan: UnitPlan, told: dict[str, object], settings: Settings, who: session.Actor, moment: str, run: str | None
) -> NewCase:
    """The 汇缴 case; its totals freeze what the 回单 shows, so that a reprint carries the same figures."""
    facts = {name: told[name] for name in ("name", "org", "first_month", "paid_through", "fund_fen", "suspense_fen")}
    return NewCase(
        business=BUSINESS,
        state=State.DRAFT,
        submitted_by=who.name,
        submitted_at=moment,
        as_of=settings.as_of,
        method=SUSPENSE,
        heads=plan.heads,
        amount_fen=plan.amount_fen,
        effective_month=plan.paid_rows[0].month,
        batch={"through": plan.paid_rows[-1].month, "as_of_given": settings.as_of_given},
        totals={"before": facts, "rows": [vars(row) for row in plan.paid_rows], "operator": who.user.display},
        run_no=run,
    )


def outcome_of(plan: UnitPlan, case_no: str | None = None) -> Outcome:
    """What became of a unit, from its plan as it was carried out."""
    posted = plan.outcome in (POSTED, IN_PART)
    rows = plan.paid_rows if posted else plan.rows
    return Outcome(
        plan.unit,
        plan.outcome,
        tuple(row.month for row in rows),
        plan.heads,
        plan.amount_fen if posted else plan.due_fen,
        plan.code,
        plan.short_fen or None,
        plan.reason or None,
        case_no,
    )
