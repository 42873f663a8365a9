"""GitHub: workflow commands that mark the files, and the Markdown of a step's summary."""

import re
from collections.abc import Iterator

from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding, Severity
from gjj_cli.report import told
from gjj_cli.report.told import Report

SUMMARY_BYTES = 1024 * 1024  # of one step; GitHub shows nothing of a longer one
_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_LEFT_OUT = "\n其余的没有列出：摘要最多 1 MiB。\n"


def render(report: Report) -> str:
    """One workflow command a finding, each in its line."""
    return "".join(f"{line}\n" for checked in report.files for line in _lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    for finding in told.findings(checked):
        place = finding.place
        properties = {
            "file": checked.name.replace("\\", "/"),
            **({"line": str(place.row), "col": str(place.column)} if place.cell else {}),
            "title": " ".join(word for word in (finding.code, told.where(finding), finding.header) if word),
        }
        yield _command(_COMMAND[finding.severity], properties, f"{finding.message}改：{finding.hint}")
    for said in told.remarks(checked):
        yield _command("notice", {"file": checked.name.replace("\\", "/")}, said)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    told_of = ",".join(
        f"{key}={_data(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{name} {told_of}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def summary(report: Report, room: int = SUMMARY_BYTES) -> str:
    """The findings as Markdown of at most `room` bytes; what does not fit is said to be left out."""
    lines: list[str] = []
    left = room - len(_LEFT_OUT.encode())
    for line in _markdown(report):
        left -= len(line.encode("utf-8", "replace")) + 1
        if left < 0:
            return "\n".join(lines) + _LEFT_OUT if room >= len(_LEFT_OUT.encode()) else ""
        lines.append(line)
    return "\n".join(lines) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield "## gjj validate"
    for checked in report.files:
        title = f"，{checked.business.title}，{checked.rows} 人" if checked.business else ""
        verdict = "读不了" if checked.error else "通过" if checked.ok else "不通过"
        yield from ("", f"### {_plain(checked.name)}", "", f"{verdict}{title}")
        found = told.findings(checked)
        if found:
            yield from ("", "| 格 | 代码 | 级别 | 列 | 内容 | 说明 |", "|---|---|---|---|---|---|")
        yield from (_row(finding) for finding in found)
        for said in told.remarks(checked):
            yield from ("", _plain(said))


def _row(finding: Finding) -> str:
    cells = (
        told.where(finding),
        finding.code,
        finding.severity.label,
        finding.header or "",
        finding.value or "",
        f"{finding.message}改：{finding.hint}",
    )
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line: no markup, no HTML, no cell border."""
    text = re.sub(r"\s", " ", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#!@])", r"\\\1", text)
