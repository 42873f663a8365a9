"""Reports to write in every format: the dirty workbooks of the fixtures, and one with everything that is awkward."""

import csv
import io
import json
import re
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from gjj_cli.business.checked import Asked, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import FileError
from gjj_cli.finding import Finding, Judged, Place, Severity
from gjj_cli.flows.judging import check
from gjj_cli.report import formats
from gjj_cli.report.told import Report
from gjj_cli.rules import policy
from gjj_cli.workbook import cells

ROOT = Path(__file__).parents[2]
WORKBOOKS = ROOT / "fixtures" / "workbooks"
SCHEMAS = Path(__file__).parent / "schemas"
MACHINE = [name for name in formats.FORMATS if name != "text"]
Told = set[tuple[str, str, str | None]]  # (file, code, cell or None for the whole file)


@cache
def dirty() -> Report:
    """The seven dirty workbooks, without books."""
    files = []
    for slug in ROSTER:
        checked = check(cells.read(WORKBOOKS / slug / "dirty.xlsx"), Asked(date(2025, 7, 18)), policy.load())
        checked.name = f"{slug}/dirty.xlsx"
        files.append(checked)
    return Report(files, [], "shaoguan@2025-07", 0.5, 1, many=True, why_offline="没有账簿")


NASTY = "<script>alert(1)</script>&\"'`|*[x](y)%0A::error::\u202e\x07 =1+1"


def finding(code: str, cell: tuple[int, int] | None, value: str | None = None, message: str = "不对。") -> Finding:
    """A finding at (row, column) of 个人账户设立, or about the whole file."""
    place = Place("个人账户设立", *cell) if cell else Place()
    severity = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}[code[0]]
    return Finding(code, severity, place, "证件号码" if cell else None, value, message, "改对。", "标准模板")


@cache
def awkward() -> Report:
    """A name and values that mean something to each format, two findings in a cell, a batch value, an unreadable file,
    months without policy, and things left out."""
    found = [
        finding("I901", None, message="表头在第 3 行。"),
        finding("W812", None, message="「部门」不是这张表的列。"),
        finding("W812", None, message="「备注」不是这张表的列。"),
        finding("E201", (5, 3), "440203********1234"),
        finding("E302", (5, 3), "1"),
        finding("E104", (6, 2), NASTY, f"没有「{NASTY}」。"),
        finding("E112", (7, 5), "第一行\r\n第二行"),
    ]
    found[4:5] = [found[4].__class__(**{**vars(found[4]), "severity": Severity.WARNING, "verified": False})]
    batch = Finding("E103", Severity.ERROR, Place("批次信息", 2, 2), "补缴类型", "甲", "不一样。", "留一个。", "依据")
    first = Checked(f"表 格/{NASTY.replace('/', '')}.xlsx", "ab" * 32, ROSTER["account-opening"], "0500001")
    first.judged = Judged([*found, batch], ["E201", "E202", "E104"], ["E403"])
    first.unlisted, first.uncovered = found[:3], [2030 * 12]
    second = Checked("旧.xls", error=FileError("旧.xls 是旧版 Excel，读不了", code="E001", remedies=("改：另存为。",)))
    third = Checked("好.xlsx", "cd" * 32, ROSTER["sealing"], judged=Judged([], ["E101"], []))
    return Report([first, second, third], ["~$好.xlsx"], "shaoguan@2025-07", 1.25, 4, many=True, why_offline="没有账簿")


def expected(report: Report) -> Told:
    """What every format must tell."""
    told: Told = set()
    for checked in report.files:
        if checked.error is not None:
            told.add((checked.name, str(checked.error.code), None))
        told |= {(checked.name, found.code, _cell(found)) for found in checked.judged.findings}
    return told


def _cell(found: Finding) -> str | None:
    return f"{found.place.sheet}!{found.place.cell}" if found.place.cell else None


# --- what a reader of each format gets out of it -------------------------------------------------------------------


def read(name: str, text: str) -> Told:
    """(file, code, cell) of every finding in a report of that format."""
    return READERS[name](text)


def _json(text: str) -> Told:
    told: Told = set()
    for file in json.loads(text)["files"]:
        if file["error"] is not None:
            told.add((file["file"], file["error"]["code"], None))
        for one in file["findings"]:
            told.add((file["file"], one["code"], f"{one['sheet']}!{one['cell']}" if one["cell"] else None))
    return told


def _csv(text: str) -> Told:
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    return {
        (line["文件"], line["代码"], f"{line['工作表']}!{line['格']}" if line["格"] else None)
        for line in lines
        if line["代码"]
    }


def _sarif(text: str) -> Told:
    from urllib.parse import unquote

    told: Told = set()
    for result in json.loads(text)["runs"][0]["results"]:
        (place,) = result["locations"]
        names = [logical["fullyQualifiedName"] for logical in place.get("logicalLocations", [])]
        file = unquote(place["physicalLocation"]["artifactLocation"]["uri"])
        told.add((file, result["ruleId"], names[0] if names else None))
    return told


def _junit(text: str) -> Told:
    told: Told = set()
    for suite in ElementTree.fromstring(text):
        for case in suite:
            where, _, rest = (case.get("name") or "").partition(" ")
            if re.match(r"[EWI][0-9]{3}\b", rest):
                told.add((suite.get("name") or "", rest[:4], None if where == "整个文件" else where))
    return told


def _gitlab(text: str) -> Told:
    told: Told = set()
    for issue in json.loads(text):
        where = issue["description"].partition(" ")[0]
        told.add((issue["location"]["path"], issue["check_name"], None if where == "整个文件" else where))
    return told


def _github(text: str) -> Told:
    told: Told = set()
    for line in text.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) file=([^,]*),(?:line=\d+,col=\d+,)?title=([^,]*)::.*", line)
        if match:
            file, title = _unescaped(match[2]), _unescaped(match[3])
            code, where = title.split(" ")[:2]
            told.add((file, code, None if where == "整个文件" else where))
    return told


def _unescaped(text: str) -> str:
    for escape, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


class _Page(HTMLParser):
    """The finding rows of the HTML page, from their data- attributes and the heading of their section."""

    def __init__(self) -> None:
        super().__init__()
        self.told: Told = set()
        self.file, self.in_heading = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "section":
            self.file = told.get("data-name") or ""
        elif tag == "tr" and "data-code" in told:
            cell = told["data-cell"]
            self.told.add((self.file, str(told["data-code"]), cell or None))


def _html(text: str) -> Told:
    page = _Page()
    page.feed(text)
    return page.told


READERS = {
    "json": _json,
    "csv": _csv,
    "sarif": _sarif,
    "junit": _junit,
    "gitlab": _gitlab,
    "github": _github,
    "html": _html,
}
