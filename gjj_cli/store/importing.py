"""建账: units with their employees, balances and 经办人 into the books, per unit whole or not at all.

The import is kept as the unit's 建账 case: its rows are what `verify` starts from, and its content hash is what makes
the same import again a no-op.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select

from gjj_cli import money
from gjj_cli.business.names import SETUP
from gjj_cli.case import Case, CaseRow, NewCase, State
from gjj_cli.errors import Refused
from gjj_cli.ledger import voucher as ledger
from gjj_cli.store import audit, cases, events, people, register, reopening
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.ledger import EntryRef, PostKey, post
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_ledger import employee_balance, unit, unit_balance
from gjj_cli.store.tables_register import base_history, enrolment, person, rate_history

OPENING = "期初"


@dataclass(frozen=True)
class UnitOpening:
    """A unit as it comes in: money 分, rates 万分之一, months ints; `paid_through` None when it has never paid.

    `settled_year` None means the year of the last 30 June before the 期初 date.
    """

    unit: str
    name: str
    org: str
    opening_date: date
    unit_bp: int
    personal_bp: int
    first_month: int
    paid_through: int | None
    fund_fen: int
    suspense_fen: int = 0
    settled_year: int | None = None
    uscc: str | None = None
    payday: int | None = None
    custody: bool = False


@dataclass(frozen=True)
class EmployeeOpening:
    """An employee as it comes in; status 正常 or 封存."""

    unit: str
    account: str
    name: str
    doc_type: str
    id_number: str
    base_fen: int
    status: str
    start_month: int
    paid_through: int | None
    prior_fen: int = 0
    cur_fen: int = 0
    mobile: str | None = None


@dataclass(frozen=True)
class AgentOpening:
    """A 经办人 as it comes in."""

    unit: str
    name: str
    id_number: str
    mobile: str


@dataclass(frozen=True)
class UnitImported:
    """What became of one unit: imported, already there with the same content, or refused with the reason."""

    unit: str
    heads: int
    fund_fen: int
    suspense_fen: int
    entry: EntryRef | None
    already: bool
    refused: Refused | None


@dataclass(frozen=True)
class _Import:
    """One unit's part, and who brings it in."""

    unit: UnitOpening
    employees: tuple[EmployeeOpening, ...]
    agents: tuple[AgentOpening, ...]
    act: audit.Act

    @property
    def case_no(self) -> str:
        return f"{self.unit.unit}-{SETUP}"

    @property
    def due_month(self) -> int:
        paid = self.unit.paid_through
        return self.unit.first_month if paid is None else paid + 1

    @cached_property
    def batch(self) -> dict[str, Any]:
        """What the 建账 case keeps of the unit: its own values, and its 经办人."""
        return {"unit": _plain(self.unit), "agents": [_plain(agent) for agent in self.agents]}

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """What the 建账 case keeps of each employee."""
        return [_plain(who) for who in self.employees]

    @cached_property
    def hashes(self) -> list[str]:
        """The employees' identities."""
        return [register.identity_hash(who.doc_type, who.id_number) for who in self.employees]

    @cached_property
    def content(self) -> bytes:
        return content(self.batch, self.rows)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def content(batch: Mapping[str, Any], employees: Sequence[Mapping[str, Any]]) -> bytes:
    """What the key of a 建账 stands for, form `gjj.opening/1`; `verify` makes it again from the kept case."""
    form = ["gjj.opening/1", batch, employees]
    return json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def import_units(
    books: Books,
    units: Sequence[UnitOpening],
    employees: Sequence[EmployeeOpening],
    agents: Sequence[AgentOpening],
    *,
    as_of: date,
    user: str,
    at: str,
    dry_run: bool = False,
) -> list[UnitImported]:
    """Imports each unit in a transaction of its own, in the order given; a refused one leaves the others standing.

    Refused: Σ employees is not the stated balance, the unit has been set up with other content, an account or person
    is in the books already or comes twice. Raises Refused for everything when a row names no unit of the import.
    """
    of_unit: dict[str, tuple[list[EmployeeOpening], list[AgentOpening]]] = defaultdict(lambda: ([], []))
    for employee in employees:
        of_unit[employee.unit][0].append(employee)
    for agent in agents:
        of_unit[agent.unit][1].append(agent)
    strangers = sorted(set(of_unit) - {one.unit for one in units})
    if strangers:
        raise Refused(
            "职工或经办人的单位账号不在「单位」表里，没有导入，账簿没有变",
            facts=(f"这些单位账号：{'、'.join(strangers[:5])}",),
            remedies=("改：在「单位」表补上，或者改正单位账号",),
        )
    act = audit.Act(at, as_of, user, "unit import", "")
    whole = [_Import(one, tuple(of_unit[one.unit][0]), tuple(of_unit[one.unit][1]), act) for one in units]
    return [_import_one(books, one, dry_run) for one in whole]


