"""One way to parse a part's XML: expat in pieces, no DTD, bounded tags, depth and elements, nothing kept."""

import time
from collections.abc import Callable, Iterable
from xml.parsers import expat

from gjj_cli.workbook.gate import COPY_VALUES, Package, damaged, over

TAG_MAX = 1024 * 1024  # bytes of one tag with its attributes, or of one comment
DEPTH_MAX = 64
ELEMENTS_MAX = 16_000_000  # in one part; five million cells with a value need eleven million
SECONDS_MAX = 60  # for one part

Attributes = dict[str, str]


class Reader:
    """Hears a part being parsed: what to do where an element begins and where it ends, by name.

    A name without prefix means the part's main vocabulary, whatever its prefix there (`c` for `x:c`); with one
    (`x14:dataValidation`) it is taken as written. `characters` is called for all text, perhaps in pieces.
    """

    def __init__(self) -> None:
        self.starts: dict[str, Callable[[Attributes], None]] = {}
        self.ends: dict[str, Callable[[], None]] = {}

    def characters(self, text: str) -> None:
        """Text, wherever it is."""


def parse(package: Package, part: str, reader: Reader) -> None:
    """Parse one part of a package into `reader`.

    Raises FileError E003 for a DTD, an encoding other than UTF-8 or UTF-16 and broken XML, E004 for what is out of
    bounds, and KeyError when there is no such part.
    """
    parse_pieces(package.name, package.stream(part), reader)


def parse_pieces(name: str, pieces: Iterable[bytes], reader: Reader) -> None:
    """The same for the XML of one part in pieces; `name` is the workbook's."""
    parser = _parser(name, reader)
    fed, deadline = 0, time.monotonic() + SECONDS_MAX
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            # A tag that is not finished yet is parsed from its beginning at every piece, which is quadratic.
            if fed - parser.CurrentByteIndex > TAG_MAX:
                raise over(name, f"里有超过 {TAG_MAX // 1024} KB 的标记，不是正常的工作簿", COPY_VALUES)
            if time.monotonic() > deadline:
                raise over(name, f"读了 {SECONDS_MAX} 秒还没读完")
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise damaged(name, "里面的 XML 已经损坏") from None


def _parser(name: str, reader: Reader) -> expat.XMLParserType:
    def refuse_dtd(*_: object) -> None:
        raise damaged(name, "里面有 DTD 声明，正常的工作簿没有，可能被人动过")

    def check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in ("UTF-8", "UTF-16", "US-ASCII"):
            raise damaged(name, "里面的 XML 用了不认识的编码")

    def root(tag: str, attributes: Attributes) -> None:
        """Some writers put one prefix before every element; it is known from the first one on."""
        prefix = tag[: tag.rfind(":") + 1]
        start, parser.EndElementHandler = _elements(name, reader, prefix)
        parser.StartElementHandler = start
        start(tag, attributes)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.XmlDeclHandler = check_encoding
    parser.StartElementHandler = root
    parser.CharacterDataHandler = reader.characters
    return parser


def _elements(
    name: str, reader: Reader, prefix: str
) -> tuple[Callable[[str, Attributes], None], Callable[[str], None]]:
    """The two element handlers: depth and number are guarded here, in the hottest lines of the whole reader."""
    begin = {name if ":" in name else prefix + name: handler for name, handler in reader.starts.items()}.get
    finish = {name if ":" in name else prefix + name: handler for name, handler in reader.ends.items()}.get
    depth = elements = 0

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > DEPTH_MAX:
            raise over(name, f"里面的标记套了 {DEPTH_MAX} 层以上，不是正常的工作簿", COPY_VALUES)
        if elements > ELEMENTS_MAX:
            raise over(name, f"里面的标记超过 {ELEMENTS_MAX:,} 个")
        handler = begin(tag)
        if handler is not None:
            handler(attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        handler = finish(tag)
        if handler is not None:
            handler()

    return start, end
