"""Changes of the register when a case takes effect: opening, bases, sealing, unsealing, moving; in bulk, by unit.

The rules have been judged before; what cannot be true here is our bug and raises. Months are ints (`gjj_cli.month`),
enrolments half-open: a person takes part in months from <= m < to.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select

from gjj_cli.identity import normalise
from gjj_cli.store import counters
from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_ledger import employee_balance, unit
from gjj_cli.store.tables_register import base_history, change_event, employee, enrolment, person

NORMAL, SEALED, MOVED = "正常", "封存", "转出"

_RESIDENT_18 = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_15 = re.compile(r"[0-9]{15}")


@dataclass(frozen=True)
class Person:
    """Who somebody is; `birth` is YYYY-MM-DD, `family_income_fen` is 分, the rest are texts as the hall has them."""

    name: str
    doc_type: str
    id_number: str
    mobile: str | None = None
    sex: str | None = None
    birth: str | None = None
    phone: str | None = None
    marital: str | None = None
    education: str | None = None
    occupation: str | None = None
    professional_title: str | None = None
    job_title: str | None = None
    address: str | None = None
    family_income_fen: int | None = None
    postcode: str | None = None


@dataclass(frozen=True)
class Cause:
    """Why the register changes: the case, its business date, and the word of 变更查询 (None: no row there)."""

    case_no: str | None
    date: date
    change_type: str | None = None


@dataclass(frozen=True)
class Opening:
    """A new account; `amount_fen` is the monthly amount of both sides in `from_month`."""

    account: str
    person: Person
    base_fen: int
    from_month: int
    amount_fen: int


@dataclass(frozen=True)
class Change:
    """A change of one account from its effective month on; `delta_fen` is 变化缴存额, both sides, after - before.

    `after_base_fen` None keeps the base.
    """

    account: str
    month: int
    before_base_fen: int | None
    after_base_fen: int | None
    delta_fen: int


def identity_hash(doc_type: str, id_number: str) -> str:
    """What a person is looked up by: SHA-256, hex. The 15- and 18-digit forms of one number are equal, X is upper.

    An identity number is the same whatever document it stands on; other numbers count together with their kind.
    """
    number = normalise(id_number)
    if _RESIDENT_18.fullmatch(number):
        known = number[:17]
    elif _RESIDENT_15.fullmatch(number):
        known = f"{number[:6]}19{number[6:]}"
    else:
        known = f"{doc_type} {number}"
    return hashlib.sha256(known.encode()).hexdigest()


def take_accounts(tx: Tx, org: str, many: int) -> list[str]:
    """New 个人账号: 机构 (2 digits) and 10 digits, none that has ever been in the books. Needs CENTRE."""
    accounts: list[str] = []
    while len(accounts) < many:
        missing = many - len(accounts)
        first = counters.take(tx, CENTRE, "account", org, missing)
        offered = [f"{org}{number:010d}" for number in range(first, first + missing)]
        statement = select(person.c.account).where(person.c.unit == CENTRE, person.c.account.in_(offered))
        used = set(tx.connection.scalars(statement))
        accounts += [account for account in offered if account not in used]
    return accounts


def open_accounts(tx: Tx, of_unit: str, cause: Cause, openings: Sequence[Opening]) -> None:
    """Opens accounts: person, employee, enrolment and base from 启缴年月, an empty balance. Needs CENTRE."""
    tx.must_hold(of_unit, CENTRE)
    register_people(tx, of_unit, [(one.account, one.person, {}) for one in openings])
    key = [{"unit": of_unit, "employee": one.account} for one in openings]
    tx.connection.execute(
        enrolment.insert(),
        [
            {**row, "seq": 1, "from_month": one.from_month, "opened_by": cause.case_no}
            for row, one in zip(key, openings, strict=True)
        ],
    )
    tx.connection.execute(employee_balance.insert(), [{**row, "cur_fen": 0, "prior_fen": 0} for row in key])
    changes = [Change(one.account, one.from_month, None, one.base_fen, one.amount_fen) for one in openings]
    _add_bases(tx, of_unit, cause, changes, "opening")
    _record_changes(tx, of_unit, cause, changes, None, NORMAL)


def register_people(
    tx: Tx,
    of_unit: str,
    arriving: Sequence[tuple[str, Person, Mapping[str, Any]]],
    known: frozenset[str] = frozenset(),
) -> None:
    """The employees' rows and the directory's, by 个人账号; the mapping has further columns of `employee`. Accounts in
    `known` have a row at the unit already (a corrected 建账), which says the new things from now on."""
    rows = [
        {
            "status": NORMAL,
            **{name: getattr(who, name) for name in Person.__dataclass_fields__},
            "unit": of_unit,
            "account": account,
            "id_hash": identity_hash(who.doc_type, who.id_number),
            **known,
        }
        for account, who, known in arriving
    ]
    if fresh := [row for row in rows if row["account"] not in known]:
        tx.connection.execute(employee.insert(), fresh)
    for row in (row for row in rows if row["account"] in known):
        key = employee.c.account == row["account"]
        tx.connection.execute(employee.update().where(employee.c.unit == of_unit, key).values(row))
    tx.connection.execute(
        person.insert(),
        [{"unit": CENTRE, "account": row["account"], "id_hash": row["id_hash"], "at_unit": of_unit} for row in rows],
    )


def change_bases(tx: Tx, of_unit: str, cause: Cause, changes: Sequence[Change]) -> None:
    """New bases from their effective months on (缴存基数调整)."""
    tx.must_hold(of_unit)
    _add_bases(tx, of_unit, cause, changes, "adjustment")
    _record_changes(tx, of_unit, cause, changes, NORMAL, NORMAL)


def seal(tx: Tx, of_unit: str, cause: Cause, changes: Sequence[Change]) -> None:
    """封存 from `month` on. Later than 应汇缴年月 it is a 预封存: 正常 until the month before has been paid."""
    tx.must_hold(of_unit)
    before = _statuses(tx, of_unit, changes)
    _close(tx, of_unit, cause, changes)
    refresh_statuses(tx, of_unit)
    _record_changes(tx, of_unit, cause, changes, before, SEALED)


def unseal(tx: Tx, of_unit: str, cause: Cause, changes: Sequence[Change]) -> None:
    """启封: takes part again from `month` on, with a new base where one is given."""
    tx.must_hold(of_unit)
    _enrol(tx, of_unit, cause, changes)
    _add_bases(tx, of_unit, cause, [one for one in changes if one.after_base_fen is not None], "unsealing")
    _set_status(tx, of_unit, changes, NORMAL)
    _record_changes(tx, of_unit, cause, changes, SEALED, NORMAL)


def move(tx: Tx, from_unit: str, to_unit: str, cause: Cause, changes: Sequence[Change]) -> None:
    """内部转移 of the register: 转出 at the old unit, a row with a base at the new one from `month` on. Needs CENTRE.

    The balance moves by `ledger.voucher.transfer_pair`, posted after this. 变更查询 has no row for it.
    """
    tx.must_hold(from_unit, to_unit, CENTRE)
    _close(tx, from_unit, cause, changes)
    _set_status(tx, from_unit, changes, MOVED)
    for one in changes:
        _arrive(tx, from_unit, to_unit, one.account)
    _enrol(tx, to_unit, cause, changes)
    _add_bases(tx, to_unit, cause, [_with_base(tx, from_unit, one) for one in changes], "transfer")


def _arrive(tx: Tx, from_unit: str, to_unit: str, account: str) -> None:
    """The employee's row at the new unit: copied, or taken up again where the account has been before."""
    old = tx.connection.execute(
        select(employee).where(employee.c.unit == from_unit, employee.c.account == account)
    ).one()
    values = {
        **old._asdict(),
        "unit": to_unit,
        "status": NORMAL,
        "imported_through": None,
        "carried_through": old.paid_through,
    }
    returned = tx.connection.execute(
        employee.update()
        .where(employee.c.unit == to_unit, employee.c.account == account)
        .values({name: value for name, value in values.items() if name != "imported_through"})
    )
    if returned.rowcount == 0:
        tx.connection.execute(employee.insert().values(values))
        tx.connection.execute(employee_balance.insert().values(unit=to_unit, employee=account, cur_fen=0, prior_fen=0))
    tx.connection.execute(
        person.update().where(person.c.unit == CENTRE, person.c.account == account).values(at_unit=to_unit)
    )


