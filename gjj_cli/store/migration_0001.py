"""Schema version 1: every table, the triggers that refuse changes, and the row of the pseudo-unit."""

from sqlalchemy import Connection

from gjj_cli.ledger.voucher import GENESIS
from gjj_cli.store import tables_cases, tables_ledger, tables_register, triggers
from gjj_cli.store.tables import CENTRE, metadata

# Importing the three modules is what fills the metadata.
TABLES = (tables_ledger.unit, tables_register.employee, tables_cases.cases)


def upgrade(connection: Connection) -> None:
    """From nothing to version 1, inside the caller's transaction."""
    metadata.create_all(connection)
    triggers.create(connection)
    connection.execute(
        tables_ledger.unit.insert().values(
            unit=CENTRE,
            name="中心",
            org="",
            state="01",
            custody=0,
            next_entry_no=1,
            head_hash=GENESIS,
            next_audit_no=1,
            audit_head=GENESIS,
        )
    )
    connection.execute(
        tables_ledger.unit_balance.insert().values(unit=CENTRE, fund_fen=0, suspense_fen=0, reserved_fen=0)
    )
