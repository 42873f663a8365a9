"""The command line in Chinese: help pages, usage errors, and the common options that every command takes.

typer's own classes write English and click's layout counts a Chinese character as one column, so groups and commands
here derive from them and answer `get_help` and usage errors themselves.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import typer
from typer import _click as click
from typer._click import exceptions
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from gjj_cli import __version__, settings, terminal
from gjj_cli.errors import UsageError

if TYPE_CHECKING:
    Base = TyperCommand
else:
    Base = object

HELP_NAMES = ["-h", "--help"]


# --- how a command module declares itself ----------------------------------------------------------------------


class Commands(typer.Typer):
    """A typer.Typer whose commands are ours: Chinese help, common options, the returned value as exit code."""

    def command(self, name: str | None = None, **how: Any) -> Callable[..., Any]:
        return super().command(name, cls=Command, **how)


def group(line: str) -> Commands:
    """The `app` of a module with verbs below it (`gjj case submit`); `line` is the first line of its help page."""
    app = Commands(cls=Group, help=line, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_nothing)  # with a callback typer keeps the group even when it has one command
    return app


def single() -> Commands:
    """The `app` of a module that is one command (`gjj validate`); its help page is the function's docstring."""
    return Commands(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


def _nothing() -> None:
    return None


def settings_of(ctx: typer.Context) -> settings.Settings:
    """The settings of this run, from the common options given before and after the command."""
    return settings.load(ctx.obj)


# --- common options --------------------------------------------------------------------------------------------

COMMON = (
    ("--db 账簿", "账簿文件的路径，例如 /srv/gjj/gjj.db；也可以设 GJJ_DB"),
    ("--config 文件", "用这个 gjj.toml；也可以设 GJJ_CONFIG"),
    ("--as-of 日期", "业务日期，写成 2025-05-14；不写就是今天，不是今天的记在日志和凭证上"),
    ("-q, --quiet", "只出数据，不出提示"),
    ("-v, --verbose", "多说一些过程"),
    ("--log-format 样子", "提示和日志的样子：text 给人看，json 给程序看"),
    ("--color 何时", "错误和警告上颜色：auto 看终端，always 总是，never 从不；也可以设 NO_COLOR"),
    ("--yes", "要确认的地方都答「是」，已有的文件可以覆盖"),
    ("--wait 秒", f"账簿被别人占用时等几秒，不写是 {settings.WAIT_SECONDS} 秒"),
    ("--version", "版本"),
    ("-h, --help", "用法"),
)
COMMON_LINE = "公共选项：--db --config --as-of -q -v --yes --wait 等，见 gjj help 公共选项"


@cache
def _common() -> tuple[TyperOption, ...]:
    def option(*names: str, **how: Any) -> TyperOption:
        return TyperOption(param_decls=list(names), expose_value=False, hidden=True, callback=_remember, **how)

    return (
        option("db", "--db"),
        option("config", "--config"),
        option("as_of", "--as-of"),
        option("quiet", "-q", "--quiet", is_flag=True),
        option("verbose", "-v", "--verbose", is_flag=True),
        option("log_format", "--log-format", type=choice("text", "json")),
        option("color", "--color", type=choice("auto", "always", "never")),
        option("yes", "--yes", is_flag=True),
        option("wait", "--wait", type=click.types.IntRange(min=0)),
        TyperOption(
            param_decls=["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            hidden=True,
            callback=_show_version,
        ),
    )


def choice(*words: str) -> click.types.ParamType:
    """The type of an option that takes one of these words."""
    from typer._types import TyperChoice

    return TyperChoice(words)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a common option that was given; a later one, after the command, replaces it."""
    if ctx.get_parameter_source(param.name or "") is click.core.ParameterSource.COMMANDLINE:
        ctx.obj[param.name] = value
        manner = ("quiet", "verbose", "color", "log_format")
        terminal.configure(**{name: ctx.obj[name] for name in manner if name in ctx.obj})


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        terminal.out(f"gjj {__version__}")
        ctx.exit()


class _Chinese(Base):
    """What our groups and commands share."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.params = [*self.params, *_common()]

    def get_help(self, ctx: click.Context) -> str:
        return help_page(self, ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except exceptions.UsageError as error:
            error.ctx = error.ctx or ctx  # the parser does not say whose option it was
            raise


class Command(_Chinese, TyperCommand):
    """One command."""


class Group(_Chinese, TyperGroup):
    """A command with verbs below it."""

    def invoke(self, ctx: click.Context) -> Any:
        if not ctx._protected_args:
            verbs = "、".join(self.list_commands(ctx))
            raise exceptions.UsageError(f"{ctx.command_path} 后面要写命令：{verbs}", ctx)
        return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if command is None:
            raise exceptions.UsageError(
                f"没有 {_path(ctx)} {args[0]} 这条命令{did_you_mean(args[0], self.list_commands(ctx))}", ctx
            )
        return args[0], command, args[1:]


def run(command: click.Command, args: list[str]) -> int:
    """Parse and do one command line; the value the command returns is the exit code, none is 0.

    Raises UsageError (ours) for a command line that cannot be understood, and whatever the command raises.
    """
    try:
        context = command.make_context("gjj", args, obj={}, help_option_names=HELP_NAMES)
        with context:
            return int(command.invoke(context) or 0)
    except typer.Exit as ended:  # --help and --version
        return ended.exit_code
    except exceptions.UsageError as error:
        raise in_chinese(error) from None


# --- help pages ------------------------------------------------------------------------------------------------


def help_page(command: click.Command, ctx: click.Context) -> str:
    """The page of `-h`: usage, what it does, arguments, options, verbs, and one line for the common options."""
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if isinstance(param, TyperOption)]
    blocks = [_usage_line(command, ctx, arguments, options), _prose(command.help or "")]
    blocks.append(_section("参数", ((_metavar(param), _explained(param)) for param in arguments)))
    blocks.append(_section("选项", ((_option_names(param), _explained(param)) for param in options)))
    if isinstance(command, TyperGroup):
        verbs = ((name, command.get_command(ctx, name)) for name in command.list_commands(ctx))
        lines = ((name, _first_line(verb.help)) for name, verb in verbs if verb is not None and not verb.hidden)
        blocks.append(_section("命令", lines))
    blocks.append(COMMON_LINE)
    return "\n\n".join(block for block in blocks if block)


def _usage_line(
    command: click.Command, ctx: click.Context, arguments: list[TyperArgument], options: list[TyperOption]
) -> str:
    words = [_path(ctx)]
    if isinstance(command, TyperGroup):
        words.append("命令")
    words += ["[选项]"] if options else []
    words += [_metavar(param) if param.required else f"[{_metavar(param)}]" for param in arguments]
    return terminal.wrap("用法：" + " ".join(words), indent=6)


def _path(ctx: click.Context) -> str:
    """`gjj case submit`, without the arguments that click would put between."""
    names: list[str] = []
    node: click.Context | None = ctx
    while node is not None:
        names.insert(0, node.info_name or "")
        node = node.parent
    return " ".join(names)


def _prose(text: str) -> str:
    """Docstring paragraphs, wrapped; one of commands only is an example, and its lines stay whole."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(_paragraph(paragraph) for paragraph in paragraphs)


def _paragraph(text: str) -> str:
    lines = text.splitlines()
    if all(line.lstrip().startswith("gjj ") for line in lines):
        return "\n".join(f"    {line.strip()}" for line in lines)
    return "\n".join(terminal.wrap(line) for line in lines)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0].removesuffix("。")


def _section(title: str, entries: Iterable[tuple[str, str]]) -> str:
    named = list(entries)
    column = min(26, max(18, *(terminal.width(name) + 4 for name, _ in named))) if named else 18
    lines = [terminal.definition(name, text, column) for name, text in named]
    return "\n".join((f"{title}：", *lines)) if lines else ""


def _metavar(param: click.Parameter) -> str:
    name = param.metavar or (param.name or "").upper()
    return name + ("..." if param.nargs == -1 and not name.endswith("...") else "")


def _option_names(param: TyperOption) -> str:
    names = ", ".join((*param.opts, *param.secondary_opts))
    return names if param.is_flag else f"{names} {_value_word(param)}"


def _value_word(param: TyperOption) -> str:
    words = _choices(param)
    if words and not param.metavar:
        return "|".join(words) if len("|".join(words)) <= 24 else "..."
    return param.metavar or (param.name or "").upper()


def _explained(param: TyperArgument | TyperOption) -> str:
    text = (param.help or "").removesuffix("。")
    notes = []
    if param.required and isinstance(param, TyperOption):
        notes.append("必填")
    if getattr(param, "multiple", False):
        notes.append("可以写几次")
    if param.metavar and _choices(param):
        notes.append("可以是 " + "、".join(_choices(param)))
    default = param.default
    if param.show_default and default not in (None, False, (), [], "") and not callable(default):
        notes.append(f"不写是 {getattr(default, 'value', default)}")
    return text + (f"（{'；'.join(notes)}）" if notes else "")


def _choices(param: click.Parameter) -> tuple[str, ...]:
    return tuple(str(getattr(word, "value", word)) for word in getattr(param.type, "choices", ()))


# --- usage errors ----------------------------------------------------------------------------------------------


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`，是不是 a、b？` for the nearest known words, or nothing."""
    near = difflib.get_close_matches(word, list(known))
    return f"，是不是 {'、'.join(near)}？" if near else ""


def in_chinese(error: exceptions.UsageError) -> UsageError:
    """click's usage error as ours, with where to read the usage."""
    path = _path(error.ctx) if error.ctx else "gjj"
    return UsageError(_what(error), remedies=(f"看用法：{path} --help",))


def _what(error: exceptions.UsageError) -> str:
    if isinstance(error, exceptions.NoSuchOption):
        return f"不认识 {error.option_name}" + did_you_mean_option(error)
    if isinstance(error, exceptions.BadOptionUsage):
        takes_nothing = "does not take" in error.message
        return f"{error.option_name} 后面" + ("不能写值" if takes_nothing else "要写一个值")
    if isinstance(error, exceptions.MissingParameter):
        return f"没有写 {_shown_name(error.param)}" if error.param else "少写了一项"
    if isinstance(error, exceptions.BadParameter):
        return _bad_value(error)
    extra = re.search(r"unexpected extra argument\(s\) \((.*)\)", error.message, re.DOTALL)
    if extra:
        return f"多写了 {extra[1]}"
    return error.message


def did_you_mean_option(error: exceptions.NoSuchOption) -> str:
    """Only options that differ by a slip: `--unit` where there is none is not a slip for `--quiet`."""
    near = difflib.get_close_matches(error.option_name, error.possibilities or (), cutoff=0.8)
    return f"，是不是 {'、'.join(near)}？" if near else ""


def _bad_value(error: exceptions.BadParameter) -> str:
    if not error.message.isascii() or error.param is None:  # a callback of ours has said it
        quoted = re.match(r"'(.*)' is not|(.*) is not in the range", error.message)
        if quoted is None:
            return error.message
    name = _shown_name(error.param) if error.param else "这一项"
    value = re.match(r"['\"]?(.*?)['\"]? (?:is not|does not match)", error.message, re.DOTALL)
    what = f"{name} 不能是 {value[1]}" if value else f"{name} 写得不对"
    words = _choices(error.param) if error.param else ()
    if words:
        return f"{what}，可以是：{'、'.join(words)}"
    kind = error.param.type if error.param else None
    if isinstance(kind, click.types.IntParamType):
        least = getattr(kind, "min", None)
        return f"{what}，要写整数" + (f"，最小 {least}" if least is not None else "")
    return what


def _shown_name(param: click.Parameter) -> str:
    if isinstance(param, TyperArgument):
        return _metavar(param).removesuffix("...")
    return max((*param.opts, ""), key=len)
