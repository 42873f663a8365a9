"""The red copy: what it says, that nothing is lost, and that it can be validated and marked again."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import FileError
from gjj_cli.finding import Finding, Place, Severity
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, template
from gjj_cli.workbook.annotate import annotate
from tests.workbook import packages

TITLE = "个人账户封存"
BUSINESS = ROSTER["sealing"]
ROWS = [
    {
        "account": f"001000000{n}",
        "name": f"职工{n}",
        "id_number": "11010519491231002X",
        "base": 500_000 + n,
        "reason": "其他",
    }
    for n in range(1, 5)
]


def finding(code: str, row: int, column: int | None, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        code,
        severity,
        Place(TITLE, row, column),
        "证件号码",
        "110105********002X",
        "=校验码对不上",
        "对照原件重填",
        "GB 11643-1999",
    )


FOUND = [
    Finding("W812", Severity.WARNING, Place(), "备注", None, "多出一列，没有读", "不用改", "模板"),
    finding("E201", 3, 4),
    finding("E108", 3, 4),
    finding("W814", 4, 5, Severity.WARNING),
    finding("E402", 5, None),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "封存.xlsx"
    template.export(BUSINESS, policy.load(), path, unit="0500001", rows=ROWS)
    return path


def marked(source: Path, findings: list[Finding] = FOUND) -> tuple[Path, Any]:
    target = source.with_name("封存-标注.xlsx")
    annotate(source, target, findings)
    return target, openpyxl.load_workbook(target)


def test_bad_cells_are_red_with_a_comment_and_a_result(source: Path) -> None:
    _, book = marked(source)
    sheet = book[TITLE]
    assert sheet["D3"].fill.start_color.rgb == "FFFF7C80"
    assert sheet["D3"].comment.text == "E201 =校验码对不上\n改：对照原件重填\nE108 =校验码对不上\n改：对照原件重填"
    assert sheet["E4"].fill.start_color.rgb == "FFFFE699"
    assert sheet["D4"].comment is None
    assert [sheet.cell(row, 11).value for row in range(1, 6)] == [
        "校验结果",
        None,
        "E201 =校验码对不上；E108 =校验码对不上",
        "W814 =校验码对不上",
        "E402 =校验码对不上",
    ]


def test_the_list_is_first_and_links_to_each_cell(source: Path) -> None:
    _, book = marked(source)
    sheet = book.worksheets[0]
    assert (sheet.title, book.active.title) == ("错误清单", "错误清单")
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("位置", "代码", "级别", "列", "值", "说明", "怎么改", "依据")
    assert [row[:3] for row in rows[1:]] == [
        ("整个文件", "W812", "警告"),
        ("个人账户封存!D3", "E201", "错误"),
        ("个人账户封存!D3", "E108", "错误"),
        ("个人账户封存!E4", "W814", "警告"),
        ("第 5 行", "E402", "错误"),
    ]
    assert sheet["A3"].hyperlink.location == "'个人账户封存'!D3"
    assert sheet["F3"].value == "=校验码对不上" and sheet["F3"].data_type == "s"


def test_nothing_the_template_holds_is_lost(source: Path) -> None:
    before = openpyxl.load_workbook(source)
    target, after = marked(source)
    assert cells.read(target).properties == cells.read(source).properties
    for title in before.sheetnames:
        old, new = before[title], after[title]
        assert new.sheet_state == old.sheet_state
        assert new.freeze_panes == old.freeze_panes
        assert [c.sqref for c in new.data_validations.dataValidation] == [
            c.sqref for c in old.data_validations.dataValidation
        ]
        assert [c.formula1 for c in new.data_validations.dataValidation] == [
            c.formula1 for c in old.data_validations.dataValidation
        ]
        for letter, group in old.column_dimensions.items():
            kept = new.column_dimensions[letter]
            assert (kept.number_format, kept.width, kept.fill.fill_type) == (
                group.number_format,
                group.width,
                group.fill.fill_type,
            )


def in_the_extension(source: Path) -> None:
    """Move the sheet's validations to where Excel keeps those that refer to another sheet."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    xml = parts["xl/worksheets/sheet1.xml"].decode()
    plain = re.findall(r'<dataValidation type="list".*?</dataValidation>', xml)
    moved = ""
    for check in plain:
        xml = xml.replace(check, "")
        attributes, formula = re.fullmatch(
            r"<dataValidation (.*?)><formula1>(.*?)</formula1></dataValidation>", check
        ).groups()
        attributes, area = re.fullmatch(r'(.*) sqref="(.*?)"', attributes).groups()
        moved += (
            f'<x14:dataValidation {attributes} xr:uid="{{0}}"><x14:formula1><xm:f>{formula}</xm:f></x14:formula1>'
            f"<xm:sqref>{area}</xm:sqref></x14:dataValidation>"
        )
    extension = (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"'
        ' xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:dataValidations'
        ' xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" xmlns:xr="x">'
        f"{moved}</x14:dataValidations></ext></extLst>"
    )
    parts["xl/worksheets/sheet1.xml"] = xml.replace("</worksheet>", extension + "</worksheet>").encode()
    source.write_bytes(packages.pack(parts))


