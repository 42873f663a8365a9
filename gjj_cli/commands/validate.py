"""`gjj validate`: the filled workbooks in, every finding in its cell out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import UsageError

if TYPE_CHECKING:
    from gjj_cli.business.checked import Asked
    from gjj_cli.flows.validate import Run
    from gjj_cli.settings import Settings

app = usage.single()


@app.command("validate")
def validate(
    ctx: typer.Context,
    targets: Annotated[list[str], typer.Argument(metavar="文件|文件夹|-", help="要校验的表；- 是标准输入")],
    business: Annotated[str | None, typer.Option("--business", metavar="业务", help="业务名，看不出来时才要")] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="单位账号", help="这张表是哪个单位的，表里有的不用写")
    ] = None,
    batch: Annotated[
        list[str] | None, typer.Option("--set", metavar="列=值", help="整批的值，如 补缴类型=按月补缴")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="有账簿也不对账簿")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="text 给人看，json 给程序看", click_type=usage.choice("text", "json"))
    ] = "text",
    annotate: Annotated[bool, typer.Option("--annotate", help="另存一份标红的表")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="另存一份，改好写法：全角、空格、年月")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="只列出会改哪些格，不写文件")] = False,
    unsafe: Annotated[bool, typer.Option("--unsafe-fixes", help="连 15 位证件号码也改成 18 位")] = False,
    split: Annotated[bool, typer.Option("--split", help="通过的行和不通过的行各存一张表")] = False,
    folder: Annotated[str | None, typer.Option("-o", metavar="文件夹", help="写出的表放在哪里，平常在原表旁边")] = None,
) -> int:
    """校验填好的表：一次列出全部错误，每个错误在哪一格、错在哪、怎么改。

    有账簿又登录过的，连账簿一起核对；没有账簿也能校验。文件夹里的表全部校验。

        gjj validate 开户7月.xlsx --annotate
        gjj validate 表格/
    """
    from gjj_cli.business.checked import Asked
    from gjj_cli.flows import validate as flow
    from gjj_cli.flows.asking import business_named, values_set
    from gjj_cli.report import machine, text

    if unsafe and not (fix or diff):
        raise UsageError("--unsafe-fixes 要和 --fix 或 --diff 一起用", remedies=("改：加上 --diff，先看会改哪些格",))
    settings = usage.settings_of(ctx)
    asked = Asked(settings.as_of, business_named(business), unit, values_set(batch or []))
    run = flow.validate(settings, targets, asked, offline=offline)
    if format_ == "json":
        terminal.out_utf8(machine.validation(run.files, run.policy, run.seconds))
    elif run.many or not run.files:
        terminal.out(text.many(run.files, run.skipped, run.exit))
    else:
        checked = run.files[0]
        if checked.error is not None:
            raise checked.error
        terminal.out(text.one(checked, run.why_offline))
        for line in text.next_steps(checked, annotated=annotate):
            terminal.hint(line)
    copies = _Copies(settings, run, folder, format_ == "text")
    if annotate:
        copies.annotate()
    if fix or diff:
        copies.fix(unsafe=unsafe, only_tell=diff)
    if split:
        copies.split(asked)
    return run.exit


@dataclass(frozen=True)
class _Copies:
    """The files written from those validated. What is told of them is talk, but `--diff` is what was asked for."""

    settings: "Settings"
    run: "Run"
    folder: str | None
    for_people: bool

    def annotate(self) -> None:
        from gjj_cli.flows import annotating

        for source, target in annotating.annotate(self.run, self.folder, overwrite=self.settings.assume_yes):
            terminal.talk(f"标红的表：{target}" if target else f"{source} 没有要标的地方")

    def fix(self, *, unsafe: bool, only_tell: bool) -> None:
        from gjj_cli.flows import fixing

        for fixed in fixing.corrected(self.settings, self.run, self.folder, unsafe=unsafe, write=not only_tell):
            if not only_tell:
                terminal.talk("\n".join(fixing.told(fixed)))
            elif self.for_people:
                terminal.out("\n".join(["", *fixing.difference(fixed)]))
            else:
                terminal.talk("\n".join(fixing.difference(fixed)))

    def split(self, asked: "Asked") -> None:
        from gjj_cli.flows import splitting

        for done in splitting.separated(self.settings, self.run, asked, self.folder):
            terminal.talk("\n".join(splitting.told(done)))
