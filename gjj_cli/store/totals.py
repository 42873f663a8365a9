"""What books hold in a line: how many units, how much money, until when."""

from dataclasses import dataclass

from sqlalchemy import func, select

from gjj_cli.store.engine import Tx
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_ledger import unit, unit_balance


@dataclass(frozen=True)
class Totals:
    """Units without ~centre; 公积金 and 暂收 in 分; the last posting date as ISO text, None before the first."""

    units: int
    fund_fen: int
    suspense_fen: int
    last_date: str | None


def totals(tx: Tx) -> Totals:
    balances = select(func.sum(unit_balance.c.fund_fen), func.sum(unit_balance.c.suspense_fen))
    fund, suspense = tx.connection.execute(balances).one()
    counted = select(func.count()).select_from(unit).where(unit.c.unit != CENTRE)
    last = tx.connection.scalar(select(func.max(unit.c.last_posting_date)))
    return Totals(tx.connection.execute(counted).scalar_one(), int(fund or 0), int(suspense or 0), last)
