"""What a reversal must wait for (E608, E609, E703): everything of the same people and months that came later."""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Select, exists, or_, select

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.ledger import chart
from gjj_cli.store import receipts, reopening
from gjj_cli.store.engine import Tx
from gjj_cli.store.journal import Booked
from gjj_cli.store.ledger import entry, reversed_since
from gjj_cli.store.payments import REMITTANCE
from gjj_cli.store.register import MOVED
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import receipt
from gjj_cli.store.tables_ledger import line, unit_balance, voucher
from gjj_cli.store.tables_register import base_history, employee, enrolment, person, person_month


def refuse_reversal(booked: Booked) -> None:
    """E609: a reversal stays; what it took back is posted anew."""
    if booked.voucher.reverses is not None:
        raise Refused(
            f"{booked.ref.text} 本身就是红字冲销，不能再冲销，账簿没有变",
            code="E609",
            remedies=("可以：把冲掉的业务重新办一次",),
        )


def payment(tx: Tx, booked: Booked) -> None:
    """汇缴, 补缴: nothing of the unit stands that was paid for the same or a later month, and nobody has moved away."""
    of_unit, no = booked.ref.unit, booked.ref.entry_no
    c = person_month.c
    if booked.key.kind == REMITTANCE:
        later = select(c.last_voucher).where(
            c.unit == of_unit, c.month >= months.parse(booked.key.key), c.last_voucher != no
        )
        _refuse_later(tx, booked, tx.connection.scalars(later.distinct()), "这个月或以后的月份还缴着")
    people = select(c.employee).where(c.unit == of_unit, c.last_voucher == no)
    _refuse_later(tx, booked, tx.connection.scalars(_moved(of_unit, no, people)), "这些人以后又转移过")
    gone = select(employee.c.account).where(
        employee.c.unit == of_unit, employee.c.status == MOVED, employee.c.account.in_(people)
    )
    account = tx.connection.scalar(gone.order_by(employee.c.account).limit(1))
    if account is not None:
        raise _refused(booked, f"个人账号 {account} 已经转出", ("改：先用内部转移转回来",))


def _moved(of_unit: str, no: int, people: Select[tuple[str]]) -> Select[tuple[int]]:
    """The transfers of those people that were posted after an entry and stand."""
    return (
        select(voucher.c.no)
        .where(
            voucher.c.unit == of_unit,
            voucher.c.no > no,
            voucher.c.transfer_id.is_not(None),
            voucher.c.reverses.is_(None),
            ~reversed_since(),
            exists().where(line.c.unit == voucher.c.unit, line.c.voucher == voucher.c.no, line.c.employee.in_(people)),
        )
        .distinct()
    )


def received(tx: Tx, booked: Booked) -> None:
    """到账: the money is still where it came in: in 暂收 beyond what open cases hold, or in 待查款."""
    bank, ref = json.loads(booked.key.key)
    here = receipt.c
    found = tx.connection.scalar(
        select(here.entry_no).where(
            here.unit == CENTRE, here.bank == bank, here.ref == ref, here.state != receipts.TAKEN_BACK
        )
    )
    if found != booked.ref.entry_no:
        raise ValueError(f"receipt {booked.key.key} is not the one of entry {booked.ref.entry_no}")
    amount = sum(one.amount_fen for one in booked.voucher.lines if one.account == chart.SUSPENSE)
    b = unit_balance.c
    free = tx.connection.execute(select(b.suspense_fen - b.reserved_fen).where(b.unit == booked.ref.unit)).scalar_one()
    if amount > free:
        raise Refused(
            f"没有冲销，账簿没有变：{booked.ref.text} 的钱已经不全在暂收户",
            code="E703",
            facts=(f"到账 {money.show(amount)}，暂收户可用 {money.show(free)}，差 {money.show(amount - free)}。",),
            remedies=(
                f"改：先冲销用了这笔钱的汇缴或补缴：gjj ledger show --unit {booked.ref.unit}",
                f"占着暂收的业务先撤回：gjj case list --unit {booked.ref.unit}",
            ),
        )


