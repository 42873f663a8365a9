"""Verifying the cases of one unit: each against its history, its rows, its files, the audit log and the numbers given."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from gjj_cli import month as months
from gjj_cli.business.names import BY_SLUG, SETUP
from gjj_cli.business.roster import ROSTER
from gjj_cli.case import State
from gjj_cli.ledger.difference import Difference
from gjj_cli.posting.plan import IN_PART, METHOD_LABEL, POSTED, SUSPENSE
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.verify_journal import Journal
from gjj_cli.store.verify_kept import Case, Kept, unequal
from gjj_cli.store.verify_replay import OPENING, REVERSAL

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SCAN = re.compile(r"[0-9a-f]{32}")
_REMITTANCE = "remittance"
Step = Iterator[Difference]


def differences(kept: Kept, unit: str, journal: Journal, cases: dict[str, Case]) -> Step:
    """Everything wrong with the cases of a unit and with what hangs on them."""
    yield from _strays(kept, unit, cases)
    said = _audited(kept, unit)
    for case in cases.values():
        yield from _of_history(unit, case, said.get(case.no, []))
        if case.row.business == SETUP:
            yield from _of_setup(unit, case)
            continue
        yield from _of_case(unit, case, said.get(case.no, []))
        yield from _of_rows(unit, case)
        yield from _of_money(unit, case, journal)
    yield from _of_files(kept, unit, cases)
    yield from _of_numbers(kept, unit, cases)
    yield from _of_agents(kept, unit, cases)
    yield from _of_run_units(kept, unit, cases)


def _strays(kept: Kept, unit: str, cases: dict[str, Case]) -> Step:
    """Rows of no case."""
    for table in ("case_row", "case_event", "case_file", "attachment"):
        for row in kept.of(table, unit):
            if row.case_no not in cases:
                yield Difference(unit, None, "case_no", f"{table} 有一行是没有的业务 {row.case_no} 的")


def _audited(kept: Kept, unit: str) -> dict[str, list[Any]]:
    """The lines of the operation log that name a case, by 受理号: it is what their detail begins with."""
    said: dict[str, list[Any]] = defaultdict(list)
    for row in kept.of("audit_log", unit):
        said[row.detail.partition(" ")[0]].append(row)
    return said


def _of_history(unit: str, case: Case, said: list[Any]) -> Step:
    """state, submitted_*, first_by, second_by and finished_at are what the steps of the case say."""
    row, events = case.row, case.events
    if not events:
        yield Difference(unit, None, "case_event", f"业务 {case.no} 没有办理经过")
        return
    before = None
    for number, event in enumerate(events, 1):
        if event.seq != number or event.from_state != before or event.to_state not in set(State):
            name = "seq" if event.seq != number else "from_state" if event.from_state != before else "to_state"
            yield Difference(unit, None, name, f"业务 {case.no} 的办理经过第 {event.seq} 步接不上")
        if not MOMENT.fullmatch(event.at):
            yield Difference(unit, None, "at", f"业务 {case.no} 第 {event.seq} 步的时间 {event.at} 不对")
        before = event.to_state
    computed: dict[str, object] = {
        "state": events[-1].to_state,
        "submitted_by": events[0].actor,
        "submitted_at": events[0].at,
        "first_by": _last(events, State.FIRST_REVIEW, (State.SECOND_REVIEW, State.TO_PRINT)),
        "second_by": _last(events, State.SECOND_REVIEW, (State.TO_PRINT, State.DONE)),
    }
    if row.business != SETUP:
        done = [event.at for event in events if event.to_state == State.DONE]
        computed["finished_at"] = done[0] if done else None
    yield from unequal(
        unit, {name: (getattr(row, name), value) for name, value in computed.items()}, f"业务 {case.no} "
    )
    yield from _of_steps(unit, case, said)


def _last(events: list[Any], source: State, targets: tuple[State, ...]) -> str | None:
    return next((one.actor for one in reversed(events) if one.from_state == source and one.to_state in targets), None)


_DECIDED = ("case approve", "case reject", "case withdraw")


def _of_steps(unit: str, case: Case, said: list[Any]) -> Step:
    """Each decision has its line in the operation log, with the same moment; the other steps the same person."""
    decided = [line for line in said if line.command in _DECIDED]
    actors = {line.actor for line in said}
    for event in case.events[1:] if said else ():
        if event.to_state == State.DONE:
            known = event.actor in actors
        else:
            told = f"{case.no} {event.to_state}"
            known = any((line.at, line.actor, line.detail) == (event.at, event.actor, told) for line in decided)
        if not known:
            yield Difference(unit, None, "actor", f"业务 {case.no} 第 {event.seq} 步和操作日志对不上")


def _of_setup(unit: str, case: Case) -> Step:
    row = case.row
    empty = ("method", "effective_month", "other_unit", "file_name", "finished_at", "finished_date", "run_no",
             "scan_no", "archive_no", "printed_at")  # fmt: skip
    facts: dict[str, tuple[object, object]] = {name: (getattr(row, name), None) for name in empty}
    facts |= {
        "case_no": (row.case_no, f"{unit}-{SETUP}"),
        "heads": (row.heads, len(case.rows)),
        "amount_fen": (row.amount_fen, 0),
        "totals": (case.totals, {}),
    }
    yield from unequal(unit, facts, "建账 ")
    if not _DAY.fullmatch(row.as_of):
        yield Difference(unit, None, "as_of", f"建账的业务日期 {row.as_of} 不对")
    for number, (one, content) in enumerate(case.rows, 1):
        pairs = {
            "row_no": (one.row_no, number),
            "effective_month": (one.effective_month, content.get("start_month")),
            "end_month": (one.end_month, None),
        }
        yield from unequal(unit, pairs, f"建账第 {one.row_no} 行 ")


def _of_case(unit: str, case: Case, said: list[Any]) -> Step:
    row = case.row
    about = f"业务 {case.no} "
    if row.business not in BY_SLUG and row.business != REVERSAL:
        yield Difference(unit, None, "business", f"{about}没有 {row.business} 这种业务")
        return
    if not _DAY.fullmatch(row.as_of) or not row.case_no.startswith(f"{unit}-{row.as_of[2:4]}{row.as_of[5:7]}-"):
        yield Difference(unit, None, "as_of", f"{about}的业务日期 {row.as_of} 和受理号不是一个月")
    submitted = [line for line in said if line.command in ("case submit", "remit run")]
    if submitted and (row.as_of, row.submitted_by) != (submitted[0].as_of, submitted[0].actor):
        yield Difference(unit, None, "as_of", f"{about}的业务日期、提交人和操作日志对不上")
    if (row.finished_date is None) != (row.finished_at is None):
        yield Difference(unit, None, "finished_date", f"{about}办结的日期和时间对不上")
    finished = [line for line in said if line.command == "case finish"] or submitted
    if row.finished_date is not None and finished and row.finished_date != finished[-1].as_of:
        yield Difference(unit, None, "finished_date", f"{about}的办结日期和操作日志对不上")
    if row.printed_at is not None and not MOMENT.fullmatch(row.printed_at):
        yield Difference(unit, None, "printed_at", f"{about}的打印时间 {row.printed_at} 不对")
    yield from _of_archive(unit, case)


def _of_archive(unit: str, case: Case) -> Step:
    scan, archive = case.row.scan_no, case.row.archive_no
    if (scan is None) != (archive is None) or (scan is not None and not _SCAN.fullmatch(scan)):
        yield Difference(unit, None, "scan_no", f"业务 {case.no} 的扫描流水号不对")
    elif archive is not None and not (archive.isascii() and archive.isdecimal() and len(archive) > 15):
        yield Difference(unit, None, "archive_no", f"业务 {case.no} 的档案编号 {archive} 不对")


def _of_rows(unit: str, case: Case) -> Step:
    """A business with a workbook: the rows have its columns, and what the case sums up of them is so."""
    row, about = case.row, f"业务 {case.no} "
    business = ROSTER.get(row.business)
    if business is None:
        return
    slugs = {column.slug for column in business.columns}
    units: set[str] = set()
    for one, content in case.rows:
        if content.keys() != slugs:
            yield Difference(unit, None, "content", f"{about}第 {one.row_no} 行的栏目不是{business.title}的")
        if (one.account is None) == (one.id_hash is None):
            yield Difference(unit, None, "account", f"{about}第 {one.row_no} 行说不清是谁")
        if business.names_person and content.get("account") not in (None, one.account):
            yield Difference(unit, None, "account", f"{about}第 {one.row_no} 行的个人账号不是它写的")
        written = content.get(business.month_column or "start_month")
        if written is not None and written != one.effective_month:
            yield Difference(unit, None, "effective_month", f"{about}第 {one.row_no} 行的年月不是它写的")
        if one.end_month != content.get("end_month"):
            yield Difference(unit, None, "end_month", f"{about}第 {one.row_no} 行的结束年月不是它写的")
        units |= {content.get(slug) or unit for slug in ("from_unit", "to_unit") if slug in content}
    numbers = [one.row_no for one, _ in case.rows]
    if len(set(numbers)) != len(numbers) or not case.rows:
        yield Difference(unit, None, "row_no", f"{about}的行号不对")
    pays = bool(business.moves) and business.moves[0].what == "payment"
    facts = {
        "heads": (row.heads, len(case.rows)),
        "effective_month": (row.effective_month, min((one.effective_month for one, _ in case.rows), default=None)),
        "other_unit": (row.other_unit, next(iter(sorted(units - {unit})), None)),
        "method": (row.method, SUSPENSE if pays else None),
        "run_no": (row.run_no, None),
    }
    yield from unequal(unit, facts, about)
    if {column.header for column in business.batch} != case.batch.keys():
        yield Difference(unit, None, "batch", f"{about}的批次信息不是{business.title}的")
    if not {"operator", "as_of_given"} <= case.totals.keys():
        yield Difference(unit, None, "totals", f"{about}的合计不全")


def _of_money(unit: str, case: Case, journal: Journal) -> Step:
    """A case that pays is its vouchers; a 汇缴 also what its frozen rows say. Others hold no amount."""
    row, about = case.row, f"业务 {case.no} "
    vouchers = [head for head in journal.heads.values() if head.case_no == case.no]
    for head in vouchers:
        original = journal.heads.get(head.reverses)
        days = {row.finished_date}
        if original is not None and original.post_kind == OPENING:
            days.add(original.date)  # a 期初 may be taken back on its own day
        if head.business != row.business or head.date not in days:
            name = "business" if head.business != row.business else "finished_date"
            yield Difference(unit, head.no, name, f"{about}和它的凭证对不上")
    paid = sum(sum(journal.fund[head.no].values()) for head in vouchers if head.reverses is None)
    if row.business == "supplementary-payment":
        if row.state == State.DONE and row.amount_fen != paid:
            yield Difference(unit, None, "amount_fen", f"{about}记的是 {row.amount_fen} 分，凭证合计 {paid} 分")
    elif row.business == _REMITTANCE:
        yield from _of_remittance(unit, case, paid)
    elif row.business != REVERSAL and row.amount_fen != 0:
        yield Difference(unit, None, "amount_fen", f"{about}不收钱，记的是 {row.amount_fen} 分")


def _of_remittance(unit: str, case: Case, paid: int) -> Step:
    row, rows = case.row, case.totals.get("rows")
    try:
        last = rows[-1] if rows else {}
        facts = {
            "totals": (sum(one["amount_fen"] for one in rows or ()), paid),
            "amount_fen": (row.amount_fen, paid),
            "heads": (row.heads, last["heads"]),
            "effective_month": (row.effective_month, rows[0]["month"] if rows else None),
            "batch": (case.batch["through"], last["month"]),
            "other_unit": (row.other_unit, None),
            "file_name": (row.file_name, None),
            "file_sha256": (row.file_sha256, None),
        }
    except (KeyError, TypeError):
        yield Difference(unit, None, "totals", f"业务 {case.no} 的合计读不出来")
        return
    yield from unequal(unit, facts, f"业务 {case.no} ")
    if row.method not in METHOD_LABEL or row.method == "auto":
        yield Difference(unit, None, "method", f"业务 {case.no} 的缴款方式 {row.method} 没有见过")


def _of_files(kept: Kept, unit: str, cases: dict[str, Case]) -> Step:
    """The submitted file a case names is kept with it, and nothing is kept for a case that names none."""
    files = {(row.case_no, row.sha256): row.name for row in kept.of("case_file", unit)}
    for case in cases.values():
        row = case.row
        if row.business == SETUP:
            continue
        if (row.file_name is None) != (row.file_sha256 is None):
            yield Difference(unit, None, "file_name", f"业务 {case.no} 的原件名称和摘要对不上")
        elif row.file_sha256 is not None and files.get((case.no, row.file_sha256)) != row.file_name:
            yield Difference(unit, None, "file_sha256", f"业务 {case.no} 的原件不在了，或者换了")
    attached = {row.case_no for row in kept.of("attachment", unit)}
    for case in cases.values():
        if (case.no in attached) != (case.row.scan_no is not None):
            yield Difference(unit, None, "scan_no", f"业务 {case.no} 的电子档案和扫描流水号对不上")


def _of_numbers(kept: Kept, unit: str, cases: dict[str, Case]) -> Step:
    """受理号 are gapless in unit and month, rows of 单位明细 and 变更查询 in the unit: the counters say what is next."""
    given: dict[tuple[str, str], list[int]] = defaultdict(list)
    for case in cases.values():
        if case.row.business == SETUP:
            continue
        month, _, number = case.no.removeprefix(f"{unit}-").partition("-")
        if not (month.isdecimal() and number.isdecimal()):
            yield Difference(unit, None, "case_no", f"受理号 {case.no} 不是这个单位的")
            continue
        given["case", f"20{month[:2]}-{month[2:]}"].append(int(number))
    for kind in ("unit_event", "change_event"):
        rows = kept.of(kind, unit)
        if rows:
            given[kind, ""] = [row.seq for row in rows]
    if unit != CENTRE:
        yield from counted(kept, unit, given)


def counted(
    kept: Kept, unit: str, given: dict[tuple[str, str], list[int]], last: dict[tuple[str, str], int] | None = None
) -> Step:
    """The numbers given run from 1 without a gap, and each counter stands at the next.

    `last` are counters whose numbers have gaps, with the last number given.
    """
    counters = {(row.kind, row.period): row.next_no for row in kept.of("counter", unit)}
    for key, number in (last or {}).items():
        if counters.pop(key, None) != number + 1:
            yield Difference(unit, None, "next_no", f"{key[0]} {key[1]} 给到 {number} 号，下一个记的不是它后面一个")
    for key in sorted(given.keys() | counters.keys()):
        numbers, there = sorted(given.get(key, [])), counters.get(key)
        if numbers != list(range(1, len(numbers) + 1)) or there != len(numbers) + 1:
            detail = f"{key[0]} {key[1]} 给过 {len(numbers)} 个号，下一个记的是 {there}"
            yield Difference(unit, None, "next_no", detail)


def _of_agents(kept: Kept, unit: str, cases: dict[str, Case]) -> Step:
    """经办人 come with the 建账."""
    setup = cases.get(f"{unit}-{SETUP}")
    brought = setup.batch.get("agents", []) if setup is not None else []
    known = {told["id_number"]: (told["name"], told["mobile"], f"{unit}-{SETUP}") for told in brought}
    for row in kept.of("agent", unit):
        computed = known.pop(row.id_number, None)
        if computed != (row.name, row.mobile, row.case_no):
            yield Difference(unit, None, "agent", "经办人和建账的不一样")
    if known:
        yield Difference(unit, None, "agent", "建账的经办人少了")
    for row in kept.of("agent_document", unit):
        if all(row.id_number != one.id_number for one in kept.of("agent", unit)):
            yield Difference(unit, None, "id_number", "有一份不是经办人的证件")


def _of_run_units(kept: Kept, unit: str, cases: dict[str, Case]) -> Step:
    """What a month-end did to the unit is the case it names, and every case of a run is named by it."""
    named = set()
    for row in kept.of("run_unit", unit):
        about = f"{row.run_no} 的结果 "
        if row.outcome in (POSTED, IN_PART):
            case = cases.get(row.case_no or "")
            if case is None or case.row.run_no != row.run_no:
                yield Difference(unit, None, "case_no", f"{about}说的业务 {row.case_no} 对不上")
                continue
            named.add(case.no)
            paid = ",".join(months.show(one["month"]) for one in case.totals.get("rows", ()))
            facts = {
                "months": (row.months, paid),
                "heads": (row.heads, case.row.heads),
                "total_fen": (row.total_fen, case.row.amount_fen),
                "outcome": (row.outcome, IN_PART if row.short_fen else POSTED),
                "code": (row.code, "E705" if row.short_fen else None),
                "detail": (row.detail is None, row.short_fen is None),
            }
            yield from unequal(unit, facts, about)
        else:
            yield from _of_quiet(unit, row, about)
    for case in cases.values():
        if case.row.run_no is not None and case.no not in named:
            yield Difference(unit, None, "run_no", f"业务 {case.no} 不在 {case.row.run_no} 的结果里")


def _of_quiet(unit: str, row: Any, about: str) -> Step:
    """Why nothing was posted is kept nowhere else; what can be told is whether the words fit together."""
    if row.outcome not in OUTCOMES or row.case_no is not None:
        yield Difference(unit, None, "outcome", f"{about}{row.outcome} 和业务 {row.case_no} 对不上")
    if (row.code is None) != (row.outcome != "refused"):
        yield Difference(unit, None, "code", f"{about}的代码和结果对不上")


OUTCOMES = frozenset({"registered", "already-posted", "skipped", "refused"})
