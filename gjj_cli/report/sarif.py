"""SARIF 2.1.0: every rule that ran, every finding with its cell as a logical location and as row and column."""

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from gjj_cli import __version__
from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding, Severity
from gjj_cli.report import told
from gjj_cli.report.told import Report
from gjj_cli.rules.catalogue import Rule, in_general
from gjj_cli.rules.registry import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """The log of one run as JSON text with a last line end."""
    rules = _rules_run(report)
    index = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "gjj",
                "version": __version__,
                "semanticVersion": __version__,
                "language": "zh-CN",
                "rules": [_descriptor(rule) for rule in rules],
                "properties": {"policy": report.policy},
            }
        },
        "invocations": [_invocation(report)],
        "artifacts": [_artifact(checked) for checked in report.files],
        "results": [
            _result(number, checked, finding, mark, index)
            for number, checked in enumerate(report.files)
            for finding, mark in told.marked(told.findings(checked))
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _rules_run(report: Report) -> list[Rule]:
    """What a file's form can break is looked at in every file; the others ran where a file says so."""
    ran = {rule.code for rule in RULES if rule.runs == "layout"}
    for checked in report.files:
        ran |= {*checked.judged.rules_run, *(finding.code for finding in checked.judged.findings)}
    return [rule for rule in RULES if rule.code in ran]


def _descriptor(rule: Rule) -> dict[str, Any]:
    example = f"例如：{rule.example}。" if rule.example else ""
    return {
        "id": rule.code,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.general},
        "help": {"text": f"改：{in_general(rule.remedy)} 依据：{rule.basis}。{example}"},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"basis": rule.basis, "needs": rule.needs, "family": rule.family},
    }


def _invocation(report: Report) -> dict[str, Any]:
    notified = [
        _notification(told.findings(checked)[0].message, "error", number)
        for number, checked in enumerate(report.files)
        if checked.error is not None
    ]
    configured = []
    for number, checked in enumerate(report.files):
        for said, level in (
            (told.uncovered(checked), "error"),
            (told.cut(checked), "warning"),
            (told.left_out(checked.ignored), "note"),
        ):
            if said:
                configured.append(_notification(said, level, number))
        if checked.judged.rules_not_run:
            why = report.why_offline or "不知道是哪个单位"
            listed = " ".join(checked.judged.rules_not_run)
            configured.append(_notification(f"{why}，没有核对：{listed}", "note", number))
    return {
        "executionSuccessful": not notified,
        "exitCode": int(report.exit),
        "toolExecutionNotifications": notified,
        "toolConfigurationNotifications": configured,
    }


def _notification(said: str, level: str, number: int) -> dict[str, Any]:
    return {
        "message": {"text": said},
        "level": level,
        "locations": [{"physicalLocation": {"artifactLocation": {"index": number}}}],
    }


def _artifact(checked: Checked) -> dict[str, Any]:
    hashes = {"hashes": {"sha-256": checked.sha256}} if checked.sha256 else {}
    return {"location": {"uri": uri(checked.name)}, "roles": ["analysisTarget"], **hashes}


def _result(number: int, checked: Checked, finding: Finding, mark: str, index: dict[str, int]) -> dict[str, Any]:
    place = finding.place
    physical = {
        "artifactLocation": {"uri": uri(checked.name), "index": number},
        "region": {"startLine": place.row, "startColumn": place.column} if place.cell else {"startLine": 1},
    }
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.cell:
        location["logicalLocations"] = [{"name": place.cell, "fullyQualifiedName": told.where(finding)}]
    properties = {"column": finding.header, "value": finding.value, "hint": finding.hint, "basis": finding.basis}
    return {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVEL[finding.severity],
        "message": {"text": f"{finding.message}改：{finding.hint}"},
        "locations": [location],
        "partialFingerprints": {"gjjCell/v1": told.fingerprint(checked, mark)},
        "properties": {**properties, "verified": finding.verified},
    }


def uri(name: str) -> str:
    """A file's name as a URI reference: relative names stay relative, Chinese and blanks are percent-encoded."""
    path = PurePath(name)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix(), errors="surrogateescape")
