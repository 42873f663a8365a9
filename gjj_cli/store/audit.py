"""The audit log: who did what when, chained per unit and written in the transaction of what was done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from gjj_cli.ledger.voucher import chain_hash
from gjj_cli.store import direct
from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_ledger import audit_log, unit


@dataclass(frozen=True)
class Act:
    """`at` is the wall clock as ISO text, `as_of` the business date; `detail` is masked already."""

    at: str
    as_of: date
    actor: str
    command: str
    detail: str


def canonical(of_unit: str, no: int, act: Act) -> bytes:
    """Form `gjj.audit/1`: a JSON array of unit, number and the act's fields."""
    form = ["gjj.audit/1", of_unit, no, act.at, act.as_of.isoformat(), act.actor, act.command, act.detail]
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()


def revisions(tx: Tx, units: Sequence[str]) -> dict[str, int]:
    """`revision` of several units: as long as it is the same, what was read of them stands."""
    return {of_unit: revision(tx, of_unit) for of_unit in units}


_BOOKS = Statement(select(unit.c.next_audit_no, unit.c.audit_head).where(unit.c.unit == bindparam("of_unit")))
_ADVANCE = Statement(
    unit.update()
    .where(unit.c.unit == bindparam("of_unit"))
    .values(next_audit_no=bindparam("next"), audit_head=bindparam("head"))
)


def revision(tx: Tx, of_unit: str) -> int:
    """How often a unit has been written: every writing command leaves a line here. The frame of units has it too."""
    ((number, _),) = _BOOKS.rows(tx, of_unit=of_unit)
    return int(number)


def write(tx: Tx, of_unit: str, act: Act) -> None:
    """Adds one line to a unit's log (`~centre` for what belongs to none)."""
    tx.must_hold(of_unit)
    ((no, previous),) = _BOOKS.rows(tx, of_unit=of_unit)
    head = chain_hash(previous, canonical(of_unit, no, act))
    said = (of_unit, no, act.at, act.as_of.isoformat(), act.actor, act.command, act.detail, previous, head)
    direct.insert(tx, audit_log, [said])
    _ADVANCE.run(tx, of_unit=of_unit, next=no + 1, head=head)
