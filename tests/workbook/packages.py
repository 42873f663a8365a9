"""Small .xlsx packages written by hand, for what no honest writer would write."""

import io
import struct
import zipfile
from collections.abc import Mapping

SHEET = "xl/worksheets/sheet1.xml"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def sheet(rows: str, before: str = "", after: str = "") -> str:
    """A worksheet part around the rows."""
    return f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def parts(rows: str = "", strings: str = "", styles: str = "", **changed: str) -> dict[str, str]:
    """The parts of a workbook with the one sheet 名单; `changed` names whole parts by `types`, `rels`, `book`, `sheet`."""
    made = {
        "[Content_Types].xml": changed.get(
            "types",
            f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}"/></Types>',
        ),
        "_rels/.rels": changed.get(
            "rels",
            f'<Relationships xmlns="{_RELS}">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        ),
        "xl/workbook.xml": changed.get(
            "book",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        ),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{_OFFICE}/styles" Target="/xl/styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": changed.get("sheet", sheet(rows)),
    }
    if strings:
        made["xl/sharedStrings.xml"] = (
            f'<sst xmlns="{_MAIN}" count="4294967295" uniqueCount="4294967295">{strings}</sst>'
        )
    if styles:
        made["xl/styles.xml"] = f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>'
    return made


def pack(of: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in of.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def book(rows: str = "", **more: str) -> bytes:
    return pack(parts(rows, **more))


def directory_field(data: bytes, name: str, offset: int, form: str, value: int) -> bytes:
    """The zip with one field of the directory entry of that part overwritten (offsets as in APPNOTE 4.3.12)."""
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    changed = bytearray(data)
    struct.pack_into(form, changed, entry + offset, value)
    return bytes(changed)
