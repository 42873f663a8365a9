"""`gjj ledger`: reading and recomputing the books."""

from gjj_cli import month as months
from gjj_cli.errors import UsageError
from gjj_cli.flows import session
from gjj_cli.settings import Settings
from gjj_cli.store import journal
from gjj_cli.store import verify as verifying
from gjj_cli.store.journal import Balance, Booked
from gjj_cli.store.verify import Verdict


def verify(settings: Settings) -> Verdict:
    """Recompute everything. Anybody who can open the books may: it shows no name and no money."""
    books = session.open_books(settings)
    try:
        return verifying.verify(books)
    finally:
        books.close()


def trial_balance(settings: Settings, unit: str | None) -> list[Balance]:
    books = session.open_books(settings)
    try:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            if unit is not None:
                who.must_see(unit)
            else:
                who.must_be(session.ADMIN, session.FIRST, session.SECOND, what="看全部单位的总账")
            return journal.trial_balance(tx, unit)
    finally:
        books.close()


def show(settings: Settings, unit: str | None, month: str | None) -> list[Booked]:
    """The vouchers of one unit, of a posting month or all. Raises UsageError for a month that is none."""
    books = session.open_books(settings)
    try:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            number = session.unit_for(tx, who, unit)
            return journal.vouchers(tx, number, month=None if month is None else _month(month))
    finally:
        books.close()


def _month(text: str) -> int:
    try:
        return months.parse(text)
    except ValueError:
        raise UsageError(f"--month 要写年月，不能是 {text}", remedies=("改：写成 2025-07",)) from None
