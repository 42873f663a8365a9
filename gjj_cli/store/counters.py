"""Gapless numbers: taken inside the transaction under the unit's lock, so that a rollback gives them back."""

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_ledger import counter, voucher_counter

_TAKE = Statement(
    insert(counter)
    .on_conflict_do_update(
        index_elements=["unit", "kind", "period"], set_={"next_no": counter.c.next_no + bindparam("many")}
    )
    .returning(counter.c.next_no)
)
_TAKE_VOUCHERS = Statement(
    insert(voucher_counter)
    .on_conflict_do_update(
        index_elements=["unit", "month"], set_={"next_no": voucher_counter.c.next_no + bindparam("many")}
    )
    .returning(voucher_counter.c.next_no)
)


def take(tx: Tx, unit: str, kind: str, period: str = "", many: int = 1) -> int:
    """The first of `many` consecutive numbers (from 1) of a kind, in a unit and period such as 2025-07."""
    tx.must_hold(unit)
    ((following,),) = _TAKE.rows(tx, unit=unit, kind=kind, period=period, next_no=1 + many, many=many)
    return int(following) - many


def take_voucher_numbers(tx: Tx, unit: str, month: int, many: int) -> int:
    """The first of `many` consecutive voucher numbers of a unit and posting month."""
    ((following,),) = _TAKE_VOUCHERS.rows(tx, unit=unit, month=month, next_no=1 + many, many=many)
    return int(following) - many
