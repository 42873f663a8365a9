"""`gjj voucher print | verify`: the 回单 on paper, and paper against the books."""

from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

app = usage.group("凭证打印和验真")


@app.command("print")
def print_(
    ctx: typer.Context,
    numbers: Annotated[list[str] | None, typer.Argument(metavar="受理号...", help="已办结的业务")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="运行号", help="一次汇缴运行的全部凭证")] = None,
    folder: Annotated[str | None, typer.Option("-o", metavar="文件夹", help="放在哪里，平常在账簿旁边")] = None,
) -> int:
    """印回单；再印一次是补打，数、号、验证码都不变。

    gjj voucher print 0500001-2507-003
    gjj voucher print --run R2507-1
    """
    from gjj_cli.errors import UsageError
    from gjj_cli.flows import vouchers

    settings = usage.settings_of(ctx)
    if not numbers and run is None:
        raise UsageError(
            "要说明印哪一笔",
            remedies=("改：gjj voucher print 受理号", "或者印一次运行的：gjj voucher print --run R2507-1"),
        )
    wanted = [*(numbers or []), *(vouchers.of_run(settings, run) if run else [])]
    vouchers.ready(settings)
    for path in vouchers.print_cases(settings, wanted, Path(folder) if folder else None):
        terminal.out(terminal.here(path))
    return Exit.DONE


@app.command("verify")
def verify(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="文件.pdf...", help="要验的回单")],
) -> int:
    """验真：把纸上的每一行和账簿比。

    gjj voucher verify 凭证/2025-07/0500001/0500001-2507-003.pdf
    """
    from gjj_cli.flows import vouchers

    found, exit_code = vouchers.verify(usage.settings_of(ctx), paths)
    for one in found:
        terminal.out(terminal.joined((terminal.here(Path(one.path)), one.case_no, one.verdict), indent=2))
        for said in one.since:
            terminal.out(terminal.wrap(f"  {said}", indent=2))
        for line in one.differences[:10]:
            said = f"  第 {line.line} 行：纸上是「{line.printed}」，账簿是「{line.booked}」"
            terminal.out(terminal.wrap(said, indent=4))
    return exit_code
