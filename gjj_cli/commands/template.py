"""`gjj template list | export`: the standard workbooks."""

from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

app = usage.group("导出标准模板")


@app.command("list")
def list_(ctx: typer.Context) -> int:
    """列出能导出的模板。"""
    from gjj_cli.business.names import BATCH, SETUP

    usage.settings_of(ctx)
    rows = [(name.title, name.slug) for name in BATCH] + [(SETUP, "setup")]
    terminal.out(terminal.Table((terminal.Column("模板"), terminal.Column("英文名"))).render(rows))
    terminal.hint("导出：gjj template export 个人账户设立")
    return Exit.DONE


@app.command("export")
def export(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="模板...", help="业务名，或者 建账")],
    folder: Annotated[
        str, typer.Option("-o", metavar="文件夹", help="放在哪里，不写就在这里", show_default=False)
    ] = ".",
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="这张表是哪个单位的")] = None,
    prefill: Annotated[bool, typer.Option("--prefill", help="从账簿填好人员")] = False,
    values: Annotated[list[str] | None, typer.Option("--set", metavar="列=值", help="预先填上的值")] = None,
) -> int:
    """导出标准模板；--prefill 像网厅那样把人员填好。

    gjj template export 个人账户设立
    gjj template export 个人账户封存 --prefill --unit 0500001
    """
    from gjj_cli.flows import templates
    from gjj_cli.flows.asking import values_set

    settings = usage.settings_of(ctx)
    made = templates.export(settings, names, Path(folder), unit=unit, prefill=prefill, values=values_set(values or []))
    for one in made:
        parts = [terminal.here(one.path)]
        if one.unit is not None:
            parts.append(f"单位 {one.unit}")
        if one.heads is not None and one.business is not None:
            state = {"normal": "名正常职工", "sealed": "名封存职工", "sealable": "名可封存职工"}
            parts.append(f"{one.heads} {state.get(one.business.prefill or '', '段欠缴')}")
        terminal.out(terminal.joined(parts, indent=2))
        if one.business is not None and one.heads is not None:
            terminal.hint(one.business.prefill_hint)
    first = made[0]
    path = terminal.pasted(terminal.here(first.path))
    following = f"gjj validate {path}" if first.business else f"gjj unit import {path}"
    terminal.hint(f"填好后：{following}")
    return Exit.DONE
