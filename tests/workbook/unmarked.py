"""Takes our marks out of a marked workbook's parts again, so that what is left can be compared with the source."""

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

Tree = ET.Element
SHEETS = re.compile(r"xl/worksheets/sheet\d+\.xml")


def local(node: Tree) -> str:
    return node.tag.rpartition("}")[2]


def child(tree: Tree, name: str) -> Tree | None:
    return next((node for node in tree if local(node) == name), None)


def shape(node: Tree) -> object:
    """A tree as plain values, so that two can be compared wherever their prefixes come from."""
    return (node.tag, dict(node.attrib), node.text or "", node.tail or "", [shape(inner) for inner in node])


def drop(tree: Tree, unwanted: Callable[[Tree], bool]) -> None:
    for node in list(tree):
        if unwanted(node):
            tree.remove(node)


def sheet(tree: Tree, column: str, marked: set[str], new_drawing: bool) -> None:
    """A worksheet without its result column, its width and its drawing; marked cells without their style."""
    for row in child(tree, "sheetData") or ():
        row.attrib.pop("spans", None)
        drop(row, lambda cell: re.fullmatch(rf"{column}\d+", cell.get("r", "")) is not None)
        drop(row, lambda cell: cell.get("r") in marked and not len(cell))
        for cell in row:
            if cell.get("r") in marked:
                cell.attrib.pop("s", None)
    number = ord(column) - ord("A") + 1
    for columns in [node for node in tree if local(node) == "cols"]:
        drop(columns, lambda node: node.get("min") == node.get("max") == str(number))
    for node in tree.iter():
        if local(node) == "sheetView":
            node.attrib.pop("tabSelected", None)
    drop(tree, lambda node: local(node) == "dimension" or (new_drawing and local(node) == "legacyDrawing"))
    drop(tree, lambda node: local(node) == "cols" and not len(node))


def book(tree: Tree) -> None:
    """workbook.xml without the list."""
    sheets = child(tree, "sheets")
    assert sheets is not None
    first = sheets[0]
    moved = first.get("name", "").startswith("错误清单")
    if moved:
        sheets.remove(first)
    for node in tree.iter():
        if local(node) == "definedName" and moved and "localSheetId" in node.attrib:
            node.set("localSheetId", str(int(node.attrib["localSheetId"]) - 1))
        if local(node) == "workbookView":
            node.attrib.pop("activeTab", None)
            node.attrib.pop("firstSheet", None)


def first_of(before: Tree, after: Tree) -> None:
    """Where the result only has more at the end (rows of rels and types, styles), leave what the source has."""
    rows = {ET.tostring(node) for node in before}
    assert rows <= {ET.tostring(node) for node in after}
    drop(after, lambda node: ET.tostring(node) not in rows)
    after[:] = sorted(after, key=ET.tostring)
    before[:] = sorted(before, key=ET.tostring)


def styles(before: Tree, after: Tree) -> None:
    for old in before:
        if local(old) in ("fonts", "fills", "cellXfs"):
            new = child(after, local(old))
            assert new is not None and len(new) >= len(old)
            new[:] = new[: len(old)]
            new.set("count", old.get("count", ""))


def comments(tree: Tree, ours: str = "【原批注") -> None:
    """Comments without ours, and the run of ours taken from before an old one."""
    listed, authors = child(tree, "commentList"), child(tree, "authors")
    assert listed is not None and authors is not None
    drop(authors, lambda node: node.text == "gjj")
    for note in list(listed):
        text = child(note, "text")
        assert text is not None
        said = "".join(text.itertext())
        if re.match(r"[EW]\d{3} ", said):
            if ours not in said:
                listed.remove(note)
            else:
                text.remove(text[0])
                note.attrib.pop("authorId")


def vml(tree: Tree, cells: set[tuple[str, str]]) -> None:
    """A drawing without the boxes of new comments, which are at these (row, column) from 0."""

    def ours(node: Tree) -> bool:
        said = {local(inner): inner.text or "" for inner in node.iter()}
        return local(node) == "shape" and (said.get("Row"), said.get("Column")) in cells

    drop(tree, ours)
