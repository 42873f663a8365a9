"""Part by part: everything of the source is in the red copy, and what has changed differs by our marks only."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fixtures.libreoffice import run_libreoffice
from gjj_cli.finding import Finding, Place, Severity
from gjj_cli.workbook import cells
from gjj_cli.workbook.annotate import annotate
from tests.workbook import unmarked, zoo

ROOT = Path(__file__).resolve().parents[2]
CELLS = {"D3": (3, 4), "C6": (6, 3), "E4": (4, 5), "G5": (5, 7), "B9": (9, 2)}
FOUND = [
    Finding("E201", Severity.ERROR, Place(zoo.TITLE, *place), "列", "1***", "=坏了", "重填", "GB")
    for place in CELLS.values()
]


def plain(path: Path) -> None:
    zoo.build(path)


def in_the_extension(path: Path) -> None:
    zoo.build(path)
    zoo.in_the_extension(path)


def prefixed(path: Path) -> None:
    zoo.build(path)
    zoo.prefixed(path)


def without_comments(path: Path) -> None:
    zoo.build(path, comments=False)


@pytest.mark.parametrize("make", [plain, in_the_extension, prefixed, without_comments])
def test_every_part_is_there_and_differs_by_our_marks_only(tmp_path: Path, make: Callable[[Path], None]) -> None:
    source, target = tmp_path / "封存.xlsx", tmp_path / "封存-标注.xlsx"
    make(source)
    annotate(source, target, FOUND, 1)
    before, after = zoo.parts(source.read_bytes()), zoo.parts(target.read_bytes())
    assert before.keys() <= after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if not name.startswith(("xl/comments", "xl/drawings/vml"))} <= {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet4.xml",  # was selected
        "xl/worksheets/_rels/sheet1.xml.rels",
    }
    for name in changed:
        old, new = ET.fromstring(before[name]), ET.fromstring(after[name])
        strip(name, old, new, b"legacyDrawing " not in before[name])
        assert unmarked.shape(new) == unmarked.shape(old), name


def strip(name: str, old: ET.Element, new: ET.Element, new_drawing: bool) -> None:
    """Our marks away from a changed part; what they have replaced away from the old one too."""
    if unmarked.SHEETS.fullmatch(name):
        for tree in (old, new):
            unmarked.sheet(tree, "O", set(CELLS), new_drawing)
        data = next(node for node in new if unmarked.local(node) == "sheetData")
        unmarked.drop(data, lambda row: row.get("r") == "9")  # nothing was there
    elif name == "xl/workbook.xml":
        unmarked.book(old)
        unmarked.book(new)
    elif name.startswith("xl/comments"):
        for tree in (old, new):
            unmarked.comments(tree)
            for note in tree.iter():
                if note.get("ref") == "D3":
                    note.attrib.pop("authorId", None)
    elif name.startswith("xl/drawings/"):
        unmarked.vml(new, {(str(row - 1), str(column - 1)) for row, column in CELLS.values()} - {("2", "3")})
        unmarked.first_of(old, new)
    elif name == "xl/styles.xml":
        unmarked.styles(old, new)
    else:
        unmarked.first_of(old, new)


def test_rows_without_a_finding_are_the_same_bytes(tmp_path: Path) -> None:
    source, target = tmp_path / "封存.xlsx", tmp_path / "封存-标注.xlsx"
    zoo.build(source)
    annotate(source, target, FOUND, 1)
    before, after = (zoo.parts(path.read_bytes())["xl/worksheets/sheet1.xml"] for path in (source, target))
    for number in (2, 7, 8):
        (row,) = [piece for piece in before.split(b"<row ") if piece.startswith(b'r="%d"' % number)]
        assert row.partition(b"</row>")[0] in after


def test_the_same_findings_again_give_the_same_file(tmp_path: Path) -> None:
    source, once, twice = tmp_path / "封存.xlsx", tmp_path / "封存-标注.xlsx", tmp_path / "again.xlsx"
    zoo.build(source)
    annotate(source, once, FOUND, 1)
    annotate(once, twice, FOUND, 1)
    assert zoo.parts(twice.read_bytes()) == zoo.parts(once.read_bytes())


def test_a_conversation_is_left_alone(tmp_path: Path) -> None:
    source, target = tmp_path / "封存.xlsx", tmp_path / "封存-标注.xlsx"
    zoo.build(source)
    zoo.with_conversation(source, "D3")
    annotate(source, target, FOUND[:1], 1)
    before, after = zoo.parts(source.read_bytes()), zoo.parts(target.read_bytes())
    assert [name for name in before if "omment" in name and before[name] != after[name]] == []
    texts = [cell.text for cell in cells.read(target).sheets[1].rows[3].values()]
    assert texts[-1] == "E201 =坏了"


SHIPPED = sorted([*ROOT.glob("fixtures/workbooks/*/*.xlsx"), *ROOT.glob("templates/xlsx/*.xlsx")])


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "-".join(path.parts[-2:]))
def test_workbooks_of_all_businesses(tmp_path: Path, path: Path) -> None:
    sheet = cells.read(path).sheets[0]
    finding = Finding("E201", Severity.ERROR, Place(sheet.name, 2, 1), "列", "1***", "坏了", "重填", "GB")
    target = tmp_path / "标注.xlsx"
    annotate(path, target, [finding])
    before, after = zoo.parts(path.read_bytes()), zoo.parts(target.read_bytes())
    assert before.keys() <= after.keys()
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    }
    assert cells.read(target).properties == cells.read(path).properties


@pytest.mark.slow
@pytest.mark.parametrize("make", [plain, in_the_extension, prefixed, without_comments])
def test_libreoffice_opens_and_keeps_it_and_it_can_be_marked_again(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    source, marked, saved, again = (tmp_path / name for name in ("a.xlsx", "b.xlsx", "c.xlsx", "d.xlsx"))
    make(source)
    annotate(source, marked, FOUND, 1)
    run_libreoffice([f"open\t{marked}", f"save\t{saved}"], tmp_path)
    assert texts(saved) == texts(marked)
    annotate(saved, again, FOUND[1:2], 1)
    book = cells.read(again)
    assert [sheet.name for sheet in book.sheets] == ["错误清单", zoo.TITLE, "选项", "台账", "汇总"]
    results = [row[15].text for row in book.sheets[1].rows.values() if 15 in row]
    assert results == ["校验结果", "E201 =坏了"]
    kept = zoo.parts(again.read_bytes())
    comments = b"".join(data for name, data in kept.items() if "comments" in name).decode()
    assert comments.count("改：重填") == 1
    assert comments.count("请王五核对") == (0 if make is without_comments else 1)
    assert "原批注" not in comments


def texts(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet -> what its cells say; numbers by their value."""
    return {
        sheet.name: {
            (row, column): str(float(cell.text)) if cell.type is cells.CellType.NUMBER else cell.text
            for row, of_row in sheet.rows.items()
            for column, cell in of_row.items()
        }
        for sheet in cells.read(path).sheets
    }
