"""Reading a 回单 back from its PDF, and comparing what is printed with what the books say, line by line."""

import io
import logging
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pypdf

from gjj_cli.errors import FileError, reason

REPRINT = "补打"  # the first word on the paper, when it is there
MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 400

_CASE = re.compile(r"业务流水号 ?(~?[0-9A-Za-z]+-[0-9]{4}-[0-9]+)")
_CODE = re.compile(r"验证码 ?((?:[A-Z2-7]{4}-){4}[A-Z2-7]{4})(?![A-Z2-7-])")

logging.getLogger("pypdf").addHandler(logging.NullHandler())  # its remarks on odd files are not for the clerk


@dataclass(frozen=True)
class PaperText:
    """What a PDF says: 受理号, 验证码, whether it is marked 补打, and its lines with blanks made single.

    `lines` ends with one line for each thing a 回单 of ours never has (a comment, a picture, a form field), because
    such a thing can cover a figure without touching the text below it.
    """

    case_no: str
    code: str
    reprint: bool
    lines: list[str]


@dataclass(frozen=True)
class Difference:
    """One place where paper and books differ: the line number on paper (from 1), what it says, what the books say.

    `printed` is empty for a line that is missing on paper, `booked` for one that the books do not have.
    """

    line: int
    printed: str
    booked: str


def read_back(path: Path) -> PaperText:
    """The text of a printed 回单. Raises FileError for what is no PDF, is too big, or is no 回单 of ours."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileError(f"{path} 读不了：{reason(error)}", remedies=("改：看看文件名和权限对不对",)) from error
    if len(data) > MAX_BYTES:
        raise _not_ours(path.name, f"超过 {MAX_BYTES // 1024 // 1024} MB，不是 gjj 印的回单")
    return text_of(data, path.name)


def text_of(data: bytes, name: str) -> PaperText:
    """The same of PDF bytes; `name` is what a refusal calls them."""
    if not data.startswith(b"%PDF-"):
        raise _not_ours(name, "不是 PDF 文件")
    try:
        lines, extras = _extract(data)
    except Exception as error:  # pypdf answers damage with KeyError, RecursionError and a dozen others
        raise _not_ours(name, "是损坏或加了密的 PDF，读不出来") from error
    text = "\n".join(lines)
    case_no, code = _CASE.search(text), _CODE.search(text)
    if case_no is None or code is None:
        raise _not_ours(name, "里面没有业务流水号和验证码，不是 gjj 印的回单")
    return PaperText(case_no[1], code[1], lines[0].split()[0] == REPRINT, [*lines, *extras])


def _not_ours(name: str, why: str) -> FileError:
    return FileError(f"{name} {why}。", remedies=("改：用 gjj voucher print 印出来的原文件；扫描件和照片验不了。",))


def _extract(data: bytes) -> tuple[list[str], list[str]]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted or len(reader.pages) > MAX_PAGES:
        raise ValueError("encrypted, or more pages than a 回单 can have")
    lines, extras = [], []
    for number, page in enumerate(reader.pages, 1):
        lines += [line for raw in page.extract_text().splitlines() if (line := " ".join(raw.split()))]
        extras += [f"第 {number} 页上有{what}" for what in _additions(page)]
    return lines, extras


def _additions(page: Any) -> list[str]:
    """Things laid over a page after it was printed. Ours have none: the QR code is drawn, not a picture."""
    found = ["批注或表单"] if page.get("/Annots") else []
    resources = page.get("/Resources", {}).get_object()
    pictures = resources.get("/XObject", {}).get_object() if "/XObject" in resources else {}
    if any(thing.get_object().get("/Subtype") == "/Image" for thing in pictures.values()):
        found.append("图片")
    return found


def compare(read: PaperText, expected: PaperText) -> list[Difference]:
    """The lines of `read` that are not those of `expected` (the same 回单 printed again from the books).

    Only how long texts are broken into lines may differ (another version of the font): that is no difference.
    """
    if "".join(read.lines).replace(" ", "") == "".join(expected.lines).replace(" ", ""):
        return []
    differences = []
    matcher = SequenceMatcher(a=read.lines, b=expected.lines, autojunk=False)
    for tag, first, end, start, stop in matcher.get_opcodes():
        if tag == "equal":
            continue
        for offset in range(max(end - first, stop - start)):
            printed = read.lines[first + offset] if first + offset < end else ""
            booked = expected.lines[start + offset] if start + offset < stop else ""
            differences.append(Difference(first + offset + 1, printed, booked))
    return differences
