"""The register as polars frames with explicit schemas, for whole-frame computing and judging.

`units` narrows a frame to those units; None is all but `~centre`. Money is 分 (Int64), months are Int64, 个人账号 is
`account` everywhere.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import FromClause, Select, and_, bindparam, func, select

from gjj_cli.case import OPEN
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import reversed_since
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import case_row, cases
from gjj_cli.store.tables_ledger import employee_balance, unit, unit_balance, voucher
from gjj_cli.store.tables_register import (
    base_history,
    change_event,
    employee,
    enrolment,
    person,
    person_month,
    rate_history,
    unit_event,
)

_MANY = 1000  # beyond so many units or people the whole table is read and narrowed in polars


def frame_of(tx: Tx, statement: Select[Any], **bound: Any) -> pl.DataFrame:
    """The rows of a statement; texts become String, everything else Int64."""
    rows = tx.connection.execute(statement, bound).all()
    schema = _schema(statement)
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pl.DataFrame(
        [pl.Series(name, values, dtype) for (name, dtype), values in zip(schema.items(), columns, strict=True)]
    )


# The statements of this module are built once: building one costs as much as running it.


@cache
def _schema(statement: Select[Any]) -> dict[str, pl.DataType]:
    return {
        column.name: pl.String() if str(column.type) == "TEXT" else pl.Int64() for column in statement.selected_columns
    }


@cache
def _narrowed(statement: Select[Any]) -> tuple[Select[Any], Select[Any]]:
    """The statement, whose first column is the unit, without `~centre`, and of some units only."""
    column = statement.selected_columns[0]
    everywhere = statement.where(column != CENTRE)
    return everywhere, everywhere.where(column.in_(bindparam("of_units", expanding=True)))


def _of(tx: Tx, statement: Select[Any], units: Sequence[str] | None, **bound: Any) -> pl.DataFrame:
    everywhere, somewhere = _narrowed(statement)
    if units is None or len(units) > _MANY:
        frame = frame_of(tx, everywhere, **bound)
        return frame if units is None else frame.filter(pl.col("unit").is_in(list(units)))
    return frame_of(tx, somewhere, of_units=list(units), **bound)


_U, _B = unit.c, unit_balance.c
_UNITS = select(
    _U.unit, _U.name, _U.org, _U.uscc, _U.first_month, _U.paid_through,
    func.coalesce(_U.paid_through + 1, _U.first_month).label("due_month"),
    _U.state, _U.payday, _U.opening_date, _U.settled_year, _U.custody, _U.last_posting_date,
    _U.next_audit_no.label("revision"), _B.fund_fen, _B.suspense_fen, _B.reserved_fen,
    (_B.suspense_fen - _B.reserved_fen).label("available_fen"),
).join_from(unit, unit_balance, _U.unit == _B.unit).order_by(_U.unit)  # fmt: skip


def units(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, name, org, uscc, first_month, paid_through, due_month (应汇缴年月), state, payday, opening_date,
    settled_year, custody, last_posting_date, revision (rises with every write of the unit), fund_fen, suspense_fen, reserved_fen, available_fen (可用余额)."""
    return _of(tx, _UNITS, units)


_P, _EB = employee.c, employee_balance.c
_BOTH: FromClause = employee.join(employee_balance, and_(_EB.unit == _P.unit, _EB.employee == _P.account))
_EMPLOYEES = (
    select(employee, _EB.cur_fen, _EB.prior_fen, (_EB.cur_fen + _EB.prior_fen).label("balance_fen"))
    .select_from(_BOTH)
    .order_by(_P.unit, _P.account)
)


