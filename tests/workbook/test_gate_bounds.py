"""The gate at its bounds, one byte to either side, and on every field of a zip."""

import hashlib
import os
import re
import struct
import zlib
from pathlib import Path

import pytest

from gjj_cli.errors import FileError
from gjj_cli.workbook import gate
from gjj_cli.workbook.gate import Package
from tests.workbook import packages
from tests.workbook.hostile import book, kinds, zips
from tests.workbook.hostile.case import Case
from tests.workbook.hostile.rawzip import Entry, build, deflate, entries, local_header

NAME = "开户.xlsx"
# Sentences are Chinese; these are the words of other languages that a clerk knows.
LATIN = {"xlsx", "xls", "xlsb", "csv", "ods", "Excel", "WPS", "PDF", "HTML", "XML", "DTD", "MB"}
LATIN |= {"Word", "PowerPoint", "OpenDocument", "CSV"}
WIDE = 0xFFFFFFFF


def checked(data: bytes, name: str = NAME) -> Package:
    """Through the gate, and every part inflated."""
    package = gate.package(data, name)
    for part in package.parts:
        package.read(part)
    return package


def refused(data: bytes, code: str, says: str = "", name: str = NAME) -> FileError:
    with pytest.raises(FileError) as caught:
        checked(data, name)
    return judged(caught.value, code, says, name)


def judged(error: FileError, code: str, says: str = "", name: str = NAME) -> FileError:
    whole = error.what + "".join(error.remedies)
    assert (error.code, says in whole) == (code, True), error
    assert name in error.what
    assert set(re.findall("[A-Za-z]+", whole.replace(name, ""))) <= LATIN, error
    assert error.remedies
    assert all(line.startswith("改：") and line.endswith("。") for line in error.remedies)
    return error


LATER = ("no-workbook-part", "workbook-part-missing", "sheet-missing")  # for the reader to refuse
CORPUS = [case for case in (*kinds.RENAMED, *zips.CASES, *kinds.READ) if case.file == NAME and case.id not in LATER]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.id)
def test_the_corpus_of_zips(case: Case) -> None:
    if case.code is None:
        assert packages.SHEET in checked(case.build())
    else:
        error = refused(case.build(), case.code)
        assert all(word in error.what + "".join(error.remedies) for word in case.says.split())


@pytest.mark.parametrize("case", kinds.MACROS[:5], ids=lambda case: case.id)
def test_macros_by_the_names_of_parts(case: Case) -> None:
    refused(case.build(), "E006", "宏")


# --- bounds ----------------------------------------------------------------------------------------------------


def test_the_bounds_are_those_of_the_contract() -> None:
    assert (gate.FILE_MAX, gate.INFLATED_MAX, gate.PARTS_MAX) == (52_428_800, 314_572_800, 2_000)
    assert (gate.RATIO_MAX, gate.RATIO_FROM, gate.CHUNK) == (200, 10_485_760, 65_536)


def test_fifty_megabytes_and_one_byte(tmp_path: Path) -> None:
    gate.check_size(bytes(gate.FILE_MAX), NAME)
    with pytest.raises(FileError) as caught:
        gate.check_size(bytes(gate.FILE_MAX + 1), NAME)
    judged(caught.value, "E004", "超过 50 MB")
    with pytest.raises(FileError, match="超过 50 MB"):
        gate.package(bytes(gate.FILE_MAX + 1), NAME)
    path = tmp_path / NAME
    for size in (gate.FILE_MAX, gate.FILE_MAX + 1):
        with path.open("wb") as file:
            file.truncate(size)
        if size == gate.FILE_MAX:
            assert len(gate.load(path)) == size
        else:
            with pytest.raises(FileError, match="超过 50 MB"):
                gate.load(path)


def declaring(size: int, packed: int) -> bytes:
    """A workbook with one more part, which says that it inflates to `size`."""
    lie: dict[str, object] = {"size": size}
    return build([*entries(book.parts()), Entry("a.bin", b"", packed=bytes(packed), local=lie, central=dict(lie))])


