"""What `validate` lists and where it writes it: --select, --ignore, --report, and a GitHub step's summary."""

import difflib
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gjj_cli import atomic, money, terminal
from gjj_cli.errors import Exit, FileError, UsageError, reason
from gjj_cli.finding import Judged
from gjj_cli.flows.validate import Run
from gjj_cli.report import formats, github
from gjj_cli.report.told import Report
from gjj_cli.rules.registry import CATALOG


@dataclass(frozen=True)
class Wanted:
    """What was asked for: the format of stdout, files of further formats, and the codes that are listed."""

    format: str
    files: tuple[tuple[str, Path], ...]
    codes: frozenset[str]


def wanted(format_: str, reports: Sequence[str], select: Sequence[str], ignore: Sequence[str]) -> Wanted:
    """The options as they are used. Raises UsageError for an unknown code or format, or a file that cannot be one."""
    codes = _codes(select, "--select") if select else frozenset(CATALOG)
    files: dict[Path, str] = {}
    for pair in reports:
        name, path = _report(pair)
        if path in files:
            raise UsageError(f"--report 两次都写到 {path}", remedies=("改：一种格式一个文件",))
        files[path] = name
    named = tuple((name, path) for path, name in files.items())
    return Wanted(format_, named, codes - _codes(ignore, "--ignore") if ignore else codes)


def _report(pair: str) -> tuple[str, Path]:
    name, equals, path = pair.partition("=")
    if name not in formats.FORMATS:
        raise UsageError(
            f"--report 不认识格式 {name}{_nearest(name, formats.FORMATS)}",
            remedies=("可以：" + "、".join(formats.FORMATS), "改：写成 格式=文件，例如 --report html=结果.html"),
        )
    if not equals or path in ("", "-"):
        raise UsageError(
            f"--report {pair} 没有写文件",
            remedies=(f"改：--report {name}=文件；要写到标准输出，用 --format {name}",),
        )
    return name, Path(path)


def _codes(words: Sequence[str], option: str) -> frozenset[str]:
    """The codes of comma lists: whole codes, or how they begin (E2, E20*)."""
    named: set[str] = set()
    for word in re.split(r"[,，、\s]+", ",".join(words)):
        begins = word.upper().removesuffix("*")
        codes = {code for code in CATALOG if code.startswith(begins)} if begins else set()
        if word and not codes:
            raise UsageError(
                f"{option} 里的 {word} 不是代码{_nearest(word.upper().replace('O', '0'), CATALOG)}",
                remedies=("看全部代码：gjj rule；开头相同的一起写：E2 或 E20*",),
            )
        named |= codes
    if not named:
        raise UsageError(f"{option} 后面要写代码", remedies=(f"改：例如 {option} E2,W812；看全部代码：gjj rule",))
    return frozenset(named)


def _nearest(word: str, known: Collection[str]) -> str:
    near = [word] if word in known else difflib.get_close_matches(word, list(known), n=3)
    return f"，是不是 {'、'.join(near)}？" if near else ""


def not_over_input(wanted: Wanted, run: Run) -> None:
    """Raises UsageError where a report would replace a workbook that was just read."""
    read = {os.path.realpath(checked.name) for checked in run.files}  # which, unlike resolve(), bears a link to itself
    for _, path in wanted.files:
        if os.path.realpath(path) in read:
            raise UsageError(f"--report 不能写到要校验的文件 {path}，没有改写", remedies=("改：换一个文件名",))


def choose(run: Run, codes: frozenset[str]) -> None:
    """Leave out findings of other codes, and count them. What kept a file from being judged always stays."""
    for checked in run.files:
        if checked.frame is None:
            continue
        before = checked.judged
        kept = [finding for finding in before.findings if finding.code in codes]
        beyond = [more for more in before.beyond if more.code in codes]
        checked.unlisted = [finding for finding in before.findings if finding.code not in codes]
        checked.uncounted = [more for more in before.beyond if more.code not in codes]
        checked.judged = Judged(
            kept,
            [code for code in before.rules_run if code in codes],
            [code for code in before.rules_not_run if code in codes],
            beyond,
        )


def report_of(run: Run) -> Report:
    """The run as the formats take it."""
    return Report(run.files, run.skipped, run.policy, run.seconds, run.exit, run.many, run.why_offline, run.fail_on)


def remark(run: Run) -> str | None:
    """A sentence where --fail-on makes the exit code another than the findings alone would."""
    if run.exit == replace(run, fail_on="error").exit:
        return None
    why = "没有错误，有警告" if run.exit is Exit.FOUND else "有错误"
    return f"{why}：按 --fail-on {run.fail_on}，退出码 {int(run.exit)}。"


def write(report: Report, wanted: Wanted) -> None:
    """Every asked file, each whole or not at all, and the summary of a GitHub step. Raises FileError."""
    for name, path in wanted.files:
        atomic.write(path, terminal.utf8(formats.render(name, report)))
    if "github" in (wanted.format, *(name for name, _ in wanted.files)):
        _summarise(report)


def _summarise(report: Report) -> None:
    """Append to the file that GitHub names; it has room for 1 MiB with what is there already."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    if not named:
        return
    path = Path(named)
    try:
        taken = path.stat().st_size if path.exists() else 0
        with path.open("ab") as file:
            file.write(terminal.utf8(github.summary(report, github.SUMMARY_BYTES - taken)))
    except OSError as error:
        raise FileError(
            f"GITHUB_STEP_SUMMARY 指的 {path} 写不了：{reason(error)}", remedies=("改：核对这个环境变量",)
        ) from error


def total(text: str | None) -> int | None:
    """--expect-total in 分. Raises UsageError for what is no amount."""
    if text is None:
        return None
    try:
        return money.to_fen(text.replace(",", "").replace("，", ""))
    except ValueError as error:
        raise UsageError(
            f"--expect-total 要写元数，不能是 {text}", remedies=("改：例如 --expect-total 612000.00",)
        ) from error
