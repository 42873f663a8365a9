"""Cases (业务) in the books: made with their rows, moved from state to state, looked up; never deleted.

What an open `suspense` case holds of the unit's 暂收 is kept here too, so that it cannot be forgotten.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.names import SETUP
from gjj_cli.case import Case, CaseEvent, CaseRow, NewCase, State
from gjj_cli.errors import Refused
from gjj_cli.store import counters, direct
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_cases import case_event, case_row, cases
from gjj_cli.store.tables_ledger import unit_balance

SUSPENSE = "suspense"
_COLUMNS = tuple(column.name for column in cases.c)
RESERVING = frozenset({State.FIRST_REVIEW, State.SECOND_REVIEW, State.TO_PRINT})


def create(tx: Tx, unit: str, new: NewCase, rows: Sequence[CaseRow], case_no: str | None = None) -> str:
    """A new case and its rows; returns its 受理号, the next of the unit and month unless one is given.

    Raises Refused (E705) when it would hold more of the 暂收 than is free.
    """
    case_no = _put(tx, unit, new, {}, case_no)
    _put_rows(tx, unit, case_no, rows)
    _event(tx, unit, case_no, None, new.state, new.submitted_by, new.submitted_at, None)
    if new.method == SUSPENSE and new.state in RESERVING:
        _reserve(tx, unit, new.amount_fen)
    return case_no


def create_done(tx: Tx, unit: str, new: NewCase, day: date) -> str:
    """A case without rows that is 已办结 in the moment it is made; its history has both steps. Returns its 受理号."""
    at, actor = new.submitted_at, new.submitted_by
    done = {"state": State.DONE, "finished_at": at, "finished_date": day.isoformat()}
    case_no = _put(tx, unit, new, done)
    steps = ((1, None, str(new.state)), (2, str(new.state), str(State.DONE)))
    events = [(unit, case_no, seq, at, actor, before, after, None) for seq, before, after in steps]
    direct.insert(tx, case_event, events)
    return case_no


def _put(tx: Tx, unit: str, new: NewCase, recorded: Mapping[str, object], case_no: str | None = None) -> str:
    """The row of a new case; `recorded` are its state and what is not in NewCase."""
    tx.must_hold(unit)
    if case_no is None:
        month = months.of_date(new.as_of)
        number = counters.take(tx, unit, "case", months.show(month))
        case_no = f"{unit}-{months.short(month)}-{number:03d}"
    told = {**vars(new), **recorded, "unit": unit, "case_no": case_no, "as_of": new.as_of.isoformat()}
    told |= {"state": str(told["state"]), "batch": _json(new.batch), "totals": _json(new.totals)}
    direct.insert(tx, cases, [[told.get(name) for name in _COLUMNS]])
    return case_no


def move(
    tx: Tx, case: Case, to: State, *, actor: str, at: str, reason: str | None = None, **recorded: str | None
) -> None:
    """A case into another state, with its event; `recorded` are further columns, such as first_by, finished_at.

    Entering or leaving the states that hold 暂收 reserves or frees its amount.
    """
    tx.must_hold(case.unit)
    moved = tx.connection.execute(
        cases.update()
        .where(cases.c.unit == case.unit, cases.c.case_no == case.case_no, cases.c.state == case.state)
        .values(state=to, **recorded)
    )
    if moved.rowcount != 1:
        raise ValueError(f"case {case.case_no} is not in state {case.state}")
    _event(tx, case.unit, case.case_no, case.state, to, actor, at, reason)
    if case.method == SUSPENSE and (case.state in RESERVING) != (to in RESERVING):
        _reserve(tx, case.unit, case.amount_fen if to in RESERVING else -case.amount_fen)


def mark_printed(tx: Tx, unit: str, case_no: str, at: str) -> None:
    """The 回单 of a case has been printed; from then on a print is 补打."""
    tx.must_hold(unit)
    tx.connection.execute(
        cases.update()
        .where(cases.c.unit == unit, cases.c.case_no == case_no, cases.c.printed_at.is_(None))
        .values(printed_at=at)
    )


def get(tx: Tx, unit: str, case_no: str) -> Case | None:
    row = tx.connection.execute(select(cases).where(cases.c.unit == unit, cases.c.case_no == case_no)).one_or_none()
    return _case(row) if row is not None else None


def listing(
    tx: Tx,
    units: Collection[str] | None = None,
    *,
    states: Collection[State] | None = None,
    business: str | None = None,
    file_sha256: str | None = None,
) -> list[Case]:
    """Cases in order of 受理号, of all units or some; the 建账 of each unit only when asked for as a business."""
    statement = select(cases).where(cases.c.business == business if business else cases.c.business != SETUP)
    if units is not None:
        statement = statement.where(cases.c.unit.in_(sorted(units)))
    if states is not None:
        statement = statement.where(cases.c.state.in_(sorted(states)))
    if file_sha256 is not None:
        statement = statement.where(cases.c.file_sha256 == file_sha256)
    return [_case(row) for row in tx.connection.execute(statement.order_by(cases.c.unit, cases.c.case_no))]


def rows(tx: Tx, unit: str, case_no: str) -> list[CaseRow]:
    statement = select(case_row).where(case_row.c.unit == unit, case_row.c.case_no == case_no)
    return [
        CaseRow(row.row_no, row.account, row.id_hash, row.effective_month, row.end_month, json.loads(row.content))
        for row in tx.connection.execute(statement.order_by(case_row.c.row_no))
    ]


def history(tx: Tx, unit: str, case_no: str) -> list[CaseEvent]:
    """What happened to a case, oldest first."""
    c = case_event.c
    statement = select(c.at, c.actor, c.from_state, c.to_state, c.reason).where(c.unit == unit, c.case_no == case_no)
    return [
        CaseEvent(at, actor, State(source) if source else None, State(target), reason)
        for at, actor, source, target, reason in tx.connection.execute(statement.order_by(c.seq))
    ]


def replace_rows(tx: Tx, case: Case, new: NewCase, rows: Sequence[CaseRow]) -> None:
    """A draft or returned case edited: its values and rows become the new ones, its number and state stay."""
    tx.must_hold(case.unit)
    edited = ("heads", "amount_fen", "effective_month", "other_unit", "method", "file_name", "file_sha256")
    values = {name: getattr(new, name) for name in edited}
    values |= {"batch": _json(new.batch), "totals": _json(new.totals)}
    tx.connection.execute(
        cases.update().where(cases.c.unit == case.unit, cases.c.case_no == case.case_no).values(values)
    )
    tx.connection.execute(case_row.delete().where(case_row.c.unit == case.unit, case_row.c.case_no == case.case_no))
    _put_rows(tx, case.unit, case.case_no, rows)


def _put_rows(tx: Tx, unit: str, case_no: str, rows: Sequence[CaseRow]) -> None:
    if rows:
        tx.connection.execute(
            case_row.insert(),
            [
                {
                    "unit": unit,
                    "case_no": case_no,
                    "row_no": row.row_no,
                    "account": row.account,
                    "id_hash": row.id_hash,
                    "effective_month": row.effective_month,
                    "end_month": row.end_month,
                    "content": _json(row.content),
                }
                for row in rows
            ],
        )


def _event(
    tx: Tx,
    unit: str,
    case_no: str,
    source: State | None,
    target: State,
    actor: str,
    at: str,
    reason: str | None,
) -> None:
    seen = select(func.count()).where(case_event.c.unit == unit, case_event.c.case_no == case_no)
    tx.connection.execute(
        case_event.insert().values(
            unit=unit,
            case_no=case_no,
            seq=tx.connection.execute(seen).scalar_one() + 1,
            at=at,
            actor=actor,
            from_state=source,
            to_state=target,
            reason=reason,
        )
    )


def _reserve(tx: Tx, unit: str, fen: int) -> None:
    balances = unit_balance.c
    reserved = tx.connection.execute(
        unit_balance.update()
        .where(balances.unit == unit, balances.suspense_fen >= balances.reserved_fen + fen)
        .values(reserved_fen=balances.reserved_fen + fen)
    )
    if reserved.rowcount != 1:
        row = tx.connection.execute(
            select(balances.suspense_fen, balances.reserved_fen).where(balances.unit == unit)
        ).one()
        available = row.suspense_fen - row.reserved_fen
        raise Refused(
            f"单位 {unit} 的暂收户可用余额不够这笔业务，没有受理，账簿没有变",
            code="E705",
            facts=(
                f"这笔业务要 {money.show(fen)}，暂收户可用 {money.show(available)}，差 {money.show(fen - available)}。",
            ),
            remedies=("可以：等钱到账后再跑同一条命令",),
        )


def _case(row: Row[Any]) -> Case:
    values = row._asdict()
    finished = values["finished_date"]
    return Case(
        **values
        | {
            "state": State(values["state"]),
            "as_of": date.fromisoformat(values["as_of"]),
            "finished_date": date.fromisoformat(finished) if finished else None,
            "batch": json.loads(values["batch"]),
            "totals": json.loads(values["totals"]),
        }
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
