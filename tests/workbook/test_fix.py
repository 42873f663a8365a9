"""Corrected copies: what is corrected, that it means the same, that nothing else changes, and that twice is once."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Column, Kind
from gjj_cli.finding import Place
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, fix, layout, template
from gjj_cli.workbook.cells import Cell, CellType
from gjj_cli.workbook.fix import corrected, corrections, possible
from gjj_cli.workbook.layout import Layout
from gjj_cli.workbook.values import parse
from tests.workbook import packages, zoo

PACK = policy.load()
OPENING = ROSTER["account-opening"]


def column(kind: Kind) -> Column:
    return Column("c", "列", kind, "", dictionary="doc_type" if kind is Kind.DICTIONARY else None)


TEXT, NUMBER, DATE = CellType.TEXT, CellType.NUMBER, CellType.DATE


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        (Kind.NAME, Cell(TEXT, "张　三 "), "张三"),
        (Kind.NAME, Cell(TEXT, "买买提•艾力"), "买买提·艾力"),
        (Kind.NAME, Cell(TEXT, "Li  Lei"), "Li Lei"),
        (Kind.NAME, Cell(TEXT, "张三"), None),
        (Kind.ID_NUMBER, Cell(TEXT, " 11010519491231002x"), "11010519491231002X"),
        (Kind.ID_NUMBER, Cell(TEXT, "１１０１０５１９４９１２３１００２Ｘ"), "11010519491231002X"),
        (Kind.ID_NUMBER, Cell(NUMBER, "110105194912310021"), None),  # its last digits are lost
        (Kind.ID_NUMBER, Cell(TEXT, "110105491231002"), None),
        (Kind.ACCOUNT, Cell(TEXT, "001 0000 001"), "0010000001"),
        (Kind.DICTIONARY, Cell(TEXT, "身份证 "), "身份证"),
        (Kind.DICTIONARY, Cell(TEXT, "不知道"), None),
        (Kind.MONEY, Cell(TEXT, "3,000元"), "3000.00"),
        (Kind.MONEY, Cell(TEXT, "３０００"), "3000.00"),
        (Kind.MONEY, Cell(TEXT, "3000"), None),
        (Kind.MONEY, Cell(NUMBER, "3000"), None),
        (Kind.MONEY, Cell(TEXT, "0.6万"), None),
        (Kind.MONTH, Cell(TEXT, "2025年7月"), "2025-07"),
        (Kind.MONTH, Cell(NUMBER, "202507"), "2025-07"),
        (Kind.MONTH, Cell(DATE, "2025-07-01"), None),
        (Kind.MONTH, Cell(NUMBER, "2025.1"), None),
        (Kind.DATE, Cell(TEXT, "1990/1/31"), "1990-01-31"),
        (Kind.MOBILE, Cell(NUMBER, "13800001111"), "13800001111"),
        (Kind.MOBILE, Cell(TEXT, "+86 138-0000-1111"), "13800001111"),
        (Kind.POSTCODE, Cell(NUMBER, "512000"), "512000"),
        (Kind.PERCENT, Cell(TEXT, "５ %"), "5%"),
        (Kind.MONTH, Cell(TEXT, "2025年7月", formula=True), None),
        (Kind.TEXT, Cell(TEXT, "  "), None),
        (Kind.TEXT, Cell(CellType.ERROR, "#REF!"), None),
    ],
)
def test_what_is_corrected(kind: Kind, cell: Cell, expected: str | None) -> None:
    assert corrected(column(kind), cell, PACK) == expected


CHARACTERS = "0123456789０１２xX.,-/年月日元%％ 　·•张A\n"


@given(
    st.sampled_from(list(Kind)),
    st.sampled_from([TEXT, NUMBER]),
    st.text(st.sampled_from(CHARACTERS), min_size=1, max_size=20)
    | st.from_regex(r"20[0-9]{2}[-/年.]1?[0-9]月?", fullmatch=True),
)
def test_a_correction_means_the_same_and_needs_no_other(kind: Kind, type_: CellType, text: str) -> None:
    if type_ is NUMBER:
        text = str(len(text)) + "".join(digit for digit in text if digit in "0123456789")
    cell, of_kind = Cell(type_, text), column(kind)
    new = corrected(of_kind, cell, PACK)
    if new is None:
        return
    mended = Cell(NUMBER if kind is Kind.MONEY else TEXT, new)
    dictionary = PACK.dictionary("doc_type")
    assert parse(of_kind, mended, dictionary) == parse(of_kind, cell, dictionary)
    assert corrected(of_kind, mended, PACK) is None
    assert corrected(of_kind, Cell(TEXT, new), PACK) is None  # as a .csv holds it


# --- files -----------------------------------------------------------------------------------------------------------

TYPED = {
    "A2": "张 三",
    "B2": "身份证",
    "C2": "11010519491231002x",
    "D2": "6,000元",
    "E2": 13800001111,
    "F2": "2025年7月",
}
MENDED = {"A2": "张三", "B2": "身份证", "C2": "11010519491231002X", "D2": 6000, "E2": "13800001111", "F2": "2025-07"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "开户.xlsx"
    template.export(OPENING, PACK, path, unit="0500001")
    book = openpyxl.load_workbook(path)
    for cell, value in TYPED.items():
        book[OPENING.title][cell] = value
    book[OPENING.title]["D3"] = "=6000+1"
    book.save(path)
    kept = zoo.parts(path.read_bytes())
    kept["xl/workbook.xml"] = kept["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")
    path.write_bytes(packages.pack(kept))
    return path


def laid_out(path: Path) -> Layout:
    found = layout.find(cells.read(path), tuple(ROSTER.values()), PACK)
    assert isinstance(found, Layout)
    return found


def fixed(source: Path) -> Path:
    target = source.with_name(f"{source.stem}-已改{source.suffix}")
    fix.fix(source, target, possible(source, corrections(laid_out(source), PACK)))
    return target


def sheet_of(path: Path) -> Any:
    return openpyxl.load_workbook(path)[OPENING.title]


def test_a_corrected_copy(source: Path) -> None:
    target = fixed(source)
    sheet = sheet_of(target)
    assert {cell: sheet[cell].value for cell in MENDED} == MENDED
    assert sheet["D3"].value == "=6000+1"
    assert corrections(laid_out(target), PACK) == []
    before, after = zoo.parts(source.read_bytes()), zoo.parts(target.read_bytes())
    assert sorted(name for name in before if before[name] != after[name]) == [
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    ]
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_what_is_shown_is_masked(source: Path) -> None:
    shown = {row.place.cell: row.shown for row in corrections(laid_out(source), PACK)}
    assert shown["C2"] == ("110105********002x", "110105********002X")
    assert shown["E2"] == ("138****1111", "138****1111")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_keeps_its_encoding_and_its_quotes(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "开户.csv"
    text = '姓名,证件类型,证件号码,缴存基数,手机号码,备注\r\n张 三,"身份证",11010519491231002x,"6,000元",13800001111,"a,""b"""\r\n'
    path.write_bytes(text.encode(encoding))
    mended = text.replace("张 三", "张三").replace("002x", "002X").replace("6,000元", "6000.00")
    assert fixed(path).read_bytes() == mended.encode(encoding)


