"""核对账簿: everything the books say, computed again from vouchers, lines and cases; the first difference is named."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select, text

from gjj_cli.store import triggers, verify_journal, verify_register
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_ledger import line, unit, voucher
from gjj_cli.store.verify_journal import Difference


@dataclass(frozen=True)
class Verdict:
    """What verifying gave; `anchor` (64 hex) stands for all books and is to be kept outside the database."""

    ok: bool
    units: int
    vouchers: int
    lines: int
    anchor: str
    first_difference: Difference | None


def verify(books: Books) -> Verdict:
    """Reads one snapshot and computes it all again. A difference is a result, not an error."""
    with books.reading() as tx:
        first = next(_differences(tx), None)
        counted = select(func.count()).select_from(unit).where(unit.c.unit != CENTRE)
        return Verdict(
            first is None,
            tx.connection.execute(counted).scalar_one(),
            tx.connection.execute(select(func.count()).select_from(voucher)).scalar_one(),
            tx.connection.execute(select(func.count()).select_from(line)).scalar_one(),
            anchor(tx),
            first,
        )


def _differences(tx: Tx) -> Iterator[Difference]:
    for name in triggers.missing(tx.connection):
        yield Difference("", None, f"触发器 {name}", "没有了或者被改过")
    sums = verify_journal.Sums()
    yield from verify_journal.differences(tx, sums)
    yield from verify_register.differences(tx)
    if tx.connection.dialect.name == "sqlite":
        for problem in tx.connection.execute(text("PRAGMA integrity_check(1)")).scalars():
            if problem != "ok":
                yield Difference("", None, "账簿文件", str(problem))


def anchor(tx: Tx) -> str:
    """SHA-256 tree over (unit, next entry number, head hash) in order of unit: leaves are SHA-256 of the three joined
    by line feeds, a node is SHA-256 of its two halves in hex, an odd one goes up as it is."""
    rows = tx.connection.execute(select(unit.c.unit, unit.c.next_entry_no, unit.c.head_hash).order_by(unit.c.unit))
    level = [_sha(f"{name}\n{number}\n{head}") for name, number, head in rows]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [_sha("".join(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0] if level else _sha("")


def _sha(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()
