"""核对账簿: everything the books say, computed again from vouchers, lines and cases; the first difference is named.

Units are gone through some at a time, so memory stays modest however big the books are; each in three steps: the
journal (`verify_journal`), the register replayed from the cases (`verify_register`, `verify_replay`), the cases
(`verify_cases`). Then what belongs to no unit (`verify_centre`), what crosses units, and the file itself.
"""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import func, inspect, select, text

from gjj_cli.ledger import anchor as anchors
from gjj_cli.ledger.anchor import Anchor, UnitHead
from gjj_cli.ledger.difference import Difference
from gjj_cli.ledger.verdict import Verdict
from gjj_cli.store import triggers, verify_cases, verify_centre, verify_journal, verify_register
from gjj_cli.store.engine import Books, Tx, setting
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.tables import CENTRE, metadata
from gjj_cli.store.tables_ledger import line, unit, voucher
from gjj_cli.store.verify_journal import Clearing, Journal
from gjj_cli.store.verify_kept import BY_UNIT, Kept, Unreadable, fetch, wrong_types
from gjj_cli.store.verify_transfers import Transfers

_LINES, _UNITS = 40_000, 100  # at most so many of one go: what is in memory at once


def verify(books: Books, earlier: Anchor | None = None) -> Verdict:
    """Reads one snapshot and computes it all again; `earlier` is an anchor to compare with.

    A difference is a result, not an error.
    """
    with ThreadPoolExecutor(1) as beside, _without_collector():
        file_is = beside.submit(_integrity, books)
        with books.reading() as tx:
            first = _first(tx, earlier, file_is)
            counted = [tx.connection.scalar(select(func.count()).select_from(table)) or 0 for table in (voucher, line)]
            heads = _anchor(tx)
        names = [head.unit for head in heads.heads if head.unit != CENTRE]
        return Verdict(first is None, len(names), counted[0], counted[1], heads.root, first, heads)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of rows come and go here, none in a cycle: the collector would look at all of them for nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _integrity(books: Books) -> list[str]:
    """What SQLite finds wrong with its file: every page and every index, on a connection of its own meanwhile."""
    with books.reading() as tx:
        if tx.connection.dialect.name != "sqlite":
            return []
        return [str(problem) for problem in tx.connection.execute(text("PRAGMA integrity_check(1)")).scalars()]


def _first(tx: Tx, earlier: Anchor | None, file_is: "Future[list[str]]") -> Difference | None:
    try:
        first = next(_differences(tx, earlier), None)
    except Unreadable:
        first = Difference("", None, "账簿文件", "有读不出来的文字")
    if first is None:
        first = next((Difference("", None, "账簿文件", said) for said in file_is.result() if said != "ok"), None)
    if first is None or first.voucher is None or first.voucher_ref is not None:
        return first
    named = select(voucher.c.month, voucher.c.voucher_no).where(
        voucher.c.unit == first.unit, voucher.c.no == first.voucher
    )
    for month, number in fetch(tx, named):
        if isinstance(month, int) and isinstance(number, int):
            return replace(first, voucher_ref=EntryRef(first.unit, first.voucher, month, number).text)
    return first


def _schema(tx: Tx) -> Iterator[Difference]:
    """Every table and column is there: SQLite keeps them as text in the file, where a bit may fall over too."""
    there = inspect(tx.connection)
    tables = set(there.get_table_names())
    for table in metadata.sorted_tables:
        columns = {column["name"] for column in there.get_columns(table.name)} if table.name in tables else set()
        for column in table.columns:
            if column.name not in columns:
                yield Difference("", None, f"{table.name}.{column.name}", "账簿里没有这一列了")


