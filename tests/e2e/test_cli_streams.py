"""The command line as a whole: help pages, usage errors, what goes to which stream, widths, encodings, exit codes."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import _click as click
from typer.core import TyperArgument, TyperGroup

from gjj_cli import app, commands, terminal, usage
from gjj_cli.business.names import NAMES
from gjj_cli.commands import help as help_command
from gjj_cli.errors import Exit
from tests.conftest import Gjj, Result
from tests.e2e.books import Desk
from tests.situations import OLE2, openings, sealing

DAY = "2024-05-24"
COLOUR = re.compile(r"\x1b\[\d+m")


def odd(text: str) -> list[str]:
    """The lines that do not fit 80 columns, GBK, or a terminal that draws ambiguous characters wide."""
    lines = COLOUR.sub("", text).splitlines()
    ambiguous = [line for line in lines if any(unicodedata.east_asian_width(mark) == "A" for mark in line)]
    foreign = [line for line in lines if line.encode("gbk", "replace").decode("gbk") != line]
    return [line for line in lines if terminal.width(line) > terminal.COLUMNS] + ambiguous + foreign


# --- every page of -h ------------------------------------------------------------------------------------------


def tree() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group below `gjj`, with the words that lead to it."""
    root = app.root()
    context = click.Context(root, info_name="gjj")
    for entry in commands.available():
        command = root.get_command(context, entry.name)
        assert command is not None
        yield (entry.name,), command
        if isinstance(command, TyperGroup):
            yield from (((entry.name, verb), found) for verb, found in command.commands.items())


TREE = dict(tree())
LEAVES = {path: command for path, command in TREE.items() if not isinstance(command, TyperGroup)}

# Not English: names of files and formats, and the words that options take.
NAMES_OF_THINGS = {"gjj", "text", "json", "xlsx", "csv", "jpg", "png", "pdf", "toml", "db", "key", "MB"}


