"""Books for the end-to-end tests: a counter with its four people, units that a line each describes, and every step
through the flows."""

import io
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from gjj_cli import app
from gjj_cli import month as months
from gjj_cli.business.checked import Asked
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import Action, Case
from gjj_cli.finding import Finding
from gjj_cli.flows import books as books_flow
from gjj_cli.flows import casework, ledgers, receipting, remit, review, sample, session
from gjj_cli.money import plain, to_fen
from gjj_cli.posting.plan import MonthRow, RunReport
from gjj_cli.settings import Settings
from gjj_cli.store import frames, journal, people
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.importing import AgentOpening, EmployeeOpening, UnitOpening, import_units
from gjj_cli.store.journal import Booked
from gjj_cli.store.tables import metadata
from tests.conftest import Gjj, Result
from tests.posting.posting_frames import bp

M = months.parse
UNIT = "0500001"
ROLES = {"clerk": session.AGENT, "first": session.FIRST, "second": session.SECOND}
_serials = count(1)


@dataclass(frozen=True)
class Man:
    """An employee of a test unit: his base in 元 and, where they differ from the unit's, his months and money."""

    base: str
    start: str | None = None
    paid: str | None = "unit"  # `unit` is the unit's 缴至年月
    status: str = "正常"
    cur: str = "0.00"
    prior: str = "0.00"


@dataclass
class Office:
    """Books in a folder and the people who work with them: admin, clerk, first and second."""

    home: Path
    settings: Settings
    tokens: dict[str, str] = field(default_factory=dict)

    def as_(self, login: str, day: str) -> Settings:
        return sample.acting(self.settings, self.tokens[login], date.fromisoformat(day))

    def unit(
        self,
        number: str,
        men: Mapping[str, Man],
        *,
        day: str,
        rates: str = "5%/5%",
        first: str = "2020-01",
        paid: str | None = None,
        suspense: str = "0.00",
    ) -> None:
        """Import a unit whose employees are known by 个人账号, and let the clerk work for it."""
        unit_bp, personal_bp = bp(rates)
        fund = sum(to_fen(man.cur) + to_fen(man.prior) for man in men.values())
        opening = UnitOpening(
            number,
            f"韶关示例{number}有限公司",
            "05",
            date.fromisoformat(day),
            unit_bp,
            personal_bp,
            M(first),
            M(paid) if paid else None,
            fund,
            to_fen(suspense),
        )
        everyone = [_opening(number, account, man, opening) for account, man in men.items()]
        agents = [AgentOpening(number, "李晓红", sample.CLERK_ID, "13900009999")]
        books = Books.open(self.settings.books())
        (done,) = import_units(
            books, [opening], everyone, agents, as_of=opening.opening_date, user="admin", at=session.now()
        )
        assert done.refused is None, done.refused
        with books.writing(number) as tx:
            people.give_units(tx, "clerk", [number])
            people.keep_agent_document(tx, number, sample.CLERK_ID, sample.ID_DOCUMENT, "身份证.png", PNG)
        books.close()

    def submit(
        self,
        business: str,
        rows: Sequence[Mapping[str, str]],
        day: str,
        unit: str,
        *,
        batch: Mapping[str, str] | None = None,
        yes: bool = False,
    ) -> casework.Submitted:
        """Submit rows (header to text) as the clerk."""
        clerk = replace(self.as_("clerk", day), assume_yes=yes)
        asked = Asked(clerk.as_of, unit=unit, batch=batch or {})
        return casework.submit(clerk, casework.of_rows(ROSTER[business], rows, asked, ()))

    def findings(self, *args: object, **how: object) -> list[Finding]:
        """What stops a submit: its errors."""
        done = self.submit(*args, **how)  # type: ignore[arg-type]
        assert done.case is None
        assert done.exit == 1
        return [found for found in done.checked.judged.findings if found.severity.value == "error"]

    def approve(self, case_no: str, day: str) -> Case:
        (case,) = review.act(self.as_("first", day), [case_no], Action.APPROVE)
        return case

    def finish(self, case_no: str, day: str) -> review.Finished:
        return review.finish(self.as_("clerk", day), case_no)

    def do(self, business: str, rows: Sequence[Mapping[str, str]], day: str, unit: str, **how: object) -> Case:
        """A business from its rows to 已办结: submitted, approved where it is reviewed, finished, verified."""
        done = self.submit(business, rows, day, unit, **how)  # type: ignore[arg-type]
        assert done.case is not None, casework.findings_in_words(done.checked.judged)
        if done.case.finished_at is None:
            self.approve(done.case.case_no, day)
            self.finish(done.case.case_no, day)
        self.verify()
        return review.show(self.as_("clerk", day), done.case.case_no).case

    def receive(self, unit: str, amount: str, day: str, ref: str = "20250514000001") -> receipting.Received:
        return receipting.add(self.as_("admin", day), amount, ref, unit)

    def remit(self, unit: str, through: str, day: str) -> RunReport:
        report = remit.run(self.as_("clerk", day), [unit], M(through))
        self.verify()
        return report

    def rows(self, unit: str, through: str, day: str) -> list[dict[str, object]]:
        """The rows of the 汇缴 screen in the words of golden.json."""
        return [screen(row) for row in remit.preview(self.as_("clerk", day), unit, M(through)).plan.rows]

    def told(self, unit: str) -> dict[str, Any]:
        """The unit's row."""
        return self._read(frames.units, unit)[0]

    def everybody(self, unit: str) -> list[dict[str, Any]]:
        """The employees' rows with their balances."""
        return self._read(frames.employees, unit)

    def man(self, unit: str, account: str) -> dict[str, Any]:
        return next(row for row in self.everybody(unit) if row["account"] == account)

    def fund(self) -> int:
        """Σ201 over all units."""
        books = Books.open(self.settings.books())
        with books.reading() as tx:
            total = int(frames.units(tx)["fund_fen"].sum())
        books.close()
        return total

    def _read(self, frame: Callable[..., pl.DataFrame], unit: str) -> list[dict[str, Any]]:
        books = Books.open(self.settings.books())
        try:
            with books.reading() as tx:
                return frame(tx, [unit]).to_dicts()
        finally:
            books.close()

    def vouchers(self, unit: str, day: str = "2030-01-01") -> list[Booked]:
        with session.reading(self.as_("admin", day)) as (tx, _):
            return journal.vouchers(tx, unit)

    def verify(self) -> None:
        verdict = ledgers.verify(self.settings)
        assert verdict.ok, verdict.first_difference


