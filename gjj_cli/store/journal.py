"""Reading the journal: vouchers as they were posted, and the trial balance (试算平衡)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, select

from gjj_cli.ledger import chart
from gjj_cli.ledger.voucher import Head, Line, Numbers, Voucher
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import EntryRef, PostKey
from gjj_cli.store.tables_ledger import line, voucher


@dataclass(frozen=True)
class Booked:
    """A voucher in the books."""

    ref: EntryRef
    voucher: Voucher
    key: PostKey
    content_hash: str
    prev_hash: str
    hash: str

    @property
    def numbers(self) -> Numbers:
        ref, key = self.ref, self.key
        return Numbers(ref.entry_no, ref.month, ref.voucher_no, key.kind, key.key, key.generation, self.content_hash)


@dataclass(frozen=True)
class Balance:
    """One account of a trial balance, 分; `balance_fen` counts on the account's own side."""

    account: str
    name: str
    side: str
    debit_fen: int
    credit_fen: int
    balance_fen: int


def vouchers(
    tx: Tx,
    unit: str,
    *,
    month: int | None = None,
    case_no: str | None = None,
    voucher_no: int | None = None,
    entry_no: int | None = None,
) -> list[Booked]:
    """The vouchers of a unit in entry order, narrowed by posting month, 受理号, voucher number, entry number."""
    wanted = {
        voucher.c.month: month,
        voucher.c.case_no: case_no,
        voucher.c.voucher_no: voucher_no,
        voucher.c.no: entry_no,
    }
    chosen = [column == value for column, value in wanted.items() if value is not None]
    heads = select(voucher).where(voucher.c.unit == unit, *chosen).order_by(voucher.c.no)
    numbers = select(voucher.c.no).where(voucher.c.unit == unit, *chosen)
    lines = select(line).where(line.c.unit == unit, line.c.voucher.in_(numbers)).order_by(line.c.voucher, line.c.n)
    return list(_booked(tx, heads, lines))


def _booked(tx: Tx, heads: Select[Any], lines: Select[Any]) -> Iterator[Booked]:
    of_voucher: dict[int, list[Line]] = defaultdict(list)
    for row in tx.connection.execute(lines):
        of_voucher[row.voucher].append(
            Line(row.account, row.side, row.amount_fen, date.fromisoformat(row.value_date), row.employee, row.part)
        )
    for row in tx.connection.execute(heads):
        head = Head(row.unit, date.fromisoformat(row.date), row.business, row.memo, row.teller, row.org, row.case_no)
        yield Booked(
            EntryRef(row.unit, row.no, row.month, row.voucher_no),
            Voucher(head, tuple(of_voucher[row.no]), row.transfer_id, row.reverses),
            PostKey(row.post_kind, row.post_key, row.generation),
            row.content_hash,
            row.prev_hash,
            row.hash,
        )


def reversals(tx: Tx, unit: str) -> dict[int, EntryRef]:
    """Which entries of a unit have been reversed, and by which."""
    rows = tx.connection.execute(
        select(voucher.c.reverses, voucher.c.no, voucher.c.month, voucher.c.voucher_no).where(
            voucher.c.unit == unit, voucher.c.reverses.is_not(None)
        )
    )
    return {reverses: EntryRef(unit, no, month, number) for reverses, no, month, number in rows}


def trial_balance(tx: Tx, unit: str | None = None) -> list[Balance]:
    """Debits, credits and balance of every account, in one unit or over all books (~centre too)."""
    debit = func.sum(case((line.c.side == "借", line.c.amount_fen), else_=0))
    credit = func.sum(case((line.c.side == "贷", line.c.amount_fen), else_=0))
    statement = select(line.c.account, debit, credit).group_by(line.c.account)
    if unit is not None:
        statement = statement.where(line.c.unit == unit)
    sums = {account: (int(debits), int(credits)) for account, debits, credits in tx.connection.execute(statement)}
    balances = []
    for account in chart.CHART.values():
        debits, credits = sums.get(account.number, (0, 0))
        balance = debits - credits if account.side == "借" else credits - debits
        balances.append(Balance(account.number, account.name, account.side, debits, credits, balance))
    return balances
