"""DTDs, entities, encodings and broken XML, in every part a workbook may have."""

import codecs

from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.book import noise
from tests.workbook.hostile.case import Case, passes, refused

DTD = '<!DOCTYPE x [<!ENTITY a "b">]>'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

# What a full workbook has besides the parts of `book.parts`; we open none of the later ones.
MORE = {
    "xl/sharedStrings.xml": "<sst><si><t>x</t></si></sst>",
    "xl/styles.xml": "<styleSheet/>",
    "xl/theme/theme1.xml": "<a:theme xmlns:a='a'/>",
    "xl/comments1.xml": "<comments/>",
    "xl/drawings/drawing1.xml": "<xdr:wsDr xmlns:xdr='a'/>",
    "xl/drawings/_rels/drawing1.xml.rels": "<Relationships/>",
    "xl/drawings/vmlDrawing1.vml": "<xml><br></xml>",
    "xl/charts/chart1.xml": "<c:chartSpace xmlns:c='a'/>",
    "xl/tables/table1.xml": "<table/>",
    "xl/pivotCache/pivotCacheDefinition1.xml": "<p/>",
    "xl/externalLinks/externalLink1.xml": "<externalLink/>",
    "xl/connections.xml": "<connections/>",
    "xl/calcChain.xml": "<calcChain/>",
    "xl/worksheets/sheet2.xml": "<worksheet/>",
    "docProps/core.xml": "<coreProperties/>",
    "docProps/app.xml": "<Properties/>",
    "docProps/custom.xml": "<Properties/>",
    "customXml/item1.xml": "<item/>",
    "docMetadata/LabelInfo.xml": "<labels/>",
}


def full() -> dict[str, str | bytes]:
    return book.parts() | {name: HEAD + part for name, part in MORE.items()}


def before_root(part: str, what: str = DTD) -> bytes:
    made = full()
    text = made[part]
    assert isinstance(text, str)
    made[part] = HEAD + what + text.removeprefix(HEAD)
    return packages.pack(made)


def sheet(xml: str | bytes) -> bytes:
    return book.with_part(packages.SHEET, xml)


def good_sheet() -> str:
    made = book.parts()[packages.SHEET]
    assert isinstance(made, str)
    return made


def entity(dtd: str, use: str = "&a;") -> bytes:
    """The name of the person is what the entity says."""
    return sheet(f"<!DOCTYPE x [{dtd}]>" + good_sheet().replace(">张三<", f">{use}<"))


def encoded(encoding: str, declared: str | None = None, mark: bytes = b"") -> bytes:
    head = f'<?xml version="1.0" encoding="{declared or encoding}"?>'
    return sheet(mark + (head + _ascii(good_sheet())).encode(encoding))


def with_bytes(what: bytes) -> bytes:
    return sheet(good_sheet().encode().replace("张三".encode(), what))


LAUGHS = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))

