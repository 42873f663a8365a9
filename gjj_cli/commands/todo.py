"""`gjj todo`: what waits for this person, since when, and what to type next."""

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

app = usage.single()


@app.command("todo")
def todo(ctx: typer.Context) -> int:
    """我的待办：等我办的，等别人办的，下一步打什么。"""
    from gjj_cli.flows import review
    from gjj_cli.report import home

    settings = usage.settings_of(ctx)
    found = review.todo(settings)
    role = review.role_of(found.who)
    name = found.who.user.display
    terminal.out(home.page(role, name, found.units, found.as_of, found.mine, found.others, found.unpaid))
    return Exit.DONE