def test_three_hundred_megabytes_and_one_byte() -> None:
    others = sum(len(part) for part in book.parts().values())
    ours = gate.INFLATED_MAX - sum(len(str(part).encode()) for part in book.parts().values())
    assert ours <= gate.INFLATED_MAX - others
    assert gate.package(declaring(ours, 2_000_000), NAME).parts["a.bin"].size == ours
    with pytest.raises(FileError) as caught:
        gate.package(declaring(ours + 1, 2_000_000), NAME)
    judged(caught.value, "E004", "300 MB")


@pytest.mark.parametrize(
    ("size", "packed", "passes"),
    [
        (10_485_760, 1, True),
        (10_485_761, 1, False),
        (200 * 60_000, 60_000, True),
        (200 * 60_000 + 1, 60_000, False),
        (200 * 60_000, 59_999, False),
        (5, 1, True),
    ],
)
def test_the_ratio(size: int, packed: int, passes: bool) -> None:
    if passes:
        assert gate.package(declaring(size, packed), NAME).parts["a.bin"].packed == packed
    else:
        with pytest.raises(FileError) as caught:
            gate.package(declaring(size, packed), NAME)
        judged(caught.value, "E004", "200 倍")


@pytest.mark.parametrize(("length", "passes"), [(0, True), (1, True), (0xFFFF, True), (0x10000, False)])
def test_the_end_record_is_looked_for_where_a_comment_lets_it_be(length: int, passes: bool) -> None:
    data = build(entries(book.parts()), suffix=b"c" * length)
    if passes:
        checked(data)
    else:
        refused(data, "E003", "没有传完整")


# --- the package -------------------------------------------------------------------------------------------------


def test_a_package_gives_its_parts_in_pieces() -> None:
    big = os.urandom(200_000) + bytes(200_000)
    for method in (0, 8):
        data = build([*entries(book.parts()), Entry("Big.BIN", big, method), Entry("none.bin", b"", method)])
        package = gate.package(data, NAME)
        pieces = list(package.stream("bIG.bin"))
        assert b"".join(pieces) == big == package.read("big.bin")
        assert max(map(len, pieces)) <= 65_536 and len(pieces) < 30
        assert package.read("none.bin") == b""
        assert (package.name, package.data) == (NAME, data)
        assert package.sha256 == hashlib.sha256(data).hexdigest()
        assert "BIG.BIN" in package and "big" not in package
        with pytest.raises(KeyError):
            package.read("big")


@pytest.mark.parametrize(
    ("name", "flags", "found"),
    [("名单.bin", 0x800, "名单.bin"), ("é.bin", 0, b"\xc3\xa9.bin".decode("cp437").casefold())],
)
def test_names_are_utf8_or_as_dos_wrote_them(name: str, flags: int, found: str) -> None:
    assert found in checked(build([*entries(book.parts()), Entry(name, b"x", flags=flags)])).parts


@pytest.mark.parametrize(
    ("packed", "data", "says"),
    [
        (b"\0\2\0\xfd\xffab", b"ab", "已经损坏"),  # no last block
        (deflate(b"ab"), b"abc", "校验和"),  # too short
        (deflate(b"ab"), b"a", "比它自己说的大"),
        (deflate(b"ab"), b"ac", "校验和"),
        (b"\xff", b"ab", "已经损坏"),
        (b"", b"ab", "已经损坏"),
    ],
)
def test_a_part_that_does_not_inflate_to_what_is_declared(packed: bytes, data: bytes, says: str) -> None:
    package = gate.package(build([*entries(book.parts()), Entry("a.bin", data, packed=packed)]), NAME)
    with pytest.raises(FileError) as caught:
        package.read("a.bin")
    judged(caught.value, "E003", says)


# --- fields of a zip ---------------------------------------------------------------------------------------------


def with_extra(entry: Entry) -> bytes:
    return build([*entries(book.parts()), entry])


