"""Rows of fixtures/rules as workbooks in memory, and the small books they are judged against."""

import io
import shutil
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gjj_cli import month as months
from gjj_cli.business import setup
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business
from gjj_cli.case import Action
from gjj_cli.errors import GjjError
from gjj_cli.finding import Finding, Place
from gjj_cli.flows import books as init
from gjj_cli.flows import casework, remit, reversing, review, sample
from gjj_cli.flows.judging import Asked, Checked, check
from gjj_cli.ledger.chart import Part, Side
from gjj_cli.ledger.voucher import Head, Line, Voucher
from gjj_cli.money import to_fen
from gjj_cli.report.reversal import warnings
from gjj_cli.rules import policy
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import frames
from gjj_cli.store import tables_ledger as tables
from gjj_cli.store.engine import Books, Tx, sqlite_url
from gjj_cli.store.importing import EmployeeOpening, UnitOpening, import_units
from gjj_cli.store.ledger import PostKey, post
from gjj_cli.store.payments import PersonMonth, pay
from gjj_cli.workbook import cells
from gjj_cli.workbook.cells import Cell, CellType, Sheet, Workbook
from gjj_cli.workbook.layout import BATCH_SHEET

FIXTURES = Path(__file__).parents[2] / "fixtures"
RULES = FIXTURES / "rules"
WORLD = tomllib.loads((RULES / "books.toml").read_text(encoding="utf-8"))
AS_OF = date.fromisoformat(WORLD["as_of"])
UNIT = WORLD["unit"]
BUSINESSES = {**ROSTER, "setup-units": setup.UNITS}
SIDES: tuple[tuple[Side, Part], ...] = (("借", "cur"), ("贷", "prior"))
FILE = "file"  # where a finding about the whole file is


@dataclass(frozen=True)
class Example:
    """One pass or fail of one code, `told` as the fixture says it with what its block says for all."""

    code: str
    family: str
    kind: str
    number: int
    told: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.code}-{self.kind}-{self.number}"

    @property
    def expected(self) -> set[tuple[str, str]]:
        """(code, place) of everything that must be found of it."""
        also = {(code, where) for code, where in (words.split() for words in self.told.get("also", ()))}
        return also | ({(self.code, self.told["cell"])} if self.kind == "fail" else set())


@cache
def examples(family: str) -> tuple[Example, ...]:
    """The examples of fixtures/rules/<family>.toml, in order."""
    told = tomllib.loads((RULES / f"{family}.toml").read_text(encoding="utf-8"))
    found: list[Example] = []
    for code, blocks in told.items():
        for kind in ("fail", "pass"):
            entries = [{**block, **entry} for block in blocks for entry in block[kind]]
            found += [Example(code, family, kind, number, entry) for number, entry in enumerate(entries, 1)]
    return tuple(found)


# --- rows to cells -----------------------------------------------------------------------------------------------


def cell_of(value: str | Mapping[str, Any]) -> Cell | None:
    """Text as typed, or one of {number=}, {date=}, {error=}, {formula=result or ""}, {text=, times=}; "" is no cell."""
    if isinstance(value, str):
        return Cell(CellType.TEXT, value) if value else None
    if "number" in value:
        return Cell(CellType.NUMBER, value["number"], percent=value.get("percent", False))
    if "formula" in value:
        result = value["formula"]
        kind = CellType.NUMBER if result.replace(".", "").isdecimal() else CellType.TEXT
        return Cell(kind, result, formula=True, cached=bool(result))
    if "text" in value:
        return Cell(CellType.TEXT, value["text"] * value["times"])
    ((kind, text),) = value.items()
    return Cell(CellType(kind), text)


def workbook_of(business: Business, name: str, told: Mapping[str, Any]) -> Workbook:
    """A workbook of the business's columns: the good row with the cells that `row`, or each of `rows`, changes."""
    good = WORLD["good"][name]
    headers = [column.header for column in business.columns if column.header not in told.get("lacks", ())]
    extra = told.get("extra", {})
    table = [{header: header for header in [*headers, *extra]}]
    table += [{**good, **row, **extra} for row in told.get("rows", [told.get("row", {})])]
    sheet = Sheet(business.title)
    for number, text in enumerate(told.get("above", ()), 1):
        sheet.rows[number] = {1: Cell(CellType.TEXT, text)}
    for number, row in enumerate(table, len(sheet.rows) + 1):
        placed = ((place, cell_of(row.get(header, ""))) for place, header in enumerate(table[0], 1))
        sheet.rows[number] = {place: cell for place, cell in placed if cell is not None}
    sheet.hidden_rows |= set(told.get("hidden_rows", ()))
    sheet.hidden_columns |= set(told.get("hidden_columns", ()))
    sheet.merged = [tuple(area) for area in told.get("merged", ())]
    sheets = [sheet, *_batch_sheet({**WORLD["batch"].get(name, {}), **told.get("batch", {})})]
    return Workbook("例.xlsx", "", sheets, dict(told.get("properties", {})))


