"""The books for hledger: every voucher a transaction with its numbers as tags, balances asserted at the end.

hledger has no way to quote, so what would end a description or a tag is written as its full-width sibling.
"""

import re
from collections.abc import Iterable, Iterator

from gjj_cli.exchange.form import amount
from gjj_cli.ledger.entry import Entry

_OPENING = "; 住房公积金\ndecimal-mark .\ncommodity 1000.00 CNY\n\n"
_SIBLINGS = str.maketrans({";": "；", "|": "｜", ",": "，", "(": "（", ")": "）", ":": "："})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Hledger:
    """See `form.Form`."""

    def opening(self) -> str:
        return _OPENING

    def account(self, name: str, day: str) -> str:
        return f"account {name}  ; opened:{day}\n"

    def entry(self, entry: Entry, names: list[str]) -> str:
        said = [f"{entry.date} * ({_text(entry.number)}) {_text(entry.business)} | {_text(entry.memo)}"]
        said += [f"    ; {tag}:{_text(value)}" for tag, value in _told(entry) if value is not None]
        for line, name in zip(entry.lines, names, strict=True):
            value = f"  ; value:{line.value_date}" if line.value_date != entry.date else ""
            said.append(f"    {name}  {amount(line.debit_fen)}{value}")
        return "\n".join(said) + "\n\n"

    def closing(self, day: str, balances: Iterable[tuple[str, int]]) -> Iterator[str]:
        yield f"{day} * 余额核对\n"
        for name, fen in balances:
            yield f"    {name}  0.00 CNY = {amount(fen)}\n"
        yield "\n"


def _told(entry: Entry) -> tuple[tuple[str, str | None], ...]:
    return (
        ("entry", str(entry.entry_no)),
        ("serial", entry.serial),
        ("transfer", entry.transfer_id),
        ("reverses", entry.reverses),
        ("reversed-by", entry.reversed_by),
    )


def _text(text: str) -> str:
    return _CONTROL.sub(" ", text).translate(_SIBLINGS)
