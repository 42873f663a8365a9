"""红字冲销 on the screen: what is taken back and why, the 受理回执, and what a settled year means (W807)."""

from collections.abc import Sequence

from gjj_cli import money, terminal
from gjj_cli.business.names import BY_SLUG, REVERSAL
from gjj_cli.case import Case
from gjj_cli.finding import Finding, Place
from gjj_cli.rules.step import after_settlement


def about(case: Case, indent: int = 0) -> list[str]:
    """Two lines of a reversal: what it takes back, and the reason; of any other case none."""
    if case.business != REVERSAL.slug:
        return []
    blanks = " " * indent
    return [terminal.wrap(f"{blanks}{word} {case.batch[word]}", indent=indent + 5) for word in ("冲销", "原因")]


def acknowledged(case: Case, vouchers: Sequence[str], *, dry_run: bool, settled: bool) -> str:
    """The 受理回执 of a reversal; `vouchers` are the numbers it would get if it were approved now."""
    people = [f"人数 {case.heads}"] if case.heads else []
    lines = [
        "受理回执" if not dry_run else "受理回执（试办，没有写账簿）",
        f"受理号    {case.case_no}",
        f"业务      {BY_SLUG[case.business].title}  单位 {case.unit}",
        terminal.wrap(f"冲销      {case.batch['冲销']}", indent=10),
        terminal.wrap(f"原因      {case.batch['原因']}", indent=10),
        terminal.joined([f"金额      {money.show(case.amount_fen)}", *people], indent=10),
        f"状态      {case.state}，还没有记账，另一个人通过才生效",
    ]
    if dry_run:
        lines.append(terminal.wrap("凭证号    现在通过会是 " + "、".join(vouchers), indent=10))
    lines += [terminal.wrap(f"{one.code} {one.message}{one.hint}", indent=5) for one in warnings(settled=settled)]
    return "\n".join(lines)


def known(case: Case) -> str:
    """The same reversal again: which case it is."""
    if case.finished_at:
        return terminal.wrap(f"以前已经冲销：{case.case_no}，{case.state}。没有重复冲销，账簿没有变。")
    return terminal.wrap(f"以前已经提交：{case.case_no}，{case.state}。没有重复提交，账簿没有变。")


def after_submit(case: Case, *, solo: bool) -> str:
    """What to type next, and who."""
    who = "一个人用的账簿，自己通过" if solo else "请初审、复核或另一位管理员通过"
    steps = (f"{who}：gjj case approve {case.case_no}", f"撤回：gjj case withdraw {case.case_no}")
    return "\n" + terminal.joined(steps, gap="    ")


def warnings(*, settled: bool) -> list[Finding]:
    """W807 where a line's 结息年份 is settled."""
    if not settled:
        return []
    rule = after_settlement
    return [Finding(rule.code, rule.severity, Place(), None, None, rule.message, rule.remedy, rule.basis)]
