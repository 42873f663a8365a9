"""Receipts (到账): money of a bank line, known by bank and 流水号 over all units, posted once."""

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli import money
from gjj_cli.errors import Refused
from gjj_cli.ledger import chart
from gjj_cli.ledger import voucher as ledger
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import Posted, PostKey, entry, post
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import receipt

KIND = "receipt"
TAKEN_BACK = "已冲销"  # the state of a receipt whose voucher was reversed: it may come again, for another unit too


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
    is Refused, unless the first has been reversed.
    """
    tx.must_hold(CENTRE, new.books)
    if head.unit != new.books:
        raise ValueError(f"the voucher is in the books of {head.unit}, the receipt in those of {new.books}")
    before = known(tx, new.bank, new.ref)
    if before is not None:
        return _again(tx, before, new, posted_as(tx, new.bank, new.ref))
    account = chart.SUSPENSE if new.of_unit else chart.UNIDENTIFIED
    content = json.dumps([new.amount_fen, new.date.isoformat(), new.of_unit], ensure_ascii=False).encode()
    posted = post(tx, [ledger.receipt(head, new.amount_fen, account)], new.key, content)
    said = {
        "amount_fen": new.amount_fen,
        "date": new.date.isoformat(),
        "of_unit": new.of_unit,
        "state": "暂收" if new.of_unit else "待查",
        "entry_no": posted.entries[0].entry_no,
    }
    tx.connection.execute(
        insert(receipt)
        .values(unit=CENTRE, bank=new.bank, ref=new.ref, **said)
        .on_conflict_do_update(index_elements=["unit", "bank", "ref"], set_=said)
    )
    return posted


def known(tx: Tx, bank: str, ref: str) -> Receipt | None:
    """The receipt that stands under this bank and 流水号; one that was reversed does not."""
    c = receipt.c
    row = tx.connection.execute(
        select(c.bank, c.ref, c.amount_fen, c.date, c.of_unit).where(
            c.unit == CENTRE, c.bank == bank, c.ref == ref, c.state != TAKEN_BACK
        )
    ).one_or_none()
    return None if row is None else Receipt(row.bank, row.ref, row.amount_fen, _day(row.date), row.of_unit)


def posted_as(tx: Tx, bank: str, ref: str) -> int:
    """The entry number of a known receipt, in the books of its unit."""
    c = receipt.c
    return int(
        tx.connection.execute(select(c.entry_no).where(c.unit == CENTRE, c.bank == bank, c.ref == ref)).scalar_one()
    )


def of_ref(tx: Tx, ref: str) -> list[tuple[str, int]]:
    """The books and entry numbers of the receipts with this 流水号, of whatever bank."""
    c = receipt.c
    rows = tx.connection.execute(select(c.of_unit, c.entry_no).where(c.unit == CENTRE, c.ref == ref).order_by(c.bank))
    return [(of_unit or CENTRE, no) for of_unit, no in rows]


def take_back(tx: Tx, bank: str, ref: str) -> None:
    """The voucher of a receipt is being reversed: its money is no longer here. Needs CENTRE."""
    tx.must_hold(CENTRE)
    c = receipt.c
    tx.connection.execute(
        receipt.update().where(c.unit == CENTRE, c.bank == bank, c.ref == ref).values(state=TAKEN_BACK)
    )


def listing(tx: Tx, unit: str | None = None) -> list[Receipt]:
    """Receipts by date, of one unit or all; without those that were reversed."""
    c = receipt.c
    statement = select(c.bank, c.ref, c.amount_fen, c.date, c.of_unit).order_by(c.date, c.bank, c.ref)
    statement = statement.where(c.state != TAKEN_BACK)
    if unit is not None:
        statement = statement.where(c.of_unit == unit)
    return [
        Receipt(bank, ref, fen, _day(day), of_unit) for bank, ref, fen, day, of_unit in tx.connection.execute(statement)
    ]


def _again(tx: Tx, before: Receipt, new: Receipt, entry_no: int) -> Posted:
    if (before.amount_fen, before.of_unit) != (new.amount_fen, new.of_unit):
        raise Refused(
            f"流水号 {new.ref} 已经用别的内容记过账，没有再记，账簿没有变",
            facts=(
                f"已记的：{before.date.isoformat()} {money.show(before.amount_fen)}"
                f" 单位 {before.of_unit or '（待查款）'}",
            ),
            remedies=(
                "改：核对流水号和金额；另一笔钱要用它自己的流水号",
                f"记错了的先冲销：gjj ledger reverse {new.ref} --reason 原因",
            ),
        )
    return Posted((entry(tx, before.books, entry_no),), True)


def _day(text: str) -> date:
    return date.fromisoformat(text)
