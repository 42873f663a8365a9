"""Verifying the journal: chains, numbers, balance of every voucher, post keys, balances, the audit log."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from gjj_cli import month as months
from gjj_cli.ledger import chart
from gjj_cli.ledger.difference import Difference
from gjj_cli.ledger.voucher import GENESIS, chain_hash, encode
from gjj_cli.store.tables_ledger import line
from gjj_cli.store.verify_kept import Kept, unequal, wrong_types

Lines = list[tuple[Any, ...]]  # (unit, voucher, n, account, employee, part, side, amount_fen, value_date)


@dataclass
class Journal:
    """What one unit's journal adds up to: what its caches must hold, and what the register is replayed from."""

    unit: str
    heads: dict[int, Any] = field(default_factory=dict)  # entry -> voucher row
    fund: dict[int, dict[str, int]] = field(default_factory=dict)  # entry -> individual account -> 201 raised by it
    reversed_by: dict[int, int] = field(default_factory=dict)
    parts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))  # employee, part
    suspense: int = 0
    paying: set[int] = field(default_factory=set)  # 借 21901 / 贷 201, and not reversed: 汇缴, 补缴
    keys: dict[tuple[str, str, int], tuple[str, int]] = field(default_factory=dict)  # -> content hash, entry
    next_entry: int = 1
    head: str = GENESIS
    last_date: str | None = None
    next_voucher: dict[int, int] = field(default_factory=lambda: defaultdict(lambda: 1))

    def counts(self, entry: int) -> bool:
        """Whether a voucher still holds: no reversal, and not reversed."""
        return entry not in self.reversed_by and self.heads[entry].reverses is None


class Clearing:
    """21903 over all units: what each transfer id sums up to, and the last unit and entry it was met in."""

    def __init__(self) -> None:
        self.sums: dict[str, int] = defaultdict(int)
        self.last: dict[str, tuple[str, int]] = {}

    def differences(self) -> Iterator[Difference]:
        for transfer, fen in sorted(self.sums.items()):
            if fen:
                unit, entry = self.last[transfer]
                yield Difference(unit, entry, "transfer_id", f"转移 {transfer} 的 21903 内部往来两边差 {fen} 分")


def differences(kept: Kept, unit: str, journal: Journal, clearing: Clearing) -> Iterator[Difference]:
    """Everything wrong with one unit's journal, in order of entry, then with what is kept beside it.

    `journal` is filled on the way.
    """
    lines = {entry: list(group) for entry, group in groupby(kept.of("line", unit), itemgetter(1))}
    for head in kept.of("voucher", unit):
        own = lines.pop(head.no, [])
        try:
            found = next(_of_voucher(head, own, journal), None)
        except TypeError:  # something that is no number, or cannot be said in JSON
            yield from wrong_types(line, own)
            raise
        if found is not None:
            yield from wrong_types(line, own)
            yield found
        _add(head, own, journal, clearing)
    for entry in lines:
        yield Difference(unit, entry, "voucher", "这些分录没有凭证")
    for entry, by in journal.reversed_by.items():
        if entry not in journal.heads:
            yield Difference(unit, by, "reverses", f"冲销的第 {entry} 号凭证不在账簿里")
    journal.paying = {entry for entry in journal.paying if journal.counts(entry)}
    yield from _of_unit(kept, unit, journal)
    yield from _of_keys(kept, unit, journal)
    yield from _of_balances(kept, unit, journal)
    yield from _of_audit(kept, unit)


def _of_voucher(head: Any, lines: Lines, journal: Journal) -> Iterator[Difference]:
    """The plain contradictions first, because they name their field; then the hash, which finds all the rest."""

    def wrong(name: str, detail: str) -> Difference:
        return Difference(head.unit, head.no, name, detail)

    if head.no != journal.next_entry:
        yield wrong("no", f"应是第 {journal.next_entry} 号")
    if head.prev_hash != journal.head:
        yield wrong("prev_hash", "和前一张凭证接不上")
    if head.date[:7] != months.show(head.month):
        yield wrong("month", f"{months.show(head.month)} 不是 {head.date} 的月份")
    if head.voucher_no != journal.next_voucher[head.month]:
        yield wrong("voucher_no", f"这个月应是第 {journal.next_voucher[head.month]} 号")
    if journal.last_date is not None and head.date < journal.last_date:
        yield wrong("date", f"早于前一张凭证的 {journal.last_date}")
    if not lines or [row[2] for row in lines] != list(range(1, len(lines) + 1)):
        yield wrong("n", "分录的序号不连续")
    debits = sum([row[7] for row in lines if row[6] == "借"])
    credits = sum([row[7] for row in lines if row[6] == "贷"])
    if debits != credits:
        yield wrong("amount_fen", f"借 {debits} 分，贷 {credits} 分")
    if (head.transfer_id is not None) != (chart.CLEARING in [row[3] for row in lines]):
        yield wrong("transfer_id", "有 21903 的凭证才有转移号")
    if head.hash != chain_hash(journal.head, encode(head[:-2], [row[3:] for row in lines])):
        yield wrong("hash", "凭证或分录和入账时不一样")