@pytest.mark.parametrize(
    ("central", "extra"),
    [
        ({"size": WIDE}, (3,)),
        ({"packed": WIDE}, (5,)),
        ({"size": WIDE, "packed": WIDE}, (3, 5)),
        ({"size": WIDE, "packed": WIDE, "offset": WIDE}, (3, 5, -1)),
        ({"offset": WIDE}, (-1,)),
    ],
)
@pytest.mark.parametrize("before", [b"", b"UT\5\0\3abcd", b"ab\0\0"])
def test_zip64_fields_where_the_short_ones_say_so(
    central: dict[str, object], extra: tuple[int, ...], before: bytes
) -> None:
    of = entries(book.parts())
    offset = build(of).rindex(b"PK\1\2", 0, build(of).index(of[0].name.encode(), 1_000))
    values = [offset if value < 0 else value for value in extra]
    assert len(deflate(b"abc")) == 5
    entry = Entry("a.bin", b"abc", central=central, central_extra=before + zips.wide(values) + b"xy\0\0")
    assert checked(build([*of, entry])).read("a.bin") == b"abc"
    entry.central_extra = before + zips.wide(values[:-1])
    refused(build([*of, entry]), "E003", "没有传完整")
    entry.central_extra = before
    refused(build([*of, entry]), "E003", "没有传完整")


def patched(offset: int, form: str, value: int) -> bytes:
    """The good workbook with one field of its end record changed."""
    data = bytearray(build(entries(book.parts())))
    struct.pack_into(form, data, len(data) - 22 + offset, value)
    return bytes(data)


@pytest.mark.parametrize(("offset", "value"), [(4, 1), (6, 1), (8, 1), (10, 1), (12, 1), (16, 1)])
def test_each_field_of_the_end_record_counts(offset: int, value: int) -> None:
    refused(patched(offset, "<H", value), "E003", "没有传完整")


@pytest.mark.parametrize(("count", "size", "start"), [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)])
def test_any_short_field_of_the_end_record_may_point_to_zip64(count: int, size: int, start: int) -> None:
    data = bytearray(zips.zip64_end())
    plain = build(entries(book.parts()))
    if not count:
        data[-14:-10] = plain[-14:-10]
    if not size:
        data[-10:-6] = plain[-10:-6]
    if not start:
        data[-6:-2] = plain[-6:-2]
    checked(bytes(data))
    refused(bytes(data).replace(b"PK\6\6", b"PK\6\5"), "E003", "没有传完整")


def test_a_part_after_the_directory_is_refused() -> None:
    hidden = Entry("a.bin", b"abc")
    plain = build([*entries(book.parts()), hidden])
    moved = packages.directory_field(plain, "a.bin", 42, "<L", len(plain))
    fields = {"name": b"a.bin", "flags": 0, "method": 8, "crc": zlib.crc32(b"abc"), "packed": 5, "size": 3}
    refused(moved + local_header(fields) + deflate(b"abc"), "E003", "没有传完整")


@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        (Entry("a.bin", b"abc", flags=0x40), "E002", "密码"),
        (Entry("a.bin", b"abc", flags=0x2000), "E002", "密码"),
        (Entry("a.bin", b"abc", local={"flags": 8}), "E003", "没有传完整"),
        (Entry("a.bin", b"abc", central={"flags": 8}), "E003", "没有传完整"),
        (Entry("a.bin", b"abc", local={"flags": 0x40}), "E003", "没有传完整"),
        (Entry("a.bin", b"abc", local={"packed": 4}), "E003", "没有传完整"),
        (Entry("a.bin", b"abc", 0, local={"size": 4}, central={"size": 4}), "E003", "没有传完整"),
        (Entry("a.bin", b"abc", local={"packed": 999_999}, central={"packed": 999_999}), "E003", "没有传完整"),
        (Entry("a.bin", b"abc", 7), "E003", "压缩方法"),
    ],
)
def test_fields_of_an_entry(entry: Entry, code: str, says: str) -> None:
    refused(with_extra(entry), code, says)


