"""`gjj ledger verify | trial-balance | show`: the books, recomputed and read."""

from typing import Annotated

import typer

from gjj_cli import money, terminal, usage
from gjj_cli.errors import Exit

app = usage.group("总账、核对")


@app.command("verify")
def verify(ctx: typer.Context) -> int:
    """核对账簿：借贷、余额、登记簿、凭证链全部重算一遍。"""
    from gjj_cli.flows import ledgers

    verdict = ledgers.verify(usage.settings_of(ctx))
    if verdict.first_difference is None:
        counted = f"{verdict.units:,} 个单位，{verdict.vouchers:,} 张凭证，{verdict.lines:,} 行分录"
        terminal.out(terminal.wrap(f"账簿核对无误：{counted}，锚 {verdict.anchor[:16]}"))
        return Exit.DONE
    found = verdict.first_difference
    voucher = f"，凭证 {found.voucher}" if found.voucher is not None else ""
    terminal.out(terminal.wrap(f"账簿对不上：单位 {found.unit}{voucher}，{found.field}"))
    terminal.out(terminal.wrap(found.detail))
    terminal.talk("改：不要再记账；把账簿文件另存一份，用备份恢复，或者报告给我们")
    return Exit.FOUND


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
