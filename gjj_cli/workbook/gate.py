"""The gate: is this file safe to read? Every workbook passes here before anything parses it (reliability 2 and 3).

Nothing here trusts the file: it must be a regular file, its kind is told by its first bytes, and the zip directory
is walked by us, so that overlaps, doubled names, lying sizes and bombs end in one plain sentence (E001-E006).
"""

import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from gjj_cli.errors import FileError, reason
from gjj_cli.workbook import prolog

MB = 1024 * 1024
FILE_MAX = 50 * MB  # bytes of the file itself
INFLATED_MAX = 300 * MB  # bytes of all parts together, as the directory declares them
PARTS_MAX = 2_000
RATIO_MAX = 200  # inflated bytes for one packed byte, for parts above RATIO_FROM
RATIO_FROM = 10 * MB
CHUNK = 64 * 1024

SAVE_AS = "改：在 Excel 或 WPS 里「另存为」，类型选「Excel 工作簿 (*.xlsx)」，再校验一次。"
SEND_AGAIN = "改：请给您文件的人重新导出、重新发一份；自己能打开的，「另存为」新的 .xlsx 再校验。"
SPLIT = "改：把名单拆成几个小一点的工作簿，分别校验。"
COPY_VALUES = "改：新建一个空白工作簿，只把名单「粘贴为值」进去，存成 .xlsx 再校验。"

