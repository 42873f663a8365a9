"""`gjj rule`: what a finding code means, how to put it right, and on what ground."""

from typing import TYPE_CHECKING, Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit, UsageError

if TYPE_CHECKING:
    from gjj_cli.rules.catalogue import Rule

app = usage.single()


@app.command("rule")
def rule(
    code: Annotated[str | None, typer.Argument(metavar="代码", help="例如 E201")] = None,
    whole: Annotated[bool, typer.Option("--all", help="全部代码，每个都带说明")] = False,
) -> int:
    """错误代码的说明：哪里不对，怎么改，依据什么。

    不写代码，列出全部代码和名称。
    """
    from gjj_cli.rules.registry import CATALOG, RULES

    if whole and code is not None:
        raise UsageError("代码和 --all 只能写一个", remedies=("看用法：gjj rule --help",))
    if whole:
        terminal.out("\n\n".join(describe(entry) for entry in RULES))
    elif code is None:
        terminal.out("\n".join(_heading(entry) for entry in RULES))
    elif code.upper() in CATALOG:
        terminal.out(describe(CATALOG[code.upper()]))
    else:
        near = usage.did_you_mean(code.upper(), CATALOG)
        raise UsageError(f"没有 {code} 这个代码{near}", remedies=("看全部代码：gjj rule",))
    return Exit.DONE


def describe(rule: "Rule") -> str:
    """One code whole: severity, title, message, remedy, basis, what it needs, example."""
    from gjj_cli.rules.catalogue import in_general

    entries = (
        ("说明：", rule.general),
        ("改：", in_general(rule.remedy)),
        ("依据：", rule.basis + "。"),
        ("核对：", _NEEDS[rule.needs]),
        ("例如：", rule.example + "。" if rule.example else ""),
    )
    lines = (terminal.wrap("  " + title + text, indent=2 + terminal.width(title)) for title, text in entries if text)
    return "\n".join((_heading(rule), *lines))


_NEEDS = {
    "file": "看表就能核对，不用账簿。",
    "policy": "按所缴月份的政策核对，不用账簿；政策是示例值时只警告。",
    "books": "要有账簿才核对；没有账簿时不算通过，列在没核对的里面。",
}


def _heading(rule: "Rule") -> str:
    return f"{rule.code} {rule.severity.label}  {rule.title}"
