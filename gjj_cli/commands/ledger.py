"""`gjj ledger verify | trial-balance | show`: the books, recomputed and read."""

from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import money, terminal, usage
from gjj_cli.errors import Exit

app = usage.group("总账、核对")


@app.command("verify")
def verify(
    ctx: typer.Context,
    anchor: Annotated[
        Path | None,
        typer.Option("--anchor", metavar="文件", help="和以前存的锚比；没有这个文件就存一份，有了加 --yes 才更新"),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", click_type=usage.choice("text", "json"), help="给人看还是给机器")
    ] = "text",
) -> int:
    """核对账簿：借贷、余额、登记簿、业务、凭证链全部重算一遍。"""
    from gjj_cli.flows import ledgers
    from gjj_cli.report import verdict as told

    done = ledgers.verify_with(usage.settings_of(ctx), anchor)
    if form == "json":
        terminal.out_utf8(told.as_json(done.verdict))
    else:
        terminal.out(told.as_text(done.verdict))
    if not done.verdict.ok:
        terminal.talk("改：不要再记账；把账簿文件另存一份，用备份恢复，或者报告给我们")
        return Exit.FOUND
    if done.written:
        terminal.talk(f"锚存在 {anchor}，放到记账的人改不到的地方，下次核对时再给它")
    elif done.grown:
        terminal.hint(f"可以：把锚更新到现在：gjj ledger verify --anchor {anchor} --yes")
    return Exit.DONE


@app.command("trial-balance")
def trial_balance(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="不写是全部单位")] = None,
) -> int:
    """试算平衡表。"""
    from gjj_cli.flows import ledgers

    balances = ledgers.trial_balance(usage.settings_of(ctx), unit)
    columns = (
        terminal.Column("科目"),
        terminal.Column("名称"),
        terminal.Column("借方发生额", right=True),
        terminal.Column("贷方发生额", right=True),
        terminal.Column("方向"),
        terminal.Column("余额", right=True),
    )
    rows = [
        (
            one.account,
            one.name,
            money.show(one.debit_fen),
            money.show(one.credit_fen),
            one.side,
            money.show(one.balance_fen),
        )
        for one in balances
    ]
    debit, credit = sum(one.debit_fen for one in balances), sum(one.credit_fen for one in balances)
    rows.append(("合计", "", money.show(debit), money.show(credit), "", ""))
    terminal.out(terminal.Table(columns).render(rows))
    return Exit.DONE if debit == credit else Exit.FOUND


@app.command("show")
def show(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="只有一个单位的不用写")] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="年月", help="记账年月，如 2025-07")] = None,
    limit: Annotated[int, typer.Option("--lines", min=1, metavar="行数", help="每张凭证最多几行分录")] = 20,
) -> int:
    """列出一个单位的记账凭证。"""
    from gjj_cli.flows import ledgers

    for booked in ledgers.show(usage.settings_of(ctx), unit, month):
        head = booked.voucher.head
        terminal.out(terminal.joined((booked.ref.text, str(head.date), head.memo), indent=2))
        lines = booked.voucher.lines
        for line in lines[:limit]:
            who = f"  {line.employee} {'当年归集' if line.part == 'cur' else '上年结转'}" if line.employee else ""
            terminal.out(f"  {line.side} {line.account:<6}{money.show(line.amount_fen):>20}{who}")
        if len(lines) > limit:
            terminal.out(f"  还有 {len(lines) - limit} 行，加 --lines {len(lines)} 看全")
    return Exit.DONE
