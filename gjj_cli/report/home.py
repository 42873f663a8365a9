"""The home page of `gjj todo` (screens/todo.txt, todo0.txt)."""

from collections.abc import Sequence
from datetime import date

from gjj_cli import terminal
from gjj_cli.business.names import BY_SLUG, REVERSAL
from gjj_cli.case import Case, State, Waiting
from gjj_cli.report import reversal

_LISTED = 20
_NEXT = {State.TO_PRINT: "finish", State.FIRST_REVIEW: "approve", State.SECOND_REVIEW: "approve"}


def page(
    role: str,
    name: str,
    units: Sequence[str],
    as_of: date,
    mine: Sequence[Waiting],
    others: Sequence[Case],
    unpaid: Sequence[str],
) -> str:
    """Who, what waits for this person, and what waits for others; `unpaid` are own units whose month has come."""
    of_units = f"单位 {units[0]}" if len(units) == 1 else f"{len(units)} 个单位"
    who = f"{role} {name}" if name != role else role
    only = len(units) == 1
    if mine:
        lines = [f"{who}  {of_units}  {as_of}  待办 {len(mine)} 件", "", *_table(mine, only_unit=only)]
    else:
        lines = [f"{who}  {of_units}  {as_of}", "没有待办。" + _unpaid(unpaid, only_unit=only)]
    lines += [""] if mine and others else []
    for case in others[:_LISTED]:
        number = _number(case, only_unit=only)
        said = (f"等别人办：{number} {BY_SLUG[case.business].title}，{case.state}。", f"看：gjj case show {number}")
        lines.append(terminal.joined(said, indent=10, gap=""))
        lines += reversal.about(case, 10)
    if len(others) > _LISTED:
        lines.append(f"等别人办的还有 {len(others) - _LISTED} 件：gjj case list")
    return "\n".join(lines)


def _number(case: Case, *, only_unit: bool) -> str:
    """The 受理号 as this person types it: its tail is enough where there is one unit."""
    return case.case_no.partition("-")[2] if only_unit else case.case_no


def _unpaid(unpaid: Sequence[str], *, only_unit: bool) -> str:
    if not unpaid:
        return ""
    if len(unpaid) > 1:
        return f"{len(unpaid)} 个单位本月还没有汇缴：gjj remit run --all --dry-run"
    if only_unit:
        return "本月还没有汇缴：gjj remit preview"
    return f"单位 {unpaid[0]} 本月还没有汇缴：gjj remit preview --unit {unpaid[0]}"


def _table(mine: Sequence[Waiting], *, only_unit: bool) -> list[str]:
    columns = tuple(terminal.Column(title) for title in ("受理号", "业务", "状态", "已等", "下一步"))
    rows = []
    for one in mine:
        number = _number(one.case, only_unit=only_unit)
        waited = "今天" if one.days <= 0 else f"{one.days} 天" if one.days < 100 else "99+天"
        rows.append((number, BY_SLUG[one.case.business].title, one.case.state.value, waited, _next(one, number)))
    lines = terminal.Table(columns).render(rows).splitlines()
    indent = max(terminal.width(row[0]) for row in [("受理号",), *rows]) + 2
    shown = [lines[0]]
    for line, one in zip(lines[1:], mine, strict=True):
        shown.append(line)
        shown += reversal.about(one.case, indent)
        if one.reason:
            shown.append(terminal.wrap(f"{' ' * indent}退回原因：{one.reason}", indent=indent + 10))
    return shown


def _next(one: Waiting, number: str) -> str:
    """The command; a returned case comes back as a workbook, whose name only its owner knows."""
    if one.case.state is State.RETURNED and one.case.business != REVERSAL.slug:
        return "gjj case submit 表.xlsx"
    return f"gjj case {_NEXT.get(one.case.state, 'show')} {number}"
