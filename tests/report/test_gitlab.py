"""GitLab's Code Quality: the keys it reads, and fingerprints that are one finding's own."""

import json

from gjj_cli.report import gitlab
from tests.report.reports import awkward, dirty

SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def test_an_issue_has_what_gitlab_reads() -> None:
    for issue in json.loads(gitlab.render(dirty())):
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in SEVERITIES and issue["description"]
        assert issue["location"]["lines"]["begin"] >= 1 and not issue["location"]["path"].startswith("./")


def test_a_fingerprint_is_one_findings_own_and_the_same_in_the_next_run() -> None:
    marks = [issue["fingerprint"] for report in (dirty(), awkward()) for issue in json.loads(gitlab.render(report))]
    assert len(set(marks)) == len(marks)
    assert marks == [
        issue["fingerprint"] for report in (dirty(), awkward()) for issue in json.loads(gitlab.render(report))
    ]


def test_severity_and_line_come_from_the_finding() -> None:
    issues = {issue["check_name"]: issue for issue in json.loads(gitlab.render(awkward()))}
    assert {code: issues[code]["severity"] for code in ("E001", "E201", "E302", "I901")} == {
        "E001": "blocker",
        "E201": "major",
        "E302": "minor",
        "I901": "info",
    }
    assert issues["E201"]["location"]["lines"]["begin"] == 5 and issues["E001"]["location"]["lines"]["begin"] == 1
    assert issues["E201"]["description"] == "个人账户设立!C5 证件号码 不对。改：改对。"
