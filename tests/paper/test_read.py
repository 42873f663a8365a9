"""Reading a 回单 back: genuine, one digit changed, something laid over it, not ours, damaged."""

import io
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pypdf
import pytest
from pypdf.annotations import FreeText

from gjj_cli import atomic
from gjj_cli.errors import FileError
from gjj_cli.paper import pdf, read, view
from tests.paper.paper_samples import code_of, remittance, sealing


@cache
def text(receipt: view.Receipt, code: str) -> read.PaperText:
    return read.text_of(pdf.render(receipt, code), "回单.pdf")


def test_what_was_printed_reads_back_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "回单.pdf"
    atomic.write(path, pdf.render(remittance(), code_of(remittance())))
    paper = read.read_back(path)
    assert (paper.case_no, paper.code, paper.reprint) == ("0500001-2505-001", code_of(remittance()), False)
    assert paper.lines[:2] == ["韶关市住房公积金管理中心", "住房公积金汇缴回单"]
    assert read.compare(paper, text(remittance(), code_of(remittance()))) == []


def test_a_reprint_says_so_and_keeps_its_code() -> None:
    paper = text(replace(remittance(), reprint=True), code_of(remittance()))
    assert paper.reprint
    assert paper.code == code_of(remittance())
    assert read.compare(paper, text(replace(remittance(), reprint=True), paper.code)) == []
    (difference,) = read.compare(paper, text(remittance(), paper.code))
    assert difference.printed == "补打 韶关市住房公积金管理中心"


def test_one_changed_digit_names_its_line() -> None:
    receipt = remittance()
    rows = (receipt.table.rows[0], (*receipt.table.rows[1][:-1], "132,944.00"))
    forged = text(replace(receipt, table=replace(receipt.table, rows=rows)), code_of(receipt))
    (difference,) = read.compare(forged, text(receipt, code_of(receipt)))
    assert difference.printed == "2024-03 65 66,022.00 66,022.00 132,944.00"
    assert difference.booked == "2024-03 65 66,022.00 66,022.00 132,044.00"
    assert forged.lines[difference.line - 1] == difference.printed


def test_one_digit_edited_in_the_pdf_itself_names_its_line() -> None:
    receipt = remittance()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf.render(receipt, code_of(receipt))))
    page = writer.pages[0]
    content = page.get_contents()
    assert content is not None
    drawn = content.get_data()
    (last,) = re.finditer(glyphs("264,088.00"), drawn)
    forged = drawn[: last.start()] + last[0].replace(b"<0015>", b"<0017>") + drawn[last.end() :]  # 4 becomes 6
    content.set_data(forged)
    page[pypdf.generic.NameObject("/Contents")] = writer._add_object(content)
    out = io.BytesIO()
    writer.write(out)
    (difference,) = read.compare(read.text_of(out.getvalue(), "改过.pdf"), text(receipt, code_of(receipt)))
    assert (difference.printed, difference.booked) == (
        "合计 2 个月 - 132,044.00 132,044.00 266,088.00",
        "合计 2 个月 - 132,044.00 132,044.00 264,088.00",
    )


def glyphs(figures: str) -> bytes:
    """How a page draws figures: the Noto CJK fonts number ASCII from 1 at the blank; kerning stands between glyphs."""
    return rb"[^<]*".join(b"<%04x>" % (ord(char) - 31) for char in figures)


def test_an_added_and_a_removed_person_are_found() -> None:
    thirteen, twelve = sealing(), sealing(12)
    code = code_of(thirteen)
    added = read.compare(text(thirteen, code), text(replace(twelve, heads=13, summary=thirteen.summary), code))
    assert any(difference.booked == "" or "0100000013" in difference.printed for difference in added)
    removed = read.compare(text(replace(twelve, heads=13, summary=thirteen.summary), code), text(thirteen, code))
    assert any("0100000013" in difference.booked for difference in removed)


def test_another_key_shows_as_another_code() -> None:
    receipt = remittance()
    differences = read.compare(text(receipt, code_of(receipt, bytes(32))), text(receipt, code_of(receipt)))
    assert differences
    assert all("验证码" in difference.printed for difference in differences)


def test_lines_broken_elsewhere_are_no_difference() -> None:
    paper = text(remittance(), code_of(remittance()))
    long = max(paper.lines, key=len)
    at = paper.lines.index(long)
    broken = replace(paper, lines=[*paper.lines[:at], long[:10], long[10:], *paper.lines[at + 1 :]])
    assert read.compare(broken, paper) == []


def test_a_comment_laid_over_a_figure_is_found(tmp_path: Path) -> None:
    receipt = remittance()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf.render(receipt, code_of(receipt))))
    writer.add_annotation(0, FreeText(text="999,999.00", rect=(50, 400, 200, 420), background_color="ffffff"))
    path = tmp_path / "改过.pdf"
    writer.write(path)
    (difference,) = read.compare(read.read_back(path), text(receipt, code_of(receipt)))
    assert (difference.printed, difference.booked) == ("第 1 页上有批注或表单", "")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(range(256)) * 40])
def test_what_is_no_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"x\.pdf"):
        read.read_back(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="读不了"):
        read.read_back(tmp_path / "没有.pdf")


def test_a_pdf_of_someone_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "别人.pdf"
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    writer.write(path)
    with pytest.raises(FileError, match="不是 gjj 印的回单"):
        read.read_back(path)


def test_an_encrypted_or_cut_pdf_is_refused(tmp_path: Path) -> None:
    whole = pdf.render(remittance(), code_of(remittance()))
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    writer.encrypt("secret", algorithm="RC4-128")
    locked = tmp_path / "加密.pdf"
    writer.write(locked)
    cut = tmp_path / "断.pdf"
    cut.write_bytes(whole[: len(whole) // 3])
    for path in (locked, cut):
        with pytest.raises(FileError):
            read.read_back(path)
