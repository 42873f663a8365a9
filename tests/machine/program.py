"""The program under the machine: real books, every step through the flows, and what the books hold after it.

What a command pays for once, its connection and the compiled statements, is kept here from step to step, and nothing is
synced to the disk: what a crash leaves is for the fault tests, and the machine would spend its time waiting.
"""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gjj_cli import month as months
from gjj_cli.business.checked import Asked
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import Action, Case
from gjj_cli.flows import casework, ledgers, receipting, remit, reversing, review, sample, session
from gjj_cli.money import plain
from gjj_cli.posting.plan import Preview, RunReport
from gjj_cli.settings import Settings
from gjj_cli.store import people, sqlite
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.importing import AgentOpening, EmployeeOpening, UnitImported, UnitOpening, import_units
from gjj_cli.store.tables import CENTRE, metadata
from tests.e2e.books import PNG, Office, open_office
from tests.machine.effects import Newcomer
from tests.machine.parts import Row, Unit
from tests.postgres import Server

Tables = dict[str, list[tuple[Any, ...]]]
ORG = "05"
BATCH = {"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "暂收"}
_READ = {
    table.name: f"SELECT * FROM {table.name} ORDER BY {', '.join(column.name for column in table.primary_key)}"
    for table in metadata.sorted_tables
}
_COLUMNS = {
    table.name: {column.name: place for place, column in enumerate(table.columns)} for table in metadata.sorted_tables
}


class Program:
    """Books that can be made new again, and the four people of the office. `books` stay open between the steps."""

    def __init__(self, office: Office, fresh: Callable[[], Books]) -> None:
        self.office = office
        self._fresh = fresh
        self.books = fresh()

    def start_again(self) -> None:
        """Books with nothing in them."""
        self.books.close()
        self.books = self._fresh()

    def as_(self, login: str, day: date, *, yes: bool = False) -> Settings:
        settings = sample.acting(self.office.settings, self.office.tokens[login], day)
        return replace(settings, assume_yes=yes)

    def bring_in(self, name: str, of: Unit, people_in: dict[str, Newcomer], suspense: int, day: date) -> UnitImported:
        """建账, and the clerk works for the unit."""
        fund = sum(who.cur + who.prior for who in people_in.values())
        opening = UnitOpening(
            name, f"单位{name}", ORG, day, of.unit_bp, of.personal_bp, of.first, of.paid_through, fund, suspense
        )
        everyone = [_opening(name, account, who) for account, who in people_in.items()]
        agents = [AgentOpening(name, "李晓红", sample.CLERK_ID, "13900009999")]
        (done,) = import_units(self.books, [opening], everyone, agents, as_of=day, user="admin", at=session.now())
        if done.refused is None and not done.already:
            self.books.write(lambda tx: _lets_in_the_clerk(tx, name), name)
        return done

    def submit(self, business: str, unit: str, rows: Sequence[Row], day: date, *, yes: bool) -> casework.Submitted:
        clerk = self.as_("clerk", day, yes=yes)
        batch = BATCH if business == "supplementary-payment" else {}
        request = casework.of_rows(
            ROSTER[business], [_typed(business, row) for row in rows], Asked(day, unit=unit, batch=batch), ()
        )
        return casework.submit(clerk, request)

    def act(self, number: str, action: str, day: date, *, reversal: bool) -> Case:
        people = ("admin", "second") if reversal else ("clerk", "first")
        login = people[action != "withdraw"]
        (case,) = review.act(self.as_(login, day), [number], Action(action), reason="写错了")
        return case

    def approve_own(self, number: str, day: date) -> None:
        review.act(self.as_("clerk", day), [number], Action.APPROVE)

    def finish(self, number: str, day: date, *, reversal: bool) -> review.Finished:
        return review.finish(self.as_("admin" if reversal else "clerk", day), number)

    def receive(self, ref: str, amount: int, unit: str | None, day: date) -> receipting.Received:
        return receipting.add(self.as_("admin", day), plain(amount), ref, unit)

    def reverse(self, target: str, day: date) -> reversing.Asked:
        return reversing.submit(self.as_("admin", day), target, "记错了")

    def remit(self, unit: str, through: int, day: date) -> RunReport:
        return remit.run(self.as_("clerk", day), [unit], through)

    def month_end(self, through: int, day: date) -> RunReport:
        return remit.run(self.as_("admin", day), None, through)

    def preview(self, unit: str, through: int, day: date) -> Preview:
        return remit.preview(self.as_("clerk", day), unit, through)

    def verify(self) -> None:
        verdict = ledgers.verify(self.office.settings)
        assert verdict.ok, verdict.first_difference

    def read(self) -> Tables:
        """Every table whole, in the order of its key."""
        tables: Tables = {}
        with self.books.reading() as tx:
            cursor = tx.connection.connection.cursor()  # the driver's own: this is read after every step
            for name, sql in _READ.items():
                cursor.execute(sql)
                tables[name] = list(cursor.fetchall())
        return tables


def _lets_in_the_clerk(tx: Tx, name: str) -> None:
    people.give_units(tx, "clerk", [name])
    people.keep_agent_document(tx, name, sample.CLERK_ID, sample.ID_DOCUMENT, "身份证.png", PNG)


def _opening(unit: str, account: str, who: Newcomer) -> EmployeeOpening:
    return EmployeeOpening(
        unit,
        account,
        sample.name(who.serial),
        "身份证",
        sample.identity(who.serial),
        who.base,
        "封存" if who.sealed else "正常",
        who.start,
        who.paid_through,
        who.prior,
        who.cur,
    )


_MONTH = {
    "account-opening": "启缴年月",
    "base-adjustment": "生效年月",
    "sealing": "封存年月",
    "central-sealing": "封存年月",
    "unsealing": "启封年月",
    "internal-transfer": "转移年月",
    "supplementary-payment": "起始年月",
}


def _typed(business: str, row: Row) -> dict[str, str]:
    """A row as the clerk types it."""
    typed = {"个人账号": row.account, "转出单位账号": row.home, "转入单位账号": row.arrival}
    if row.month is not None:
        typed[_MONTH[business]] = months.show(row.month)
    if row.end is not None:
        typed["结束年月"] = months.show(row.end)
    if row.base is not None:
        typed["调整后缴存基数" if business == "base-adjustment" else "缴存基数"] = plain(row.base)
    if row.total is not None:
        typed["补缴总额（元）"] = plain(row.total)
    if row.serial is not None:
        person = sample.name(row.serial), sample.identity(row.serial)
        typed |= {"姓名": person[0], "证件类型": "身份证", "证件号码": person[1], "手机号码": "13900001234"}
    if business in ("sealing", "central-sealing"):
        typed["封存原因"] = "其他"
    if business == "central-sealing":
        typed["封存类型"] = "集中封存"
    return {header: value for header, value in typed.items() if value is not None}


def told(tables: Tables) -> dict[str, object]:
    """The tables in the shape of `Model.told`."""
    rows = {name: [_Told(_COLUMNS[name], row) for row in found] for name, found in tables.items()}
    own: dict[str, dict[Any, list[Any]]] = {
        "enrolment": defaultdict(list), "base_history": defaultdict(list), "line": defaultdict(list)
    }  # fmt: skip
    for row in rows["enrolment"]:
        own["enrolment"][row.unit, row.employee].append((row.from_month, row.to_month))
    for row in rows["base_history"]:
        own["base_history"][row.unit, row.employee].append((row.from_month, row.base_fen, row.kind))
    for row in rows["line"]:
        own["line"][row.unit, row.voucher].append(
            (row.account, row.employee or "", row.part or "", row.side, row.amount_fen)
        )
    paid: dict[Any, dict[int, Any]] = defaultdict(dict)
    for row in rows["person_month"]:
        assert (row.due_unit_fen, row.due_personal_fen) == (row.paid_unit_fen, row.paid_personal_fen)
        paid[row.unit, row.employee][row.month] = (row.paid_unit_fen, row.paid_personal_fen)
    money = {(row.unit, row.employee): (row.cur_fen, row.prior_fen) for row in rows["employee_balance"]}
    sums = {row.unit: (row.fund_fen, row.suspense_fen, row.reserved_fen) for row in rows["unit_balance"]}
    vouchers: dict[str, list[Any]] = {row.unit: [] for row in rows["unit"]}
    for row in rows["voucher"]:
        lines = tuple(sorted(own["line"][row.unit, row.no]))
        assert row.no == len(vouchers[row.unit]) + 1, "entry numbers have a gap"
        vouchers[row.unit].append((row.month, row.voucher_no, date.fromisoformat(row.date), row.reverses, lines))
    events: dict[str, list[Any]] = {row.unit: [] for row in rows["unit"] if row.unit != CENTRE}
    for row in rows["unit_event"]:
        events[row.unit].append((row.business, row.memo, row.heads, row.amount_fen))
    return {
        "units": {
            row.unit: (row.first_month, row.paid_through, row.state, _day(row.last_posting_date), *sums[row.unit])
            for row in rows["unit"]
            if row.unit != CENTRE
        },
        "people": {
            (row.unit, row.account): (
                row.status,
                (row.paid_through, row.imported_through, row.carried_through),
                money[row.unit, row.account],
                own["enrolment"][row.unit, row.account],
                own["base_history"][row.unit, row.account],
                paid[row.unit, row.account],
            )
            for row in rows["employee"]
        },
        "vouchers": vouchers,
        "events": events,
        "cases": {
            row.case_no: (row.business, row.state, row.amount_fen) for row in rows["cases"] if row.business != "建账"
        },
        "directory": {row.account: row.at_unit for row in rows["person"]},
        "receipts": {
            row.ref: (row.amount_fen, _day(row.date), row.of_unit, row.state != "已冲销") for row in rows["receipt"]
        },
    }


class _Told:
    """A row by the names of its columns."""

    __slots__ = ("_at", "_row")

    def __init__(self, at: dict[str, int], row: tuple[Any, ...]) -> None:
        self._at, self._row = at, row

    def __getattr__(self, name: str) -> Any:
        return self._row[self._at[name]]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def identities(tables: Tables) -> None:
    """What holds of the journal by itself: 21903 is 0 for every transfer, and 10101 is what the centre owes."""
    sums: dict[str, int] = defaultdict(int)
    moved: dict[Any, int] = defaultdict(int)
    at = _COLUMNS["voucher"]
    transfers = {(row[at["unit"]], row[at["no"]]): row[at["transfer_id"]] for row in tables["voucher"]}
    for row in (_Told(_COLUMNS["line"], line) for line in tables["line"]):
        fen = row.amount_fen if row.side == "贷" else -row.amount_fen
        sums[row.account] += fen
        if row.account == "21903":
            moved[transfers[row.unit, row.voucher]] += fen
    assert not any(moved.values()), moved
    assert -sums["10101"] == sums["201"] + sums["21901"] + sums["21902"]


@contextmanager
def in_memory(otherwise: Path) -> Iterator[Path]:
    """A folder on a disk in memory, where there is one; gone afterwards."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield otherwise
        return
    with tempfile.TemporaryDirectory(prefix="gjj-machine-", dir=memory) as home:
        yield Path(home)


@contextmanager
def programs(home: Path, patch: pytest.MonkeyPatch, server: Server | None = None) -> Iterator[Program]:
    """A program whose books are in a file in the folder, or on a server."""
    patch.setenv("XDG_STATE_HOME", str(home / "state"))
    patch.setattr(sqlite, "PRAGMAS", ("synchronous=OFF", *sqlite.PRAGMAS[1:]))
    database = None if server is None else server.database()
    office = open_office(home / "books", *(() if database is None else (database.url, database.owner)))
    if server is None or database is None:
        program = Program(office, _in_a_file(office))
    else:
        empty = database.name
        program = Program(office, lambda: Books.open(server.database(template=empty).url))

    class Open:
        """The books that no command opens and closes for itself."""

        def __getattr__(self, name: str) -> Any:
            return getattr(program.books, name)

        def close(self) -> None:
            pass

    patch.setattr(session, "open_books", lambda settings: Open())
    try:
        yield program
    finally:
        program.books.close()


def _in_a_file(office: Office) -> Callable[[], Books]:
    """Gives the file of the office's books as it is now; always the same engine, which keeps its compiled statements."""
    file, empty = office.home / "gjj.db", office.home / "empty.db"
    shutil.copy(file, empty)
    books = Books.open(office.settings.books())
    books.close()

    def again() -> Books:
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copy(empty, file)
        return books

    return again
