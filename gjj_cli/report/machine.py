"""The JSON report of `gjj validate`: schema `gjj.validation/1` (product contract, section 3)."""

import json
from typing import Any

from gjj_cli import __version__, money
from gjj_cli.business.checked import Checked
from gjj_cli.finding import LISTED_MAX, Finding
from gjj_cli.report import told
from gjj_cli.report.told import Report


def render(report: Report) -> str:
    """The report as JSON text with a last line end."""
    body = {
        "schema": "gjj.validation/1",
        "tool": {"version": __version__, "policy": report.policy},
        "ok": all(checked.ok for checked in report.files),
        "seconds": round(report.seconds, 2),
        "files": [_file(checked) for checked in report.files],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _file(checked: Checked) -> dict[str, Any]:
    counts = checked.counts
    return {
        "file": checked.name,
        "sha256": checked.sha256,
        "business": checked.business.slug if checked.business else None,
        "unit": checked.unit,
        "rows": checked.rows,
        "ok": checked.ok,
        "counts": {"error": counts.error, "warning": counts.warning, "info": counts.info},
        "rules_not_run": checked.judged.rules_not_run,
        "totals": {header: money.plain(total) for header, total in checked.totals.items()},
        "truncated": told.truncated(checked),
        "ignored": checked.ignored,
        "error": None if checked.error is None else _error(checked),
        "findings": [finding(one) for one in checked.judged.findings[:LISTED_MAX]],
    }


def _error(checked: Checked) -> dict[str, str | None]:
    error = checked.error
    if error is None:
        raise ValueError("no error")
    hint = "".join(remedy.removeprefix("改：") for remedy in error.remedies)
    return {"code": error.code, "message": error.what, "hint": hint}


def finding(found: Finding) -> dict[str, Any]:
    """One finding as JSON; about a whole file, sheet, cell, row and column are null."""
    whole_file = found.place.cell is None
    return {
        "code": found.code,
        "severity": found.severity.value,
        "sheet": None if whole_file else found.place.sheet,
        "cell": found.place.cell,
        "row": None if whole_file else found.place.row,
        "column": None if whole_file else found.header,
        "value": found.value,
        "message": found.message,
        "hint": found.hint,
        "basis": found.basis,
        "verified": found.verified,
    }