def words_left(page: str) -> set[str]:
    """Latin words of a help page that are no command, option, example or name of a thing."""
    prose = "\n".join(line for line in page.splitlines() if not line.startswith("    gjj "))
    prose = re.sub(r"gjj( [a-z-]+)*|--?[a-z][a-z-]*", "", prose)
    prose = re.sub(r"^  [a-z-]+ ", "", prose, flags=re.M)  # the verbs of a group
    return {word for word in re.findall(r"[A-Za-z]{2,}", prose) if word not in NAMES_OF_THINGS}


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_page_is_chinese_and_fits(path, capsys):
    assert app.main([*path, "-h"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"用法：gjj {' '.join(path)}")
    assert words_left(page) == set()
    assert odd(page) == []
    assert page.count("可以写几次") == page.count("（可以写几次")


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_option_is_explained(path):
    params = [param for param in LEAVES[path].params if not getattr(param, "hidden", False)]
    assert [param.name for param in params if not getattr(param, "help", "")] == []


# --- usage errors ----------------------------------------------------------------------------------------------

ENGLISH = re.compile(r"Missing|Usage|Error|No such|Invalid|argument|required|valid|unexpected|option", re.I)


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    """The lines of a usage error, after seeing that it is one, in Chinese, and fits."""
    assert app.main(list(args)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gjj：")
    assert not ENGLISH.search(re.sub(r"--?[a-z-]+", "", said.err))
    assert odd(said.err) == []
    return said.err.splitlines()


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_an_unknown_option_of_every_command(path, capsys):
    assert refused(capsys, *path, "--no-such-thing") == [
        "gjj：不认识 --no-such-thing。",
        f"看用法：gjj {' '.join(path)} --help",
    ]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_arguments_that_are_missing_or_too_many(path, capsys):
    arguments = [param for param in LEAVES[path].params if isinstance(param, TyperArgument)]
    wanted = [param for param in LEAVES[path].params if param.required]
    if wanted:
        assert refused(capsys, *path)[0].startswith("gjj：没有写 ")
    if all(param.nargs == 1 for param in arguments):
        options = [word for param in wanted if param not in arguments for word in (param.opts[0], "1")]
        extra = refused(capsys, *path, *options, *("甲" for _ in arguments), "乙")
        assert extra[0] == "gjj：多写了 乙。"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("validate",), "gjj：没有写 文件|文件夹|-。"),
        (("validate", "甲.xlsx", "--formt", "json"), "gjj：不认识 --formt，是不是 --format？"),
        (("validate", "甲.xlsx", "--format", "xml"), "gjj：--format 不能是 xml，可以是：text、json。"),
        (("validate", "甲.xlsx", "--format"), "gjj：--format 后面要写一个值。"),
        (("validate", "甲.xlsx", "--offline=1"), "gjj：--offline 后面不能写值。"),
        (("validate", "甲.xlsx", "--business", "封存"), "gjj：不认识业务 封存，是不是 个人账户封存、集中封存？"),
        (("validate", "没有*.xlsx"), "gjj：没有符合 没有*.xlsx 的文件。"),
        (("valdate", "甲.xlsx"), "gjj：没有 gjj valdate 这条命令，是不是 validate？"),
        (("case",), "gjj：gjj case 后面要写命令：submit、approve、reject、withdraw、finish、attach、"),
        (("case", "sumbit", "甲.xlsx"), "gjj：没有 gjj case sumbit 这条命令，是不是 submit？"),
        (("case", "list", "--state", "办好了"), "gjj：没有状态 办好了。"),
        (
            ("case", "submit", "个人账户封存"),
            "gjj：「个人账户封存」是业务名，没有提交：还要一张填好的表，或者 --row 写明",
        ),
        (
            ("case", "submit", "0500001-2507-002"),
            "gjj：0500001-2507-002 是受理号，没有提交：退回的业务改好表，把表再交一",
        ),
        (("case", "submit", "补缴", "--row", "甲"), "gjj：--row 里的 甲 少了等号。"),
        (("case", "submit", "汇缴", "--row", "甲=1"), "gjj：「汇缴」没有表格。"),
        (("case", "submit", "补缴", "--row", "工资=1"), "gjj：补缴没有「工资」这一项，没有提交。"),
        (("case", "attach", "2507-001", "身份证.jpg"), "gjj：电子档案 身份证.jpg 没有收：要写成 种类=文件。"),
        (("receipt", "add", "--amount", "十元", "--ref", "1"), "gjj：--amount 要写大于 0 的元数，不能是 十元。"),
        (("remit", "run", "--through", "七月"), "gjj：--through 要写年月，不能是 七月。"),
        (("remit", "run", "--method", "现金"), "gjj：不认识缴款方式 现金。"),
        (("remit", "run", "--all", "--unit", "0500001"), "gjj：--all 和 --unit 只能写一个，没有汇缴。"),
        (("ledger", "show", "--lines", "0"), "gjj：--lines 不能是 0，要写整数，最小 1。"),
        (("voucher", "print"), "gjj：要说明印哪一笔。"),
        (("todo", "--unit", "0500001"), "gjj：不认识 --unit。"),
        (("todo", "--as-of", "明天"), "gjj：--as-of 要写日期，不能是 明天。"),
        (("--wait", "很久", "todo"), "gjj：--wait 不能是 很久，要写整数，最小 0。"),
        (("help", "封村"), "gjj：没有 封村 这个主题。"),
        (("template", "export", "缓缴"), "gjj：不认识业务 缓缴，是不是 补缴？"),
    ],
)
def test_usage_errors_of_real_commands(args, said, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    first, *rest = refused(capsys, *args)
    assert first == said
    assert rest


# --- help topics -----------------------------------------------------------------------------------------------


def test_the_topic_of_exit_codes_is_the_table(capsys):
    assert app.main(["help", "退出码"]) == 0
    rows = re.findall(r"^ *(\d+)  (.+)$", capsys.readouterr().out, re.M)
    assert rows == [(str(int(code)), code.meaning) for code in Exit]


def test_the_topic_of_common_options_has_all_of_them(capsys):
    assert app.main(["help", "公共选项"]) == 0
    page = capsys.readouterr().out
    taken = {name for option in usage._common() for name in option.opts} | {"-h"}
    assert {name for name in taken if not re.search(rf"(?<![\w-]){name}(?![\w-])", page)} == set()


@pytest.mark.parametrize("topic", [*(topic.title for topic in help_command.TOPICS), *(name.title for name in NAMES)])
def test_every_topic_and_business_has_a_page(topic, capsys):
    assert app.main(["help", topic]) == 0
    assert odd(capsys.readouterr().out) == []


@pytest.mark.parametrize("topic", [*(topic.title for topic in help_command.TOPICS), *(name.title for name in NAMES)])
def test_a_page_names_only_commands_and_options_that_exist(topic, capsys):
    app.main(["help", topic])
    for line in re.findall(r"gjj((?: (?:--)?[a-z][a-z-]*)+)", capsys.readouterr().out):
        words = [word for word in line.split() if not word.startswith("-")]
        path = tuple(words[:2]) if tuple(words[:2]) in TREE else tuple(words[:1])
        assert path in TREE, line
        known = {name for param in (*TREE[path].params, *usage._common()) for name in param.opts}
        assert {word for word in line.split() if word.startswith("--")} <= known


def test_the_example_of_the_policy_topic_is_read(capsys, gjj: Gjj):
    app.main(["help", "政策"])
    shown = capsys.readouterr().out
    (gjj.cwd / "gjj.toml").write_text(shown[shown.index("[policy.") : shown.index("gjj.toml 放在")], encoding="utf-8")
    openings(gjj.cwd / "开户.xlsx")
    told = gjj("--as-of", "2025-07-18", "validate", "开户.xlsx", "--format", "json")
    found = {one["cell"]: one for one in json.loads(told.stdout)["files"][0]["findings"]}
    assert (found["D18"]["severity"], found["D18"]["verified"]) == ("error", True)


# --- which stream ----------------------------------------------------------------------------------------------


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """The sample books beside 封存.xlsx (right) and 开户.xlsx (wrong)."""
    sealing(desk.gjj.cwd / "封存.xlsx")
    openings(desk.gjj.cwd / "开户.xlsx")
    return desk


def on_terminal(desk: Desk, login: str, *args: str) -> str:
    return desk.gjj.on_terminal("--as-of", DAY, *args, env={"GJJ_TOKEN": desk.office.tokens[login]}).stdout


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("validate", "封存.xlsx"), "提交：gjj case submit 封存.xlsx"),
        (("validate", "开户.xlsx", "--unit", "0500003"), "逐条看规定：  gjj rule E201"),
        (("template", "list"), "导出：gjj template export 个人账户设立"),
    ],
)
def test_hints_are_on_a_terminal_only_and_vanish_with_q(filled: Desk, args, hint):
    assert hint in on_terminal(filled, "clerk", *args)
    assert hint not in on_terminal(filled, "clerk", *args, "-q")
    piped = filled("clerk", DAY, *args)
    assert piped.stderr == ""
    assert hint not in piped.stdout
    assert piped.stdout == filled("clerk", DAY, "-q", *args).stdout