def test_part_of_an_array_formula_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "封存.xlsx"
    zoo.build(path)
    name = Place("台账", 3, 4)
    rows = [fix.Correction(place, column(Kind.TEXT), "甲 ", "甲") for place in (name, Place("台账", 2, 1))]
    assert possible(path, rows) == rows[1:]


def test_old_identity_numbers_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "开户.xlsx"
    rows = [
        {"name": "甲", "doc_type": "身份证", "id_number": "110105491231002"},
        {"name": "乙", "doc_type": "护照", "id_number": "110105491231002"},
        {"name": "丙", "doc_type": "身份证", "id_number": "110105491331002"},
    ]
    template.export(OPENING, PACK, path, rows=rows)
    assert corrections(laid_out(path), PACK) == []
    (only,) = corrections(laid_out(path), PACK, unsafe=True)
    assert (only.place.cell, only.new) == ("C2", "11010519491231002X")


def test_batch_values_are_corrected_too(tmp_path: Path) -> None:
    path = tmp_path / "补缴.xlsx"
    template.export(ROSTER["supplementary-payment"], PACK, path, rows=[{"name": "甲"}], batch={"method": " 转账"})
    (only,) = corrections(laid_out(path), PACK)
    assert (only.place.sheet, only.old, only.new) == ("批次信息", " 转账", "转账")
