"""`gjj receipt add | list`: money that arrived."""

from typing import Annotated

import typer

from gjj_cli import money, terminal, usage
from gjj_cli.errors import Exit

app = usage.group("到账")


@app.command("add")
def add(
    ctx: typer.Context,
    amount: Annotated[str, typer.Option("--amount", metavar="元", help="到账金额")],
    ref: Annotated[str, typer.Option("--ref", metavar="流水号", help="银行流水号")],
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="不知道是谁的就不写，记待查款")] = None,
    bank: Annotated[str | None, typer.Option("--bank", metavar="银行", help="不写是自己的专户")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写账簿")] = False,
) -> int:
    """登记一笔到账：记入单位的暂收。

    同一个流水号只记一次，再登记一次什么都不变。

        gjj receipt add --amount 132042.00 --ref 20250514000001 --unit 0500001
    """
    from gjj_cli.flows import receipting

    settings = usage.settings_of(ctx)
    done = receipting.add(settings, amount, ref, unit, bank or receipting.OWN_BANK, dry_run=dry_run)
    whose = f"单位 {unit}" if unit else "待查款"
    what = "以前已登记，没有重复登记" if done.already else ("会登记" if dry_run else "已登记")
    said = (f"到账 {money.show(done.receipt.amount_fen)}", whose, f"凭证 {done.voucher.text}", what)
    terminal.out(terminal.joined(said, indent=2))
    if done.available_fen is not None:
        terminal.out(f"暂收户可用余额 {money.show(done.available_fen)}")
    return Exit.DONE


@app.command("list")
def list_(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="不写是您的全部单位")] = None,
) -> int:
    """列出到账。"""
    from gjj_cli.flows import receipting

    found = receipting.listing(usage.settings_of(ctx), unit)
    columns = (
        terminal.Column("日期"),
        terminal.Column("单位账号"),
        terminal.Column("金额", right=True),
        terminal.Column("流水号"),
        terminal.Column("银行", wrapped=True),
    )
    rows = [(str(one.date), one.of_unit or "待查款", money.show(one.amount_fen), one.ref, one.bank) for one in found]
    terminal.out(terminal.Table(columns).render(rows) if rows else "还没有到账。")
    return Exit.DONE
