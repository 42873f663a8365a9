"""What a 汇缴 would do, for one unit or all, computed once over the whole register (手册 二.7; semantics 1.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import polars as pl

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.names import BY_SLUG, SETUP
from gjj_cli.case import blocks_remittance
from gjj_cli.flows import register as registers
from gjj_cli.posting import remittance
from gjj_cli.posting.amounts import amounts
from gjj_cli.posting.plan import ALREADY, IN_PART, POSTED, REFUSED, SKIPPED, SUSPENSE, MonthRow, UnitPlan
from gjj_cli.posting.register import Register
from gjj_cli.rules.policy import Pack
from gjj_cli.store import frames
from gjj_cli.store.engine import Tx


@dataclass(frozen=True)
class Plan:
    """The plans of all units, and the person-months behind them (`posting.amounts`)."""

    through: int
    units: tuple[UnitPlan, ...]
    amounts: pl.DataFrame
    register: Register = field(repr=False)

    @cached_property
    def person_months(self) -> dict[tuple[str, int], pl.DataFrame]:
        """The person-months behind each unit and month, split once: a month-end asks for all of them."""
        parts = self.amounts.partition_by("unit", "month", as_dict=True)
        return {(str(unit), int(month)): part for (unit, month), part in parts.items()}

    @cached_property
    def facts(self) -> dict[str, dict[str, object]]:
        """The register's row of each unit."""
        return {str(row["unit"]): row for row in self.register.units.to_dicts()}


def plan(tx: Tx, units: Sequence[str] | None, through: int, as_of: date, pack: Pack, *, whole: bool) -> Plan:
    """Plan a suspense 汇缴 of those units (None: all) through a month.

    `whole` is for named units: all months asked for or none. Without it each unit pays the longest run from
    应汇缴年月 that its 可用余额 covers.
    """
    register = registers.load(tx, units)
    unit_months = remittance.months_through(register.due, through, register.deferrals)
    priced = register.monthly(unit_months, pack)
    rows = remittance.month_rows(priced, _previous(tx, units, register, pack), unit_months)
    available = register.units.select("unit", "available_fen").join(unit_months.select("unit").unique(), on="unit")
    planned = remittance.plan(rows, available, whole=whole)
    blocked = _blocked(tx, units, through)
    by_unit = {key[0]: part for key, part in planned.partition_by("unit", as_dict=True).items()}
    plans = tuple(
        _unit_plan(unit, by_unit.get(unit["unit"]), through, as_of, blocked.get(unit["unit"]))
        for unit in register.units.sort("unit").to_dicts()
    )
    return Plan(through, plans, priced, register)


def _previous(tx: Tx, units: Sequence[str] | None, register: Register, pack: Pack) -> pl.DataFrame:
    """The list each unit's first month is compared with: the last one posted, or of an imported unit R(u, 缴至)."""
    posted = frames.last_remitted(tx, units).rename({"account": "employee"})
    imported = register.units.join(posted.select("unit").unique(), on="unit", how="anti")
    paid = imported.filter(pl.col("paid_through").is_not_null()).select("unit", month="paid_through")
    brought_in = register.enrolments.filter(pl.col("opened_by").str.ends_with(SETUP))  # not who came since
    computed = amounts(brought_in, register.bases, register.rates, paid, pack)
    computed = computed.select("unit", "employee", "amount_fen")
    return pl.concat([posted.select("unit", "employee", "amount_fen"), computed])


def _blocked(tx: Tx, units: Sequence[str] | None, through: int) -> dict[str, tuple[str, str]]:
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


def _unit_plan(
    unit: dict[str, object], planned: pl.DataFrame | None, through: int, as_of: date, block: tuple[str, str] | None
) -> UnitPlan:
    """Flat guards in order of precedence, then what can be paid."""
    number, name = str(unit["unit"]), str(unit["name"])
    paid_through, last = unit["paid_through"], unit["last_posting_date"]
    if unit["custody"]:
        return UnitPlan(number, name, SKIPPED, reason="托管单位不汇缴")
    if unit["state"] == remittance.CLOSED:
        return UnitPlan(number, name, REFUSED, code="E401", reason="单位已销户")
    if isinstance(paid_through, int) and paid_through >= through:
        return UnitPlan(number, name, ALREADY, reason=f"已缴至 {months.show(paid_through)}")
    if planned is None:
        return UnitPlan(number, name, SKIPPED, reason=f"{months.show(through)} 以前没有要缴的月份")
    rows = tuple(MonthRow(*row) for row in planned.select(list(MonthRow.__dataclass_fields__)).rows())
    available = unit["available_fen"]
    whole = UnitPlan(
        number,
        name,
        POSTED,
        rows,
        paying=int(planned["included"].sum()),
        payable=int((planned["covered"] & (planned["amount_fen"] > 0)).sum()),
        available_fen=available if isinstance(available, int) else 0,
        short_fen=int(planned.select(pl.col("shortage_fen").max()).item() or 0),
        revision=unit["revision"] if isinstance(unit["revision"], int) else 0,
    )
    return _outcome(whole, str(last) if last else None, as_of, block)


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