def test_talk_goes_to_stderr_and_vanishes_with_q(filled: Desk):
    said = filled("clerk", DAY, "validate", "开户.xlsx", "--annotate", "--format", "json", "--offline")
    json.loads(said.stdout)
    assert said.stderr == "标红的表：开户-标注.xlsx\n"
    assert filled("clerk", DAY, "-q", "--yes", "validate", "开户.xlsx", "--annotate", "--offline").stderr == ""


def test_a_refusal_is_said_whatever_q(filled: Desk):
    said = filled("clerk", DAY, "-q", "case", "show", "2405-009")
    assert (said.stdout, said.exit) == ("", 6)
    assert said.stderr.startswith("gjj：没有受理号 2405-009，什么都没有变。\n可以：")


def test_head_of_a_report_ends_quietly(gjj: Gjj):
    openings(gjj.cwd / "开户.xlsx")
    line = f"{sys.executable} -m gjj_cli --as-of 2025-07-18 validate 开户.xlsx | head -1; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", line], cwd=gjj.cwd, env=gjj.environment(), capture_output=True, check=True)
    head, code = run.stdout.decode().splitlines()
    assert head.startswith("开户.xlsx  个人账户设立")
    assert code in ("0", "1")  # 0 where the pipe closed before all was written
    assert run.stderr == b""


def test_colour(filled: Desk):
    plain = filled("clerk", DAY, "validate", "开户.xlsx", "--offline")
    always = filled("clerk", DAY, "--color", "always", "validate", "开户.xlsx", "--offline")
    assert COLOUR.sub("", always.stdout) == plain.stdout
    assert {match for match in re.findall(r"\x1b\[3\dm([^\x1b]+)", always.stdout)} == {"错误", "警告"}
    quiet = filled.gjj.on_terminal("validate", "开户.xlsx", "--offline", env={"NO_COLOR": "1"})
    assert "\x1b" not in quiet.stdout


def test_a_gbk_terminal(filled: Desk):
    for args in (("validate", "开户.xlsx", "--offline"), ("todo",), ("case", "list"), ("ledger", "trial-balance")):
        env = {"GJJ_TOKEN": filled.office.tokens["admin"], "PYTHONIOENCODING": "gbk"}
        said = filled.gjj("--as-of", DAY, *args, env=env, encoding="gbk")
        assert "\\u" not in said.stdout + said.stderr
        assert said.stdout == filled("admin", DAY, *args).stdout


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "gbk"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_json_in_a_file_is_utf8_whatever_the_locale(gjj: Gjj, env):
    openings(gjj.cwd / "开户.xlsx")
    with (gjj.cwd / "out.json").open("wb") as file:
        process = gjj.start("validate", "开户.xlsx", "--format", "json", env=env, stdout=file)
        assert process.wait(60) == 1
    report = json.loads((gjj.cwd / "out.json").read_text(encoding="utf-8"))
    assert report["files"][0]["findings"][0]["column"] == "证件号码"


