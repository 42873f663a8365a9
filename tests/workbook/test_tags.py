"""Tags found and changed in a text, all else left as it is."""

import pytest

from gjj_cli.workbook import tags


@pytest.mark.parametrize("data", [b"", b"<a>", b"<!DOCTYPE a><a/>", b"<a>\xff</a>", "<a/>".encode("utf-16")[:-1]])
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        tags.decode(data)


def test_utf_16_becomes_utf_8() -> None:
    assert tags.decode('<?xml version="1.0" encoding="utf-16"?><a>甲</a>'.encode("utf-16")) == (
        '<?xml version="1.0" encoding="UTF-8"?><a>甲</a>'
    )


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ('<a x="1>2" y=\'"\'>', {"x": "1>2", "y": '"'}),
        ('<a\n  x = "&lt;&#20013;"/>', {"x": "<中"}),
        ("<a>", {}),
        ('<a r:id="rId1" id="2">', {"r:id": "rId1", "id": "2"}),
    ],
)
def test_attributes(begin: str, expected: dict[str, str]) -> None:
    assert tags.attributes(begin) == expected
    assert tags.tag("a").fullmatch(begin) is not None


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ("<a/>", '<a s="&lt;"/>'),
        ('<a xs="1" s = \'2\' z="3">', '<a xs="1" s="&lt;" z="3">'),
        ("<a >", '<a  s="&lt;">'),
    ],
)
def test_an_attribute_is_set_and_taken_away(begin: str, expected: str) -> None:
    assert tags.with_attribute(begin, "s", "<") == expected
    assert "s=" not in tags.without_attribute(expected, "s").replace("xs=", "")


def test_elements_and_their_ends() -> None:
    text = "<rows><row/><row a='>'>x</row ><rowset/></rows>"
    assert [text[at.start : at.end] for at in tags.elements(text, "row")] == ["<row/>", "<row a='>'>x</row >"]
    assert tags.element(text, "missing") is None
    with pytest.raises(ValueError, match="row has no end"):
        list(tags.elements("<row>", "row"))


def test_children_are_those_directly_inside() -> None:
    text = "<a><b><c/></b><d/></a></z>"
    assert [(name, text[start:end]) for name, start, end in tags.children(text, 3, len(text))] == [
        ("b", "<b><c/></b>"),
        ("d", "<d/>"),
    ]
    assert list(tags.children("x", 0, 1)) == []


def test_content_is_put_inside() -> None:
    for text, expected in (("<a x='1'/>", "<a x='1'><b/></a>"), ("<a>1</a>", "<a>1<b/></a>")):
        where = tags.element(text, "a")
        assert where is not None and tags.fill_in(text, where, "<b/>") == expected


def test_a_root_is_needed() -> None:
    assert (tags.prefix_of("<?xml?><x:a/>"), tags.prefix_of("<a/>")) == ("x:", "")
    with pytest.raises(ValueError, match="root"):
        tags.prefix_of("text")
