"""Files that are something else, macros, and packages of another program."""

import gzip

from tests.workbook import packages
from tests.workbook.hostile import book
from tests.workbook.hostile.case import Case, passes, refused

OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
CSV = "姓名,证件类型,证件号码,缴存基数,手机号码\n张三,身份证,440203199001011231,5000,13900000001\n".encode()
BIG = bytes(range(256)) * 40


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def typed(kind: str) -> bytes:
    """The good workbook, its main part of another content type."""
    types = packages.parts()["[Content_Types].xml"].replace("sheet.main+xml", kind)
    return packages.pack({**book.parts(), "[Content_Types].xml": types})


def declared(more: str) -> bytes:
    """The good workbook, its content types with something more."""
    types = packages.parts()["[Content_Types].xml"].replace("</Types>", f"{more}</Types>")
    return packages.pack({**book.parts(), "[Content_Types].xml": types, "xl/evil.bin": BIG})


def strict() -> bytes:
    """ISO 29500 Strict, as Excel saves it on request: other namespaces, the same words."""
    changed = {}
    for name, part in book.parts().items():
        assert isinstance(part, str)
        part = part.replace(
            "http://schemas.openxmlformats.org/officeDocument/2006", "http://purl.oclc.org/ooxml/officeDocument"
        )
        changed[name] = part.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
        )
    return packages.pack(changed)


