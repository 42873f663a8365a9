"""`gjj demo [DIR]`: the whole main job on sample books."""

import time
from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

app = usage.single()
TITLE_WIDTH = 19


@app.command("demo")
def demo(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="文件夹", help="没有或者空着的文件夹")] = "gjj-demo",
) -> int:
    """在示例账簿上走一遍：模板、校验、封存、汇缴、补缴、凭证、核对。"""
    from gjj_cli.flows import demo as flow

    started = time.monotonic()

    def say(step: int, title: str, *what: str) -> None:
        terminal.out(f"{step}/{flow.STEPS}  {terminal.pad(title, TITLE_WIDTH)}{what[0]}")
        for more in what[1:]:
            terminal.out(" " * (5 + TITLE_WIDTH) + more)
        terminal.flush()

    flow.run(usage.settings_of(ctx), Path(folder).absolute(), say)
    terminal.talk(f"\n用时 {round(time.monotonic() - started)} 秒。接着玩：cd {terminal.pasted(folder)} && gjj todo")
    return Exit.DONE
