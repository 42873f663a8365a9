"""`gjj init`: new books in this folder."""

from pathlib import Path
from typing import Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import Exit

app = usage.single()


@app.command("init")
def init(
    ctx: typer.Context,
    solo: Annotated[bool, typer.Option("--solo", help="一个人用：不分初审复核")] = False,
    sample: Annotated[bool, typer.Option("--sample", help="装进示例单位、职工和四个用户")] = False,
) -> int:
    """在这里建账簿：gjj.toml、gjj.db、gjj.key。

    已经有的不动。一个人用的账簿少了什么：gjj help 单人
    """
    from gjj_cli.flows import books
    from gjj_cli.flows import sample as samples

    settings = usage.settings_of(ctx)
    made = books.init(settings, Path.cwd(), solo=solo)
    terminal.out(f"账簿    {terminal.here(made.db) if made.db else made.where}")
    if made.db is None and not made.by_rights:
        terminal.out("权限    表归这个用户自己，只增不改只靠触发器和哈希链（另设主人：GJJ_DB_OWNER）")
    terminal.out(f"密钥    {terminal.here(made.key)}（印凭证用，和账簿分开备份）")
    terminal.out(f"配置    {terminal.here(made.config)}")
    if sample:
        path = samples.write_tokens(samples.fill(made.settings), made.settings.home)
        terminal.out(f"示例    4 个单位 93 人，四个用户的令牌在 {path.name}")
    terminal.out("登录    管理员，还没有设密码：能打开这个文件夹的人就能用这本账簿")
    if solo:
        terminal.out("单人    不分初审复核，每张凭证上都会写明")
    terminal.hint("接着导入单位：gjj template export 建账，填好后 gjj unit import 建账.xlsx")
    return Exit.DONE
