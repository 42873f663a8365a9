"""Verifying the register: paid months, 缴至年月, statuses, enrolments, the directory, 单位明细, against vouchers and cases."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Row, case, exists, func, select

from gjj_cli import month as months
from gjj_cli.business.names import SETUP
from gjj_cli.ledger import chart
from gjj_cli.store import importing, payments, register
from gjj_cli.store.cases import RESERVING, SUSPENSE
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import reversed_since
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import case_row, cases
from gjj_cli.store.tables_ledger import line, unit, unit_balance, voucher
from gjj_cli.store.tables_register import employee, enrolment, person, person_month, unit_event
from gjj_cli.store.verify_journal import Difference


def differences(tx: Tx) -> Iterator[Difference]:
    """Everything wrong with what is kept beside the journal."""
    yield from _of_openings(tx)
    yield from _of_payments(tx)
    yield from _of_units(tx)
    yield from _of_employees(tx)
    yield from _of_enrolments(tx)
    yield from _of_directory(tx)
    yield from _of_events(tx)
    yield from _of_reserved(tx)


def _of_openings(tx: Tx) -> Iterator[Difference]:
    """The kept 建账 cases are what their content hashes say, and the 期初 vouchers carry those hashes."""
    rows: dict[str, list[Any]] = defaultdict(list)
    kept = (
        select(case_row.c.unit, case_row.c.content)
        .join(cases, (cases.c.unit == case_row.c.unit) & (cases.c.case_no == case_row.c.case_no))
        .where(cases.c.business == SETUP)
        .order_by(case_row.c.unit, case_row.c.row_no)
    )
    for of_unit, content in tx.connection.execute(kept):
        rows[of_unit].append(_read(content))
    posted: dict[str, tuple[int, str]] = {}
    opened = select(voucher.c.unit, voucher.c.no, voucher.c.content_hash).where(voucher.c.post_kind == "opening")
    opened = opened.order_by(voucher.c.unit, voucher.c.no)  # the last one counts: those before it were reversed
    for of_unit, no, digest in tx.connection.execute(opened):
        posted[of_unit] = (no, digest)
    setups = select(cases.c.unit, cases.c.batch, cases.c.file_sha256).where(cases.c.business == SETUP)
    for of_unit, batch, digest in tx.connection.execute(setups.order_by(cases.c.unit)):
        again = hashlib.sha256(importing.content(_read(batch), rows[of_unit])).hexdigest()
        if again != digest or posted.get(of_unit, (0, digest))[1] != digest:
            yield Difference(of_unit, posted.get(of_unit, (None, ""))[0], "建账", "建账的内容和期初凭证记的不一样")


def _read(kept: str) -> Any:
    """The JSON that was kept; the text itself when it no longer is JSON, which no hash agrees with."""
    try:
        return json.loads(kept)
    except ValueError:
        return kept


def _of_payments(tx: Tx) -> Iterator[Difference]:
    """What each paying voucher was for (its content hash) is what the register says it paid."""
    c = person_month.c
    registered = tx.connection.execute(select(person_month).order_by(c.unit, c.last_voucher, c.employee, c.month))
    computed: dict[tuple[str, int], str] = {}
    for key, group in groupby(registered, lambda row: (row.unit, row.last_voucher)):
        rows = list(group)
        for row in rows:
            due, paid = row.due_unit_fen + row.due_personal_fen, row.paid_unit_fen + row.paid_personal_fen
            if due != paid or row.due_unit_fen != row.paid_unit_fen:
                detail = f"个人账号 {row.employee} {months.show(row.month)} 应缴和已缴不一样"
                yield Difference(row.unit, row.last_voucher, "due_unit_fen", detail)
        said = [payments.PersonMonth(r.employee, r.month, r.paid_unit_fen, r.paid_personal_fen) for r in rows]
        computed[key] = hashlib.sha256(payments.content(said)).hexdigest()
    for row in tx.connection.execute(_paying_vouchers()):
        if computed.pop((row.unit, row.no), None) != row.content_hash:
            yield Difference(row.unit, row.no, "person_month", "登记的已缴月份和这张凭证缴的不一样")
    for of_unit, no in computed:
        yield Difference(of_unit, no, "last_voucher", "登记的已缴月份指着一张不是缴款的凭证")


def _paying_vouchers() -> Any:
    """汇缴 and 补缴 that stand: 借 21901 and 贷 201."""
    takes = exists().where(
        line.c.unit == voucher.c.unit,
        line.c.voucher == voucher.c.no,
        line.c.account == chart.SUSPENSE,
        line.c.side == "借",
    )
    gives = exists().where(line.c.unit == voucher.c.unit, line.c.voucher == voucher.c.no, line.c.account == chart.FUND)
    stands = voucher.c.reverses.is_(None) & ~reversed_since()
    chosen = select(voucher.c.unit, voucher.c.no, voucher.c.content_hash).where(takes, gives, stands)
    return chosen.order_by(voucher.c.unit, voucher.c.no)


def _of_units(tx: Tx) -> Iterator[Difference]:
    imported = {
        of_unit: json.loads(batch)["unit"]["paid_through"]
        for of_unit, batch in tx.connection.execute(
            select(cases.c.unit, cases.c.batch).where(cases.c.business == SETUP)
        )
    }
    remitted: dict[str, int] = {}
    keys = select(voucher.c.unit, func.max(voucher.c.post_key)).where(
        voucher.c.post_kind == payments.REMITTANCE, ~reversed_since()
    )
    for of_unit, newest in tx.connection.execute(keys.group_by(voucher.c.unit)):
        remitted[of_unit] = months.parse(newest)
    for row in tx.connection.execute(select(unit).where(unit.c.unit != CENTRE).order_by(unit.c.unit)):
        paid = _latest(imported.get(row.unit), remitted.get(row.unit))
        if row.paid_through != paid:
            yield Difference(row.unit, None, "paid_through", f"记的是 {_month(row.paid_through)}，应是 {_month(paid)}")
        state = "02" if paid is None and not row.custody else "01"
        if row.state != state:
            yield Difference(row.unit, None, "state", f"记的是 {row.state}，应是 {state}")


def _of_employees(tx: Tx) -> Iterator[Difference]:
    """个人缴至年月 and status of everyone."""
    paid = {
        (row[0], row[1]): row[2]
        for row in tx.connection.execute(
            select(person_month.c.unit, person_month.c.employee, func.max(person_month.c.month)).group_by(
                person_month.c.unit, person_month.c.employee
            )
        )
    }
    imported = {
        (of_unit, account): json.loads(content)["paid_through"]
        for of_unit, account, content in tx.connection.execute(
            select(case_row.c.unit, case_row.c.account, case_row.c.content)
            .join(cases, (cases.c.unit == case_row.c.unit) & (cases.c.case_no == case_row.c.case_no))
            .where(cases.c.business == SETUP)
        )
    }
    everyone = tx.connection.execute(_employees()).all()
    paid_at: dict[str, dict[str, int | None]] = defaultdict(dict)
    for row in everyone:
        paid_at[row.account][row.unit] = row.paid_through
    for row in everyone:
        key = (row.unit, row.account)
        if row.imported_through != imported.get(key):
            yield _of_person(row, "imported_through", row.imported_through, imported.get(key))
        elsewhere = [month for where, month in paid_at[row.account].items() if where != row.unit]
        if row.at_unit == row.unit and row.carried_through not in (elsewhere or [None]):
            yield _of_person(row, "carried_through", row.carried_through, elsewhere[0] if elsewhere else None)
        newest = _latest(row.imported_through, row.carried_through, paid.get(key))
        if row.paid_through != newest:
            yield _of_person(row, "paid_through", row.paid_through, newest)
        if row.at_unit != row.unit:
            status = register.MOVED
        else:
            status = register.NORMAL if row.enrolled else register.SEALED
        if row.status != status:
            yield Difference(row.unit, None, "status", f"个人账号 {row.account} 记的是{row.status}，应是{status}")


def _employees() -> Any:
    """Every employee with where the account is now, and whether anything enrols it from 应汇缴年月 on."""
    due = func.coalesce(unit.c.paid_through + 1, unit.c.first_month)
    enrolled = exists().where(
        enrolment.c.unit == employee.c.unit,
        enrolment.c.employee == employee.c.account,
        enrolment.c.to_month.is_(None) | (enrolment.c.to_month > due),
    )
    return (
        select(employee, person.c.at_unit, enrolled.label("enrolled"))
        .join(unit, unit.c.unit == employee.c.unit)
        .outerjoin(person, (person.c.unit == CENTRE) & (person.c.account == employee.c.account))
        .order_by(employee.c.unit, employee.c.account)
    )


def _of_enrolments(tx: Tx) -> Iterator[Difference]:
    """One person's enrolments follow each other in time, and nobody has paid a month outside of them."""
    c = enrolment.c
    before: Row[Any] | None = None
    for row in tx.connection.execute(select(enrolment).order_by(c.unit, c.employee, c.seq)):
        same = before is not None and (before.unit, before.employee) == (row.unit, row.employee)
        if same and before is not None and (before.to_month is None or row.from_month < before.to_month):
            yield Difference(row.unit, None, "from_month", f"个人账号 {row.employee} 的参缴区间重叠")
        before = row
    p = person_month.c
    covered = exists().where(
        c.unit == p.unit,
        c.employee == p.employee,
        c.from_month <= p.month,
        c.to_month.is_(None) | (c.to_month > p.month),
    )
    for row in tx.connection.execute(select(person_month).where(~covered).order_by(p.unit, p.last_voucher)):
        detail = f"个人账号 {row.employee} 缴了 {months.show(row.month)}，参缴区间不含这个月"
        yield Difference(row.unit, row.last_voucher, "from_month", detail)


