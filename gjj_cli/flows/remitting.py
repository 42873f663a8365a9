"""What a 汇缴 would do, for one unit or a thousand, computed once over their register (手册 二.7; semantics 1.1)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.names import BY_SLUG, SETUP
from gjj_cli.case import blocks_remittance
from gjj_cli.flows import register as registers
from gjj_cli.posting import remittance
from gjj_cli.posting.amounts import amounts
from gjj_cli.posting.plan import ALREADY, IN_PART, POSTED, REFUSED, SKIPPED, SUSPENSE, MonthRow, UnitPlan
from gjj_cli.posting.register import Terms
from gjj_cli.rules.policy import Pack
from gjj_cli.store import frames
from gjj_cli.store.engine import Tx
from gjj_cli.store.payments import PersonMonth


@dataclass(frozen=True)
class Plan:
    """The plans of some units, the units' rows in the register, and the person-months behind (`posting.amounts`)."""

    through: int
    units: tuple[UnitPlan, ...]
    facts: dict[str, dict[str, Any]] = field(repr=False)
    amounts: pl.DataFrame = field(repr=False)

    @cached_property
    def person_months(self) -> dict[tuple[str, int], list[PersonMonth]]:
        """The person-months behind each unit and month, told apart once: a month-end asks for all of them."""
        found: dict[tuple[str, int], list[PersonMonth]] = defaultdict(list)
        columns = self.amounts.select("unit", "employee", "month", "unit_fen", "personal_fen")
        for unit, employee, month, unit_fen, personal_fen in columns.rows():
            found[unit, month].append(PersonMonth(employee, month, unit_fen, personal_fen))
        return found


def plan(tx: Tx, units: Sequence[str], through: int, as_of: date, pack: Pack, *, whole: bool) -> Plan:
    """Plan a suspense 汇缴 of those units through a month, by unit.

    `whole` is for named units: all months asked for or none. Without it each unit pays the longest run from
    应汇缴年月 that its 可用余额 covers. Of units that pay nothing anyhow (a rerun's) the people are not read.
    """
    told = registers.unit_rows(tx, units)
    facts = {row["unit"]: row for row in told.sort("unit").to_dicts()}
    settled = {unit: plan for unit, row in facts.items() if (plan := _settled(row, through)) is not None}
    due = [unit for unit in facts if unit not in settled]
    terms = registers.terms(tx, due, told.filter(pl.col("unit").is_in(due)))
    unit_months = remittance.months_through(terms.due, through, terms.deferrals)
    priced = terms.monthly(unit_months, pack)
    rows = remittance.month_rows(priced, _previous(tx, due, terms, pack), unit_months)
    available = terms.units.select("unit", "available_fen").join(unit_months.select("unit").unique(), on="unit")
    planned = _by_unit(remittance.plan(rows, available, whole=whole))
    blocked = _blocked(tx, due, through)
    plans = (
        settled.get(unit) or _unit_plan(row, planned.get(unit, []), through, as_of, blocked.get(unit))
        for unit, row in facts.items()
    )
    return Plan(through, tuple(plans), facts, priced)


@dataclass(frozen=True)
class _Month:
    """A month asked for, and what `remittance.plan` says about paying it."""

    row: MonthRow
    covered: bool
    included: bool
    shortage_fen: int


def _by_unit(planned: pl.DataFrame) -> dict[str, list[_Month]]:
    months_of: dict[str, list[_Month]] = defaultdict(list)
    columns = planned.select("unit", *MonthRow.__dataclass_fields__, "covered", "included", "shortage_fen")
    for unit, *row, covered, included, shortage in columns.rows():
        months_of[unit].append(_Month(MonthRow(*row), covered, included, shortage))
    return months_of


