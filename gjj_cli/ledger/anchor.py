"""锚: what all books were at one moment, in one hash and in one line a unit, to be kept outside of the database.

Verifying finds every change but one: somebody who may write everything can take off the last voucher of a unit together
with its lines, its key, its numbers and the head of the chain. Against that only what was written down elsewhere helps.
So an auditor keeps the anchor file where those who run the database cannot write it (their own disk, a mailbox, paper
for the one hash) and gives it to every later `ledger verify`: books may have grown since, but each unit of the anchor
must still be there, with the voucher that was its last one then, unchanged. Since a voucher's hash holds all before it,
that covers everything up to that moment. The operation log is anchored the same way.

The root is a SHA-256 tree over (unit, next entry number, head hash) in order of unit: leaves are SHA-256 of the three
joined by line feeds, a node is SHA-256 of its two halves in hex, an odd one goes up as it is.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gjj_cli.ledger.difference import Difference
from gjj_cli.ledger.voucher import GENESIS

SCHEMA = "gjj.anchor/1"


@dataclass(frozen=True)
class UnitHead:
    """Where a unit's two chains ended; `last_voucher` is the 凭证号 of its last voucher, to name it by."""

    unit: str
    next_entry_no: int
    head_hash: str
    next_audit_no: int
    audit_head: str
    last_voucher: str | None = None


@dataclass(frozen=True)
class Anchor:
    """All units in order, and whose books they are."""

    books: str
    heads: tuple[UnitHead, ...]

    @property
    def root(self) -> str:
        """64 hex characters."""
        level = [_sha(f"{head.unit}\n{head.next_entry_no}\n{head.head_hash}") for head in self.heads]
        while len(level) > 1:
            pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
            level = [_sha("".join(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
        return level[0] if level else _sha("")


def _sha(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def dump(anchor: Anchor) -> str:
    """JSON lines: what it is and the root, then one line a unit."""
    first = {"schema": SCHEMA, "books": anchor.books, "units": len(anchor.heads), "anchor": anchor.root}
    lines: list[dict[str, Any]] = [first, *(asdict(head) for head in anchor.heads)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read(text: str) -> Anchor:
    """An anchor of its text. Raises ValueError for what is none, or has been changed since it was written."""
    first, *rest = [json.loads(line) for line in text.splitlines()]
    if not isinstance(first, dict) or first.get("schema") != SCHEMA:
        raise ValueError("no anchor")
    try:
        anchor = Anchor(str(first["books"]), tuple(UnitHead(**line) for line in rest))
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    if anchor.root != first["anchor"] or len(anchor.heads) != first["units"]:
        raise ValueError("the lines are not those of the root")
    return anchor


def differences(earlier: UnitHead, hashes: Sequence[str], audited: Sequence[str]) -> Iterator[Difference]:
    """What is not there any more of one unit of an earlier anchor.

    `hashes` are those of the unit's vouchers in order (entry 1 first), `audited` those of its operation log.
    """
    last = earlier.next_entry_no - 1
    if (hashes[last - 1] if 0 < last <= len(hashes) else GENESIS if last == 0 else None) != earlier.head_hash:
        gone = last > len(hashes)
        detail = "锚里有的这张凭证不在了" if gone else "从开头到这张凭证，有一张和锚里的不一样了"
        yield Difference(earlier.unit, last, "voucher" if gone else "hash", detail, earlier.last_voucher)
    last = earlier.next_audit_no - 1
    if (audited[last - 1] if 0 < last <= len(audited) else GENESIS if last == 0 else None) != earlier.audit_head:
        yield Difference(earlier.unit, None, "audit_log", f"锚里有的操作日志第 {last} 行不在了，或者变了")
