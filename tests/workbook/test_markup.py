"""Parsing one part: who hears what, and the bounds that end it."""

import pytest

from gjj_cli.errors import FileError
from gjj_cli.workbook import gate, markup
from gjj_cli.workbook.markup import Attributes, Reader, parse
from tests.workbook import packages


class Heard(Reader):
    """Writes down what it hears of `a` and `y:b`."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.starts = {"a": lambda attributes: self.start("a", attributes), "y:b": lambda _: self.heard.append("b")}
        self.ends = {"a": lambda: self.heard.append("/a")}

    def start(self, name: str, attributes: Attributes) -> None:
        self.heard.append((name, attributes))

    def characters(self, text: str) -> None:
        self.heard.append(text)


def heard(xml: str, part: str = "x.dat") -> list[object]:
    reader = Heard()
    parse(gate.package(packages.pack({**packages.parts(), part: xml}), "名单.xlsx"), part, reader)
    return reader.heard


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_the_main_vocabulary_is_heard_whatever_its_prefix(prefix: str) -> None:
    xml = f"<{prefix}r><{prefix}a k='v'>text</{prefix}a><z:a/><y:b/></{prefix}r>"
    assert heard(xml) == [("a", {"k": "v"}), "text", "/a", "b"]


def test_a_reader_may_be_deaf() -> None:
    parse(gate.package(packages.book(), "名单.xlsx"), packages.SHEET, Reader())


def test_a_part_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        parse(gate.package(packages.book(), "名单.xlsx"), "x.dat", Reader())


@pytest.mark.parametrize(
    ("xml", "code", "says"),
    [
        ("<!DOCTYPE r><r/>", "E003", "DTD"),
        ("<r><a></r>", "E003", "XML"),
        ("<r>", "E003", "XML"),
        ("<?xml version='1.0' encoding='latin1'?><r/>", "E003", "编码"),
        ("<r>" * 65 + "</r>" * 65, "E004", "64 层"),
        ("<r><!--" + "x" * 2_000_000 + "--></r>", "E004", "1024 KB"),
    ],
)
def test_what_is_refused(xml: str, code: str, says: str) -> None:
    with pytest.raises(FileError, match=says) as caught:
        heard(xml)
    assert caught.value.code == code


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-16", "us-ascii"])
def test_what_is_not_refused(encoding: str) -> None:
    deep = "<r>" * 64 + "</r>" * 64
    parts = {**packages.parts(), "x.dat": f"<?xml version='1.0' encoding='{encoding}'?>{deep}".encode(encoding)}
    parse(gate.package(packages.pack(parts), "名单.xlsx"), "x.dat", Reader())


def test_the_number_of_elements_and_the_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "ELEMENTS_MAX", 3)
    assert heard("<r><a/><a/></r>").count("/a") == 2
    with pytest.raises(FileError, match="超过 3 个"):
        heard("<r><a/><a/><a/></r>")
    monkeypatch.setattr(markup, "SECONDS_MAX", -1)
    with pytest.raises(FileError, match="-1 秒"):
        heard("<r/>")
