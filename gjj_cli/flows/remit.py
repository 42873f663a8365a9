"""`gjj remit`: preview, run (one unit whole or not at all, or the month-end of all), and show what a run did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from gjj_cli import money, terminal
from gjj_cli import month as months
from gjj_cli.case import NewCase, State
from gjj_cli.errors import GjjError, Refused, UsageError
from gjj_cli.flows import remitting, session
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.remitting import Plan
from gjj_cli.ledger.voucher import Head
from gjj_cli.posting import remittance
from gjj_cli.posting.plan import (
    IN_PART,
    POSTED,
    REFUSED,
    SKIPPED,
    SUSPENSE,
    MonthRow,
    Outcome,
    Preview,
    RunReport,
    UnitPlan,
)
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import audit, cases, events, frames, payments, runs
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.ledger import PostKey
from gjj_cli.store.payments import PersonMonth
from gjj_cli.store.tables import CENTRE

BUSINESS = "remittance"
PERSON_MONTH = ("employee", "month", "unit_fen", "personal_fen")  # the fields of payments.PersonMonth
SHORT = "汇缴"


def named(settings: Settings, units: Sequence[str], *, everything: bool) -> list[str] | None:
    """The units of a run: None for --all, the named ones, else the user's only one. Raises UsageError for both."""
    if everything and units:
        raise UsageError("--all 和 --unit 只能写一个，没有汇缴", remedies=("改：去掉一个",))
    if everything:
        return None
    if units:
        return list(units)
    with session.reading(settings) as (tx, who):
        return [session.unit_for(tx, who, None)]


def agree(settings: Settings, units: Sequence[str] | None, through: int, *, dry_run: bool) -> None:
    """On a terminal, ask before a month-end of all units, naming heads and money. Raises Refused when the answer is no."""
    if units is not None or dry_run or settings.assume_yes or not terminal.can_ask():
        return
    told = run(settings, None, through, dry_run=True)
    paid = told.of(POSTED) + told.of(IN_PART)
    heads, total = sum(one.heads for one in paid), sum(one.total_fen for one in paid)
    if paid and not terminal.ask(f"汇缴 {len(paid):,} 个单位 {heads:,} 人，共 {money.show(total)}，办吗"):
        raise Refused("没有汇缴，账簿没有变", remedies=("可以：先看看：gjj remit run --all --dry-run",))


def preview(settings: Settings, unit: str | None, through: int) -> Preview:
    """What `remit run` would do for one unit; writes nothing."""
    _refuse_future(settings, through)
    with session.reading(settings) as (tx, who):
        number = session.unit_for(tx, who, unit)
        _must_exist(tx, number)
        whole = remitting.plan(tx, [number], through, settings.as_of, pack_for(settings), whole=True)
    told = whole.register.units.to_dicts()[0]
    return Preview(
        number,
        told["name"],
        told["org"],
        told["first_month"],
        told["paid_through"],
        told["fund_fen"],
        told["suspense_fen"],
        whole.units[0],
        settings.as_of,
    )


def run(
    settings: Settings,
    units: Sequence[str] | None,
    through: int,
    *,
    dry_run: bool = False,
    posted: Callable[[Outcome], None] = lambda outcome: None,
) -> RunReport:
    """Pay by 暂收 through a month. `units` None is the month-end of all units this user has.

    Named units pay all months asked for or none (each in its own transaction); one named unit that cannot is Refused.
    `posted` is called after each durable post.
    """
    _refuse_future(settings, through)
    pack = pack_for(settings)
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, session.AGENT, what="汇缴")
            wanted = session.units_of(tx, who) if units is None else list(dict.fromkeys(units))
            for number in units or ():
                who.must_see(number)
                _must_exist(tx, number)
            scope = None if units is None and who.sees_all else wanted
            whole = remitting.plan(tx, scope, through, settings.as_of, pack, whole=units is not None)
        if units is not None and len(wanted) == 1:
            _refuse_one(whole.units[0], through)
        report = RunReport(through, settings.as_of, units is None, dry_run=dry_run)
        worker = _Worker(books, settings, who, pack, report)
        worker.carry_out(whole, posted)
        return report


@dataclass
class _Worker:
    """One run at work: starts the run's row when the first unit needs it, then unit by unit."""

    books: Books
    settings: Settings
    who: session.Actor
    pack: Pack
    report: RunReport

    def carry_out(self, whole: Plan, posted: Callable[[Outcome], None]) -> None:
        paying = [plan for plan in whole.units if plan.outcome in (POSTED, IN_PART)]
        if (paying or any(plan.outcome == REFUSED for plan in whole.units)) and not self.report.dry_run:
            self._start()
        for plan in whole.units:
            done = self._pay(plan, whole) if plan in paying else outcome_of(plan)
            self.report.outcomes.append(done)
            if done.case_no is not None:
                posted(done)
        if self.report.run is not None:
            self._finish()

    def _start(self) -> None:
        def start(tx: Tx) -> str:
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

        self.report.run = self.books.write(start, CENTRE)

    def _finish(self) -> None:
        """Close the run, and write down what became of the units that nothing was posted for."""
        run = self.report.run or ""
        quiet = [done for done in self.report.outcomes if done.case_no is None]

        def finish(tx: Tx) -> None:
            runs.record(tx, run, quiet)
            runs.finish(tx, run, session.now())
            act = audit.Act(session.now(), self.report.as_of, self.who.name, "remit run", f"{run} 结束")
            audit.write(tx, CENTRE, act)

        self.books.write(finish, CENTRE, *(done.unit for done in quiet))

    def _pay(self, plan: UnitPlan, whole: Plan) -> Outcome:
        """One unit in one transaction. What changed since the plan was made is planned again under the lock."""
        try:
            return self.books.write(lambda tx: self._pay_in(tx, plan, whole), plan.unit, dry_run=self.report.dry_run)
        except Refused as refusal:
            if not self.report.everything:
                raise
            return outcome_of(replace(plan, outcome=REFUSED, paying=0, code=refusal.code, reason=refusal.what))

    def _pay_in(self, tx: Tx, plan: UnitPlan, whole: Plan) -> Outcome:
        if audit.revision(tx, plan.unit) != plan.revision:
            whole = remitting.plan(
                tx, [plan.unit], whole.through, self.report.as_of, self.pack, whole=not self.report.everything
            )
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
    case_no = cases.create(tx, plan.unit, _new_case(plan, told, settings, who, moment, run), [])
    for row in plan.paid_rows:
        people = whole.person_months.get((plan.unit, row.month))
        _post_month(tx, plan, row, people, settings, who, case_no, str(told["org"]))
    case = cases.get(tx, plan.unit, case_no)
    if case is None:
        raise ValueError(f"case {case_no} was created and is not there")
    cases.move(
        tx,
        case,
        State.DONE,
        actor=who.name,
        at=moment,
        finished_at=moment,
        finished_date=settings.as_of.isoformat(),
    )
    detail = f"{case_no} {len(plan.paid_rows)} 个月 {money.plain(plan.amount_fen)}"
    audit.write(tx, plan.unit, audit.Act(moment, settings.as_of, who.name, "remit run", detail))
    return outcome_of(plan, case_no)


