"""What a clerk gets from `template export`, as openpyxl, our own reader and LibreOffice see it."""

import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gjj_cli import month as months
from gjj_cli import resources
from gjj_cli.business import setup
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business, Kind
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, template

PACK = policy.load()
EVERY = pytest.mark.parametrize("business", ROSTER.values(), ids=lambda business: business.slug)
SOFFICE = shutil.which("soffice")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("templates")
    for business in ROSTER.values():
        template.export(business, PACK, folder / f"{business.slug}.xlsx", unit="0500001")
    return {business.slug: folder / f"{business.slug}.xlsx" for business in ROSTER.values()}


def checks_of(sheet: Any) -> dict[str, Any]:
    """Column letter -> its data validation."""
    return {
        str(check.sqref).rstrip("0123456789:").split(":")[0].rstrip("0123456789"): check
        for check in sheet.data_validations.dataValidation
    }


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part inflated: another zlib may pack the same content otherwise."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@EVERY
def test_headers_stamp_and_frozen_row(business: Business, exported: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(exported[business.slug])
    sheet = book[business.title]
    assert book.sheetnames[0] == business.title
    assert [cell.value for cell in sheet[1]] == [c.header + "*" * c.required for c in business.columns]
    assert sheet.freeze_panes == "A2"
    assert not sheet.merged_cells.ranges
    assert {p.name: p.value for p in book.custom_doc_props.props} == {
        "gjj_business": business.slug,
        "gjj_template": "1",
        "gjj_unit": "0500001",
    }


@EVERY
def test_text_columns_dropdowns_and_checks_cover_5000_rows(business: Business, exported: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(exported[business.slug])
    sheet = book[business.title]
    checks = checks_of(sheet)
    for place, column in enumerate(business.columns, 1):
        letter = openpyxl.utils.get_column_letter(place)
        group = next(g for g in sheet.column_dimensions.values() if g.min <= place <= g.max)
        assert group.number_format == ("0.00" if column.kind is Kind.MONEY else "@"), column.header
        assert (group.fill.fill_type == "solid") == column.read_only
        check = checks.get(letter)
        if column.kind in (Kind.DICTIONARY, Kind.MONEY, Kind.MONTH, Kind.ID_NUMBER) or column.read_only:
            assert str(check.sqref) == f"{letter}2:{letter}5001"
        if column.dictionary:
            assert check.type == "list"
            title, _, area = check.formula1.partition("!")
            words = [cell.value for (cell,) in book[title.strip("'")][area.replace("$", "")]]
            assert tuple(words) == PACK.dictionary(column.dictionary).labels
        elif check is not None:
            assert check.type == ("decimal" if column.kind is Kind.MONEY and not column.read_only else check.type)
            assert check.errorStyle in ((None, "stop") if check.type in ("decimal", None) else ("warning",))
    hidden = [title for title in book.sheetnames if book[title].sheet_state == "veryHidden"]
    assert hidden == (["字典"] if any(c.dictionary for c in business.columns) else [])


@EVERY
def test_the_explanations_name_every_column(business: Business, exported: dict[str, Path]) -> None:
    rows = list(openpyxl.load_workbook(exported[business.slug])["填表说明"].iter_rows(values_only=True))
    assert rows[0] == ("列", "是否必填", "填法", "例子")
    assert [row[0] for row in rows[1 : len(business.columns) + 1]] == [c.header for c in business.columns]
    assert [row[1] == "必填" for row in rows[1 : len(business.columns) + 1]] == [c.required for c in business.columns]


def test_batch_values_have_a_sheet_of_their_own(tmp_path: Path, exported: dict[str, Path]) -> None:
    business = ROSTER["supplementary-payment"]
    path = tmp_path / "补缴.xlsx"
    template.export(business, PACK, path, batch={"payment_kind": "按月补缴"})
    rows = list(openpyxl.load_workbook(path)["批次信息"].iter_rows(values_only=True))
    assert rows == [("项目", "值"), ("补缴类型*", "按月补缴"), ("补缴原因*", None), ("缴款方式*", None)]
    assert "批次信息" not in openpyxl.load_workbook(exported["sealing"]).sheetnames


@pytest.mark.slow
def test_prefilled_values_come_back_as_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "封存.xlsx"
    row = {
        "account": "0010000001",
        "name": '=HYPERLINK("http://x")',
        "doc_type": "身份证",
        "id_number": "11010519491231002X",
        "base": 552_010,
        "balance": 5_682_446,
        "paid_through": months.parse("2025-02"),
        "reason": None,
    }
    template.export(ROSTER["sealing"], PACK, path, rows=[row] * 6_000)
    sheet = cells.read(path).sheets[0]
    assert {place: (str(cell.type), cell.text) for place, cell in sheet.rows[6_001].items()} == {
        1: ("text", "0010000001"),
        2: ("text", '=HYPERLINK("http://x")'),
        3: ("text", "身份证"),
        4: ("text", "11010519491231002X"),
        5: ("number", "5520.10"),
        7: ("number", "56824.46"),
        8: ("text", "2025-02"),
    }
    assert str(checks_of(openpyxl.load_workbook(path)["个人账户封存"])["I"].sqref) == "I2:I6501"
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_date_and_a_rate_are_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "开户.xlsx"
    template.export(ROSTER["account-opening"], PACK, path, rows=[{"birth": date(1990, 1, 31)}])
    assert cells.read(path).sheets[0].rows[2][8].text == "1990-01-31"


def test_the_committed_templates_are_fresh_and_the_same_bytes_come_twice(tmp_path: Path) -> None:
    template.write_all(tmp_path)
    for business in ROSTER.values():
        fresh = tmp_path / f"{business.slug}.xlsx"
        committed = resources.templates() / "xlsx" / fresh.name
        assert parts_of(fresh) == parts_of(committed), f"{fresh.name}: make generate"
    again = tmp_path / "again.xlsx"
    template.export(ROSTER["sealing"], PACK, again)
    assert again.read_bytes() == (tmp_path / "sealing.xlsx").read_bytes()


def test_setup_has_three_sheets_with_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "建账.xlsx"
    template.export_setup(PACK, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["单位", "职工", "经办人", "填表说明", "字典"]
    assert [cell.value for cell in book["单位"][1]][:4] == ["单位账号*", "单位名称*", "管理机构*", "期初日期*"]
    assert len(book["职工"][1]) == len(setup.EMPLOYEE_COLUMNS)
    assert checks_of(book["职工"])["G"].type == "list"
    assert cells.read(path).properties["gjj_business"] == "setup"


@pytest.mark.parametrize(
    ("unit", "name"),
    [(None, "个人账户封存.xlsx"), ("0500001", "个人账户封存-0500001.xlsx"), ("../05", "个人账户封存-05.xlsx")],
)
def test_file_names_hold_nothing_but_the_account(unit: str | None, name: str) -> None:
    assert template.file_name(ROSTER["sealing"], unit) == name


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="没有装 LibreOffice")
def test_libreoffice_opens_and_saves_it_without_losing_what_matters(tmp_path: Path) -> None:
    """LibreOffice makes a very-hidden sheet hidden and cuts the validation range at 1,000 rows below the data."""
    business = ROSTER["account-opening"]
    source = tmp_path / "开户.xlsx"
    template.export(
        business,
        PACK,
        source,
        unit="0500001",
        rows=[{"name": "张三", "id_number": "11010519491231002X", "base": 500_000}],
    )
    (tmp_path / "out").mkdir()
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            tmp_path / "out",
            source,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    saved = tmp_path / "out" / source.name
    read = cells.read(saved)
    assert read.properties == {"gjj_business": "account-opening", "gjj_template": "1", "gjj_unit": "0500001"}
    assert [(sheet.name, sheet.state) for sheet in read.sheets][::2] == [
        (business.title, "visible"),
        ("字典", "hidden"),
    ]
    assert read.sheets[0].rows[2][3].text == "11010519491231002X"
    sheet = openpyxl.load_workbook(saved)[business.title]
    checks = checks_of(sheet)
    assert {letter for letter, check in checks.items() if check.type == "list"} == set("BGJKLMN")
    assert checks["B"].formula1.replace("'", "") == "字典!$A$1:$A$8"
    assert (
        sheet["C900"].number_format == "@"
        or next(g for g in sheet.column_dimensions.values() if g.min <= 3 <= g.max).number_format == "@"
    )