def _previous(tx: Tx, units: Sequence[str], register: Terms, pack: Pack) -> pl.DataFrame:
    """The list each unit's first month is compared with: the last one posted, or of an imported unit R(u, 缴至)."""
    posted = frames.last_remitted(tx, units).rename({"account": "employee"})
    imported = register.units.join(posted.select("unit").unique(), on="unit", how="anti")
    paid = imported.filter(pl.col("paid_through").is_not_null()).select("unit", month="paid_through")
    brought_in = register.enrolments.filter(pl.col("opened_by").str.ends_with(SETUP))  # not who came since
    computed = amounts(brought_in, register.bases, register.rates, paid, pack)
    computed = computed.select("unit", "employee", "amount_fen")
    return pl.concat([posted.select("unit", "employee", "amount_fen"), computed])


def _blocked(tx: Tx, units: Sequence[str], through: int) -> dict[str, tuple[str, str]]:
    """(code, cases in words) of every unit that has an open case in the way (semantics 1.12)."""
    blocked: dict[str, tuple[str, list[str]]] = {}
    rows = frames.open_case_rows(tx, units).sort("unit", "case_no", "effective_month", nulls_last=False)
    open_cases = rows.unique(["unit", "case_no"], keep="first", maintain_order=True)  # the earliest month of each
    for case in open_cases.sort("unit", "case_no").to_dicts():
        block = blocks_remittance(case["business"], case["effective_month"], through, method=SUSPENSE)
        if block is not None:
            title = BY_SLUG[case["business"]].title
            blocked.setdefault(case["unit"], (block.code, []))[1].append(f"{title} {case['case_no']} {case['state']}")
    return {unit: (code, "、".join(words)) for unit, (code, words) in blocked.items()}


def _settled(unit: dict[str, Any], through: int) -> UnitPlan | None:
    """Flat guards in order of precedence: the units whose own row says that nothing is paid."""
    number, name, paid_through = unit["unit"], unit["name"], unit["paid_through"]
    if unit["custody"]:
        return UnitPlan(number, name, SKIPPED, reason="托管单位不汇缴")
    if unit["state"] == remittance.CLOSED:
        return UnitPlan(number, name, REFUSED, code="E401", reason="单位已销户")
    if paid_through is not None and paid_through >= through:
        return UnitPlan(number, name, ALREADY, reason=f"已缴至 {months.show(paid_through)}")
    return None


def _unit_plan(
    unit: dict[str, Any], planned: list[_Month], through: int, as_of: date, block: tuple[str, str] | None
) -> UnitPlan:
    """What of the months asked for can be paid."""
    if not planned:
        return UnitPlan(unit["unit"], unit["name"], SKIPPED, reason=f"{months.show(through)} 以前没有要缴的月份")
    whole = UnitPlan(
        unit["unit"],
        unit["name"],
        POSTED,
        tuple(one.row for one in planned),
        paying=sum(one.included for one in planned),
        payable=sum(one.covered and one.row.amount_fen > 0 for one in planned),
        available_fen=unit["available_fen"],
        short_fen=max(one.shortage_fen for one in planned),
        revision=unit["revision"],
    )
    return _outcome(whole, unit["last_posting_date"], as_of, block)


def _outcome(whole: UnitPlan, last: str | None, as_of: date, block: tuple[str, str] | None) -> UnitPlan:
    if not whole.due_fen:
        return replace(whole, outcome=SKIPPED, paying=0, reason="空月，没有应缴的人")
    if block is not None:
        return replace(whole, outcome=REFUSED, paying=0, code=block[0], reason=block[1])
    if last is not None and as_of.isoformat() < last:
        return replace(whole, outcome=REFUSED, paying=0, code="E606", reason=f"最后记账日 {last}，晚于业务日期")
    if not whole.paying:
        short = f"可用 {money.show(whole.available_fen)}，差 {money.show(whole.short_fen)}"
        return replace(whole, outcome=REFUSED, code="E705", reason=short)
    if whole.short_fen:
        paid = f"{months.show(whole.paid_rows[-1].month)} 已缴，"
        return replace(whole, outcome=IN_PART, code="E705", reason=f"{paid}还差 {money.show(whole.short_fen)}")
    return whole
