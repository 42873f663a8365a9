"""`gjj ledger verify | trial-balance | show | reverse`: the books, recomputed, read, and put right (红字冲销)."""

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

    listed = ledgers.show(usage.settings_of(ctx), unit, month)
    for booked in listed.vouchers:
        head = booked.voucher.head
        said = (booked.ref.text, str(head.date), head.memo, *listed.links(booked))
        terminal.out(terminal.joined(said, indent=2))
        lines = booked.voucher.lines
        for line in lines[:limit]:
            who = f"  {line.employee} {'当年归集' if line.part == 'cur' else '上年结转'}" if line.employee else ""
            terminal.out(f"  {line.side} {line.account:<6}{money.show(line.amount_fen):>20}{who}")
        if len(lines) > limit:
            terminal.out(f"  还有 {len(lines) - limit} 行，加 --lines {len(lines)} 看全")
    return Exit.DONE


@app.command("reverse")
def reverse(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="受理号|凭证号|流水号", help="要冲销的业务、凭证或到账")],
    reason: Annotated[str, typer.Option("--reason", metavar="原因", help="为什么冲销，一定要写")] = "",
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="号没有写全的才用")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写账簿")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="text 给人看，json 给程序看", click_type=usage.choice("text", "json"))
    ] = "text",
) -> int:
    """红字冲销：管理员提交，另一个人通过就生效。

    从最后记的冲起；写受理号冲整笔，写凭证号只冲那一张。冲了再办一次就行。

        gjj ledger reverse 0500001-2507-003 --reason 基数录错
        gjj ledger reverse 0500001-2507-记012 --reason 多缴一个月 --dry-run
    """
    from gjj_cli.flows import reversing
    from gjj_cli.report import receipt, reversal

    done = reversing.submit(usage.settings_of(ctx), target, reason, unit, dry_run=dry_run)
    if format_ == "json":
        terminal.out_utf8(receipt.case_json(done.case, reversal.warnings(settled=done.settled)))
        return Exit.DONE
    if done.known:
        terminal.out(reversal.known(done.case))
        return Exit.DONE
    refs = [ref.text for ref in done.vouchers]
    terminal.out(reversal.acknowledged(done.case, refs, dry_run=dry_run, settled=done.settled))
    if not dry_run:
        terminal.hint(reversal.after_submit(done.case, solo=done.solo))
    return Exit.DONE
