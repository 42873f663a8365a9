"""`gjj unit import`: 建账 workbooks, read and judged like any other, into the books per unit whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from gjj_cli import month as months
from gjj_cli.business import setup
from gjj_cli.business.checked import LOCK_FILES
from gjj_cli.business.spec import Business
from gjj_cli.errors import Exit, FileError, Refused
from gjj_cli.finding import Finding
from gjj_cli.flows import session
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.validate import SPREADSHEETS
from gjj_cli.rules import form
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store.importing import (
    AgentOpening,
    EmployeeOpening,
    UnitImported,
    UnitOpening,
    import_units,
)
from gjj_cli.workbook import cells, layout
from gjj_cli.workbook.cells import Workbook
from gjj_cli.workbook.frame import Given, build
from gjj_cli.workbook.judge import judge


@dataclass
class Imported:
    """What importing gave: findings by file (nothing of such a file was imported), and what became of each unit."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    units: list[UnitImported] = field(default_factory=list)

    @property
    def exit(self) -> Exit:
        refused = sum(one.refused is not None for one in self.units)
        if self.findings:
            return Exit.PARTLY if len(self.units) > refused else Exit.FOUND
        if refused:
            return Exit.PARTLY if refused < len(self.units) else Exit.REFUSED
        return Exit.DONE


def import_files(settings: Settings, targets: Sequence[str], *, dry_run: bool = False) -> Imported:
    """Import every 建账 workbook of the files and folders. Only the administrator may. Raises FileError as the gate."""
    pack = pack_for(settings)
    done = Imported()
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, what="导入单位")
        for path in _files(targets):
            read = _read(cells.read(path), settings, pack)
            errors = [finding for finding in read.findings if finding.severity.value == "error"]
            if errors:
                done.findings[str(path)] = read.findings
                continue
            done.units += import_units(
                books,
                read.units,
                read.employees,
                read.agents,
                as_of=settings.as_of,
                user=who.name,
                at=session.now(),
                dry_run=dry_run,
            )
    return done


def _files(targets: Sequence[str]) -> list[Path]:
    files: list[Path] = []
    for target in targets:
        path = Path(target)
        if path.is_dir():
            found = [child for child in sorted(path.rglob("*")) if child.suffix.lower() in SPREADSHEETS]
            files += [child for child in found if not child.name.startswith(LOCK_FILES)]
        else:
            files.append(path)
    if not files:
        raise FileError("没有要导入的文件", remedies=("改：核对文件夹，里面要有「建账」工作簿",))
    return files


@dataclass
class _Read:
    units: list[UnitOpening]
    employees: list[EmployeeOpening]
    agents: list[AgentOpening]
    findings: list[Finding]


def _read(workbook: Workbook, settings: Settings, pack: Pack) -> _Read:
    """The three sheets as typed rows, and every finding of all three; an empty 经办人 sheet is no error."""
    findings: list[Finding] = []
    frames: list[pl.DataFrame | None] = []
    for sheet in (setup.UNITS, setup.EMPLOYEES, setup.AGENTS):
        frame, found = _sheet(workbook, sheet, settings, pack)
        frames.append(frame)
        optional = sheet is setup.AGENTS or sheet is setup.EMPLOYEES
        findings += [finding for finding in found if not (optional and finding.code == "E013")]
    units, employees, agents = ([] if frame is None else frame.to_dicts() for frame in frames)
    read = _Read([], [], [], findings)
    if not any(finding.severity.value == "error" for finding in findings):
        read.units = [_unit(row) for row in units]
        read.employees = [_employee(row) for row in employees]
        read.agents = [AgentOpening(row["unit"], row["name"], row["id_number"], row["mobile"]) for row in agents]
    return read


def _sheet(
    workbook: Workbook, sheet: Business, settings: Settings, pack: Pack
) -> tuple[pl.DataFrame | None, list[Finding]]:
    own = [one for one in workbook.sheets if one.name == sheet.title]
    if not own:
        return None, [layout.form_finding(form.unknown_business, why=f"没有叫「{sheet.title}」的工作表")]
    part = Workbook(workbook.name, workbook.sha256, own)
    found = layout.find(part, (sheet,), pack, sheet)
    if isinstance(found, Finding):
        return None, [found]
    if not found.readable:
        return None, found.findings
    given = Given({}, None, months.of_date(settings.as_of), settings.as_of)
    frame = build(found, pack, given)
    return frame, judge(frame, found, with_books=False).findings


def _unit(row: dict[str, Any]) -> UnitOpening:
    return UnitOpening(
        unit=row["unit"],
        name=row["name"],
        org=_number(row, "org", "管理机构", "两位数字", 2),
        opening_date=row["opening_date"],
        unit_bp=row["unit_rate"],
        personal_bp=row["personal_rate"],
        first_month=row["first_month"],
        paid_through=row["paid_through"],
        fund_fen=row["fund_balance"],
        suspense_fen=row["suspense_balance"] or 0,
        settled_year=int(_number(row, "settled_year", "已结息年份", "四位年份", 4)) if row["settled_year"] else None,
        uscc=row["uscc"],
        payday=int(_number(row, "payday", "发薪日", "1 到 31")) if row["payday"] else None,
    )


def _number(row: dict[str, Any], slug: str, header: str, form: str, length: int | None = None) -> str:
    text = str(row[slug])
    if not (text.isascii() and text.isdecimal()) or (length is not None and len(text) != length):
        raise Refused(
            f"「单位」表第 {row['row']} 行的「{header}」{text} 不对，没有导入，账簿没有变",
            remedies=(f"改：写成{form}",),
        )
    return text


def _employee(row: dict[str, Any]) -> EmployeeOpening:
    if row["status"] not in setup.STATUSES:
        raise Refused(
            f"「职工」表第 {row['row']} 行的「状态」{row['status']} 不对，没有导入，账簿没有变",
            remedies=("改：写成 正常 或 封存",),
        )
    return EmployeeOpening(
        unit=row["unit"],
        account=row["account"],
        name=row["name"],
        doc_type=row["doc_type"],
        id_number=row["id_number"],
        base_fen=row["base"],
        status=row["status"],
        start_month=row["start_month"],
        paid_through=row["paid_through"],
        prior_fen=row["prior"] or 0,
        cur_fen=row["current"] or 0,
        mobile=row["mobile"],
    )
