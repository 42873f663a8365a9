"""Verifying the journal: chains, numbers, balance of every voucher, post keys, balances, clearing, the audit log."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select

from gjj_cli import month as months
from gjj_cli.ledger import chart
from gjj_cli.ledger.voucher import GENESIS, chain_hash, encode
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_ledger import (
    audit_log,
    employee_balance,
    line,
    post_key,
    unit,
    unit_balance,
    voucher,
    voucher_counter,
)


@dataclass(frozen=True)
class Difference:
    """What does not agree: the unit ("" for the database itself), the entry number where there is one, the field."""

    unit: str
    voucher: int | None
    field: str
    detail: str


@dataclass
class Sums:
    """What the journal adds up to, by unit: what the caches must hold."""

    parts: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))  # unit, employee, part
    suspense: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    clearing: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by transfer id
    keys: dict[tuple[str, str, str, int], tuple[str, int]] = field(default_factory=dict)  # -> content hash, entry
    next_entry: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    head: dict[str, str] = field(default_factory=lambda: defaultdict(lambda: GENESIS))
    last_date: dict[str, str] = field(default_factory=dict)
    next_voucher: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(lambda: 1))


def differences(tx: Tx, sums: Sums) -> Iterator[Difference]:
    """Everything wrong with the journal, in order of unit and entry, then with what is kept beside it."""
    for head, lines in _vouchers(tx):
        if head is None:
            yield Difference(lines[0].unit, lines[0].voucher, "分录", "这些分录没有凭证")
            continue
        yield from _of_voucher(head, lines, sums)
        _add(head, lines, sums)
    yield from _of_units(tx, sums)
    yield from _of_keys(tx, sums)
    yield from _of_balances(tx, sums)
    for transfer, fen in sums.clearing.items():
        if fen:
            yield Difference("", None, "21903 内部往来", f"转移 {transfer} 两边差 {fen} 分")
    yield from _of_audit(tx)


def _vouchers(tx: Tx) -> Iterator[tuple[Row[Any] | None, list[Row[Any]]]]:
    """Every voucher with its lines, both streamed in order; lines without a voucher come with None."""
    heads = tx.connection.execute(select(voucher).order_by(voucher.c.unit, voucher.c.no))
    rows = tx.connection.execute(select(line).order_by(line.c.unit, line.c.voucher, line.c.n))
    groups = ((key, list(group)) for key, group in groupby(rows, lambda row: (row.unit, row.voucher)))
    waiting = next(groups, None)
    for head in heads:
        place = (head.unit, head.no)
        while waiting is not None and waiting[0] < place:
            yield None, waiting[1]
            waiting = next(groups, None)
        if waiting is not None and waiting[0] == place:
            yield head, waiting[1]
            waiting = next(groups, None)
        else:
            yield head, []
    while waiting is not None:
        yield None, waiting[1]
        waiting = next(groups, None)


def _of_voucher(head: Row[Any], lines: list[Row[Any]], sums: Sums) -> Iterator[Difference]:
    """The plain contradictions first, because they name their field; then the hash, which finds all the rest."""

    def wrong(name: str, detail: str) -> Difference:
        return Difference(head.unit, head.no, name, detail)

    if head.no != sums.next_entry[head.unit]:
        yield wrong("no", f"应是第 {sums.next_entry[head.unit]} 号")
    if head.prev_hash != sums.head[head.unit]:
        yield wrong("prev_hash", "和前一张凭证接不上")
    if not isinstance(head.month, int) or head.date[:7] != months.show(head.month):
        yield wrong("month", f"{head.month} 不是 {head.date} 的月份")
    if head.voucher_no != sums.next_voucher[head.unit, head.month]:
        yield wrong("voucher_no", f"这个月应是第 {sums.next_voucher[head.unit, head.month]} 号")
    if head.date < sums.last_date.get(head.unit, ""):
        yield wrong("date", f"早于前一张凭证的 {sums.last_date[head.unit]}")
    if not lines or [row.n for row in lines] != list(range(1, len(lines) + 1)):
        yield wrong("n", "分录的序号不连续")
    debits, credits = (_sum(lines, side) for side in ("借", "贷"))
    if debits != credits:
        yield wrong("amount_fen", f"借 {debits} 分，贷 {credits} 分")
    if (head.transfer_id is not None) != any(row.account == chart.CLEARING for row in lines):
        yield wrong("transfer_id", "有 21903 的凭证才有转移号")
    if head.hash != chain_hash(sums.head[head.unit], encode(_fields(head), [_said(row) for row in lines])):
        yield wrong("hash", "凭证或分录和入账时不一样")


def _sum(lines: list[Row[Any]], side: str) -> int | None:
    amounts = [row.amount_fen for row in lines if row.side == side]
    return sum(amounts) if all(isinstance(fen, int) for fen in amounts) else None


def _fields(head: Row[Any]) -> Sequence[object]:
    """The columns of a voucher in the order of the canonical form: all but its two hashes."""
    return tuple(head)[:-2]


def _said(row: Row[Any]) -> Sequence[object]:
    return row.account, row.employee, row.part, row.side, row.amount_fen, row.value_date


def _add(head: Row[Any], lines: list[Row[Any]], sums: Sums) -> None:
    sums.next_entry[head.unit] = head.no + 1
    sums.head[head.unit] = head.hash
    sums.last_date[head.unit] = head.date
    sums.next_voucher[head.unit, head.month] = head.voucher_no + 1
    key = (head.unit, head.post_kind, head.post_key, head.generation)
    sums.keys.setdefault(key, (head.content_hash, head.no))
    for row in lines:
        raised = row.amount_fen if row.side == "贷" else -row.amount_fen
        if row.account == chart.FUND:
            sums.parts[head.unit, row.employee, row.part] += raised
        elif row.account == chart.SUSPENSE:
            sums.suspense[head.unit] += raised
        elif row.account == chart.CLEARING:
            sums.clearing[head.transfer_id] += raised


def _of_units(tx: Tx, sums: Sums) -> Iterator[Difference]:
    """The chain's end is kept in the unit's row, so a voucher cannot vanish from the end of its chain unseen."""
    for row in tx.connection.execute(select(unit).order_by(unit.c.unit)):
        kept = {
            "next_entry_no": (row.next_entry_no, sums.next_entry[row.unit]),
            "head_hash": (row.head_hash, sums.head[row.unit]),
            "last_posting_date": (row.last_posting_date, sums.last_date.get(row.unit)),
        }
        yield from _unequal(row.unit, kept)
    counters = {(row.unit, row.month): row.next_no for row in tx.connection.execute(select(voucher_counter))}
    for key in sorted(counters.keys() | sums.next_voucher.keys()):
        if counters.get(key, 1) != sums.next_voucher[key]:
            detail = f"{months.show(key[1])} 记的是 {counters.get(key)}，应是 {sums.next_voucher[key]}"
            yield Difference(key[0], None, "voucher_counter", detail)


def _of_keys(tx: Tx, sums: Sums) -> Iterator[Difference]:
    kept = {
        (row.unit, row.kind, row.key, row.generation): (row.content_hash, row.entry_no)
        for row in tx.connection.execute(select(post_key))
    }
    for key in sorted(kept.keys() | sums.keys.keys()):
        there, computed = kept.get(key), sums.keys.get(key)
        if there is None or computed is None:
            entry = (there or computed or ("", 0))[1]
            yield Difference(key[0], entry, "post_key", f"{key[1]} {key[2]} 和凭证对不上")
        elif there[0] != computed[0]:
            yield Difference(key[0], computed[1], "content_hash", f"{key[1]} {key[2]} 的内容和凭证记的不一样")
        elif there[1] != computed[1]:
            yield Difference(key[0], computed[1], "entry_no", f"{key[1]} {key[2]} 记的是第 {there[1]} 号")


def _of_balances(tx: Tx, sums: Sums) -> Iterator[Difference]:
    fund: dict[str, int] = defaultdict(int)
    for (of_unit, _, _), fen in sums.parts.items():
        fund[of_unit] += fen
    people = set()
    for row in tx.connection.execute(select(employee_balance)):
        people.add((row.unit, row.employee))
        for part, kept in zip(chart.PART_NAMES, (row.cur_fen, row.prior_fen), strict=True):
            computed = sums.parts.get((row.unit, row.employee, part), 0)
            if kept != computed or computed < 0:
                detail = f"个人账号 {row.employee} 的{chart.PART_NAMES[part]}记的是 {kept} 分，分录合计 {computed} 分"
                yield Difference(row.unit, None, f"{part}_fen", detail)
    for of_unit, account, _ in sums.parts:
        if (of_unit, account) not in people:
            yield Difference(of_unit, None, "employee_balance", f"个人账号 {account} 有分录，没有余额")
    for row in tx.connection.execute(select(unit_balance)):
        kept = {
            "fund_fen": (row.fund_fen, fund[row.unit]),
            "suspense_fen": (row.suspense_fen, sums.suspense[row.unit]),
        }
        yield from _unequal(row.unit, kept)


def _of_audit(tx: Tx) -> Iterator[Difference]:
    heads: dict[str, tuple[int, str]] = defaultdict(lambda: (1, GENESIS))
    for row in tx.connection.execute(select(audit_log).order_by(audit_log.c.unit, audit_log.c.no)):
        number, previous = heads[row.unit]
        form = ["gjj.audit/1", *tuple(row)[:-2]]
        said = json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()
        if row.no != number or row.prev_hash != previous or row.hash != chain_hash(previous, said):
            yield Difference(row.unit, None, "audit_log", f"第 {row.no} 行和记的时候不一样")
        heads[row.unit] = (row.no + 1, row.hash)
    for kept in tx.connection.execute(select(unit.c.unit, unit.c.next_audit_no, unit.c.audit_head)):
        if heads[kept.unit] != (kept.next_audit_no, kept.audit_head):
            yield Difference(kept.unit, None, "audit_head", "操作日志的末尾对不上")


def _unequal(of_unit: str, pairs: dict[str, tuple[object, object]]) -> Iterator[Difference]:
    for name, (kept, computed) in pairs.items():
        if kept != computed:
            yield Difference(of_unit, None, name, f"记的是 {kept}，应是 {computed}")
