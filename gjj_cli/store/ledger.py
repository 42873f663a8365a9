"""Posting: vouchers enter the books once, with their numbers, their place in the unit's chain, and the balances."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.ledger import chart
from gjj_cli.ledger.voucher import Numbers, Voucher, canonical, chain_hash
from gjj_cli.store import counters
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_ledger import employee_balance, line, post_key, unit, unit_balance, voucher


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


# The statements of every post are built once: building one costs as much as running it.
_BOOKS = select(unit.c.next_entry_no, unit.c.head_hash, unit.c.last_posting_date).where(
    unit.c.unit == bindparam("of_unit")
)
_TAKE_KEY = insert(post_key).on_conflict_do_nothing().returning(post_key.c.entry_no)
_ADVANCE = (
    unit.update()
    .where(unit.c.unit == bindparam("of_unit"))
    .values(next_entry_no=bindparam("next"), head_hash=bindparam("head"), last_posting_date=bindparam("day"))
)
_ADD_VOUCHERS, _ADD_LINES = voucher.insert(), line.insert()
_MOVE_EMPLOYEES = (
    employee_balance.update()
    .where(
        employee_balance.c.unit == bindparam("of_unit"),
        employee_balance.c.employee == bindparam("of_employee"),
        employee_balance.c.cur_fen + bindparam("cur") >= 0,
        employee_balance.c.prior_fen + bindparam("prior") >= 0,
    )
    .values(
        cur_fen=employee_balance.c.cur_fen + bindparam("cur"),
        prior_fen=employee_balance.c.prior_fen + bindparam("prior"),
    )
)
_MOVE_UNIT = (
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
_UNBALANCED = (
    select(line.c.voucher)
    .where(line.c.unit == bindparam("of_unit"), line.c.voucher >= bindparam("first"))
    .group_by(line.c.voucher)
    .having(func.sum(case((line.c.side == "借", line.c.amount_fen), else_=-line.c.amount_fen)) != 0)
)


def _post_in_unit(tx: Tx, name: str, vouchers: list[Voucher], key: PostKey, content_hash: str) -> Posted:
    books = tx.connection.execute(_BOOKS, {"of_unit": name}).one_or_none()
    if books is None:
        raise Refused(f"账簿里没有单位 {name}，没有记账", code="E401", remedies=("改：核对单位账号",))
    while not _take_key(tx, name, key, content_hash, books.next_entry_no):
        if not taken_back(tx, name, key):
            return _posted_before(tx, name, key, content_hash)
        key = replace(key, generation=key.generation + 1)
    _refuse_earlier(name, vouchers, books.last_posting_date)
    numbered = _number(tx, name, vouchers, key, content_hash, books.next_entry_no)
    head = _write(tx, name, numbered, books.head_hash)
    tx.connection.execute(
        _ADVANCE,
        {
            "of_unit": name,
            "next": books.next_entry_no + len(vouchers),
            "head": head,
            "day": vouchers[-1].head.date.isoformat(),
        },
    )
    _move_balances(tx, name, vouchers)
    _check_balanced(tx, name, books.next_entry_no)
    return Posted(
        tuple(EntryRef(name, number.entry_no, number.month, number.voucher_no) for number, _ in numbered), False
    )


def _take_key(tx: Tx, name: str, key: PostKey, content_hash: str, entry_no: int) -> bool:
    taken = {
        "unit": name,
        "kind": key.kind,
        "key": key.key,
        "generation": key.generation,
        "content_hash": content_hash,
        "entry_no": entry_no,
    }
    return tx.connection.execute(_TAKE_KEY, taken).first() is not None


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


def _write(tx: Tx, name: str, numbered: list[tuple[Numbers, Voucher]], head: str) -> str:
    """Inserts the vouchers and, in one statement, all their lines; returns the new head of the chain."""
    rows, lines = [], []
    for numbers, one in numbered:
        previous, head = head, chain_hash(head, canonical(numbers, one))
        rows.append(_voucher_row(numbers, one, previous, head))
        lines += _line_rows(name, numbers.entry_no, one)
    tx.connection.execute(_ADD_VOUCHERS, rows)
    tx.connection.execute(_ADD_LINES, lines)
    return head


def _voucher_row(numbers: Numbers, one: Voucher, previous: str, head: str) -> dict[str, Any]:
    said = one.head
    return {
        "unit": said.unit,
        "no": numbers.entry_no,
        "month": numbers.month,
        "voucher_no": numbers.voucher_no,
        "date": said.date.isoformat(),
        "business": said.business,
        "case_no": said.case,
        "memo": said.memo,
        "teller": said.teller,
        "org": said.org,
        "transfer_id": one.transfer_id,
        "reverses": one.reverses,
        "post_kind": numbers.post_kind,
        "post_key": numbers.post_key,
        "generation": numbers.generation,
        "content_hash": numbers.content_hash,
        "prev_hash": previous,
        "hash": head,
    }


def _line_rows(name: str, entry_no: int, one: Voucher) -> list[dict[str, Any]]:
    texts: dict[date, str] = {}
    return [
        {
            "unit": name,
            "voucher": entry_no,
            "n": place,
            "account": item.account,
            "employee": item.employee,
            "part": item.part,
            "side": item.side,
            "amount_fen": item.amount_fen,
            "value_date": texts.setdefault(item.value_date, item.value_date.isoformat()),
        }
        for place, item in enumerate(one.lines, 1)
    ]


def _move_balances(tx: Tx, name: str, vouchers: list[Voucher]) -> None:
    people: dict[str, dict[str, int]] = defaultdict(lambda: {"cur": 0, "prior": 0})
    suspense = 0
    for one in vouchers:
        for item in one.lines:
            raised = item.amount_fen if item.side == "贷" else -item.amount_fen
            if item.employee is not None and item.part is not None:
                people[item.employee][item.part] += raised
            elif item.account == chart.SUSPENSE:
                suspense += raised
    _move_employees(tx, name, people)
    _move_unit(tx, name, sum(sum(parts.values()) for parts in people.values()), suspense)


def _move_employees(tx: Tx, name: str, people: Mapping[str, Mapping[str, int]]) -> None:
    if not people:
        return
    rows = [{"of_unit": name, "of_employee": account, **parts} for account, parts in people.items()]
    if tx.connection.execute(_MOVE_EMPLOYEES, rows).rowcount != len(rows):
        raise Refused(
            f"单位 {name} 有职工的余额会小于 0，没有记账，账簿没有变",
            code="E703",
            remedies=("改：核对金额和职工的余额",),
        )


def _move_unit(tx: Tx, name: str, fund: int, suspense: int) -> None:
    moved = tx.connection.execute(_MOVE_UNIT, {"of_unit": name, "fund": fund, "suspense": suspense})
    if moved.rowcount != 1:
        raise Refused(
            f"单位 {name} 的暂收户余额不够，没有记账，账簿没有变",
            code="E703",
            remedies=("改：等钱到账，或者先办完占用暂收的业务",),
        )


def _check_balanced(tx: Tx, name: str, first: int) -> None:
    """The second look at debits = credits, by the database over what it now holds (reliability 1.13)."""
    broken = tx.connection.execute(_UNBALANCED, {"of_unit": name, "first": first}).all()
    if broken:
        raise ValueError(f"vouchers {broken} of unit {name} do not balance in the database")
