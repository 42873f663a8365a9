"""The JSON report of `gjj validate`: schema `gjj.validation/1` (product contract, section 3)."""

import json
from collections.abc import Sequence
from typing import Any

from gjj_cli import __version__, money
from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding

LIMIT = 10_000  # findings of one file; more are cut and said to be


def validation(files: Sequence[Checked], policy: str, seconds: float) -> str:
    """The report as JSON text with a last line end."""
    report = {
        "schema": "gjj.validation/1",
        "tool": {"version": __version__, "policy": policy},
        "ok": all(checked.ok for checked in files),
        "seconds": round(seconds, 2),
        "files": [_file(checked) for checked in files],
    }
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def _file(checked: Checked) -> dict[str, Any]:
    findings = checked.judged.findings
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
        "truncated": len(findings) > LIMIT,
        "error": None if checked.error is None else _error(checked),
        "findings": [finding(one) for one in findings[:LIMIT]],
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
