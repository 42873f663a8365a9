"""Vouchers (记账凭证): balanced inside one unit or not there at all, and the hash that chains them.

A broken voucher is our bug, never the user's data, so what is raised here is a plain ValueError (exit 70).
Amounts are 分; a reversal (红字) keeps account and side and has negative amounts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gjj_cli.ledger import chart
from gjj_cli.ledger.chart import Part, Side

GENESIS = "0" * 64  # what the first voucher of a unit is chained to


@dataclass(frozen=True, slots=True)
class Line:
    """One line. 201 always names an employee (个人账号) and a part; no other account does."""

    account: str
    side: Side
    amount_fen: int
    value_date: date
    employee: str | None = None
    part: Part | None = None

    def __post_init__(self) -> None:
        if self.account not in chart.CHART:
            raise ValueError(f"no account {self.account}")
        if self.amount_fen == 0:
            raise ValueError("a line of zero")
        personal = self.employee is not None and self.part in chart.PART_NAMES
        impersonal = self.employee is None and self.part is None
        if not (personal if self.account == chart.FUND else impersonal):
            raise ValueError(f"account {self.account} with employee {self.employee!r} and part {self.part!r}")


@dataclass(frozen=True, slots=True)
class Head:
    """What a voucher says besides its lines: the unit's books it is in, 日期, 业务, 摘要, 经办, 机构, 受理号."""

    unit: str
    date: date
    business: str
    memo: str
    teller: str
    org: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """A balanced voucher of one unit. `reverses` is the entry number it takes back; `transfer_id` pairs two units."""

    head: Head
    lines: tuple[Line, ...]
    transfer_id: str | None = None
    reverses: int | None = None

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("a voucher without lines")
        debit = sum(line.amount_fen for line in self.lines if line.side == "借")
        credit = sum(line.amount_fen for line in self.lines if line.side == "贷")
        if debit != credit:
            raise ValueError(f"debits {debit} are not credits {credit}")


@dataclass(frozen=True, slots=True)
class Parts:
    """One employee's money by part, 分."""

    employee: str
    cur_fen: int
    prior_fen: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What posting gives a voucher: its entry number, posting month and number, and the key that made it once."""

    entry_no: int
    month: int
    voucher_no: int
    post_kind: str
    post_key: str
    generation: int
    content_hash: str


def opening(head: Head, parts: Sequence[Parts], suspense_fen: int) -> Voucher:
    """期初: 借 10101 / 贷 201 of every employee and part, 贷 21901. ValueError when all is zero."""
    credits = _fund_lines(parts, "贷", head.date)
    if suspense_fen:
        credits += (Line(chart.SUSPENSE, "贷", suspense_fen, head.date),)
    total = sum(line.amount_fen for line in credits)
    return Voucher(head, (Line(chart.DEPOSIT, "借", total, head.date), *credits))


def receipt(head: Head, amount_fen: int, account: str = chart.SUSPENSE) -> Voucher:
    """到账: 借 10101 / 贷 21901, or 21902 while nobody knows whose it is."""
    return Voucher(head, (Line(chart.DEPOSIT, "借", amount_fen, head.date), Line(account, "贷", amount_fen, head.date)))


def payment(head: Head, amounts: Mapping[str, int]) -> Voucher:
    """汇缴, 补缴: 借 21901 the sum / 贷 201 当年归集 each employee's amount (by 个人账号, 分)."""
    credits = tuple(Line(chart.FUND, "贷", fen, head.date, employee, "cur") for employee, fen in amounts.items())
    return Voucher(head, (Line(chart.SUSPENSE, "借", sum(amounts.values()), head.date), *credits))


def transfer_pair(out_head: Head, in_head: Head, parts: Sequence[Parts], transfer_id: str) -> tuple[Voucher, Voucher]:
    """内部转移: 借 201 / 贷 21903 in the old unit, 借 21903 / 贷 201 in the new one, one transfer id."""
    total = sum(part.cur_fen + part.prior_fen for part in parts)
    leaving = (
        *_fund_lines(parts, "借", out_head.date),
        Line(chart.CLEARING, "贷", total, out_head.date),
    )
    arriving = (
        Line(chart.CLEARING, "借", total, in_head.date),
        *_fund_lines(parts, "贷", in_head.date),
    )
    return Voucher(out_head, leaving, transfer_id), Voucher(in_head, arriving, transfer_id)