def _of_directory(tx: Tx) -> Iterator[Difference]:
    """The directory knows every account that has not moved away, under its own identity."""
    listed = select(
        employee.c.unit,
        employee.c.account,
        employee.c.doc_type,
        employee.c.id_number,
        employee.c.id_hash,
        person.c.id_hash.label("listed"),
    ).outerjoin(person, (person.c.unit == CENTRE) & (person.c.account == employee.c.account))
    for row in tx.connection.execute(listed.order_by(employee.c.unit, employee.c.account)):
        computed = register.identity_hash(row.doc_type, row.id_number)
        if not row.id_hash == row.listed == computed:
            yield Difference(row.unit, None, "id_hash", f"个人账号 {row.account} 的证件和全中心的名册对不上")


def _of_events(tx: Tx) -> Iterator[Difference]:
    """The running sum of 单位明细 is the unit's 201."""
    total = func.coalesce(func.sum(unit_event.c.amount_fen + unit_event.c.interest_fen), 0)
    sums = (
        select(unit_balance.c.unit, unit_balance.c.fund_fen, total.label("events"))
        .outerjoin(unit_event, unit_event.c.unit == unit_balance.c.unit)
        .group_by(unit_balance.c.unit, unit_balance.c.fund_fen)
        .order_by(unit_balance.c.unit)
    )
    for row in tx.connection.execute(sums):
        if row.events != row.fund_fen:
            detail = f"单位明细合计 {row.events} 分，公积金余额 {row.fund_fen} 分"
            yield Difference(row.unit, None, "unit_event", detail)


def _of_reserved(tx: Tx) -> Iterator[Difference]:
    """可用余额: what open `suspense` cases hold."""
    holding = case((cases.c.state.in_(sorted(RESERVING)) & (cases.c.method == SUSPENSE), cases.c.amount_fen), else_=0)
    held = dict(tx.connection.execute(select(cases.c.unit, func.sum(holding)).group_by(cases.c.unit)).all())
    for of_unit, kept in tx.connection.execute(select(unit_balance.c.unit, unit_balance.c.reserved_fen)):
        if kept != held.get(of_unit, 0):
            yield Difference(of_unit, None, "reserved_fen", f"记的是 {kept} 分，在途业务合计 {held.get(of_unit, 0)} 分")


def _of_person(row: Row[Any], name: str, kept: int | None, computed: int | None) -> Difference:
    detail = f"个人账号 {row.account} 记的是 {_month(kept)}，应是 {_month(computed)}"
    return Difference(row.unit, None, name, detail)


def _latest(*known: int | None) -> int | None:
    return max((month for month in known if month is not None), default=None)


def _month(month: int | None) -> str:
    return "空" if month is None else months.show(month)