@pytest.mark.parametrize(
    "entry",
    [
        Entry("a.bin", b"abc", comment=b"a comment of its own"),
        Entry("a.bin", b"abc", local={"flags": 2}),  # how hard it was packed
        Entry("a.bin", b"abc", flags=8, local={"crc": 0, "packed": 0, "size": 0}),
        Entry("a.bin", b"abc", local={"packed": WIDE, "size": WIDE}, local_extra=zips.wide([3, 5])),
        Entry("a.bin", b"abc", 0, after=b"x"),
        Entry("a.bin", b"abc", local_extra=b"UT\5\0\3abcd"),
    ],
)
def test_fields_of_an_entry_that_may_be_so(entry: Entry) -> None:
    assert checked(build([entry, *entries(book.parts()), Entry("b.bin", b"b")])).read("a.bin") == b"abc"


# --- kinds of files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["<html", "<!DOCTYPE HTML", "<table", "<META", "<head", "<body", "<div", "<style"])
@pytest.mark.parametrize("before", ["", "\ufeff", " \r\n", "\ufeff\n"])
def test_a_page_is_told_by_its_first_tag(mark: str, before: str) -> None:
    refused((before + mark + ">").encode(), "E001", "网页（HTML）")


@pytest.mark.parametrize("magic", [b"PK", b"\xff\xd8", b"\x89PNG", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"])
def test_packed_and_pictured_is_told_without_a_nul(magic: bytes) -> None:
    refused(magic + b"abc", "E001", "内容认不出")
    assert gate.is_package(b"a" + magic, NAME) is False


def test_text_may_be_utf16_and_else_has_no_nul() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        assert gate.is_package("\ufeff姓名,a".encode(encoding), NAME) is False
    assert gate.is_package("姓名".encode(), NAME) is False
    assert gate.is_package(book.good(), NAME) is True
    with pytest.raises(FileError) as caught:
        gate.is_package(b"a" * 9_999 + b"\0", NAME)
    judged(caught.value, "E001", "内容认不出")


@pytest.mark.parametrize("name", ["开户.xls", "开户.XLS", "开户.et"])
def test_an_old_workbook_by_its_own_name(name: str) -> None:
    error = refused(kinds.OLE2, "E001", "旧版 Excel 97-2003 文件", name)
    assert "其实" not in error.what
    assert "其实是" in refused(kinds.OLE2, "E001").what


@pytest.mark.parametrize("stream", ["WordDocument", "PowerPoint Document"])
def test_old_documents(stream: str) -> None:
    refused(kinds.OLE2 + stream.encode("utf-16-le"), "E001", "不是工作簿")


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("xl/workbook.bin", "(.xlsb)，读不了"),
        ("word/document.xml", "Word 文档，"),
        ("ppt/presentation.xml", "PowerPoint 演示文稿，"),
        ("content.xml", "(.ods)，读不了"),
    ],
)
def test_packages_of_other_programs(part: str, says: str) -> None:
    refused(packages.pack({part: "<a/>"}), "E001", says)


@pytest.mark.parametrize(
    ("part", "content", "says"),
    [
        ("xl/theme/theme1.xml", "<!DOCTYPE a><a/>", "DTD"),
        ("xl/theme/theme1.xml", "text", "XML"),
        ("A.RELS", "<!a>", "XML"),
    ],
)
def test_xml_parts_begin_as_they_should(part: str, content: str, says: str) -> None:
    refused(book.with_part(part, content), "E003", says)
    checked(book.with_part(part + ".bin", content))
    checked(book.with_part(part, ""))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- opening -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no.xlsx", "没有 no.xlsx 这个文件"),
        ("folder", "folder 是文件夹，不是工作簿"),
        ("pipe", "不是普通文件"),
        ("/", "/ 是文件夹"),
        ("x" * 300, "打不开"),
    ],
)
def test_what_cannot_be_opened(path: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = open_files()
    with pytest.raises(FileError, match=re.escape(says)) as caught:
        gate.load(tmp_path / path)
    judged(caught.value, "E005", says, Path(path).name or path)
    assert open_files() == before


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(gate.os, "open", forbidden)
    with pytest.raises(FileError) as caught:
        gate.load(tmp_path / NAME)
    judged(caught.value, "E005", "没有权限读")


def test_what_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(book.good())
    before = open_files()
    assert gate.load(path) == book.good()
    assert open_files() == before
    assert gate.open_package(path).name == NAME
