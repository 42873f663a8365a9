"""The text report of `gjj validate`, folded and spoken as screens/validate*.txt want it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gjj_cli import money, terminal
from gjj_cli import month as months
from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding, Place
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
    return "  ".join(parts)


def one(checked: Checked) -> str:
    """The whole report of one readable file, without the hints about what to type next."""
    lines = [head_line(checked)]
    if checked.counts.error == 0 and checked.with_books:
        lines += _months_taken(checked)
    for folded in fold(checked.judged.findings):
        lines += ["", *_finding(folded)]
    lines += ["", *_verdict(checked)]
    return "\n".join(lines)


def _finding(folded: Folded) -> list[str]:
    finding = folded.first
    head = [finding.severity.label, finding.header or "", folded.shown]
    first = terminal.pad(folded.where, _CELL_WIDTH) + f"{finding.code} " + "  ".join(part for part in head if part)
    indent = " " * _CELL_WIDTH
    return [
        first,
        terminal.wrap(indent + finding.message, indent=_CELL_WIDTH),
        terminal.wrap(indent + f"改：{finding.hint}", indent=_CELL_WIDTH + 4),
    ]


def _verdict(checked: Checked) -> list[str]:
    groups = fold(checked.judged.findings)
    errors = [group for group in groups if group.first.severity.value == "error"]
    warnings = [group for group in groups if group.first.severity.value == "warning"]
    cells = sum(group.cells for group in errors)
    of_cells = f"（{cells} 格）" if cells > len(errors) else ""
    word = "通过" if checked.ok else "不通过"
    lines = [f"{word}：{len(errors)} 处错误{of_cells}，{len(warnings)} 处警告。"]
    if checked.uncovered:
        listed = "、".join(months.show(month) for month in checked.uncovered)
        lines.append(f"政策包没有 {listed} 的上下限，这些年月没有核对；换一个年月，或见 gjj help 政策。")
    if checked.judged.rules_not_run:
        lines.append(_not_run(checked))
    return lines


def _not_run(checked: Checked) -> str:
    rules = checked.judged.rules_not_run
    example = next((code for code in rules if code in ("E403", "E402")), rules[0])
    said = f"没有账簿，{len(rules)} 条规则没核对（例如{CATALOG[example].title} {example}）"
    if checked.empty_months and checked.business is not None and checked.business.month_column is not None:
        header = checked.business.column(checked.business.month_column).header
        said += f"；{header}空的按 {months.show(checked.default_month)} 看上下限"
    return terminal.wrap(said + "。")


def _months_taken(checked: Checked) -> list[str]:
    if not checked.empty_months or checked.business is None or checked.business.month_column is None:
        return []
    header = checked.business.column(checked.business.month_column).header
    return [f"{header}没填的 {checked.empty_months} 人，按应汇缴年月 {months.show(checked.default_month)} 办理。"]


def many(files: Sequence[Checked], skipped: Sequence[str], exit_code: int) -> str:
    """The report of several files: one line for each that is not simply well, then the count."""
    lines: list[tuple[str, str]] = []
    for checked in files:
        if checked.error is not None:
            lines.append((checked.name, f"读不了 {checked.error.code}：{_short(checked)}"))
        elif not checked.ok:
            lines.append((checked.name, _many_line(checked)))
    lines += [(name, "跳过：Excel 正开着的临时文件") for name in skipped]
    name_width = max((terminal.width(name) for name, _ in lines), default=0)
    shown = [f"{terminal.pad(name, name_width)}  {words}" for name, words in sorted(lines)]
    unreadable = sum(checked.error is not None for checked in files)
    failed = sum(not checked.ok for checked in files) - unreadable
    total = f"{len(files) + len(skipped)} 个文件：{len(files) - failed - unreadable} 通过，{failed} 不通过"
    total += f"，{unreadable} 读不了" if unreadable else ""
    total += f"（退出码 {exit_code}）" if exit_code else ""
    return "\n".join([*shown, *([""] if shown else []), total])


def _many_line(checked: Checked) -> str:
    title = checked.business.title if checked.business else "看不出是哪项业务"
    errors = sum(group.first.severity.value == "error" for group in fold(checked.judged.findings))
    what = f"{errors} 处错误" if errors else "政策包不含这个年月"
    return f"{terminal.pad(title, 16)}{checked.rows:5d} 人  不通过 {what}"


def _short(checked: Checked) -> str:
    """A refusal in half a line: what the file is, without its name again."""
    what = checked.error.what if checked.error else ""
    what = what.removeprefix(checked.name.rsplit("/", 1)[-1]).strip()
    return what.removeprefix("是").removesuffix("，读不了")


def next_steps(checked: Checked, *, annotated: bool) -> list[str]:
    """What to type next: hints, on stderr."""
    if checked.ok:
        return [f"提交：gjj case submit {checked.name}"] if checked.business else []
    codes = [group.first.code for group in fold(checked.judged.findings)]
    steps = [] if annotated or not checked.business else [f"标红后还给您：gjj validate {checked.name} --annotate"]
    return ["", *steps, f"逐条看规定：  gjj rule {codes[0]}"] if codes else []


def brief(findings: Sequence[Finding]) -> list[str]:
    """One line for each folded error, as screens/submit-refused.txt: place, code, column, title."""
    errors = [folded for folded in fold(findings) if folded.first.severity.value == "error"]
    return [
        f"  {terminal.pad(folded.where, _CELL_WIDTH)}{folded.first.code} "
        + (f"{folded.first.header}  " if folded.first.header else "")
        + (f"{folded.shown} " if folded.cells > 1 else "")
        + CATALOG[folded.first.code].title
        for folded in errors
    ]
