"""The audit log: who did what when, chained per unit and written in the transaction of what was done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from gjj_cli.ledger.voucher import chain_hash
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


def revision(tx: Tx, of_unit: str) -> int:
    """How often a unit has been written: every writing command leaves a line here. The frame of units has it too."""
    return int(tx.connection.execute(select(unit.c.next_audit_no).where(unit.c.unit == of_unit)).scalar_one())


def write(tx: Tx, of_unit: str, act: Act) -> None:
    """Adds one line to a unit's log (`~centre` for what belongs to none)."""
    tx.must_hold(of_unit)
    books = tx.connection.execute(select(unit.c.next_audit_no, unit.c.audit_head).where(unit.c.unit == of_unit)).one()
    head = chain_hash(books.audit_head, canonical(of_unit, books.next_audit_no, act))
    tx.connection.execute(
        audit_log.insert().values(
            unit=of_unit,
            no=books.next_audit_no,
            at=act.at,
            as_of=act.as_of.isoformat(),
            actor=act.actor,
            command=act.command,
            detail=act.detail,
            prev_hash=books.audit_head,
            hash=head,
        )
    )
    tx.connection.execute(
        unit.update().where(unit.c.unit == of_unit).values(next_audit_no=books.next_audit_no + 1, audit_head=head)
    )
