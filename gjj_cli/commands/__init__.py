'''One module a verb: parse, call one flow, render. What `gjj` can do is the table below.

A command module is imported only when its command is asked for. It defines `app`, made by `usage.single()` for one
command or `usage.group(line)` for a command with verbs; the docstrings are the help pages (Chinese); heavy imports
(polars, SQLAlchemy, WeasyPrint) come in through the flow, so the flow is imported inside the function:

    """`gjj todo`: what waits for this person."""
    from typing import Annotated
    import typer
    from gjj_cli import terminal, usage
    from gjj_cli.errors import Exit

    app = usage.single()                       # or usage.group("提交、初审、复核、办结") and several @app.command

    @app.command("todo")
    def todo(ctx: typer.Context, unit: Annotated[str | None, typer.Option("--unit", metavar="U", help="单位账号")] = None) -> int:
        """我的待办。"""
        from gjj_cli.flows import todo as flow
        settings = usage.settings_of(ctx)      # settings.books() is the URL, or ConfigError (exit 3)
        found = flow.todo(settings, unit)
        terminal.out(found.text)               # stdout: data for a reader; terminal.out_utf8 for JSON, CSV
        terminal.hint("看进度：gjj case show 2507-003")  # stderr, only on a terminal; talk() is said in a pipe too
        return Exit.DONE                       # the exit code; a refusal is raised as a GjjError

Options: give each its names and a metavar; a choice is `click_type=usage.choice("text", "json")`; a flag is
`typer.Option("--dry-run")` with default False. The common options (--db, --as-of, -q, --yes …) are added to every
group and command and must not be declared again.
'''

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """A command of the map: the group it is shown in and its one line. The module is `commands.<name>`."""

    name: str
    group: str
    line: str


COMMANDS = tuple(
    Entry(name, group, line)
    for group, name, line in (
        ("表格", "template", "导出标准模板"),
        ("表格", "validate", "校验填好的表"),
        ("业务", "case", "提交、初审、复核、办结"),
        ("业务", "todo", "我的待办"),
        ("汇缴", "remit", "预览、汇缴、月末"),
        ("汇缴", "receipt", "到账"),
        ("查询", "voucher", "凭证打印和验真"),
        ("查询", "rule", "错误代码的说明"),
        ("账簿", "init", "建账簿"),
        ("账簿", "unit", "导入单位和职工"),
        ("账簿", "ledger", "总账、核对"),
        ("管理", "db", "升级、备份、恢复"),
        ("管理", "help", "退出码、月份、各业务"),
    )
)
DEMO = Entry("demo", "", "在示例账簿上走一遍")  # in the first line of the map, not in its table


def available() -> tuple[Entry, ...]:
    """The commands whose module is there, in the order of the map."""
    folder = Path(__file__).parent
    return tuple(entry for entry in (*COMMANDS, DEMO) if (folder / f"{entry.name}.py").is_file())


def map_of(entries: Iterable[Entry]) -> str:
    """The map that `gjj` alone prints: groups, and two commands to a row."""
    from gjj_cli.terminal import pad

    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.group:
            groups.setdefault(entry.group, []).append(entry)
    lines = ["住房公积金单位网厅的命令行版。第一次用：gjj demo", ""]
    for group, members in groups.items():
        for first in range(0, len(members), 2):
            cells = "".join(pad(entry.name, 11) + pad(entry.line, 24) for entry in members[first : first + 2])
            lines.append(pad(group if first == 0 else "", 8) + cells.rstrip())
    lines += ["", "每条命令都有 -h；业务可以写中文名，例如：gjj template export 个人账户封存"]
    return "\n".join(lines)
