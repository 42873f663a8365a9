"""Verifying what belongs to no unit: receipts, the directory, runs, the centre's numbers, kept files, logins."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table, and_, bindparam, func, or_, select

from gjj_cli import month as months
from gjj_cli.ledger.difference import Difference
from gjj_cli.posting.plan import METHOD_LABEL
from gjj_cli.store import receipts, tables_ledger
from gjj_cli.store.engine import Tx
from gjj_cli.store.register import MOVED
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import (
    agent_document,
    attachment,
    case_file,
    cases,
    receipt,
    run_unit,
    token,
    user_unit,
    users,
)
from gjj_cli.store.tables_register import base_history, employee, person
from gjj_cli.store.verify_cases import MOMENT, counted
from gjj_cli.store.verify_journal import Journal
from gjj_cli.store.verify_kept import Kept, fetch, unequal, wrong_types

_DIGEST = re.compile(r"[0-9a-f]{64}")
Step = Iterator[Difference]


class Receipts:
    """All receipts: each is what its voucher says, and every voucher of a receipt has one."""

    def __init__(self, tx: Tx) -> None:
        rows = fetch(tx, select(receipt).order_by(*receipt.primary_key))
        self.problems = list(wrong_types(receipt, rows))
        self._rows = {(row[1], row[2]): row for row in rows}
        self._met: set[tuple[str, str]] = set()
        self.problems += [
            Difference(row[5] or CENTRE, row[7], "unit", f"到账 {row[1]} {row[2]} 不在中心的账里")
            for row in rows
            if row[0] != CENTRE
        ]

    def of(self, kept: Kept, unit: str, journal: Journal) -> Step:
        """Takes the receipts of one unit's vouchers (in `~centre` the 待查 ones) off the list.

        A receipt names its newest voucher: the earlier ones of the same bank line must have been reversed.
        """
        lines = {row[1]: row[7] for row in kept.of("line", unit) if row[2] == 1}
        for head in journal.heads.values():
            if head.post_kind != receipts.KIND or head.reverses is not None:
                continue
            try:
                bank, ref = json.loads(head.post_key)
                row = self._rows.get((bank, ref))
            except (ValueError, TypeError):
                row = None
            here = row is not None and (row[5] or CENTRE, row[7]) == (unit, head.no)
            if row is not None and not here and head.no in journal.reversed_by:
                continue
            if row is not None:
                self._met.add((bank, ref))
            if row is None:
                yield Difference(unit, head.no, "receipt", f"到账 {head.post_key} 不在到账登记里")
                continue
            of_unit = None if unit == CENTRE else unit
            facts = {
                "amount_fen": (row[3], lines.get(head.no)),
                "date": (row[4], head.date),
                "of_unit": (row[5], of_unit),
                "state": (row[6], receipts.TAKEN_BACK if head.no in journal.reversed_by else _state(of_unit)),
                "entry_no": (row[7], head.no),
            }
            for found in unequal(unit, facts, f"到账 {row[1]} {row[2]} "):
                yield Difference(unit, head.no, found.field, found.detail)

    def left(self) -> Step:
        """Receipts that no voucher speaks of."""
        for (bank, ref), row in self._rows.items():
            if (bank, ref) in self._met:
                continue
            yield Difference(row[5] or CENTRE, None, "ref", f"到账 {bank} {ref} 没有凭证")


def _state(of_unit: str | None) -> str:
    return "待查" if of_unit is None else "暂收"


# Built once, because building it costs more than asking; from the employees' side, so that it asks by 个人账号.
_LISTED = (
    select(employee.c.account, person.c.id_hash, person.c.at_unit)
    .join_from(employee, person, and_(person.c.unit == CENTRE, person.c.account == employee.c.account), isouter=True)
    .where(employee.c.unit == bindparam("of_unit"))
)


class Directory:
    """One live account a person, over all units: who is at a unit is in the directory, and nobody else is."""

    def __init__(self) -> None:
        self.people = 0

    def of(self, tx: Tx, kept: Kept, unit: str) -> Step:
        here = [row for row in kept.of("employee", unit) if row.status != MOVED]
        self.people += len(here)
        listed = {account: known for account, *known in fetch(tx, _LISTED, {"of_unit": unit})}
        for row in here:
            there = listed.get(row.account, [None, None])
            if there != [row.id_hash, unit]:
                about = f"全中心名册里个人账号 {row.account} "
                yield from unequal(unit, {"id_hash": (there[0], row.id_hash), "at_unit": (there[1], unit)}, about)

    def left(self, tx: Tx) -> Step:
        """Those in the directory who are nowhere."""
        if tx.connection.scalar(select(func.count()).select_from(person)) == self.people:
            return
        here = and_(employee.c.unit == person.c.at_unit, employee.c.account == person.c.account)
        strangers = select(person.c.at_unit, person.c.account).outerjoin(employee, here)
        gone = or_(employee.c.account.is_(None), employee.c.status == MOVED, person.c.unit != CENTRE)
        for at_unit, account in fetch(tx, strangers.where(gone).order_by(person.c.account).limit(1)):
            yield Difference(str(at_unit), None, "person", f"全中心名册里的个人账号 {account} 不在这个单位")


def differences(tx: Tx, kept: Kept) -> Step:
    """What is `~centre`'s own; `kept` holds its rows. The other units have been gone through."""
    (row,) = kept.of("unit", CENTRE)
    own = {"name": "中心", "org": "", "uscc": None, "first_month": None, "paid_through": None, "state": "01",
           "payday": None, "opening_date": None, "settled_year": None, "custody": 0}  # fmt: skip
    yield from unequal(CENTRE, {name: (getattr(row, name), value) for name, value in own.items()})
    for balance in kept.of("unit_balance", CENTRE):
        yield from unequal(CENTRE, {"reserved_fen": (balance.reserved_fen, 0)})
    for table in ("employee", "enrolment", "base_history", "rate_history", "unit_event", "change_event"):
        if kept.of(table, CENTRE):
            yield Difference(CENTRE, None, table, f"{table} 里有中心的行")
    yield from _of_runs(tx, kept)
    yield from _of_numbers(tx, kept)
    yield from _of_files(tx)
    yield from _of_logins(tx)


