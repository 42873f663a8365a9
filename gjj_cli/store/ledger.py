"""Posting: vouchers enter the books once, with their numbers, their place in the unit's chain, and the balances."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.ledger.voucher import Numbers, Voucher
from gjj_cli.store import counters
from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.entries import write
from gjj_cli.store.tables_ledger import post_key, unit, voucher


@dataclass(frozen=True)
class PostKey:
    """What is posted once in each unit: ("remittance", "2025-07"), ("case", 受理号) …

    A reversal closes the generation, and `post` takes the next one that is free: nobody else counts them.
    """

    kind: str
    key: str
    generation: int = 1


@dataclass(frozen=True)
class EntryRef:
    """Where a voucher is in its unit's books."""

    unit: str
    entry_no: int
    month: int
    voucher_no: int

    @property
    def text(self) -> str:
        """凭证号: `0500001-2507-记012`."""
        return f"{self.unit}-{months.short(self.month)}-记{self.voucher_no:03d}"

    @property
    def journal_no(self) -> str:
        """业务流水号 of a voucher without a case: unit-E + entry number."""
        return f"{self.unit}-E{self.entry_no}"


@dataclass(frozen=True)
class Posted:
    """The entries of a post, in the order of its vouchers; `already` when the same had been posted before."""

    entries: tuple[EntryRef, ...]
    already: bool


def post(tx: Tx, vouchers: Sequence[Voucher], key: PostKey, content: bytes) -> Posted:
    """Posts vouchers of one or several units under one key, in the caller's transaction.

    `content` is what the key stands for, as bytes: the same again answers with the first numbers, other content is
    Refused; what has been reversed is posted anew, in the next generation. Refused too: no such unit (E401), a date
    before the unit's last posting (E606), a balance that would go below zero or 暂收 below what is reserved (E703).
    """
    by_unit: dict[str, list[Voucher]] = defaultdict(list)
    for one in vouchers:
        by_unit[one.head.unit].append(one)
    tx.must_hold(*by_unit)
    content_hash = hashlib.sha256(content).hexdigest()
    posted = {name: _post_in_unit(tx, name, by_unit[name], key, content_hash) for name in sorted(by_unit)}
    numbers = {name: iter(one.entries) for name, one in posted.items()}
    return Posted(tuple(next(numbers[one.head.unit]) for one in vouchers), all(one.already for one in posted.values()))


_BOOKS = Statement(
    select(unit.c.next_entry_no, unit.c.head_hash, unit.c.last_posting_date).where(unit.c.unit == bindparam("of_unit"))
)
_TAKE_KEY = Statement(insert(post_key).on_conflict_do_nothing())
_ADVANCE = Statement(
    unit.update()
    .where(unit.c.unit == bindparam("of_unit"))
    .values(next_entry_no=bindparam("next"), head_hash=bindparam("head"), last_posting_date=bindparam("day"))
)


def _post_in_unit(tx: Tx, name: str, vouchers: list[Voucher], key: PostKey, content_hash: str) -> Posted:
    books = _BOOKS.rows(tx, of_unit=name)
    if not books:
        raise Refused(f"账簿里没有单位 {name}，没有记账", code="E401", remedies=("改：核对单位账号",))
    ((first, head, last),) = books
    while not _take_key(tx, name, key, content_hash, first):
        if not taken_back(tx, name, key):
            return _posted_before(tx, name, key, content_hash)
        key = replace(key, generation=key.generation + 1)
    _refuse_earlier(name, vouchers, last)
    numbered = _number(tx, name, vouchers, key, content_hash, first)
    head = write(tx, name, numbered, head)
    _ADVANCE.run(tx, of_unit=name, next=first + len(vouchers), head=head, day=vouchers[-1].head.date.isoformat())
    return Posted(
        tuple(EntryRef(name, number.entry_no, number.month, number.voucher_no) for number, _ in numbered), False
    )


