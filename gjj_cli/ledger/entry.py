"""A posted voucher and a balance as they leave the books for other programs: as they are kept, nothing judged."""

from dataclasses import dataclass
from typing import NamedTuple

from gjj_cli.ledger import chart


class Amount(NamedTuple):
    """One line of a voucher; `value_date` is ISO text."""

    account: str
    employee: str | None
    part: str | None
    side: str
    amount_fen: int
    value_date: str

    @property
    def debit_fen(self) -> int:
        """The amount as a debit: a credit is less than nothing."""
        return self.amount_fen if self.side == "借" else -self.amount_fen


@dataclass(frozen=True, slots=True)
class Entry:
    """One voucher: `number` is its 凭证号, `serial` its 业务流水号; `reverses` and `reversed_by` are 凭证号 too."""

    unit: str
    entry_no: int
    number: str
    serial: str
    date: str
    business: str
    memo: str
    transfer_id: str | None
    reverses: str | None
    reversed_by: str | None
    lines: tuple[Amount, ...]


class Balance(NamedTuple):
    """What the books say one account holds, as a debit."""

    account: str
    employee: str | None
    part: str | None
    debit_fen: int


def raised(account: str, balance_fen: int) -> int:
    """A balance on the account's own side as a debit."""
    return balance_fen if chart.CHART[account].side == "借" else -balance_fen
