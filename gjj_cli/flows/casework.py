"""`gjj case submit`: a workbook or rows become a case, and a case without review takes effect at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from gjj_cli import case as rules
from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.checked import Asked, Checked
from gjj_cli.business.spec import Business
from gjj_cli.case import Case, CaseRow, NewCase, State
from gjj_cli.errors import Exit, Forbidden, Refused, UsageError
from gjj_cli.finding import Judged
from gjj_cli.flows import archive, blocking, effects, session
from gjj_cli.flows import register as registers
from gjj_cli.flows.asking import must_take
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.judging import check
from gjj_cli.posting.register import Register
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.store import audit, cases, files, reversal
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.register import NORMAL, identity_hash
from gjj_cli.store.tables import CENTRE
from gjj_cli.workbook import cells
from gjj_cli.workbook.cells import Cell, CellType, Sheet, Workbook
from gjj_cli.workbook.gate import load

HALF_UNIT = "W810"
LATER = {"不定额补缴": "按月补缴", "托管": "集中封存"}  # a value of a later release -> what can be done in this one


@dataclass(frozen=True)
class Request:
    """What is submitted: a file's bytes or rows, the batch values, and the attachments."""

    asked: Asked
    name: str
    content: bytes | None
    workbook: Workbook
    attachments: tuple[archive.Attachment, ...] = ()
    channel: str = "hall"


@dataclass
class Submitted:
    """What came of a submit.

    `case` is None when the file has errors (exit 1) or a month without policy (exit 3); a dry run has one too;
    `known` when the same file had been submitted before; `vouchers` when it took effect at once. `only_unit`: this
    person has one unit, for whom the tail of a 受理号 is enough.
    """

    checked: Checked
    case: Case | None = None
    known: bool = False
    dry_run: bool = False
    only_unit: bool = False
    attachments: Mapping[str, str] = field(default_factory=dict)
    vouchers: tuple[EntryRef, ...] = ()

    @property
    def exit(self) -> Exit:
        if self.case is not None:
            return Exit.DONE
        return Exit.CONFIG if self.checked.uncovered else Exit.FOUND


def of_file(path: Path, asked: Asked, attachments: Sequence[archive.Attachment], channel: str = "hall") -> Request:
    """A request of a workbook on disk. Raises FileError as the gate does."""
    content = load(path)
    return Request(asked, path.name, content, cells.read_stream(content, path.name), tuple(attachments), channel)


def of_rows(
    business: Business, rows: Sequence[Mapping[str, str]], asked: Asked, attachments: Sequence[archive.Attachment]
) -> Request:
    """A request of `--row` mappings, header to text: laid out as a sheet, so that it is judged like any other."""
    headers = [column.header for column in business.columns]
    unknown = [key for row in rows for key in row if key not in headers]
    if unknown:
        raise UsageError(
            f"{business.title}没有「{unknown[0]}」这一项，没有提交",
            facts=("可以填：" + "、".join(headers) + "。",),
            remedies=(f"看每一项的意思：gjj help {business.title}",),
        )
    sheet = Sheet(business.title)
    for number, values in enumerate([dict(zip(headers, headers, strict=True)), *rows], 1):
        sheet.rows[number] = {
            place: Cell(CellType.TEXT, values[header]) for place, header in enumerate(headers, 1) if header in values
        }
    workbook = Workbook("--row", "", [sheet])
    return Request(replace(asked, business=business), "--row", None, workbook, tuple(attachments))


def submit(settings: Settings, request: Request, *, dry_run: bool = False) -> Submitted:
    """Submit a request. It is judged to learn what it touches, and again under the lock if that changed meanwhile.

    Raises Refused (exit 6) for what the state of the books forbids, Forbidden (exit 7) for somebody else's unit.
    """
    pack = pack_for(settings)
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.AGENT, session.ADMIN, what="提交业务")
            checked = _checked(tx, who, request, pack)
            known = _known(tx, checked.unit, request)
            # An opening asks all units who has an account already, so for it nothing seen here stands.
            stands = checked.ok and checked.business is not None and checked.business.names_person
            seen = audit.revisions(tx, touched(checked)) if stands else None
            only_unit = len(session.units_of(tx, who)) == 1
        if known is not None:  # before its findings: once it is done, its own rows stand in its way
            return Submitted(replace(checked, judged=Judged()), known, known=True, only_unit=only_unit)
        if not checked.ok or checked.unit is None:
            return Submitted(checked)
        done = _write(books, settings, who, request, checked, pack, dry_run, seen)
        return replace(done, only_unit=only_unit)


def _checked(tx: Tx, who: session.Actor, request: Request, pack: Pack) -> Checked:
    mine = session.units_of(tx, who)
    only = mine[0] if len(mine) == 1 else None
    checked = check(request.workbook, request.asked, pack, tx, only)
    must_take([checked.business] if checked.business else [], request.asked.batch)
    if checked.unit is None and checked.business is not None:
        raise UsageError(
            "要说明是哪个单位的业务，没有提交",
            remedies=(f"改：加 --unit {mine[0]}" if mine else "可以：先导入单位：gjj unit import 建账.xlsx",),
        )
    if checked.unit is not None:
        who.must_see(checked.unit)
    return checked