def _batch_sheet(values: Mapping[str, str]) -> list[Sheet]:
    sheet = Sheet(BATCH_SHEET)
    for number, (header, value) in enumerate(values.items(), 1):
        cell = cell_of(value)
        sheet.rows[number] = {1: Cell(CellType.TEXT, header)} | ({2: cell} if cell else {})
    return [sheet] if values else []


def table_of(rows: Sequence[Sequence[str]]) -> Workbook:
    """A workbook of nothing but these texts."""
    sheet = Sheet("Sheet1")
    for number, row in enumerate(rows, 1):
        sheet.rows[number] = {place: Cell(CellType.TEXT, text) for place, text in enumerate(row, 1)}
    return Workbook("例.xlsx", "", [sheet])


def judged(told: Mapping[str, Any], pack: Pack, tx: Tx | None) -> Checked:
    """What `flows.judging.check` makes of an example; with `tx` the books are used."""
    if "table" in told:
        return check(table_of(told["table"]), Asked(AS_OF), pack)
    name = told["business"]
    business = BUSINESSES[name]
    known = name in ROSTER and not told.get("asked")
    asked = Asked(
        date.fromisoformat(told.get("as_of", WORLD["as_of"])),
        None if known else business,
        told.get("unit", UNIT),
        told.get("set", {}),
        told.get("expect_rows"),
        to_fen(told["expect_total"]) if "expect_total" in told else None,
    )
    return check(workbook_of(business, name, told), asked, pack, tx)


def where(place: Place) -> str:
    """`C2`, `批次信息!B2`, or `file`."""
    if place.cell is None:
        return FILE
    return f"{place.sheet}!{place.cell}" if place.sheet == BATCH_SHEET else place.cell


def found(checked: Checked) -> set[tuple[str, str]]:
    return {(finding.code, where(finding.place)) for finding in checked.judged.findings}


def words(finding: Finding) -> str:
    return finding.message + finding.hint


# --- files -------------------------------------------------------------------------------------------------------


def code_of_file(told: Mapping[str, Any], folder: Path) -> str | None:
    """The code with which a file is refused, None when it is read."""
    path = folder / "表.xlsx"
    if "bytes" in told:
        path.write_bytes(told["bytes"].encode())
    elif "ole2" in told:
        path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512) + told["ole2"].encode("utf-16-le"))
    else:
        source = FIXTURES / "workbooks" / told["file"]
        if source.exists():
            path.write_bytes(_spoilt(source.read_bytes(), told))
    try:
        cells.read(path)
    except GjjError as error:
        return error.code
    return None


def _spoilt(data: bytes, told: Mapping[str, Any]) -> bytes:
    if "cut" in told:
        return data[: -told["cut"]]
    buffer = io.BytesIO(data)
    if "add" in told:
        with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(told["add"], bytes(told["bytes_added"]))
    return buffer.getvalue()


