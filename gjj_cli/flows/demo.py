"""`gjj demo`: the whole main job on sample books, each step through the same flows as the commands.

Every figure that is printed is read from what the step gave back, never from a text.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gjj_cli import money, terminal
from gjj_cli import month as months
from gjj_cli.business.checked import Asked
from gjj_cli.business.names import SETUP
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import Action, Case
from gjj_cli.errors import ConfigError, GjjError, Refused
from gjj_cli.flows import (
    annotating,
    books,
    casework,
    ledgers,
    receipting,
    remit,
    review,
    sample,
    session,
    templates,
    validate,
    vouchers,
)
from gjj_cli.flows.context import pack_for
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import frames
from gjj_cli.workbook import template

MACHINES, TRADING, BUILDING = "0500001", "0500002", "0500003"
STEPS = 8


@dataclass
class Demo:
    """One demonstration: where it works, who does what, and `say(step, title, *what)`, called after each step."""

    settings: Settings
    home: Path
    say: Callable[..., None]
    tokens: dict[str, str]
    pack: Pack
    cases: list[str]

    def as_(self, login: str, day: date) -> Settings:
        return sample.acting(self.settings, self.tokens[login], day)


def run(settings: Settings, home: Path, say: Callable[..., None]) -> list[Path]:
    """Run it in a folder that is absent or empty; returns the printed vouchers.

    Raises ConfigError for a folder that holds something, and whatever a step raises: a demo never hides a failure.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise ConfigError(
            f"{terminal.here(home)} 不是空的，没有动它", remedies=("改：换一个文件夹：gjj demo 另一个文件夹",)
        )
    home.mkdir(parents=True, exist_ok=True)
    made = books.init(settings, home)
    tokens = sample.fill(made.settings)
    sample.write_tokens(tokens, home)
    demo = Demo(made.settings, home, say, tokens, pack_for(settings), [])
    vouchers.ready(demo.as_("admin", settings.as_of), vouchers.names_of(demo.as_("admin", settings.as_of), None))
    _books(demo)
    _templates(demo)
    _dirty(demo)
    _sealing(demo)
    _remittance(demo)
    _new_unit(demo)
    printed = _print(demo)
    _verify(demo)
    return printed


def _books(demo: Demo) -> None:
    verdict = ledgers.verify(demo.settings)
    _must(verdict.ok, "期初核对")
    with session.opened(demo.settings) as books, books.reading() as tx:
        heads = frames.employees(tx).height
    demo.say(1, "建示例账簿", f"{_shown(demo, 'gjj.db')}，{verdict.units} 个单位 {heads} 人，期初核对无误")


def _templates(demo: Demo) -> None:
    names = [business.title for business in ROSTER.values()]
    templates.export(demo.settings, [*names, SETUP], demo.home / "模板")
    demo.say(2, f"导出 {len(names)} 张标准模板", f"{_shown(demo, '模板')}/")


# Two rows of an opening list as a hurried person fills them: a check digit copied wrong, a mobile of ten digits,
# and a base above the sample ceiling.
_DIRTY = (
    {"name": "赵小兰", "id_number": "440203199001011238", "base": 560000, "mobile": "13700000001"},
    {"name": "钱大勇", "id_number": sample.identity(601), "base": 2800000, "mobile": "1370000000"},
    {"name": "孙丽", "id_number": sample.identity(602), "base": 480000, "mobile": "13700000003"},
)


def _dirty(demo: Demo) -> None:
    """A workbook with mistakes: validated without books, and marked red for its owner."""
    path = demo.home / "开户.xlsx"
    rows = [{"doc_type": "身份证", **row} for row in _DIRTY]
    template.export(ROSTER["account-opening"], demo.pack, path, rows=rows)
    day = replace(demo.settings, as_of=date(2025, 7, 18))
    found = validate.validate(day, [str(path)], Asked(day.as_of), offline=True)
    ((_, target),) = annotating.annotate(found, None)
    _must(target is not None, "标红")
    counts = found.files[0].counts
    marked = _shown(demo, target.name if target else "")
    demo.say(3, "校验一张有错的表", f"{counts.error} 处错误 {counts.warning} 处警告，已标红：{marked}")


