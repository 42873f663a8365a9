"""Little files that become big: each must be refused, or read, within ten seconds and 600 MB."""

import random

from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.book import noise
from tests.workbook.hostile.case import Case, faulty, heavy, passes, refused
from tests.workbook.hostile.rawzip import Entry, build, deflate, entries, quoted, repeated

MB = 2**20
OPEN, CLOSE = (part.encode() for part in packages.sheet(book.rows() + "|").split("|"))


def named(name: str, entry: Entry) -> Entry:
    entry.name = name
    return entry


def with_entries(*more: Entry, without: str = "") -> bytes:
    return build([entry for entry in entries(book.parts()) if entry.name != without] + list(more))


def big_sheet(block: bytes, times: int) -> bytes:
    """The good sheet with a block of rows so many times."""
    return with_entries(named(packages.SHEET, repeated(OPEN, block, times, CLOSE)), without=packages.SHEET)


def digits(cells: int, columns: int, seed: int = 7) -> bytes:
    """Rows of small numbers, hard enough to pack to stay below the ratio."""
    dice = random.Random(seed)
    rows = []
    for _ in range(cells // columns):
        rows.append("<row>" + "".join(f"<c><v>{dice.randrange(10**4)}</v></c>" for _ in range(columns)) + "</row>")
    return "".join(rows).encode()


def blank_rows(first: int, last: int, xml: str) -> bytes:
    """Rows that hold nothing, each saying its number."""
    return packages.pack(
        book.parts(sheet=packages.sheet(book.rows(*(xml.format(row=row) for row in range(first, last)))))
    )


def lying_about_its_size() -> bytes:
    """A gigabyte that says it is a kilobyte, in both places."""
    entry = named(packages.SHEET, repeated(OPEN, bytes(MB), 1000, CLOSE))
    for header in (entry.local, entry.central):
        header["size"] = 1000
    return with_entries(entry, without=packages.SHEET)


def many_parts(count: int, size: int) -> bytes:
    packed = deflate(bytes(size))
    one = Entry("", bytes(size), packed=packed)
    return with_entries(*(Entry(f"xl/media/{number}.bin", one.data, packed=packed) for number in range(count)))


def nested(depth: int) -> bytes:
    """A workbook that holds a workbook that holds ... a gigabyte."""
    data = with_entries(named("xl/media/a.bin", repeated(b"", bytes(MB), 1000, b"")))
    for _ in range(depth):
        data = packages.pack({**book.parts(), "xl/embeddings/inner.xlsx": data})
    return data


def strings(count: int, text: str) -> bytes:
    item = f"<si><t>{text}</t></si>".encode()
    made = named("xl/sharedStrings.xml", repeated(b"<sst>", item, count, b"</sst>"))
    return build([*entries(book.parts()), made])


def one_string_everywhere() -> bytes:
    """A name of 32,000 characters, written once and meant 150,000 times."""
    head, cell = book.row(1, book.HEADER), b'<row><c t="s"><v>0</v></c></row>'
    parts = book.parts(strings=f"<si><t>{noise(32_000)}</t></si>")
    made = named(packages.SHEET, repeated(packages.sheet(head + "|").split("|")[0].encode(), cell * 1_000, 150, CLOSE))
    return build([entry for entry in entries(parts) if entry.name != packages.SHEET] + [made])


def long_words(rows: int) -> bytes:
    """A word that is no label, thirty thousand letters long, in every row."""
    head = book.row(1, book.HEADER)
    cells = "".join(f'<row r="{row}"><c r="B{row}" t="s"><v>0</v></c></row>' for row in range(2, rows + 2))
    made = book.parts(strings=f"<si><t>{noise(30_000)}</t></si>")
    return packages.pack(made | {packages.SHEET: packages.sheet(head + cells)})


CASES: list[Case] = list(
    heavy(
        [
            refused("bomb-flat", "E004", lambda: with_entries(named("a.bin", repeated(b"", bytes(MB), 1000, b"")))),
            refused("bomb-sheet-of-zeros", "E004", lambda: big_sheet(bytes(MB), 299), "200 倍"),
            refused("bomb-lying-about-its-size", "E003", lying_about_its_size, "比它自己说的大"),
            refused("bomb-many-parts", "E004", lambda: many_parts(1_900, 200_000), "300 MB"),
            refused("bomb-quoted-overlap", "E003", lambda: quoted(bytes(8 * MB), entries(book.parts()), 40), "重叠"),
            refused("bomb-nested-inside", "E004", lambda: nested(0), "300 MB"),
            passes("bomb-nested-deep-is-not-opened", lambda: nested(3)),
            refused("bomb-sheet-over-300-mb", "E004", lambda: big_sheet(digits(60_000, 20), 330), "300 MB"),
            refused("bomb-sheet-of-290-mb", "E004", lambda: big_sheet(digits(60_000, 20), 270), "5,000,000"),
            refused("bomb-cells", "E004", lambda: big_sheet(digits(52_000, 260 - 8), 100), "5,000,000"),
            refused("bomb-rows", "E004", lambda: big_sheet(digits(2_001, 1), 100), "200,000 行"),
            refused("bomb-strings", "E004", lambda: strings(3_200, noise(1_000) * 32), "100,000,000"),
            refused("bomb-empty-strings", "E004", lambda: strings(17_000_000, "")),
            passes("bomb-million-empty-rows", lambda: blank_rows(3, 1_000_003, '<row r="{row}"/>')),
            passes(
                "bomb-million-formatted-rows",
                lambda: blank_rows(3, 1_000_003, '<row r="{row}"><c r="A{row}" s="1"/></row>'),
            ),
            refused("bomb-elements", "E004", lambda: big_sheet(b"<a/>" * 100_000, 170)),
            refused("bomb-one-long-string-in-every-row", "E004", one_string_everywhere, "100,000,000"),
            faulty("bomb-long-words-in-a-drop-down", lambda: long_words(3_000), "E104"),
            refused("bomb-endless-stdin", "E004", b"", "50 MB", file="-", stdin=True),
        ]
    )
)
