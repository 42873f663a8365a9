"""What our own reader makes of cells, honest and hostile (product 3 "Reading", reliability 2)."""

import csv
import io
import time
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli.errors import FileError
from gjj_cli.workbook import cells, grid
from gjj_cli.workbook.cells import Cell, CellType
from tests.workbook import packages

TEXT, NUMBER, DATE = CellType.TEXT, CellType.NUMBER, CellType.DATE


def rows_of(data: bytes) -> dict[int, dict[int, Cell]]:
    return cells.read_stream(data, "名单.xlsx").sheets[0].rows


def cell_of(xml: str, **more: str) -> Cell | None:
    """A1 of a sheet with that one cell."""
    return rows_of(packages.book(f'<row r="1">{xml}</row>', **more)).get(1, {}).get(1)


STYLES = (
    '<numFmts><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
    '<numFmt numFmtId="177" formatCode="0.0%"/><numFmt numFmtId="178" formatCode="h:mm:ss"/>'
    '<numFmt numFmtId="179" formatCode="[红色]0.00;&quot;day&quot;0"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="178"/><xf numFmtId="179"/><xf numFmtId="57"/></cellXfs>'
)


@pytest.mark.parametrize(
    ("xml", "cell"),
    [
        ('<c r="A1" t="s"><v>0</v></c>', Cell(TEXT, "张三")),
        ('<c r="A1" t="s"><v>1</v></c>', Cell(TEXT, "欧阳·李")),
        ('<c r="A1" t="s"><v>2</v></c>', Cell(TEXT, "第一行\r\n第二行")),
        ('<c r="A1" t="s"><v>3</v></c>', None),
        ('<c r="A1" t="inlineStr"><is><r><t>王</t></r><r><t> 五</t></r></is></c>', Cell(TEXT, "王 五")),
        ('<c r="A1" t="str"><f>A2</f><v>x</v></c>', Cell(TEXT, "x", formula=True)),
        ('<c r="A1" t="str"><f>A2</f><v></v></c>', Cell(TEXT, "", formula=True)),
        ('<c r="A1"><f>A2</f><v/></c>', Cell(TEXT, "", formula=True, cached=False)),
        ('<c r="A1"><f t="shared" si="0"/></c>', Cell(TEXT, "", formula=True, cached=False)),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', Cell(NUMBER, "2", formula=True)),
        ('<c r="A1"><v>440203199001011234</v></c>', Cell(NUMBER, "440203199001011234")),
        ('<c r="A1"><v>0.30000000000000004</v></c>', Cell(NUMBER, "0.30000000000000004")),
        ('<c r="A1"><v>4.40203199001011E+17</v></c>', Cell(NUMBER, "4.40203199001011E+17")),
        ('<c r="A1"><v>1e400</v></c>', Cell(NUMBER, "1e400")),
        ('<c r="A1"><v>NaN</v></c>', Cell(TEXT, "NaN")),
        ('<c r="A1" s="1"><v>45839</v></c>', Cell(DATE, "2025-07-01")),
        ('<c r="A1" s="2"><v>45839.75</v></c>', Cell(DATE, "2025-07-01")),
        ('<c r="A1" s="6"><v>45839</v></c>', Cell(DATE, "2025-07-01")),
        ('<c r="A1" s="1"><v>60</v></c>', Cell(NUMBER, "60")),
        ('<c r="A1" s="1"><v>1</v></c>', Cell(DATE, "1900-01-01")),
        ('<c r="A1" s="1"><v>61</v></c>', Cell(DATE, "1900-03-01")),
        ('<c r="A1" s="1"><v>-5</v></c>', Cell(NUMBER, "-5")),
        ('<c r="A1" s="1"><v>440203199001011234</v></c>', Cell(NUMBER, "440203199001011234")),
        ('<c r="A1" s="3"><v>0.05</v></c>', Cell(NUMBER, "0.05", percent=True)),
        ('<c r="A1" s="4"><v>0.5</v></c>', Cell(NUMBER, "0.5")),
        ('<c r="A1" s="5"><v>5000</v></c>', Cell(NUMBER, "5000")),
        ('<c r="A1" s="99"><v>5000</v></c>', Cell(NUMBER, "5000")),
        ('<c r="A1" t="d"><v>2025-07-01T00:00:00</v></c>', Cell(DATE, "2025-07-01")),
        ('<c r="A1" t="b"><v>1</v></c>', Cell(CellType.BOOL, "1")),
        ('<c r="A1" t="e"><v>#REF!</v></c>', Cell(CellType.ERROR, "#REF!")),
        ('<c r="A1" s="1"/>', None),
        ("<c><v>7</v></c>", Cell(NUMBER, "7")),
        ('<c r="A1"><v>\n 7 \n</v></c>', Cell(NUMBER, "7")),
    ],
)
def test_each_cell_is_read_with_its_type(xml: str, cell: Cell | None) -> None:
    strings = (
        "<si><t>张三</t></si><si><r><t>欧阳</t></r><r><rPr><b/></rPr><t>·李</t></r>"
        '<rPh sb="0" eb="1"><t>ōuyáng</t></rPh><phoneticPr fontId="1"/></si>'
        "<si><t>第一行_x000D_\n第二行</t></si><si><t></t></si>"
    )
    assert cell_of(xml, strings=strings, styles=STYLES) == cell