def _sealing(demo: Demo) -> None:
    """13 people sealed: the clerk's workbook, prefilled by the hall's way, submitted, reviewed, finished."""
    day = date(2024, 5, 24)
    clerk = demo.as_("clerk", day)
    accounts = {row.account for row in sample.employees() if row.unit == BUILDING}
    leaving = sorted(accounts)[: sample.SEALED_IN_DEMO]
    rows: list[dict[str, object]] = [{"account": account, "reason": "终止劳动关系"} for account in leaving]
    path = demo.home / "封存.xlsx"
    template.export(ROSTER["sealing"], demo.pack, path, unit=BUILDING, rows=rows)
    case = _through_review(demo, clerk, path, {})
    change = money.show(money.to_fen(str(case.totals["变化缴存额"])))
    demo.say(4, f"封存 {case.heads} 人", f"提交、初审、办结，月缴存额 {change}")


def _remittance(demo: Demo) -> None:
    """Two months of 0500001: refused for too little, exactly that much received, posted."""
    day = date(2025, 5, 14)
    clerk, admin = demo.as_("clerk", day), demo.as_("admin", day)
    through = months.parse("2024-03")
    told = remit.preview(clerk, MACHINES, through)
    try:
        remit.run(clerk, [MACHINES], through)
    except Refused as refusal:
        _must(refusal.code == "E705", "两个月先被拒绝")
    else:
        raise Refused("示例账簿的钱应当不够两个月，却缴成了；账簿和示例不符")
    receipting.add(admin, money.plain(told.plan.short_fen), "DEMO-0001", MACHINES)
    report = remit.run(clerk, [MACHINES], through)
    demo.cases += report.cases
    (done,) = report.outcomes
    monthly = told.plan.rows[0]
    demo.say(
        5,
        f"汇缴 {len(done.months)} 个月",
        f"{done.heads} 人，{money.show(monthly.amount_fen)} 一个月，共 {money.show(done.total_fen)}",
        f"先差 {money.show(told.plan.short_fen)}，没办成，账簿没有变；等这笔钱到账再缴",
    )


def _new_unit(demo: Demo) -> None:
    """0500002: 补缴 of the two months before its first 汇缴, then that."""
    day = date(2025, 3, 14)
    path = demo.home / "补缴.xlsx"
    batch = {"payment_kind": "按月补缴", "payment_reason": "漏缴", "method": "暂收"}
    rows: list[dict[str, object]] = [
        {"account": "0010000001", "start_month": months.parse("2025-01"), "end_month": months.parse("2025-02")}
    ]
    template.export(ROSTER["supplementary-payment"], demo.pack, path, unit=TRADING, rows=rows, batch=batch)
    arrears = _through_review(demo, demo.as_("clerk", day), path, {})
    report = remit.run(demo.as_("clerk", date(2025, 3, 21)), [TRADING], months.parse("2025-03"))
    demo.cases += report.cases
    with session.opened(demo.settings) as books, books.reading() as tx:
        balance = vouchers.total_of(tx, [TRADING])
    paid = f"补缴 {money.show(arrears.amount_fen)}、汇缴 {money.show(report.outcomes[0].total_fen)}"
    demo.say(6, "新单位", f"{paid}，余额 {balance}")


def _through_review(demo: Demo, clerk: Settings, path: Path, values: dict[str, str]) -> Case:
    """Submit as the clerk, approve as 初审, finish as the clerk."""
    asked = Asked(clerk.as_of, batch=values)
    done = casework.submit(clerk, casework.of_file(path, asked, ()))
    if done.case is None:
        raise Refused(f"{path.name} 没有受理", facts=(casework.findings_in_words(done.checked.judged),))
    review.act(replace(clerk, token=demo.tokens["first"]), [done.case.case_no], Action.APPROVE)
    finished = review.finish(clerk, done.case.case_no)
    demo.cases.append(finished.case.case_no)
    return finished.case


def _print(demo: Demo) -> list[Path]:
    """Every 回单, two of them again as 补打, and all of them read back against the books."""
    admin = demo.as_("admin", date(2025, 5, 14))
    printed = vouchers.print_cases(admin, demo.cases)
    printed += vouchers.print_cases(admin, demo.cases[:2], demo.home / vouchers.FOLDER / "补打")
    found, _ = vouchers.verify(admin, printed)
    _must(all(one.genuine for one in found), "验真")
    demo.say(7, "印凭证", f"{len(printed)} 份在 {_shown(demo, vouchers.FOLDER)}/，逐份验真")
    return printed


def _verify(demo: Demo) -> None:
    _must(ledgers.verify(demo.settings).ok, "核对账簿")
    demo.say(8, "核对账簿", "借贷相等，凭证链完整")


def _must(well: bool, what: str) -> None:
    if not well:
        raise GjjError(f"演示在「{what}」这一步和账簿对不上，请报告给我们")


def _shown(demo: Demo, name: str) -> str:
    """A path as a person would type it from where the demo was started."""
    return str(terminal.here(demo.home / name))
