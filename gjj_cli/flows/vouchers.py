"""回单: filled from the books, printed after posting or again later, and read back against the books."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from gjj_cli import atomic, money
from gjj_cli import month as months
from gjj_cli.business.names import BY_SLUG
from gjj_cli.case import Case, State
from gjj_cli.errors import Exit, GjjError, PrintFailed, Refused
from gjj_cli.flows import receipts_view, review, session
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.numbers import find
from gjj_cli.paper import fonts, pdf, read, seal
from gjj_cli.paper.view import Receipt, canonical
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import cases, frames, runs
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.tables import CENTRE

FOLDER = "凭证"
KEY_NAME = "gjj.key"


def ready(settings: Settings, names: Iterable[str] = ()) -> None:
    """Everything that printing needs, looked at before anything is posted. Raises ConfigError (exit 3)."""
    fonts.check_fonts()
    seal.load_key(settings.home / KEY_NAME)
    fonts.check_glyphs(names)


def names_of(settings: Settings, units: Sequence[str] | None) -> list[str]:
    """The names of units and people that a 回单 of these units may print."""
    with session.opened(settings) as books, books.reading() as tx:
        return [*frames.units(tx, units)["name"].to_list(), *frames.employees(tx, units)["name"].to_list()]


def print_cases(settings: Settings, numbers: Sequence[str], folder: Path | None = None) -> list[Path]:
    """Print the 回单 of finished cases into `凭证/2025-07/<单位账号>/` beside the books, or into `folder`.

    A second print is 补打 and carries the same figures, number and 验证码. Raises PrintFailed (exit 4) naming the
    command that prints the rest; nothing that was posted is undone.
    """
    pack = pack_for(settings)
    key = seal.load_key(settings.home / KEY_NAME)
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            found = [find(tx, who, number) for number in numbers]
            papers = [(case, receipt_of(tx, case, pack)) for case in found]
        printed: list[Path] = []
        try:
            for case, paper in papers:
                target = (folder or _folder(settings, case)) / f"{case.case_no}.pdf"
                atomic.write(target, pdf.render(paper, seal.code_of(key, canonical(paper))))
                printed.append(target)
        except GjjError as error:
            rest = " ".join(case.case_no for case, _ in papers[len(printed) :])
            raise PrintFailed(
                f"账已经记了，凭证没有印完：{error.what}",
                facts=error.facts,
                remedies=(*error.remedies, f"可以：印剩下的：gjj voucher print {rest}"),
            ) from error
        finally:
            _mark(books, found[: len(printed)])
    return printed


def _mark(books: Books, printed: Sequence[Case]) -> None:
    """Write down which cases have their first print behind them."""
    fresh = [case for case in printed if case.printed_at is None]
    if fresh:

        def mark(tx: Tx) -> None:
            for case in fresh:
                cases.mark_printed(tx, case.unit, case.case_no, session.now())

        books.write(mark, *{case.unit for case in fresh})


def of_run(settings: Settings, run_no: str | None) -> list[str]:
    """The cases that a run made (the latest run when none is named)."""
    with session.reading(settings) as (tx, who):
        found = runs.get(tx, run_no) if run_no else runs.latest(tx)
        if found is None:
            raise Refused(
                f"没有运行 {run_no}，没有印" if run_no else "还没有跑过汇缴，没有印",
                remedies=("可以：看最近一次：gjj remit show",),
            )
        made = runs.outcomes(tx, found.run_no)
        return [one.case_no for one in made if one.case_no is not None and who.may_see(one.unit)]


def _folder(settings: Settings, case: Case) -> Path:
    day = case.finished_date or case.as_of
    return settings.home / FOLDER / months.show(months.of_date(day)) / case.unit


def receipt_of(tx: Tx, case: Case, pack: Pack) -> Receipt:
    """The 回单 of a finished case, from the books alone. Raises Refused for a case that is not finished.

    A case that has been reversed since keeps its figures and says so.
    """
    if case.state is not State.DONE:
        raise Refused(
            f"{case.case_no} 在「{case.state}」，还没有凭证", remedies=(f"可以：看进度：gjj case show {case.case_no}",)
        )
    unit = _unit(tx, case.unit, pack)
    refs = review.vouchers_of(tx, case)
    title = BY_SLUG[case.business].title
    body = receipts_view.body(tx, case, refs)
    back = receipts_view.taken_back(tx, refs)
    day = case.finished_date or case.as_of
    return Receipt(
        kind="remittance" if case.business == "remittance" else "case",
        title=f"住房公积金{title}回单",
        centre=pack.centre,
        unit=case.unit,
        unit_name=unit["name"],
        org=unit["org"],
        case_no=case.case_no,
        business=title,
        business_date=day,
        operator=str(case.totals.get("operator", "")),
        table=body.table,
        heads=body.heads,
        summary=body.summary,
        voucher_nos=tuple(ref.text for ref in refs),
        method=body.method,
        facts=body.facts,
        amount_label=body.amount_label,
        amount_fen=body.amount_fen,
        as_of_note=_as_of_note(case),
        solo=receipts_view.setting_on(tx, session.SOLO),
        sample=receipts_view.setting_on(tx, "sample"),
        reprint=case.printed_at is not None,
        reversed_by=tuple(back),
        reversed_whole=bool(back) and len(back) == len(refs),
    )


def _unit(tx: Tx, number: str, pack: Pack) -> dict[str, str]:
    """Name and 管理机构 of a unit as they are printed; of the centre's own books the centre's."""
    if number == CENTRE:
        return {"name": pack.centre, "org": pack.centre}
    told = frames.units(tx, [number]).to_dicts()[0]
    return {"name": told["name"], "org": pack.organisation(told["org"])}


def _as_of_note(case: Case) -> str | None:
    worked, day = (case.finished_at or "")[:10], case.finished_date
    if day is None or worked == day.isoformat():
        return None
    return f"业务日期 {day} 是指定的，办理日是 {worked}。"


@dataclass(frozen=True)
class Checked:
    """What one paper turned out to be: `verdict` is 真, 真但已冲销, 被改过, or 账簿里没有.

    Differences name the lines, `since` what has been reversed since.
    """

    path: Path
    verdict: str
    case_no: str = ""
    differences: tuple[read.Difference, ...] = ()
    since: tuple[str, ...] = ()

    @property
    def genuine(self) -> bool:
        return self.verdict == GENUINE


GENUINE, ALTERED, UNKNOWN = "真", "被改过", "账簿里没有"
TAKEN_BACK, IN_PART = "真，但已冲销", "真，但部分已冲销"


def verify(settings: Settings, paths: Sequence[Path]) -> tuple[list[Checked], Exit]:
    """Read papers back and compare every line with what the books would print now.

    Raises FileError for a file that is no PDF of ours.
    """
    pack = pack_for(settings)
    key = seal.load_key(settings.home / KEY_NAME)
    with session.reading(settings) as (tx, who):
        found = [_verify(tx, who, path, pack, key) for path in paths]
    return found, Exit.DONE if all(one.genuine for one in found) else Exit.FOUND


def _verify(tx: Tx, who: session.Actor, path: Path, pack: Pack, key: bytes) -> Checked:
    paper = read.read_back(path)
    case = cases.get(tx, paper.case_no.partition("-")[0], paper.case_no)
    if case is None or case.state is not State.DONE:
        return Checked(path, UNKNOWN, paper.case_no)
    booked = replace(receipt_of(tx, case, pack), reprint=paper.reprint)
    differences = _differences(paper, booked, key)
    sees = who.may_see(case.unit)  # the verdict is anybody's, the books are not
    if differences:
        return Checked(path, ALTERED, paper.case_no, differences if sees else ())
    if booked.reversed_by:
        verdict = TAKEN_BACK if booked.reversed_whole else IN_PART
        return Checked(path, verdict, paper.case_no, since=booked.reversed_by if sees else ())
    return Checked(path, GENUINE, paper.case_no)


def _differences(paper: read.PaperText, booked: Receipt, key: bytes) -> tuple[read.Difference, ...]:
    """Against the paper as it would have been printed at any time: before, between and after its reversals.

    The fewest differences of them all; none when it is one of them.
    """
    found: list[tuple[read.Difference, ...]] = []
    for known in range(len(booked.reversed_by) + 1):
        whole = booked.reversed_whole and known == len(booked.reversed_by)
        then = replace(booked, reversed_by=booked.reversed_by[:known], reversed_whole=whole)
        again = read.text_of(pdf.render(then, seal.code_of(key, canonical(then))), booked.case_no)
        found.append(tuple(read.compare(paper, again)))
        if not found[-1]:
            return ()
    return min(found, key=len)


def total_of(tx: Tx, units: Sequence[str]) -> str:
    """Σ 公积金余额 of units in 元, for a screen."""
    return money.show(int(frames.units(tx, units).select(pl.col("fund_fen").sum()).item()))
