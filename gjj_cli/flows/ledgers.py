"""`gjj ledger`: reading and recomputing the books."""

from gjj_cli import month as months
from gjj_cli.errors import UsageError
from gjj_cli.flows import session
from gjj_cli.settings import Settings
from gjj_cli.store import journal
from gjj_cli.store import verify as verifying
from gjj_cli.store.journal import Balance
from gjj_cli.store.verify import Verdict


def verify(settings: Settings) -> Verdict:
    """Recompute everything. Anybody who can open the books may: it shows no name and no money."""
    with session.opened(settings) as books:
        return verifying.verify(books)


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
