"""Numbered vouchers into the books: their rows and hashes, their lines, and the balances that the lines move."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, case, func, select

from gjj_cli.errors import Refused
from gjj_cli.ledger import chart
from gjj_cli.ledger.voucher import Numbers, Voucher, chain_hash, encode, fields, said
from gjj_cli.store import direct
from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_ledger import employee_balance, line, unit_balance, voucher


def write(tx: Tx, name: str, numbered: Sequence[tuple[Numbers, Voucher]], head: str) -> str:
    """Writes a unit's next vouchers, chained to `head`, and moves its balances; returns the new head of the chain.

    Raises Refused (E703) where a balance would go below zero, or 暂收 below what is reserved.
    """
    rows: list[tuple[object, ...]] = []
    lines: list[tuple[object, ...]] = []
    for numbers, one in numbered:
        told, words = fields(numbers, one), said(one)
        previous, head = head, chain_hash(head, encode(told, words))
        rows.append((*told, previous, head))
        lines += [(name, numbers.entry_no, place, *word) for place, word in enumerate(words, 1)]
    direct.insert(tx, voucher, rows)
    direct.insert(tx, line, lines)
    _move_employees(tx, name, numbered)
    _move_unit(tx, name, numbered)
    _check_balanced(tx, name, numbered[0][0].entry_no)
    return head


# What the lines of the entries from `first` on moved, summed by the database over what it now holds.
_WRITTEN = (line.c.unit == bindparam("of_unit"), line.c.voucher >= bindparam("first"))
_RAISED = case((line.c.side == "贷", line.c.amount_fen), else_=-line.c.amount_fen)


def _sum(condition: ColumnElement[bool], label: str) -> ColumnElement[int]:
    return func.sum(case((condition, _RAISED), else_=0)).label(label)


_OF_EMPLOYEES = (
    select(line.c.employee, _sum(line.c.part == "cur", "cur"), _sum(line.c.part == "prior", "prior"))
    .where(*_WRITTEN, line.c.employee.is_not(None))
    .group_by(line.c.employee)
    .subquery("moved")
)
_MOVE_EMPLOYEES = Statement(
    employee_balance.update()
    .where(
        employee_balance.c.unit == bindparam("of_unit"),
        employee_balance.c.employee == _OF_EMPLOYEES.c.employee,
        employee_balance.c.cur_fen + _OF_EMPLOYEES.c.cur >= 0,
        employee_balance.c.prior_fen + _OF_EMPLOYEES.c.prior >= 0,
    )
    .values(
        cur_fen=employee_balance.c.cur_fen + _OF_EMPLOYEES.c.cur,
        prior_fen=employee_balance.c.prior_fen + _OF_EMPLOYEES.c.prior,
    )
)
_MOVE_UNIT = Statement(
    unit_balance.update()
    .where(
        unit_balance.c.unit == bindparam("of_unit"),
        unit_balance.c.suspense_fen + bindparam("suspense") >= unit_balance.c.reserved_fen,
    )
    .values(
        fund_fen=unit_balance.c.fund_fen + bindparam("fund"),
        suspense_fen=unit_balance.c.suspense_fen + bindparam("suspense"),
    )
)
_UNBALANCED = Statement(select(line.c.voucher).where(*_WRITTEN).group_by(line.c.voucher).having(func.sum(_RAISED) != 0))


def _move_employees(tx: Tx, name: str, numbered: Sequence[tuple[Numbers, Voucher]]) -> None:
    people = {item.employee for _, one in numbered for item in one.lines} - {None}
    if people and _MOVE_EMPLOYEES.run(tx, of_unit=name, first=numbered[0][0].entry_no) != len(people):
        raise Refused(
            f"单位 {name} 有职工的余额会小于 0，没有记账，账簿没有变",
            code="E703",
            remedies=("改：核对金额和职工的余额",),
        )


def _move_unit(tx: Tx, name: str, numbered: Sequence[tuple[Numbers, Voucher]]) -> None:
    raised = {chart.FUND: 0, chart.SUSPENSE: 0}
    for _, one in numbered:
        for item in one.lines:
            if item.account in raised:
                raised[item.account] += item.amount_fen if item.side == "贷" else -item.amount_fen
    if _MOVE_UNIT.run(tx, of_unit=name, fund=raised[chart.FUND], suspense=raised[chart.SUSPENSE]) != 1:
        raise Refused(
            f"单位 {name} 的暂收户余额不够，没有记账，账簿没有变",
            code="E703",
            remedies=("改：等钱到账，或者先办完占用暂收的业务",),
        )


def _check_balanced(tx: Tx, name: str, first: int) -> None:
    """The second look at debits = credits, by the database over what it now holds (reliability 1.13)."""
    broken = _UNBALANCED.rows(tx, of_unit=name, first=first)
    if broken:
        raise ValueError(f"vouchers {broken} of unit {name} do not balance in the database")
