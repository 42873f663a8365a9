"""`gjj ledger verify | trial-balance | show | export`: the books, recomputed, read and handed on."""

from pathlib import Path
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


@app.command("export")
def export(
    ctx: typer.Context,
    form: Annotated[
        str, typer.Option("--format", click_type=usage.choice("beancount", "hledger"), help="给哪个记账程序看")
    ],
    target: Annotated[Path | None, typer.Option("-o", metavar="文件", help="写到哪里，不写就写到屏幕")] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="不写是您的全部单位")] = None,
) -> int:
    """把总账导出给别的记账程序，请它再核对一遍：有账号，没有姓名和证件。

    gjj ledger export --format beancount -o 总账.beancount
    gjj ledger export --format hledger -o 总账.journal
    """
    from gjj_cli.flows import exporting

    done = exporting.export(usage.settings_of(ctx), form, unit, target, terminal.out_utf8)
    if done.path is not None:
        terminal.out(f"总账    {terminal.here(done.path)}，{len(done.units):,} 本")
        check = {"beancount": "bean-check", "hledger": "hledger check -f"}[form]
        terminal.hint(f"核对：{check} {terminal.pasted(terminal.here(done.path))}")
    return Exit.DONE
