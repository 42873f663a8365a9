"""Reading in bulk gives what the XML parser gives, or leaves the part to it; and usual files are read in bulk."""

from pathlib import Path
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from gjj_cli.errors import FileError
from gjj_cli.resources import templates
from gjj_cli.workbook import cells, gate, plainxml, strings, xlsx
from gjj_cli.workbook.grid import Workbook
from gjj_cli.workbook.plainxml import NotPlain
from tests.workbook import packages

FIXTURES = Path(__file__).parents[2] / "fixtures" / "workbooks"
USUAL = sorted([*(templates() / "xlsx").glob("*.xlsx"), *FIXTURES.rglob("*.xlsx")])

STRINGS = (
    '<si><t>张三</t></si><si><t/></si><si><t>a &amp;lt; b</t><phoneticPr fontId="1" type="noConversion"/></si>'
    '<si><t xml:space="preserve"> 李四 </t></si>'
)
ODD_STRINGS = (
    "<si><r><t>王</t></r><r><t>五</t></r></si>",
    "<si><t>一_x000D_二</t></si>",
    "<si/>",
    "<si><t>&#65;</t></si>",
    "<si><t>\r\n</t></si>",
)
STYLES = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs>'

VALUES = st.sampled_from(
    [
        "",
        "0",
        "1",
        "2",
        "3",
        "4",
        "-1",
        "45839",
        "0.05",
        "1e3",
        "NaN",
        " 7 ",
        "张三",
        "a&amp;b",
        "&lt;",
        "_x0041_",
        "2025-07-01",
        "&#65;",
        "&bogus;",
        "\r\n",
        "]]>",
        "\t",
        "x" * 40,
        "true",
        "#REF!",
    ]
)


