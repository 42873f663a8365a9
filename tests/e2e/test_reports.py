"""The reports of `gjj validate` as a process: streams, files and exit codes."""

import json
from pathlib import Path

import jsonschema
import pytest

from gjj_cli.report.formats import FORMATS
from tests.conftest import Gjj
from tests.e2e.books import Desk
from tests.situations import OLE2, openings, sealing

pytestmark = pytest.mark.slow

DAY = ("--as-of", "2025-07-18")


@pytest.fixture
def filled(gjj: Gjj) -> Gjj:
    """开户.xlsx has errors, 封存.xlsx none, 旧.xls cannot be read."""
    openings(gjj.cwd / "开户.xlsx")
    sealing(gjj.cwd / "封存.xlsx")
    (gjj.cwd / "旧.xls").write_bytes(OLE2)
    return gjj


def test_exit_codes_never_depend_on_the_format(filled: Gjj) -> None:
    for name in FORMATS:
        ends = [filled(*DAY, "validate", file, "--format", name).exit for file in ("封存.xlsx", "开户.xlsx", "旧.xls")]
        assert ends == [0, 1, 4], name


def test_many_reports_of_one_run_in_gbk_and_into_folders(filled: Gjj) -> None:
    reports = [word for name in FORMATS for word in ("--report", f"{name}=结果/{name}")]
    said = filled(*DAY, "validate", ".", *reports, env={"LANG": "zh_CN.GBK"}, encoding="utf-8")
    assert said.exit == 4 and said.stdout.endswith("3 个文件：1 通过，1 不通过，1 读不了（退出码 4）\n")
    written = {path.name: path.read_text(encoding="utf-8") for path in (filled.cwd / "结果").iterdir()}
    assert set(written) == set(FORMATS) and written["text"] == said.stdout
    assert [file["error"] is None for file in json.loads(written["json"])["files"]] == [True, True, False]


def test_what_is_left_out_is_said_once_in_each_format(filled: Gjj) -> None:
    text = filled(*DAY, "validate", "开户.xlsx", "--ignore", "E108", "--select", "E")
    assert text.exit == 1 and text.stdout.count("另有 91 处按 --select、--ignore 没有列出。") == 1
    told = filled(*DAY, "validate", "开户.xlsx", "--ignore", "E108", "--format", "json")
    assert told.stderr == "另有 91 处按 --select、--ignore 没有列出。\n"
    (file,) = json.loads(told.stdout)["files"]
    assert (file["ignored"], file["counts"]["error"]) == (91, 1)
    assert filled(*DAY, "validate", "旧.xls", "--ignore", "E").exit == 4


def test_the_red_copy_has_no_mark_for_what_is_left_out(filled: Gjj) -> None:
    said = filled(*DAY, "validate", "开户.xlsx", "--ignore", "E108,E201,E302", "--annotate")
    assert said.exit == 0 and said.stderr.strip() == "开户.xlsx 没有要标的地方"


def test_expectations_that_are_not_met(filled: Gjj) -> None:
    met = filled(*DAY, "validate", "封存.xlsx", "--expect-rows", "13")
    assert met.exit == 0 and "E015" not in met.stdout
    said = filled(*DAY, "validate", "封存.xlsx", "--expect-rows", "14", "--expect-total", "1.00")
    assert said.exit == 1
    assert "应该有 14 人，表里有 13 人。" in said.stdout
    assert "「月缴存额（元）」应该合计 1.00 元，表里合计 0.00 元。" in said.stdout


def test_a_file_that_cannot_be_read_is_in_the_report_too(filled: Gjj) -> None:
    said = filled(*DAY, "validate", "旧.xls", "--report", "junit=结果.xml", "--report", "sarif=结果.sarif")
    assert said.exit == 4 and said.stdout == "" and said.stderr.startswith("gjj：旧.xls ")
    assert '<error type="E001"' in Path(filled.cwd / "结果.xml").read_text(encoding="utf-8")
    assert '"ruleId": "E001"' in Path(filled.cwd / "结果.sarif").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_exit_4(filled: Gjj) -> None:
    (filled.cwd / "挡.html").mkdir()
    said = filled(*DAY, "validate", "封存.xlsx", "--report", "html=挡.html")
    assert said.exit == 4 and "挡.html 没有写成" in said.stderr and "通过：0 处错误" in said.stdout
    same = filled(*DAY, "validate", "封存.xlsx", "--report", "csv=./封存.xlsx")
    assert same.exit == 2 and (filled.cwd / "封存.xlsx").read_bytes().startswith(b"PK")


def test_what_commands_say_in_json_is_valid_by_the_schemas_that_help_prints(desk: Desk) -> None:
    day = "2025-05-14"
    openings(desk.gjj.cwd / "开户.xlsx")
    submit = ("case", "submit", "个人账户封存", "--unit", "0500003", "--row")
    refused = desk.json("clerk", day, *submit, "个人账号=0099999999,封存原因=其他", exit=1)
    case = desk.json("clerk", day, *submit, "个人账号=0030000001,封存原因=其他")
    shown = desk.json("clerk", day, "case", "show", case["case"])
    dry = desk.json("admin", day, "remit", "run", "--all", "--through", "2024-05", "--dry-run", exit=8)
    run = desk.json("admin", day, "remit", "run", "--all", "--through", "2024-05", exit=8)
    checked = desk.json("clerk", day, "validate", "开户.xlsx", "--unit", "0500001", exit=1)
    assert refused["case"] is None and refused["findings"] and {one["outcome"] for one in run["units"]} >= {"refused"}
    for name, told in (
        ("case", refused),
        ("case", case),
        ("case", shown),
        ("run", run),
        ("run", dry),
        ("validation", checked),
    ):
        schema = json.loads(desk.gjj("help", name).stdout)
        assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(told)] == []


def test_a_submit_tells_the_warnings_of_its_file(desk: Desk) -> None:
    submit = (
        "case",
        "submit",
        "缴存基数调整",
        "--unit",
        "0500002",
        "--row",
        "个人账号=0010000001,调整后缴存基数=28000.00",
    )
    said = desk("clerk", "2025-05-14", *submit)
    assert said.exit == 0 and "警告" not in said.stdout
    assert said.stderr.startswith(
        "1 处警告，照样受理：\n  E2        E302 调整后缴存基数  高于 2025-03 的上限 25,000.00"
    )
