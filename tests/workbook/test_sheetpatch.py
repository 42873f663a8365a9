"""Cells changed in the XML of a worksheet, however it is written."""

import pytest

from gjj_cli.workbook import gate, sheetpatch, tags
from gjj_cli.workbook.cells import Cell, CellType
from gjj_cli.workbook.sheetpatch import Edit, patch
from gjj_cli.workbook.xlsx import read_package
from tests.workbook import packages

TEXT = Edit(text="新")
NEW = '<is><t xml:space="preserve">新</t></is></c>'


def body(xml: str) -> str:
    return xml.partition("<sheetData>")[2].partition("</sheetData>")[0]


@pytest.mark.parametrize(
    ("rows", "edits", "expected"),
    [
        ("", {(2, 1): TEXT}, f'<row r="2"><c r="A2" t="inlineStr">{NEW}</row>'),
        (
            '<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>3</v></c></row>',
            {(1, 2): TEXT},
            f'<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr">{NEW}<c r="C1"><v>3</v></c></row>',
        ),
        (
            "<row r='3'><c t='s' s='7' r='A3'><v>0</v></c></row>",
            {(3, 1): TEXT},
            f"<row r='3'><c s='7' r='A3' t=\"inlineStr\">{NEW}</row>",
        ),
        (
            '<row r="2" spans="1:3"/><row r="4"/>',
            {(3, 1): TEXT, (2, 5): Edit(number="7")},
            f'<row r="2" spans="1:5"><c r="E2"><v>7</v></c></row><row r="3"><c r="A3" t="inlineStr">{NEW}</row><row r="4"/>',
        ),
        (
            "<row><c><v>1</v></c><c><v>2</v></c></row><row ><c/></row>",
            {(2, 2): TEXT},
            f'<row><c><v>1</v></c><c><v>2</v></c></row><row ><c r="A2"/><c r="B2" t="inlineStr">{NEW}</row>',
        ),
        (
            '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>',
            {(1, 1): Edit(restyle=lambda style: style + 4)},
            '<row r="1"><c r="A1" s="4"><f>1+1</f><v>2</v></c></row>',
        ),
        (
            '<row r="1" s="3" customFormat="1"/>',
            {(1, 1): Edit(restyle=lambda style: style + 4)},
            '<row r="1" s="3" customFormat="1"><c r="A1" s="7"/></row>',
        ),
        ('<row r="1" x="a&gt;b>"><c r="A1"/></row>', {(1, 1): Edit(gone=True)}, '<row r="1" x="a&gt;b>"></row>'),
    ],
)
def test_edits(rows: str, edits: dict[tuple[int, int], Edit], expected: str) -> None:
    assert body(patch(packages.sheet(rows), edits)) == expected


def test_the_style_of_a_new_cell_is_its_column_s() -> None:
    xml = packages.sheet("", before='<cols><col style="5" max="3" min="2"/></cols>')
    assert 's="9"' in patch(xml, {(1, 3): Edit(restyle=lambda style: style + 4)})
    assert 's="4"' in patch(xml, {(1, 4): Edit(restyle=lambda style: style + 4)})


@pytest.mark.parametrize("text", ["=1+1", "<b>&amp;\"'", "_x000D_", "a\rb", " 前后 ", "\x01\ufffe", "𠮷" * 3, "]]>"])
def test_a_text_comes_back_as_it_was(text: str) -> None:
    xml = patch(packages.sheet('<row r="1"><c r="A1" t="n"><v>1</v></c></row>'), {(1, 1): Edit(text=text)})
    package = gate.package(packages.pack(packages.parts(sheet=xml)), "名单.xlsx")
    expected = text.replace("\x01\ufffe", "??")
    assert read_package(package).sheets[0].rows[1][1] == Cell(CellType.TEXT, expected)


