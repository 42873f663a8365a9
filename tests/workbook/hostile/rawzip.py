"""A zip writer that writes whatever it is told, also what contradicts itself."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")


@dataclass
class Entry:
    """One part. `local` and `central` override fields there only: name, flags, method, crc, packed, size, offset."""

    name: str
    data: bytes
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    local: dict[str, object] = field(default_factory=dict)
    central: dict[str, object] = field(default_factory=dict)
    local_extra: bytes = b""
    central_extra: bytes = b""
    after: bytes = b""
    comment: bytes = b""

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflate(self.data) if self.method == 8 else self.data


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def entries(parts: Mapping[str, str | bytes]) -> list[Entry]:
    return [Entry(name, part.encode() if isinstance(part, str) else part) for name, part in parts.items()]


def build(
    of: list[Entry], prefix: bytes = b"", gap: bytes = b"", suffix: bytes = b"", comment: bytes = b"", **end: int
) -> bytes:
    """The zip. `gap` is before the directory; `end` overrides fields of the end record: count, here, size, start, disk."""
    out, directory = bytearray(prefix), bytearray()
    for entry in of:
        fields = _fields(entry) | {"offset": len(out)}
        out += local_header(fields | entry.local, entry.local_extra) + entry.body() + entry.after
        directory += _central_header(fields | entry.central, entry.central_extra, entry.comment)
    out += gap
    record = {"disk": 0, "here": len(of), "count": len(of), "size": len(directory), "start": len(out)} | end
    last = END.pack(
        b"PK\5\6", record["disk"], 0, record["here"], record["count"], record["size"], record["start"], len(comment)
    )
    return bytes(out + directory) + last + comment + suffix


def _fields(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name.encode(),
        "flags": entry.flags,
        "method": entry.method,
        "crc": zlib.crc32(entry.data),
        "packed": len(entry.body()),
        "size": len(entry.data),
    }


def local_header(of: Mapping[str, object], extra: bytes = b"") -> bytes:
    name = of["name"]
    assert isinstance(name, bytes)
    return LOCAL.pack(
        *(b"PK\3\4", 20, of["flags"], of["method"], 0, 0x21, of["crc"], of["packed"], of["size"], len(name), len(extra))
    ) + (name + extra)


def _central_header(of: Mapping[str, object], extra: bytes, comment: bytes = b"") -> bytes:
    name = of["name"]
    assert isinstance(name, bytes)
    return CENTRAL.pack(
        *(b"PK\1\2", 20, 20, of["flags"], of["method"], 0, 0x21, of["crc"], of["packed"], of["size"]),
        *(len(name), len(extra), len(comment), 0, 0, 0, of["offset"]),
    ) + (name + extra + comment)


def quoted(kernel: bytes, parts: list[Entry], copies: int) -> bytes:
    """Fifield's bomb after the honest parts: each copy's packed bytes hold all the copies that follow it."""
    out, directory = bytearray(), bytearray()
    for entry in parts:
        fields = _fields(entry) | {"offset": len(out)}
        out += local_header(fields) + entry.body()
        directory += _central_header(fields, b"")
    chain, packed, data = b"", deflate(kernel), kernel
    headers: list[tuple[bytes, dict[str, object]]] = []
    for number in range(copies):
        fields = {"name": b"b%04d" % number, "flags": 0, "method": 8, "crc": zlib.crc32(data)}
        fields |= {"packed": len(packed), "size": len(data)}
        header = local_header(fields)
        headers.append((header, fields))
        chain = header + packed
        packed = b"\0" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF) + chain
        data = header + data
    start = len(out)
    out += chain
    offset = start
    for header, fields in reversed(headers):
        directory += _central_header(fields | {"offset": offset}, b"")
        offset += len(header) + 5
    total = len(parts) + copies
    return bytes(out + directory) + END.pack(b"PK\5\6", 0, 0, total, total, len(directory), len(out), 0)


def repeated(head: bytes, block: bytes, times: int, tail: bytes) -> Entry:
    """An honest part of `head`, the block so many times and `tail`, packed quickly however big it is."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(tail) + packer.flush()
    crc = zlib.crc32(head)
    for _ in range(times):
        crc = zlib.crc32(block, crc)
    size = len(head) + len(block) * times + len(tail)
    truth: dict[str, object] = {"crc": zlib.crc32(tail, crc), "size": size}
    return Entry("", b"", packed=first + middle * times + last, local=truth, central=dict(truth))