# --- books -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """The sample books with the units of books.toml, and the tokens of their users."""

    settings: Settings
    tokens: Mapping[str, str]

    @classmethod
    def create(cls, folder: Path) -> "World":
        """New books in the folder, filled."""
        empty = Settings(db=None, home=folder, config_path=None, as_of=AS_OF)
        settings = init.init(empty, folder / "账簿").settings
        world = cls(settings, sample.fill(settings))
        books = world.books()
        try:
            for unit, people in _units():
                (done,) = import_units(books, [unit], people, [], as_of=AS_OF, user="admin", at="2025-07-01T09:00:00")
                if done.refused is not None:
                    raise done.refused
        finally:
            books.close()
        for case in WORLD["finished"]:
            world.finished(case["business"], case["row"])
        return world

    def copied(self, folder: Path) -> "World":
        """The same books again, to change."""
        path = self.settings.sqlite_path
        if path is None:
            raise ValueError("the books of the tests are SQLite")
        copy = folder / path.name
        shutil.copyfile(path, copy)
        return replace(self, settings=replace(self.settings, db=sqlite_url(copy), home=folder))

    def books(self) -> Books:
        return Books.open(self.settings.books())

    def acting(self, login: str, as_of: date = AS_OF) -> Settings:
        return sample.acting(self.settings, self.tokens[login], as_of)

    def submitted(self, business: str, row: Mapping[str, str]) -> str:
        """The 受理号 of a submitted case of one row."""
        asked = Asked(AS_OF, unit=UNIT, batch=WORLD["batch"].get(business, {}))
        request = casework.of_rows(ROSTER[business], [row], asked, [])
        done = casework.submit(replace(self.acting("admin"), assume_yes=True), request)
        if done.case is None:
            raise ValueError(done.checked.judged.findings)
        return done.case.case_no

    def finished(self, business: str, row: Mapping[str, str]) -> None:
        number = self.submitted(business, row)
        review.act(self.acting("first"), [number], Action.APPROVE)
        review.finish(self.acting("admin"), number)

    def carry_out(self, step: Mapping[str, Any]) -> set[str]:
        """One step of step.toml; the codes it warned of. Raises what the flow raises."""
        as_of = date.fromisoformat(step.get("as_of", WORLD["as_of"]))
        unit = step.get("unit", UNIT)
        if step["do"] == "提交":
            self.submitted(step["business"], {**WORLD["good"][step["business"]], **step.get("row", {})})
        elif step["do"] == "汇缴":
            remit.run(self.acting("admin", as_of), [unit], months.parse(step["through"]))
        elif step["do"] == "冲销":
            return self._reverse(f"{unit}-{step['voucher']}", as_of)
        elif step["do"] == "结息":
            self._settle(unit, step["year"])
        else:
            self._pay(unit, as_of, step)
        return set()

    def _reverse(self, number: str, as_of: date) -> set[str]:
        """Asked for by the administrator, approved by 复核."""
        asked = reversing.submit(self.acting("admin", as_of), number, "例")
        review.act(self.acting("second", as_of), [asked.case.case_no], Action.APPROVE)
        return {found.code for found in warnings(settled=asked.settled)}

    def _settle(self, unit: str, year: int) -> None:
        """The year is settled: 当年归集 becomes 上年结转, as `interest settle` will do it."""
        books, day = self.books(), date(year, 6, 30)
        try:
            with books.writing(unit) as tx:
                moved = [
                    Line("201", side, who["cur_fen"], day, who["account"], part)
                    for who in frames.employees(tx, [unit]).filter(pl.col("cur_fen") > 0).to_dicts()
                    for side, part in SIDES
                ]
                head = Head(unit, day, "interest", f"结息 {year}", "管理员", "05")
                if moved and day >= AS_OF:
                    post(tx, [Voucher(head, tuple(moved))], PostKey("interest", str(year)), b"")
                tx.connection.execute(tables.unit.update().where(tables.unit.c.unit == unit).values(settled_year=year))
        finally:
            books.close()

    def _pay(self, unit: str, as_of: date, step: Mapping[str, Any]) -> None:
        month, fen = months.parse(step["month"]), to_fen(step["amount"])
        books = self.books()
        try:
            with books.writing(unit) as tx:
                head = Head(unit, as_of, "remittance", "汇缴", "管理员", "05", None)
                pay(tx, head, PostKey("remittance", step["month"]), [PersonMonth(step["account"], month, fen, 0)])
        finally:
            books.close()


@contextmanager
def made(folder: Path) -> Iterator[World]:
    """The books of the rule rows, with the session file of their making kept off this machine's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield World.create(folder)


@contextmanager
def reading(world: World) -> Iterator[Tx]:
    """A snapshot of the books."""
    books = world.books()
    try:
        with books.reading() as tx:
            yield tx
    finally:
        books.close()


def _units() -> Iterator[tuple[UnitOpening, list[EmployeeOpening]]]:
    told = WORLD["people"]
    people = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    for unit in WORLD["units"]:
        own = [_employee(person) for person in people if person["单位"] == unit["unit"]]
        fund = sum(person.cur_fen for person in own)
        yield _unit(unit["unit"], unit["name"], fund, to_fen(unit["suspense"])), own


def _unit(number: str, name: str, fund_fen: int, suspense_fen: int) -> UnitOpening:
    first, paid = months.of(2024, 1), months.of(2025, 6)
    return UnitOpening(number, name, "05", date(2025, 7, 1), 500, 500, first, paid, fund_fen, suspense_fen)


def _employee(told: Mapping[str, str]) -> EmployeeOpening:
    return EmployeeOpening(
        told["单位"],
        told["个人账号"],
        told["姓名"],
        "身份证",
        told["证件号码"],
        to_fen(told["缴存基数"]),
        told["状态"],
        months.parse(told["启缴年月"]),
        months.parse(told["缴至年月"]) if told["缴至年月"] else None,
        cur_fen=to_fen(told["余额"]),
    )


PACK = policy.load()