def _of_runs(tx: Tx, kept: Kept) -> Step:
    """A run is what the cases it posted say of it: business, method, date, who; and the log knows when it ended."""
    c, u = cases.c, run_unit.c
    ends = {row.detail.partition(" ")[0]: row for row in kept.of("audit_log", CENTRE) if row.command == "remit run"}
    posted = select(c.run_no, c.business, c.method, c.as_of, c.submitted_by).where(c.run_no.is_not(None)).distinct()
    told: dict[str, set[Any]] = defaultdict(set)
    for run_no, *facts in fetch(tx, posted):
        told[run_no].add(tuple(facts))
    newest: dict[str, str] = {}
    for run_no, paid in fetch(tx, select(u.run_no, u.months).distinct()):
        newest[run_no] = max(paid.rpartition(",")[2], newest.get(run_no, ""))
    runs = {row.run_no: row for row in kept.of("run", CENTRE)}
    for run_no, row in runs.items():
        about = f"汇缴 {run_no} "
        said = {(row.business, row.method, row.as_of, row.started_by)}
        if told[run_no] and told[run_no] != said:
            yield Difference(CENTRE, None, "run", f"{about}的业务、方式、日期或经办和它办的业务对不上")
        yield from _of_run(row, about, newest.get(run_no, ""), ends.get(run_no))
    for run_no in sorted(newest.keys() | told.keys()):
        if run_no not in runs:
            yield Difference(CENTRE, None, "run_no", f"没有汇缴 {run_no}，却有单位的结果或业务")


def _of_run(row: Any, about: str, newest: str, end: Any) -> Step:
    month = months.show(row.through)
    if row.business != "remittance" or row.method not in METHOD_LABEL or row.scope not in ("all", "named"):
        yield Difference(CENTRE, None, "run", f"{about}的业务、方式或范围没有见过")
    if not MOMENT.fullmatch(row.started_at) or not (row.finished_at is None or MOMENT.fullmatch(row.finished_at)):
        yield Difference(CENTRE, None, "started_at", f"{about}的时间不对")
    if not newest <= month <= row.as_of[:7]:
        yield Difference(CENTRE, None, "through", f"{about}缴至 {month}，和它缴的月份或业务日期对不上")
    if end is not None and (end.as_of, end.actor, row.finished_at is None) != (row.as_of, row.started_by, False):
        yield Difference(CENTRE, None, "finished_at", f"{about}的结束和操作日志对不上")


