"""SARIF against the OASIS schema, and what is in it beyond that."""

import json
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import jsonschema
import pytest

from gjj_cli.business.checked import Checked
from gjj_cli.finding import Judged
from gjj_cli.report import sarif, told
from gjj_cli.report.told import Report
from gjj_cli.rules.registry import CATALOG
from tests.report.reports import SCHEMAS, awkward, dirty, finding


@cache
def schema() -> jsonschema.Draft4Validator:
    """The official one, draft 4, with formats checked."""
    body = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(body)
    return jsonschema.Draft4Validator(body, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def run_of(report: Report) -> dict[str, Any]:
    """The one run of the log, after the whole log was found to be valid."""
    log = json.loads(sarif.render(report))
    assert [error.message for error in schema().iter_errors(log)] == []
    (run,) = log["runs"]
    return run


@pytest.mark.parametrize(
    "report", [dirty(), awkward(), Report([], [], "pack", 0.0, 0)], ids=["dirty", "awkward", "none"]
)
def test_a_log_is_valid(report: Report) -> None:
    run = run_of(report)
    assert run["tool"]["driver"]["language"] == "zh-CN"
    assert run["tool"]["driver"]["properties"] == {"policy": report.policy}


def test_the_schema_is_the_one_the_log_names_and_refuses_what_is_no_log() -> None:
    log = json.loads(sarif.render(dirty()))
    assert log["$schema"] == schema().schema["id"]
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert [error.path[-1] for error in schema().iter_errors(log)] == ["level"]


def test_every_rule_that_ran_is_described() -> None:
    run = run_of(dirty())
    described = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    ran = {code for checked in dirty().files for code in checked.judged.rules_run}
    assert ran < set(described) and {"E010", "W812"} < set(described)
    assert not {code for checked in dirty().files for code in checked.judged.rules_not_run} & set(described)
    assert described["E201"]["defaultConfiguration"]["level"] == "error"
    for code, rule in described.items():
        assert rule["shortDescription"]["text"] == rule["name"] == CATALOG[code].title
        assert "{" not in rule["fullDescription"]["text"] + rule["help"]["text"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_result_has_its_cell_twice() -> None:
    (result,) = [one for one in run_of(awkward())["results"] if one["ruleId"] == "E201"]
    (place,) = result["locations"]
    assert place["logicalLocations"] == [{"name": "C5", "fullyQualifiedName": "个人账户设立!C5"}]
    assert place["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 3}
    assert place["physicalLocation"]["artifactLocation"]["index"] == 0
    assert result["properties"]["value"] == "440203********1234" and result["message"]["text"] == "不对。改：改对。"


def test_what_is_not_verified_is_a_warning() -> None:
    (result,) = [one for one in run_of(awkward())["results"] if one["ruleId"] == "E302"]
    assert (result["level"], result["properties"]["verified"]) == ("warning", False)


def test_fingerprints_tell_findings_apart_and_do_not_change_with_other_cells() -> None:
    report = awkward()
    marks = [one["partialFingerprints"]["gjjCell/v1"] for one in run_of(report)["results"]]
    assert len(set(marks)) == len(marks)
    first = report.files[0]
    fewer = Checked(first.name, judged=Judged([one for one in first.judged.findings if one.code == "E201"]))
    (mark,) = [one["partialFingerprints"]["gjjCell/v1"] for one in run_of(replace(report, files=[fewer]))["results"]]
    assert mark in marks


def test_an_unreadable_file_is_told_as_a_result_and_as_a_failure_to_run() -> None:
    run = run_of(awkward())
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 4)
    (said,) = invocation["toolExecutionNotifications"]
    assert (said["level"], said["message"]["text"]) == ("error", "旧.xls 是旧版 Excel，读不了。")
    assert said["locations"][0]["physicalLocation"]["artifactLocation"]["index"] == 1
    configured = [one["message"]["text"] for one in invocation["toolConfigurationNotifications"]]
    assert configured[0].startswith("政策包没有 2030-01 的上下限")
    assert configured[1:] == ["另有 3 处按 --select、--ignore 没有列出。", "没有账簿，没有核对：E403"]


def test_what_is_too_much_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "LISTED_MAX", 2)
    many = Checked("多.xlsx", judged=Judged([finding("E101", (row, 1)) for row in range(2, 5)]))
    run = run_of(Report([many], [], "pack", 0.0, 1))
    assert len(run["results"]) == 2
    assert run["invocations"][0]["executionSuccessful"] is True
    (said,) = run["invocations"][0]["toolConfigurationNotifications"]
    assert (said["level"], said["message"]["text"]) == ("warning", "一共 3 处，只列出前 2 处。")


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("开户7月.xlsx", "%E5%BC%80%E6%88%B77%E6%9C%88.xlsx"),
        ("表 格/甲#1.xlsx", "%E8%A1%A8%20%E6%A0%BC/%E7%94%B2%231.xlsx"),
        ("C:x.xlsx", "C%3Ax.xlsx"),
        ("/tmp/a b.xlsx", "file:///tmp/a%20b.xlsx"),
        ("\udcff.xlsx", "%FF.xlsx"),
    ],
)
def test_a_file_is_named_by_a_uri(name: str, uri: str) -> None:
    assert sarif.uri(name) == uri
    assert PurePosixPath(uri).suffix == ".xlsx"