def test_drop_downs_that_excel_keeps_in_its_extension_survive(source: Path) -> None:
    before = openpyxl.load_workbook(source)[TITLE].data_validations.dataValidation
    in_the_extension(source)
    _, book = marked(source)
    after = book[TITLE].data_validations.dataValidation
    described = [
        {(c.type, c.formula1, str(c.sqref), c.error, c.allowBlank, c.showErrorMessage) for c in checks}
        for checks in (before, after)
    ]
    assert described[0] == described[1] and len(after) == len(before)


def test_marking_again_replaces_the_old_marks(source: Path) -> None:
    book = openpyxl.load_workbook(source)
    book[TITLE]["D3"].comment = Comment("请王五核对", "李四")
    book[TITLE]["D3"].fill = PatternFill("solid", start_color="FF92D050")
    book.save(source)
    target, once = marked(source)
    assert once[TITLE]["D3"].comment.text.endswith("\n【原批注：李四】\n请王五核对")
    annotate(target, target, [finding("E201", 2, 4)])
    twice = openpyxl.load_workbook(target)
    sheet = twice[TITLE]
    assert (sheet["D3"].comment.text, sheet["D3"].comment.author) == ("请王五核对", "李四")
    assert sheet["D3"].fill.start_color.rgb == "FF92D050"
    assert sheet["E4"].fill.start_color.rgb == "FFEDEDED"  # the shade of a read-only column
    assert sheet["E4"].comment is None
    assert twice.sheetnames.count("错误清单") == 1
    assert [sheet.cell(row, 11).value for row in range(1, 6)] == ["校验结果", "E201 =校验码对不上", None, None, None]
    assert sheet["L1"].value is None


def test_a_batch_value_gets_its_comment_and_no_result_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "补缴.xlsx"
    template.export(ROSTER["supplementary-payment"], policy.load(), source, batch={"method": "现金"})
    bad = Finding(
        "E104", Severity.ERROR, Place("批次信息", 4, 2), "缴款方式", "现金", "没有这个值", "从下拉里选", "模板"
    )
    _, book = marked(source, [bad])
    sheet = book["批次信息"]
    assert sheet["B4"].comment.text.startswith("E104")
    assert [cell.value for cell in sheet[4]] == ["缴款方式*", "现金"]


def test_a_title_above_the_header_and_a_stray_cell(source: Path) -> None:
    book = openpyxl.load_workbook(source)
    book[TITLE].insert_rows(1)
    book[TITLE]["A1"] = "韶关示例机械有限公司 7 月"
    book[TITLE]["K4"] = "离职证明已收"
    book[TITLE]["XFD9"] = " "
    book.save(source)
    _, after = marked(source)
    assert after[TITLE]["L2"].value == "校验结果"
    assert after[TITLE]["L3"].value == "E201 =校验码对不上；E108 =校验码对不上"
    assert after[TITLE]["K4"].value == "离职证明已收"


def _formula(book: Any, sheet: Any) -> None:
    sheet.write_formula("A1", "=1+1", None, 2)


def _picture(book: Any, sheet: Any) -> None:
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c63600000000200013e2f8d230000000049454e44ae426082"
    )
    sheet.insert_image("B2", "x.png", {"image_data": io.BytesIO(dot)})


def _chart(book: Any, sheet: Any) -> None:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=名单!$A$1:$A$3"})
    sheet.insert_chart("C3", chart)


def _sparkline(book: Any, sheet: Any) -> None:
    sheet.add_sparkline("A1", {"range": "名单!B1:E1"})


@pytest.mark.parametrize(
    ("add", "says"), [(_formula, "公式"), (_picture, "图片"), (_chart, "图表"), (_sparkline, "迷你图")]
)
def test_what_would_be_lost_is_refused_and_nothing_is_written(
    tmp_path: Path, add: Callable[[Any, Any], None], says: str
) -> None:
    path = tmp_path / "名单.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        add(book, book.add_worksheet("名单"))
    data = path.read_bytes()
    with pytest.raises(FileError, match="标注会丢掉") as caught:
        annotate(path, tmp_path / "名单-标注.xlsx", FOUND)
    assert says in caught.value.what
    assert path.read_bytes() == data
    assert [found.name for found in tmp_path.iterdir()] == ["名单.xlsx"]


def test_a_value_openpyxl_would_change_is_refused(tmp_path: Path) -> None:
    """A date format on a number that is no day: openpyxl writes #VALUE! instead."""
    styles = (
        "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    )
    path = tmp_path / "名单.xlsx"
    path.write_bytes(packages.book('<row r="1"><c r="A1" s="1"><v>440203199001011234</v></c></row>', styles=styles))
    with pytest.raises(FileError) as caught:
        annotate(path, tmp_path / "名单-标注.xlsx", [])
    assert "没有动它" in caught.value.what
    assert not (tmp_path / "名单-标注.xlsx").exists()


def test_a_csv_has_no_cells_to_redden(tmp_path: Path) -> None:
    (tmp_path / "名单.csv").write_text("姓名\n张三\n", encoding="utf-8")
    with pytest.raises(FileError, match="CSV"):
        annotate(tmp_path / "名单.csv", tmp_path / "名单-标注.xlsx", FOUND)
