"""The home page of `gjj todo` (screens/todo.txt, todo0.txt)."""

from collections.abc import Sequence
from datetime import date

from gjj_cli import terminal
from gjj_cli.business.names import BY_SLUG
from gjj_cli.case import Case, Waiting

_LISTED = 20


def page(
    role: str, name: str, units: Sequence[str], as_of: date, mine: Sequence[Waiting], others: Sequence[Case]
) -> str:
    """Who, what waits for this person, and what waits for others."""
    of_units = f"单位 {units[0]}" if len(units) == 1 else f"{len(units)} 个单位"
    head = f"{role} {name}  {of_units}  {as_of}" if name != role else f"{role}  {of_units}  {as_of}"
    if not mine:
        lines = [head, "没有待办。"]
    else:
        lines = [f"{head}  待办 {len(mine)} 件", "", *_table(mine, whole_numbers=len(units) != 1)]
    for case in others[:_LISTED]:
        number = case.case_no
        lines.append(f"等别人办：{number} {BY_SLUG[case.business].title}，{case.state}。看：gjj case show {number}")
    return "\n".join(lines)


def _table(mine: Sequence[Waiting], *, whole_numbers: bool) -> list[str]:
    columns = tuple(terminal.Column(title) for title in ("受理号", "业务", "状态", "已等", "下一步"))
    rows = []
    for one in mine:
        number = one.case.case_no if whole_numbers else one.case.case_no.partition("-")[2]
        waited = f"{one.days} 天" if one.days > 0 else "今天"
        rows.append((number, BY_SLUG[one.case.business].title, one.case.state.value, waited, one.next))
    lines = terminal.Table(columns).render(rows).splitlines()
    indent = " " * (max(terminal.width(row[0]) for row in [("受理号",), *rows]) + 2)
    shown = [lines[0]]
    for line, one in zip(lines[1:], mine, strict=True):
        shown.append(line)
        if one.reason:
            shown.append(f"{indent}退回原因：{one.reason}")
    return shown