def _import_one(books: Books, one: _Import, dry_run: bool) -> UnitImported:
    told = one.unit

    def bring(tx: Tx) -> tuple[bool, EntryRef | None]:
        before = cases.get(tx, told.unit, one.case_no)
        if before is not None and not reopening.is_reversed(tx, told.unit):
            _refuse_other(before, one)
            return True, None
        return False, _bring_in(tx, one, before)

    try:
        already, entry = books.write(bring, told.unit, CENTRE, dry_run=dry_run)
    except Refused as refusal:
        return UnitImported(told.unit, len(one.employees), told.fund_fen, told.suspense_fen, None, False, refusal)
    return UnitImported(told.unit, len(one.employees), told.fund_fen, told.suspense_fen, entry, already, None)


def _refuse_other(before: Case, one: _Import) -> None:
    if before.file_sha256 != one.sha256:
        number = one.unit.unit
        raise Refused(
            f"单位 {number} 已经建过账，没有导入，账簿没有变",
            remedies=(
                "改：从「建账」表里去掉这个单位；建账以后的变化用各项业务来办",
                f"期初错了、还没办过业务的，先冲销期初：gjj ledger reverse {number}-E1 --reason 原因",
            ),
        )


def _bring_in(tx: Tx, one: _Import, before: Case | None) -> EntryRef | None:
    """A unit into the books; with `before`, the case of its first 建账, whose 期初 has been reversed, over that one."""
    _refuse_wrong_sum(one)
    accounts = {who.account for who in one.employees}
    known = reopening.clear(tx, one.unit.unit, accounts) if before is not None else frozenset()
    _refuse_known_people(tx, one)
    _put_unit(tx, one, again=before is not None)
    _keep_as_case(tx, one, before)
    _put_employees(tx, one, known)
    for agent in one.agents:
        people.add_agent(tx, people.Agent(agent.unit, agent.id_number, agent.name, agent.mobile, one.case_no))
    entry = _post_opening(tx, one)
    _put_event(tx, one, entry)
    detail = f"建账 {len(one.employees)} 人，公积金 {money.plain(one.unit.fund_fen)}"
    audit.write(tx, one.unit.unit, audit.Act(one.act.at, one.act.as_of, one.act.actor, one.act.command, detail))
    return entry


def _refuse_wrong_sum(one: _Import) -> None:
    total = sum(employee.cur_fen + employee.prior_fen for employee in one.employees)
    if total != one.unit.fund_fen:
        raise Refused(
            f"单位 {one.unit.unit} 的职工余额合计和单位的公积金余额不一样，没有导入这个单位",
            facts=(
                f"职工合计 {money.show(total)}，单位 {money.show(one.unit.fund_fen)}，"
                f"差 {money.show(abs(total - one.unit.fund_fen))}",
            ),
            remedies=("改：核对「职工」表的上年结转、当年归集和「单位」表的公积金余额",),
        )


def _refuse_known_people(tx: Tx, one: _Import) -> None:
    """One live account a person, over all units: neither twice in the import nor in the books already."""
    by_account = {employee.account for employee in one.employees}
    by_identity = set(one.hashes)
    if len(by_account) < len(one.employees) or len(by_identity) < len(one.employees):
        raise Refused(
            f"单位 {one.unit.unit} 的「职工」表里有人或个人账号重复，没有导入这个单位",
            remedies=("改：一个人一行，一个个人账号一行",),
        )
    # Two look-ups, not one with OR: that would read the whole directory for every unit.
    listed = select(person.c.account, person.c.at_unit).where(person.c.unit == CENTRE)
    known = {
        row.account: row.at_unit
        for wanted in (person.c.account.in_(by_account), person.c.id_hash.in_(by_identity))
        for row in tx.connection.execute(listed.where(wanted))
    }
    if known:
        where = "、".join(sorted(set(known.values()))[:5])
        raise Refused(
            f"单位 {one.unit.unit} 有 {len(known)} 名职工在账簿里已有账户，没有导入这个单位",
            facts=(f"他们的账户在单位：{where}",),
            remedies=("改：一个人只有一个账户；调来的职工用内部转移",),
        )


