"""`gjj case approve | reject | withdraw | finish | attach`, and the lists: cases, one case whole, and what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gjj_cli import atomic
from gjj_cli import case as rules
from gjj_cli.business.checked import Asked
from gjj_cli.business.names import BY_SLUG, REVERSAL
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Column, Kind
from gjj_cli.case import Action, Case, CaseEvent, CaseRow, Kept, State, Waiting
from gjj_cli.errors import FileError, Forbidden, GjjError, PartlyDone, Refused
from gjj_cli.flows import archive, casework, reversing, session
from gjj_cli.flows import register as registers
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.judging import check
from gjj_cli.flows.numbers import books_of, find
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import audit, cases, files, frames, journal
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.tables import CENTRE
from gjj_cli.workbook import layout
from gjj_cli.workbook.cells import Cell, CellType, Sheet, Workbook


def act(settings: Settings, numbers: Sequence[str], action: Action, *, reason: str | None = None) -> list[Case]:
    """Approve, reject or withdraw cases, each in its own transaction, in the order given.

    The approval of a 红字冲销 takes effect at once; a second one changes nothing. Raises what `case.guard` and `case.transition` raise; a number that is none stops
    all of them. Where a later one is refused, those before it stay done: PartlyDone (exit 8) names both.
    """
    pack = pack_for(settings)
    done: list[Case] = []
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            meant = [find(tx, who, number).case_no for number in numbers]
        for number in meant:
            try:
                done.append(_act(books, settings, number, action, pack, reason))
            except GjjError as error:
                if not done:
                    raise
                left = " ".join(meant[len(done) :])
                raise PartlyDone(
                    f"{action.label}了 {len(done)} 笔，还有 {len(meant) - len(done)} 笔没有办",
                    facts=(
                        f"办了：{'、'.join(case.case_no for case in done)}。",
                        f"没有办：{error.what}。",
                        *error.facts,
                    ),
                    remedies=(*error.remedies, f"还没有办的：{left}"),
                ) from error
    return done


def _act(books: Books, settings: Settings, number: str, action: Action, pack: Pack, reason: str | None) -> Case:
    with books.reading() as tx:
        found = find(tx, session.actor(tx, settings), number)
        approves = found.business == REVERSAL.slug and action is Action.APPROVE
        units = reversing.units_of(found) if approves else {found.unit}

    def step(tx: Tx) -> Case:
        who = session.actor(tx, settings)
        case = find(tx, who, number)
        if approves and case.state is State.DONE:  # a moment ago, or long since
            return case
        row = _allowed(case, action, who, pack, reason)
        if approves:
            reversing.approve(tx, case, settings, who)
            return cases.get(tx, case.unit, case.case_no) or case
        recorded = {}
        if action is Action.APPROVE:
            recorded = {"first_by" if case.state is State.FIRST_REVIEW else "second_by": who.name}
        moment = session.now()
        cases.move(tx, case, row.target, actor=who.name, at=moment, reason=reason, **recorded)
        line = audit.Act(moment, settings.as_of, who.name, f"case {action.value}", f"{case.case_no} {row.target}")
        audit.write(tx, case.unit, line)
        return replace(case, state=row.target)

    return books.write(step, *units)


def _allowed(case: Case, action: Action, who: session.Actor, pack: Pack, reason: str | None = None) -> rules.Transition:
    """The transition, after four eyes and role; refusals name the case."""
    reverses = case.business == REVERSAL.slug
    chain = reversing.CHAIN if reverses else () if who.solo else pack.review.get(case.business, ())
    if reverses and action is Action.WITHDRAW:
        who.must_be(session.ADMIN, what="撤回红字冲销")
    about = rules.Act(
        action,
        case.state,
        who.name,
        case.submitted_by,
        case.first_by,
        reason,
        solo=who.solo,
        case_no=case.case_no,
        actor_name=who.user.display,
    )
    rules.guard(about)
    try:
        row = rules.transition(chain, case.state, action, at_once=reverses)
    except Refused as refusal:
        progress = f"看进度：gjj case show {case.case_no}"
        raise Refused(f"{case.case_no}：{refusal.what}", remedies=(*refusal.remedies, progress)) from None
    if who.user.role not in row.who and not who.solo:
        words = "、".join(session.ROLE_LABEL[role] for role in row.who)
        raise Forbidden(
            f"{case.case_no} 在「{case.state}」，{action.label}要{words}来办，您是{session.ROLE_LABEL[who.user.role]}；"
            "状态没有变",
            remedies=(f"可以：请{words}办理：gjj case {action.value} {case.case_no}",),
        )
    return row


@dataclass(frozen=True)
class Finished:
    """A finished case, its vouchers, and whether it had been finished before."""

    case: Case
    vouchers: tuple[EntryRef, ...]
    again: bool


def finish(settings: Settings, number: str, *, dry_run: bool = False) -> Finished:
    """Finish an approved case: judged once more under the lock, then it takes effect. A second time changes nothing.

    Raises Refused when its rows are no longer right, with the codes and cells.
    """
    pack = pack_for(settings)
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            case = find(tx, who, number)
            if case.state is State.DONE:
                return Finished(case, vouchers_of(tx, case), again=True)
            units = _units(tx, case)

        def take_effect(tx: Tx) -> Finished:
            case = find(tx, who, number)
            if case.state is State.DONE:  # by somebody else, a moment ago
                return Finished(case, vouchers_of(tx, case), again=True)
            _allowed(case, Action.FINISH, who, pack)
            if settings.as_of < case.as_of:
                raise Refused(
                    f"{case.case_no} 是 {case.as_of} 提交的，不能在 {settings.as_of} 办结，账簿没有变",
                    code="E606",
                    remedies=(f"改：业务日期不早于 {case.as_of}：--as-of {case.as_of}",),
                )
            asked = Asked(case.as_of, ROSTER[case.business], case.unit)
            checked = check(_again(tx, case), asked, pack, tx)
            if not checked.ok:
                raise Refused(
                    f"{case.case_no} 没有办结，账簿没有变：交上来以后情况变了",
                    facts=(casework.findings_in_words(checked.judged),),
                    remedies=(f"可以：撤回，改好表再交：gjj case withdraw {case.case_no}",),
                )
            refs = casework.take_effect(tx, case, checked, registers.load(tx, units), pack, settings, who)
            line = audit.Act(session.now(), settings.as_of, who.name, "case finish", case.case_no)
            for unit in units:
                audit.write(tx, unit, line)
            return Finished(cases.get(tx, case.unit, case.case_no) or case, refs, again=False)

        return books.write(take_effect, *units, CENTRE, dry_run=dry_run)


def posted_by(settings: Settings, case: Case) -> tuple[EntryRef, ...]:
    """The vouchers of a finished case, for a screen; none while it is not finished."""
    if case.finished_at is None:
        return ()
    with session.reading(settings) as (tx, _who):
        return vouchers_of(tx, case)


def vouchers_of(tx: Tx, case: Case) -> tuple[EntryRef, ...]:
    """The vouchers that a case posted, in order; of a transfer those of its own unit."""
    return tuple(booked.ref for booked in journal.vouchers(tx, case.unit, case_no=case.case_no))


def _units(tx: Tx, case: Case) -> list[str]:
    """The units a stored case writes; a transfer's rows may name several."""
    units = {case.unit} | ({case.other_unit} if case.other_unit else set())
    for row in cases.rows(tx, case.unit, case.case_no):
        units |= {str(row.content[slug]) for slug in ("from_unit", "to_unit") if row.content.get(slug)}
    return sorted(units)