DTDS = [
    *(refused(f"dtd-in-{part}", "E003", lambda p=part: before_root(p), "DTD") for part in full()),
    refused("dtd-short", "E003", lambda: sheet("<!DOCTYPE x>" + good_sheet()), "DTD"),
    refused("dtd-system", "E003", lambda: sheet('<!DOCTYPE x SYSTEM "http://127.0.0.1/x">' + good_sheet()), "DTD"),
    refused("dtd-after-comments", "E003", lambda: before_root("docProps/app.xml", "<!--a--> <?b c?>\r\n" + DTD), "DTD"),
    refused(
        "dtd-after-a-long-comment", "E003", lambda: before_root("docProps/app.xml", f"<!--{'a' * 99_000}-->" + DTD)
    ),
    refused("dtd-in-utf16-part", "E003", lambda: book.with_part("a.xml", (DTD + "<a/>").encode("utf-16")), "DTD"),
    refused("dtd-in-utf16-be", "E003", lambda: book.with_part("a.xml", (DTD + "<a/>").encode("utf-16-be")), "DTD"),
    refused("dtd-in-utf16-le", "E003", lambda: book.with_part("a.xml", (DTD + "<a/>").encode("utf-16-le")), "DTD"),
    refused("dtd-in-utf32", "E003", lambda: book.with_part("a.xml", (DTD + "<a/>").encode("utf-32"))),
    refused("dtd-in-utf7", "E003", lambda: book.with_part("a.xml", b"+ADw-!DOCTYPE x+AD4-<a/>")),
    refused("dtd-after-bom", "E003", lambda: book.with_part("a.xml", codecs.BOM_UTF8 + DTD.encode() + b"<a/>"), "DTD"),
    refused("dtd-in-an-upper-case-part", "E003", lambda: book.with_part("A.XML", DTD + "<a/>"), "DTD"),
    refused("dtd-in-a-sheet-of-odd-name", "E003", lambda: _odd_name(DTD + good_sheet()), "DTD"),
    refused("billion-laughs", "E003", lambda: entity('<!ENTITY a "lol">' + LAUGHS, "&i;"), "DTD"),
    refused("quadratic-blow-up", "E003", lambda: entity(f'<!ENTITY a "{"a" * 50_000}">', "&a;" * 5_000), "DTD"),
    refused("external-entity", "E003", lambda: entity('<!ENTITY a SYSTEM "file:///etc/passwd">'), "DTD"),
    refused("external-entity-http", "E003", lambda: entity('<!ENTITY a SYSTEM "http://127.0.0.1:9/x">'), "DTD"),
    refused("parameter-entity", "E003", lambda: entity('<!ENTITY % a SYSTEM "file:///dev/random"> %a;', "x"), "DTD"),
    refused("undefined-entity", "E003", lambda: sheet(good_sheet().replace(">张三<", ">&who;<"))),
]

BROKEN = [
    refused("xml-cut", "E003", lambda: sheet(good_sheet()[:400]), "XML"),
    refused("xml-tags-crossed", "E003", lambda: sheet(good_sheet().replace("</is></c>", "</c></is>"))),
    refused("xml-attribute-twice", "E003", lambda: sheet(good_sheet().replace('r="A2"', 'r="A2" r="A2"'))),
    refused("xml-two-roots", "E003", lambda: sheet(good_sheet() + "<worksheet/>")),
    refused("xml-junk-after", "E003", lambda: sheet(good_sheet() + "\0\0\0")),
    refused("xml-junk-before", "E003", lambda: sheet("\n\nxx" + good_sheet())),
    refused("sheet-empty", "E003", lambda: sheet("")),
    refused("sheet-is-text", "E003", lambda: sheet("姓名,证件号码")),
    refused("sheet-is-binary", "E003", lambda: sheet(bytes(range(256)))),
    refused("content-types-broken", "E003", lambda: book.with_part("[Content_Types].xml", "<Types>")),
    refused("rels-broken", "E003", lambda: book.with_part("_rels/.rels", "<Relationships>")),
    refused("workbook-broken", "E003", lambda: book.with_part("xl/workbook.xml", "<workbook>")),
    refused("unread-part-is-no-xml", "E003", lambda: book.with_part("xl/theme/theme1.xml", b"\x00\x01\x02\x03")),
    refused("raw-0x01", "E003", lambda: with_bytes(b"\x01")),
    refused("raw-nul", "E003", lambda: with_bytes(b"\x00")),
    refused("character-reference-1", "E003", lambda: with_bytes(b"&#1;")),
    refused("character-reference-0", "E003", lambda: with_bytes(b"&#x0;")),
    refused("character-reference-surrogate", "E003", lambda: with_bytes(b"&#xD800;")),
    refused("utf8-invalid", "E003", lambda: with_bytes(b"\xff\xfe")),
    refused("utf8-cut", "E003", lambda: with_bytes("张".encode()[:2])),
    refused("utf8-overlong", "E003", lambda: with_bytes(b"\xc0\xbc")),
    refused("utf8-surrogate", "E003", lambda: with_bytes(b"\xed\xa0\x80")),
    refused("utf8-noncharacter", "E003", lambda: with_bytes("\ufffe".encode())),
    *(
        refused(f"encoding-{name}", "E003", lambda n=name: encoded(n), "XML")
        for name in ("gb18030", "gb2312", "big5", "utf-7", "utf-32", "cp500", "shift_jis")
    ),
    refused("encoding-unknown", "E003", lambda: encoded("utf-8", "x-no-such")),
    refused("encoding-latin-1", "E003", lambda: encoded("utf-8", "iso-8859-1"), "编码"),
    refused("encoding-utf16-declared-only", "E003", lambda: encoded("utf-8", "UTF-16")),
    refused("encoding-utf16-without-mark", "E003", lambda: encoded("utf-16-le", "UTF-8")),
    refused("depth-100000", "E004", lambda: sheet("<a>" * 100_000 + "</a>" * 100_000), "层"),
    refused("depth-in-strings", "E004", lambda: _strings("<si>" + "<t>" * 100 + "</t>" * 100 + "</si>"), "层"),
    refused("attribute-of-32-mib", "E004", lambda: sheet(f'<worksheet a="{noise(30_000) * 1_100}"/>'), "KB"),
    refused("tag-of-2-mib", "E004", lambda: sheet(f"<{'w' * 2**21}/>"), "KB"),
    refused("comment-of-8-mib", "E004", lambda: sheet(good_sheet() + f"<!--{'x' * 2**23}-->"), "KB"),
    refused("a-million-attributes", "E004", lambda: sheet(f"<w {_attributes(10**6)}/>"), "KB"),
]