def _write(
    books: Books,
    settings: Settings,
    who: session.Actor,
    request: Request,
    checked: Checked,
    pack: Pack,
    dry_run: bool,
    seen: Mapping[str, int] | None,
) -> Submitted:
    units = touched(checked)

    def create(tx: Tx) -> Submitted:
        known = _known(tx, checked.unit, request)
        if known is not None:  # submitted twice at the same moment
            return Submitted(checked, known, known=True)
        again = checked
        if seen is None or audit.revisions(tx, units) != seen:
            again = check(request.workbook, replace(request.asked, unit=checked.unit), pack, tx)
        if not again.ok or again.unit is None or again.business is None:
            return Submitted(again)
        register = registers.load(tx, units)
        _refuse(tx, again, register, settings)
        met = archive.satisfied(tx, again.unit, who, [one.kind for one in request.attachments], pack)
        case = _create(tx, again, register, request, settings, who, pack)
        refs: tuple[EntryRef, ...] = ()
        if case.state is State.DRAFT:
            refs = take_effect(tx, case, again, register, pack, settings, who)
        moment = session.now()
        act = audit.Act(moment, settings.as_of, who.name, "case submit", f"{case.case_no} {again.rows} 行")
        for unit in units:  # both units of a transfer: a month-end that was planned before must plan them again
            audit.write(tx, unit, act)
        final = cases.get(tx, again.unit, case.case_no)
        return Submitted(again, final, dry_run=dry_run, attachments=met, vouchers=refs)

    return books.write(create, *units, CENTRE, dry_run=dry_run)


def touched(checked: Checked) -> list[str]:
    """Every unit a case writes: its own, and those a transfer leaves or reaches."""
    units = {checked.unit or CENTRE}
    if checked.frame is not None:
        for slug in ("from_unit.effective", "to_unit.effective"):
            if slug in checked.frame.columns:
                units |= set(checked.frame[slug].drop_nulls().to_list())
    return sorted(units)


def _known(tx: Tx, unit: str | None, request: Request) -> Case | None:
    """The case that holds this very file already, open or done; one that was reversed does not count any more."""
    if unit is None or request.content is None:
        return None
    live = [*rules.OPEN, State.DONE]
    found = cases.listing(tx, [unit], states=live, file_sha256=request.workbook.sha256)
    return next((case for case in reversed(found) if reversal.standing(tx, unit, case.case_no)), None)


def _refuse(tx: Tx, checked: Checked, register: Register, settings: Settings) -> None:
    """What the books forbid although every row is right: half the unit at once, open cases, later releases."""
    business, frame = checked.business, checked.frame
    if business is None or frame is None:
        raise ValueError("only a judged workbook can be submitted")
    if not settings.assume_yes:
        for finding in checked.judged.findings:
            if finding.code == HALF_UNIT:
                raise Refused(
                    f"没有提交，账簿没有变：{finding.message.removesuffix('。')}",
                    code=HALF_UNIT,
                    remedies=("改：删掉不封存的行再交", "或者确实要封存这么多人：加 --yes"),
                )
    for slug in ("payment_kind", "sealing_type"):
        if slug in frame.columns:
            later = [value for value in frame[slug].unique().to_list() if value in LATER]
            if later:
                raise Refused(
                    f"「{later[0]}」这一版还不能办，没有提交，账簿没有变",
                    remedies=(f"改：{business.column(slug).header}填 {LATER[later[0]]}",),
                )
    if "method" in frame.columns and frame["method"][0] != "暂收":
        raise Refused(
            f"缴款方式「{frame['method'][0]}」这一版还不能办，没有提交，账簿没有变", remedies=("改：缴款方式填 暂收",)
        )
    blocking.refuse(tx, business, frame, touched(checked))
    if business.changes and business.changes[0].what == "transfer":
        _refuse_between_others(frame, str(checked.unit))
        _refuse_owing(frame, register)


def _refuse_between_others(frame: pl.DataFrame, unit: str) -> None:
    """A transfer is submitted by one of its two units (semantics 0)."""
    others = frame.filter((pl.col("from_unit.effective") != unit) & (pl.col("to_unit.effective") != unit))
    if not others.is_empty():
        raise Forbidden(
            f"没有提交，账簿没有变：第 {others['row'][0]} 行的转出、转入单位都不是 {unit}",
            code="E401",
            remedies=("改：由转出单位或转入单位来办",),
        )


