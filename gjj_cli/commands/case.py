"""`gjj case`: submit, approve, reject, withdraw, finish, attach, list, show."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

if TYPE_CHECKING:
    from gjj_cli.flows.casework import Submitted

app = usage.group("提交、初审、复核、办结")

Json = Annotated[
    str, typer.Option("--format", help="text 给人看，json 给程序看", click_type=usage.choice("text", "json"))
]
Number = Annotated[str, typer.Argument(metavar="受理号", help="全号，或者只有一个单位时的尾号 2507-003")]
Numbers = Annotated[list[str], typer.Argument(metavar="受理号...", help="一个或几个")]
Unit = Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="只有一个单位的不用写")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写账簿")]


@app.command("submit")
def submit(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="文件|业务", help="填好的表，或者业务名加 --row")],
    rows: Annotated[list[str] | None, typer.Option("--row", metavar="列=值,...", help="一个人")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", metavar="列=值", help="整批的值")] = None,
    unit: Unit = None,
    attach: Annotated[
        list[str] | None, typer.Option("--attach", metavar="种类=文件", help="交电子档案：jpg、png 或 pdf")
    ] = None,
    dry_run: DryRun = False,
    format_: Json = "text",
    folder: Annotated[str | None, typer.Option("-o", metavar="文件夹", help="凭证放在哪里，平常在账簿旁边")] = None,
    no_print: Annotated[bool, typer.Option("--no-print", help="不印凭证")] = False,
) -> int:
    """提交一笔业务：填好的表，或者业务名加 --row。

    有错整批退回，账簿不变；不用审核的当场办结。同一个文件再交一次，答的是同一笔。

        gjj case submit 封存8月.xlsx
        gjj case submit 个人账户启封 --row 个人账号=0010000001,启封年月=2025-08
    """
    from gjj_cli.business.checked import Asked
    from gjj_cli.flows import archive, casework, printing
    from gjj_cli.flows.asking import business_named, file_named, rows_given, values_set
    from gjj_cli.flows.context import pack_for
    from gjj_cli.report import receipt

    settings = usage.settings_of(ctx)
    asked = Asked(settings.as_of, unit=unit, batch=values_set(values or []))
    attachments = archive.read(attach or [], pack_for(settings))
    business = business_named(target) if rows else None
    if business is not None:
        request = casework.of_rows(business, rows_given(rows or []), asked, attachments)
    else:
        request = casework.of_file(file_named(target), asked, attachments)
    printing.before(settings, wanted=not (no_print or dry_run))
    done = casework.submit(settings, request, dry_run=dry_run)
    if format_ == "json":
        terminal.out_utf8(receipt.submit_json(done.case, done.checked))
    else:
        _say_submitted(done, target if business is None else None)
    if done.case is not None and done.case.finished_at and not (no_print or dry_run or done.known):
        printing.after(settings, [done.case.case_no], folder)
    return done.exit


def _say_submitted(done: "Submitted", file: str | None) -> None:
    from gjj_cli.report import receipt, text

    if done.case is None:
        terminal.out(receipt.refused(done.checked))
        if file is not None and done.checked.business is not None:
            terminal.hint(f"\n标红后还给您：gjj validate {terminal.pasted(file)} --annotate")
    elif done.known:
        terminal.out(receipt.known(done.case, only_unit=done.only_unit))
    else:
        vouchers = [ref.text for ref in done.vouchers]
        told = receipt.acknowledged(
            done.case,
            done.checked,
            done.attachments,
            vouchers,
            dry_run=done.dry_run,
            only_unit=done.only_unit,
        )
        terminal.out(told)
        for line in text.warnings(done.checked.judged.findings):
            terminal.talk(line)
        if not done.dry_run:
            terminal.hint(receipt.after_submit(done.case, only_unit=done.only_unit))


@app.command("approve")
def approve(ctx: typer.Context, numbers: Numbers, format_: Json = "text") -> int:
    """初审或复核通过；红字冲销一通过就生效、记账。"""
    return _act(ctx, numbers, "approve", format_)


@app.command("reject")
def reject(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str | None, typer.Option("--reason", metavar="原因", help="哪里不对、怎么改，一定要写")] = None,
    format_: Json = "text",
) -> int:
    """驳回：初审退给经办人，复核退给初审。

    gjj case reject 0500001-2507-002 --reason 第18行超过上限，请核对工资表
    """
    return _act(ctx, [number], "reject", format_, reason)


@app.command("withdraw")
def withdraw(ctx: typer.Context, number: Number, format_: Json = "text") -> int:
    """撤回还没办结的业务。"""
    return _act(ctx, [number], "withdraw", format_)


def _act(ctx: typer.Context, numbers: list[str], action: str, format_: str, reason: str | None = None) -> int:
    from gjj_cli.case import Action
    from gjj_cli.flows import review
    from gjj_cli.report import receipt

    settings = usage.settings_of(ctx)
    for case in review.act(settings, numbers, Action(action), reason=reason):
        if format_ == "json":
            terminal.out_utf8(receipt.case_json(case))
        else:
            vouchers = "、".join(ref.text for ref in review.posted_by(settings, case))
            posted = [f"凭证号 {vouchers}"] if vouchers else []
            said = (case.case_no, review.title_of(case), case.state.value, *posted)
            terminal.out(terminal.joined(said, indent=2))
            if posted:
                terminal.hint(f"印回单：gjj voucher print {case.case_no}")
    return Exit.DONE


@app.command("finish")
def finish(
    ctx: typer.Context,
    number: Number,
    dry_run: DryRun = False,
    format_: Json = "text",
    folder: Annotated[str | None, typer.Option("-o", metavar="文件夹", help="凭证放在哪里，平常在账簿旁边")] = None,
    no_print: Annotated[bool, typer.Option("--no-print", help="不印凭证")] = False,
) -> int:
    """办结：再校验一遍，生效，记账，印凭证。

    办过的再办一次，什么都不变。
    """
    from gjj_cli.flows import printing, review
    from gjj_cli.report import receipt

    settings = usage.settings_of(ctx)
    printing.before(settings, wanted=not (no_print or dry_run))
    done = review.finish(settings, number, dry_run=dry_run)
    if format_ == "json":
        terminal.out_utf8(receipt.case_json(done.case))
    else:
        words = "以前已办结，没有重复办" if done.again else ("会办结" if dry_run else "已办结")
        vouchers = "、".join(ref.text for ref in done.vouchers) or "本业务不记账"
        terminal.out(f"{done.case.case_no}  {review.title_of(done.case)}  {words}  凭证号 {vouchers}")
    if not (no_print or dry_run):
        printing.after(settings, [done.case.case_no], folder)
    return Exit.DONE


@app.command("attach")
def attach_(
    ctx: typer.Context,
    number: Number,
    pairs: Annotated[list[str], typer.Argument(metavar="种类=文件...", help="jpg、png 或 pdf，每个不超过 10 MB")],
) -> int:
    """给业务加电子档案。

    gjj case attach 0500001-2507-002 经办人身份证件=身份证.jpg
    """
    from gjj_cli.flows import review

    case = review.attach(usage.settings_of(ctx), number, pairs)
    terminal.out(f"{case.case_no}  收下 {len(pairs)} 份电子档案")
    terminal.out(f"扫描流水号 {case.scan_no}  档案编号 {case.archive_no}")
    return Exit.DONE


@app.command("list")
def list_(
    ctx: typer.Context,
    unit: Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="不写是您的全部单位")] = None,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="状态", help="如 待初审")] = None,
) -> int:
    """列出业务。"""
    from gjj_cli.case import State
    from gjj_cli.errors import UsageError
    from gjj_cli.flows import review
    from gjj_cli.report import receipt

    known = [one.value for one in State]
    for word in state or []:
        if word not in known:
            raise UsageError(f"没有状态 {word}", remedies=("可以：" + "、".join(known),))
    found = review.listing(usage.settings_of(ctx), unit, [State(word) for word in state or []])
    terminal.out(receipt.listing(found))
    return Exit.DONE


@app.command("show")
def show(
    ctx: typer.Context,
    number: Number,
    save: Annotated[str | None, typer.Option("--save", metavar="文件夹", help="把原件和电子档案存到这里")] = None,
    format_: Json = "text",
) -> int:
    """一笔业务的全部：内容、经过、电子档案、凭证号。"""
    from gjj_cli.flows import review
    from gjj_cli.report import receipt

    settings = usage.settings_of(ctx)
    whole = review.show(settings, number)
    if format_ == "json":
        terminal.out_utf8(receipt.case_json(whole.case))
    else:
        terminal.out(receipt.whole(whole.case, whole.history, whole.kept, whole.numbers))
    if save is not None:
        for path in review.save(settings, whole.case, Path(save)):
            terminal.talk(f"存到 {path}")
    return Exit.DONE
