"""What the command line says where: streams, hints, colour, encodings, widths, sources of files, exit codes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gjj_cli import app, terminal
from gjj_cli.errors import Exit
from tests.conftest import Gjj
from tests.e2e.books import Desk
from tests.situations import COLOUR, OLE2, odd, openings, sealing

DAY = "2024-05-24"
pytestmark = pytest.mark.slow  # each starts the program


# --- which stream ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of 个人账户设立 with errors."""
    path = tmp_path_factory.mktemp("wrong") / "开户.xlsx"
    openings(path)
    return path


@pytest.fixture
def filled(desk: Desk, wrong: Path) -> Desk:
    """The sample books beside 封存.xlsx (right) and 开户.xlsx (wrong)."""
    sealing(desk.gjj.cwd / "封存.xlsx")
    shutil.copy(wrong, desk.gjj.cwd)
    return desk


def test_hints_are_on_a_terminal_only_and_vanish_with_q(filled: Desk):
    token = {"GJJ_TOKEN": filled.office.tokens["clerk"]}
    command, hint = ("--as-of", DAY, "validate", "封存.xlsx"), "提交：gjj case submit 封存.xlsx\n"
    shown = filled.gjj.on_terminal(*command, env=token).stdout
    quiet = filled.gjj.on_terminal(*command, "-q", env=token).stdout
    piped = filled.gjj(*command, env=token)
    assert shown == quiet + hint
    assert (piped.stdout, piped.stderr) == (quiet, "")


def test_talk_goes_to_stderr_and_vanishes_with_q(filled: Desk):
    said = filled("clerk", DAY, "validate", "开户.xlsx", "--annotate", "--format", "json", "--offline")
    json.loads(said.stdout)
    assert said.stderr == "标红的表：开户-标注.xlsx\n"
    assert filled("clerk", DAY, "-q", "--yes", "validate", "开户.xlsx", "--annotate", "--offline").stderr == ""


def test_a_refusal_is_said_whatever_q(filled: Desk):
    said = filled("clerk", DAY, "-q", "case", "show", "2405-009")
    assert (said.stdout, said.exit) == ("", 6)
    assert said.stderr.startswith("gjj：没有受理号 2405-009，什么都没有变。\n可以：")


def test_head_of_a_report_ends_quietly(gjj: Gjj, wrong: Path):
    line = f"{sys.executable} -m gjj_cli --as-of 2025-07-18 validate {wrong} | head -1; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", line], cwd=gjj.cwd, env=gjj.environment(), capture_output=True, check=True)
    head, code = run.stdout.decode().splitlines()
    assert "开户.xlsx" in head
    assert code in ("0", "1")  # 0 where the pipe closed before all was written
    assert run.stderr == b""


def test_colour(gjj: Gjj, wrong: Path):
    command = ("--as-of", "2025-07-18", "validate", str(wrong))
    plain, always = gjj(*command), gjj(*command, "--color", "always")
    assert COLOUR.sub("", always.stdout) == plain.stdout
    assert set(re.findall(r"\x1b\[3\dm([^\x1b]+)", always.stdout)) == {"错误", "警告"}
    assert "\x1b" not in gjj.on_terminal(*command, env={"NO_COLOR": "1"}).stdout


@pytest.mark.parametrize("args", [("validate", "开户.xlsx", "--offline"), ("todo",), ("ledger", "trial-balance")])
def test_a_gbk_terminal(filled: Desk, args):
    env = {"GJJ_TOKEN": filled.office.tokens["admin"], "PYTHONIOENCODING": "gbk"}
    said = filled.gjj("--as-of", DAY, *args, env=env, encoding="gbk")
    assert "\\u" not in said.stdout + said.stderr
    assert re.search("[\u4e00-\u9fff]", said.stdout)


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "gbk"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_json_in_a_file_is_utf8_whatever_the_locale(gjj: Gjj, wrong: Path, env):
    shutil.copy(wrong, gjj.cwd)
    with (gjj.cwd / "out.json").open("wb") as file:
        process = gjj.start("validate", "开户.xlsx", "--format", "json", env=env, stdout=file)
        assert process.wait(60) == 1
    report = json.loads((gjj.cwd / "out.json").read_text(encoding="utf-8"))
    assert report["files"][0]["file"] == "开户.xlsx"
    assert report["files"][0]["findings"][0]["column"] == "证件号码"


