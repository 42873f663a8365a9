"""Receipts (到账): money of a bank line, known by bank and 流水号 over all units, posted once."""

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from gjj_cli import money
from gjj_cli.errors import Refused
from gjj_cli.ledger import chart
from gjj_cli.ledger import voucher as ledger
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import Posted, PostKey, post, posted_under
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import receipt

KIND = "receipt"


@dataclass(frozen=True)
class Receipt:
    """A bank line; `of_unit` None while nobody knows whose money it is (待查款)."""

    bank: str
    ref: str
    amount_fen: int
    date: date
    of_unit: str | None

    @property
    def key(self) -> PostKey:
        return PostKey(KIND, json.dumps([self.bank, self.ref], ensure_ascii=False))

    @property
    def books(self) -> str:
        return self.of_unit or CENTRE


def add(tx: Tx, new: Receipt, head: ledger.Head) -> Posted:
    """Posts a receipt: 借 10101 / 贷 21901 of its unit, or 贷 21902 in `~centre`. Needs CENTRE and the unit.

    The same again is `already`, on whatever day it is entered again; the same bank and 流水号 with another amount or unit
    is Refused.
    """
    tx.must_hold(CENTRE, new.books)
    if head.unit != new.books:
        raise ValueError(f"the voucher is in the books of {head.unit}, the receipt in those of {new.books}")
    before = known(tx, new.bank, new.ref)
    if before is not None:
        return _again(tx, before, new)
    account = chart.SUSPENSE if new.of_unit else chart.UNIDENTIFIED
    content = json.dumps([new.amount_fen, new.date.isoformat(), new.of_unit], ensure_ascii=False).encode()
    posted = post(tx, [ledger.receipt(head, new.amount_fen, account)], new.key, content)
    tx.connection.execute(
        receipt.insert().values(
            unit=CENTRE,
            bank=new.bank,
            ref=new.ref,
            amount_fen=new.amount_fen,
            date=new.date.isoformat(),
            of_unit=new.of_unit,
            state="暂收" if new.of_unit else "待查",
            entry_no=posted.entries[0].entry_no,
        )
    )
    return posted


def known(tx: Tx, bank: str, ref: str) -> Receipt | None:
    c = receipt.c
    row = tx.connection.execute(
        select(c.bank, c.ref, c.amount_fen, c.date, c.of_unit).where(c.unit == CENTRE, c.bank == bank, c.ref == ref)
    ).one_or_none()
    return None if row is None else Receipt(row.bank, row.ref, row.amount_fen, _day(row.date), row.of_unit)


def listing(tx: Tx, unit: str | None = None) -> list[Receipt]:
    """Receipts by date, of one unit or all."""
    c = receipt.c
    statement = select(c.bank, c.ref, c.amount_fen, c.date, c.of_unit).order_by(c.date, c.bank, c.ref)
    if unit is not None:
        statement = statement.where(c.of_unit == unit)
    return [
        Receipt(bank, ref, fen, _day(day), of_unit) for bank, ref, fen, day, of_unit in tx.connection.execute(statement)
    ]


def _again(tx: Tx, before: Receipt, new: Receipt) -> Posted:
    if (before.amount_fen, before.of_unit) != (new.amount_fen, new.of_unit):
        raise Refused(
            f"流水号 {new.ref} 已经用别的内容记过账，没有再记，账簿没有变",
            facts=(
                f"已记的：{before.date.isoformat()} {money.show(before.amount_fen)}"
                f" 单位 {before.of_unit or '（待查款）'}",
            ),
            remedies=("改：核对流水号和金额；另一笔钱要用它自己的流水号",),
        )
    return Posted(posted_under(tx, before.books, before.key), True)


def _day(text: str) -> date:
    return date.fromisoformat(text)
