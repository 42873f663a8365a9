"""The books for beancount: exact, every voucher a transaction with its numbers as metadata, balances at the end.

A value date is said where it is not the voucher's date. Vouchers that belong together share a link.
"""

import re
from collections.abc import Iterable, Iterator

from gjj_cli import money
from gjj_cli.exchange.accounts import word
from gjj_cli.exchange.form import amount
from gjj_cli.ledger.entry import Entry

_OPENING = """option "title" "住房公积金"
option "operating_currency" "CNY"

1970-01-01 commodity CNY

"""
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_ODD = re.compile(r'[\x00-\x1f\x7f\\"]')
_NO_LINK = re.compile(r"[^A-Za-z0-9_/.-]")


class Beancount:
    """See `form.Form`."""

    def opening(self) -> str:
        return _OPENING

    def account(self, name: str, day: str) -> str:
        return f"{day} open {name} CNY\n"

    def entry(self, entry: Entry, names: list[str]) -> str:
        links = "".join(f" ^{link}" for link in _links(entry))
        said = [f'{entry.date} * "{_text(entry.business)}" "{_text(entry.memo)}"{links}']
        said += [f"  entry: {entry.entry_no}"]
        said += [f'  {key}: "{_text(value)}"' for key, value in _told(entry) if value is not None]
        for line, name in zip(entry.lines, names, strict=True):
            said.append(f"  {name}  {amount(line.debit_fen)}")
            if line.value_date != entry.date:
                said.append(f"    value: {line.value_date}")
        return "\n".join(said) + "\n\n"

    def closing(self, day: str, balances: Iterable[tuple[str, int]]) -> Iterator[str]:
        for name, fen in balances:
            yield f"{day} balance {name}  {money.plain(fen)} ~ 0.00 CNY\n"  # by itself beancount forgives a 分
        yield "\n"


def _told(entry: Entry) -> tuple[tuple[str, str | None], ...]:
    return (
        ("number", entry.number),
        ("serial", entry.serial),
        ("transfer", entry.transfer_id),
        ("reverses", entry.reverses),
        ("reversed-by", entry.reversed_by),
    )


def _links(entry: Entry) -> Iterator[str]:
    if entry.reverses is not None or entry.reversed_by is not None:
        yield f"reversal-{word(entry.unit)}-" + _NO_LINK.sub("-", entry.reverses or entry.number)
    if entry.transfer_id is not None:
        yield "transfer-" + _NO_LINK.sub("-", entry.transfer_id)


def _text(text: str) -> str:
    """Between quotes; what no text should hold is shown as a mark."""
    return _ODD.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), text)