def _differences(tx: Tx, earlier: Anchor | None) -> Iterator[Difference]:
    yield from _schema(tx)
    for name in triggers.missing(tx.connection):
        yield Difference("", None, f"触发器 {name}", "没有了或者被改过")
    yield from wrong_types(unit, fetch(tx, select(unit)))
    transfers, receipts, directory = Transfers(tx), verify_centre.Receipts(tx), verify_centre.Directory()
    yield from transfers.problems
    yield from receipts.problems
    clearing = Clearing()
    known = {head.unit: head for head in earlier.heads} if earlier is not None else {}
    seen = dict.fromkeys((table.name for table in BY_UNIT), 0)
    for some in _goes(tx):
        kept = Kept(tx, some)
        yield from kept.problems()
        for name in some:
            yield from _of_unit(tx, kept, name, clearing, transfers, receipts, directory, known.pop(name, None))
        for table, rows in kept.counts.items():
            seen[table] += rows
        if CENTRE in some:
            yield from verify_centre.differences(tx, kept)
    yield from clearing.differences()
    yield from receipts.left()
    yield from directory.left(tx)
    for name in known:
        yield Difference(name, None, "unit", "锚里有的这个单位不在了")
    if earlier is not None and earlier.books != setting(tx, "books_id"):
        yield Difference("", None, "books_id", "锚不是这本账簿的")
    yield from _strays(tx, seen)


def _of_unit(
    tx: Tx,
    kept: Kept,
    name: str,
    clearing: Clearing,
    transfers: Transfers,
    receipts: verify_centre.Receipts,
    directory: verify_centre.Directory,
    earlier: UnitHead | None,
) -> Iterator[Difference]:
    journal, cases = Journal(name), kept.cases(name)
    yield from verify_journal.differences(kept, name, journal, clearing)
    if earlier is not None:
        audited = [row.hash for row in kept.of("audit_log", name)]
        yield from anchors.differences(earlier, [head.hash for head in journal.heads.values()], audited)
    yield from receipts.of(kept, name, journal)
    if name != CENTRE:
        yield from verify_cases.differences(kept, name, journal, cases)
        yield from verify_register.differences(kept, name, journal, cases, transfers)
        yield from directory.of(tx, kept, name)


def _goes(tx: Tx) -> Iterator[list[str]]:
    """The units in order, some at a time, `~centre` last and by itself."""
    lines = dict(fetch(tx, select(line.c.unit, func.count()).group_by(line.c.unit)))
    some: list[str] = []
    held = 0
    for (name,) in fetch(tx, select(unit.c.unit).where(unit.c.unit != CENTRE).order_by(unit.c.unit)):
        some.append(name)
        held += lines.get(name, 0)
        if held >= _LINES or len(some) >= _UNITS:
            yield some
            some, held = [], 0
    if some:
        yield some
    yield [CENTRE]


def _strays(tx: Tx, seen: dict[str, int]) -> Iterator[Difference]:
    """A table with more rows than its units have has some of no unit."""
    odd = [
        table for table in BY_UNIT if tx.connection.scalar(select(func.count()).select_from(table)) != seen[table.name]
    ]
    yield from verify_centre.strays(tx, odd)


def _anchor(tx: Tx) -> Anchor:
    """Of books with unreadable units there is none."""
    try:
        return Anchor(setting(tx, "books_id") or "", tuple(_heads(tx)))
    except Unreadable:
        return Anchor("", ())


def _heads(tx: Tx) -> Sequence[UnitHead]:
    last = (voucher.c.unit == unit.c.unit) & (voucher.c.no == unit.c.next_entry_no - 1)
    c = unit.c
    chosen = select(
        c.unit, c.next_entry_no, c.head_hash, c.next_audit_no, c.audit_head, voucher.c.month, voucher.c.voucher_no
    ).outerjoin(voucher, last)
    heads = []
    for name, entry, head, audit_no, audit_head, month, number in fetch(tx, chosen.order_by(c.unit)):
        named = isinstance(month, int) and isinstance(number, int)
        ref = EntryRef(name, entry - 1, month, number).text if named else None
        heads.append(UnitHead(name, entry, head, audit_no, audit_head, ref))
    return sorted(heads, key=lambda head: str(head.unit))
