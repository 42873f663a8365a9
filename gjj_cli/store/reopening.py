"""A corrected 建账 after the 期初 was reversed: the unit's register is cleared, and the import brings it in anew."""

from collections.abc import Collection

from sqlalchemy import or_, select

from gjj_cli.business.names import REVERSAL, SETUP
from gjj_cli.case import OPEN, State
from gjj_cli.errors import Refused
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import reversed_since
from gjj_cli.store.register import MOVED
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import cases
from gjj_cli.store.tables_ledger import voucher
from gjj_cli.store.tables_register import base_history, employee, enrolment, person, rate_history


def is_reversed(tx: Tx, of_unit: str) -> bool:
    """Whether the unit's 期初 was posted and no longer stands."""
    opening = select(voucher.c.no).where(voucher.c.unit == of_unit, voucher.c.post_kind == "opening")
    posted = tx.connection.scalars(opening).all()
    return bool(posted) and not tx.connection.scalars(opening.where(~reversed_since())).all()


def vouchers_since(tx: Tx, of_unit: str) -> list[int]:
    """The entries of a unit that stand beside its 期初."""
    c = voucher.c
    others = select(c.no).where(c.unit == of_unit, c.post_kind != "opening", c.reverses.is_(None), ~reversed_since())
    return list(tx.connection.scalars(others))


def work_since(tx: Tx, of_unit: str) -> str | None:
    """What was done with the unit's people since 建账, in words; None when nothing was, so that it can be brought in
    anew. A case whose vouchers have all been reversed counts as nothing."""
    posted = select(voucher.c.no).where(voucher.c.unit == cases.c.unit, voucher.c.case_no == cases.c.case_no)
    nothing_left = posted.exists() & ~posted.where(~reversed_since()).exists()
    found = select(cases.c.case_no, cases.c.state).where(
        cases.c.unit == of_unit,
        cases.c.business.not_in([SETUP, REVERSAL.slug]),
        or_(cases.c.state.in_(sorted(OPEN)), (cases.c.state == State.DONE) & ~nothing_left),
    )
    case = tx.connection.execute(found.order_by(cases.c.case_no).limit(1)).one_or_none()
    if case is not None:
        return f"建账以后有业务 {case.case_no}（{case.state}）"
    e, setup = enrolment.c, f"{of_unit}-{SETUP}"
    changed = select(e.employee).where(e.unit == of_unit, or_(e.opened_by != setup, e.closed_by != setup))
    account = tx.connection.scalar(changed.order_by(e.employee).limit(1))
    return None if account is None else f"建账以后个人账号 {account} 有过变动"


def clear(tx: Tx, of_unit: str, accounts: Collection[str]) -> frozenset[str]:
    """Makes room for the corrected 建账 with those accounts; returns the ones that the books know already.

    Their rows stay, because the reversed vouchers name them. Needs CENTRE. Raises Refused when there is other work in
    the unit by now, or when an account of the first import is left out.
    """
    tx.must_hold(of_unit, CENTRE)
    why = "又记过别的账" if vouchers_since(tx, of_unit) else work_since(tx, of_unit)
    if why is not None:
        raise Refused(
            f"单位 {of_unit} 的期初已经冲销，{why}，没有导入这个单位",
            remedies=(f"改：先冲销或撤回：gjj ledger show --unit {of_unit}",),
        )
    rows = tx.connection.execute(select(employee.c.account, employee.c.status).where(employee.c.unit == of_unit)).all()
    known = frozenset(row.account for row in rows)
    here = {row.account for row in rows if row.status != MOVED}  # who came and was sent back is elsewhere
    missing = sorted(here - set(accounts))
    if missing:
        raise Refused(
            f"单位 {of_unit} 原来建账的 {len(missing)} 个个人账号这次没有，没有导入这个单位",
            facts=(f"这些个人账号：{'、'.join(missing[:5])}",),
            remedies=("改：留着他们的行；不该有的人，余额填 0.00、状态填 封存",),
        )
    for table in (rate_history, enrolment, base_history):
        tx.connection.execute(table.delete().where(table.c.unit == of_unit))
    tx.connection.execute(person.delete().where(person.c.unit == CENTRE, person.c.account.in_(here)))
    return known
