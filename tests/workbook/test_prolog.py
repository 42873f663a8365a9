"""What stands before the root of an XML part."""

import pytest

from gjj_cli.workbook import prolog

DTD = "<!DOCTYPE a>"


@pytest.mark.parametrize(
    "before", ["", "<?xml version='1.0'?>", "\r\n\t ", "<!--<a>-->", "<!---->", "<?b?><!--c-->\n<?d <e> ?>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_dtd_is_seen_behind_whatever_may_stand_before_it(before: str, encoding: str) -> None:
    if encoding[6:] in ("-le", "-be") and not before.startswith("<"):
        before = "<?a?>" + before  # without a mark only the first `<` tells the encoding
    assert prolog.has_dtd((before + DTD + "<a/>").encode(encoding))
    assert not prolog.has_dtd((before + "<a/>").encode(encoding))


@pytest.mark.parametrize("root", ["<a/>", "<_a/>", "<:a/>", "<x:a>", "<名单>", "<a><!DOCTYPE b>", "<Z"])
def test_a_root_ends_the_look(root: str) -> None:
    assert not prolog.has_dtd(root.encode())


@pytest.mark.parametrize("head", ["", " ", "a", "<", "<1>", "<!a>", "<!--a", "<?a", "<!doctype a>", "</a>", "x<a/>"])
def test_what_begins_otherwise_is_no_xml(head: str) -> None:
    with pytest.raises(ValueError):
        prolog.has_dtd(head.encode())


@pytest.mark.parametrize(
    ("name", "is_xml"),
    [("a.xml", True), ("_rels/.rels", True), ("A.VML", True), ("a.xml.bin", False), ("a.png", False), ("xml", False)],
)
def test_parts_are_xml_by_their_name(name: str, is_xml: bool) -> None:
    assert prolog.is_xml(name) == is_xml