def _post_month(
    tx: Tx,
    plan: UnitPlan,
    row: MonthRow,
    people: pl.DataFrame | None,
    settings: Settings,
    who: session.Actor,
    case_no: str,
    org: str,
) -> None:
    """One month: its voucher and its row of 单位明细; a 空月 inside the run gets the row only."""
    entry_no = None
    if row.amount_fen and people is not None:
        memo = remittance.memo(plan.unit, row.month)
        head = Head(plan.unit, settings.as_of, BUSINESS, memo, who.user.display, org, case_no)
        key = PostKey(BUSINESS, months.show(row.month))
        posted = payments.pay(tx, head, key, [PersonMonth(*person) for person in people.select(PERSON_MONTH).rows()])
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


def show(settings: Settings, run_no: str | None) -> RunReport:
    """A run and what it did to each unit this user may see; the latest run when none is named."""
    with session.reading(settings) as (tx, who):
        found = runs.get(tx, run_no) if run_no else runs.latest(tx)
        if found is None:
            what = f"没有运行 {run_no}" if run_no else "还没有跑过汇缴"
            seen_last = "可以：看最近一次：gjj remit show" if run_no else "可以：先看看要缴多少：gjj remit preview"
            raise Refused(what, remedies=(seen_last,))
        seen = [one for one in runs.outcomes(tx, found.run_no) if who.may_see(one.unit)]
        return RunReport(found.through, found.as_of, found.scope == "all", found.run_no, seen)


def _must_exist(tx: Tx, unit: str) -> None:
    if frames.units(tx, [unit]).is_empty():
        raise Refused(f"账簿里没有单位 {unit}，没有办，账簿没有变", code="E401", remedies=("改：核对单位账号",))


def _refuse_future(settings: Settings, through: int) -> None:
    if through > months.of_date(settings.as_of):
        raise Refused(
            f"{months.show(through)} 晚于当前年月 {months.show(months.of_date(settings.as_of))}，没有汇缴，账簿没有变",
            code="E502",
            remedies=(f"改：--through {months.show(months.of_date(settings.as_of))} 或更早",),
        )


def _refuse_one(plan: UnitPlan, through: int) -> None:
    """One named unit that cannot pay: the refusal, with how many months could be paid."""
    if plan.outcome == SKIPPED and not plan.due_fen and plan.rows:
        raise Refused(
            f"单位 {plan.unit} 在 {months.show(through)} 以前无应缴人员，没有汇缴，账簿没有变",
            remedies=(f"可以：看有哪些月份、哪些人：gjj remit preview --unit {plan.unit}",),
        )
    if plan.outcome != REFUSED:
        return
    if plan.code != "E705":
        raise Refused(
            "没有汇缴，账簿没有变",
            code=plan.code,
            facts=(f"单位 {plan.unit}：{plan.reason}。",),
            remedies=_way_out(plan),
        )
    raise short(plan)


def _way_out(plan: UnitPlan) -> tuple[str, ...]:
    """What helps against a refusal that is not about money."""
    if plan.code == "E606":
        return ("改：加 --as-of，业务日期写最后记账日或以后",)
    if plan.code in ("E601", "E602"):
        return (f"可以：看它等谁办：gjj case list --unit {plan.unit}", "办完或者撤回它，再跑同一条命令")
    return ("改：核对单位账号",)


def short(plan: UnitPlan) -> GjjError:
    """E705 in words: what is due, what is there, what is missing, and for how many months it would do."""
    facts = [
        f"单位 {plan.unit} 应缴 {money.show(plan.due_fen)}，暂收户可用 {money.show(plan.available_fen)}，"
        f"差 {money.show(plan.short_fen)}。"
    ]
    remedies = ["可以：等钱到账后再跑同一条命令"]
    if plan.payable:
        last = months.show([row for row in plan.rows if row.amount_fen][plan.payable - 1].month)
        facts.append(f"这些钱够缴 {plan.payable} 个月。")
        remedies.append(f"或先缴 {plan.payable} 个月：gjj remit run --unit {plan.unit} --through {last}")
    return Refused("没有汇缴，账簿没有变", code="E705", facts=tuple(facts), remedies=tuple(remedies))