def interest_year(day: date) -> int:
    """结息年份 of a day: the year of the 30 June on or after it."""
    return day.year if (day.month, day.day) <= (6, 30) else day.year + 1


def reverse(original: Voucher, entry_no: int, head: Head, settled_year: int | None, transfer_id: str | None) -> Voucher:
    """红字: the voucher that takes entry `entry_no` back, same accounts and sides, negative amounts.

    A line keeps its value date, so that 积数 becomes as if it had never been posted; where its 结息年份 is settled
    (`settled_year` or before) it counts from the reversal's date, and 当年归集 that has been carried since is taken from
    上年结转. ValueError for a reversal, which is never reversed.
    """
    if original.reverses is not None:
        raise ValueError(f"entry {entry_no} is a reversal itself")
    carried = _settled(original.head.date, settled_year)
    lines = tuple(
        replace(
            line,
            amount_fen=-line.amount_fen,
            value_date=head.date if _settled(line.value_date, settled_year) else line.value_date,
            part="prior" if carried and line.part is not None else line.part,
        )
        for line in original.lines
    )
    return Voucher(head, lines, transfer_id, entry_no)


def settled(voucher: Voucher, settled_year: int | None) -> bool:
    """Whether interest on the voucher has been paid, so that a reversal cannot take it back (W807)."""
    personal = (line.value_date for line in voucher.lines if line.account == chart.FUND)
    return any(_settled(day, settled_year) for day in personal)


def _settled(day: date, settled_year: int | None) -> bool:
    return settled_year is not None and interest_year(day) <= settled_year


def _fund_lines(parts: Sequence[Parts], side: Side, value_date: date) -> tuple[Line, ...]:
    named: tuple[tuple[Part, str], ...] = (("prior", "prior_fen"), ("cur", "cur_fen"))
    return tuple(
        Line(chart.FUND, side, getattr(money, field), value_date, money.employee, part)
        for money in parts
        for part, field in named
        if getattr(money, field)
    )


def canonical(numbers: Numbers, voucher: Voucher) -> bytes:
    """The bytes of a voucher that are hashed (`encode`): what it says, its numbers and the key it was posted under."""
    return encode(fields(numbers, voucher), said(voucher))


def fields(numbers: Numbers, voucher: Voucher) -> tuple[object, ...]:
    """The fields of the canonical form in order, which are also those of a voucher's row before its two hashes."""
    head = voucher.head
    return (
        head.unit,
        numbers.entry_no,
        numbers.month,
        numbers.voucher_no,
        head.date.isoformat(),
        head.business,
        head.case,
        head.memo,
        head.teller,
        head.org,
        voucher.transfer_id,
        voucher.reverses,
        numbers.post_kind,
        numbers.post_key,
        numbers.generation,
        numbers.content_hash,
    )


def said(voucher: Voucher) -> list[tuple[object, ...]]:
    """The lines as the canonical form has them."""
    texts: dict[date, str] = {}
    return [
        (
            line.account,
            line.employee,
            line.part,
            line.side,
            line.amount_fen,
            texts.get(line.value_date) or texts.setdefault(line.value_date, line.value_date.isoformat()),
        )
        for line in voucher.lines
    ]


def encode(fields: Sequence[object], lines: Sequence[Sequence[object]]) -> bytes:
    """The canonical form `gjj.voucher/1`: one JSON array in UTF-8 without blanks.

    [form, unit, entry_no, month, voucher_no, date, business, case, memo, teller, org, transfer_id, reverses,
    post_kind, post_key, generation, content_hash, [[account, employee, part, side, amount_fen, value_date], ...]];
    lines in order, dates as YYYY-MM-DD, months as year x 12 + month - 1, absent values null.
    """
    form = ["gjj.voucher/1", *fields, lines]
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()


def chain_hash(prev_hash: str, form: bytes) -> str:
    """SHA-256, hex, over the previous hash (64 hex characters), a line feed and the canonical form."""
    return hashlib.sha256(prev_hash.encode() + b"\n" + form).hexdigest()
