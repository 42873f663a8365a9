"""建账 workbooks: the exported template filled in, read and imported, per unit whole or not at all (golden G46)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from gjj_cli.errors import Exit, FileError, Forbidden
from gjj_cli.flows import importing, sample
from gjj_cli.workbook import template
from tests.e2e.books import Office
from tests.posting.posting_frames import GOLDEN, PACK

UNIT = "0500001"
Rows = Sequence[Mapping[str, object]]


def setup_workbook(path: Path, units: Rows, employees: Rows, agents: Rows = ()) -> str:
    """The standard 建账 workbook with these rows, header to value."""
    template.export_setup(PACK, path)
    book = openpyxl.load_workbook(path)
    for title, rows in (("单位", units), ("职工", employees), ("经办人", agents)):
        sheet = book[title]
        place = {str(cell.value).rstrip("*").strip(): cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, 2):
            for header, value in row.items():
                sheet.cell(number, place[header], value)
    book.save(path)
    return str(path)


def unit_row(**changes: object) -> dict[str, object]:
    known = {
        "单位账号": UNIT,
        "单位名称": "韶关示例机械有限公司",
        "管理机构": "05",
        "期初日期": "2024-11-01",
        "单位比例": "5%",
        "个人比例": "5%",
        "首次汇缴年月": "2024-11",
        "公积金余额": "0.00",
    }
    return known | changes


def employee_row(account: str, base: str, start: str, serial: int, **changes: object) -> dict[str, object]:
    known = {
        "单位账号": UNIT,
        "个人账号": account,
        "姓名": sample.name(serial),
        "证件类型": "身份证",
        "证件号码": sample.identity(serial),
        "缴存基数": base,
        "状态": "正常",
        "启缴年月": start,
    }
    return known | changes


PEOPLE = (employee_row("A1", "6010.00", "2024-11", 1), employee_row("B1", "2500.00", "2025-01", 2))


def test_g46_from_the_workbook_to_the_rows(office: Office, tmp_path: Path) -> None:
    told, expected = GOLDEN["G46"]["input"], GOLDEN["G46"]["expected"]
    path = setup_workbook(tmp_path / "建账.xlsx", [unit_row()], G46_PEOPLE)
    done = importing.import_files(office.as_("admin", "2024-11-01"), [path])
    assert (done.exit, done.findings, [one.heads for one in done.units]) == (Exit.DONE, {}, [2])
    admin = office.as_("admin", told["as_of"])
    office.tokens["clerk"] = admin.token or ""
    assert office.rows(UNIT, told["through"], told["as_of"]) == expected["rows"]
    assert office.told(UNIT)["state"] == "02"
    office.verify()


G46_PEOPLE = (
    employee_row("0010000001", GOLDEN["G46"]["input"]["bases"]["A from 2024-11"], "2024-11", 1),
    employee_row("0010000002", GOLDEN["G46"]["input"]["bases"]["B from 2025-01"], "2025-01", 2),
)


def test_the_same_workbook_again_and_a_dry_run(office: Office, tmp_path: Path) -> None:
    path = setup_workbook(tmp_path / "建账.xlsx", [unit_row()], G46_PEOPLE)
    admin = office.as_("admin", "2024-11-01")
    assert importing.import_files(admin, [path], dry_run=True).exit is Exit.DONE
    assert [one.already for one in importing.import_files(admin, [path]).units] == [False]
    assert [one.already for one in importing.import_files(admin, [path]).units] == [True]


def test_a_wrong_sum_stops_its_unit_and_no_other(office: Office, tmp_path: Path) -> None:
    other = "0500002"
    units = [unit_row(公积金余额="100.00"), unit_row(单位账号=other)]
    mine = employee_row("0010000003", "5000.00", "2024-11", 3, 单位账号=other)
    path = setup_workbook(tmp_path / "建账.xlsx", units, [*G46_PEOPLE, mine])
    done = importing.import_files(office.as_("admin", "2024-11-01"), [path])
    assert done.exit is Exit.PARTLY
    assert [(one.unit, one.refused is None) for one in done.units] == [(UNIT, False), (other, True)]
    office.verify()


def test_a_workbook_with_errors_is_not_imported(office: Office, tmp_path: Path) -> None:
    wrong = employee_row("0010000001", "六千", "2024-11", 1)
    path = setup_workbook(tmp_path / "建账.xlsx", [unit_row()], [wrong])
    done = importing.import_files(office.as_("admin", "2024-11-01"), [path])
    assert (done.exit, done.units) == (Exit.FOUND, [])
    assert [(found.code, found.place.sheet) for found in done.findings[path]] == [("E107", "职工")]


def test_only_the_administrator_imports(office: Office, tmp_path: Path) -> None:
    path = setup_workbook(tmp_path / "建账.xlsx", [unit_row()], G46_PEOPLE)
    with pytest.raises(Forbidden):
        importing.import_files(office.as_("clerk", "2024-11-01"), [path])
    (tmp_path / "空").mkdir()
    with pytest.raises(FileError):
        importing.import_files(office.as_("admin", "2024-11-01"), [str(tmp_path / "空")])