def test_json_talk_is_one_object_a_line(filled: Desk):
    run = ("remit", "run", "--all", "--through", "2024-02", "--no-print")
    said = filled("admin", "2025-05-14", "-v", "--log-format", "json", *run)
    assert said.exit == 0
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert {line["message"] for line in lines} >= {"posted"}
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    refusal = filled("admin", "2025-05-14", "--log-format", "json", "remit", "run", "--unit", "0500001")
    (line,) = (json.loads(line) for line in refusal.stderr.splitlines())
    assert (line["level"], line["code"], line["exit"]) == ("error", "E705", 6)


def test_common_options_stand_before_and_after(desk: Desk):
    env = {"GJJ_TOKEN": desk.office.tokens["clerk"]}
    before = desk.gjj("--as-of", DAY, "-q", "remit", "preview", "--unit", "0500003", env=env)
    after = desk.gjj("remit", "preview", "--unit", "0500003", "--as-of", DAY, "-q", env=env)
    between = desk.gjj("remit", "--as-of", DAY, "preview", "-q", "--unit", "0500003", env=env)
    assert before == after == between
    assert before.exit == 0
    assert DAY in before.stdout


# --- validate: where the files come from, and the exit codes ---------------------------------------------------


@pytest.fixture
def folder(gjj: Gjj, wrong: Path) -> Path:
    """表格/: one workbook that is right, one that is wrong, and Excel's lock file."""
    home = gjj.cwd / "表格"
    home.mkdir()
    sealing(home / "封存.xlsx")
    shutil.copy(wrong, home)
    (home / "~$开户.xlsx").touch()
    return home


def test_validate_from_stdin(gjj: Gjj, folder: Path):
    said = gjj("--as-of", "2025-07-18", "validate", "-", stdin=(folder / "开户.xlsx").read_bytes())
    named = gjj("--as-of", "2025-07-18", "validate", "表格/开户.xlsx")
    assert said.stdout.partition("\n")[0].startswith("标准输入  个人账户设立  120 人")
    assert said.stdout.partition("\n")[2] == named.stdout.partition("\n")[2]
    assert said.exit == 1


def test_stdin_has_no_file_to_name_in_a_hint(gjj: Gjj, folder: Path):
    command = f"{sys.executable} -m gjj_cli --as-of 2024-05-24 validate - < 表格/封存.xlsx"
    shown = subprocess.run(
        ["script", "-qec", command, "/dev/null"], cwd=gjj.cwd, env=gjj.environment(), capture_output=True, check=True
    ).stdout.decode()
    assert "通过：0 处错误" in shown
    assert "gjj case submit" not in shown


@pytest.mark.parametrize("targets", [("表格/",), ("表格/*.xlsx",), ("表格/封存.xlsx", "表格/开户.xlsx")])
def test_many_files_a_folder_or_a_pattern(gjj: Gjj, folder: Path, targets):
    said = gjj("--as-of", "2025-07-18", "validate", *targets)
    assert "开户.xlsx" in said.stdout
    assert said.stdout.splitlines()[-1] == "2 个文件：1 通过，1 不通过（退出码 1）"
    assert ("临时文件" in said.stdout) == (len(targets) == 1)
    assert said.exit == 1


def test_many_files_in_json(gjj: Gjj, folder: Path):
    told = gjj("--as-of", "2025-07-18", "validate", "表格/", "--format", "json")
    assert [file["ok"] for file in json.loads(told.stdout)["files"]] == [True, False]
    assert told.exit == 1