def test_comments_and_cdata_are_no_tags() -> None:
    rows = '<!-- <row r="1"> --><row r="2"><c r="A2" t="inlineStr"><is><t><![CDATA[<c r="B2"/>&]]></t></is></c></row>'
    xml = patch(tags.decode(packages.sheet(rows).encode()), {(1, 1): TEXT, (2, 2): TEXT})
    package = gate.package(packages.pack(packages.parts(sheet=xml)), "名单.xlsx")
    cells = read_package(package).sheets[0].rows
    assert [cell.text for row in (1, 2) for cell in cells[row].values()] == ["新", '<c r="B2"/>&', "新"]


def test_a_prefix_and_utf_16() -> None:
    xml = packages.sheet('<row r="1"><c r="A1"><v>1</v></c></row>').replace("xmlns=", "xmlns:x=")
    xml = '<?xml version="1.0" encoding="UTF-16"?>' + xml
    for name in ("worksheet", "sheetData", "row", "c", "v"):
        xml = xml.replace(f"<{name}>", f"<x:{name}>").replace(f"<{name} ", f"<x:{name} ")
        xml = xml.replace(f"</{name}>", f"</x:{name}>")
    made = patch(tags.decode(xml.encode("utf-16")), {(1, 2): TEXT})
    package = gate.package(packages.pack(packages.parts(sheet=made)), "名单.xlsx")
    assert [cell.text for cell in read_package(package).sheets[0].rows[1].values()] == ["1", "新"]


def test_a_sheet_without_data_is_refused() -> None:
    with pytest.raises(ValueError, match="sheetData"):
        patch("<worksheet/>", {(1, 1): TEXT})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("", '<cols><col min="4" max="4" width="60" customWidth="1"/></cols>'),
        ('<cols><col min="1" max="9"/></cols>', '<cols><col min="1" max="9"/></cols>'),
        (
            '<cols><col min="1" max="3"/><col min="6" max="6"/></cols>',
            '<cols><col min="1" max="3"/><col min="4" max="4" width="60" customWidth="1"/><col min="6" max="6"/></cols>',
        ),
        (
            '<cols><col min="1" max="3"/></cols>',
            '<cols><col min="1" max="3"/><col min="4" max="4" width="60" customWidth="1"/></cols>',
        ),
    ],
)
def test_widths_stay_in_order(columns: str, expected: str) -> None:
    assert sheetpatch.with_width(packages.sheet("", before=columns), 4, 60) == packages.sheet("", before=expected)


@pytest.mark.parametrize(
    ("ref", "expected"), [("A1:C3", "A1:E4"), ("A1", "A1:E4"), ("A1:Z99", "A1:Z99"), ("wrong", "wrong")]
)
def test_the_dimension_reaches_to_what_is_new(ref: str, expected: str) -> None:
    before, after = (packages.sheet("", before=f'<dimension ref="{said}"/>') for said in (ref, expected))
    assert sheetpatch.with_dimension(before, 4, 5) == after


@pytest.mark.parametrize(
    ("after", "at"),
    [
        ("", 0),
        ("<pageMargins/><drawing/>", 2),
        ("<pageMargins/><tableParts><tablePart/></tableParts>", 1),
        ("<mergeCells><mergeCell/></mergeCells><mc:AlternateContent><x/></mc:AlternateContent><extLst/>", 1),
    ],
)
def test_a_legacy_drawing_stands_where_the_schema_wants_it(after: str, at: int) -> None:
    xml = sheetpatch.with_legacy_drawing(packages.sheet("", after=after), "rId1", "r")
    start = xml.index("</sheetData>") + len("</sheetData>")
    names = [name for name, _, _ in tags.children(xml, start, len(xml))]
    assert names.index("legacyDrawing") == at


def test_areas_of_one_formula() -> None:
    rows = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:B2">1</f></c><c r="C1"><f t="shared" ref="C1:C9" si="0"/></c></row>'
    )
    assert sheetpatch.formula_areas(packages.sheet(rows)) == [(1, 1, 2, 2)]
    assert sheetpatch.merged(packages.sheet("", after='<mergeCells><mergeCell ref="$B$2:C3"/></mergeCells>')) == [
        (2, 2, 3, 3)
    ]
