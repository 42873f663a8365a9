"""Workbooks with everything in them that a person may have put there, and what of them must still be there."""

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import xlsxwriter

from tests.workbook import packages

TITLE = "个人账户封存"
HEADERS = (
    "个人账号",
    "姓名",
    "证件类型",
    "证件号码",
    "缴存基数",
    "月缴存额（元）",
    "个人账户余额（元）",
    "缴至年月",
    "封存原因*",
    "封存年月",
)


def png() -> io.BytesIO:
    """A picture of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00\xff\x00\x00")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def build(path: Path, *, comments: bool = True) -> None:
    """Write a filled 封存 workbook with pictures, a chart, sparklines, a text box, formulas, names, tables, comments."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_custom_property("gjj_business", "sealing", "text")
        book.set_custom_property("内部编号", "HR-7", "text")
        sheet = book.add_worksheet(TITLE)
        text, grey = book.add_format({"num_format": "@"}), book.add_format({"bg_color": "#EDEDED", "italic": True})
        sheet.set_column(0, 3, 18, text)
        sheet.set_column(4, 6, 12, grey)
        sheet.write_row(0, 0, HEADERS, book.add_format({"bold": True}))
        for row in range(1, 8):
            sheet.write_row(row, 0, [f"001{row:07d}", f"职工{row}", "身份证", "11010519491231002X"])
            sheet.write_formula(row, 4, f"=5000+{row}", grey, 5000 + row)
            sheet.write_string(row, 8, "其他")
        sheet.set_row(5, 30, book.add_format({"bg_color": "#DDEBF7", "pattern": 4, "fg_color": "#FF0000"}))
        if comments:
            sheet.write_comment("D3", "请王五核对", {"author": "李四", "visible": True})
            sheet.write_comment("A4", "别动", {"author": "王五"})
            sheet.insert_button("P15", {"caption": "按钮"})
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, 7, 9)
        sheet.merge_range("L1:N1", "经办人填写", grey)
        sheet.conditional_format("E2:E8", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("A2:A8", {"type": "duplicate", "format": book.add_format({"bg_color": "#FFC7CE"})})
        sheet.data_validation("I2:I8", {"validate": "list", "source": "=选项!$A$1:$A$3"})
        sheet.add_sparkline("O2", {"range": f"{TITLE}!E2:E8"})
        sheet.insert_image("P3", "章.png", {"image_data": png()})
        sheet.insert_textbox("P9", "本表由人事部填写")
        sheet.set_header("&L&G", {"image_left": "章.png", "image_data_left": png()})
        sheet.write_url("P20", "https://example.invalid/", string="制度")
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": f"={TITLE}!$E$2:$E$8"})
        sheet.insert_chart("P22", chart)
        choices = book.add_worksheet("选项")
        choices.write_column(0, 0, ["其他", "离职", "退休"])
        choices.very_hidden()
        stock = book.add_worksheet("台账")
        stock.add_table("A1:B3", {"data": [["甲", 1], ["乙", 2]], "columns": [{"header": "部门"}, {"header": "人数"}]})
        stock.write_array_formula("D2:D3", "{=B2:B3*2}", None, 2)
        stock.write_number("D3", 4)
        stock.write_comment("A2", "台账的批注")
        stock.set_selection("B2")
        stock.hide()
        late = book.add_worksheet("汇总")
        late.write_formula("A1", f"=SUM({TITLE}!E2:E8)", None, 35028)
        late.activate()
        book.define_name("全部基数", f"={TITLE}!$E$2:$E$8")
        book.define_name("汇总!本表", "=汇总!$A$1")


def parts(data: bytes) -> dict[str, bytes]:
    """Part name -> its bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def prefixed(path: Path) -> None:
    """Rewrite a workbook's main parts with a prefix before every element, as .NET programs do."""
    kept = parts(path.read_bytes())
    for name, data in kept.items():
        if name.startswith(("xl/worksheets/sheet", "xl/workbook.xml", "xl/styles.xml", "xl/comments", "xl/sharedStr")):
            text = data.decode().replace('xmlns="http://schemas.openxml', 'xmlns:x="http://schemas.openxml', 1)
            kept[name] = re.sub(r"<(/?)(?=[A-Za-z]+[\s/>])", r"<\1x:", text).encode()
    path.write_bytes(packages.pack(kept))


def in_the_extension(path: Path) -> None:
    """Move the sheet's validations to where Excel keeps those that refer to another sheet."""
    kept = parts(path.read_bytes())
    xml = kept["xl/worksheets/sheet1.xml"].decode()
    plain = re.findall(r'<dataValidation type="list".*?</dataValidation>', xml)
    moved = ""
    for check in plain:
        xml = xml.replace(check, "")
        match = re.fullmatch(r'<dataValidation (.*?) sqref="(.*?)"><formula1>(.*?)</formula1></dataValidation>', check)
        assert match is not None
        attributes, area, formula = match.groups()
        moved += (
            f'<x14:dataValidation {attributes} xr:uid="{{0}}"><x14:formula1><xm:f>{formula}</xm:f></x14:formula1>'
            f"<xm:sqref>{area}</xm:sqref></x14:dataValidation>"
        )
    extension = (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"'
        ' xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:dataValidations'
        ' xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" xmlns:xr="x">'
        f"{moved}</x14:dataValidations></ext></extLst>"
    )
    kept["xl/worksheets/sheet1.xml"] = xml.replace("</worksheet>", extension + "</worksheet>").encode()
    path.write_bytes(packages.pack(kept))


def with_conversation(path: Path, cell: str) -> None:
    """Make the comment of a cell of the first sheet a conversation, as Excel 365 keeps it: in a part of its own too."""
    kept = parts(path.read_bytes())
    kept["xl/threadedComments/threadedComment1.xml"] = (
        b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        b'<threadedComment ref="' + cell.encode() + b'" personId="{1}" id="{2}"><text>?</text></threadedComment>'
        b"</ThreadedComments>"
    )
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    kind = b"http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    row = b'<Relationship Id="rId99" Type="' + kind + b'" Target="../threadedComments/threadedComment1.xml"/>'
    kept[rels] = kept[rels].replace(b"</Relationships>", row + b"</Relationships>")
    path.write_bytes(packages.pack(kept))
