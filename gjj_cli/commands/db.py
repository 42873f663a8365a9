"""`gjj db backup | restore | upgrade | copy`: the books as a whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gjj_cli import money, terminal, usage
from gjj_cli.errors import Exit

if TYPE_CHECKING:
    from gjj_cli.flows.dbcare import Copied

app = usage.group("升级、备份、恢复、搬家")


@app.command("backup")
def backup(
    ctx: typer.Context,
    target: Annotated[Path | None, typer.Option("-o", metavar="文件", help="备份写到哪里，平常在账簿旁边")] = None,
) -> int:
    """备份账簿：不用停下记账，抄好后从头核对一遍，才给名字。

    gjj db backup
    gjj db backup -o /mnt/backup/gjj.db
    """
    from gjj_cli.flows import dbcare

    done = dbcare.make_backup(usage.settings_of(ctx), target)
    if not done.ok:
        terminal.out(terminal.wrap(f"账簿对不上：{done.problem}"))
        terminal.out(f"照样抄了一份：{terminal.here(done.path)}")
        terminal.talk("改：不要再记账；用以前的备份恢复：gjj db restore 备份文件")
        return Exit.FOUND
    terminal.out(f"备份    {terminal.here(done.path)}")
    _tell(done)
    terminal.talk("密钥 gjj.key 不在备份里，要另外存：没有它，印过的凭证验不了真")
    return Exit.DONE


@app.command("restore")
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="备份文件", help="gjj db backup 做的备份")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只核对备份，不换")] = False,
) -> int:
    """用备份换下现在的账簿：先核对备份，换下的那本另存，不删。

    gjj db restore gjj-备份-20250718-090000.db
    """
    from gjj_cli.flows import dbcare

    done = dbcare.restore(usage.settings_of(ctx), file, dry_run=dry_run)
    if not done.copied.ok:
        terminal.out(terminal.wrap(f"备份对不上：{done.copied.problem}"))
        terminal.talk("没有换，账簿没有变。改：换一份备份")
        return Exit.FOUND
    if dry_run:
        terminal.out("备份核对无误，没有换，账簿没有变。")
    else:
        terminal.out(f"账簿    {terminal.here(done.copied.path)}，已从备份恢复")
    _tell(done.copied)
    if done.upgraded_from is not None:
        terminal.out(f"版本    备份是第 {done.upgraded_from} 版的，{'换的时候会' if dry_run else '已经'}升级")
    if done.kept is not None:
        terminal.out(f"换下    {terminal.here(done.kept)}，是原来的账簿，不要了再删")
    if not dry_run:
        terminal.talk("登录和令牌按备份时的算；密钥 gjj.key 不在备份里，还是原来那个")
    return Exit.DONE


@app.command("upgrade")
def upgrade(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写账簿")] = False,
) -> int:
    """把账簿升级到这个程序的版本：自动备份，一次做完，再核对。"""
    from gjj_cli.flows import dbcare

    done = dbcare.upgrade(usage.settings_of(ctx), dry_run=dry_run)
    if done.before == done.after:
        terminal.out(f"账簿已经是第 {done.after} 版，不用升级。")
        return Exit.DONE
    terminal.out(f"账簿{'会' if dry_run else '已'}从第 {done.before} 版升到第 {done.after} 版。")
    if done.backup is not None:
        terminal.out(f"升级前的备份：{terminal.here(done.backup)}")
    found = done.verdict.first_difference if done.verdict else None
    if found is not None:
        terminal.out(terminal.wrap(f"升级后账簿对不上：单位 {found.unit}，{found.field}：{found.detail}"))
        terminal.talk("改：不要再记账；换回旧版程序，用升级前的备份恢复，报告给我们")
        return Exit.FOUND
    return Exit.DONE


@app.command("copy")
def copy(
    ctx: typer.Context,
    target: Annotated[str, typer.Option("--to", metavar="账簿地址", help="新地方：文件，或者服务器的地址")],
    source: Annotated[str | None, typer.Option("--from", metavar="账簿地址", help="平常是现在的账簿")] = None,
) -> int:
    """把账簿搬到另一个数据库：整本复制，两边核对，锚一样才算。

    gjj db copy --to postgresql+psycopg://gjj@db.example/gjj
    gjj db copy --from postgresql+psycopg://gjj@db.example/gjj --to 备份.db
    """
    from gjj_cli.flows import copying

    done = copying.copy(
        usage.settings_of(ctx), source, target, lambda table, rows: terminal.hint(f"{table}：{rows:,} 行")
    )
    terminal.out(f"来源    {done.source}，没有动")
    terminal.out(f"复制到  {done.target}")
    terminal.out(
        f"里面    {done.rows:,} 行，{done.verdict.vouchers:,} 张凭证，{done.verdict.lines:,} 行分录，两边核对无误"
    )
    terminal.out(f"锚      {done.verdict.anchor}，两边一样")
    terminal.talk("改用它：gjj.toml 里的 db 写新地址；密钥 gjj.key 不在里面，要一起搬")
    return Exit.DONE


def _tell(found: "Copied") -> None:
    """What a verified copy holds, and its anchor."""
    held, verdict = found.totals, found.verdict
    if held is None or verdict is None:
        return
    counted = f"{held.units:,} 个单位，{verdict.vouchers:,} 张凭证，{verdict.lines:,} 行分录"
    until = f"，记到 {held.last_date}" if held.last_date else ""
    terminal.out(f"里面    {counted}{until}")
    terminal.out(f"金额    公积金 {money.show(held.fund_fen)}，暂收 {money.show(held.suspense_fen)}")
    terminal.out(f"锚      {verdict.anchor}")