def _add(head: Any, lines: Lines, journal: Journal, clearing: Clearing) -> None:
    entry = head.no
    journal.heads[entry] = head
    journal.next_entry = entry + 1
    journal.head = head.hash
    journal.last_date = head.date
    journal.next_voucher[head.month] = head.voucher_no + 1
    journal.keys.setdefault((head.post_kind, head.post_key, head.generation), (head.content_hash, entry))
    if head.reverses is not None:
        journal.reversed_by[head.reverses] = entry
    fund: dict[str, int] = defaultdict(int)
    suspense = cleared = 0
    parts = journal.parts
    for _, _, _, account, employee, part, side, fen, _ in lines:
        raised = fen if side == "贷" else -fen
        if account == chart.FUND:
            parts[employee, part] += raised
            fund[employee] += raised
        elif account == chart.SUSPENSE:
            suspense += raised
        elif account == chart.CLEARING:
            cleared += raised
    journal.fund[entry] = fund
    journal.suspense += suspense
    if fund and suspense < 0:
        journal.paying.add(entry)
    if head.transfer_id is not None:
        clearing.sums[head.transfer_id] += cleared
        clearing.last[head.transfer_id] = (head.unit, entry)


def _of_unit(kept: Kept, unit: str, journal: Journal) -> Iterator[Difference]:
    """The chain's end is kept in the unit's row, so a voucher cannot vanish from the end of its chain unseen."""
    (row,) = kept.of("unit", unit)
    ends = {
        "next_entry_no": (row.next_entry_no, journal.next_entry),
        "head_hash": (row.head_hash, journal.head),
        "last_posting_date": (row.last_posting_date, journal.last_date),
    }
    yield from unequal(unit, ends)
    counters = {row.month: row.next_no for row in kept.of("voucher_counter", unit)}
    for month in sorted(counters.keys() | journal.next_voucher.keys()):
        there, computed = counters.get(month), journal.next_voucher.get(month)
        if there != computed:
            detail = f"{months.show(month)} 的下一个凭证号记的是 {there}，应是 {computed}"
            yield Difference(unit, None, "voucher_counter", detail)


def _of_keys(kept: Kept, unit: str, journal: Journal) -> Iterator[Difference]:
    """Every key has its voucher and every voucher its key; the generations of one key count from 1."""
    there = {(row.kind, row.key, row.generation): (row.content_hash, row.entry_no) for row in kept.of("post_key", unit)}
    for key in sorted(there.keys() | journal.keys.keys()):
        known, computed = there.get(key), journal.keys.get(key)
        if known is None or computed is None:
            entry = (known or computed or ("", 0))[1]
            yield Difference(unit, entry, "post_key", f"{key[0]} {key[1]} 第 {key[2]} 次和凭证对不上")
        elif known[0] != computed[0]:
            yield Difference(unit, computed[1], "content_hash", f"{key[0]} {key[1]} 的内容和凭证记的不一样")
        elif known[1] != computed[1]:
            yield Difference(unit, computed[1], "entry_no", f"{key[0]} {key[1]} 记的是第 {known[1]} 号")
        elif key[2] != 1 and (key[0], key[1], key[2] - 1) not in there:
            yield Difference(unit, computed[1], "generation", f"{key[0]} {key[1]} 没有第 {key[2] - 1} 次")


def _of_balances(kept: Kept, unit: str, journal: Journal) -> Iterator[Difference]:
    people = set()
    for row in kept.of("employee_balance", unit):
        people.add(row.employee)
        for part, there in zip(chart.PART_NAMES, (row.cur_fen, row.prior_fen), strict=True):
            computed = journal.parts.get((row.employee, part), 0)
            if there != computed or computed < 0:
                detail = f"个人账号 {row.employee} 的{chart.PART_NAMES[part]}记的是 {there} 分，分录合计 {computed} 分"
                yield Difference(unit, None, f"{part}_fen", detail)
    for account in sorted(
        {account for account, _ in journal.parts} | {row.account for row in kept.of("employee", unit)}
    ):
        if account not in people:
            yield Difference(unit, None, "employee_balance", f"个人账号 {account} 没有余额")
    balances = kept.of("unit_balance", unit)
    if not balances:
        yield Difference(unit, None, "unit_balance", "没有余额")
    for row in balances:
        sums = {
            "fund_fen": (row.fund_fen, sum(journal.parts.values())),
            "suspense_fen": (row.suspense_fen, journal.suspense),
        }
        yield from unequal(unit, sums)


def _of_audit(kept: Kept, unit: str) -> Iterator[Difference]:
    number, head = 1, GENESIS
    for row in kept.of("audit_log", unit):
        said = json.dumps(["gjj.audit/1", *row[:-2]], ensure_ascii=False, separators=(",", ":")).encode()
        if row.no != number or row.prev_hash != head or row.hash != chain_hash(head, said):
            yield Difference(unit, None, "audit_log", f"操作日志第 {row.no} 行和记的时候不一样")
        number, head = row.no + 1, row.hash
    (row,) = kept.of("unit", unit)
    yield from unequal(unit, {"next_audit_no": (row.next_audit_no, number), "audit_head": (row.audit_head, head)})
