"""汇缴 on the screen and as JSON (`gjj.run/1`): the preview, a run (screens/preview.txt, run.txt), one run whole."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from gjj_cli import atomic, money, terminal
from gjj_cli import month as months
from gjj_cli.errors import Exit, UsageError
from gjj_cli.posting.plan import (
    ALREADY,
    IN_PART,
    POSTED,
    REFUSED,
    REGISTERED,
    SKIPPED,
    Outcome,
    Preview,
    RunReport,
)

OUTCOME_LABEL = {
    POSTED: "已入账",
    IN_PART: "只缴了前几个月",
    REGISTERED: "待入账",
    ALREADY: "以前已入账",
    SKIPPED: "跳过",
    REFUSED: "没办成",
}
_LISTED = 20


def preview(told: Preview, org: str) -> str:
    """The 汇缴 screen of the manual (二.7): eight header fields, a line a month, and whether the money is enough."""
    plan = told.plan
    paid = months.show(told.paid_through) if told.paid_through is not None else "没有缴过"
    pairs = (
        ("单位账号", told.unit, "单位名称", told.name),
        ("管理机构", org, "首次汇缴年月", months.show(told.first_month)),
        ("缴至年月", paid, "单位账户余额", money.show(told.fund_fen)),
        ("暂收户余额", money.show(told.suspense_fen), "暂收户可用余额", money.show(plan.available_fen)),
    )
    lines = [terminal.pad("汇缴预览（什么都没有写）", 55) + f"业务日期 {told.as_of}", ""]
    for left in pairs:
        lines += _two_pairs(*left)
    if not plan.rows:
        return "\n".join([*lines, "", plan.reason])
    return "\n".join([*lines, "", _months(told), "", *_settlement(told)])


def _two_pairs(name: str, value: str, other_name: str, other: str) -> list[str]:
    """Two fields on a line; a name of a unit that is too long for its half goes below."""
    pad = terminal.pad
    line = f"{pad(name, 12)} {pad(value, 18)} {pad(other_name, 16)} {other}"
    if terminal.width(line) <= terminal.COLUMNS:
        return [line]
    return [f"{pad(name, 12)} {value}", terminal.wrap(f"{pad(other_name, 12)} {other}", indent=13)]


def _months(told: Preview) -> str:
    titles = (("本月金额", 12), ("人数", 4), ("增加金额", 10), ("人数", 4), ("减少金额", 10), ("人数", 4))
    columns = (
        terminal.Column("汇缴年月"),
        *(terminal.Column(title, right=True, min_width=width) for title, width in titles),
    )
    rows = [
        (
            months.show(row.month),
            money.show(row.amount_fen),
            f"{row.heads:,}",
            money.show(row.added_fen),
            f"{row.added_heads:,}",
            money.show(row.removed_fen),
            f"{row.removed_heads:,}",
        )
        for row in told.plan.rows
    ]
    rows.append(("合计", money.show(told.plan.due_fen), "", "", "", "", ""))
    return terminal.Table(columns).render(rows)


def _settlement(told: Preview) -> list[str]:
    plan = told.plan
    lines = [f"汇缴总金额 {money.show(plan.due_fen)}  实际缴存金额 0.00"]
    if plan.outcome == REFUSED and plan.code != "E705":
        return [*lines, terminal.wrap(f"现在不能缴（{plan.code}）：{plan.reason}。")]
    asked = sum(row.amount_fen > 0 for row in plan.rows)
    verdict = f"缴款方式 暂收：可用 {money.show(plan.available_fen)}，"
    if not plan.short_fen:
        verdict += f"够缴，缴后还有 {money.show(plan.available_fen - plan.due_fen)}。"
    elif plan.payable:
        several = "两个月" if asked == 2 else f" {asked} 个月"
        verdict += f"够缴 {plan.payable} 个月，{several}还差 {money.show(plan.short_fen)}。"
    else:
        verdict += f"差 {money.show(plan.short_fen)}。"
    return [*lines, terminal.wrap(verdict)]


def after_preview(told: Preview, unit: str | None) -> list[str]:
    """What to type next: all of it, or the months that the money covers; `unit` as it was typed."""
    owing = [row for row in told.plan.rows if row.amount_fen]
    if not told.plan.payable or (told.plan.outcome == REFUSED and told.plan.code != "E705"):
        return []
    last = months.show(owing[told.plan.payable - 1].month)
    word = "缴款" if told.plan.payable == len(owing) else f"先缴 {last}"
    return ["", f"{word}：gjj remit run" + (f" --unit {unit}" if unit else "") + f" --through {last}"]


def progress(done: Outcome) -> None:
    """One line for each durable post, on stderr, with -v."""
    terminal.log("posted", unit=done.unit, case=done.case_no or "", total=money.plain(done.total_fen))


def run(report: RunReport) -> str:
    """What a run did: counts by outcome, and only the units that need a person."""
    title = "月末汇缴" if report.everything else "汇缴"
    number = f"  运行 {report.run}" if report.run else ""
    dry = "（试办，什么都没有写）" if report.dry_run else ""
    of_units = f"单位 {len(report.outcomes):,} 个{dry}"
    head = [f"{months.show(report.through)} {title}{number}", f"业务日期 {report.as_of}", of_units]
    lines = [terminal.joined(head, indent=2), "", _counts(report)]
    waiting = _to_do(report)
    if waiting:
        lines += ["", f"要处理的 {len(waiting)} 个：", _waiting(waiting[:_LISTED], report.through)]
        if len(waiting) > _LISTED:
            lines.append(f"还有 {len(waiting) - _LISTED} 个，在全表里。")
    if len(report.cases) == 1:
        lines += ["", f"受理号 {report.cases[0]}"]
    return "\n".join(lines)


def _to_do(report: RunReport) -> list[Outcome]:
    """The units that need a person, by number."""
    return sorted(report.of(REFUSED) + report.of(IN_PART), key=lambda one: one.unit)


def after_run(report: RunReport) -> list[str]:
    """What to type next when something is left."""
    whole = f"全表：gjj remit show {report.run} -o 月末.xlsx" if report.run else ""
    return [f"处理完再跑同一条，只办剩下的。{whole}"] if _to_do(report) else []


def verdict(report: RunReport) -> list[str]:
    """The last line of a run that did not do all, with its exit code."""
    words = {Exit.PARTLY: "部分办成", Exit.REFUSED: "一个也没有办成"}
    return [f"{words[report.exit]}（退出码 {int(report.exit)}）"] if report.exit in words else []


def _counts(report: RunReport) -> str:
    columns = (
        terminal.Column("结果"),
        terminal.Column("单位", right=True),
        terminal.Column("人数", right=True),
        terminal.Column("金额", right=True),
    )
    rows = []
    for outcome in (POSTED, IN_PART, REGISTERED, ALREADY, SKIPPED, REFUSED):
        found = report.of(outcome)
        if found:
            counted = outcome in (POSTED, IN_PART, REGISTERED, REFUSED)
            heads = f"{sum(one.heads for one in found):,}" if counted else "-"
            total = money.show(sum(one.total_fen for one in found)) if counted else "-"
            label = OUTCOME_LABEL[outcome] + (_skipped(found) if outcome == SKIPPED else "")
            rows.append((label, f"{len(found):,}", heads, total))
    if len(rows) > 1:
        told = [one for one in report.outcomes if one.outcome not in (ALREADY, SKIPPED)]
        heads, total = f"{sum(one.heads for one in told):,}", money.show(sum(one.total_fen for one in told))
        rows.append(("合计", f"{len(report.outcomes):,}", heads, total))
    return terminal.Table(columns).render(rows)


_SKIPPED = {"托管": "托管", "空月": "空月", "没有要缴": "没到月份"}  # a word of the reason -> how it is counted


def _skipped(found: list[Outcome]) -> str:
    """`（托管 1 空月 14）`: why units were skipped."""
    counts = {
        short: sum(word in (one.detail or "") for one in found)
        for word, short in _SKIPPED.items()
        if any(word in (one.detail or "") for one in found)
    }
    return "（" + " ".join(f"{short} {count:,}" for short, count in counts.items()) + "）" if counts else ""


def _waiting(outcomes: list[Outcome], through: int) -> str:
    columns = (
        *(terminal.Column(title) for title in ("单位账号", "月份", "原因")),
        terminal.Column("说明", wrapped=True),
    )
    rows = [(one.unit, _span(_left(one, through)), _why(one), one.detail or "") for one in outcomes]
    return terminal.Table(columns).render(rows)


def _left(one: Outcome, through: int) -> tuple[int, ...]:
    """The months that are still to pay; of a unit that paid some, those after them."""
    return tuple(range(one.months[-1] + 1, through + 1)) if one.outcome == IN_PART else one.months


def _why(one: Outcome) -> str:
    return "暂收不足" if one.code == "E705" else (one.code or "")


def _span(paid: tuple[int, ...]) -> str:
    if not paid:
        return "-"
    return months.show(paid[0]) if len(paid) == 1 else f"{months.show(paid[0])}至{months.show(paid[-1])}"


def whole_run(report: RunReport) -> str:
    """Every unit of a run, one line each; the file that `-o` saves has more columns."""
    columns = (
        terminal.Column("单位账号"),
        terminal.Column("结果"),
        terminal.Column("月份"),
        terminal.Column("金额", right=True),
        terminal.Column("说明", wrapped=True),
    )
    rows = [
        (
            one.unit,
            OUTCOME_LABEL[one.outcome],
            _span(one.months),
            money.show(one.total_fen),
            one.case_no or one.detail or "",
        )
        for one in report.outcomes
    ]
    head = f"运行 {report.run}  {months.show(report.through)}  业务日期 {report.as_of}  单位 {len(rows):,} 个"
    return f"{head}\n\n{terminal.Table(columns).render(rows)}" if rows else f"{head}\n没有单位。"


_HEADERS = ("单位账号", "结果", "起", "止", "人数", "金额", "代码", "差额", "说明", "受理号")


def save(report: RunReport, path: Path) -> None:
    """The whole run as .xlsx or .csv; text cells stay text, and none can become a formula. Raises UsageError."""
    rows = [
        (
            one.unit,
            OUTCOME_LABEL[one.outcome],
            months.show(one.months[0]) if one.months else "",
            months.show(one.months[-1]) if one.months else "",
            str(one.heads),
            money.plain(one.total_fen),
            one.code or "",
            money.plain(one.short_fen) if one.short_fen else "",
            one.detail or "",
            one.case_no or "",
        )
        for one in report.outcomes
    ]
    if path.suffix.lower() == ".xlsx":
        atomic.write(path, _xlsx(rows))
    elif path.suffix.lower() == ".csv":
        text = io.StringIO()
        csv.writer(text).writerows([_HEADERS, *rows])
        atomic.write(path, ("\ufeff" + text.getvalue()).encode())
    else:
        raise UsageError(f"{path} 只能存成 .xlsx 或 .csv", remedies=("改：-o 月末.xlsx",))


def _xlsx(rows: Sequence[tuple[str, ...]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("汇缴")
    sheet.set_column(0, len(_HEADERS) - 1, 14)
    for number, row in enumerate([_HEADERS, *rows]):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def run_json(report: RunReport) -> str:
    """`gjj.run/1`."""
    body = {
        "schema": "gjj.run/1",
        "run": report.run,
        "through": months.show(report.through),
        "units": [
            {
                "unit": one.unit,
                "outcome": one.outcome,
                "months": [months.show(month) for month in one.months],
                "heads": one.heads,
                "total": money.plain(one.total_fen),
                "code": one.code,
                "short": money.plain(one.short_fen) if one.short_fen else None,
            }
            for one in report.outcomes
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
