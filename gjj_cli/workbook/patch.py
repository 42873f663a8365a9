"""A package with some parts changed or added; every other part is copied as it is packed, byte for byte."""

import posixpath
import struct
import zlib
from dataclasses import dataclass

from gjj_cli.errors import FileError
from gjj_cli.workbook import tags
from gjj_cli.workbook.gate import SAVE_AS, Package

# The vocabularies of sheets and of relations, in the usual form of the format and in the strict one.
_TRANSITIONAL = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
)
_STRICT = ("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships")
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "[Content_Types].xml"


@dataclass(frozen=True)
class Relation:
    """One relation of a part: `kind` is the last word of its type, `target` a part's name ("" outside the package)."""

    id: str
    kind: str
    target: str


def odd(name: str) -> FileError:
    """What is said of a file whose parts are not written in any way we know how to change."""
    return FileError(f"{name} 的写法少见，照原样改写不了，没有动它", remedies=(SAVE_AS,))


class Patch:
    """Changes to a package. Parts are read and given as text; names are found in any letter case."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._texts: dict[str, str] = {}
        self._changed: dict[str, str] = {}  # casefolded name -> name, of what differs from the package
        book = self.related("", "officeDocument")
        if book is None:
            raise odd(package.name)
        self.main = book.target  # the part that lists the sheets, mostly xl/workbook.xml
        strict = _STRICT[0] in self.text(self.main)
        self.spreadsheet, self.office = _STRICT if strict else _TRANSITIONAL

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._texts or name in self.package

    def text(self, name: str) -> str:
        """A part as it now is. Raises FileError for one that is no XML, KeyError without such a part.

        A drawing in VML may be nearly XML only: Excel writes <br> there.
        """
        key = name.casefold()
        if key not in self._texts:
            data = self.package.read(name)
            try:
                self._texts[key] = data.decode() if key.endswith(".vml") else tags.decode(data)
            except ValueError:
                raise odd(self.package.name) from None
        return self._texts[key]

    def change(self, name: str, text: str) -> None:
        """Give a part that is there another content; the same content is no change."""
        if text != self.text(name):
            self._texts[name.casefold()] = text
            self._changed[name.casefold()] = name

    def add(self, name: str, content_type: str, text: str) -> None:
        """A new part; an .xml one says its type itself, another one has it by its suffix."""
        self._texts[name.casefold()] = DECLARATION + text
        self._changed[name.casefold()] = name
        suffix = name.rpartition(".")[2]
        if suffix == "xml":
            self._append(_TYPES, "Types", f'<Override PartName="/{name}" ContentType="{content_type}"/>')
        else:
            self._declare_suffix(suffix, content_type)

    def free(self, before: str, after: str) -> str:
        """A part name that is not taken, such as xl/comments3.xml."""
        number = 1
        while f"{before}{number}{after}" in self:
            number += 1
        return f"{before}{number}{after}"

    def relations(self, part: str) -> list[Relation]:
        """The relations of a part; `""` is the package itself."""
        rels = _rels_of(part)
        if rels not in self:
            return []
        text, found = self.text(rels), []
        for begin in tags.tag(f"{tags.prefix_of(text)}Relationship").findall(text):
            said = tags.attributes(begin)
            kind = said.get("Type", "").rpartition("/")[2]
            inside = said.get("TargetMode") != "External"
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), said.get("Target", "")))
            found.append(Relation(said.get("Id", ""), kind, target.lstrip("/") if inside else ""))
        return found

    def related(self, part: str, kind: str) -> Relation | None:
        """The first relation of that kind to a part that is there, or None."""
        return next((found for found in self.relations(part) if found.kind == kind and found.target in self), None)

    def relate(self, part: str, kind: str, target: str) -> str:
        """A new relation of a part; gives its id."""
        rels = _rels_of(part)
        if rels not in self:
            self.add(rels, _RELATIONS_TYPE, f'<Relationships xmlns="{_RELATIONS}"></Relationships>')
        taken = {found.id for found in self.relations(part)}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        row = f'<Relationship Id="rId{number}" Type="{self.office}/{kind}" Target="/{tags.escape(target)}"/>'
        self._append(rels, "Relationships", row)
        return f"rId{number}"

    def build(self) -> bytes:
        """The bytes of the new package."""
        written: list[tuple[str, bool, bytes | memoryview, int, int]] = []
        for key, part in self.package.parts.items():
            if key in self._changed:
                written.append(_packed(part.name, self._texts[key]))
            else:
                packed = memoryview(self.package.data)[part.start : part.start + part.packed]
                written.append((part.name, part.deflated, packed, part.size, part.crc))
        added = [key for key in self._changed if key not in self.package.parts]
        written += [_packed(self._changed[key], self._texts[key]) for key in added]
        return _zip(written)

    def _declare_suffix(self, suffix: str, content_type: str) -> None:
        text = self.text(_TYPES)
        known = [tags.attributes(begin) for begin in tags.tag(f"{tags.prefix_of(text)}Default").findall(text)]
        if all(said.get("Extension", "").lower() != suffix for said in known):
            self._append(_TYPES, "Types", f'<Default Extension="{suffix}" ContentType="{content_type}"/>')

    def _append(self, part: str, root: str, row: str) -> None:
        text = self.text(part)
        prefix = tags.prefix_of(text)
        where = tags.element(text, prefix + root)
        if where is None:
            raise odd(self.package.name)
        self.change(part, tags.fill_in(text, where, tags.prefixed(row, prefix)))


def _rels_of(part: str) -> str:
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


# --- the zip ---------------------------------------------------------------------------------------------------------

_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8, _FIRST_DAY = 0x0800, 0x21  # names in UTF-8; 1980-01-01, so that equal contents are equal bytes
_LEVEL = 6


def _packed(name: str, text: str) -> tuple[str, bool, bytes, int, int]:
    data = text.encode()
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return name, True, deflater.compress(data) + deflater.flush(), len(data), zlib.crc32(data)


def _zip(parts: list[tuple[str, bool, bytes | memoryview, int, int]]) -> bytes:
    """A zip of packed parts: (name, deflated, packed bytes, size, checksum)."""
    pieces: list[bytes | memoryview] = []
    directory: list[bytes] = []
    position = 0
    for name, deflated, packed, size, crc in parts:
        raw = name.encode()
        common = (20, _UTF8, 8 if deflated else 0, 0, _FIRST_DAY, crc, len(packed), size, len(raw), 0)
        head = _LOCAL.pack(b"PK\x03\x04", *common) + raw
        directory.append(_ENTRY.pack(b"PK\x01\x02", 20, *common, 0, 0, 0, 0, position) + raw)
        pieces += [head, packed]
        position += len(head) + len(packed)
    size = sum(map(len, directory))
    end = _END.pack(b"PK\x05\x06", 0, 0, len(parts), len(parts), size, position, 0)
    return b"".join([*pieces, *directory, end])
