"""The JSON Schemas that gjj prints, against what gjj prints as JSON."""

import json
from typing import Any

import jsonschema
import pytest

from gjj_cli import app
from gjj_cli import month as months
from gjj_cli.posting.plan import RunReport
from gjj_cli.report import machine, remittance
from gjj_cli.report.schemas import SCHEMAS
from gjj_cli.report.told import Report
from tests.report.reports import awkward, dirty


def validator(name: str, capsys: pytest.CaptureFixture[str]) -> jsonschema.Draft202012Validator:
    """The schema as `gjj help NAME` prints it."""
    assert app.main(["help", name]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def problems(of: jsonschema.Draft202012Validator, body: Any) -> list[str]:
    return [error.message for error in of.iter_errors(body)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_says_whose(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    schema = validator(name, capsys).schema
    assert schema["title"] == f"gjj.{name}/1" and schema["required"][0] == "schema"


@pytest.mark.parametrize(
    "report", [dirty(), awkward(), Report([], [], "pack", 0.0, 0)], ids=["dirty", "awkward", "none"]
)
def test_validations_are_valid(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    assert problems(validator("validation", capsys), json.loads(machine.render(report))) == []


def test_a_key_more_or_less_is_not_valid(capsys: pytest.CaptureFixture[str]) -> None:
    schema = validator("validation", capsys)
    body = json.loads(machine.render(dirty()))
    body["files"][0]["findings"][0]["cell"] = "5C"
    del body["ok"]
    body["more"] = 1
    assert len(problems(schema, body)) == 3


def test_an_empty_run_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import date

    report = RunReport(months.of(2024, 2), date(2025, 5, 14), True)
    assert problems(validator("run", capsys), json.loads(remittance.run_json(report))) == []