def test_exit_codes_of_validate(folder: Path, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    (folder / "旧.xls").write_bytes(OLE2)
    accounts = "0030000001,6000,2035-01\n"
    (folder / "调基.csv").write_text("个人账号,调整后缴存基数,生效年月\n" + accounts, encoding="utf-8")

    def code(*args: str) -> int:
        return app.main(["--as-of", "2025-07-18", "validate", *args])

    assert code("封存.xlsx") == Exit.DONE
    assert code("开户.xlsx") == code("开户.xlsx", "--format", "json") == Exit.FOUND
    assert code("开户.xlsx", "--format") == Exit.USAGE
    assert code("调基.csv") == Exit.CONFIG  # a month that no policy covers
    assert code("封存.xlsx", "--db", "没有.db") == Exit.CONFIG
    assert code("旧.xls") == code("没有.xlsx") == code(".") == code(".", "--format", "json") == Exit.FILE
    assert "Traceback" not in capsys.readouterr().err


# --- real output fits ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_commands_print_fits(filled: Desk, monkeypatch, capsys):
    """A working day of the sample books, every step as a terminal would get it."""
    monkeypatch.chdir(filled.gjj.cwd)
    monkeypatch.setattr(terminal, "is_terminal", lambda stream: stream is not sys.stdin)
    monkeypatch.setenv("NO_COLOR", "1")
    steps = (
        ("clerk", "case submit 封存.xlsx"),
        ("clerk", "case submit 封存.xlsx"),
        ("clerk", "case submit 开户.xlsx --unit 0500003"),
        ("clerk", "case approve 0500003-2405-001"),
        ("first", "todo"),
        ("clerk", "todo"),
        ("admin", "todo"),
        ("first", "case approve 0500003-2405-001"),
        ("first", "case reject 0500003-2405-001"),
        ("clerk", "case finish 0500003-2405-001 --no-print"),
        ("clerk", "case show 0500003-2405-001"),
        ("clerk", "case list"),
        ("admin", "receipt add --amount 1234567.89 --ref 20240524000000001234 --unit 0500003"),
        ("admin", "receipt list"),
        ("clerk", "remit preview --unit 0500003"),
        ("clerk", "remit run --unit 0500003 --no-print"),
        ("clerk", "remit run --unit 0500002"),
        ("clerk", "remit show"),
        ("admin", "ledger show --unit 0500003"),
        ("admin", "ledger trial-balance"),
        ("admin", "ledger verify"),
        ("admin", "template export 建账"),
        ("admin", "unit import 建账.xlsx"),
        ("clerk", "template export 个人账户启封 --prefill --unit 0500003"),
        ("clerk", "validate 开户.xlsx --unit 0500003"),
        ("clerk", "voucher print 0500003-2405-009"),
        ("clerk", "remit run --unit 0500001 --through 2024-02"),
    )
    for login, line in steps:
        monkeypatch.setenv("GJJ_TOKEN", filled.office.tokens[login])
        app.main(["--as-of", DAY, *line.split()])
        said = capsys.readouterr()
        assert said.out + said.err != ""
        assert odd(said.out + said.err) == [], line


def test_long_names_do_not_widen_the_screen(gjj: Gjj, wrong: Path):
    long = "韶关市某某某某某某某某某某某某某有限责任公司二〇二五年度缴存基数调整汇总表"
    home = gjj.cwd / "表格"
    home.mkdir()
    shutil.copy(wrong, home / f"{long}.xlsx")
    (home / f"{long}旧.xls").write_bytes(OLE2)
    shown = gjj.on_terminal("--as-of", "2025-07-18", "validate", "表格/").stdout
    shown += gjj.on_terminal("--as-of", "2025-07-18", "validate", f"表格/{long}旧.xls").stdout
    lines = [line for line in shown.splitlines() if not line.endswith((".xlsx", ".xls"))]  # a path is never broken
    assert odd("\n".join(lines)) == []
