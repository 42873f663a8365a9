"""The books as one text, unit by unit, in whatever form: accounts before their first use, vouchers, then the balances.

Each unit ends by stating what the books say it holds, so that the program which reads the text checks our sums.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from gjj_cli import money
from gjj_cli.exchange.accounts import account
from gjj_cli.ledger.entry import Balance, Entry


@dataclass(frozen=True)
class UnitBooks:
    """One unit: its vouchers in order, and what its accounts are said to hold; both are read as they are written."""

    unit: str
    entries: Iterable[Entry]
    balances: Iterable[Balance]


class Form(Protocol):
    """How one program wants it; every text ends with a line end."""

    def opening(self) -> str:
        """The head of the file."""

    def account(self, name: str, day: str) -> str:
        """An account, from that day on."""

    def entry(self, entry: Entry, names: list[str]) -> str:
        """A voucher; `names` are its lines' accounts."""

    def closing(self, day: str, balances: Iterable[tuple[str, int]]) -> Iterator[str]:
        """What the accounts hold when the day begins, as debits."""


def written(form: Form, units: Iterable[UnitBooks]) -> Iterator[str]:
    """The text in pieces; only one unit's account names are held at a time."""
    yield form.opening()
    for books in units:
        yield from _unit(form, books)


def _unit(form: Form, books: UnitBooks) -> Iterator[str]:
    known: set[str] = set()
    day = ""
    for entry in books.entries:
        day = entry.date
        names = [account(books.unit, line.account, line.employee, line.part) for line in entry.lines]
        for name in dict.fromkeys(names):
            if name not in known:
                known.add(name)
                yield form.account(name, day)
        yield form.entry(entry, names)
    if day:
        after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        said = ((account(books.unit, one.account, one.employee, one.part), one.debit_fen) for one in books.balances)
        yield from form.closing(after, ((name, fen) for name, fen in said if fen or name in known))


def amount(fen: int) -> str:
    """`-1234.50 CNY`."""
    return f"{money.plain(fen)} CNY"