def test_the_1904_calendar() -> None:
    book = packages.parts()["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert cell_of('<c r="A1" s="1"><v>44377</v></c>', styles=STYLES, book=book) == Cell(DATE, "2025-07-01")


def test_what_is_hidden_is_read_and_told() -> None:
    made = packages.sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="C2"><v>2</v></c></row><row r="3" hidden="1"/>',
        before='<dimension ref="A1:A1"/><cols><col min="3" max="16384" hidden="1"/></cols>',
    )
    sheet = cells.read_stream(packages.book(sheet=made), "名单.xlsx").sheets[0]
    assert sheet.rows[2][3].text == "2"
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({2}, {3})


def test_a_prefix_before_every_element_is_read() -> None:
    made = packages.sheet('<row r="1"><c r="A1"><v>1</v></c></row>')
    for name in ("worksheet", "sheetData", "row", "c", "v"):
        made = made.replace(f"<{name}", f"<x:{name}").replace(f"</{name}", f"</x:{name}")
    made = made.replace("xmlns=", "xmlns:x=")
    assert rows_of(packages.book(sheet=made)) == {1: {1: Cell(NUMBER, "1")}}


def test_a_stray_far_cell_and_lying_counts_cost_nothing() -> None:
    rows = rows_of(
        packages.book('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')
    )
    assert rows == {1: {1: Cell(NUMBER, "1")}, 1048576: {16384: Cell(NUMBER, "2")}}


def test_sheets_keep_their_order_and_state_and_properties_are_read(tmp_path: Path) -> None:
    path = tmp_path / "三张.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("封面").write("A1", "x")
        book.add_worksheet("藏").hide()
        book.add_worksheet("字典").very_hidden()
        book.add_chartsheet("图")
        book.set_custom_property("gjj_unit", "0500001")
        book.set_custom_property("数", 5)
    read = cells.read(path)
    assert [(sheet.name, sheet.state) for sheet in read.sheets] == [
        ("封面", "visible"),
        ("藏", "hidden"),
        ("字典", "veryHidden"),
    ]
    assert read.properties == {"gjj_unit": "0500001", "数": "5"}
    assert read.name == "三张.xlsx" and len(read.sha256) == 64


