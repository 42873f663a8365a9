"""`gjj unit import`: units, employees and opening balances from the workbook 建账."""

from typing import Annotated

import typer

from gjj_cli import money, terminal, usage

app = usage.group("导入单位和职工")


@app.command("import")
def import_(
    ctx: typer.Context,
    targets: Annotated[list[str], typer.Argument(metavar="文件|文件夹", help="建账工作簿")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写账簿")] = False,
) -> int:
    """从「建账」工作簿导入单位、职工、期初余额和经办人。

    每个单位要么全进，要么不进；进过的再导入一次，什么都不变。

        gjj unit import 建账.xlsx
    """
    from gjj_cli.flows import importing
    from gjj_cli.report import text

    done = importing.import_files(usage.settings_of(ctx), targets, dry_run=dry_run)
    for name, findings in done.findings.items():
        terminal.out(f"{name} 没有导入：")
        terminal.out("\n".join(text.brief(findings)))
    for one in done.units:
        what = f"{one.heads:,} 人，公积金 {money.show(one.fund_fen)}，暂收 {money.show(one.suspense_fen)}"
        if one.refused is not None:
            terminal.out(terminal.wrap(f"{one.unit}  没有导入  {one.refused.what}", indent=9))
            for line in (*one.refused.facts, *one.refused.remedies):
                terminal.out(terminal.wrap(f"         {line}", indent=13))
        elif one.already:
            terminal.out(f"{one.unit}  以前已导入  {what}")
        else:
            terminal.out(f"{one.unit}  {'会导入' if dry_run else '已导入'}  {what}")
    if done.units and not dry_run:
        terminal.hint("核对：gjj ledger verify")
    return done.exit
