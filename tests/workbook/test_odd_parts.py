"""Parts that no honest writer would write, or only on an odd day: each branch of reading them."""

from unittest import mock

import pytest

from gjj_cli.errors import FileError
from gjj_cli.workbook import cells, gate, grid, plainxml, strings, xlsx
from gjj_cli.workbook.grid import Cell, CellType, Workbook
from tests.workbook import packages

ROW = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def read(data: bytes) -> Workbook:
    return cells.read_stream(data, "名单.xlsx")


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        read(data)
    return caught.value


def test_cells_read_one_by_one_are_put_away_in_between() -> None:
    rows = "".join(f'<row><c><v>{number}</v></c><c t="inlineStr"><is><t>人</t></is></c></row>' for number in range(9))
    with mock.patch.object(grid, "PENDING", 4):
        found = read(packages.book(rows)).sheets[0]
    assert list(found.rows) == list(range(1, 10))
    assert found.rows[9] == {1: Cell(CellType.NUMBER, "8"), 2: Cell(CellType.TEXT, "人")}


@pytest.mark.parametrize(
    "rows", [ROW * 1, '<row r="1"><c r="A1" t="inlineStr"><is><r><t>张三李四</t></r></is></c></row>']
)
def test_all_texts_together_are_bounded(rows: str) -> None:
    with mock.patch.object(grid, "TEXT_MAX", 3):
        error = refused(packages.book(rows, strings="<si><t>张三</t></si>"))
    assert (error.code, "文字合计" in error.what) == ("E004", True)


def test_a_long_text_with_entities_is_too_long_as_well() -> None:
    text = "&amp;" + "长" * 32_767
    error = refused(packages.book(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'))
    assert error.code == "E004"


@pytest.mark.parametrize("reference", ["", "A1", "A1:B", "a1:b2", "A1:B2:C3"])
def test_a_merged_area_that_is_none_is_passed_over(reference: str) -> None:
    after = f'<mergeCells><mergeCell ref="{reference}"/><mergeCell ref="B2:C4"/></mergeCells>'
    assert read(packages.book(sheet=packages.sheet(ROW, after=after), strings="<si><t>a</t></si>")).sheets[
        0
    ].merged == [(2, 2, 4, 3)]


def test_a_pronunciation_inside_a_cell_is_no_text() -> None:
    inside = "<is><r><t>王</t></r><rPh sb='0' eb='1'><t>wang</t></rPh><r><t>五</t></r></is>"
    found = read(packages.book(f'<row r="1"><c r="A1" t="inlineStr">{inside}</c></row>')).sheets[0]
    assert found.rows[1][1] == Cell(CellType.TEXT, "王五")


@pytest.mark.parametrize("serial", ["4.5839E4", "45839." + "0" * 40])
def test_a_serial_written_in_no_usual_way_stays_a_number(serial: str) -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    found = read(packages.book(f'<row r="1"><c r="A1" s="0"><v>{serial}</v></c></row>', styles=styles)).sheets[0]
    assert found.rows[1][1] == Cell(CellType.NUMBER, serial)


def test_something_between_two_shared_texts_is_parsed() -> None:
    texts = "<si><t>甲</t></si><!-- x --><si><t>乙</t></si>"
    with mock.patch.object(plainxml, "CHUNK", 30), mock.patch.object(gate, "CHUNK", 16):
        found = read(packages.book('<row r="1"><c r="A1" t="s"><v>1</v></c></row>', strings=texts)).sheets[0]
    assert found.rows[1][1].text == "乙"


def test_a_shared_text_in_many_runs_is_bounded_while_it_is_read() -> None:
    with mock.patch.object(strings, "RAW_MAX", 5):
        assert refused(packages.book(ROW, strings="<si><r><t>张三李四王五</t></r></si>")).code == "E004"


def test_a_workbook_without_relations_has_no_sheet() -> None:
    parts = packages.parts(ROW)
    del parts["xl/_rels/workbook.xml.rels"]
    assert read(packages.pack(parts)).sheets == []


def test_properties_and_formats_are_bounded() -> None:
    parts = packages.parts(
        ROW, strings="<si><t>a</t></si>", styles='<numFmts><numFmt numFmtId="176" formatCode="yyyy"/></numFmts>'
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{office}/custom-properties" Target="docProps/custom.xml"/></Relationships>',
    )
    named = "".join(f'<property name="p{number}"><v>x</v></property>' for number in range(1_001))
    long = f'<property name="long"><v>{"y" * 40_000}</v><v>{"z" * 40_000}</v></property>'
    parts["docProps/custom.xml"] = f"<Properties>{long}text{named}</Properties>"
    with mock.patch.object(xlsx, "STYLES_MAX", 0):
        properties = read(packages.pack(parts)).properties
    assert len(properties) == 1_000
    assert "z" not in properties["long"]
    assert "p999" not in properties