def open_office(home: Path, url: str | None = None, owner: str | None = None) -> Office:
    """New books with no unit in them, in a file or at a URL; the caller has set XDG_STATE_HOME, where a session is
    written."""
    settings = Settings(url, home, None, date(2025, 1, 1), db_owner=owner)
    made = books_flow.init(settings, home)
    office = Office(home, made.settings)
    books = Books.open(made.settings.books())
    with books.writing() as tx:
        for login, role in ROLES.items():
            known = sample.CLERK_ID if login == "clerk" else None
            people.add_user(tx, people.User(login, role, login, known))
        for login in ("admin", *ROLES):
            office.tokens[login] = people.new_token(tx, login, "token", session.now(), None)
    books.close()
    return office


@dataclass
class Desk:
    """The sample books as a person at a terminal has them: `desk("clerk", "2025-05-14", "todo")` is a process."""

    gjj: Gjj
    office: Office

    def __call__(self, login: str, day: str, *args: str) -> Result:
        return self.gjj("--as-of", day, *args, env={"GJJ_TOKEN": self.office.tokens[login]})

    def does(self, login: str, day: str, *args: str, exit: int = 0) -> str:
        """What the run said on both streams, after its exit code."""
        said = self(login, day, *args)
        assert said.exit == exit, said
        return said.stdout + said.stderr

    def json(self, login: str, day: str, *args: str, exit: int = 0) -> dict[str, Any]:
        said = self(login, day, *args, "--format", "json")
        assert said.exit == exit, said
        return json.loads(said.stdout)  # type: ignore[no-any-return]

    def tries(self, login: str, day: str, *args: str, exit: int) -> str:
        """The same within this process, for the many small refusals: `app.main` makes the exit code there too."""
        books = ("--config", str(self.office.home / "gjj.toml"), "--as-of", day)
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.setenv("GJJ_TOKEN", self.office.tokens[login])
            patch.setenv("XDG_STATE_HOME", str(self.office.home / "state"))
            code = app.main([*books, *args])
        assert code == exit, said.getvalue()
        return said.getvalue()

    @property
    def dump(self) -> str:
        """Every row of every table, to see that nothing has changed; of older books too."""
        books = Books.open_to_upgrade(self.office.settings.books())
        with books.reading() as tx:
            rows = {
                name: tx.connection.execute(select(table).order_by(*table.primary_key)).all()
                for name, table in metadata.tables.items()
            }
        books.close()
        return "\n".join(f"{name} {row}" for name in sorted(rows) for row in rows[name])


