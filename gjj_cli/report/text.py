"""The text report of `gjj validate`, folded and spoken as screens/validate*.txt want it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gjj_cli import money, terminal
from gjj_cli import month as months
from gjj_cli.business.checked import LOCK_FILES, STDIN, Checked
from gjj_cli.finding import Finding, Place, Severity
from gjj_cli.report import told
from gjj_cli.report.told import Report
from gjj_cli.rules.catalogue import CATALOG

_CELL_WIDTH = 10  # of the first column; messages stand under the second


@dataclass(frozen=True)
class Folded:
    """Neighbouring findings that say the same: one place from the first cell to the last."""

    first: Finding
    last: Place
    cells: int

    @property
    def where(self) -> str:
        start, end = self.first.place.cell, self.last.cell
        if start is None:
            return "整个文件"
        return start if self.cells == 1 else f"{start}:{end}"

    @property
    def shown(self) -> str:
        return f"{self.cells} 格" if self.cells > 1 else (self.first.value or "")


def render(report: Report) -> str:
    """The whole report with a last line end: of one file every finding, of several a line each."""
    if report.many or not report.files:
        return many(report) + "\n"
    checked = report.files[0]
    if checked.error is not None:
        return terminal.refusal(checked.error) + "\n"
    return one(checked, report.why_offline) + "\n"


def fold(findings: Sequence[Finding]) -> list[Folded]:
    """Put neighbours with the same code, column, severity and words together, in the order of their first cell."""
    runs: list[list[Finding]] = []
    open_runs: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        place = finding.place
        general = finding.message.replace(finding.value or "\0", "")
        key = (finding.code, place.sheet, place.column, finding.severity, general, finding.hint)
        run = open_runs.get(key)
        if run is not None and place.row is not None and run[-1].place.row == place.row - 1:
            run.append(finding)
        else:
            open_runs[key] = [finding]
            runs.append(open_runs[key])
    return [Folded(run[0], run[-1].place, len(run)) for run in runs]


def head_line(checked: Checked) -> str:
    """`开户7月.xlsx  个人账户设立  120 人  缴存基数合计 612,000.00`."""
    parts = [checked.name]
    if checked.business is not None:
        parts.append(checked.business.title)
    if checked.unit is not None:
        parts.append(f"单位 {checked.unit}")
    parts.append(f"{checked.rows} 人")
    for header, total in checked.totals.items():
        parts.append(f"{header.removesuffix('（元）')}合计 {money.show(total)}")
    return terminal.joined(parts, indent=2)


def one(checked: Checked, why_offline: str | None = None) -> str:
    """The whole report of one readable file, without the hints about what to type next.

    `why_offline` says why the rules that need the books did not run: `没有账簿`, `没有登录`.
    """
    lines = [head_line(checked)]
    if checked.counts.error == 0 and checked.with_books:
        lines += _months_taken(checked)
    for folded in fold(checked.judged.findings):
        lines += ["", *_finding(folded)]
    if checked.judged.beyond:
        more = sum(beyond.cells for beyond in checked.judged.beyond)
        lines += ["", f"下面还有 {more:,} 处没有一一列出：先改上面的，再校验一次。"]
    lines += ["", *_verdict(checked, why_offline)]
    return "\n".join(lines)


def _finding(folded: Folded) -> list[str]:
    finding = folded.first
    head = [finding.severity.label, finding.header or "", folded.shown]
    first = (
        terminal.pad(f"{folded.where} ", _CELL_WIDTH) + f"{finding.code} " + "  ".join(part for part in head if part)
    )
    first = terminal.clip(first, terminal.COLUMNS)
    indent = " " * _CELL_WIDTH
    return [
        first,
        terminal.wrap(indent + finding.message, indent=_CELL_WIDTH),
        terminal.wrap(indent + f"改：{finding.hint}", indent=_CELL_WIDTH + 4),
    ]


def _verdict(checked: Checked, why_offline: str | None) -> list[str]:
    groups = fold(checked.judged.findings)
    errors = [group for group in groups if group.first.severity.value == "error"]
    warnings = [group for group in groups if group.first.severity.value == "warning"]
    cells = checked.counts.error
    of_cells = f"（{cells} 格）" if cells > len(errors) else ""
    word = "通过" if checked.ok else "不通过"
    lines = [f"{word}：{len(errors)} 处错误{of_cells}，{len(warnings)} 处警告。"]
    if checked.uncovered:
        listed = "、".join(months.show(month) for month in checked.uncovered)
        lines.append(terminal.wrap(f"政策包没有 {listed} 的上下限，这些年月没有核对；换一个年月，或见 gjj help 政策。"))
    if checked.judged.rules_not_run:
        lines.append(_not_run(checked, why_offline or "不知道是哪个单位"))
    if left_out := told.left_out(checked.ignored):
        lines.append(left_out)
    return lines


def _not_run(checked: Checked, why: str) -> str:
    rules = checked.judged.rules_not_run
    example = next((code for code in rules if code in ("E403", "E402")), rules[0])
    said = f"{why}，{len(rules)} 条规则没核对（例如{CATALOG[example].title} {example}）"
    if checked.empty_months and checked.business is not None and checked.business.month_column is not None:
        header = checked.business.column(checked.business.month_column).header
        limits = "看上下限" if "E302" in checked.judged.rules_run else "看"
        said += f"；{header}空的按 {months.show(checked.default_month)} {limits}"
    return terminal.wrap(said + "。")


def _months_taken(checked: Checked) -> list[str]:
    if not checked.empty_months or checked.business is None or checked.business.month_column is None:
        return []
    header = checked.business.column(checked.business.month_column).header
    return [f"{header}没填的 {checked.empty_months} 人，按应汇缴年月 {months.show(checked.default_month)} 办理。"]


def many(report: Report) -> str:
    """The report of several files: one line for each that is not simply well, then the count."""
    files = report.files
    lines: list[tuple[str, str]] = []  # name and words
    for checked in files:
        if checked.error is not None:
            lines.append((checked.name, f"读不了 {checked.error.code}：{_short(checked)}"))
        elif not checked.ok:
            lines.append((checked.name, _many_line(checked)))
    lines += [(name, _why_skipped(name)) for name in report.skipped]
    shown = _beside([name for name, _ in sorted(lines)], [words for _, words in sorted(lines)])
    unreadable = sum(checked.error is not None for checked in files)
    failed = sum(not checked.ok for checked in files) - unreadable
    total = f"{len(files)} 个文件：{len(files) - failed - unreadable} 通过，{failed} 不通过"
    total += f"，{unreadable} 读不了" if unreadable else ""
    total += f"（退出码 {report.exit}）" if report.exit else ""
    left_out = told.left_out(sum(checked.ignored for checked in files))
    return "\n".join([*shown, *([""] if shown else []), total, *([left_out] if left_out else [])])


def _why_skipped(name: str) -> str:
    if name.replace("\\", "/").rsplit("/", 1)[-1].startswith(LOCK_FILES):
        return "跳过：Excel 正开着的临时文件"
    return "跳过：标红或改好的那份，要校验它就写出文件名"


def _beside(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """Each name with its words in a second column, or under it where the name is too long for that."""
    most = terminal.COLUMNS - 2 - max(map(terminal.width, words), default=0)
    column = max((terminal.width(name) for name in names if terminal.width(name) <= most), default=0)
    return [
        f"{terminal.pad(name, column)}  {said}" if terminal.width(name) <= most else f"{name}\n    {said}"
        for name, said in zip(names, words, strict=True)
    ]


def _many_line(checked: Checked) -> str:
    title = checked.business.title if checked.business else "看不出是哪项业务"
    errors = sum(group.first.severity.value == "error" for group in fold(checked.judged.findings))
    what = f"{errors} 处错误" if errors else "政策包不含这个年月"
    return f"{terminal.pad(title, 16)}{checked.rows:5d} 人  不通过 {what}"


_SHORT_REMEDY = {"E002": "，取消密码再来", "E003": "，请对方重发", "E004": "，拆开再来"}


def _short(checked: Checked) -> str:
    """A refusal in half a line: what the file is, without its name again."""
    if checked.error is None:
        raise ValueError("no error")
    what = checked.error.what.removeprefix(checked.name.rsplit("/", 1)[-1]).strip()
    what = what.removeprefix("是").strip().removesuffix("，读不了").replace(" 97-2003 文件", "")
    if any(remedy.startswith("改：在 Excel 或 WPS 里「另存为」") for remedy in checked.error.remedies):
        return terminal.clip(what, 34) + "，另存为 .xlsx 再来"
    return terminal.clip(what, 34) + _SHORT_REMEDY.get(checked.error.code or "", "")


def next_of_many(report: Report) -> list[str]:
    """What to type next after a list of files: how to see each finding of one, and of all."""
    failed = next((checked.name for checked in report.files if checked.error is None and not checked.ok), None)
    if failed is None:
        return []
    return ["", f"看每一处：  gjj validate {terminal.pasted(failed)}", "全部成一页：再加 --report html=结果.html"]


def next_steps(checked: Checked, *, annotated: bool) -> list[str]:
    """What to type next: hints, on stderr. What came through a pipe has no file to name."""
    name, stdin = terminal.pasted(checked.name), checked.name == STDIN
    if checked.ok:
        return [f"提交：gjj case submit {name}"] if checked.business and not stdin else []
    by_weight = sorted(fold(checked.judged.findings), key=lambda group: list(Severity).index(group.first.severity))
    codes = [group.first.code for group in by_weight]
    mark = checked.business and not annotated and not stdin
    steps = [f"标红后还给您：gjj validate {name} --annotate"] if mark else []
    return ["", *steps, f"逐条看规定：  gjj rule {codes[0]}"] if codes else []


def brief(findings: Sequence[Finding]) -> list[str]:
    """A line for each folded error, as screens/submit-refused.txt: place, code, column, title.

    About the whole file the message says more than the title: which header, which unit.
    """
    return [_brief(folded) for folded in fold(findings) if folded.first.severity.value == "error"]


def _brief(folded: Folded) -> str:
    finding = folded.first
    place = f"  {terminal.pad(folded.where, _CELL_WIDTH)}{finding.code} "
    if finding.place.cell is None:
        return terminal.wrap(place + finding.message.removesuffix("。"), indent=terminal.width(place))
    cells = f"{folded.shown}" if folded.cells > 1 else ""
    return f"{place}{finding.header}  {cells}{CATALOG[finding.code].title}"


def warnings(findings: Sequence[Finding]) -> list[str]:
    """What is worth a look in a file without errors: a line for each folded warning, none where there is none."""
    folded = [group for group in fold(findings) if group.first.severity is Severity.WARNING]
    if not folded:
        return []
    lines = []
    for group in folded:
        header = "" if group.first.place.cell is None else f"{group.first.header}  "
        cells = f"{group.shown}  " if group.cells > 1 else ""
        line = f"  {terminal.pad(group.where, _CELL_WIDTH)}{group.first.code} {header}{cells}{group.first.message}"
        lines.append(terminal.wrap(line, indent=2 + _CELL_WIDTH))
    return [f"{len(folded)} 处警告，照样受理：", *lines]
