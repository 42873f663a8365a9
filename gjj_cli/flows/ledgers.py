"""`gjj ledger`: reading and recomputing the books."""

from dataclasses import dataclass

from gjj_cli import month as months
from gjj_cli.errors import UsageError
from gjj_cli.flows import session
from gjj_cli.settings import Settings
from gjj_cli.store import journal, ledger
from gjj_cli.store import verify as verifying
from gjj_cli.store.journal import Balance, Booked
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.tables import CENTRE
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


@dataclass(frozen=True)
class Listed:
    """Vouchers of one unit, and by entry number which voucher takes it back, and which one it takes back."""

    vouchers: list[Booked]
    taken_back_by: dict[int, EntryRef]
    takes_back: dict[int, EntryRef]

    def links(self, booked: Booked) -> list[str]:
        """`冲销 0500001-2505-记002`, `已被 0500001-2505-记003 冲销`; nothing for most."""
        no = booked.ref.entry_no
        links = [f"冲销 {self.takes_back[no].text}"] if no in self.takes_back else []
        return links + ([f"已被 {self.taken_back_by[no].text} 冲销"] if no in self.taken_back_by else [])


def show(settings: Settings, unit: str | None, month: str | None) -> Listed:
    """The vouchers of one unit, of a posting month or all. Raises UsageError for a month that is none."""
    with session.reading(settings) as (tx, who):
        number = CENTRE if unit == CENTRE and who.sees_all else session.unit_for(tx, who, unit)
        found = journal.vouchers(tx, number, month=None if month is None else _month(month))
        takes = {one.ref.entry_no: one.voucher.reverses for one in found if one.voucher.reverses is not None}
        back = {no: ledger.entry(tx, number, reverses) for no, reverses in takes.items()}
        return Listed(found, journal.reversals(tx, number), back)


def _month(text: str) -> int:
    try:
        return months.parse(text)
    except ValueError:
        raise UsageError(f"--month 要写年月，不能是 {text}", remedies=("改：写成 2025-07",)) from None