def _with_base(tx: Tx, from_unit: str, one: Change) -> Change:
    if one.after_base_fen is not None:
        return one
    newest = (
        select(base_history.c.base_fen)
        .where(
            base_history.c.unit == from_unit,
            base_history.c.employee == one.account,
            base_history.c.from_month <= one.month,
        )
        .order_by(base_history.c.from_month.desc(), base_history.c.seq.desc())
        .limit(1)
    )
    return Change(
        one.account, one.month, one.before_base_fen, tx.connection.execute(newest).scalar_one(), one.delta_fen
    )


_DUE = (
    select(func.coalesce(unit.c.paid_through + 1, unit.c.first_month))
    .where(unit.c.unit == bindparam("of_unit"))
    .scalar_subquery()
)
_ENROLLED = exists().where(
    enrolment.c.unit == employee.c.unit,
    enrolment.c.employee == employee.c.account,
    or_(enrolment.c.to_month.is_(None), enrolment.c.to_month > _DUE),
)
_OF_UNIT = employee.update().where(employee.c.unit == bindparam("of_unit"))
_ENDED = select(enrolment.c.employee).where(
    enrolment.c.unit == bindparam("of_unit"), enrolment.c.to_month <= _DUE
)  # few: whom nothing enrols any more is one of them, and the others need not be looked at
_SEAL_UNENROLLED = Statement(
    _OF_UNIT.where(employee.c.account.in_(_ENDED), employee.c.status == NORMAL, ~_ENROLLED).values(status=SEALED)
)
_UNSEAL_ENROLLED = _OF_UNIT.where(employee.c.status == SEALED, _ENROLLED).values(status=NORMAL)