_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BINARY = (b"PK", b"\xff\xd8", b"\x89PNG", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<div", b"<style")


def damaged(name: str, how: str) -> FileError:
    """E003: `how` finishes the sentence that begins with the file's name."""
    return FileError(f"{name} {how}，读不了", code="E003", remedies=(SEND_AGAIN,))


def over(name: str, bound: str, remedy: str = SPLIT) -> FileError:
    """E004: `bound` says which bound the file is over, with its number."""
    return FileError(f"{name} {bound}，不读", code="E004", remedies=(remedy,))


def dtd(name: str) -> FileError:
    """E003 for a part with a DTD."""
    return damaged(name, "里面有 DTD 声明，正常的工作簿没有，可能被人动过")


def broken_xml(name: str) -> FileError:
    """E003 for a part that is no XML."""
    return damaged(name, "里面的 XML 已经损坏")


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the zip directory: where its packed bytes are, and what the directory says of them."""

    name: str
    deflated: bool
    start: int
    packed: int
    size: int
    crc: int


class Package:
    """An .xlsx that passed the gate. Part names are found in any letter case, as OPC wants."""

    def __init__(self, name: str, data: bytes, parts: list[Part]) -> None:
        self.name = name
        self.data = data
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.parts = {part.name.casefold(): part for part in parts}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self.parts

    def stream(self, name: str) -> Iterator[bytes]:
        """The part's bytes in pieces of at most 64 KB; KeyError without such a part.

        Raises FileError E003 when it does not inflate to just the size and the checksum of the directory.
        """
        part = self.parts[name.casefold()]
        packed = memoryview(self.data)[part.start : part.start + part.packed]
        left, crc = part.size, 0
        try:
            for piece in _inflate(packed) if part.deflated else _stored(packed):
                left -= len(piece)
                if left < 0:
                    raise damaged(self.name, "里面的内容比它自己说的大，可能被人动过")
                crc = zlib.crc32(piece, crc)
                yield piece
        except zlib.error:
            raise damaged(self.name, "已经损坏") from None
        if left or crc != part.crc:
            raise damaged(self.name, "已经损坏（校验和对不上）")

    def read(self, name: str) -> bytes:
        """The whole part; as `stream`."""
        return b"".join(self.stream(name))


def _stored(packed: memoryview) -> Iterator[bytes]:
    for start in range(0, len(packed), CHUNK):
        yield bytes(packed[start : start + CHUNK])


def _inflate(packed: memoryview) -> Iterator[bytes]:
    """Inflate a piece at a time, so that a bomb is stopped after one piece too many and not after 300 MB."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for start in range(0, len(packed), CHUNK):
        rest: bytes | memoryview = packed[start : start + CHUNK]
        while rest:
            if piece := inflater.decompress(rest, CHUNK):
                yield piece
            rest = inflater.unconsumed_tail
    yield inflater.flush()
    if not inflater.eof:
        raise zlib.error("cut short")


def load(path: Path) -> bytes:
    """The bytes of a regular file of at most 50 MB.

    Raises FileError E005 (missing, a folder, a pipe or device, no right to read) or E004 (too big). The open does
    not block, so that a FIFO cannot hang us.
    """
    name = path.name or str(path)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise _cannot_open(name, error) from error
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        if not stat.S_ISREG(mode):
            what = f"{name} 不是普通文件（是管道或设备），没有读"
            raise FileError(what, code="E005", remedies=("改：换成磁盘上的 .xlsx 文件。",))
        with os.fdopen(os.dup(handle), "rb") as file:
            data = file.read(FILE_MAX + 1)
    except OSError as error:
        raise _cannot_open(name, error) from error
    finally:
        os.close(handle)
    check_size(data, name)
    return data


def check_size(data: bytes, name: str) -> None:
    """Raises FileError E004 above 50 MB."""
    if len(data) > FILE_MAX:
        raise over(name, f"超过 {FILE_MAX // MB} MB")


def _cannot_open(name: str, error: OSError) -> FileError:
    match error:
        case FileNotFoundError():
            what, remedy = f"没有 {name} 这个文件", "改：看看文件名和所在的文件夹对不对。"
        case PermissionError():
            what, remedy = f"没有权限读 {name}", "改：请文件的主人开放读的权限，或者复制一份到自己的文件夹。"
        case IsADirectoryError():
            what, remedy = f"{name} 是文件夹，不是工作簿", "改：写出里面的文件名，例如 文件夹/开户.xlsx。"
        case _:
            what = f"{name} 打不开（{reason(error)}）"
            remedy = "改：看看磁盘或网络盘是不是正常，再试一次。"
    return FileError(what, code="E005", remedies=(remedy,))


def is_package(data: bytes, name: str) -> bool:
    """Whether the content is a zip (so perhaps an .xlsx) or else text (so perhaps a .csv).

    Raises FileError E001 or E002 for what is neither, told by its first bytes and not by its name.
    """
    if not data:
        raise FileError(f"{name} 是空文件（0 字节）", code="E001", remedies=(SEND_AGAIN,))
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if data.startswith(_OLE2):
        _refuse_ole2(data, name)
    if data.startswith(b"%PDF"):
        raise FileError(
            f"{name} 是 PDF，不是 Excel 工作簿",
            code="E001",
            remedies=("改：请对方发 Excel 原表；PDF 里的名单读不准。",),
        )
    if head.startswith((*_HTML, b"<?xml")):
        kind = "XML 文件" if head.startswith(b"<?xml") else "网页（HTML）"
        raise FileError(f"{name} 其实是{kind}，不是 Excel 工作簿", code="E001", remedies=(SAVE_AS,))
    if data.startswith(_ZIP):
        return True
    if (b"\x00" in data and not data.startswith(_UTF16)) or data.startswith(_BINARY):
        raise FileError(f"{name} 不是 Excel 工作簿（只有名字像，内容认不出）", code="E001", remedies=(SAVE_AS,))
    return False


def _refuse_ole2(data: bytes, name: str) -> NoReturn:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise FileError(
            f"{name} 加了打开密码，读不了",
            code="E002",
            remedies=("改：在 Excel 或 WPS 里打开，「文件」「信息」里取消密码，保存，再校验一次。",),
        )
    for stream in ("WordDocument", "PowerPoint Document"):
        if stream.encode("utf-16-le") in data:
            raise FileError(f"{name} 是旧版 Word 或 PowerPoint 文件，不是工作簿", code="E001", remedies=(SAVE_AS,))
    renamed = "" if name.lower().endswith((".xls", ".et")) else "其实"
    raise FileError(f"{name} {renamed}是旧版 Excel 97-2003 文件，读不了", code="E001", remedies=(SAVE_AS,))


def open_package(path: Path) -> Package:
    """The .xlsx at `path`, through the whole gate. Raises FileError E001-E006."""
    return package(load(path), path.name)


def package(data: bytes, name: str) -> Package:
    """An .xlsx from its bytes, through the gate; `name` is for the messages. Raises FileError E001-E006."""
    check_size(data, name)
    if not is_package(data, name):
        raise FileError(
            f"{name} 是文本文件，不是 Excel 工作簿",
            code="E001",
            remedies=("改：是 CSV 就把名字改成 .csv；不是就「另存为」.xlsx。",),
        )
    parts = _walk(data, name)
    _judge_names(parts, name)
    _judge_sizes(parts, name)
    made = Package(name, data, parts)
    _judge_prologs(made)
    return made


def _judge_names(parts: list[Part], name: str) -> None:
    """What the zip holds, by its part names: an .xlsx without macros, or a sentence saying what it is instead."""
    names = {part.name.casefold() for part in parts}
    if len(names) != len(parts):
        raise damaged(name, "里面有两个同名的部件，可能被人动过")
    for known, kind in (
        ("xl/workbook.bin", "Excel 二进制工作簿 (.xlsb)"),
        ("word/document.xml", "Word 文档"),
        ("ppt/presentation.xml", "PowerPoint 演示文稿"),
        ("content.xml", "OpenDocument 表格 (.ods)"),
    ):
        if known in names:
            raise FileError(f"{name} 是 {kind}，读不了", code="E001", remedies=(SAVE_AS,))
    if "[content_types].xml" not in names:
        raise FileError(
            f"{name} 是压缩包，不是 Excel 工作簿", code="E001", remedies=("改：先解压，再校验里面的 .xlsx。",)
        )
    if any("vbaproject" in part or "macrosheets/" in part for part in names):
        raise macros(name)


def macros(name: str) -> FileError:
    """E006."""
    return FileError(f"{name} 里有宏，为了安全不读", code="E006", remedies=(SAVE_AS,))


def _judge_sizes(parts: list[Part], name: str) -> None:
    if sum(part.size for part in parts) > INFLATED_MAX:
        raise over(name, f"解开后超过 {INFLATED_MAX // MB} MB", COPY_VALUES)
    if any(part.size > RATIO_FROM and part.size > RATIO_MAX * part.packed for part in parts):
        raise over(name, f"压缩比超过 {RATIO_MAX} 倍，像压缩炸弹", COPY_VALUES)


def _judge_prologs(package: Package) -> None:
    """No DTD in any XML part, also in those that we never open: another program may."""
    for part in package.parts.values():
        if prolog.is_xml(part.name) and part.size:
            try:
                has_dtd = prolog.has_dtd(next(package.stream(part.name)))
            except ValueError:
                raise broken_xml(package.name) from None
            if has_dtd:
                raise dtd(package.name)


# --- the zip directory -------------------------------------------------------------------------------------------

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_BIG = 0xFFFFFFFF  # "look in the zip64 extra field"
_ENCRYPTED = 0x2041  # general purpose bits 0, 6 and 13
_SIZES_AFTER = 0x0008  # sizes follow the data
_UTF8 = 0x0800


def _walk(data: bytes, name: str) -> list[Part]:
    """Every entry of the central directory, each compared with its local header, none overlapping another."""
    try:
        count, start, end = _find_directory(data)
        if count > PARTS_MAX:
            raise over(name, f"有 {count} 个部件，超过 {PARTS_MAX} 个", COPY_VALUES)
        parts, spans, position = [], [(start, start)], start
        for _ in range(count):
            part, span, position = _entry(data, position, name)
            parts.append(part)
            spans.append(span)
    except (struct.error, ValueError):
        raise damaged(name, "没有传完整，或者已经损坏") from None
    spans.sort()
    if position != end or spans[-1][0] != start:
        raise damaged(name, "没有传完整，或者已经损坏")
    if any(before[1] > after[0] for before, after in pairwise(spans)):
        raise damaged(name, "里面的部件互相重叠，可能被人动过")
    return parts


def _find_directory(data: bytes) -> tuple[int, int, int]:
    """(entries, first byte, byte after the last) of the central directory; ValueError or struct.error if it is broken.

    The directory must end just where the end record begins: other readers shift every offset by the gap, and would
    then see another workbook than we do.
    """
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if end < 0:
        raise ValueError("no end record")
    _, disk, first_disk, here, count, size, start, _ = _END.unpack_from(data, end)
    if disk or first_disk or here != count:
        raise ValueError("more than one disk")
    if _BIG in (size, start) or count == 0xFFFF:
        _, _, record, _ = _LOCATOR64.unpack_from(data, end - _LOCATOR64.size)
        signature, *_, count, size, start = _END64.unpack_from(data, record)
        if signature != b"PK\x06\x06":
            raise ValueError("no zip64 end record")
        end = record
    if start + size != end:
        raise ValueError("gap before the end record")
    return count, start, end


def _entry(data: bytes, position: int, name: str) -> tuple[Part, tuple[int, int], int]:
    """The entry at `position`, the bytes it takes in the file, and the position of the next entry."""
    fields = _ENTRY.unpack_from(data, position)
    signature, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length = fields[:13]
    if signature != b"PK\x01\x02":
        raise ValueError("no entry")
    name_end = position + _ENTRY.size + name_length
    raw_name = data[position + _ENTRY.size : name_end]
    following = name_end + extra_length + comment_length
    size, packed, local = _wide(data[name_end : name_end + extra_length], size, packed, fields[16])
    if flags & _ENCRYPTED:
        raise FileError(f"{name} 加了密码，读不了", code="E002", remedies=("改：取消密码，保存，再校验一次。",))
    if method not in (0, 8):
        raise damaged(name, "用了不认识的压缩方法")
    start = _data_start(data, local, raw_name, flags, method, (crc, packed, size))
    if start + packed > len(data) or (method == 0 and packed != size):
        raise ValueError("beyond the file")
    text = raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
    return Part(text, method == 8, start, packed, size, crc), (local, start + packed), following


def _wide(extra: bytes, size: int, packed: int, local: int) -> tuple[int, int, int]:
    """Size, packed size and offset, each taken from the zip64 extra field where the short field says so.

    Raises ValueError or struct.error where that field does not hold them.
    """
    values = [size, packed, local]
    if _BIG not in values:
        return size, packed, local
    position = kind = length = 0
    while kind != 1:
        position += length
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
    wide = [*struct.unpack_from(f"<{values.count(_BIG)}Q", extra, position)]
    size, packed, local = (wide.pop(0) if value == _BIG else value for value in values)
    return size, packed, local


def _data_start(
    data: bytes, local: int, raw_name: bytes, flags: int, method: int, declared: tuple[int, int, int]
) -> int:
    """Where the packed bytes begin; ValueError when the local header tells another story than the directory."""
    signature, _, flags_here, method_here, _, _, *declared_here, name_length, extra_length = _LOCAL.unpack_from(
        data, local
    )
    name_start = local + _LOCAL.size
    if (
        signature != _ZIP
        or data[name_start : name_start + name_length] != raw_name
        or method_here != method
        or (flags_here ^ flags) & (_ENCRYPTED | _SIZES_AFTER)
        or not (flags & _SIZES_AFTER or _BIG in declared_here or tuple(declared_here) == declared)
    ):
        raise ValueError("local header differs")
    start: int = name_start + name_length + extra_length
    return start
