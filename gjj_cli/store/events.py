"""单位明细: what happened to a unit, one row an event, the ones that move no money too."""

from dataclasses import dataclass
from datetime import date

from gjj_cli.store import counters, direct
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_register import unit_event

_COLUMNS = tuple(column.name for column in unit_event.c)


@dataclass(frozen=True)
class UnitEvent:
    """A row of 单位明细, 分."""

    date: date
    business: str
    memo: str
    heads: int
    amount_fen: int = 0
    interest_fen: int = 0
    case_no: str | None = None
    entry_no: int | None = None


def add_unit_event(tx: Tx, of_unit: str, happened: UnitEvent) -> None:
    """A row of 单位明细; its running sum of amount and interest is the unit's 201."""
    seq = counters.take(tx, of_unit, "unit_event")
    told = {**vars(happened), "unit": of_unit, "seq": seq, "date": happened.date.isoformat()}
    direct.insert(tx, unit_event, [[told[name] for name in _COLUMNS]])
