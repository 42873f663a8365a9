"""红字冲销: vouchers taken back in one transaction, and with them what they did to the register (semantics 1.10)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import bindparam, select

from gjj_cli.business.names import REVERSAL
from gjj_cli.errors import Refused
from gjj_cli.ledger import voucher as ledger
from gjj_cli.ledger.voucher import Head
from gjj_cli.store import cases, events, journal, receipts, reversal_order, reversal_register
from gjj_cli.store.engine import Tx
from gjj_cli.store.journal import Booked
from gjj_cli.store.ledger import EntryRef, PostKey, post
from gjj_cli.store.payments import REMITTANCE
from gjj_cli.store.tables_ledger import unit, voucher
from gjj_cli.store.tables_register import unit_event

SHORT = "冲销"  # its word in 单位明细
Entry = tuple[str, int]  # unit, entry number


class Kind(StrEnum):
    """What kind of voucher is taken back."""

    REMITTANCE = "remittance"
    ARREARS = "supplementary-payment"
    RECEIPT = "receipt"
    TRANSFER = "internal-transfer"
    OPENING = "opening"


@dataclass(frozen=True)
class Undoing:
    """What one reversal takes back: of one kind, newest first; of a transfer both sides, the new unit's first.

    `people` are those whose register changes, by 个人账号, with the person-months taken from them.
    """

    kind: Kind
    vouchers: tuple[Booked, ...]
    people: Mapping[str, tuple[tuple[int, int, int, int], ...]]  # -> (entry no, month, unit_fen, personal_fen)

    @property
    def unit(self) -> str:
        """The unit whose case it is; of a transfer the one where the account is now."""
        return self.vouchers[0].ref.unit

    @property
    def units(self) -> list[str]:
        return sorted({one.ref.unit for one in self.vouchers})

    @property
    def entries(self) -> list[Entry]:
        return [(one.ref.unit, one.ref.entry_no) for one in self.vouchers]

    @property
    def amount_fen(self) -> int:
        """What comes back, 分, as a positive amount; the money of a transfer counts once."""
        counted = self.vouchers[:1] if self.kind is Kind.TRANSFER else self.vouchers
        return sum(line.amount_fen for one in counted for line in one.voucher.lines if line.side == "借")


@dataclass(frozen=True)
class TakenBack:
    """The reversal's entries, in the order of its vouchers, and whether a settled year's interest stays (W807)."""

    entries: tuple[EntryRef, ...]
    settled: bool


def kind_of(booked: Booked) -> Kind:
    """Raises Refused (E609) for a reversal."""
    reversal_order.refuse_reversal(booked)
    if booked.key.kind == "case":
        return Kind.TRANSFER if booked.voucher.transfer_id is not None else Kind.ARREARS
    return Kind(booked.key.kind)


def load(tx: Tx, entries: Sequence[Entry]) -> Undoing:
    """Those entries as they are to be taken back; all of one kind (and of a transfer one pair)."""
    vouchers = tuple(one for of_unit, no in entries for one in journal.vouchers(tx, of_unit, entry_no=no))
    kinds = {kind_of(one) for one in vouchers}
    if len(kinds) != 1 or len(vouchers) != len(entries):
        raise ValueError(f"entries {entries} are not of one kind")
    (kind,) = kinds
    if kind is Kind.TRANSFER:
        moved = reversal_register.movers(tx, _transfer_case(vouchers[0]), vouchers[0], vouchers[1])
        return Undoing(kind, vouchers, dict.fromkeys(moved, ()))
    return Undoing(kind, vouchers, reversal_register.months_of(tx, vouchers))


def _transfer_case(one_side: Booked) -> tuple[str, str]:
    """(unit, 受理号) of the case of a transfer; its 受理号 begins with its unit."""
    case_no = one_side.voucher.head.case or ""
    return case_no.partition("-")[0], case_no


def pair(tx: Tx, one_side: Booked) -> list[Entry]:
    """Both sides of a transfer, the arrival (贷 201) first; its case names the units, so that no other is asked."""
    case_unit, case_no = _transfer_case(one_side)
    rows = cases.rows(tx, case_unit, case_no)
    units = {case_unit} | {str(row.content[name]) for row in rows for name in _SIDES if row.content.get(name)}
    found = tx.connection.execute(
        select(voucher.c.unit, voucher.c.no).where(
            voucher.c.unit.in_(sorted(units)),
            voucher.c.case_no == case_no,
            voucher.c.transfer_id == one_side.voucher.transfer_id,
        )
    )
    sides = [(one, of_unit, no) for of_unit, no in found for one in journal.vouchers(tx, of_unit, entry_no=no)]
    return [(of_unit, no) for one, of_unit, no in sorted(sides, key=lambda side: _leaves(side[0]))]


_SIDES = ("from_unit", "to_unit")


def _leaves(booked: Booked) -> bool:
    return any(line.employee is not None and line.side == "借" for line in booked.voucher.lines)


def take_back(tx: Tx, whole: Undoing, head: Callable[[Booked, str], Head]) -> TakenBack:
    """Posts the reversals, undoes the register, and writes 单位明细; `head` makes a head of a voucher and its memo.

    A 期初 is taken back on its own day, so that the corrected one can be posted on that day again. Needs every unit of
    it, and CENTRE for a receipt or a transfer. Raises Refused for what must be reversed first (E608), a reversal (E609), a
    balance that would go below zero (E703), a date before the last posting (E606).
    """
    if whole.kind is Kind.TRANSFER:
        reversal_order.transferred(tx, whole.vouchers[0], _transfer_case(whole.vouchers[0])[1], sorted(whole.people))
    refs, settled = [], False
    for booked in whole.vouchers:
        _refuse_again(tx, booked)
        _CHECKS[whole.kind](tx, booked)
        books = tx.connection.execute(_BOOKS, {"of_unit": booked.ref.unit}).one()
        year = books.settled_year
        said, own = head(booked, f"{summary(booked)} {booked.voucher.head.memo}"), booked.voucher.head.date
        if whole.kind is Kind.OPENING and own.isoformat() == books.last_posting_date:
            said = replace(said, date=own)
        transfer_id = f"{said.case}-1" if whole.kind is Kind.TRANSFER else None
        red = ledger.reverse(booked.voucher, booked.ref.entry_no, said, year, transfer_id)
        settled |= ledger.settled(booked.voucher, year)
        ref = post(tx, [red], PostKey(REVERSAL.slug, str(booked.ref.entry_no)), content(booked)).entries[0]
        _UNDO[whole.kind](tx, booked)
        _write_event(tx, whole.kind, booked, ref, said)
        refs.append(ref)
    if whole.kind is Kind.TRANSFER:
        arrival, home = whole.vouchers
        case = _transfer_case(arrival)[1]
        reversal_register.send_home(tx, home.ref.unit, arrival.ref.unit, case, sorted(whole.people))
    return TakenBack(tuple(refs), settled)


def _refuse_again(tx: Tx, booked: Booked) -> None:
    done = case_of(tx, booked.ref.unit, booked.ref.entry_no)
    if done is not None:
        raise Refused(
            f"{booked.ref.text} 已经由 {done} 冲销，没有再冲，账簿没有变", remedies=(f"可以：gjj case show {done}",)
        )


_BOOKS = select(unit.c.settled_year, unit.c.last_posting_date).where(unit.c.unit == bindparam("of_unit"))


def content(booked: Booked) -> bytes:
    """What the key of a reversal stands for, form `gjj.reversal/1`: the unit, entry number and hash taken back."""
    form = ["gjj.reversal/1", booked.ref.unit, booked.ref.entry_no, booked.hash]
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()


def summary(booked: Booked) -> str:
    """The word in 单位明细: `冲销[原流水号]`."""
    return f"冲销[{booked.voucher.head.case or booked.ref.journal_no}]"


def _nothing(tx: Tx, booked: Booked) -> None:
    """Nothing beside the journal, or nothing that one side of a pair has to do alone."""


def _undo_payment(tx: Tx, booked: Booked) -> None:
    reversal_register.unregister(tx, booked.ref.unit, booked.ref.entry_no)
    if booked.key.kind == REMITTANCE:
        reversal_register.restore_unit(tx, booked.ref.unit)


def _undo_receipt(tx: Tx, booked: Booked) -> None:
    bank, ref = json.loads(booked.key.key)
    receipts.take_back(tx, bank, ref)


_CHECKS: Mapping[Kind, Callable[[Tx, Booked], None]] = {
    Kind.REMITTANCE: reversal_order.payment,
    Kind.ARREARS: reversal_order.payment,
    Kind.RECEIPT: reversal_order.received,
    Kind.TRANSFER: _nothing,
    Kind.OPENING: reversal_order.opened,
}
_UNDO: Mapping[Kind, Callable[[Tx, Booked], None]] = {
    Kind.REMITTANCE: _undo_payment,
    Kind.ARREARS: _undo_payment,
    Kind.RECEIPT: _undo_receipt,
    Kind.TRANSFER: _nothing,
    Kind.OPENING: _nothing,
}


def _write_event(tx: Tx, kind: Kind, booked: Booked, ref: EntryRef, said: Head) -> None:
    """A row against the original's: its heads, and its money negative. What has no row there has none here."""
    c = unit_event.c
    rows = tx.connection.execute(
        select(c.heads, c.amount_fen, c.interest_fen)
        .where(c.unit == booked.ref.unit, c.entry_no == booked.ref.entry_no)
        .order_by(c.seq)
    )
    moved = [(heads, amount, interest) for heads, amount, interest in rows]
    if kind is Kind.OPENING and not moved:  # its row names no voucher where only 暂收 came in
        moved = [(0, 0, 0)]
    for heads, amount, interest in moved:
        happened = events.UnitEvent(
            said.date, SHORT, summary(booked), heads, -amount, -interest, said.case, ref.entry_no
        )
        events.add_unit_event(tx, booked.ref.unit, happened)


def standing(tx: Tx, of_unit: str, case_no: str) -> bool:
    """Whether a case still counts: it posted nothing, or something of what it posted has not been reversed."""
    back = journal.reversals(tx, of_unit)
    posted = tx.connection.scalars(
        select(voucher.c.no).where(voucher.c.unit == of_unit, voucher.c.case_no == case_no)
    ).all()
    return not posted or any(no not in back for no in posted)


def case_of(tx: Tx, of_unit: str, entry_no: int) -> str | None:
    """The 受理号 of the reversal that took an entry back, or None."""
    return tx.connection.scalar(
        select(voucher.c.case_no).where(voucher.c.unit == of_unit, voucher.c.reverses == entry_no)
    )


def kept_months(tx: Tx, of_unit: str, entry_no: int) -> list[tuple[str, int, int, int]]:
    """The person-months (个人账号, month, unit_fen, personal_fen) that a reversed voucher had paid, from its reversal."""
    case_no = case_of(tx, of_unit, entry_no)
    kept = cases.rows(tx, of_unit, case_no) if case_no is not None else []
    return [
        (row.account or "", month, unit_fen, personal_fen)
        for row in kept
        for no, month, unit_fen, personal_fen in row.content["months"]
        if no == entry_no
    ]