def transferred(tx: Tx, arrival: Booked, case_no: str, people: Sequence[str]) -> None:
    """内部转移: the accounts are at the new unit, and nothing has happened to them there since."""
    of_unit, no = arrival.ref.unit, arrival.ref.entry_no
    later = (
        select(voucher.c.no)
        .where(
            voucher.c.unit == of_unit,
            voucher.c.no > no,
            voucher.c.reverses.is_(None),
            ~reversed_since(),
            exists().where(line.c.unit == voucher.c.unit, line.c.voucher == voucher.c.no, line.c.employee.in_(people)),
        )
        .distinct()
    )
    _refuse_later(tx, arrival, tx.connection.scalars(later), "账户在新单位又记过账")
    at = select(person.c.account).where(
        person.c.unit == CENTRE, person.c.account.in_(people), person.c.at_unit == of_unit
    )
    elsewhere = set(people) - set(tx.connection.scalars(at))
    if elsewhere:
        raise _refused(arrival, f"个人账号 {min(elsewhere)} 已经不在单位 {of_unit}", ("改：先用内部转移转回来",))
    _refuse_changed(tx, arrival, case_no, people)
    before = select(enrolment.c.employee).where(
        enrolment.c.unit == of_unit, enrolment.c.employee.in_(people), enrolment.c.opened_by != case_no
    )
    known = tx.connection.scalars(before.order_by(enrolment.c.employee)).first()
    if known is not None:  # what it had brought along the first time is written down nowhere
        raise _refused(
            arrival, f"个人账号 {known} 以前就在单位 {of_unit}，这次是转回来的", ("改：再办一次内部转移转出去",)
        )


def _refuse_changed(tx: Tx, arrival: Booked, case_no: str, people: Sequence[str]) -> None:
    """Sealed, reopened, given another base, or paid 0.00 for at the new unit: what no reversal undoes."""
    of_unit, e, b, p = arrival.ref.unit, enrolment.c, base_history.c, person_month.c
    came, based = enrolment.alias("came").c, base_history.alias("based").c
    statements: tuple[Select[tuple[str]], ...] = (
        select(e.employee).where(
            e.unit == of_unit,
            e.employee.in_(people),
            came.unit == e.unit,
            came.employee == e.employee,
            came.opened_by == case_no,
            or_(e.seq > came.seq, (e.seq == came.seq) & e.to_month.is_not(None)),
        ),
        select(b.employee).where(
            b.unit == of_unit,
            b.employee.in_(people),
            based.unit == b.unit,
            based.employee == b.employee,
            based.case_no == case_no,
            b.seq > based.seq,
        ),
        select(p.employee).where(p.unit == of_unit, p.employee.in_(people), p.last_voucher > arrival.ref.entry_no),
    )
    for statement in statements:
        account = tx.connection.scalar(statement.limit(1))
        if account is not None:
            raise _refused(
                arrival,
                f"个人账号 {account} 转移以后在新单位又办过业务",
                ("可以：用内部转移转回去，不用冲销",),
            )


def opened(tx: Tx, booked: Booked) -> None:
    """期初: nothing but it stands in the unit, no business was done there, and none is open."""
    of_unit = booked.ref.unit
    _refuse_later(tx, booked, reopening.vouchers_since(tx, of_unit), "建账以后还记着别的账")
    why = reopening.work_since(tx, of_unit)
    if why is not None:
        raise _refused(booked, f"{why}，期初改不了了", ("可以：没办完的先撤回；办完了的，差额用各项业务来改",))


def _refuse_later(tx: Tx, booked: Booked, numbers: Iterable[int], why: str) -> None:
    """E608 with the command that takes the newest of those back first."""
    later = sorted(numbers, reverse=True)
    if not later:
        return
    refs = [entry(tx, booked.ref.unit, no).text for no in later]
    listed = "、".join(refs[:5]) + (f" 等 {len(refs)} 张" if len(refs) > 5 else "")
    raise Refused(
        f"没有冲销，账簿没有变：{booked.ref.text} 不是最后的，{why}",
        code="E608",
        facts=(f"要先冲销（从新到旧）：{listed}。",),
        remedies=(f"改：gjj ledger reverse {refs[0]} --reason 原因",),
    )


def _refused(booked: Booked, why: str, remedies: tuple[str, ...]) -> Refused:
    return Refused(f"没有冲销 {booked.ref.text}，账簿没有变：{why}", code="E608", remedies=remedies)
