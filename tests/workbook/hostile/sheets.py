"""Sheets that lie about their size, and cells that are where no cell can be."""

from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.book import row, text_cell, with_cell
from tests.workbook.hostile.case import Case, faulty, passes, refused

ADDRESS = "家庭住址"
BASE_STYLES = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'


def far(reference: str) -> bytes:
    """A stray cell far away."""
    number = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return book.good(f'<row r="{number}"><c r="{reference}"><v>1</v></c></row>')


def with_dimension(reference: str) -> bytes:
    return book.good(before=f'<dimension ref="{reference}"/>')


def third(attributes: str, cells: str = "") -> bytes:
    """A third row written as told."""
    return book.good(f"<row {attributes}>{cells}</row>")


def columns(count: int) -> bytes:
    """The header, then extra columns up to so many, each with a header cell."""
    header = "".join(text_cell(f"{book.LETTERS[place]}1", text) for place, text in enumerate(book.HEADER))
    extra = "".join(
        f'<c t="inlineStr"><is><t>列{number}</t></is></c>' for number in range(len(book.HEADER) + 1, count + 1)
    )
    rows = f'<row r="1">{header}{extra}</row>' + row(2, book.PERSON)
    return packages.pack(book.parts(sheet=packages.sheet(rows)))


def with_address(text: str) -> bytes:
    """The person with an address of any length."""
    header = row(1, (*book.HEADER, ADDRESS))
    return packages.pack(book.parts(sheet=packages.sheet(header + row(2, (*book.PERSON, text)))))


def shared(index: str, strings: str = "<si><t>5000</t></si>") -> bytes:
    return with_cell(f'<c r="D2" t="s"><v>{index}</v></c>', strings=strings)


def counted(count: str) -> bytes:
    """The shared strings saying that they are so many."""
    made = book.parts(strings="<si><t>5000</t></si>")
    text = made["xl/sharedStrings.xml"]
    assert isinstance(text, str)
    made["xl/sharedStrings.xml"] = text.replace("4294967295", count)
    return packages.pack(made)


def sheets(count: int) -> bytes:
    """So many sheets, all of them the one part."""
    book_xml = packages.parts()["xl/workbook.xml"]
    one = '<sheet name="名单" sheetId="1" r:id="rId1"/>'
    more = "".join(f'<sheet name="空{number}" sheetId="{number}" r:id="rId9"/>' for number in range(2, count + 1))
    made = book.parts()
    made["xl/workbook.xml"] = book_xml.replace(one, one + more)
    rels = str(made["xl/_rels/workbook.xml.rels"])
    empty = rels[rels.index("<Relationship Id") : rels.index("/>") + 2]
    empty = empty.replace("rId1", "rId9").replace("sheet1", "sheet2")
    made["xl/_rels/workbook.xml.rels"] = rels.replace("</Relationships>", f"{empty}</Relationships>")
    made["xl/worksheets/sheet2.xml"] = packages.sheet("")
    return packages.pack(made)


def workbook_xml(old: str, new: str) -> bytes:
    made = book.parts()
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace(old, new)
    return packages.pack(made)


WILD = (
    "A0",
    "A1048577",
    "XFE2",
    "AAAA2",
    "2D",
    "",
    "D-2",
    "$D$2",
    "D2:E3",
    "R2C4",
    "D2147483648",
    "d2",
    "Ｄ2",
    "ZZZZZZZZ9999999999",
)