READ = [
    passes("full", lambda: packages.pack(full())),
    passes("utf8-mark", lambda: sheet(codecs.BOM_UTF8 + (HEAD + good_sheet()).encode())),
    passes("utf16-sheet", lambda: encoded("utf-16", "UTF-16")),
    passes("utf16-be-sheet", lambda: encoded("utf-16-be", "UTF-16", codecs.BOM_UTF16_BE)),
    passes("us-ascii-declared", lambda: sheet('<?xml version="1.0" encoding="US-ASCII"?>' + _ascii(good_sheet()))),
    passes("no-declaration", lambda: sheet(good_sheet())),
    passes("doctype-in-a-comment", lambda: sheet("<!-- <!DOCTYPE x> -->" + good_sheet())),
    passes("doctype-in-a-text", lambda: book.with_person(A="<!DOCTYPE x>")),
    passes("cdata", lambda: sheet(good_sheet().replace(">张三<", "><![CDATA[张三]]><"))),
    passes("character-references", lambda: sheet(good_sheet().replace("张三", "&#24352;&#x4e09;"))),
    passes("processing-instruction", lambda: sheet("<?php system('id') ?>" + good_sheet())),
    passes("xinclude", lambda: _xinclude()),
    passes(
        "schema-location", lambda: sheet(good_sheet().replace("<worksheet ", '<worksheet schemaLocation="http://x" '))
    ),
    passes("vml-that-is-no-xml", lambda: book.with_part("xl/drawings/vmlDrawing1.vml", "<xml><br><p></xml>")),
    passes(
        "unknown-elements", lambda: sheet(good_sheet().replace("<sheetData>", "<new><thing a='1'/></new><sheetData>"))
    ),
    passes(
        "deep-but-sane", lambda: sheet(good_sheet().replace("<sheetData>", "<a>" * 50 + "</a>" * 50 + "<sheetData>"))
    ),
]


def _attributes(count: int) -> str:
    return " ".join(f'a{number}=""' for number in range(count))


def _ascii(xml: str) -> str:
    return xml.encode("ascii", "xmlcharrefreplace").decode()


def _odd_name(content: str) -> bytes:
    """The sheet in a part whose name does not say XML."""
    made = book.parts()
    rels = made["xl/_rels/workbook.xml.rels"]
    assert isinstance(rels, str)
    made["xl/_rels/workbook.xml.rels"] = rels.replace("sheet1.xml", "sheet1.dat")
    del made[packages.SHEET]
    return packages.pack({**made, "xl/worksheets/sheet1.dat": content})


def _strings(items: str) -> bytes:
    return packages.pack(book.parts(strings=items))


def _xinclude() -> bytes:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    return sheet(good_sheet().replace("<sheetData>", include + "<sheetData>"))


CASES: list[Case] = DTDS + BROKEN + READ
