"""Cases on the screen and as JSON (`gjj.case/1`): the 受理回执, lists, and one case whole."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gjj_cli import money, terminal
from gjj_cli import month as months
from gjj_cli.business.checked import Checked
from gjj_cli.business.names import BY_SLUG
from gjj_cli.case import Case, CaseEvent, Kept
from gjj_cli.finding import Finding
from gjj_cli.report import machine, reversal, text

HIDDEN_TOTALS = ("operator", "as_of_given", "before", "rows")


def number(case: Case, *, only_unit: bool) -> str:
    """What this person types for a case: `2507-003` of `0500001-2507-003` where there is only one unit."""
    return case.case_no.partition("-")[2] if only_unit else case.case_no


def known(case: Case, *, only_unit: bool) -> str:
    """The same file again: which case it is in."""
    when = case.submitted_at
    day = f"{int(when[5:7])} 月 {int(when[8:10])} 日 {when[11:16]}"
    return f"这个文件 {day} 已经受理：{number(case, only_unit=only_unit)}，{case.state}。没有重复提交。"


def refused(checked: Checked) -> str:
    """A file with errors: how many, and each in a line (screens/submit-refused.txt)."""
    groups = text.fold(checked.judged.findings)
    errors = [group for group in groups if group.first.severity.value == "error"]
    cells = sum(group.cells for group in errors)
    of_cells = f"（{cells} 格）" if cells > len(errors) else ""
    if not errors and checked.uncovered:
        listed = "、".join(months.show(month) for month in checked.uncovered)
        return terminal.wrap(f"没有提交，账簿没有变：政策包不含 {listed}。换一个年月，或见 gjj help 政策。")
    head = f"没有提交：表里有 {len(errors)} 处错误{of_cells}，整批退回，账簿没有变。"
    return "\n".join([head, *text.brief(checked.judged.findings)])


def acknowledged(
    case: Case,
    checked: Checked,
    attachments: Mapping[str, str],
    vouchers: Sequence[str],
    *,
    dry_run: bool,
    only_unit: bool,
) -> str:
    """The 受理回执."""
    header = "年月"
    if checked.business is not None and checked.business.month_column is not None:
        header = checked.business.column(checked.business.month_column).header
    month = [f"{header} {months.show(case.effective_month)}"] if case.effective_month is not None else []
    shorter = f"（以后写 {number(case, only_unit=True)} 就行）" if only_unit and not dry_run else ""
    lines = [
        "受理回执" if not dry_run else "受理回执（试办，没有写账簿）",
        f"受理号    {case.case_no}{shorter}",
        f"业务      {BY_SLUG[case.business].title}  单位 {case.unit}",
        terminal.joined([f"人数      {case.heads}", *_shown_sums(case), *month], indent=10),
    ]
    if case.file_name is not None and case.file_sha256 is not None:
        digest = f"SHA-256 {case.file_sha256[:8]}...{case.file_sha256[-2:]}（原件已留存）"
        lines.append(terminal.joined([f"文件      {case.file_name}", digest], indent=10))
    for kind, how in attachments.items():
        lines.append(f"电子档案  {kind} 1/1" + ("" if how == "交来" else f"（{how}）"))
    lines.append(f"状态      {case.state}")
    if vouchers:
        lines.append(terminal.wrap("凭证号    " + "、".join(vouchers), indent=10))
    return "\n".join(lines)


def _shown_sums(case: Case) -> list[str]:
    """`月缴存额 21,936.00`, one for each sum."""
    return [f"{name.removesuffix('（元）')} {money.show(money.to_fen(value))}" for name, value in _sums(case).items()]


def _sums(case: Case) -> dict[str, str]:
    """The sums of a case that a person reads; 变化缴存额 only where there is no other."""
    told = {name: value for name, value in case.totals.items() if name not in HIDDEN_TOTALS}
    if len(told) > 1:
        told.pop("变化缴存额", None)
    return told


def after_submit(case: Case, *, only_unit: bool) -> str:
    """What to type next."""
    typed = number(case, only_unit=only_unit)
    if case.finished_at:
        return f"\n再印一次：gjj voucher print {typed}"
    steps = (f"看进度：gjj case show {typed}", f"撤回：gjj case withdraw {typed}")
    return "\n" + terminal.joined(steps, gap="    ")


def submit_json(case: Case | None, checked: Checked) -> str:
    """`gjj.case/1` of a submit; `case` and `state` are null when the file has errors."""
    body = _body(case) if case is not None else _nobody(checked)
    body["findings"] = [machine.finding(finding) for finding in checked.judged.findings]
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def case_json(case: Case, findings: Sequence[Finding] = ()) -> str:
    """`gjj.case/1` of a case in the books."""
    told = [machine.finding(found) for found in findings]
    return json.dumps(_body(case) | {"findings": told}, ensure_ascii=False, indent=1) + "\n"


def _body(case: Case) -> dict[str, Any]:
    return {
        "schema": "gjj.case/1",
        "case": case.case_no,
        "business": case.business,
        "unit": case.unit,
        "state": case.state.value,
        "sha256": case.file_sha256,
        "rows": case.heads,
        "totals": {name: value for name, value in case.totals.items() if name not in HIDDEN_TOTALS},
    }


def _nobody(checked: Checked) -> dict[str, Any]:
    return {
        "schema": "gjj.case/1",
        "case": None,
        "business": checked.business.slug if checked.business else None,
        "unit": checked.unit,
        "state": None,
        "sha256": checked.sha256 or None,
        "rows": checked.rows,
        "totals": {header: money.plain(total) for header, total in checked.totals.items()},
    }


def listing(found: Sequence[Case]) -> str:
    """Cases as a table, oldest first."""
    if not found:
        return "没有业务。"
    columns = (
        terminal.Column("受理号"),
        terminal.Column("业务"),
        terminal.Column("人数", right=True),
        terminal.Column("金额", right=True),
        terminal.Column("状态"),
        terminal.Column("提交"),
    )
    rows = [
        (
            case.case_no,
            BY_SLUG[case.business].title,
            str(case.heads),
            money.show(case.amount_fen) if case.amount_fen else "-",
            case.state.value,
            case.submitted_at[:10],
        )
        for case in found
    ]
    head, *lines = terminal.Table(columns).render(rows).splitlines()
    told = ("\n".join([line, *reversal.about(case, 4)]) for line, case in zip(lines, found, strict=True))
    return "\n".join([head, *told])


def whole(case: Case, history: Sequence[CaseEvent], kept: Sequence[Kept], vouchers: Sequence[str]) -> str:
    """One case with its sums, its history and what is kept with it."""
    month = [f"年月 {months.show(case.effective_month)}"] if case.effective_month is not None else []
    lines = [
        terminal.joined((case.case_no, BY_SLUG[case.business].title, f"单位 {case.unit}", case.state.value)),
        terminal.joined([f"人数 {case.heads}", *month, *_shown_sums(case)]),
    ]
    lines += reversal.about(case)
    if vouchers:
        lines.append(terminal.wrap("凭证号 " + "、".join(vouchers), indent=7))
    if case.scan_no:
        lines.append(f"扫描流水号 {case.scan_no}  档案编号 {case.archive_no}")
    lines.append("")
    for event in history:
        before = f"{event.from_state} -> " if event.from_state else ""
        why = f"  {event.reason}" if event.reason else ""
        said = f"{event.at[:16].replace('T', ' ')}  {event.actor}  {before}{event.to_state}{why}"
        lines.append(terminal.wrap(said, indent=18))
    for one in kept:
        digest = f"SHA-256 {one.sha256[:8]}...{one.sha256[-2:]}"
        lines.append(terminal.joined((one.kind or "原件", one.name, digest), indent=2))
    return "\n".join(lines)
