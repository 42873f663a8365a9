"""Vouchers and the trial balance for a screen and as JSON (`gjj.ledger/1`, `gjj.trial-balance/1`)."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

from gjj_cli import money, terminal
from gjj_cli.ledger.chart import PART_NAMES
from gjj_cli.ledger.entry import Amount, Entry

_PARTS = {str(part): name for part, name in PART_NAMES.items()}


class Balanced(Protocol):
    """One account of a trial balance, 分."""

    @property
    def account(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def debit_fen(self) -> int: ...
    @property
    def credit_fen(self) -> int: ...
    @property
    def balance_fen(self) -> int: ...


def voucher_text(entry: Entry, limit: int) -> str:
    """A voucher for a reader, `limit` lines of it at most; 起息日 is said where it is not the voucher's date."""
    links = [f"冲销 {entry.reverses}"] if entry.reverses else []
    links += [f"已被 {entry.reversed_by} 冲销"] if entry.reversed_by else []
    said = [terminal.joined((entry.number, entry.date, entry.memo, *links), indent=2)]
    said += [_line_text(entry, line) for line in entry.lines[:limit]]
    if len(entry.lines) > limit:
        said.append(f"  还有 {len(entry.lines) - limit} 行，加 --lines {len(entry.lines)} 看全")
    return "\n".join(said)


def _line_text(entry: Entry, line: Amount) -> str:
    who = f"  {line.employee} {_PARTS.get(line.part or '', '')}" if line.employee else ""
    since = f"  起息 {line.value_date}" if line.value_date != entry.date else ""
    return f"  {line.side} {line.account:<6}{money.show(line.amount_fen):>20}{who}{since}"


def vouchers_json(unit: str, entries: Sequence[Entry]) -> str:
    return _json({"schema": "gjj.ledger/1", "unit": unit, "vouchers": [_voucher(entry) for entry in entries]})


def _voucher(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "entry": entry.entry_no,
        "date": entry.date,
        "business": entry.business,
        "serial": entry.serial,
        "memo": entry.memo,
        "transfer": entry.transfer_id,
        "reverses": entry.reverses,
        "reversed_by": entry.reversed_by,
        "lines": [
            {
                "side": line.side,
                "account": line.account,
                "employee": line.employee,
                "part": _PARTS.get(line.part) if line.part else None,
                "amount": money.plain(line.amount_fen),
                "value_date": line.value_date,
            }
            for line in entry.lines
        ],
    }


def trial_balance_json(unit: str | None, balances: Sequence[Balanced]) -> str:
    accounts = [
        {
            "account": one.account,
            "name": one.name,
            "side": one.side,
            "debit": money.plain(one.debit_fen),
            "credit": money.plain(one.credit_fen),
            "balance": money.plain(one.balance_fen),
        }
        for one in balances
    ]
    total = {
        "debit": money.plain(sum(one.debit_fen for one in balances)),
        "credit": money.plain(sum(one.credit_fen for one in balances)),
    }
    return _json({"schema": "gjj.trial-balance/1", "unit": unit, "accounts": accounts, **total})


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
