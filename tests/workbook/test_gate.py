"""What the gate keeps out, and the sentence it says (reliability 3, rows 14-18)."""

import io
import os
import random
import zipfile
from pathlib import Path

import pytest

from gjj_cli.errors import Exit, FileError
from gjj_cli.workbook import cells, gate
from tests.workbook import packages

OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
SHEET1 = "xl/worksheets/sheet1.xml"


def refused(data: bytes, name: str = "开户.xlsx") -> FileError:
    with pytest.raises(FileError) as caught:
        cells.read_stream(data, name)
    error = caught.value
    assert error.exit is Exit.FILE
    assert error.remedies and all(line.startswith(("改：", "可以：")) for line in error.remedies)
    assert "\n" not in error.what and name in error.what
    (error.what + "".join(error.remedies)).encode("gbk")
    return error


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "E001", "空文件"),
        (b"%PDF-1.7\n...", "E001", "PDF"),
        (b"\xef\xbb\xbf\n<html><table>", "E001", "网页"),
        (b"<?xml version='1.0'?><Workbook/>", "E001", "XML"),
        (OLE2 + bytes(512) + "Workbook".encode("utf-16-le"), "E001", "旧版 Excel"),
        (OLE2 + bytes(512) + "WordDocument".encode("utf-16-le"), "E001", "Word"),
        (OLE2 + bytes(512) + "EncryptedPackage".encode("utf-16-le"), "E002", "密码"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "E001", "不是 Excel 工作簿"),
        (packages.pack({"a.txt": "x"}), "E001", "压缩包"),
        (packages.pack({**packages.parts(), "word/document.xml": "<a/>"}), "E001", "Word"),
        (packages.pack({**packages.parts(), "xl/workbook.bin": "x"}), "E001", ".xlsb"),
        (packages.pack({"mimetype": "x", "content.xml": "<a/>"}), "E001", ".ods"),
        (packages.pack({**packages.parts(), "xl/vbaProject.bin": "x"}), "E006", "宏"),
        (packages.pack({**packages.parts(), "xl/macrosheets/sheet1.xml": "<a/>"}), "E006", "宏"),
        (
            packages.pack(
                packages.parts(
                    types=packages.parts()["[Content_Types].xml"].replace("sheet.main", "x.macroEnabled.main")
                )
            ),
            "E006",
            "宏",
        ),
        (packages.book()[:-30], "E003", "没有传完整"),
        (packages.book()[:300], "E003", "没有传完整"),
        (packages.pack({**packages.parts(), "XL/Workbook.xml": "<a/>"}), "E003", "同名"),
        (packages.pack({**packages.parts(), **{f"x/{number}": "" for number in range(2_000)}}), "E004", "2000 个"),
        (packages.pack({**packages.parts(), "x.bin": bytes(11 * gate.MB)}), "E004", "200 倍"),
    ],
)
def test_each_kind_of_bad_file_has_its_code_and_sentence(data: bytes, code: str, says: str) -> None:
    error = refused(data)
    assert error.code == code
    assert says in error.what


def test_the_xls_sentence_is_the_one_of_the_screens() -> None:
    error = refused(OLE2 + bytes(504), "开户.xls")
    assert error.what == "开户.xls 是旧版 Excel 97-2003 文件，读不了"
    assert error.remedies == ("改：在 Excel 或 WPS 里「另存为」，类型选「Excel 工作簿 (*.xlsx)」，再校验一次。",)


@pytest.mark.parametrize(
    ("offset", "form", "value"),
    [
        (8, "<H", 1),  # encrypted in the directory only
        (10, "<H", 12),  # bzip2
        (24, "<L", 10),  # inflated size too small
        (24, "<L", 100_000),  # and too large
        (16, "<L", 12345),  # checksum
        (42, "<L", 7),  # local header somewhere else
        (20, "<L", 0x7FFFFFFF),  # packed size beyond the file
    ],
)
def test_a_directory_that_lies_is_damage(offset: int, form: str, value: int) -> None:
    data = packages.directory_field(
        packages.book('<row r="1"><c r="A1"><v>1</v></c></row>'), SHEET1, offset, form, value
    )
    assert refused(data).code in ("E002", "E003")