def employees(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """Every column of the employee's row, and cur_fen, prior_fen, balance_fen."""
    return _of(tx, _EMPLOYEES, units)


_E = enrolment.c
_ENROLMENTS = select(_E.unit, _E.employee.label("account"), _E.from_month, _E.to_month, _E.opened_by).order_by(
    _E.unit, _E.employee, _E.seq
)


def enrolments(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, account, from_month, to_month (null: open), opened_by; in order of time."""
    return _of(tx, _ENROLMENTS, units)


_H = base_history.c
_BASES = select(_H.unit, _H.employee.label("account"), _H.from_month, _H.base_fen, _H.kind).order_by(
    _H.unit, _H.employee, _H.from_month, _H.seq
)


def bases(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, account, from_month, base_fen, kind: one row a month, the last where there were several."""
    return _of(tx, _BASES, units).unique(["unit", "account", "from_month"], keep="last", maintain_order=True)


_R = rate_history.c
_RATES = select(_R.unit, _R.from_month, _R.to_month, _R.unit_bp, _R.personal_bp, _R.kind, _R.case_no).order_by(
    _R.unit, _R.from_month, _R.seq
)


def rates(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, from_month, to_month, unit_bp, personal_bp, kind (ordinary, reduction), case_no; the last of a month."""
    return _of(tx, _RATES, units).unique(["unit", "from_month", "kind"], keep="last", maintain_order=True)


_M = person_month.c
_PERSON_MONTHS = select(
    _M.unit, _M.employee.label("account"), _M.month, _M.due_unit_fen, _M.due_personal_fen,
    _M.paid_unit_fen, _M.paid_personal_fen, _M.last_voucher,
).order_by(_M.unit, _M.employee, _M.month)  # fmt: skip
_OF_MONTH = _PERSON_MONTHS.where(_M.month == bindparam("of_month"))


def person_months(tx: Tx, units: Sequence[str] | None = None, month: int | None = None) -> pl.DataFrame:
    """unit, account, month, due_unit_fen, due_personal_fen, paid_unit_fen, paid_personal_fen, last_voucher."""
    if month is not None:
        return _of(tx, _OF_MONTH, units, of_month=month)
    return _of(tx, _PERSON_MONTHS, units)


_V = voucher.c
_NEWEST = (
    select(_V.unit, func.max(_V.no).label("no"))
    .where(_V.post_kind == "remittance", ~reversed_since())
    .group_by(_V.unit)
)


def _last_remitted(newest: Select[Any]) -> Select[Any]:
    last = newest.subquery()
    amount = (_M.paid_unit_fen + _M.paid_personal_fen).label("amount_fen")
    of_last = and_(last.c.unit == _M.unit, last.c.no == _M.last_voucher)
    return select(_M.unit, _M.employee.label("account"), amount).join(last, of_last)


_LAST_REMITTED = _last_remitted(_NEWEST)
_LAST_REMITTED_OF = _last_remitted(_NEWEST.where(_V.unit.in_(bindparam("of_units", expanding=True))))


def last_remitted(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """The posted list of each unit's last 汇缴 that stands: unit, account, amount_fen. Units that have none have no row.

    A reversed 汇缴 counts as never posted: the list before it is the last again.
    """
    few = units is not None and len(units) <= _MANY  # nobody else's vouchers are looked through
    return _of(tx, _LAST_REMITTED_OF if few else _LAST_REMITTED, units)


_LISTED = (
    select(person.c.id_hash, person.c.account, person.c.at_unit)
    .where(person.c.unit == CENTRE)
    .order_by(person.c.account)
)
_LISTED_AS = _LISTED.where(person.c.id_hash.in_(bindparam("hashes", expanding=True)))
_STATUSES = select(_P.unit.label("at_unit"), _P.account, _P.status)
_STATUSES_OF = _STATUSES.where(
    _P.unit.in_(bindparam("units", expanding=True)), _P.account.in_(bindparam("accounts", expanding=True))
)


def persons(tx: Tx, hashes: Sequence[str]) -> pl.DataFrame:
    """The live accounts, over all units, of those identities: id_hash, account, at_unit, status (there).

    The directory first and then the people of its units: a join of the two would not stay within a unit (Citus).
    """
    if len(hashes) > _MANY:
        found = frame_of(tx, _LISTED).filter(pl.col("id_hash").is_in(list(hashes)))
        there = frame_of(tx, _STATUSES)
    else:
        found = frame_of(tx, _LISTED_AS, hashes=list(hashes))
        units, accounts = (found[name].unique().to_list() for name in ("at_unit", "account"))
        there = frame_of(tx, _STATUSES_OF, units=units, accounts=accounts)
    return found.join(there, on=["at_unit", "account"], how="inner", maintain_order="left")


_UNIT_EVENTS = select(unit_event).order_by(unit_event.c.unit, unit_event.c.seq)


def unit_events(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """单位明细: unit, seq, date, business, memo, heads, amount_fen, interest_fen, case_no, entry_no."""
    return _of(tx, _UNIT_EVENTS, units)


_CHANGE_EVENTS = select(change_event).order_by(change_event.c.unit, change_event.c.seq)


def change_events(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """变更查询: the columns of change_event (see `register.Change`)."""
    return _of(tx, _CHANGE_EVENTS, units)


_C, _CR = cases.c, case_row.c
_OPEN_ROWS = (
    select(
        _C.unit, _C.case_no, _C.business, _C.state, _C.method, _C.other_unit, _CR.row_no, _CR.account, _CR.id_hash,
        func.coalesce(_CR.effective_month, _C.effective_month).label("effective_month"), _CR.end_month,
    )
    .select_from(cases.outerjoin(case_row, and_(_CR.unit == _C.unit, _CR.case_no == _C.case_no)))
    .where(_C.state.in_(sorted(OPEN)))
    .order_by(_C.unit, _C.case_no, _CR.row_no)
)  # fmt: skip


def open_case_rows(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of open cases (`gjj_cli.case.OPEN`): unit, case_no, business, state, method, other_unit, row_no,
    account, id_hash, effective_month, end_month; a case without rows has one with nulls and its own month."""
    return _of(tx, _OPEN_ROWS, units)
