"""A package with parts changed and added: the zip, the relations and the content types of the result."""

import io
import zipfile

import pytest

from gjj_cli.errors import FileError
from gjj_cli.workbook import gate
from gjj_cli.workbook.patch import Patch
from tests.workbook import packages


def opened(**changed: str) -> Patch:
    return Patch(gate.package(packages.book('<row r="1"><c r="A1"><v>1</v></c></row>', **changed), "名单.xlsx"))


def archive(patch: Patch) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(patch.build()))


def test_what_is_not_changed_is_copied_as_it_is_packed() -> None:
    data = packages.pack(packages.parts() | {"xl/媒体.bin": b"x" * 1000}, zipfile.ZIP_STORED)
    patch = Patch(gate.package(data, "名单.xlsx"))
    patch.change("XL/Workbook.xml", patch.text("xl/workbook.xml") + "<!-- -->")
    made = archive(patch)
    assert made.testzip() is None
    assert made.namelist() == zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert made.getinfo("xl/媒体.bin").compress_type == zipfile.ZIP_STORED
    assert made.read("xl/workbook.xml").endswith(b"<!-- -->")
    gate.package(patch.build(), "名单.xlsx")


def test_the_same_content_is_no_change() -> None:
    patch = opened()
    for name in ("[Content_Types].xml", "xl/workbook.xml"):
        patch.change(name, patch.text(name))
    assert patch.build() == Patch(patch.package).build()


def test_a_part_is_added_with_its_type_and_its_relation() -> None:
    patch = opened()
    assert patch.free("xl/worksheets/sheet", ".xml") == "xl/worksheets/sheet2.xml"
    for number in (1, 2):
        patch.add(f"xl/drawings/d{number}.vml", "text/vml", "<xml/>")
        assert patch.relate("xl/worksheets/sheet1.xml", "vmlDrawing", f"xl/drawings/d{number}.vml") == f"rId{number}"
    patch.add("xl/comments1.xml", "text/comments", "<comments/>")
    made = archive(patch)
    types = made.read("[Content_Types].xml").decode()
    assert types.count('Extension="vml"') == types.count('PartName="/xl/comments1.xml"') == 1
    relations = [(found.id, found.target) for found in patch.relations("xl/worksheets/sheet1.xml")]
    assert relations == [("rId1", "xl/drawings/d1.vml"), ("rId2", "xl/drawings/d2.vml")]
    assert made.read("xl/comments1.xml").startswith(b"<?xml")


def test_an_id_that_is_taken_is_not_given_again() -> None:
    patch = opened()
    rels = "xl/_rels/workbook.xml.rels"
    patch.change(rels, patch.text(rels).replace('"rId3"', '"rId4"'))
    assert patch.relate("xl/workbook.xml", "worksheet", "xl/worksheets/sheet2.xml") == "rId5"


def test_what_is_outside_the_package_is_no_part() -> None:
    patch = opened()
    rels = "xl/_rels/workbook.xml.rels"
    patch.change(
        rels, patch.text(rels).replace('Target="sharedStrings.xml"', 'Target="sharedStrings.xml" TargetMode="External"')
    )
    assert [found.target for found in patch.relations("xl/workbook.xml")] == [
        "xl/worksheets/sheet1.xml",
        "",
        "xl/styles.xml",
    ]


@pytest.mark.parametrize("rels", ["<Relationships/>", "<!DOCTYPE x><Relationships/>", "<Relationships>"])
def test_a_package_without_a_book_is_refused(rels: str) -> None:
    with pytest.raises(FileError, match=r"没有动它|读不了"):
        opened(rels=rels)


def test_types_without_a_root_are_refused() -> None:
    patch = opened(types="<Wrong/>")
    with pytest.raises(FileError, match="没有动它"):
        patch.add("xl/comments1.xml", "text/comments", "<comments/>")


def test_a_strict_workbook_gets_strict_parts() -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    patch = opened(book=f'<workbook xmlns="{strict}"><sheets/></workbook>')
    assert patch.spreadsheet == strict
    patch.relate(patch.main, "worksheet", "xl/worksheets/sheet2.xml")
    assert "purl.oclc.org/ooxml/officeDocument/relationships/worksheet" in patch.text("xl/_rels/workbook.xml.rels")