def _put_unit(tx: Tx, one: _Import, *, again: bool) -> None:
    """The unit's row (its chains go on where it had one), its empty balances, and its rates."""
    told = one.unit
    never_paid = told.paid_through is None and not told.custody
    said = {
        "name": told.name,
        "org": told.org,
        "uscc": told.uscc,
        "first_month": told.first_month,
        "paid_through": told.paid_through,
        "state": "02" if never_paid else "01",
        "payday": told.payday,
        "opening_date": told.opening_date.isoformat(),
        "settled_year": told.settled_year if told.settled_year is not None else last_june(told.opening_date),
        "custody": int(told.custody),
    }
    if again:
        tx.connection.execute(unit.update().where(unit.c.unit == told.unit).values(said))
    else:
        chains = {"next_entry_no": 1, "head_hash": ledger.GENESIS, "next_audit_no": 1, "audit_head": ledger.GENESIS}
        tx.connection.execute(unit.insert().values(unit=told.unit, **said, **chains))
        tx.connection.execute(unit_balance.insert().values(unit=told.unit, fund_fen=0, suspense_fen=0, reserved_fen=0))
    tx.connection.execute(
        rate_history.insert().values(
            unit=told.unit,
            seq=1,
            from_month=min([told.first_month, *(employee.start_month for employee in one.employees)]),
            unit_bp=told.unit_bp,
            personal_bp=told.personal_bp,
            kind="ordinary",
            case_no=one.case_no,
        )
    )


def last_june(day: date) -> int:
    """The year of the last 30 June before a day."""
    return day.year if day > date(day.year, 6, 30) else day.year - 1


def _keep_as_case(tx: Tx, one: _Import, before: Case | None) -> None:
    kept = NewCase(
        business=SETUP,
        state=State.DONE,
        submitted_by=one.act.actor,
        submitted_at=one.act.at,
        as_of=one.act.as_of,
        heads=len(one.employees),
        batch=one.batch,
        file_sha256=one.sha256,
    )
    rows = [
        CaseRow(place, who.account, hashed, who.start_month, None, content)
        for place, (who, hashed, content) in enumerate(zip(one.employees, one.hashes, one.rows, strict=True), 1)
    ]
    if before is not None:
        cases.replace_rows(tx, before, kept, rows)
    else:
        cases.create(tx, one.unit.unit, kept, rows, one.case_no)


def _plain(told: UnitOpening | EmployeeOpening | AgentOpening) -> dict[str, Any]:
    """A row's values as JSON has them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(told).items()}


def _put_employees(tx: Tx, one: _Import, known: frozenset[str]) -> None:
    if not one.employees:
        return
    register.register_people(tx, one.unit.unit, [_arriving(who) for who in one.employees], known)
    keys = [{"unit": who.unit, "employee": who.account} for who in one.employees]
    opened = list(zip(keys, one.employees, strict=True))
    tx.connection.execute(enrolment.insert(), [{**key, **_enrolment(one, who)} for key, who in opened])
    tx.connection.execute(base_history.insert(), [{**key, **_base(one, who)} for key, who in opened])
    fresh = [{**key, "cur_fen": 0, "prior_fen": 0} for key in keys if key["employee"] not in known]
    if fresh:
        tx.connection.execute(employee_balance.insert(), fresh)


def _arriving(who: EmployeeOpening) -> tuple[str, register.Person, dict[str, Any]]:
    known = {"status": who.status, "paid_through": who.paid_through, "imported_through": who.paid_through}
    return who.account, register.Person(who.name, who.doc_type, who.id_number, who.mobile), known


def _base(one: _Import, who: EmployeeOpening) -> dict[str, Any]:
    return {
        "seq": 1,
        "from_month": who.start_month,
        "base_fen": who.base_fen,
        "case_no": one.case_no,
        "kind": "opening",
    }


def _enrolment(one: _Import, who: EmployeeOpening) -> dict[str, Any]:
    """From 启缴年月 on; a 封存 person until the month after 个人缴至, and never past the unit's 应汇缴年月."""
    start, end = who.start_month, None
    if who.status != register.NORMAL:
        end = min(who.start_month if who.paid_through is None else who.paid_through + 1, one.due_month)
        start = min(start, end)
    closed_by = None if end is None else one.case_no
    return {"seq": 1, "from_month": start, "to_month": end, "opened_by": one.case_no, "closed_by": closed_by}


def _post_opening(tx: Tx, one: _Import) -> EntryRef | None:
    """The 期初 voucher, entry 1 of the unit; none when there is no money at all."""
    told = one.unit
    if not told.fund_fen and not told.suspense_fen:
        return None
    head = ledger.Head(told.unit, told.opening_date, OPENING, "期初余额", one.act.actor, told.org)
    parts = [ledger.Parts(who.account, who.cur_fen, who.prior_fen) for who in one.employees]
    voucher = ledger.opening(head, parts, told.suspense_fen)
    return post(tx, [voucher], PostKey("opening", told.unit), one.content).entries[0]


def _put_event(tx: Tx, one: _Import, entry: EntryRef | None) -> None:
    told = one.unit
    paid_in = sum(1 for who in one.employees if who.cur_fen or who.prior_fen)
    memo = f"期初{paid_in}人" if told.fund_fen else "单位开户"
    events.add_unit_event(
        tx,
        told.unit,
        events.UnitEvent(
            told.opening_date,
            "开户",
            memo,
            paid_in if told.fund_fen else 0,
            told.fund_fen,
            entry_no=entry.entry_no if entry is not None and told.fund_fen else None,
        ),
    )