def _of_numbers(tx: Tx, kept: Kept) -> Step:
    """Numbers of runs, of 档案, and of 个人账号 given at finish: each counter stands at the next."""
    given: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in kept.of("run", CENTRE):
        month, _, number = row.run_no.removeprefix("R").partition("-")
        if not (month.isdecimal() and number.isdecimal()):
            yield Difference(CENTRE, None, "run_no", f"汇缴 {row.run_no} 的编号不对")
            return
        given["run", f"20{month[:2]}-{month[2:]}"].append(int(number))
    for row in kept.of("cases", CENTRE):
        given["case", row.as_of[:7]].append(int(row.case_no.rpartition("-")[2]))
    for (number,) in fetch(tx, select(cases.c.archive_no).where(cases.c.archive_no.is_not(None))):
        given["archive", number[:-7]].append(int(number[-7:]))
    yield from counted(kept, CENTRE, given, _accounts(tx))


def _accounts(tx: Tx) -> dict[tuple[str, str], int]:
    """The last 个人账号 given at finish, by 机构: imported ones are passed over, so these have gaps."""
    last: dict[tuple[str, str], int] = {}
    opened = select(cases.c.unit, cases.c.case_no).where(cases.c.business == "account-opening").subquery()
    b = base_history
    given = select(b.c.employee).join(opened, and_(opened.c.unit == b.c.unit, opened.c.case_no == b.c.case_no))
    for (account,) in fetch(tx, given.where(b.c.kind == "opening")):
        if account[-10:].isdecimal():
            counter = ("account", account[:-10])
            last[counter] = max(int(account[-10:]), last.get(counter, 0))
    return last


def _of_files(tx: Tx) -> Step:
    """Every kept file is its SHA-256, read one at a time."""
    for table in (case_file, attachment, agent_document):
        c: Any = table.c
        for keys in fetch(tx, select(*table.primary_key, c.sha256).order_by(*table.primary_key)):
            where = [column == value for column, value in zip(table.primary_key, keys, strict=False)]
            content = tx.connection.scalar(select(c.content).where(*where))
            if not isinstance(content, bytes) or hashlib.sha256(content).hexdigest() != keys[-1]:
                yield Difference(str(keys[0]), None, "content", f"{table.name} 里 {keys[1]} 的文件和它的摘要对不上")


def _of_logins(tx: Tx) -> Step:
    """Who may log in cannot be computed again; what is there must at least fit together."""
    for table in (users, token, user_unit):
        yield from wrong_types(table, fetch(tx, select(table)))
    names = {row.name for row in tx.connection.execute(select(users))}
    for row in tx.connection.execute(select(users)):
        if row.role not in ("admin", "agent", "first", "second") or row.disabled not in (0, 1):
            yield Difference("", None, "users", f"用户 {row.name} 的角色或状态不对")
    for row in tx.connection.execute(select(token)):
        if row.user_name not in names or row.kind not in ("session", "token") or not _DIGEST.fullmatch(row.sha256):
            yield Difference("", None, "token", "有一个令牌不是用户的")
    for row in tx.connection.execute(select(user_unit)):
        if row.user_name not in names:
            yield Difference(row.unit, None, "user_name", f"单位归 {row.user_name} 管，却没有这个用户")


def strays(tx: Tx, tables: Sequence[Table]) -> Step:
    """Rows of a unit that is not there: looked for when a table has more rows than its units have."""
    for table in tables:
        for (name,) in fetch(
            tx, select(table.c.unit).where(table.c.unit.not_in(select(tables_ledger.unit.c.unit))).limit(1)
        ):
            yield Difference(str(name), None, "unit", f"{table.name} 里有一行是没有的单位 {name} 的")
