"""`gjj ledger reverse`: 红字冲销 as a case that the administrator submits and a second person's approval carries out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gjj_cli import case as rules
from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.names import BY_SLUG, REVERSAL
from gjj_cli.case import Action, Case, CaseRow, NewCase, State
from gjj_cli.errors import Refused, UsageError
from gjj_cli.flows import numbers, session
from gjj_cli.ledger.voucher import Head
from gjj_cli.settings import Settings
from gjj_cli.store import audit, cases, frames, journal, reversal
from gjj_cli.store.engine import Tx
from gjj_cli.store.journal import Booked
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.reversal import Kind, TakenBack, Undoing
from gjj_cli.store.tables import CENTRE

CHAIN = ("复核",)  # one other person, whatever the policy says; in solo books the same one
COMMAND = "ledger reverse"
TITLES = {Kind.RECEIPT: "到账", Kind.OPENING: "期初"}  # the others have their business's title


@dataclass(frozen=True)
class Asked:
    """What came of asking for a reversal: its case; `vouchers` are those that will be posted when it is approved.

    `known`: the same is being reversed, or has been, by this case. `settled`: W807.
    """

    case: Case
    vouchers: tuple[EntryRef, ...] = field(default=())
    known: bool = False
    dry_run: bool = False
    settled: bool = False
    solo: bool = False


def submit(settings: Settings, target: str, reason: str, unit: str | None = None, *, dry_run: bool = False) -> Asked:
    """Submit a reversal of what a number names. All of it is tried under the lock and rolled back, then it waits.

    Raises UsageError without a reason, Forbidden unless administrator, and Refused for what cannot be reversed.
    """
    if not reason.strip():
        raise UsageError(
            "冲销要写原因，没有提交，账簿没有变", remedies=(f"改：gjj ledger reverse {target} --reason 为什么冲销",)
        )
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, what="红字冲销")
            met = numbers.vouchers_meant(tx, who, target, unit)
            units = _written({of_unit for of_unit, _ in _meant(tx, met)}, reversal.kind_of(met[0]))

        def ask(tx: Tx) -> Asked:
            entries = _meant(tx, numbers.vouchers_meant(tx, who, target, unit))
            case = _known(tx, entries)
            if case is not None:
                return Asked(case, known=True, dry_run=dry_run, solo=who.solo)
            whole = reversal.load(tx, entries)
            case = _create(tx, whole, settings, who, reason.strip())
            tried = _try(tx, whole, case, settings, who)
            detail = f"{case.case_no} {case.batch['冲销']}"
            _log(tx, whole.units, settings, who, COMMAND, detail)
            return Asked(case, tried.entries, dry_run=dry_run, settled=tried.settled, solo=who.solo)

        return books.write(ask, *units, dry_run=dry_run)


def _written(units: Collection[str], kind: Kind) -> set[str]:
    """The units a reversal writes: the receipts and the directory of accounts are the centre's."""
    return set(units) | ({CENTRE} if kind in (Kind.RECEIPT, Kind.TRANSFER) else set())


def units_of(case: Case) -> set[str]:
    """The units that the approval of a reversal writes."""
    return _written({of_unit for of_unit, _ in _entries(case)}, Kind(case.batch["kind"]))


def _meant(tx: Tx, found: Sequence[Booked]) -> list[reversal.Entry]:
    """The entries of one reversal: what stands of a case, newest first; a transfer is both its sides.

    When nothing of it stands any more, all of it, so that what reversed it can be named.
    """
    for one in found:
        reversal.kind_of(one)
    pairs = sorted({one.voucher.transfer_id for one in found if one.voucher.transfer_id is not None})
    if len(pairs) > 1:
        raise UsageError(
            f"这一笔转移了 {len(pairs)} 次，要说明冲销哪一次，账簿没有变",
            remedies=tuple(f"改：gjj ledger reverse {one.ref.text} --reason 原因" for one in found),
        )
    if pairs:
        return reversal.pair(tx, next(one for one in found if one.voucher.transfer_id is not None))
    back = journal.reversals(tx, found[0].ref.unit)
    standing = [one for one in found if one.ref.entry_no not in back] or found
    return [(one.ref.unit, one.ref.entry_no) for one in reversed(standing)]


def _known(tx: Tx, entries: Sequence[reversal.Entry]) -> Case | None:
    """The case that has reversed those entries, or waits to."""
    of_unit, no = entries[0]
    done = reversal.case_of(tx, of_unit, no)
    if done is not None:
        return cases.get(tx, done.partition("-")[0], done)
    waiting = cases.listing(tx, [of_unit], states=rules.OPEN, business=REVERSAL.slug)
    return next((case for case in waiting if _entries(case) == list(entries)), None)


def _entries(case: Case) -> list[reversal.Entry]:
    return [(of_unit, no) for of_unit, no in case.batch["entries"]]