RENAMED = [
    refused("empty", "E001", b"", "空文件"),
    refused("one-byte", "E001", b"P"),
    refused("blanks", "E001", b" \n" * 50),
    refused("four-bytes-of-zip", "E003", b"PK\3\4"),
    refused("empty-zip", "E001", b"PK\5\6" + bytes(18)),
    refused("spanned-zip", "E001", b"PK\7\x08" + book.good()),
    refused("pdf", "E001", b"%PDF-1.7\n1 0 obj", "PDF"),
    refused("html", "E001", b"<html><body><table><tr><td>1", "HTML"),
    refused("html-bom", "E001", b"\xef\xbb\xbf\r\n  <!DOCTYPE html><html>", "HTML"),
    refused("html-meta-excel", "E001", b'<META http-equiv="Content-Type"><table x:str>', "HTML"),
    refused(
        "spreadsheetml-2003", "E001", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"
    ),
    refused("mhtml", "E001", b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "文本文件"),
    refused("csv-named-xlsx", "E001", CSV, "文本文件"),
    refused("utf16-text", "E001", "姓名\t证件号码\n".encode("utf-16"), "文本文件"),
    refused("rtf", "E001", rb"{\rtf1\ansi 1}", "文本文件"),
    refused("png", "E001", b"\x89PNG\r\n\x1a\n" + BIG),
    refused("jpeg", "E001", b"\xff\xd8\xff\xe0" + BIG),
    refused("rar", "E001", b"Rar!\x1a\7\1\0" + BIG),
    refused("seven-zip", "E001", b"7z\xbc\xaf\x27\x1c" + BIG),
    refused("gzip", "E001", lambda: gzip.compress(book.good())),
    refused("exe", "E001", b"MZ\x90\0" + BIG),
    refused("exe-with-workbook", "E001", lambda: b"MZ\x90\0" + bytes(100) + book.good()),
    refused("sqlite", "E001", b"SQLite format 3\0" + BIG),
    refused("zeros", "E001", bytes(4096)),
    refused("xls-renamed", "E001", OLE2 + wide("Workbook"), "旧版 Excel"),
    refused("xls", "E001", OLE2 + wide("Workbook"), "旧版 Excel", file="开户.xls"),
    refused("et", "E001", OLE2 + wide("Workbook"), "旧版 Excel", file="开户.et"),
    refused("doc", "E001", OLE2 + wide("WordDocument"), "Word"),
    refused("ppt", "E001", OLE2 + wide("PowerPoint Document"), "PowerPoint"),
    refused("encrypted-xlsx", "E002", OLE2 + wide("EncryptionInfo") + wide("EncryptedPackage"), "密码"),
    refused(
        "docx", "E001", lambda: packages.pack({"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}), "Word"
    ),
    refused("pptx", "E001", lambda: packages.pack({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<a/>"})),
    refused("xlsb", "E001", lambda: packages.pack({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": BIG}), "xlsb"),
    refused("ods", "E001", lambda: packages.pack({"mimetype": "x", "content.xml": "<a/>"}), "ods"),
    refused("zip-of-workbooks", "E001", lambda: packages.pack({"开户.xlsx": book.good()}), "压缩包"),
    refused("xlsx-named-csv", "E001", book.good, ".xlsx", file="开户.csv"),
    refused("xlsx-named-xls", "E001", book.good, ".xlsx", file="开户.xls"),
    refused("xlsx-named-xlsm", "E001", book.good, ".xlsx", file="开户.xlsm"),
    refused("no-suffix", "E001", book.good, ".xlsx", file="开户"),
    refused("no-content-types", "E001", lambda: packages.pack({"xl/workbook.xml": "<workbook/>"}), "压缩包"),
    refused("no-workbook-part", "E001", lambda: packages.pack({**book.parts(), "_rels/.rels": "<Relationships/>"})),
    refused(
        "workbook-part-missing",
        "E001",
        lambda: packages.pack({name: part for name, part in book.parts().items() if name != "xl/workbook.xml"}),
    ),
    refused(
        "sheet-missing",
        "E003",
        lambda: packages.pack({name: part for name, part in book.parts().items() if name != packages.SHEET}),
    ),
]

MACROS = [
    refused("vba", "E006", lambda: book.with_part("xl/vbaProject.bin", BIG), "宏"),
    refused("vba-upper-case", "E006", lambda: book.with_part("XL/VBAPROJECT.BIN", BIG), "宏"),
    refused("vba-elsewhere", "E006", lambda: book.with_part("hidden/vbaProject.bin", BIG), "宏"),
    refused("vba-signature", "E006", lambda: book.with_part("xl/vbaProjectSignature.bin", BIG), "宏"),
    refused("excel-4-macros", "E006", lambda: book.with_part("xl/macrosheets/sheet1.xml", "<xm/>"), "宏"),
    refused("macro-content-type", "E006", lambda: typed("macroEnabled.main+xml"), "宏"),
    refused("macro-named-xlsm", "E006", lambda: book.with_part("xl/vbaProject.bin", BIG), "宏", file="开户.xlsm"),
    refused(
        "macro-sheet-type",
        "E006",
        lambda: declared('<Override PartName="/xl/evil.bin" ContentType="application/vnd.ms-excel.macrosheet+xml"/>'),
        "宏",
    ),
    refused(
        "vba-by-default-type",
        "E006",
        lambda: declared('<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'),
        "宏",
    ),
]

READ = [
    passes("good", book.good),
    passes("template-type", lambda: typed("template.main+xml")),
    passes("strict-ooxml", strict),
    passes("upper-case-suffix", book.good, file="开户.XLSX"),
    passes("part-names-in-upper-case", lambda: packages.pack({k.upper(): part for k, part in book.parts().items()})),
    passes("stored-parts", lambda: packages.pack(book.parts(), method=0)),
    passes("embedded-workbook", lambda: book.with_part("xl/embeddings/a.xlsx", book.good())),
    passes("picture", lambda: book.with_part("xl/media/image1.png", b"\x89PNG" + BIG)),
    passes("printer-settings", lambda: book.with_part("xl/printerSettings/printerSettings1.bin", BIG)),
    passes("signature", lambda: book.with_part("_xmlsignatures/sig1.xml", "<Signature/>")),
    passes("folder-entries", lambda: packages.pack({"xl/": b"", **book.parts()})),
    passes("part-names-that-climb", lambda: book.with_part("../../../../tmp/evil.xml", "<a/>")),
    passes("part-name-absolute", lambda: book.with_part("/etc/passwd", "x")),
    passes("empty-xml-part", lambda: book.with_part("customXml/item1.xml", "")),
]

CASES: list[Case] = RENAMED + MACROS + READ
