"""`gjj validate`: the filled workbooks in, every finding in its cell out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gjj_cli import terminal, usage
from gjj_cli.errors import UsageError
from gjj_cli.report.formats import FORMATS, render

if TYPE_CHECKING:
    from gjj_cli.business.checked import Asked
    from gjj_cli.flows.validate import Run
    from gjj_cli.report.told import Report
    from gjj_cli.settings import Settings

app = usage.single()


Targets = Annotated[list[str], typer.Argument(metavar="文件|文件夹|-", help="要校验的表；- 是标准输入")]
BusinessName = Annotated[str | None, typer.Option("--business", metavar="业务", help="业务名，看不出来时才要")]
Unit = Annotated[str | None, typer.Option("--unit", metavar="单位账号", help="这张表是哪个单位的，表里有的不用写")]
Batch = Annotated[list[str] | None, typer.Option("--set", metavar="列=值", help="整批的值，如 补缴类型=按月补缴")]
Offline = Annotated[bool, typer.Option("--offline", help="有账簿也不对账簿")]
Format = Annotated[
    str,
    typer.Option("--format", metavar="格式", help="结果的格式，见 gjj help 格式", click_type=usage.choice(*FORMATS)),
]
Reports = Annotated[list[str] | None, typer.Option("--report", metavar="格式=文件", help="另存一份，如 html=结果.html")]
Select = Annotated[list[str] | None, typer.Option("--select", metavar="代码", help="只列这些代码，如 E2,W812")]
Ignore = Annotated[list[str] | None, typer.Option("--ignore", metavar="代码", help="不列这些代码，略去几处会说明")]
FailOn = Annotated[
    str, typer.Option("--fail-on", help="到哪一级算不通过", click_type=usage.choice("error", "warning", "never"))
]
ExpectRows = Annotated[int | None, typer.Option("--expect-rows", metavar="人数", min=0, help="每张表应该有几个人")]
ExpectTotal = Annotated[str | None, typer.Option("--expect-total", metavar="元", help="每张表的金额应该合计多少")]
Annotate = Annotated[bool, typer.Option("--annotate", help="另存一份标红的表")]
Fix = Annotated[bool, typer.Option("--fix", help="另存一份，改好写法：全角、空格、年月")]
Diff = Annotated[bool, typer.Option("--diff", help="只列出会改哪些格，不写文件")]
Unsafe = Annotated[bool, typer.Option("--unsafe-fixes", help="连 15 位证件号码也改成 18 位")]
Split = Annotated[bool, typer.Option("--split", help="通过的行和不通过的行各存一张表")]
Folder = Annotated[str | None, typer.Option("-o", metavar="文件夹", help="写出的表放在哪里，平常在原表旁边")]


@app.command("validate")
def validate(
    ctx: typer.Context,
    targets: Targets,
    business: BusinessName = None,
    unit: Unit = None,
    batch: Batch = None,
    offline: Offline = False,
    format_: Format = "text",
    reports: Reports = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: FailOn = "error",
    expect_rows: ExpectRows = None,
    expect_total: ExpectTotal = None,
    annotate: Annotate = False,
    fix: Fix = False,
    diff: Diff = False,
    unsafe: Unsafe = False,
    split: Split = False,
    folder: Folder = None,
) -> int:
    """校验填好的表：一次列出全部错误，每个错误在哪一格、错在哪、怎么改。

    有账簿又登录过的，连账簿一起核对；没有账簿也能校验。文件夹里的表全部校验。

        gjj validate 开户7月.xlsx --annotate
        gjj validate 表格/ --report html=结果.html
    """
    from gjj_cli.business.checked import Asked
    from gjj_cli.flows import reporting
    from gjj_cli.flows import validate as flow
    from gjj_cli.flows.asking import business_named, values_set

    if unsafe and not (fix or diff):
        raise UsageError("--unsafe-fixes 要和 --fix 或 --diff 一起用", remedies=("改：加上 --diff，先看会改哪些格",))
    settings = usage.settings_of(ctx)
    expected = (expect_rows, reporting.total(expect_total))
    asked = Asked(settings.as_of, business_named(business), unit, values_set(batch or []), *expected)
    wanted = reporting.wanted(format_, reports or [], select or [], ignore or [])
    run = flow.validate(settings, targets, asked, offline=offline)
    run.fail_on = fail_on
    reporting.not_over_input(wanted, run)
    reporting.choose(run, wanted.codes)
    report = reporting.report_of(run)
    _say(report, format_, annotated=annotate)
    reporting.write(report, wanted)
    copies = _Copies(settings, run, folder, format_ == "text")
    if annotate:
        copies.annotate()
    if fix or diff:
        copies.fix(unsafe=unsafe, only_tell=diff)
    if split:
        copies.split(asked)
    if remark := reporting.remark(run):
        terminal.talk(remark)
    if format_ == "text" and report.refusal is not None:
        raise report.refusal
    return run.exit


def _say(report: "Report", format_: str, *, annotated: bool) -> None:
    """The report on stdout; of a file that cannot be read alone, a person is told by the refusal."""
    from gjj_cli.report import text, told

    if format_ != "text":
        terminal.out_utf8(render(format_, report))
        if left_out := told.left_out(sum(checked.ignored for checked in report.files)):
            terminal.talk(left_out)
    elif report.refusal is None:
        terminal.out(text.render(report).removesuffix("\n"))
        steps = text.next_of_many(report) if report.many else text.next_steps(report.files[0], annotated=annotated)
        for line in steps:
            terminal.hint(line)


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