def _create(tx: Tx, whole: Undoing, settings: Settings, who: session.Actor, reason: str) -> Case:
    months_paid = [month for paid in whole.people.values() for _, month, _, _ in paid]
    chain = rules.next_state(CHAIN, State.DRAFT, Action.SUBMIT)
    new = NewCase(
        business=REVERSAL.slug,
        state=chain,
        submitted_by=who.name,
        submitted_at=session.now(),
        as_of=settings.as_of,
        heads=len(whole.people),
        amount_fen=-whole.amount_fen,
        effective_month=min(months_paid, default=None),
        other_unit=next((name for name in whole.units if name != whole.unit), None),
        batch={"冲销": told(whole), "原因": reason, "entries": whole.entries, "kind": whole.kind},
        totals={
            "冲销金额": money.plain(-whole.amount_fen),
            "operator": who.user.display,
            "as_of_given": settings.as_of_given,
        },
    )
    case_no = cases.create(tx, whole.unit, new, _rows(whole))
    return _get(tx, whole.unit, case_no)


def _rows(whole: Undoing) -> list[CaseRow]:
    """One row a person, with the person-months that will be taken from the register: they are kept nowhere else."""
    return [
        CaseRow(
            place,
            account,
            None,
            min((month for _, month, _, _ in paid), default=None),
            max((month for _, month, _, _ in paid), default=None),
            {"months": paid},
        )
        for place, (account, paid) in enumerate(whole.people.items(), 1)
    ]


def told(whole: Undoing) -> str:
    """What is reversed, for a person: `0500001-2505-001 汇缴，凭证 0500001-2505-记002`."""
    title = TITLES.get(whole.kind) or BY_SLUG[whole.kind.value].title
    first = whole.vouchers[0]
    number = first.voucher.head.case or first.ref.journal_no
    span = ""
    if whole.kind is Kind.REMITTANCE:
        paid = sorted(months.parse(one.key.key) for one in whole.vouchers)
        span = f" {months.show(paid[0])}" + (f" 至 {months.show(paid[-1])}" if len(paid) > 1 else "")
    refs = "、".join(one.ref.text for one in whole.vouchers)
    return f"{number} {title}{span}，凭证 {refs}"


def _try(tx: Tx, whole: Undoing, case: Case, settings: Settings, who: session.Actor) -> TakenBack:
    """All that the approval will do, done and rolled back, so that what cannot be done is refused now."""
    attempt = tx.connection.begin_nested()
    try:
        return _take_back(tx, whole, case, settings, who.user.display)
    finally:
        attempt.rollback()


def approve(tx: Tx, case: Case, settings: Settings, who: session.Actor) -> TakenBack:
    """Carry a reversal out in the approver's transaction, which holds all its units and CENTRE."""
    if settings.as_of < case.as_of:
        raise Refused(
            f"{case.case_no} 是 {case.as_of} 提交的，不能在 {settings.as_of} 通过，账簿没有变",
            code="E606",
            remedies=(f"改：业务日期不早于 {case.as_of}：--as-of {case.as_of}",),
        )
    whole = reversal.load(tx, _entries(case))
    done = _take_back(tx, whole, case, settings, who.user.display)
    moment, day = session.now(), settings.as_of.isoformat()
    cases.move(
        tx, case, State.DONE, actor=who.name, at=moment, second_by=who.name, finished_at=moment, finished_date=day
    )
    posted = "、".join(ref.text for ref in done.entries)
    _log(tx, whole.units, settings, who, f"case {Action.APPROVE.value}", f"{case.case_no} {posted}")
    return done


def _take_back(tx: Tx, whole: Undoing, case: Case, settings: Settings, teller: str) -> TakenBack:
    _refuse_blocked(tx, whole, case.case_no)

    def head(booked: Booked, memo: str) -> Head:
        said = booked.voucher.head
        return Head(said.unit, settings.as_of, REVERSAL.slug, memo, teller, said.org, case.case_no)

    return reversal.take_back(tx, whole, head)


def _refuse_blocked(tx: Tx, whole: Undoing, own: str) -> None:
    """Open cases of its units that exclude it (semantics 1.12)."""
    for other in frames.open_case_rows(tx, whole.units).to_dicts():
        if other["case_no"] == own:
            continue
        block = rules.blocks_change(other["business"], REVERSAL.slug, same_person=other["account"] in whole.people)
        if block is not None:
            title = BY_SLUG[other["business"]].title
            raise Refused(
                f"没有冲销，账簿没有变：{title} {other['case_no']} {other['state']}，{block.why}",
                code=block.code,
                remedies=(f"可以：先办完或者撤回它：gjj case show {other['case_no']}",),
            )


def _log(tx: Tx, units: Sequence[str], settings: Settings, who: session.Actor, command: str, detail: str) -> None:
    for name in units:
        audit.write(tx, name, audit.Act(session.now(), settings.as_of, who.name, command, detail))


def _get(tx: Tx, unit: str, case_no: str) -> Case:
    case = cases.get(tx, unit, case_no)
    if case is None:
        raise ValueError(f"case {case_no} was created and is not there")
    return case