def _take_key(tx: Tx, name: str, key: PostKey, content_hash: str, entry_no: int) -> bool:
    taken = _TAKE_KEY.run(
        tx,
        unit=name,
        kind=key.kind,
        key=key.key,
        generation=key.generation,
        content_hash=content_hash,
        entry_no=entry_no,
    )
    return taken == 1


def reversed_since() -> ColumnElement[bool]:
    """Whether a row of `voucher` has been reversed: UNIQUE (unit, reverses) is the look-up."""
    return exists().where(_BY.c.unit == voucher.c.unit, _BY.c.reverses == voucher.c.no)


_BY = voucher.alias("by")


def taken_back(tx: Tx, name: str, key: PostKey) -> bool:
    """Whether everything that was posted in a unit under a key and generation has been reversed."""
    standing = select(voucher.c.no).where(
        voucher.c.unit == name,
        voucher.c.post_kind == key.kind,
        voucher.c.post_key == key.key,
        voucher.c.generation == key.generation,
        ~reversed_since(),
    )
    return tx.connection.execute(standing.limit(1)).one_or_none() is None


def entry(tx: Tx, name: str, no: int) -> EntryRef:
    """Where the entry of that number is."""
    found = select(voucher.c.month, voucher.c.voucher_no).where(voucher.c.unit == name, voucher.c.no == no)
    return EntryRef(name, no, *tx.connection.execute(found).one())


def posted_under(tx: Tx, name: str, key: PostKey) -> tuple[EntryRef, ...]:
    """The entries of a unit that were posted under a key and generation; empty when it has not been used."""
    rows = tx.connection.execute(
        select(voucher.c.no, voucher.c.month, voucher.c.voucher_no)
        .where(
            voucher.c.unit == name,
            voucher.c.post_kind == key.kind,
            voucher.c.post_key == key.key,
            voucher.c.generation == key.generation,
        )
        .order_by(voucher.c.no)
    )
    return tuple(EntryRef(name, *row) for row in rows)


def _posted_before(tx: Tx, name: str, key: PostKey, content_hash: str) -> Posted:
    known = tx.connection.scalar(
        select(post_key.c.content_hash).where(
            post_key.c.unit == name,
            post_key.c.kind == key.kind,
            post_key.c.key == key.key,
            post_key.c.generation == key.generation,
        )
    )
    entries = posted_under(tx, name, key)
    if known != content_hash:
        raise Refused(
            f"{key.key} 已经用别的内容记过账，没有再记，账簿没有变",
            facts=(f"单位 {name}，凭证 {'、'.join(entry.text for entry in entries)}",),
            remedies=("可以：先看已经记的：gjj ledger show --unit " + name,),
        )
    return Posted(entries, True)


def _refuse_earlier(name: str, vouchers: list[Voucher], last: str | None) -> None:
    """Time never runs back inside a unit (semantics 0); vouchers of one post are in order too."""
    for one in vouchers:
        day = one.head.date.isoformat()
        if last is not None and day < last:
            raise Refused(
                f"业务日期 {day} 早于单位 {name} 的最后记账日 {last}，没有记账，账簿没有变",
                code="E606",
                remedies=(f"改：业务日期不早于 {last}：--as-of {last}",),
            )
        last = day


def _number(
    tx: Tx, name: str, vouchers: list[Voucher], key: PostKey, content_hash: str, first: int
) -> list[tuple[Numbers, Voucher]]:
    by_month: dict[int, int] = defaultdict(int)
    for one in vouchers:
        by_month[months.of_date(one.head.date)] += 1
    taken = {month: counters.take_voucher_numbers(tx, name, month, many) for month, many in by_month.items()}
    numbered = []
    for offset, one in enumerate(vouchers):
        month = months.of_date(one.head.date)
        numbers = Numbers(first + offset, month, taken[month], key.kind, key.key, key.generation, content_hash)
        taken[month] += 1
        numbered.append((numbers, one))
    return numbered
