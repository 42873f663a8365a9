"""The register as polars frames with explicit schemas, for whole-frame computing and judging.

`units` narrows a frame to those units; None is all but `~centre`. Money is 分 (Int64), months are Int64, 个人账号 is
`account` everywhere.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, FromClause, Select, and_, func, select

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


def frame_of(tx: Tx, statement: Select[Any]) -> pl.DataFrame:
    """The rows of a statement; texts become String, everything else Int64."""
    result = tx.connection.execute(statement)
    schema = {
        column.name: pl.String() if str(column.type) == "TEXT" else pl.Int64() for column in statement.selected_columns
    }
    rows = result.all()
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pl.DataFrame(
        [pl.Series(name, values, dtype) for (name, dtype), values in zip(schema.items(), columns, strict=True)]
    )


def _of(tx: Tx, statement: Select[Any], column: ColumnElement[str], units: Sequence[str] | None) -> pl.DataFrame:
    frame = frame_of(tx, statement.where(_within(column, units)))
    return frame.filter(pl.col("unit").is_in(list(units))) if units is not None and len(units) > _MANY else frame


def _within(column: ColumnElement[str], units: Sequence[str] | None) -> ColumnElement[bool]:
    some = column != CENTRE
    return some if units is None or len(units) > _MANY else and_(column.in_(list(units)), some)


def units(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, name, org, uscc, first_month, paid_through, due_month (应汇缴年月), state, payday, opening_date,
    settled_year, custody, last_posting_date, revision (rises with every write of the unit), fund_fen, suspense_fen, reserved_fen, available_fen (可用余额)."""
    c, b = unit.c, unit_balance.c
    due = func.coalesce(c.paid_through + 1, c.first_month).label("due_month")
    available = (b.suspense_fen - b.reserved_fen).label("available_fen")
    statement = select(
        c.unit, c.name, c.org, c.uscc, c.first_month, c.paid_through, due, c.state, c.payday, c.opening_date,
        c.settled_year, c.custody, c.last_posting_date, c.next_audit_no.label("revision"), b.fund_fen, b.suspense_fen, b.reserved_fen, available,
    ).join_from(unit, unit_balance, c.unit == b.unit)  # fmt: skip
    return _of(tx, statement.order_by(c.unit), c.unit, units)


def employees(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """Every column of the employee's row, and cur_fen, prior_fen, balance_fen."""
    b = employee_balance.c
    both: FromClause = employee.join(
        employee_balance, and_(b.unit == employee.c.unit, b.employee == employee.c.account)
    )
    statement = select(employee, b.cur_fen, b.prior_fen, (b.cur_fen + b.prior_fen).label("balance_fen"))
    statement = statement.select_from(both).order_by(employee.c.unit, employee.c.account)
    return _of(tx, statement, employee.c.unit, units)


def enrolments(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, account, from_month, to_month (null: open), opened_by; in order of time."""
    c = enrolment.c
    statement = select(c.unit, c.employee.label("account"), c.from_month, c.to_month, c.opened_by).order_by(
        c.unit, c.employee, c.seq
    )
    return _of(tx, statement, c.unit, units)


def bases(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, account, from_month, base_fen, kind: one row a month, the last where there were several."""
    c = base_history.c
    statement = select(c.unit, c.employee.label("account"), c.from_month, c.base_fen, c.kind).order_by(
        c.unit, c.employee, c.from_month, c.seq
    )
    frame = _of(tx, statement, c.unit, units)
    return frame.unique(["unit", "account", "from_month"], keep="last", maintain_order=True)


def rates(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """unit, from_month, to_month, unit_bp, personal_bp, kind (ordinary, reduction), case_no; the last of a month."""
    c = rate_history.c
    statement = select(c.unit, c.from_month, c.to_month, c.unit_bp, c.personal_bp, c.kind, c.case_no)
    frame = _of(tx, statement.order_by(c.unit, c.from_month, c.seq), c.unit, units)
    return frame.unique(["unit", "from_month", "kind"], keep="last", maintain_order=True)


def person_months(tx: Tx, units: Sequence[str] | None = None, month: int | None = None) -> pl.DataFrame:
    """unit, account, month, due_unit_fen, due_personal_fen, paid_unit_fen, paid_personal_fen, last_voucher."""
    c = person_month.c
    statement = select(
        c.unit, c.employee.label("account"), c.month, c.due_unit_fen, c.due_personal_fen,
        c.paid_unit_fen, c.paid_personal_fen, c.last_voucher,
    ).order_by(c.unit, c.employee, c.month)  # fmt: skip
    if month is not None:
        statement = statement.where(c.month == month)
    return _of(tx, statement, c.unit, units)


def last_remitted(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """The posted list of each unit's last 汇缴 that stands: unit, account, amount_fen. Units that have none have no row.

    A reversed 汇缴 counts as never posted: the list before it is the last again.
    """
    v, p = voucher.c, person_month.c
    newest = (
        select(v.unit, func.max(v.no).label("no"))
        .where(_within(v.unit, units), v.post_kind == "remittance", ~reversed_since())
        .group_by(v.unit)
        .subquery()
    )
    amount = (p.paid_unit_fen + p.paid_personal_fen).label("amount_fen")
    statement = select(p.unit, p.employee.label("account"), amount).join(
        newest, and_(newest.c.unit == p.unit, newest.c.no == p.last_voucher)
    )
    return _of(tx, statement, p.unit, units)


def persons(tx: Tx, hashes: Sequence[str]) -> pl.DataFrame:
    """The live accounts, over all units, of those identities: id_hash, account, at_unit, status (there)."""
    statement = select(person.c.id_hash, person.c.account, person.c.at_unit, employee.c.status).join(
        employee, and_(employee.c.unit == person.c.at_unit, employee.c.account == person.c.account)
    )
    statement = statement.where(person.c.unit == CENTRE).order_by(person.c.account)
    if len(hashes) > _MANY:
        return frame_of(tx, statement).filter(pl.col("id_hash").is_in(list(hashes)))
    return frame_of(tx, statement.where(person.c.id_hash.in_(list(hashes))))


def unit_events(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """单位明细: unit, seq, date, business, memo, heads, amount_fen, interest_fen, case_no, entry_no."""
    return _of(tx, select(unit_event).order_by(unit_event.c.unit, unit_event.c.seq), unit_event.c.unit, units)


def change_events(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """变更查询: the columns of change_event (see `register.Change`)."""
    return _of(tx, select(change_event).order_by(change_event.c.unit, change_event.c.seq), change_event.c.unit, units)


def open_case_rows(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of open cases (`gjj_cli.case.OPEN`): unit, case_no, business, state, method, other_unit, row_no,
    account, id_hash, effective_month, end_month; a case without rows has one with nulls and its own month."""
    r, c = case_row.c, cases.c
    statement = (
        select(
            c.unit, c.case_no, c.business, c.state, c.method, c.other_unit, r.row_no, r.account, r.id_hash,
            func.coalesce(r.effective_month, c.effective_month).label("effective_month"), r.end_month,
        )
        .select_from(cases.outerjoin(case_row, and_(r.unit == c.unit, r.case_no == c.case_no)))
        .where(c.state.in_(sorted(OPEN)))
        .order_by(c.unit, c.case_no, r.row_no)
    )  # fmt: skip
    return _of(tx, statement, c.unit, units)