def test_sizes_lying_in_both_places_are_found_while_inflating() -> None:
    data = packages.book('<row r="1"><c r="A1"><v>1</v></c></row>')
    size = len(packages.parts('<row r="1"><c r="A1"><v>1</v></c></row>')[SHEET1])
    lie = data.replace(
        size.to_bytes(4, "little") + len(SHEET1).to_bytes(2, "little"),
        (10).to_bytes(4, "little") + len(SHEET1).to_bytes(2, "little"),
    )
    assert lie != data
    assert "比它自己说的大" in refused(lie).what


def test_another_name_in_the_local_header_is_damage() -> None:
    data = packages.book()
    first = data.index(SHEET1.encode())
    changed = data[:first] + b"xl/worksheets/sheet9.xml" + data[first + len(SHEET1) :]
    assert refused(changed).code == "E003"


def test_overlapping_parts_are_refused() -> None:
    """Many directory entries that all point at one packed part: 960 MB out of 23 KB."""
    data = packages.pack({**packages.parts(), "a.bin": bytes(100_000), "b.bin": bytes(100_000)})
    at_a = data.index(b"PK\x03\x04", data.index(b"xl/worksheets/sheet1.xml"))
    overlapping = packages.directory_field(data, "b.bin", 42, "<L", at_a)
    assert refused(overlapping).code == "E003"


def test_declared_300_mb_is_the_bound() -> None:
    data = packages.book()
    for field in (20, 24):
        data = packages.directory_field(data, SHEET1, field, "<L", 301 * gate.MB)
    with pytest.raises(FileError):
        cells.read_stream(data, "开户.xlsx")


def test_zip64_records_and_sizes_after_the_data_are_read() -> None:
    buffer = io.BytesIO()

    class Unseekable(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            return buffer.write(data)

    with zipfile.ZipFile(Unseekable(), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, content in packages.parts('<row r="1"><c r="A1"><v>5</v></c></row>').items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(content.encode())
    book = cells.read_stream(buffer.getvalue(), "流.xlsx")
    assert book.sheets[0].rows[1][1].text == "5"


def test_a_missing_file_a_folder_a_pipe_a_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    (tmp_path / "zero.xlsx").symlink_to("/dev/zero")
    (tmp_path / "folder.xlsx").mkdir()
    for name, says in (
        ("没有.xlsx", "没有 没有.xlsx 这个文件"),
        ("folder.xlsx", "是文件夹"),
        ("pipe.xlsx", "不是普通文件"),
        ("zero.xlsx", "不是普通文件"),
    ):
        with pytest.raises(FileError, match=says) as caught:
            cells.read(tmp_path / name)
        assert caught.value.code == "E005"


def test_fifty_megabytes_is_the_bound(tmp_path: Path) -> None:
    big = tmp_path / "big.xlsx"
    with big.open("wb") as file:
        file.truncate(gate.FILE_MAX + 1)
    with pytest.raises(FileError, match="超过 50 MB") as caught:
        cells.read(big)
    assert caught.value.code == "E004"


@pytest.mark.parametrize(
    ("name", "data"),
    [("开户.csv", packages.book()), ("开户.xls", packages.book()), ("开户.xlsx", "姓名,证件号码\n".encode())],
)
def test_a_renamed_file_is_not_read_as_something_else(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileError, match="其实是") as caught:
        cells.read(tmp_path / name)
    assert caught.value.code == "E001"


def test_mutations_end_in_a_workbook_or_a_sentence() -> None:
    """Unknown damage (row 15): whatever a few flipped bytes do, it is a FileError and never a crash."""
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c><c r="B{row}"><v>{row}</v></c></row>' for row in range(1, 40)
    )
    good = packages.pack(packages.parts(rows, strings="<si><t>张三</t></si>"), zipfile.ZIP_STORED)
    dice = random.Random(20250718)
    for _ in range(400):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        try:
            cells.read_stream(bytes(bad), "坏.xlsx")
        except FileError as error:
            assert error.code is not None
