"""The HTML report: one page with everything in it, that filters, links findings with cells, and prints."""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from gjj_cli import __version__, money, resources, terminal
from gjj_cli.business.checked import Checked
from gjj_cli.finding import Counts, Finding, Severity, column_letters
from gjj_cli.report import told
from gjj_cli.report.told import Report
from gjj_cli.rules.registry import CATALOG


@dataclass(frozen=True)
class _Line:
    """One finding; `anchor` is its own name on the page, `place` that of its cell in the view by sheet."""

    finding: Finding
    anchor: str
    place: str
    sheet: str  # named where it is not the sheet of the people

    @property
    def where(self) -> str:
        return told.where(self.finding) if self.finding.place.cell else ""


def render(report: Report) -> str:
    """The page. It asks nothing of the network, and its policy lets it run no script but its own."""
    folder = resources.templates() / "html"
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        finalize=_visible,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (folder / "findings.css").read_text(encoding="utf-8")
    script = (folder / "findings.js").read_text(encoding="utf-8")
    files = [_file(number, checked, report) for number, checked in enumerate(report.files, 1)]
    found = [line.finding for file in files for line in file["lines"]]
    return pages.get_template("findings.html").render(
        title=report.files[0].name if len(report.files) == 1 else f"{len(report.files)} 个文件",
        version=__version__,
        policy=report.policy,
        ok=all(checked.ok for checked in report.files),
        counts=Counts.of(found),
        files=files,
        rules=_rules(found),
        severities=list(Severity),
        style=Markup(style),  # noqa: S704 — ours, not data
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _visible(value: object) -> object:
    """What cannot be seen, or would turn the line around, as its escape."""
    return terminal.printable(value) if type(value) is str else value


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _file(number: int, checked: Checked, report: Report) -> dict[str, Any]:
    lines = _lines(number, checked)
    return {
        "number": number,
        "name": checked.name,
        "business": checked.business.title if checked.business else "",
        "rows": checked.rows,
        "counts": Counts.of([line.finding for line in lines]),
        "verdict": "读不了" if checked.error else "通过" if checked.ok else "不通过",
        "mark": "good" if checked.ok else "bad",
        "facts": _facts(checked, report),
        "remarks": told.remarks(checked),
        "lines": lines,
        "sheets": _sheets(lines),
    }


def _facts(checked: Checked, report: Report) -> list[str]:
    facts = [checked.business.title, f"{checked.rows} 人"] if checked.business else []
    facts += [f"单位 {checked.unit}"] if checked.unit else []
    facts += [f"{header.removesuffix('（元）')}合计 {money.show(total)}" for header, total in checked.totals.items()]
    if not_run := checked.judged.rules_not_run:
        why = report.why_offline or "不知道是哪个单位"
        facts.append(f"{why}，{len(not_run)} 条规则没核对：{' '.join(not_run)}")
    return facts


def _lines(number: int, checked: Checked) -> list[_Line]:
    """The findings with their names: `f1-C5` on the sheet of the people, `f1-批次信息-B2` on another."""
    found = told.findings(checked)
    sheets = Counter(finding.place.sheet or "" for finding in found if finding.place.cell)
    people = sheets.most_common(1)[0][0] if sheets else ""
    if checked.business is not None and checked.business.title in sheets:
        people = checked.business.title
    lines = []
    for finding, mark in told.marked(found):
        sheet, cell, code, again = mark.split("\0")
        other = "" if sheet == people or not cell else sheet
        place = "-".join(part for part in (f"f{number}", other.replace(" ", "_"), cell or "file") if part)
        lines.append(_Line(finding, f"{place}-{code}" + (f"-{again}" if again != "1" else ""), place, other))
    return lines


def _sheets(lines: Sequence[_Line]) -> list[dict[str, Any]]:
    """The part of each sheet that has findings: its columns and its rows of cells, None for one without."""
    sheets: dict[str, dict[tuple[int, int], list[_Line]]] = {}
    for line in lines:
        place = line.finding.place
        if place.row is not None and place.column is not None:
            sheets.setdefault(place.sheet or "", {}).setdefault((place.row, place.column), []).append(line)
    return [{"name": name, **_grid(cells)} for name, cells in sheets.items()]


def _grid(cells: Mapping[tuple[int, int], Sequence[_Line]]) -> dict[str, Any]:
    headers = {column: lines[0].finding.header or "" for (_, column), lines in cells.items()}
    columns = sorted(headers)
    rows = sorted({row for row, _ in cells})
    return {
        "columns": [{"letters": column_letters(column), "header": headers[column]} for column in columns],
        "rows": [{"number": row, "cells": [_cell(cells.get((row, column), ())) for column in columns]} for row in rows],
    }


def _cell(lines: Sequence[_Line]) -> dict[str, Any] | None:
    """One cell by the first and gravest of its findings."""
    if not lines:
        return None
    order = list(Severity)
    first = min(lines, key=lambda line: order.index(line.finding.severity))
    return {
        "place": first.place,
        "anchor": first.anchor,
        "severity": first.finding.severity,
        "value": first.finding.value or "（空）",
        "codes": " ".join(line.finding.code for line in lines),
    }


def _rules(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """What the page's codes mean, each with how often it was found."""
    times = Counter(finding.code for finding in found)
    return [
        {"code": code, "title": rule.title, "message": rule.general, "basis": rule.basis, "times": times[code]}
        for code, rule in sorted(CATALOG.items())
        if code in times
    ]