def refresh_statuses(tx: Tx, of_unit: str) -> None:
    """正常 people whom nothing enrols from 应汇缴年月 on are 封存 now (预封存, semantics 0)."""
    _SEAL_UNENROLLED.run(tx, of_unit=of_unit)


def restore_statuses(tx: Tx, of_unit: str) -> None:
    """Both ways, after a reversal has moved 应汇缴年月 back: who is enrolled from then on is 正常 again."""
    refresh_statuses(tx, of_unit)
    tx.connection.execute(_UNSEAL_ENROLLED, {"of_unit": of_unit})


def _close(tx: Tx, of_unit: str, cause: Cause, changes: Sequence[Change]) -> None:
    """Ends the last enrolment at `month`, unless it ends no later already."""
    last = enrolment.alias("later")
    newest = (
        select(func.max(last.c.seq))
        .where(last.c.unit == of_unit, last.c.employee == bindparam("of_employee"))
        .scalar_subquery()
    )
    tx.connection.execute(
        enrolment.update()
        .where(
            enrolment.c.unit == of_unit,
            enrolment.c.employee == bindparam("of_employee"),
            enrolment.c.seq == newest,
            or_(enrolment.c.to_month.is_(None), enrolment.c.to_month > bindparam("ends")),
        )
        .values(to_month=bindparam("ends"), closed_by=cause.case_no),
        [{"of_employee": one.account, "ends": one.month} for one in changes],
    )


def _enrol(tx: Tx, of_unit: str, cause: Cause, changes: Sequence[Change]) -> None:
    """Opens an enrolment from `month`, or from where the last one ends if that is later: they never overlap."""
    rows = tx.connection.execute(
        select(enrolment.c.employee, enrolment.c.seq, enrolment.c.to_month)
        .where(enrolment.c.unit == of_unit, enrolment.c.employee.in_([one.account for one in changes]))
        .order_by(enrolment.c.seq)
    )
    last = {row.employee: (row.seq, row.to_month) for row in rows}
    opened = []
    for one in changes:
        seq, ended = last.get(one.account, (0, one.month))
        if ended is None:
            raise ValueError(f"{one.account} is enrolled in {of_unit} already")
        opened.append(
            {
                "unit": of_unit,
                "employee": one.account,
                "seq": seq + 1,
                "from_month": max(one.month, ended),
                "opened_by": cause.case_no,
            }
        )
    tx.connection.execute(enrolment.insert(), opened)


def _add_bases(tx: Tx, of_unit: str, cause: Cause, changes: Sequence[Change], kind: str) -> None:
    if not changes:
        return
    rows = tx.connection.execute(
        select(base_history.c.employee, func.max(base_history.c.seq))
        .where(base_history.c.unit == of_unit, base_history.c.employee.in_([one.account for one in changes]))
        .group_by(base_history.c.employee)
    )
    last = dict(rows.all())
    tx.connection.execute(
        base_history.insert(),
        [
            {
                "unit": of_unit,
                "employee": one.account,
                "seq": last.get(one.account, 0) + 1,
                "from_month": one.month,
                "base_fen": one.after_base_fen,
                "case_no": cause.case_no,
                "kind": kind,
            }
            for one in changes
        ],
    )


def _statuses(tx: Tx, of_unit: str, changes: Sequence[Change]) -> dict[str, str]:
    rows = tx.connection.execute(
        select(employee.c.account, employee.c.status).where(
            employee.c.unit == of_unit, employee.c.account.in_([one.account for one in changes])
        )
    )
    return dict(rows.all())


def _set_status(tx: Tx, of_unit: str, changes: Sequence[Change], status: str) -> None:
    tx.connection.execute(
        employee.update()
        .where(employee.c.unit == of_unit, employee.c.account.in_([one.account for one in changes]))
        .values(status=status)
    )


def _record_changes(
    tx: Tx,
    of_unit: str,
    cause: Cause,
    changes: Sequence[Change],
    before: dict[str, str] | str | None,
    after: str,
) -> None:
    """Rows of 变更查询; `before` is one status for all, or by account."""
    if cause.change_type is None or not changes:
        return
    people = tx.connection.execute(
        select(employee.c.account, employee.c.name, employee.c.doc_type, employee.c.id_number).where(
            employee.c.unit == of_unit, employee.c.account.in_([one.account for one in changes])
        )
    )
    known = {row.account: row._asdict() for row in people}
    first = counters.take(tx, of_unit, "change_event", many=len(changes))
    tx.connection.execute(
        change_event.insert(),
        [
            {
                **known[one.account],
                "unit": of_unit,
                "seq": seq,
                "date": cause.date.isoformat(),
                "change_type": cause.change_type,
                "before_status": before.get(one.account) if isinstance(before, dict) else before,
                "after_status": after,
                "before_base_fen": one.before_base_fen,
                "after_base_fen": one.after_base_fen,
                "delta_fen": one.delta_fen,
                "effective_month": one.month,
                "case_no": cause.case_no,
            }
            for seq, one in enumerate(changes, first)
        ],
    )
