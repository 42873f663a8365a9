"""The journal read from its start to its end for other programs, a unit at a time and never all of it in memory."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import case, func, select

from gjj_cli.ledger import chart
from gjj_cli.ledger.entry import Amount, Balance, Entry, raised
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.tables_ledger import employee_balance, line, unit, unit_balance, voucher

AT_A_TIME = 2000  # rows fetched
_ORIGINAL, _REVERSAL = voucher.alias("original"), voucher.alias("reversal")


def every_unit(tx: Tx) -> list[str]:
    """All units that have books, ~centre too."""
    return list(tx.connection.scalars(select(unit.c.unit).order_by(unit.c.unit)))


def entries(tx: Tx, of_unit: str) -> Iterator[Entry]:
    """The vouchers of a unit in order, each with what it reverses and what reversed it."""
    v, original, reversal = voucher.c, _ORIGINAL.c, _REVERSAL.c
    heads = (
        select(
            *(v.no, v.month, v.voucher_no, v.date, v.business, v.memo, v.case_no, v.transfer_id, v.reverses),
            *(original.month.label("of_month"), original.voucher_no.label("of_number")),
            *(reversal.no.label("by"), reversal.month.label("by_month"), reversal.voucher_no.label("by_number")),
        )
        .outerjoin(_ORIGINAL, (original.unit == v.unit) & (original.no == v.reverses))
        .outerjoin(_REVERSAL, (reversal.unit == v.unit) & (reversal.reverses == v.no))
        .where(v.unit == of_unit)
        .order_by(v.no)
    )
    lines = _lines(tx, of_unit)
    waiting = next(lines, None)
    for row in tx.connection.execute(heads, execution_options={"yield_per": AT_A_TIME}):
        while waiting is not None and waiting[0] < row.no:
            waiting = next(lines, None)
        here = waiting[1] if waiting is not None and waiting[0] == row.no else ()
        ref = EntryRef(of_unit, row.no, row.month, row.voucher_no)
        yield Entry(
            of_unit,
            row.no,
            ref.text,
            row.case_no or ref.journal_no,
            row.date,
            row.business,
            row.memo,
            row.transfer_id,
            None if row.reverses is None else EntryRef(of_unit, row.reverses, row.of_month, row.of_number).text,
            None if row.by is None else EntryRef(of_unit, row.by, row.by_month, row.by_number).text,
            here,
        )


def _lines(tx: Tx, of_unit: str) -> Iterator[tuple[int, tuple[Amount, ...]]]:
    """The lines of each voucher, in order."""
    c = line.c
    chosen = select(c.voucher, c.account, c.employee, c.part, c.side, c.amount_fen, c.value_date)
    statement = chosen.where(c.unit == of_unit).order_by(c.voucher, c.n)
    rows = tx.connection.execute(statement, execution_options={"yield_per": AT_A_TIME})
    for number, group in groupby(rows, lambda row: int(row[0])):
        yield number, tuple(Amount(*row[1:]) for row in group)


def balances(tx: Tx, of_unit: str) -> Iterator[Balance]:
    """What the books keep as balances, and of the accounts that have none kept, the sum of their lines."""
    c = line.c
    debit = func.sum(case((c.side == "借", c.amount_fen), else_=-c.amount_fen))
    kept = (chart.FUND, chart.SUSPENSE)
    sums = select(c.account, debit).where(c.unit == of_unit, c.account.not_in(kept)).group_by(c.account)
    for account, fen in tx.connection.execute(sums.order_by(c.account)):
        yield Balance(account, None, None, int(fen))
    suspense = select(unit_balance.c.suspense_fen).where(unit_balance.c.unit == of_unit)
    for fen in tx.connection.scalars(suspense):
        yield Balance(chart.SUSPENSE, None, None, raised(chart.SUSPENSE, fen))
    e = employee_balance.c
    people = select(e.employee, e.cur_fen, e.prior_fen).where(e.unit == of_unit).order_by(e.employee)
    for employee, cur, prior in tx.connection.execute(people, execution_options={"yield_per": AT_A_TIME}):
        yield Balance(chart.FUND, employee, "cur", raised(chart.FUND, cur))
        yield Balance(chart.FUND, employee, "prior", raised(chart.FUND, prior))
