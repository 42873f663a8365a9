"""The command line's own words: every help page, usage error and topic, in Chinese and 80 columns."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import _click as click
from typer.core import TyperArgument, TyperGroup

from gjj_cli import app, commands, usage
from gjj_cli.business.names import NAMES
from gjj_cli.commands import help as help_command
from gjj_cli.errors import Exit
from gjj_cli.report.formats import FORMATS
from tests.conftest import Gjj
from tests.situations import odd, openings

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


SEALING = Path(__file__).parents[2] / "fixtures" / "workbooks" / "sealing" / "clean.xlsx"
TREE = dict(tree())
LEAVES = {path: command for path, command in TREE.items() if not isinstance(command, TyperGroup)}

# Not English: names of files and formats, and the words that options take.
NAMES_OF_THINGS = {"gjj", *FORMATS, "xlsx", "csv", "jpg", "png", "pdf", "toml", "db", "key", "MB"}
NAMES_OF_THINGS |= {"error", "warning", "never", "beancount", "hledger", "postgresql", "psycopg"}


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

ENGLISH = re.compile(r"Missing|Usage|Error|No such|Invalid|argument|required|unexpected|option", re.I)


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


def any_value(param: click.Parameter) -> str:
    return str(next(iter(getattr(param.type, "choices", ())), "1"))


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_arguments_that_are_missing_or_too_many(path, capsys):
    arguments = [param for param in LEAVES[path].params if isinstance(param, TyperArgument)]
    wanted = [param for param in LEAVES[path].params if param.required]
    if wanted:
        assert refused(capsys, *path)[0].startswith("gjj：没有写 ")
    if all(param.nargs == 1 for param in arguments):
        options = [word for param in wanted if param not in arguments for word in (param.opts[0], any_value(param))]
        extra = refused(capsys, *path, *options, *("甲" for _ in arguments), "乙")
        assert extra[0] == "gjj：多写了 乙。"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("validate",), "gjj：没有写 文件|文件夹|-。"),
        (("validate", "甲.xlsx", "--formt", "json"), "gjj：不认识 --formt，是不是 --format？"),
        (
            ("validate", "甲.xlsx", "--format", "xml"),
            "gjj：--format 不能是 xml，可以是：text、json、csv、github、gitlab、sarif、",
        ),
        (("validate", "甲.xlsx", "--format"), "gjj：--format 后面要写一个值。"),
        (("validate", "甲.xlsx", "--report", "htm=a"), "gjj：--report 不认识格式 htm，是不是 html？"),
        (("validate", "甲.xlsx", "--report", "html"), "gjj：--report html 没有写文件。"),
        (("validate", "甲.xlsx", "--report", "html=-"), "gjj：--report html=- 没有写文件。"),
        (("validate", "甲.xlsx", "--report", "csv=a", "--report", "json=a"), "gjj：--report 两次都写到 a。"),
        (("validate", "甲.xlsx", "--select", "E2,E8*"), "gjj：--select 里的 E8* 不是代码。"),
        (("validate", "甲.xlsx", "--ignore", "E2O1"), "gjj：--ignore 里的 E2O1 不是代码，是不是 E201？"),
        (("validate", "甲.xlsx", "--select", ","), "gjj：--select 后面要写代码。"),
        (("validate", "甲.xlsx", "--expect-rows", "多"), "gjj：--expect-rows 不能是 多，要写整数，最小 0。"),
        (("validate", "甲.xlsx", "--expect-total", "十万"), "gjj：--expect-total 要写元数，不能是 十万。"),
        (("help", "validaton"), "gjj：没有 validaton 这个主题，是不是 validation？"),
        (("validate", "甲.xlsx", "--offline=1"), "gjj：--offline 后面不能写值。"),
        (("validate", "甲.xlsx", "--business", "封存"), "gjj：不认识业务 封存，是不是 个人账户封存、集中封存？"),
        (("validate", "没有*.xlsx"), "gjj：没有符合 没有*.xlsx 的文件。"),
        (("valdate", "甲.xlsx"), "gjj：没有 gjj valdate 这条命令，是不是 validate？"),
        (("case",), "gjj：gjj case 后面要写命令：submit、approve、reject、withdraw、finish、attach、"),
        (("case", "sumbit", "甲.xlsx"), "gjj：没有 gjj case sumbit 这条命令，是不是 submit？"),
        (("case", "list", "--state", "办好了"), "gjj：没有状态 办好了。"),
        (
            ("case", "submit", "个人账户封存"),
            "gjj：「个人账户封存」是业务名，没有提交：还要一张填好的表，或者 --row 写明每个",
        ),
        (
            ("case", "submit", "0500001-2507-002"),
            "gjj：0500001-2507-002 是受理号，没有提交：退回的业务改好表，把表再交一次。",
        ),
        (("case", "submit", "补缴", "--row", "甲"), "gjj：--row 里的 甲 少了等号。"),
        (
            ("validate", str(SEALING), "--set", "补缴类型=按月补缴"),
            "gjj：--set 补缴类型：个人账户封存没有这个整批的值。",
        ),
        (("validate", "甲.xlsx", "--set", "补缴类形=按月"), "gjj：没有叫「补缴类形」的列，是不是 补缴类型？"),
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
