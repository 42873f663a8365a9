"""JUnit XML against the schema its readers share (junit-10.xsd)."""

from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import pytest
import xmlschema

from gjj_cli.report import junit
from gjj_cli.report.told import Report
from gjj_cli.rules.registry import CATALOG
from tests.report.reports import NASTY, SCHEMAS, awkward, dirty


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def document(report: Report) -> ElementTree.Element:
    """The root, after the whole document was found to be valid."""
    text = junit.render(report)
    schema().validate(text)
    return ElementTree.fromstring(text)


@pytest.mark.parametrize(
    "report", [dirty(), awkward(), Report([], [], "pack", 0.0, 0)], ids=["dirty", "awkward", "none"]
)
def test_a_document_is_valid_and_counts_right(report: Report) -> None:
    root = document(report)
    for node in [root, *root]:
        for kind, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert node.get(kind) == str(len(list(node.iter(tag))))
    assert [suite.get("skipped") for suite in root] == [str(len(list(suite.iter("skipped")))) for suite in root]


def test_the_schema_refuses_what_is_no_report() -> None:
    assert not schema().is_valid(junit.render(dirty()).replace('failures="', 'failing="', 1))
    assert not schema().is_valid(junit.render(dirty()).replace("testcase", "case"))


def outcomes(report: Report, suite: int) -> dict[str, str]:
    """Case -> what came of it."""
    cases = document(report)[suite]
    return {case.get("name", ""): case[0].tag if len(case) else "passed" for case in cases}


def test_errors_fail_warnings_pass_and_what_did_not_run_is_skipped() -> None:
    told = outcomes(awkward(), 0)
    assert told["个人账户设立!C5 E201 证件号码"] == "failure"
    assert told["个人账户设立!C5 E302 证件号码"] == told["整个文件 I901"] == "system-out"
    assert told[f"E202 {CATALOG['E202'].title}"] == "passed"
    assert [outcome for name, outcome in told.items() if name.startswith("E403")] == ["skipped"]
    assert told["政策"] == "error" and told["另有 3 处按 --select、--ignore 没有列出。"] == "skipped"
    assert "passed" not in outcomes(awkward(), 1).values()
    assert list(outcomes(awkward(), 1).values()) == ["error"]


def test_what_a_failure_is_goes_by_fail_on() -> None:
    strict = outcomes(replace(awkward(), fail_on="warning"), 0)
    assert strict["个人账户设立!C5 E302 证件号码"] == "failure" and strict["整个文件 I901"] == "system-out"
    assert "failure" not in outcomes(replace(awkward(), fail_on="never"), 0).values()


def test_a_value_is_text_whatever_it_holds() -> None:
    (case,) = [case for case in document(awkward())[0] if "E104" in case.get("name", "")]
    assert case[0].text == f"没有「{NASTY}」。改：改对。".replace("\x07", "\ufffd")
    assert case.get("classname", "").endswith("_xlsx") and "." not in case.get("classname", "")
