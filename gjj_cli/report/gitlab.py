"""GitLab's Code Quality report: one JSON array, an issue a finding, the cell in its fingerprint."""

import json
from typing import Any

from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding, Severity
from gjj_cli.report import told
from gjj_cli.report.told import Report

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """The array as JSON text with a last line end."""
    issues = [
        _issue(checked, finding, mark)
        for checked in report.files
        for finding, mark in told.marked(told.findings(checked))
    ]
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


def _issue(checked: Checked, finding: Finding, mark: str) -> dict[str, Any]:
    """GitLab shows the description and the line, so the cell and the remedy are said in it."""
    place = " ".join(word for word in (told.where(finding), finding.header) if word)
    return {
        "description": f"{place} {finding.message}改：{finding.hint}",
        "check_name": finding.code,
        "fingerprint": told.fingerprint(checked, mark),
        "severity": "blocker" if checked.error is not None else _SEVERITY[finding.severity],
        "location": {"path": checked.name.replace("\\", "/"), "lines": {"begin": finding.place.row or 1}},
    }