def _again(tx: Tx, case: Case) -> Workbook:
    """A stored case as a workbook of canonical values, so that it is judged by the one way there is.

    The header goes into row 0, which no sheet has, because the first person may stand in row 1 of a .csv.
    """
    business = ROSTER[case.business]
    sheet = Sheet(business.title)
    sheet.rows[0] = {place: Cell(CellType.TEXT, column.header) for place, column in enumerate(business.columns, 1)}
    for row in cases.rows(tx, case.unit, case.case_no):
        sheet.rows[row.row_no] = _cells(row, business.columns)
    batch = Sheet(layout.BATCH_SHEET)
    for number, (header, value) in enumerate(case.batch.items(), 2):
        batch.rows[number] = {1: Cell(CellType.TEXT, header), 2: Cell(CellType.TEXT, str(value))}
    return Workbook(case.case_no, case.file_sha256 or "", [sheet, batch])


def _cells(row: CaseRow, columns: Sequence[Column]) -> dict[int, Cell]:
    from gjj_cli import money
    from gjj_cli import month as months

    cells: dict[int, Cell] = {}
    for place, column in enumerate(columns, 1):
        value = row.content.get(column.slug)
        if value is None:
            continue
        if column.kind is Kind.MONEY:
            text = money.plain(int(value))
        elif column.kind is Kind.MONTH:
            text = months.show(int(value))
        else:
            text = str(value)
        cells[place] = Cell(CellType.DATE if column.kind is Kind.DATE else CellType.TEXT, text)
    return cells


def attach(settings: Settings, number: str, pairs: Sequence[str]) -> Case:
    """Add attachments to a case that is not over. Raises Refused for one that is."""
    pack = pack_for(settings)
    attachments = archive.read(pairs, pack)
    with session.opened(settings) as books:
        with books.reading() as tx:
            unit = find(tx, session.actor(tx, settings), number).unit

        def keep(tx: Tx) -> Case:
            who = session.actor(tx, settings)
            who.must_be(session.AGENT, session.ADMIN, what="交电子档案")
            case = find(tx, who, number)
            if case.state in rules.OVER:
                raise Refused(
                    f"{case.case_no} 在「{case.state}」，不能再加电子档案；什么都没有变",
                    remedies=("可以：重新提交一笔，交的时候加 --attach",),
                )
            org = str(frames.units(tx, [unit])["org"][0])
            archive.keep(tx, case, attachments, org, settings.as_of)
            detail = f"{case.case_no} {'、'.join(one.kind for one in attachments)}"
            audit.write(tx, unit, audit.Act(session.now(), settings.as_of, who.name, "case attach", detail))
            return cases.get(tx, unit, case.case_no) or case

        return books.write(keep, unit, CENTRE)