@pytest.mark.parametrize(
    ("part", "xml", "code"),
    [
        ("sheet", '<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet/>', "E003"),
        ("rels", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "E003"),
        ("types", '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><x/>', "E003"),
        ("book", "<!DOCTYPE x><x/>", "E003"),
        ("sheet", '<?xml version="1.0" encoding="UTF-7"?><worksheet/>', "E003"),
        ("sheet", '<?xml version="1.0" encoding="gb18030"?><worksheet/>', "E003"),
        ("sheet", "<worksheet><sheetData>", "E003"),
        ("sheet", packages.sheet("\x01"), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="B2"><v>1</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="A99999999999"><v>1</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="XFE1"><v>1</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="0"><c r="A0"><v>1</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1048577"/>'), "E003"),
        ("sheet", packages.sheet('<row r="-1"/>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="A1" t="s"><v>4294967295</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'), "E003"),
        ("sheet", packages.sheet('<row r="1"><c r="A1"><v>1</v></c></row>' * 2), "E003"),
        ("sheet", packages.sheet('<row r="1"><row r="2"></row></row>'), "E003"),
        ("sheet", "<a>" * 100 + "</a>" * 100, "E004"),
        ("sheet", packages.sheet("", before=f'<x y="{"z" * 5_000_000}"/>'), "E004"),
        ("sheet", packages.sheet(f'<row r="1"><c r="A1" t="str"><v>{"长" * 40_000}</v></c></row>'), "E004"),
        ("sheet", packages.sheet('<row r="1">' + "<c><v>1</v></c>" * 257 + "</row>"), "E004"),
    ],
)
def test_hostile_parts_end_in_one_sentence(part: str, xml: str, code: str) -> None:
    with pytest.raises(FileError) as caught:
        cells.read_stream(packages.book(**{part: xml}), "名单.xlsx")
    assert caught.value.code == code


def test_a_dtd_in_any_part_is_refused() -> None:
    for name in ("xl/sharedStrings.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"):
        made = packages.parts(strings="<si/>", styles="<x/>")
        made[name] = "<!DOCTYPE x>" + made[name]
        with pytest.raises(FileError, match="DTD"):
            cells.read_stream(packages.pack(made), "名单.xlsx")


def test_bounds_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "ROWS_MAX", 3)
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 5))
    with pytest.raises(FileError, match="「名单」超过 3 行"):
        rows_of(packages.book(rows))
    monkeypatch.setattr(grid, "CELLS_MAX", 2)
    with pytest.raises(FileError, match="超过 2 个"):
        rows_of(packages.book(rows))


def test_many_empty_rows_and_a_big_tag_are_quick() -> None:
    started = time.perf_counter()
    assert rows_of(packages.book('<row r="1"/>' + "<row/>" * 200_000)) == {}
    with pytest.raises(FileError):
        rows_of(packages.book(sheet=packages.sheet("", before="<!--" + "x" * 9_000_000 + "-->")))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_text_in_three_encodings(encoding: str) -> None:
    data = '姓名,证件号码,家庭住址\r\n\r\n䶮𠮷,11010519491231002X,"韶关, ""浈江"""\r\n'.encode(encoding)
    sheet = cells.read_stream(data, "开户.csv").sheets[0]
    assert sheet.name == "开户"
    assert [cell.text for cell in sheet.rows[1].values()] == ["姓名", "证件号码", "家庭住址"]
    assert sheet.rows[3] == {
        1: Cell(TEXT, "䶮𠮷"),
        2: Cell(TEXT, "11010519491231002X"),
        3: Cell(TEXT, '韶关, "浈江"'),
    }


def test_csv_bounds_and_broken_text() -> None:
    for data, code in ((b"a,\xff\xff\xff\x80", "E001"), (b"a\x00b,", "E001"), (b'"' + b"x" * 200_000, "E003")):
        with pytest.raises(FileError) as caught:
            cells.read_stream(data, "开户.csv")
        assert caught.value.code == code


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@pytest.mark.slow
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=6))
def test_any_text_comes_back_from_xlsx_and_csv(table: list[list[str]]) -> None:
    expected = {
        row: filled
        for row, texts in enumerate(table, 1)
        if (filled := {column: text for column, text in enumerate(texts, 1) if text})
    }
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for row, texts in expected.items():
            for column, text in texts.items():
                sheet.write_string(row - 1, column - 1, text)
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
    for data in (buffer.getvalue(), out.getvalue().encode("utf-8-sig") or b"\n"):
        read = rows_of(data)
        assert {row: {column: cell.text for column, cell in found.items()} for row, found in read.items()} == expected


@given(st.lists(st.one_of(st.integers(-(10**15), 10**15), st.dates(date(1900, 3, 1)), st.booleans()), max_size=8))
def test_agrees_with_openpyxl(values: list[int | date | bool]) -> None:
    book = openpyxl.Workbook()
    for row, value in enumerate(values, 1):
        book.active.cell(row, 1, value)
    buffer = io.BytesIO()
    book.save(buffer)
    read = rows_of(buffer.getvalue())
    seen = [cell.value for (cell,) in openpyxl.load_workbook(buffer).active.iter_rows()] if values else []
    for row, value in enumerate(seen, 1):
        match value:
            case bool():
                assert read[row][1] == Cell(CellType.BOOL, str(int(value)))
            case datetime():
                assert read[row][1] == Cell(DATE, value.date().isoformat())
            case _:
                assert read[row][1] == Cell(NUMBER, str(value))
