"""`gjj ledger verify | trial-balance | show | reverse | export`: the books recomputed, read, put right, handed on."""

from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import money, terminal, usage
from gjj_cli.errors import Exit

app = usage.group("总账、核对")
_FORMAT = typer.Option("--format", click_type=usage.choice("text", "json"), help="text 给人看，json 给程序看")


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
    form: Annotated[str, _FORMAT] = "text",
) -> int:
    """试算平衡表。"""
    from gjj_cli.flows import ledgers
    from gjj_cli.report import journal

    balances = ledgers.trial_balance(usage.settings_of(ctx), unit)
    debit, credit = sum(one.debit_fen for one in balances), sum(one.credit_fen for one in balances)
    if form == "json":
        terminal.out_utf8(journal.trial_balance_json(unit, balances))
        return Exit.DONE if debit == credit else Exit.FOUND
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
    rows.append(("合计", "", money.show(debit), money.show(credit), "", ""))
    terminal.out(terminal.Table(columns).render(rows))
    return Exit.DONE if debit == credit else Exit.FOUND


@app.command("show")
def show(
    ctx: typer.Context,
    number: Annotated[str | None, typer.Argument(metavar="凭证号", help="只看这一张，如 0500001-2507-记012")] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="只有一个单位的不用写")] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="年月", help="记账年月，如 2025-07")] = None,
    limit: Annotated[int, typer.Option("--lines", min=1, metavar="行数", help="每张凭证最多几行分录")] = 20,
    form: Annotated[str, _FORMAT] = "text",
) -> int:
    """列出一个单位的记账凭证，或者只看一张。"""
    from gjj_cli.flows import exporting
    from gjj_cli.report import journal

    name, entries = exporting.listed(usage.settings_of(ctx), number, unit, month)
    if form == "json":
        terminal.out_utf8(journal.vouchers_json(name, entries))
    else:
        for entry in entries:
            terminal.out(journal.voucher_text(entry, limit))
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