@dataclass(frozen=True)
class Shown:
    """A case whole: its rows, its history, what is kept with it, and its vouchers."""

    case: Case
    rows: list[CaseRow]
    history: list[CaseEvent]
    kept: list[Kept]
    vouchers: tuple[EntryRef, ...]
    taken_back: Mapping[int, EntryRef]  # entry number -> what reversed it

    @property
    def numbers(self) -> list[str]:
        """凭证号, each with what has reversed it since."""
        back = self.taken_back
        return [
            ref.text + (f"（已被 {back[ref.entry_no].text} 冲销）" if ref.entry_no in back else "")
            for ref in self.vouchers
        ]


def show(settings: Settings, number: str) -> Shown:
    with session.reading(settings) as (tx, who):
        case = find(tx, who, number)
        return Shown(
            case,
            cases.rows(tx, case.unit, case.case_no),
            cases.history(tx, case.unit, case.case_no),
            files.kept(tx, case.unit, case.case_no),
            vouchers_of(tx, case),
            journal.reversals(tx, case.unit),
        )


def save(settings: Settings, case: Case, folder: Path) -> list[Path]:
    """Write a case's submitted file and attachments into a folder. Names are made from the case and the kind alone,
    because the name that came with a file is not ours to trust. Raises FileError for a file that is there already."""
    saved: list[Path] = []
    with session.reading(settings) as (tx, _who):
        for number, kept in enumerate(files.kept(tx, case.unit, case.case_no), 1):
            content = files.content(tx, case.unit, case.case_no, kept.sha256)
            suffix = Path(kept.name).suffix.lower() if Path(kept.name).suffix.isascii() else ""
            target = folder / f"{case.case_no}-{kept.kind or '原件'}-{number}{suffix}"
            if target.exists():
                raise FileError(
                    f"{target} 已经有了，没有改写",
                    remedies=(f"改：换一个文件夹：gjj case show {case.case_no} --save 文件夹",),
                )
            atomic.write(target, content or b"")
            saved.append(target)
    return saved


def listing(settings: Settings, unit: str | None, states: Sequence[State]) -> list[Case]:
    """The cases of the units this user may see, newest last."""
    with session.reading(settings) as (tx, who):
        units = [session.unit_for(tx, who, unit)] if unit else books_of(tx, who)
        return cases.listing(tx, units, states=list(states) or None)


@dataclass(frozen=True)
class Todo:
    """The home page: who, which units, what waits for this person and what for others, which units have yet to pay."""

    who: session.Actor
    units: list[str]
    as_of: date
    mine: list[Waiting]
    others: list[Case]
    unpaid: list[str]


_MINE = {
    session.AGENT: {State.TO_PRINT, State.RETURNED, State.AWAITING_MONEY, State.DRAFT},
    session.FIRST: {State.FIRST_REVIEW},
    session.SECOND: {State.SECOND_REVIEW},
    session.ADMIN: set(),
}


def todo(settings: Settings) -> Todo:
    """What waits for this user; `unpaid` are own units whose 应汇缴年月 has come."""
    from gjj_cli import month as months

    with session.reading(settings) as (tx, who):
        units = session.units_of(tx, who)
        alive = [*rules.OPEN, State.RETURNED, State.DRAFT]
        found = cases.listing(tx, books_of(tx, who), states=alive)
        mine = [_waiting(tx, case) for case in found if _is_mine(case, who)]
        others = [case for case in found if not _is_mine(case, who)]
        due = registers.load(tx, units).due if units else None
        current = months.of_date(settings.as_of)
        pays = who.solo or who.user.role in (session.ADMIN, session.AGENT)
        unpaid = due.filter(due["due_month"] <= current)["unit"].to_list() if due is not None and pays else []
        return Todo(who, units, settings.as_of, mine, others, unpaid)


def _is_mine(case: Case, who: session.Actor) -> bool:
    """Whether this person can do the next step; a 红字冲销 waits for anybody of the centre but who submitted it."""
    if who.solo:
        return True
    if case.business == REVERSAL.slug:
        if case.state is State.SECOND_REVIEW:
            return who.user.role != session.AGENT and who.name != case.submitted_by
        return who.user.role == session.ADMIN
    return case.state in _MINE[who.user.role]


def _waiting(tx: Tx, case: Case) -> Waiting:
    last = cases.history(tx, case.unit, case.case_no)[-1]
    days = (date.fromisoformat(session.now()[:10]) - date.fromisoformat(last.at[:10])).days
    return Waiting(case, days, last.reason)


def role_of(who: session.Actor) -> str:
    """The role's Chinese name."""
    return session.ROLE_LABEL[who.user.role]


def title_of(case: Case) -> str:
    return BY_SLUG[case.business].title
