"""What a reversal does beside the journal: paid months, 缴至年月, statuses, and accounts that go back (semantics 1.10)."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, func, or_, select

from gjj_cli import month as months
from gjj_cli.business.names import SETUP
from gjj_cli.store import cases, payments, register
from gjj_cli.store.engine import Tx
from gjj_cli.store.journal import Booked
from gjj_cli.store.ledger import reversed_since
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_ledger import unit, voucher
from gjj_cli.store.tables_register import (
    base_history,
    change_event,
    employee,
    enrolment,
    person,
    person_month,
)

PersonMonths = dict[str, tuple[tuple[int, int, int, int], ...]]


def months_of(tx: Tx, vouchers: Sequence[Booked]) -> PersonMonths:
    """个人账号 -> (entry no, month, unit_fen, personal_fen) of all that these vouchers paid."""
    found: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    for one in vouchers:
        for row in payments.registered(tx, one.ref.unit, one.ref.entry_no):
            found[row.employee].append((one.ref.entry_no, row.month, row.unit_fen, row.personal_fen))
    return {account: tuple(paid) for account, paid in sorted(found.items())}


def unregister(tx: Tx, of_unit: str, entry_no: int) -> None:
    """The person-months of a voucher are unpaid again, and 个人缴至 goes back to the newest month that is paid."""
    tx.must_hold(of_unit)
    c = person_month.c
    tx.connection.execute(person_month.delete().where(c.unit == of_unit, c.last_voucher == entry_no))
    paid = (
        select(func.max(c.month))
        .where(
            c.unit == employee.c.unit,
            c.employee == employee.c.account,
            c.paid_unit_fen >= c.due_unit_fen,
            c.paid_personal_fen >= c.due_personal_fen,
        )
        .scalar_subquery()
    )
    e = employee.c
    people = select(e.account, e.paid_through, e.imported_through, e.carried_through, paid.label("paid"))
    changed = [
        {"of_unit": of_unit, "of_employee": row.account, "newest": newest}
        for row in tx.connection.execute(people.where(e.unit == of_unit))
        if (newest := _latest(row.imported_through, row.carried_through, row.paid)) != row.paid_through
    ]
    if changed:
        tx.connection.execute(_SET_PAID, changed)


_SET_PAID = (
    employee.update()
    .where(employee.c.unit == bindparam("of_unit"), employee.c.account == bindparam("of_employee"))
    .values(paid_through=bindparam("newest"))
)


def restore_unit(tx: Tx, of_unit: str) -> None:
    """单位缴至 is the last month that stands, or what 建账 brought; 02 when there is none; statuses by 应汇缴年月."""
    tx.must_hold(of_unit)
    setup = cases.get(tx, of_unit, f"{of_unit}-{SETUP}")
    imported = None if setup is None else setup.batch["unit"]["paid_through"]
    newest = tx.connection.scalar(
        select(func.max(voucher.c.post_key)).where(
            voucher.c.unit == of_unit, voucher.c.post_kind == payments.REMITTANCE, ~reversed_since()
        )
    )
    paid = _latest(imported, None if newest is None else months.parse(newest))
    state = {"state": "02"} if paid is None else {}
    tx.connection.execute(unit.update().where(unit.c.unit == of_unit).values(paid_through=paid, **state))
    register.restore_statuses(tx, of_unit)


def movers(tx: Tx, of_case: tuple[str, str], arrival: Booked, home: Booked) -> list[str]:
    """Everybody of a transfer case who went from one unit to the other, also those without money."""
    case_unit, case_no = of_case
    route = (home.ref.unit, arrival.ref.unit)
    return sorted(
        row.account
        for row in cases.rows(tx, case_unit, case_no)
        if row.account is not None
        and (row.content.get("from_unit") or case_unit, row.content.get("to_unit") or case_unit) == route
    )


def send_home(tx: Tx, home: str, arrival: str, case_no: str, people: Sequence[str]) -> None:
    """Undoes `register.move`: the accounts take part at the old unit as before, at the new one they are 转出."""
    tx.must_hold(home, arrival, CENTRE)
    for table in (enrolment, base_history):
        opened = table.c.opened_by if table is enrolment else table.c.case_no
        tx.connection.execute(
            table.delete().where(table.c.unit == arrival, table.c.employee.in_(people), opened == case_no)
        )
    for account in people:
        _leave(tx, arrival, account)
        _reopen(tx, home, case_no, account)
    e = employee.c
    tx.connection.execute(employee.update().where(e.unit == home, e.account.in_(people)).values(status=register.SEALED))
    register.restore_statuses(tx, home)
    tx.connection.execute(
        person.update().where(person.c.unit == CENTRE, person.c.account.in_(people)).values(at_unit=home)
    )


def _leave(tx: Tx, arrival: str, account: str) -> None:
    """The row at the new unit is 转出, with the 个人缴至 it had before the account came."""
    carried, e = _carried_before(tx, arrival, account), employee.c
    paid = select(func.max(person_month.c.month)).where(
        person_month.c.unit == arrival, person_month.c.employee == account
    )
    mine = (e.unit == arrival, e.account == account)
    imported = tx.connection.scalar(select(e.imported_through).where(*mine))
    tx.connection.execute(
        employee.update()
        .where(*mine)
        .values(
            status=register.MOVED,
            carried_through=carried,
            paid_through=_latest(imported, carried, tx.connection.scalar(paid)),
        )
    )


def _carried_before(tx: Tx, arrival: str, account: str) -> int | None:
    """The 个人缴至 that the last transfer before this one brought to the unit; None when there was none."""
    e = enrolment.c
    opened = select(e.opened_by).where(e.unit == arrival, e.employee == account).order_by(e.seq.desc())
    for case_no in tx.connection.scalars(opened).all():
        case_unit = (case_no or "").partition("-")[0]
        case = cases.get(tx, case_unit, case_no or "")
        if case is None or case.business != "internal-transfer":
            continue
        for row in cases.rows(tx, case_unit, case.case_no):
            if row.account == account:
                old = row.content.get("from_unit") or case_unit
                mine = (employee.c.unit == old, employee.c.account == account)
                return tx.connection.scalar(select(employee.c.paid_through).where(*mine))
    return None


def _reopen(tx: Tx, home: str, case_no: str, account: str) -> None:
    """The enrolment that the transfer had ended goes on, or ends again where a 封存 had ended it."""
    c = change_event.c
    last = tx.connection.execute(
        select(c.after_status, c.effective_month, c.case_no)
        .where(c.unit == home, c.account == account, or_(c.before_status.is_(None), c.before_status != c.after_status))
        .order_by(c.seq.desc())
        .limit(1)
    ).one_or_none()
    sealed = last is not None and last.after_status == register.SEALED
    ended = {"to_month": last.effective_month, "closed_by": last.case_no} if last is not None and sealed else {}
    tx.connection.execute(
        enrolment.update()
        .where(enrolment.c.unit == home, enrolment.c.employee == account, enrolment.c.closed_by == case_no)
        .values({"to_month": None, "closed_by": None, **ended})
    )


def _latest(*known: int | None) -> int | None:
    return max((month for month in known if month is not None), default=None)
