"""Paying person-months: one voucher 借 21901 / 贷 201, the register of what was due and paid, and 缴至年月."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from gjj_cli import month as months
from gjj_cli.ledger import voucher as ledger
from gjj_cli.store import direct
from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import Posted, PostKey, post
from gjj_cli.store.register import refresh_statuses
from gjj_cli.store.tables_ledger import unit
from gjj_cli.store.tables_register import employee, person_month

REMITTANCE = "remittance"  # the kind of a post key whose key is the month paid, as 2025-07


class PersonMonth(NamedTuple):
    """What one person owes for one month and pays with it, by side, 分. `employee` is the 个人账号."""

    employee: str
    month: int
    unit_fen: int
    personal_fen: int


def content(rows: Sequence[PersonMonth] | Sequence[tuple[str, int, int, int]]) -> bytes:
    """What a paying post key stands for, form `gjj.payment/1`: JSON of the person-months in order of person and month.

    `verify` makes it again from the register, so that no paid month can be changed unseen.
    """
    return json.dumps(["gjj.payment/1", sorted(rows)], ensure_ascii=False, separators=(",", ":")).encode()


def pay(tx: Tx, head: ledger.Head, key: PostKey, rows: Sequence[PersonMonth]) -> Posted:
    """Posts person-months whole as one voucher and registers them; the same again changes nothing.

    A 汇缴 (key kind REMITTANCE, key the month as 2025-07) also moves 单位缴至年月, the unit from 02 to 01, and 预封存
    people to 封存. A person-month that is registered already raises (the rules refuse it before). Raises what `post`
    raises.
    """
    amounts: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.unit_fen or row.personal_fen:  # an amount that rounds to 0 is registered, but is no line
            amounts[row.employee] += row.unit_fen + row.personal_fen
    posted = post(tx, [ledger.payment(head, amounts)], key, content(rows))
    if not posted.already:
        _register(tx, head.unit, rows, posted.entries[0].entry_no)
        if key.kind == REMITTANCE:
            _remitted(tx, head.unit, months.parse(key.key))
    return posted


_PAYING = select(person_month.c.employee).where(
    person_month.c.unit == bindparam("of_unit"),
    person_month.c.last_voucher == bindparam("entry_no"),
    person_month.c.month == bindparam("paid"),
)
_RAISE_PAID = Statement(
    employee.update()
    .where(
        employee.c.unit == bindparam("of_unit"),
        employee.c.account.in_(_PAYING),
        or_(employee.c.paid_through.is_(None), employee.c.paid_through < bindparam("paid")),
    )
    .values(paid_through=bindparam("paid"))
)
_REMITTED = Statement(
    unit.update().where(unit.c.unit == bindparam("of_unit")).values(paid_through=bindparam("month"), state="01")
)


def _register(tx: Tx, of_unit: str, rows: Sequence[PersonMonth], entry_no: int) -> None:
    paid = [
        (of_unit, who, month, unit_fen, personal_fen, unit_fen, personal_fen, entry_no)
        for who, month, unit_fen, personal_fen in rows
    ]
    direct.insert(tx, person_month, paid)
    for month in sorted({row.month for row in rows}):
        _RAISE_PAID.run(tx, of_unit=of_unit, entry_no=entry_no, paid=month)


def _remitted(tx: Tx, of_unit: str, month: int) -> None:
    _REMITTED.run(tx, of_unit=of_unit, month=month)
    refresh_statuses(tx, of_unit)


def registered(tx: Tx, of_unit: str, entry_no: int) -> list[PersonMonth]:
    """The person-months that a voucher paid."""
    c = person_month.c
    statement = select(c.employee, c.month, c.paid_unit_fen, c.paid_personal_fen).where(
        c.unit == of_unit, c.last_voucher == entry_no
    )
    return [PersonMonth(*row) for row in tx.connection.execute(statement.order_by(c.employee, c.month))]