@st.composite
def cell(draw: st.DrawFn, row: int, column: int) -> str:
    letters = draw(st.sampled_from(["ABCDEF"[column]] * 9 + ["A", "ZZZZ", "XFD", "a"]))
    number = draw(st.sampled_from([str(row)] * 12 + ["1", "0", "1048577", f"0{row}", ""]))
    reference = draw(st.sampled_from([f' r="{letters}{number}"'] * 12 + ["", f" r='{letters}{number}'"]))
    style = draw(st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"', ' s="99"']))
    kind = draw(
        st.sampled_from(["", ' t="n"', ' t="s"', ' t="str"', ' t="inlineStr"', ' t="b"', ' t="e"', ' t="d"', ' t="q"'])
    )
    formula = draw(st.sampled_from([""] * 5 + ["<f>A1&amp;B1</f>", '<f t="shared" si="0"/>', "<f/>", "<f>1<2</f>"]))
    value = draw(VALUES)
    inside = draw(
        st.sampled_from(
            [f"<v>{value}</v>"] * 6
            + [f"<is><t>{value}</t></is>", "<v/>", "", f"<is><r><t>{value}</t></r></is>", f"<v>{value}</v><extLst/>"]
        )
    )
    return draw(
        st.sampled_from([f"<c{reference}{style}{kind}>{formula}{inside}</c>"] * 8 + [f"<c{reference}{style}/>"])
    )


@st.composite
def rows(draw: st.DrawFn) -> str:
    text = ""
    for number in draw(
        st.lists(st.integers(1, 6), min_size=0, max_size=4, unique=True).map(sorted)
        | st.lists(st.integers(1, 3), max_size=3)
    ):
        made = "".join(
            draw(cell(number, column))
            for column in draw(st.lists(st.integers(0, 5), max_size=4, unique=True).map(sorted))
        )
        hidden = draw(st.sampled_from(["", "", ' hidden="1"', ' spans="1:6" ht="15"', " hidden='true'"]))
        gap = draw(st.sampled_from(["", "", "", "\n  ", "<!-- x -->", "\r\n"]))
        text += f'{gap}<row r="{number}"{hidden}>{made}{gap}</row>'
    return text + draw(st.sampled_from(["", "", '<row r="9"/>', '<row r="9" hidden="1"></row>', "</row>"]))


def outcome(data: bytes) -> Workbook | str | None:
    try:
        return cells.read_stream(data, "名单.xlsx")
    except FileError as error:
        return error.code


def by_parser(data: bytes) -> Workbook | str | None:
    """The same file, no part of it in bulk."""
    with (
        mock.patch.object(xlsx, "read_rows", side_effect=NotPlain),
        mock.patch.object(strings, "_in_bulk", side_effect=NotPlain),
    ):
        return outcome(data)


def assert_same(one: Workbook | str | None, other: Workbook | str | None) -> None:
    if not isinstance(one, Workbook) or not isinstance(other, Workbook):
        assert one == other
        return
    for mine, theirs in zip(one.sheets, other.sheets, strict=True):
        assert_frame_equal(mine.cells, theirs.cells)
        assert (mine.hidden_rows, mine.hidden_columns) == (theirs.hidden_rows, theirs.hidden_columns)


@pytest.mark.slow
@settings(max_examples=600)
@given(rows=rows(), odd=st.sampled_from(("", "", "", *ODD_STRINGS)))
def test_both_ways_give_the_same(rows: str, odd: str) -> None:
    data = packages.book(rows, strings=STRINGS + odd, styles=STYLES)
    assert_same(outcome(data), by_parser(data))


@pytest.mark.parametrize(
    "head", ["<!-- <sheetData> -->", "<x><![CDATA[<sheetData>]]></x>", '<cols><col min="1" max="2" hidden="1"/></cols>']
)
@pytest.mark.parametrize("tail", ["", "<mergeCells/>", "<broken>", "<!-- </sheetData> -->"])
def test_what_stands_around_the_rows_is_parsed(head: str, tail: str) -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>2</v></c></row>'
    data = packages.book(sheet=packages.sheet(row, head, tail))
    assert_same(outcome(data), by_parser(data))


@pytest.mark.parametrize("path", USUAL, ids=lambda path: path.stem)
def test_usual_files_are_read_in_bulk_and_give_the_same(path: Path) -> None:
    with (
        mock.patch.object(xlsx, "parse", wraps=xlsx.parse) as parse,
        mock.patch.object(strings, "parse", side_effect=AssertionError("the shared texts are not plain")),
    ):
        read = cells.read(path)
    parsed = {call.args[1] for call in parse.call_args_list}
    assert not {part for part in parsed if "worksheets/" in part}, "a part is not plain"
    assert_same(read, by_parser(path.read_bytes()))


@pytest.mark.parametrize("chunk", [200, 1000])
def test_a_part_is_read_in_pieces(chunk: int) -> None:
    rows = "".join(
        f'<row r="{number}">'
        + "".join(f'<c r="{letter}{number}" t="s"><v>{number % 4}</v></c>' for letter in "ABC")
        + "</row>"
        for number in range(1, 60)
    )
    data = packages.book(rows, strings=STRINGS)
    with mock.patch.object(plainxml, "CHUNK", chunk), mock.patch.object(gate, "CHUNK", 97):
        read = outcome(data)
    assert isinstance(read, Workbook)
    assert read.sheets[0].cells["row"].unique().to_list() == [row for row in range(1, 60) if row % 4 != 1]
    assert_same(read, by_parser(data))


def test_the_bounds_hold_in_bulk() -> None:
    wide = (
        '<row r="1">'
        + "".join(f'<c r="{a}{b}1"><v>1</v></c>' for a in ["", *"ABCDEFGHIJ"] for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        + "</row>"
    )
    assert outcome(packages.book(wide)) == "E004"
    long = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"长" * 32_768}</t></is></c></row>'
    assert outcome(packages.book(long)) == "E004"
    assert (
        outcome(
            packages.book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=f"<si><t>{'长' * 32_768}</t></si>")
        )
        == "E004"
    )


def test_cells_are_one_frame_in_order() -> None:
    data = packages.book('<row r="2"><c r="B2"><v>1</v></c><c r="D2" t="b"><v>1</v></c></row>')
    read = outcome(data)
    assert isinstance(read, Workbook)
    expected = pl.DataFrame({"row": [2, 2], "column": [2, 4], "type": ["number", "bool"], "text": ["1", "1"]})
    assert (
        read.sheets[0].cells.select("row", "column", pl.col("type").cast(pl.String), "text").rows() == expected.rows()
    )