LIES = [
    *(
        passes(f"dimension-{reference.replace(':', '-') or 'empty'}", lambda r=reference: with_dimension(r))
        for reference in ("A1:A1", "A0:H4", "A1:XFD1048576", "", "junk", "E2:A1", "A1:ZZZ99999999999999999999")
    ),
    *(passes(f"unique-count-{count}", lambda c=count: counted(c)) for count in ("4294967295", "0", "-1", "1e9", "x")),
    passes("stray-XFD1048576", lambda: far("XFD1048576"), "W812"),
    faulty("stray-A1048576", lambda: far("A1048576"), "E1048576 E101"),
    passes("spans-lie", lambda: book.good('<row r="3" spans="1:16384"/>')),
    passes("rows-without-numbers", lambda: packages.pack(book.parts(sheet=_bare()))),
    passes("empty-row-number-max", lambda: third('r="1048576"')),
    passes(
        "hidden-column-to-the-end", lambda: book.good(before='<cols><col min="9" max="4294967295" hidden="1"/></cols>')
    ),
    passes("column-min-is-text", lambda: book.good(before='<cols><col min="x" max="" hidden="1"/></cols>')),
    faulty("merged-all", lambda: book.good(after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'), "E114"),
    passes("filter-everything", lambda: book.good(after='<autoFilter ref="A1:XFD1048576"/>')),
    passes("255-sheets", lambda: sheets(255)),
    refused("256-sheets", "E004", lambda: sheets(256), "255"),
    passes("20-columns", lambda: columns(20), "W812"),
    passes("256-columns", lambda: columns(256), "W812"),
    refused("257-columns", "E004", lambda: columns(257), "256 列"),
    refused("16384-columns", "E004", lambda: columns(16_384), "256 列"),
]

PLACES = [
    *(
        refused(f"cell-at-{number:02d}-{'wild'}", "E003", lambda r=reference: with_cell(f'<c r="{r}"><v>1</v></c>'))
        for number, reference in enumerate(WILD)
    ),
    *(
        refused(f"row-{number or 'empty'}", "E003", lambda n=number: third(f'r="{n}"', "<c><v>1</v></c>"))
        for number in ("0", "-1", "1048577", "4294967299", "1.5", "x", "３", "1e3")
    ),
    refused("row-twice", "E003", lambda: book.good(row(2, book.PERSON)), "两次"),
    refused("cell-twice", "E003", lambda: with_cell('<c r="D2"><v>1</v></c><c r="D2"><v>2</v></c>')),
    refused("cell-of-another-row", "E003", lambda: with_cell('<c r="D3"><v>1</v></c>')),
    refused("cell-in-cell", "E003", lambda: with_cell('<c r="D2"><c r="D2"><v>1</v></c></c>')),
    refused("cell-outside-rows", "E003", lambda: book.good('<c r="A3"><v>1</v></c>')),
    refused("row-in-row", "E003", lambda: book.good('<row r="3"><row r="4"/></row>')),
    refused("shared-index-too-big", "E003", lambda: shared("1"), "编号"),
    refused("shared-index-negative", "E003", lambda: shared("-1"), "编号"),
    refused("shared-index-huge", "E003", lambda: shared("9" * 5_000), "编号"),
    refused("shared-index-a-word", "E003", lambda: shared("abc"), "编号"),
    refused("shared-index-fraction", "E003", lambda: shared("0.5"), "编号"),
    refused("shared-without-strings", "E003", lambda: shared("0", strings=""), "编号"),
    passes("cells-out-of-order", lambda: packages.pack(book.parts(sheet=_backwards()))),
    passes("rows-out-of-order", lambda: packages.pack(book.parts(sheet=_upside_down()))),
    passes("shared-string", lambda: shared("0")),
    passes("style-out-of-range", lambda: with_cell('<c r="D2" s="4294967295"><v>5000</v></c>', styles=BASE_STYLES)),
    passes("style-negative", lambda: with_cell('<c r="D2" s="-1"><v>5000</v></c>', styles=BASE_STYLES)),
    faulty("type-unknown", lambda: with_cell('<c r="D2" t="zz"><v>x</v></c>'), "E107"),
    faulty("type-bool", lambda: with_cell('<c r="D2" t="b"><v>1</v></c>'), "E107"),
    faulty("type-error", lambda: with_cell('<c r="D2" t="e"><v>#REF!</v></c>'), "E110"),
    faulty("type-date", lambda: with_cell('<c r="D2" t="d"><v>2025-07-01</v></c>'), "E107"),
    faulty("no-value", lambda: with_cell('<c r="D2"/>'), "E101"),
]

STRINGS = [
    faulty("text-of-32767", lambda: with_address("长" * 32_767), "E102"),
    refused("text-of-32768", "E004", lambda: with_address("长" * 32_768), "32,767"),
    refused("text-of-1000000", "E004", lambda: with_address("长" * 1_000_000), "32,767"),
    faulty("shared-text-of-32767", lambda: shared("0", f"<si><t>{'长' * 32_767}</t></si>"), "E107"),
    refused("shared-text-of-32768", "E004", lambda: shared("0", f"<si><t>{'长' * 32_768}</t></si>"), "32,767"),
    refused("shared-text-in-runs", "E004", lambda: shared("0", f"<si>{'<r><t>长长</t></r>' * 20_000}</si>"), "32,767"),
    refused("number-of-1000000-digits", "E004", lambda: with_cell(f'<c r="D2"><v>{"1" * 1_000_000}</v></c>')),
    faulty("name-of-121", lambda: book.with_person(A="长" * 121), "E102"),
    faulty("name-with-500-marks", lambda: book.with_person(A="张" + "\u0301" * 500), "E102"),
    passes("formula-of-100000", lambda: with_cell(f'<c r="D2"><f>{"1+" * 50_000}1</f><v>5000</v></c>'), "W814"),
    refused("formula-of-2-mib-in-a-tag", "E004", lambda: with_cell(f'<c r="D2" x="{"1" * 2**21}"/>')),
]

BOOKS = [
    passes("sheet-name-hostile", lambda: workbook_xml("名单", "../../&lt;b&gt;&#x202e;名&#10;单" + "x" * 500)),
    passes("sheet-name-empty", lambda: workbook_xml('name="名单"', 'name=""')),
    passes(
        "two-sheets-of-one-name",
        lambda: workbook_xml("</sheets>", '<sheet name="名单" sheetId="1" r:id="x"/></sheets>'),
    ),
    faulty("sheet-without-relation", lambda: workbook_xml('r:id="rId1"', 'r:id="rId77"'), "E012"),
    faulty("no-sheets", lambda: workbook_xml('<sheet name="名单" sheetId="1" r:id="rId1"/>', ""), "E012"),
    faulty("very-hidden-only", lambda: workbook_xml("sheetId", 'state="veryHidden" sheetId'), "E012"),
    passes("state-unknown", lambda: workbook_xml("sheetId", 'state="visible" sheetId')),
    passes("password-on-sheet", lambda: book.good(after='<sheetProtection password="CC1A" sheet="1"/>')),
    faulty("no-rows", lambda: packages.pack(book.parts(sheet=packages.sheet(""))), "E012"),
    faulty("header-only", lambda: packages.pack(book.parts(sheet=packages.sheet(row(1, book.HEADER)))), "E013"),
]


def _bare() -> str:
    """Neither rows nor cells say where they are."""
    plain = packages.sheet(book.rows())
    for number in (1, 2):
        plain = plain.replace(f'<row r="{number}">', "<row>")
        for letter in book.LETTERS:
            plain = plain.replace(f'<c r="{letter}{number}"', "<c")
    return plain


def _backwards() -> str:
    cells = [text_cell(f"{letter}2", text) for letter, text in zip(book.LETTERS, book.PERSON, strict=False)]
    return packages.sheet(row(1, book.HEADER) + f'<row r="2">{"".join(reversed(cells))}</row>')


def _upside_down() -> str:
    return packages.sheet(row(2, book.PERSON) + row(1, book.HEADER))


CASES: list[Case] = LIES + PLACES + STRINGS + BOOKS
