"""`gjj remit`: preview, run (one unit whole or not at all, or the month-end of all), and show what a run did."""

from collections.abc import Callable, Sequence

from gjj_cli import money, terminal
from gjj_cli import month as months
from gjj_cli.errors import GjjError, Refused, UsageError
from gjj_cli.flows import monthend, remitting, session
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.monthend import MonthEnd
from gjj_cli.posting.plan import IN_PART, POSTED, REFUSED, SKIPPED, Outcome, Preview, RunReport, UnitPlan
from gjj_cli.settings import Settings
from gjj_cli.store import frames, runs
from gjj_cli.store.engine import Tx


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
    told = whole.facts[number]
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

    Named units pay all months asked for or none (each in its own transaction). One named unit that cannot is Refused;
    of several, the run says which could not. `posted` is called after each durable post.
    """
    _refuse_future(settings, through)
    pack = pack_for(settings)
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, session.AGENT, what="汇缴")
            for number in units or ():
                who.must_see(number)
                _must_exist(tx, number)
            wanted = sorted(set(units)) if units is not None else _all_units(tx, who)
        report = RunReport(through, settings.as_of, units is None, dry_run=dry_run)
        work = MonthEnd(books, settings, who, pack, report, posted)
        for part in monthend.slices(wanted):
            with books.reading() as tx:
                whole = work.plan(tx, part)
            if units is not None and len(wanted) == 1:
                _refuse_one(whole.units[0], through)
            work.carry_out(whole)
        work.finish()
        if units is not None and len(wanted) == 1 and work.refusal is not None:
            raise work.refusal
        return report


def _all_units(tx: Tx, who: session.Actor) -> list[str]:
    """The units of this user's month-end, in order."""
    return frames.units(tx)["unit"].to_list() if who.sees_all else session.units_of(tx, who)


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
