"""The red copy: what it says, that nothing is lost, and that it can be validated and marked again."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import FileError
from gjj_cli.finding import Finding, Place, Severity
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, errorlist, template
from gjj_cli.workbook.annotate import annotate
from tests.workbook import packages, zoo

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


def test_a_csv_has_no_cells_to_redden(tmp_path: Path) -> None:
    (tmp_path / "名单.csv").write_text("姓名\n张三\n", encoding="utf-8")
    with pytest.raises(FileError, match="CSV"):
        annotate(tmp_path / "名单.csv", tmp_path / "名单-标注.xlsx", FOUND)


def test_a_result_column_and_a_list_of_the_user_s_own_stay(source: Path) -> None:
    book = openpyxl.load_workbook(source)
    book[TITLE]["K1"], book[TITLE]["K3"] = "校验结果", "人事已核对"
    book.create_sheet("错误清单")["A1"] = "去年的"
    book.save(source)
    target, once = marked(source)
    assert [once[TITLE].cell(1, column).value for column in (11, 12)] == ["校验结果", "校验结果"]
    assert once[TITLE]["K3"].value == "人事已核对"
    assert (once.sheetnames[0], once["错误清单"]["A1"].value) == ("错误清单2", "去年的")
    annotate(target, target, FOUND)
    twice = openpyxl.load_workbook(target)
    assert twice.sheetnames == once.sheetnames
    assert [cell.value for cell in twice[TITLE][1]] == [cell.value for cell in once[TITLE][1]]


def test_marking_again_after_openpyxl_has_saved_it(source: Path) -> None:
    target, book = marked(source)
    book.save(target)
    annotate(target, target, [finding("E201", 2, 4)])
    sheet = openpyxl.load_workbook(target)[TITLE]
    assert sheet["E4"].fill.start_color.rgb == "FFEDEDED"
    assert (sheet["D3"].comment, sheet["E4"].comment) == (None, None)
    assert sheet["D2"].comment.text == "E201 =校验码对不上\n改：对照原件重填"
    assert [sheet.cell(row, 11).value for row in range(1, 6)] == ["校验结果", "E201 =校验码对不上", None, None, None]


def test_a_result_is_not_put_into_merged_cells(source: Path) -> None:
    book = openpyxl.load_workbook(source)
    book[TITLE].merge_cells("K3:L4")
    book.save(source)
    assert marked(source)[1][TITLE]["M1"].value == "校验结果"


def test_the_runs_of_an_old_comment_come_back_as_they_were(source: Path) -> None:
    """Bold and plain text in one comment."""
    book = openpyxl.load_workbook(source)
    book[TITLE]["D3"].comment = Comment("粗细", "李四")
    book.save(source)
    kept = zoo.parts(source.read_bytes())
    (name,) = [name for name in kept if "comments/comment" in name]
    runs = '<text><r><rPr><b/></rPr><t>粗</t></r><r><t xml:space="preserve"> 细</t></r></text>'
    kept[name] = re.sub("<text>.*</text>", runs, kept[name].decode()).encode()
    source.write_bytes(packages.pack(kept))
    target, _ = marked(source)
    annotate(target, target, [finding("E201", 2, 4)])
    assert runs in zoo.parts(target.read_bytes())[name].decode()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/comments1.xml", b"<comments><authors/>"),
        ("xl/comments1.xml", b"<comments><authors/></comments>"),
        ("xl/drawings/vmlDrawing1.vml", b"no drawing"),
        ("xl/drawings/vmlDrawing1.vml", b"<xml><v:shape ><v:shape ></xml>"),
        ("xl/drawings/vmlDrawing1.vml", b"\xff\xfe\x00"),
        ("xl/worksheets/_rels/sheet1.xml.rels", b"<!DOCTYPE x><Relationships/>"),
    ],
)
def test_parts_that_are_not_as_they_should_be(tmp_path: Path, part: str, content: bytes) -> None:
    path, target = tmp_path / "封存.xlsx", tmp_path / "封存-标注.xlsx"
    zoo.build(path)
    kept = zoo.parts(path.read_bytes())
    assert part in kept
    kept[part] = content
    path.write_bytes(packages.pack(kept))
    with pytest.raises(FileError, match=r"没有动它|读不了"):
        annotate(path, target, FOUND)
    assert not target.exists()


def test_a_list_has_an_end(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errorlist, "_ROWS_MAX", 2)
    rows = list(marked(source)[1].worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 4 and rows[3][0] == "另有 3 条没有列出，改好上面的再校验"
