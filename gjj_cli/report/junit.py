"""JUnit XML: a suite a file, a test case for each finding and for each rule that found nothing.

Readers show one failure a case, so every cell is a case of its own; a warning is a case that passes and says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding
from gjj_cli.report import told
from gjj_cli.report.told import Report
from gjj_cli.rules.registry import CATALOG

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Case:
    """One test case; `outcome` is an element's name or None, and `text` what it says."""

    name: str
    outcome: str | None = None
    code: str = ""
    text: str = ""


def render(report: Report) -> str:
    """The document with a last line end; `time` is of the whole run."""
    suites = [(checked, list(_cases(report, checked))) for checked in report.files]
    every = [case for _, cases in suites for case in cases]
    head = _element(
        "testsuites",
        name="gjj validate",
        time=f"{report.seconds:.2f}",
        tests=str(len(every)),
        failures=_count(every, "failure"),
        errors=_count(every, "error"),
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{head}>"]
    for checked, cases in suites:
        lines += _suite(checked, cases)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(checked: Checked, cases: list[_Case]) -> Iterator[str]:
    head = _element(
        "testsuite",
        name=checked.name,
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
    )
    yield f"<{head}>"
    suite = checked.name.replace(".", "_")  # a dot would begin a package
    for case in cases:
        opening = _element("testcase", name=case.name, classname=suite)
        if case.outcome is None:
            yield f"<{opening}/>"
            continue
        attributes = {} if case.outcome == "system-out" else {"type": case.code, "message": case.text}
        inner = _element(case.outcome, **attributes)
        yield f"<{opening}><{inner}>{escape(_legal(case.text))}</{case.outcome}></testcase>"
    yield "</testsuite>"


def _cases(report: Report, checked: Checked) -> Iterator[_Case]:
    found = told.findings(checked)
    for finding in found:
        failed = "error" if checked.error else "failure" if report.fails(finding) else "system-out"
        yield _Case(_name(finding), failed, finding.code, f"{finding.message}改：{finding.hint}")
    said = {finding.code for finding in found}
    for code in checked.judged.rules_run:
        if code not in said:
            yield _Case(f"{code} {CATALOG[code].title}")
    for code in checked.judged.rules_not_run:
        why = report.why_offline or "不知道是哪个单位"
        yield _Case(f"{code} {CATALOG[code].title}", "skipped", code, f"{why}，没有核对。")
    if uncovered := told.uncovered(checked):
        yield _Case("政策", "error", "政策", uncovered)
    for remark in (told.cut(checked), told.left_out(checked.ignored)):
        if remark:
            yield _Case(remark, "skipped", "", remark)


def _name(finding: Finding) -> str:
    """`C5 E201 证件号码`, so that a reader sees the cell in its list."""
    return " ".join(word for word in (told.where(finding), finding.code, finding.header) if word)


def _count(cases: list[_Case], outcome: str) -> str:
    return str(sum(case.outcome == outcome for case in cases))


def _element(tag: str, **attributes: str) -> str:
    return " ".join((tag, *(f"{name}={quoteattr(_legal(value))}" for name, value in attributes.items())))


def _legal(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