def test_json_talk_is_one_object_a_line(filled: Desk):
    said = filled("admin", "2025-05-14", "-v", "--log-format", "json", "remit", "run", "--all", "--through", "2024-02")
    assert said.exit == 0
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert {line["message"] for line in lines} >= {"posted"}
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    refusal = filled("admin", "2025-05-14", "--log-format", "json", "remit", "run", "--unit", "0500001")
    (line,) = (json.loads(line) for line in refusal.stderr.splitlines())
    assert (line["level"], line["code"], line["exit"]) == ("error", "E705", 6)


@pytest.mark.parametrize("args", [("todo",), ("case", "list"), ("remit", "preview", "--unit", "0500003")])
def test_common_options_stand_before_and_after(desk: Desk, args):
    env = {"GJJ_TOKEN": desk.office.tokens["clerk"]}
    before = desk.gjj("--as-of", DAY, "-q", "--color", "always", *args, env=env)
    after = desk.gjj(*args, "--as-of", DAY, "--color", "always", "-q", env=env)
    between = desk.gjj(args[0], "--as-of", DAY, *args[1:], "-q", "--color", "always", env=env)
    assert before == after == between
    assert before.exit == 0


# --- validate: where the files come from, and the exit codes ---------------------------------------------------


@pytest.fixture
def folder(gjj: Gjj) -> Path:
    """表格/: one workbook that is right, one that is wrong, and Excel's lock file."""
    home = gjj.cwd / "表格"
    home.mkdir()
    sealing(home / "封存.xlsx")
    openings(home / "开户.xlsx")
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
    told = gjj("--as-of", "2025-07-18", "validate", *targets, "--format", "json")
    assert [file["ok"] for file in json.loads(told.stdout)["files"]] == [True, False]
    assert told.exit == 1


def run_validate(gjj: Gjj, *args: str) -> Result:
    return gjj("--as-of", "2025-07-18", "validate", *args)


def test_exit_codes_of_validate(gjj: Gjj, folder: Path):
    (folder / "旧.xls").write_bytes(OLE2)
    later = gjj("template", "export", "个人账户启封", "--set", "启封年月=2035-01")
    assert later.exit == 0
    assert run_validate(gjj, "表格/封存.xlsx").exit == 0
    assert run_validate(gjj, "表格/开户.xlsx").exit == 1
    assert run_validate(gjj, "表格/开户.xlsx", "--format", "json").exit == 1
    assert run_validate(gjj, "--format").exit == 2
    assert run_validate(gjj, "表格/封存.xlsx", "--db", "没有.db").exit == 3
    assert run_validate(gjj, "表格/旧.xls").exit == 4
    assert run_validate(gjj, "没有.xlsx").exit == 4
    assert run_validate(gjj, "表格/").exit == 4
    assert run_validate(gjj, "表格/", "--format", "json").exit == 4


def test_a_month_that_the_policy_does_not_hold_is_exit_3(desk: Desk):
    row = "个人账号=0030000001,缴存基数=6000"
    assert desk("clerk", DAY, "case", "submit", "缴存基数调整", "--row", row).exit == 2
    row = "个人账号=0030000001,调整后缴存基数=6000,生效年月=2035-01"
    said = desk("clerk", DAY, "case", "submit", "缴存基数调整", "--row", row, "--unit", "0500003")
    assert said.exit in (1, 3)
    assert odd(said.stdout) == []


# --- real output fits ------------------------------------------------------------------------------------------


def test_what_commands_print_fits(filled: Desk):
    """A working day of the sample books, every step's output on a terminal."""
    desk = filled
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
        assert odd(on_terminal(desk, login, *line.split())) == [], line


def test_long_names_do_not_widen_the_screen(gjj: Gjj):
    long = "韶关市某某某某某某某某某某某某某有限责任公司二〇二五年度缴存基数调整汇总表"
    home = gjj.cwd / "表格"
    home.mkdir()
    openings(home / f"{long}.xlsx")
    (home / f"{long}旧.xls").write_bytes(OLE2)
    shown = gjj.on_terminal("--as-of", "2025-07-18", "validate", "表格/").stdout
    shown += gjj.on_terminal("--as-of", "2025-07-18", "validate", f"表格/{long}旧.xls").stdout
    lines = [line for line in shown.splitlines() if not line.endswith((".xlsx", ".xls"))]  # a path is never broken
    assert odd("\n".join(lines)) == []
