"""`gjj remit preview | run | show`: the monthly remittance (汇缴)."""

from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

app = usage.group("预览、汇缴、月末")

Through = Annotated[
    str | None, typer.Option("--through", metavar="年月", help="缴到哪个月，也可以写 本月、上月；不写是本月")
]
Method = Annotated[str | None, typer.Option("--method", metavar="方式", help="缴款方式，这一版只有 暂收")]


@app.command("preview")
def preview(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="只有一个单位的不用写")] = None,
    through: Through = None,
) -> int:
    """汇缴预览：每个月多少人、多少钱，够不够缴。

    什么都不写。

        gjj remit preview --unit 0500001 --through 2025-07
    """
    from gjj_cli.flows import remit
    from gjj_cli.flows.asking import month_asked
    from gjj_cli.flows.context import pack_for
    from gjj_cli.report import remittance

    settings = usage.settings_of(ctx)
    told = remit.preview(settings, unit, month_asked(through, settings))
    org = pack_for(settings).organisation(told.org)
    terminal.out(remittance.preview(told, org))
    for line in remittance.after_preview(told, unit):
        terminal.hint(line)
    return Exit.DONE


@app.command("run")
def run(
    ctx: typer.Context,
    units: Annotated[list[str] | None, typer.Option("--unit", metavar="单位账号", help="只有一个单位的不用写")] = None,
    all_: Annotated[bool, typer.Option("--all", help="月末：您的全部单位，各缴各的")] = False,
    through: Through = None,
    method: Method = None,
    folder: Annotated[str | None, typer.Option("-o", metavar="文件夹", help="凭证放在哪里，平常在账簿旁边")] = None,
    no_print: Annotated[bool, typer.Option("--no-print", help="不印凭证")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写账簿")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="text 给人看，json 给程序看", click_type=usage.choice("text", "json"))
    ] = "text",
) -> int:
    """汇缴：算到分，入账，印凭证。

    点名的单位要么缴到 --through 那个月，要么不缴；--all 能缴几个月缴几个月，没办成的列出来。
    跑几遍都一样：缴过的不会再缴。

        gjj remit run --unit 0500001 --through 2025-07
        gjj remit run --all
    """
    from gjj_cli.flows import printing, remit
    from gjj_cli.flows.asking import method_asked, month_asked
    from gjj_cli.report import remittance

    settings = usage.settings_of(ctx)
    method_asked(method)
    month = month_asked(through, settings)
    wanted = remit.named(settings, units or [], everything=all_)
    remit.agree(settings, wanted, month, dry_run=dry_run)
    printing.before(settings, wanted=not (no_print or dry_run), units=wanted)
    report = remit.run(settings, wanted, month, dry_run=dry_run, posted=remittance.progress)
    if format_ == "json":
        terminal.out_utf8(remittance.run_json(report))
    else:
        terminal.out(remittance.run(report))
    if format_ == "text" and report.exit is not Exit.DONE:
        terminal.hint("")
    if not (no_print or dry_run):
        printing.after(settings, report.cases, folder)
    if format_ == "text":
        for line in remittance.after_run(report):
            terminal.hint(line)
        for line in remittance.verdict(report):
            terminal.out(line)
    return report.exit


@app.command("show")
def show(
    ctx: typer.Context,
    run_no: Annotated[str | None, typer.Argument(metavar="运行号", help="如 R2507-1；不写是最近一次")] = None,
    output: Annotated[str | None, typer.Option("-o", metavar="文件", help="存成 .xlsx 或 .csv，名字看后缀")] = None,
) -> int:
    """看一次汇缴运行：每个单位的结果和原因。"""
    from gjj_cli.flows import remit
    from gjj_cli.report import remittance

    found = remit.show(usage.settings_of(ctx), run_no)
    if output is not None:
        remittance.save(found, Path(output))
        terminal.talk(f"存到 {output}")
    else:
        terminal.out(remittance.whole_run(found))
    return Exit.DONE
