"""XML as text: single tags are found and changed, and every other character stays as it is.

A name here is a local one; `prefix` is what the part's root puts before all of its own elements, mostly nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from xml.parsers import expat

_REST = r"""(?=[\s/>])[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>"""  # of a tag after its name; > may be in a value
_ROOT = re.compile(r"<((?:[^\W\d][\w.-]*:)?)[^\W\d][\w.-]*")
_ANY = re.compile(rf"<(/?)([^\W\d][\w.:-]*){_REST}")
_ATTRIBUTE = re.compile(r"""\s([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ASIDE = re.compile(r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ENCODING = re.compile(r"""^(\ufeff?<\?xml[^>]*?encoding\s*=\s*)(?:"[^"]*"|'[^']*')""")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Element:
    """Where an element stands in a text: its tag is [start:inside], its content [inside:after], its end at `end`."""

    start: int
    inside: int
    after: int
    end: int


def decode(data: bytes) -> str:
    """The text of an XML part, in which neither comments nor CDATA can be taken for tags; UTF-16 becomes UTF-8.

    Raises ValueError for what is no well-formed XML in one of the two: on that our patterns could take for ever.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError("no XML") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _ENCODING.sub(r'\1"UTF-8"', data.decode("utf-16"))
    else:
        text = data.decode("utf-8")
    if "<!" in text:
        text = _ASIDE.sub(lambda found: escape(found[1] or ""), text)
    return text


def _refuse(*_: object) -> None:
    raise ValueError("a DTD")


def prefix_of(text: str) -> str:
    """The prefix of the root element with its colon, mostly empty. Raises ValueError without a root."""
    root = _ROOT.search(text)
    if root is None:
        raise ValueError("no root")
    return root[1]


def prefixed(fragment: str, prefix: str) -> str:
    """A fragment of ours, written without prefixes, with the part's prefix before every element."""
    return re.sub(r"<(/?)(?=[A-Za-z])", rf"<\1{prefix}", fragment) if prefix else fragment


@lru_cache(maxsize=256)
def tag(name: str) -> re.Pattern[str]:
    """Finds the begin tags of an element; `name` with its prefix."""
    return re.compile(f"<{re.escape(name)}{_REST}")


@lru_cache(maxsize=256)
def _close(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(name)}\s*>")


def elements(text: str, name: str, start: int = 0, end: int | None = None) -> Iterator[Element]:
    """Every element of that name (with its prefix) in text[start:end]; of elements that never hold their own kind."""
    end = len(text) if end is None else end
    while found := tag(name).search(text, start, end):
        if found[0].endswith("/>"):
            here = Element(found.start(), found.end(), found.end(), found.end())
        else:
            close = _close(name).search(text, found.end(), end)
            if close is None:
                raise ValueError(f"{name} has no end")
            here = Element(found.start(), found.end(), close.start(), close.end())
        yield here
        start = here.end


def element(text: str, name: str, start: int = 0, end: int | None = None) -> Element | None:
    """The first of `elements`, or None."""
    return next(elements(text, name, start, end), None)


def children(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """(name with prefix, first character, one after the last) of every element directly in text[start:end]."""
    depth, began, name = 0, 0, ""
    for found in _ANY.finditer(text, start, end):
        closing, alone = bool(found[1]), found[0].endswith("/>")
        if depth == 0:
            if closing:
                return
            began, name = found.start(), found[2]
        depth += -1 if closing else 0 if alone else 1
        if depth == 0:
            yield name, began, found.end()


def attributes(begin: str) -> dict[str, str]:
    """The attributes of a begin tag, values unescaped."""
    return {name: unescape(double or single) for name, double, single in _ATTRIBUTE.findall(begin)}


def with_attribute(begin: str, name: str, value: object) -> str:
    """A begin tag with one attribute set."""
    written = f' {name}="{escape(str(value))}"'
    changed, found = re.subn(rf"""\s{re.escape(name)}\s*=\s*(?:"[^"]*"|'[^']*')""", lambda _: written, begin, count=1)
    if found:
        return changed
    tail = "/>" if begin.endswith("/>") else ">"
    return begin.removesuffix(tail) + written + tail


def without_attribute(begin: str, name: str) -> str:
    """A begin tag without that attribute."""
    return re.sub(rf"""\s{re.escape(name)}\s*=\s*(?:"[^"]*"|'[^']*')""", "", begin, count=1)


def fill_in(text: str, where: Element, content: str) -> str:
    """The text with `content` as the last thing inside an element, opened up where it was written <alone/>."""
    if where.inside < where.end:
        return text[: where.after] + content + text[where.after :]
    begin = text[where.start : where.end].removesuffix("/>").rstrip()
    name = begin[1:].split()[0]
    return text[: where.start] + f"{begin}>{content}</{name}>" + text[where.end :]


def escape(text: str) -> str:
    """Text for XML, in contents and in attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def escape_value(text: str) -> str:
    """Text for a cell or a comment: what XML cannot say becomes `?`, what Excel would decode stays as it is."""
    clean = _UNPRINTABLE.sub("?", text[:32_000])
    return escape(_LOOKS_ESCAPED.sub("_x005F_", clean).replace("\r", "_x000D_"))


def place(text: str, at: int, content: str) -> str:
    """The text with something put in at a position."""
    return text[:at] + content + text[at:]
