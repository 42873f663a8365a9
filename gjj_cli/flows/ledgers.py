"""`gjj ledger`: reading and recomputing the books."""

from dataclasses import dataclass
from pathlib import Path

from gjj_cli import atomic
from gjj_cli import month as months
from gjj_cli.errors import FileError, UsageError, reason
from gjj_cli.flows import session
from gjj_cli.ledger import anchor
from gjj_cli.ledger.anchor import Anchor
from gjj_cli.ledger.verdict import Verdict
from gjj_cli.settings import Settings
from gjj_cli.store import journal
from gjj_cli.store import verify as verifying
from gjj_cli.store.journal import Balance


@dataclass(frozen=True)
class Verified:
    """What verifying gave, and what became of the anchor file: written new, brought forward, or left as it was."""

    verdict: Verdict
    written: bool = False
    grown: bool = False


def verify(settings: Settings) -> Verdict:
    """Recompute everything. Anybody who can open the books may: it shows no name and no money."""
    with session.opened(settings) as books:
        return verifying.verify(books)


def verify_with(settings: Settings, path: Path | None) -> Verified:
    """Recompute everything and compare with the anchor in a file.

    A file that is not there is written when all is well; one that is there is compared with, and brought forward only
    with --yes, when all is well. Raises FileError for a file that is no anchor (any more) or cannot be written.
    """
    if path is None:
        return Verified(verify(settings))
    earlier = _anchor(path)
    with session.opened(settings) as books:
        verdict = verifying.verify(books, earlier)
    grown = earlier is not None and earlier != verdict.heads
    writing = verdict.ok and (earlier is None or (grown and settings.assume_yes))
    if writing:
        atomic.write(path, anchor.dump(verdict.heads).encode())
    return Verified(verdict, writing, grown)


def _anchor(path: Path) -> Anchor | None:
    if not path.exists():
        return None
    try:
        return anchor.read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"锚 {path} 读不了：{reason(error)}", remedies=("改：看看文件的权限",)) from error
    except ValueError as error:  # not UTF-8, not JSON, or its lines are not those of its hash
        raise FileError(
            f"{path} 不是锚，或者写好以后被改过，没有核对", remedies=("改：换成当时存的那一份，再跑同一条命令",)
        ) from error


def trial_balance(settings: Settings, unit: str | None) -> list[Balance]:
    with session.reading(settings) as (tx, who):
        if unit is not None:
            unit = session.unit_for(tx, who, unit)
        else:
            who.must_be(session.ADMIN, session.FIRST, session.SECOND, what="看全部单位的总账")
        return journal.trial_balance(tx, unit)


def month_of(text: str) -> int:
    """A month that was typed. Raises UsageError for what is none."""
    try:
        return months.parse(text)
    except ValueError:
        raise UsageError(f"--month 要写年月，不能是 {text}", remedies=("改：写成 2025-07",)) from None
