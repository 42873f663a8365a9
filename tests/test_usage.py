"""The command line in Chinese: the map, help pages, usage errors, common options."""

import re
import textwrap
import unicodedata
from typing import Annotated

import pytest
import typer

from gjj_cli import app, commands, terminal, usage
from gjj_cli.business.names import BATCH
from gjj_cli.commands import help as help_command
from gjj_cli.commands import rule as rule_command
from gjj_cli.errors import Exit, UsageError
from gjj_cli.rules.registry import RULES
from tests.conftest import Gjj, screen

PRESENT = {entry.name for entry in commands.available()}


# --- the map and the help pages --------------------------------------------------------------------------------


def test_the_map_is_the_screen():
    [(_, wanted)] = screen("help")
    assert commands.map_of(commands.COMMANDS) + "\n" == wanted


def test_gjj_and_its_help_print_the_map_of_what_there_is(gjj: Gjj):
    shown = commands.map_of(commands.available()) + "\n"
    for args in ((), ("-h",), ("--help",), ("-q",)):
        result = gjj(*args)
        assert (result.stdout, result.stderr, result.exit) == (shown, "", 0)


@pytest.mark.parametrize("name", sorted(PRESENT))
def test_every_command_has_a_chinese_page(gjj: Gjj, name):
    result = gjj(name, "-h")
    assert result.exit == 0
    assert result.stdout.startswith(f"用法：gjj {name}")
    assert usage.COMMON_LINE in result.stdout
    assert not re.search(r"Usage|Options|Arguments|Commands|Show this|\[OPTIONS\]|required|default", result.stdout)


def every_text():
    yield commands.map_of(commands.COMMANDS)
    yield help_command._index()
    yield from (topic.text() for topic in help_command.TOPICS)
    yield from (help_command._business(name.slug) for name in BATCH)
    yield from (rule_command.describe(rule) for rule in RULES)


def test_every_text_is_gbk_of_certain_width_and_fits():
    for text in every_text():
        text.encode("gbk")
        assert not [character for character in text if unicodedata.east_asian_width(character) == "A"], text
        assert max(terminal.width(line) for line in text.split("\n")) <= 80, text


def sample_group() -> usage.Commands:
    sample = usage.group("汇缴。")

    @sample.command("run")
    def run(
        ctx: typer.Context,
        units: Annotated[list[str] | None, typer.Argument(metavar="U")] = None,
        through: str = typer.Option(
            None, "--through", metavar="MONTH", help="办到哪个月，办不到那个月的单位一个也不办"
        ),
        method: str = typer.Option("auto", "--method", click_type=usage.choice("auto", "暂收"), help="缴款方式"),
        dry_run: bool = typer.Option(False, "--dry-run", help="只试算"),
    ) -> int:
        """办汇缴。

        入账就印凭证：

            gjj remit run --through 2025-07
        """
        settings = usage.settings_of(ctx)
        terminal.out(f"{units} {through} {method} {dry_run} {settings.as_of} {settings.quiet} {settings.wait_seconds}")
        return Exit.PARTLY

    return sample


@pytest.fixture
def remit(monkeypatch):
    """`gjj remit run` in this process, whatever the real one looks like."""

    class Root(usage.Group):
        def list_commands(self, ctx):
            return ["remit"]

        def get_command(self, ctx, name):
            return typer.main.get_command(sample_group()) if name == "remit" else None

    monkeypatch.setattr(app, "root", lambda: Root(name="gjj", rich_markup_mode=None))
    yield lambda *args: app.main(["remit", *args])
    terminal.configure()


def test_help_of_a_command(remit, capsys):
    assert remit("run", "-h") == 0
    assert capsys.readouterr().out == textwrap.dedent(
        """\
        用法：gjj remit run [选项] [U...]

        办汇缴。

        入账就印凭证：

            gjj remit run --through 2025-07

        参数：
          U...

        选项：
          --through MONTH     办到哪个月，办不到那个月的单位一个也不办
          --method auto|暂收  缴款方式（不写是 auto）
          --dry-run           只试算

        """
    ) + (usage.COMMON_LINE + "\n")


def test_help_of_a_group(remit, capsys):
    assert remit("--help") == 0
    assert (
        capsys.readouterr().out
        == f"用法：gjj remit 命令\n\n汇缴。\n\n命令：\n  run             办汇缴\n\n{usage.COMMON_LINE}\n"
    )


# --- usage errors ----------------------------------------------------------------------------------------------


def test_a_misspelt_option_is_the_screen(remit, capsys):
    [(_, wanted)] = screen("error1")
    assert remit("run", "--throuhg", "2025-07") == 2
    assert capsys.readouterr().err == wanted


@pytest.mark.skipif("remit" not in PRESENT, reason="gjj remit is not there yet")
def test_a_misspelt_option_is_the_screen_for_the_real_command(shows):
    shows("error1")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("run", "--nothing-like-it"), "不认识 --nothing-like-it。"),
        (("run", "-x"), "不认识 -x。"),
        (("run", "--through"), "--through 后面要写一个值。"),
        (("run", "--dry-run=yes"), "--dry-run 后面不能写值。"),
        (("run", "--method", "现金"), "--method 不能是 现金，可以是：auto、暂收。"),
        (("run", "--wait", "一会儿"), "--wait 不能是 一会儿，要写整数，最小 0。"),
        (("run", "--wait", "-1"), "--wait 不能是 -1，要写整数，最小 0。"),
        (("run", "--as-of", "昨天"), "--as-of 要写日期，不能是 昨天。"),
        (("rum",), "没有 gjj remit rum 这条命令，是不是 run？"),
        ((), "gjj remit 后面要写命令：run。"),
    ],
)
def test_usage_errors_are_chinese(remit, capsys, args, said):
    assert remit(*args) == 2
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == f"gjj：{said}"
    assert rest
    assert all(line.startswith(("看用法：gjj remit", "改：")) for line in rest)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("ruel",), "没有 gjj ruel 这条命令，是不是 rule？"),
        (("rule", "E201", "E202"), "多写了 E202。"),
        (("rule", "E21"), "没有 E21 这个代码，是不是"),
        (("help", "退出吗"), "没有 退出吗 这个主题，是不是 退出码？"),
    ],
)
def test_usage_errors_of_the_process(gjj: Gjj, args, said):
    result = gjj(*args)
    assert (result.exit, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_missing_argument(capsys, monkeypatch):
    sample = usage.single()

    @sample.command("x")
    def x(
        file: str = typer.Argument(..., metavar="FILE"), reason: str = typer.Option(..., "--reason", metavar="TEXT")
    ) -> int:
        return 0

    command = typer.main.get_command(sample)
    with pytest.raises(UsageError, match="没有写 FILE"):
        usage.run(command, ["--reason", "a"])
    with pytest.raises(UsageError, match="没有写 --reason"):
        usage.run(command, ["a"])
    assert usage.run(command, ["a", "--reason", "b"]) == 0


# --- common options --------------------------------------------------------------------------------------------------


def test_common_options_before_and_after_and_the_later_one_wins(remit, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert remit("--as-of", "2025-01-01", "--wait", "9", "run", "--as-of", "2025-05-14", "-q") == 8
    assert capsys.readouterr().out == "None None auto False 2025-05-14 True 9\n"