def _refuse_owing(frame: pl.DataFrame, register: Register) -> None:
    """A 正常 account leaves with its balance at once, so its unit must not owe a month before 转移年月 any more."""
    due = register.due.select(**{"from_unit.effective": "unit", "owed_from": "due_month"})
    owing = frame.join(due, on="from_unit.effective", how="left", maintain_order="left").filter(
        (pl.col("book.status") == NORMAL) & (pl.col("effective.month") > pl.col("owed_from"))
    )
    if owing.is_empty():
        return
    unit, first = owing["from_unit.effective"][0], months.show(owing["owed_from"][0])
    last = months.show(max(owing["effective.month"].to_list()) - 1)
    span = first if first == last else f"{first} 至 {last}"
    raise Refused(
        f"没有提交，账簿没有变：转出单位 {unit} 还有没汇缴的月份",
        facts=(f"{span} 没有汇缴，正常职工的余额一转就走；这样的有 {owing.height} 人。",),
        remedies=(
            f"改：先由转出单位汇缴：gjj remit run --unit {unit} --through {last}",
            f"或者转移年月填 {first}，或者先封存再转",
        ),
    )


def _create(
    tx: Tx,
    checked: Checked,
    register: Register,
    request: Request,
    settings: Settings,
    who: session.Actor,
    pack: Pack,
) -> Case:
    """The case with its rows, its file and its attachments, in the first state of its review chain (DRAFT: none)."""
    business, frame, unit = checked.business, checked.frame, checked.unit
    if business is None or frame is None or unit is None:
        raise ValueError("only a judged workbook of a unit becomes a case")
    chain = () if who.solo else pack.review[business.slug]
    first = rules.next_state(chain, State.DRAFT, rules.Action.SUBMIT)
    effect = effects.Effect(tx, "", business, checked, register, pack, settings.as_of, who.user.display)
    plan = effects.planned(effect)
    new = NewCase(
        business=business.slug,
        state=first if chain else State.DRAFT,
        submitted_by=who.name,
        submitted_at=session.now(),
        as_of=settings.as_of,
        channel=request.channel,
        method="suspense" if business.moves and business.moves[0].what == "payment" else None,
        heads=frame.height,
        amount_fen=_amount(business, plan),
        effective_month=_first_month(business, frame),
        other_unit=next((name for name in touched(checked) if name != unit), None),
        batch={column.header: frame[column.slug][0] for column in business.batch},
        totals=_totals(business, checked, plan, who, settings),
        file_name=request.name if request.content is not None else None,
        file_sha256=request.workbook.sha256 if request.content is not None else None,
    )
    case_no = cases.create(tx, unit, new, rows_of(business, frame))
    case = cases.get(tx, unit, case_no)
    if case is None:
        raise ValueError(f"case {case_no} was created and is not there")
    if request.content is not None:
        files.keep_file(tx, unit, case_no, request.name, request.content)
    archive.keep(tx, case, request.attachments, effect.org, settings.as_of)
    return case


def _amount(business: Business, plan: pl.DataFrame) -> int:
    if not business.moves or business.moves[0].what != "payment":
        return 0
    return int((plan["unit_fen"] + plan["personal_fen"]).sum())


def _first_month(business: Business, frame: pl.DataFrame) -> int | None:
    column = "effective.month" if business.month_column else "start_month"
    found = frame[column].min()
    return found if isinstance(found, int) else None


def _totals(
    business: Business, checked: Checked, plan: pl.DataFrame, who: session.Actor, settings: Settings
) -> dict[str, Any]:
    """What the 受理回执 sums up, in plain 元, and who did it."""
    totals: dict[str, Any] = {header: money.plain(fen) for header, fen in checked.totals.items()}
    if "delta_fen" in plan.columns:
        totals["变化缴存额"] = money.plain(int(plan["delta_fen"].sum()))
    totals["operator"] = who.user.display
    totals["as_of_given"] = settings.as_of_given
    return totals


def rows_of(business: Business, frame: pl.DataFrame) -> list[CaseRow]:
    """The canonical values of each row, with whom and which months it is about."""
    rows = []
    for told in frame.to_dicts():
        content = {column.slug: _plain(told[column.slug]) for column in business.columns}
        account = told.get("book.account")
        hashed = None if account else identity_hash(told["doc_type"], told["id_number"])
        month = told["effective.month"] if business.month_column else told["start_month"]
        rows.append(CaseRow(told["row"], account, hashed, month, told.get("end_month"), content))
    return rows


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def take_effect(
    tx: Tx,
    case: Case,
    checked: Checked,
    register: Register,
    pack: Pack,
    settings: Settings,
    who: session.Actor,
) -> tuple[EntryRef, ...]:
    """Finish a case in its transaction: it is 已办结 (and frees its 暂收), then its rows change and move."""
    if checked.business is None:
        raise ValueError("a case has a business")
    moment = session.now()
    day = settings.as_of.isoformat()
    cases.move(tx, case, State.DONE, actor=who.name, at=moment, finished_at=moment, finished_date=day)
    return effects.take(
        effects.Effect(tx, case.case_no, checked.business, checked, register, pack, settings.as_of, who.user.display)
    )


def findings_in_words(judged: Judged) -> str:
    """The first errors in one line, for a refusal."""
    errors = [finding for finding in judged.findings if finding.severity.value == "error"]
    said = "；".join(f"{error.place.cell or ''} {error.code} {error.message}".strip() for error in errors[:3])
    return said + (f" 等 {len(errors)} 处" if len(errors) > 3 else "")