def desk_at(gjj: Gjj, sample_home: Path) -> Desk:
    """A copy of the sample books in the folder that `gjj` runs in."""
    shutil.copytree(sample_home, gjj.cwd, dirs_exist_ok=True)
    return desk_with(gjj, sqlite_url(gjj.cwd / "gjj.db"))


def desk_with(gjj: Gjj, url: str) -> Desk:
    """The sample books at a URL, whose gjj.toml and tokens are in the folder that `gjj` runs in."""
    lines = (gjj.cwd / sample.TOKENS_NAME).read_text(encoding="ascii").splitlines()
    tokens = dict(line.split("=", 1) for line in lines)
    settings = Settings(url, gjj.cwd, gjj.cwd / "gjj.toml", date(2025, 5, 14))
    return Desk(gjj, Office(gjj.cwd, settings, tokens))


def _opening(unit: str, account: str, man: Man, of_unit: UnitOpening) -> EmployeeOpening:
    serial = next(_serials)
    paid = of_unit.paid_through if man.paid == "unit" else (M(man.paid) if man.paid else None)
    return EmployeeOpening(
        unit,
        account,
        sample.name(serial),
        "身份证",
        sample.identity(serial),
        to_fen(man.base),
        man.status,
        M(man.start) if man.start else of_unit.first_month,
        paid,
        to_fen(man.prior),
        to_fen(man.cur),
    )


def screen(row: MonthRow) -> dict[str, object]:
    return {
        "汇缴年月": months.show(row.month),
        "本月汇缴金额": plain(row.amount_fen),
        "本月汇缴人数": row.heads,
        "本月增加金额": plain(row.added_fen),
        "本月增加人数": row.added_heads,
        "本月减少金额": plain(row.removed_fen),
        "本月减少人数": row.removed_heads,
    }


def spelled(booked: Booked) -> str:
    """A voucher as golden.json spells it: `借 21901 132044.00 / 贷 201 x65 (2024-02)`."""
    lines = booked.voucher.lines
    month = re.search(r"缴存\[(.+)\]", booked.voucher.head.memo)
    debit = " ".join(f"借 {line.account} {plain(line.amount_fen)}" for line in lines if line.side == "借")
    credits = [line for line in lines if line.side == "贷"]
    if credits[0].employee is None:
        return f"{debit} / 贷 {credits[0].account} {plain(credits[0].amount_fen)}"
    return f"{debit} / 贷 201 x{len(credits)}" + (f" ({month[1]})" if month else "")


def as_golden(booked: Booked) -> dict[str, object]:
    """A voucher in the shape of golden.json's `vouchers`."""
    head = booked.voucher.head
    lines = [
        {
            "account": line.account,
            "unit": head.unit,
            "employee": line.employee,
            "side": line.side,
            "amount": plain(line.amount_fen),
            **({"bucket": "当年归集"} if line.part == "cur" else {}),
        }
        for line in booked.voucher.lines
    ]
    return {"no": booked.ref.entry_no, "date": head.date.isoformat(), "memo": head.memo, "lines": lines}


def no(name: str) -> str:
    """The 个人账号 of a person whom a golden case calls A."""
    return f"00100000{ord(name):02d}"


def numbered(men: dict[str, Man]) -> dict[str, Man]:
    return {no(name): man for name, man in men.items()}


def sealing_unit(office: Office) -> None:
    """The unit of golden G13: A and B, due from 2025-06."""
    men = {"A": Man("4000"), "B": Man("5000", cur="1234.56")}
    office.unit(UNIT, numbered(men), day="2025-06-01", paid="2025-05", suspense="1400.00")


def adjusted(month: str = "2025-07", **bases: str) -> list[dict[str, str]]:
    """Rows of 缴存基数调整 by the letters of a golden case."""
    return [{"个人账号": no(name), "调整后缴存基数": base, "生效年月": month} for name, base in bases.items()]


def newcomer(base: str, serial: int = 20_001, **columns: str) -> dict[str, str]:
    """A row of 个人账户设立 for somebody who is in no books."""
    return {
        "姓名": sample.name(serial),
        "证件类型": "身份证",
        "证件号码": sample.identity(serial),
        "缴存基数": base,
        "手机号码": "13900001234",
        **columns,
    }


def moneyed(totals: Mapping[str, int]) -> dict[str, object]:
    """汇总 with its sums in 元 text and its heads as they are."""
    return {name: plain(value) if name.endswith("额") else value for name, value in totals.items()}


PNG = sample._picture()
