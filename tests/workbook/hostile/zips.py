"""Zips that contradict themselves, are cut short, or carry something before, between and after."""

import struct
import zlib

from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.case import Case, passes, refused
from tests.workbook.hostile.rawzip import Entry, build, entries

CUTS = 40
WIDE = 0xFFFFFFFF


def spoiled(part: str = packages.SHEET, **how: object) -> bytes:
    """The good workbook, one of its entries made otherwise: attributes of `Entry`, or {field: function of the truth}."""
    of = entries(book.parts())
    for entry in of:
        if entry.name == part:
            for name, value in how.items():
                setattr(entry, name, value)
    return build(of)


def wide(values: list[int]) -> bytes:
    """A zip64 extra field."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def zip64_sizes(lie: int = 0) -> bytes:
    """Sizes of the sheet in zip64 fields, as writers do that do not know them beforehand."""
    of = entries(book.parts())
    sheet = next(entry for entry in of if entry.name == packages.SHEET)
    sizes = [len(sheet.data) + lie, len(sheet.body())]
    for header in (sheet.local, sheet.central):
        header.update(packed=WIDE, size=WIDE)
    sheet.local_extra = sheet.central_extra = wide(sizes)
    return build(of)


def zip64_end(**record: int) -> bytes:
    """A directory found by the zip64 end record."""
    of = entries(book.parts())
    plain = build(of)
    end = plain.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<LL", plain, end + 12)
    told = {"count": len(of), "size": size, "start": start, "at": end} | record
    record64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, told["count"], told["count"], told["size"], told["start"]
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, told["at"], 1)
    return plain[:end] + record64 + locator + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, WIDE, WIDE, 0)


def descriptors(signature: bytes = b"PK\7\x08") -> bytes:
    """Sizes after the data (bit 3), as streaming writers leave them."""
    of = entries(book.parts())
    for entry in of:
        entry.flags = 8
        entry.after = signature + struct.pack("<3L", zlib.crc32(entry.data), len(entry.body()), len(entry.data))
        entry.local = {"crc": 0, "packed": 0, "size": 0}
    return build(of)


def twice(name: str, other: str, flags: int = 0) -> bytes:
    return build([*entries(book.parts()), *(Entry(each, b"<a/>", flags=flags) for each in (name, other))])


def overlapping() -> bytes:
    """A part whose packed bytes reach into the next part, its directory entry being right about them."""
    of = [*entries(book.parts()), Entry("a.bin", b"a" * 50, 0), Entry("b.bin", b"b" * 50, 0)]
    body = b"a" * 50 + build([Entry("b.bin", b"b" * 50, 0)])[: 30 + 5 + 50]
    of[-2].local = of[-2].central = {"size": len(body), "packed": len(body), "crc": zlib.crc32(body)}
    return build(of)


def same_bytes() -> bytes:
    """Two directory entries of one name that point at one part."""
    of = entries(book.parts())
    plain = build([*of, Entry(packages.SHEET, of[-1].data)])
    first = plain.index(b"PK\3\4", 0) if of[0].name == packages.SHEET else plain.index(packages.SHEET.encode()) - 30
    return packages.directory_field(plain, packages.SHEET, 42, "<L", first)


def flipped(part: str) -> bytes:
    """One byte of the packed data of a part changed."""
    data = bytearray(book.good())
    place = data.index(part.encode()) + len(part) + 20
    data[place] ^= 0xFF
    return bytes(data)


def with_xml(content: bytes, **how: object) -> bytes:
    """A sheet whose bytes and whose headers say different things."""
    return spoiled(data=content, **how)


PARTS = book.parts()
LONG = b"PK\5\6" + bytes(18)

LIES = [
    refused("size-too-small", "E003", lambda: spoiled(local={"size": 10}, central={"size": 10}), "比它自己说的大"),
    refused("size-too-large", "E003", lambda: spoiled(local={"size": 99_999}, central={"size": 99_999})),
    refused("size-zero", "E003", lambda: spoiled(local={"size": 0}, central={"size": 0})),
    refused("crc-wrong", "E003", lambda: spoiled(local={"crc": 1}, central={"crc": 1}), "校验和"),
    refused("crc-wrong-in-directory", "E003", lambda: spoiled(central={"crc": 1})),
    refused("crc-wrong-in-header", "E003", lambda: spoiled(local={"crc": 1})),
    refused("size-wrong-in-header", "E003", lambda: spoiled(local={"size": 1})),
    refused("size-wrong-in-directory", "E003", lambda: spoiled(central={"size": 1})),
    refused("packed-beyond-the-file", "E003", lambda: spoiled(local={"packed": 10**9}, central={"packed": 10**9})),
    refused("packed-too-small", "E003", lambda: spoiled(local={"packed": 9}, central={"packed": 9})),
    refused("stored-sizes-differ", "E003", lambda: spoiled(method=0, local={"size": 9}, central={"size": 9})),
    refused("another-name-in-header", "E003", lambda: spoiled(local={"name": b"xl/worksheets/sheet9.xml"})),
    refused("another-method-in-header", "E003", lambda: spoiled(local={"method": 0})),
    refused("offset-elsewhere", "E003", lambda: spoiled(central={"offset": 7})),
    refused("offset-beyond", "E003", lambda: spoiled(central={"offset": 2**31})),
    refused("encrypted", "E002", lambda: spoiled(flags=1), "密码"),
    refused("encrypted-in-directory", "E002", lambda: spoiled(central={"flags": 1})),
    refused("encrypted-in-header", "E003", lambda: spoiled(local={"flags": 1})),
    refused("strongly-encrypted", "E002", lambda: spoiled(flags=0x41)),
    refused("masked-headers", "E002", lambda: spoiled(flags=0x2000)),
    *(refused(f"method-{method}", "E003", lambda m=method: spoiled(method=m)) for method in (1, 6, 9, 12, 14, 93, 99)),
    refused("deflate-garbage", "E003", lambda: spoiled(packed=b"\xff" * 200)),
    refused("deflate-never-ends", "E003", lambda: spoiled(packed=b"\0\1\0\xfe\xffx" * 40)),
    refused("deflate-then-junk", "E003", lambda: spoiled(packed=b"\3\0" + b"junk" * 50)),
    refused("empty-deflate", "E003", lambda: spoiled(packed=b"")),
    refused("byte-flipped", "E003", lambda: flipped(packages.SHEET)),
    refused("name-not-utf8", "E003", lambda: spoiled(flags=0x800, local={"name": b"\xff"}, central={"name": b"\xff"})),
    refused("same-name-twice", "E003", lambda: twice("xl/a.xml", "xl/a.xml"), "同名"),
    refused("sheet-twice", "E003", lambda: twice(packages.SHEET, "xl/b.xml"), "同名"),
    refused("same-name-in-other-case", "E003", lambda: twice("xl/a.xml", "XL/A.xml"), "同名"),
    refused("same-name-folded", "E003", lambda: twice("xl/straße.xml", "xl/STRASSE.xml", flags=0x800), "同名"),
    refused("one-part-under-two-entries", "E003", same_bytes),
    refused("overlap", "E003", overlapping, "重叠"),
    refused("more-entries-than-told", "E003", lambda: build(entries(PARTS), count=4, here=4)),
    refused("fewer-entries-than-told", "E003", lambda: build(entries(PARTS), count=9, here=9)),
    refused("entries-here-differ", "E003", lambda: build(entries(PARTS), here=1)),
    refused("second-disk", "E003", lambda: build(entries(PARTS), disk=1)),
    refused("directory-size-wrong", "E003", lambda: build(entries(PARTS), size=10)),
    refused("directory-start-wrong", "E003", lambda: build(entries(PARTS), start=10)),
    refused("gap-before-end-record", "E003", lambda: build(entries(PARTS), size=1, start=1)),
    refused("zip64-count-wrong", "E003", lambda: zip64_end(count=3)),
    refused("zip64-record-elsewhere", "E003", lambda: zip64_end(at=0)),
    refused("zip64-record-beyond", "E003", lambda: zip64_end(at=2**60)),
    refused("zip64-start-wrong", "E003", lambda: zip64_end(start=2**40)),
    refused("zip64-million-entries", "E004", lambda: zip64_end(count=10**6), "1000000 个"),
    refused("zip64-size-wrong", "E003", lambda: zip64_sizes(lie=5)),
    refused("zip64-size-huge", "E004", lambda: zip64_sizes(lie=2**40), "300 MB"),
    refused("zip64-field-missing", "E003", lambda: spoiled(central={"size": WIDE}, local={"size": WIDE})),
    refused(
        "zip64-field-cut",
        "E003",
        lambda: spoiled(central={"size": WIDE}, local={"size": WIDE}, central_extra=struct.pack("<HHL", 1, 8, 5)),
    ),
    refused("text-before", "E001", lambda: build(entries(PARTS), prefix=b"hello\n")),
    refused("part-before", "E003", lambda: book.good()[:100] + book.good()),
    refused("two-workbooks-in-one-file", "E003", lambda: book.good() + book.good()),
    refused("gap-before-the-directory", "E003", lambda: _gap()),
    refused("end-record-in-the-comment", "E003", lambda: build(entries(PARTS), comment=LONG)),
    refused("no-end-record", "E003", lambda: build(entries(PARTS))[:-22]),
    refused("end-record-too-far-back", "E003", lambda: build(entries(PARTS), suffix=bytes(70_000))),
    refused("zeros-at-the-end", "E003", lambda: book.good()[:700] + bytes(len(book.good()) - 700)),
    refused("twenty-thousand-entries", "E004", lambda: build(entries(PARTS | {f"a/{n}": "" for n in range(20_000)}))),
    refused("two-thousand-and-one", "E004", lambda: build(entries(PARTS | {f"a/{n}": "" for n in range(1_996)}))),
]


def _gap() -> bytes:
    """Bytes between the directory and the end record: other readers shift all offsets by them."""
    plain = build(entries(PARTS))
    end = plain.rindex(b"PK\5\6")
    return plain[:end] + bytes(16) + plain[end:]


READ = [
    passes("sizes-after-the-data", descriptors),
    passes("sizes-after-the-data-unsigned", lambda: descriptors(b"")),
    passes("zip64-sizes", zip64_sizes),
    passes("zip64-end-record", zip64_end),
    passes("zip-comment", lambda: build(entries(PARTS), comment="备注".encode())),
    passes("bytes-after-the-end", lambda: build(entries(PARTS), suffix=b"\r\n" * 10)),
    passes("bytes-between-parts-and-directory", lambda: build(entries(PARTS), gap=bytes(100))),
    passes("bytes-between-parts", lambda: spoiled(after=b"forgotten" * 9)),
    passes("other-extra-fields", lambda: spoiled(local_extra=b"UT\5\0\3abcd", central_extra=b"UT\5\0\3abcd")),
    passes("part-name-in-gbk", lambda: build([*entries(PARTS), Entry("x", b"x", local=_GBK, central=_GBK)])),
    passes("two-thousand-entries", lambda: build(entries(PARTS | {f"a/{n}": "" for n in range(1_995)}))),
    passes("deflate-in-many-blocks", lambda: spoiled(packed=_blocks(packages.SHEET))),
]
_GBK: dict[str, object] = {"name": "附件.txt".encode("gbk")}


def _blocks(part: str) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = PARTS[part]
    assert isinstance(data, str)
    pieces = [packer.compress(bytes((byte,))) + packer.flush(zlib.Z_FULL_FLUSH) for byte in data.encode()]
    return b"".join(pieces) + packer.flush()


def cut(number: int) -> bytes:
    whole = book.good()
    return whole[: max(4, len(whole) * number // (CUTS + 1))]


CUT = [
    refused(f"cut-{number:02d}-of-{CUTS}", "E003", lambda n=number: cut(n), "没有传完整")
    for number in range(1, CUTS + 1)
]

CASES: list[Case] = LIES + READ + CUT
