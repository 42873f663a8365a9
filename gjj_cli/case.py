"""Case states: what may happen to a case, who may do it, and what an open case blocks (all of it data, all pure)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from gjj_cli.errors import Forbidden, GjjError, Refused, UsageError


class State(StrEnum):
    """Where a case stands; the words are the hall's."""

    DRAFT = "暂存"
    FIRST_REVIEW = "待初审"
    SECOND_REVIEW = "待复核"
    TO_PRINT = "待打印"
    AWAITING_MONEY = "待入账"
    DONE = "已办结"
    RETURNED = "已退回"
    WITHDRAWN = "已撤销"


@dataclass(frozen=True)
class NewCase:
    """What a case is made with. `effective_month` is the earliest of its rows, `amount_fen` what it will pay (分).

    `batch` and `totals` are kept as JSON; `other_unit` is the second unit of an 内部转移.
    """

    business: str
    state: State
    submitted_by: str
    submitted_at: str
    as_of: date
    channel: str = "hall"
    method: str | None = None
    heads: int = 0
    amount_fen: int = 0
    effective_month: int | None = None
    other_unit: str | None = None
    batch: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)
    file_name: str | None = None
    file_sha256: str | None = None
    run_no: str | None = None


@dataclass(frozen=True)
class CaseRow:
    """One row: whom it is about (account, or identity hash for an opening), its months, and all its values."""

    row_no: int
    account: str | None
    id_hash: str | None
    effective_month: int | None
    end_month: int | None
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Case(NewCase):
    """A case in the books."""

    unit: str = ""
    case_no: str = ""
    first_by: str | None = None
    second_by: str | None = None
    finished_at: str | None = None
    finished_date: date | None = None
    scan_no: str | None = None
    archive_no: str | None = None
    printed_at: str | None = None


@dataclass(frozen=True)
class CaseEvent:
    """One step of a case's history."""

    at: str
    actor: str
    from_state: State | None
    to_state: State
    reason: str | None


@dataclass(frozen=True)
class Kept:
    """A kept file without its content; `kind` is None for the submitted workbook."""

    kind: str | None
    name: str
    sha256: str


@dataclass(frozen=True)
class Waiting:
    """A case that waits for a person: for how many days, and why it came back."""

    case: Case
    days: int
    reason: str | None


class Action(StrEnum):
    """What is done to a case; `label` is the word for people."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    FINISH = "finish"
    EXPIRE = "expire"
    RECEIVE = "receive"

    @property
    def label(self) -> str:
        return _ACTION_LABEL[self]


_ACTION_LABEL = {
    Action.SUBMIT: "提交",
    Action.APPROVE: "通过",
    Action.REJECT: "驳回",
    Action.WITHDRAW: "撤销",
    Action.FINISH: "办结",
    Action.EXPIRE: "过期",
    Action.RECEIVE: "入账",
}

Who = Literal["agent", "first", "second", "admin"]

# The states in which a case blocks others (semantics 1.12); 暂存 and 已退回 block nothing.
OPEN = frozenset({State.FIRST_REVIEW, State.SECOND_REVIEW, State.TO_PRINT, State.AWAITING_MONEY})
OVER = frozenset({State.DONE, State.WITHDRAWN})
REVIEW = {"初审": State.FIRST_REVIEW, "复核": State.SECOND_REVIEW}  # step of a review chain -> the state that waits


class Transition(NamedTuple):
    action: Action
    source: State
    target: State
    who: tuple[Who, ...]
    note: str


_CLERK: tuple[Who, ...] = ("agent", "admin")
_SECOND_PERSON: tuple[Who, ...] = ("first", "second", "admin")  # whoever but the one who submitted

# Several rows of one action and source are in order of preference: the first whose target the case's own path holds.
TRANSITIONS = (
    Transition(Action.SUBMIT, State.DRAFT, State.FIRST_REVIEW, _CLERK, "有初审"),
    Transition(Action.SUBMIT, State.DRAFT, State.SECOND_REVIEW, _CLERK, "只有复核：冲销、暂收退款"),
    Transition(Action.SUBMIT, State.DRAFT, State.AWAITING_MONEY, _CLERK, "不审核，转账或托收"),
    Transition(Action.SUBMIT, State.DRAFT, State.DONE, _CLERK, "不审核，提交即办结"),
    Transition(Action.SUBMIT, State.RETURNED, State.FIRST_REVIEW, _CLERK, "改过再提交，重新审"),
    Transition(Action.SUBMIT, State.RETURNED, State.SECOND_REVIEW, _CLERK, "改过再提交，只有复核"),
    Transition(Action.APPROVE, State.FIRST_REVIEW, State.SECOND_REVIEW, ("first",), "还要复核"),
    Transition(Action.APPROVE, State.FIRST_REVIEW, State.TO_PRINT, ("first",), "只要初审"),
    Transition(Action.APPROVE, State.SECOND_REVIEW, State.TO_PRINT, ("second",), "审完"),
    Transition(Action.APPROVE, State.SECOND_REVIEW, State.DONE, _SECOND_PERSON, "红字冲销：通过就生效"),
    Transition(Action.REJECT, State.FIRST_REVIEW, State.RETURNED, ("first",), "退给经办人"),
    Transition(Action.REJECT, State.SECOND_REVIEW, State.FIRST_REVIEW, ("second",), "退给初审"),
    Transition(Action.REJECT, State.SECOND_REVIEW, State.RETURNED, _SECOND_PERSON, "没有初审，退给提交人"),
    Transition(Action.FINISH, State.TO_PRINT, State.AWAITING_MONEY, _CLERK, "转账或托收，等钱到"),
    Transition(Action.FINISH, State.TO_PRINT, State.DONE, _CLERK, "再校验一遍，生效，给凭证号"),
    Transition(Action.RECEIVE, State.AWAITING_MONEY, State.DONE, ("admin",), "到账的钱分给了它，入账"),
    Transition(Action.EXPIRE, State.AWAITING_MONEY, State.AWAITING_MONEY, ("admin",), "登记号过期，可续期或撤销"),
    Transition(Action.WITHDRAW, State.DRAFT, State.WITHDRAWN, _CLERK, "不办了"),
    Transition(Action.WITHDRAW, State.RETURNED, State.WITHDRAWN, _CLERK, "不改了"),
    Transition(Action.WITHDRAW, State.FIRST_REVIEW, State.WITHDRAWN, _CLERK, "还没审"),
    Transition(Action.WITHDRAW, State.SECOND_REVIEW, State.WITHDRAWN, _CLERK, "还没复核"),
    Transition(Action.WITHDRAW, State.TO_PRINT, State.WITHDRAWN, _CLERK, "审完没办结"),
    Transition(Action.WITHDRAW, State.AWAITING_MONEY, State.WITHDRAWN, _CLERK, "一分钱没有到才行"),
)


def path(chain: Iterable[str], *, awaits_money: bool = False, at_once: bool = False) -> tuple[State, ...]:
    """The states a case goes through after submit when all goes well.

    `chain` is the policy's review chain, such as ("初审", "复核"); `awaits_money` is true for 汇缴 and 补缴 paid by
    transfer or collection, `at_once` for what the last approval finishes (红字冲销). Without review a case has nothing
    to print-wait for: it ends in the submit.
    """
    reviews = tuple(REVIEW[step] for step in chain)
    waits = (State.AWAITING_MONEY,) if awaits_money else ()
    printing = (State.TO_PRINT,) if reviews and not at_once else ()
    return (*reviews, *printing, *waits, State.DONE)


def transition(
    chain: Iterable[str], state: State, action: Action, *, awaits_money: bool = False, at_once: bool = False
) -> Transition:
    """The row of TRANSITIONS that applies; raises Refused when the state does not allow the action."""
    reachable = {*path(chain, awaits_money=awaits_money, at_once=at_once), State.RETURNED, State.WITHDRAWN}
    for row in TRANSITIONS:
        if row.action == action and row.source == state and row.target in reachable:
            return row
    raise Refused(f"业务在「{state}」，不能{action.label}；状态没有变", remedies=_remedies(state))


def next_state(chain: Iterable[str], state: State, action: Action, *, awaits_money: bool = False) -> State:
    """The state after the action (a new case starts at 暂存); raises Refused when the state does not allow it."""
    return transition(chain, state, action, awaits_money=awaits_money).target


def _remedies(state: State) -> tuple[str, ...]:
    if state in OVER:
        return ("可以：重新提交一笔新业务",)
    allowed = dict.fromkeys(
        row.action.label for row in TRANSITIONS if row.source == state and row.action != Action.EXPIRE
    )
    return (f"可以：{'、'.join(allowed)}",)


@dataclass(frozen=True)
class Act:
    """Somebody about to do something to a case; names are login names, `solo` is the books of one person.

    `case_no` and `actor_name` are for the words of a refusal.
    """

    action: Action
    state: State
    actor: str
    submitter: str | None = None
    first_reviewer: str | None = None
    reason: str | None = None
    received_fen: int = 0
    solo: bool = False
    case_no: str = "这一笔"
    actor_name: str = ""


class Guard(NamedTuple):
    """A condition that stops an act: who breaks it gets `error(what)`. The words may name {case}, {name}, {step}."""

    broken: Callable[[Act], bool]
    error: type[GjjError]
    what: str
    remedies: tuple[str, ...] = ()


GUARDS = (
    Guard(
        lambda act: act.action in (Action.APPROVE, Action.REJECT) and act.actor == act.submitter and not act.solo,
        Forbidden,
        "您不能审自己提交的业务（{case}，提交人{name}）",
        ("请另一位{step}人办理：gjj case approve {case}", "一个人用的账簿可以不分初审复核：gjj help 单人"),
    ),
    Guard(
        lambda act: (
            act.state == State.SECOND_REVIEW
            and act.action in (Action.APPROVE, Action.REJECT)
            and act.actor == act.first_reviewer
            and not act.solo
        ),
        Forbidden,
        "初审和复核要两个人，{case} 是您初审的；状态没有变",
        ("请另一位{step}人办理：gjj case approve {case}",),
    ),
    Guard(
        lambda act: act.action == Action.REJECT and not (act.reason or "").strip(),
        UsageError,
        "驳回要写原因，{case} 的状态没有变",
        ("改：gjj case reject {case} --reason 哪里不对、怎么改",),
    ),
    Guard(
        lambda act: act.action == Action.WITHDRAW and act.state == State.AWAITING_MONEY and act.received_fen > 0,
        Refused,
        "{case} 已经有钱到账，不能撤销；账簿没有变",
    ),
)


def guard(act: Act) -> None:
    """Raises the error of the first of GUARDS that the act breaks: Forbidden, UsageError or Refused."""
    words = {
        "case": act.case_no,
        "name": act.actor_name,
        "step": "复核" if act.state == State.SECOND_REVIEW else "初审",
    }
    for rule in GUARDS:
        if rule.broken(act):
            remedies = tuple(remedy.format_map(words) for remedy in rule.remedies)
            raise rule.error(rule.what.format_map(words), remedies=remedies)


# What an open case blocks (semantics 1.12).

_PERSON_CHANGES = frozenset(
    {"account-opening", "sealing", "unsealing", "base-adjustment", "internal-transfer", "central-sealing"}
)
_MOVES_PERSON = frozenset({"sealing", "central-sealing", "internal-transfer"})
_RATES = frozenset({"rate-adjustment", "rate-reduction"})


class RemittanceBlock(NamedTuple):
    """Open cases of these businesses refuse a 汇缴 of their unit with this code."""

    open: frozenset[str]
    code: str
    when: Literal["always", "effective", "collection"]  # effective: its month <= the last month of the 汇缴
    why: str


REMITTANCE_BLOCKS = (
    RemittanceBlock(_PERSON_CHANGES, "E601", "effective", "生效年月在要缴的月份之内的变更还没有办完"),
    RemittanceBlock(_RATES | {"deferral"}, "E601", "effective", "要缴的月份的比例或缓缴还没有办完"),
    RemittanceBlock(frozenset({"unit-closure"}), "E601", "always", "单位正在注销"),
    RemittanceBlock(frozenset({"debit-agreement"}), "E601", "collection", "代扣协议还没有办完，不能托收"),
    RemittanceBlock(frozenset({"remittance"}), "E602", "always", "上一笔汇缴还在等钱到账"),
    RemittanceBlock(frozenset({"reversal"}), "E601", "always", "红字冲销还没有办完"),
)


class ChangeBlock(NamedTuple):
    """While a case of `open` is open, a new one of `new` about the same person or unit is refused with this code."""

    open: frozenset[str] | None  # None: of any business
    new: frozenset[str]
    scope: Literal["person", "unit"]
    code: str
    why: str
    frozen_only: bool = False  # only when the new one takes effect in a month that the open 汇缴 is paying


def _either(one: frozenset[str], other: frozenset[str], why: str) -> tuple[ChangeBlock, ...]:
    """Two kinds of change of one person that exclude each other, whichever came first."""
    return ChangeBlock(one, other, "person", "E601", why), ChangeBlock(other, one, "person", "E601", why)


def _alone(slug: str) -> ChangeBlock:
    return ChangeBlock(frozenset({slug}), frozenset({slug}), "unit", "E601", "同一种业务一次只办一笔")


_OPENING, _TRANSFER = frozenset({"account-opening"}), frozenset({"internal-transfer"})
_PERSONAL_INFO, _PAYMENT = frozenset({"personal-info-change"}), frozenset({"supplementary-payment"})
_REMITTANCE, _CLOSURE = frozenset({"remittance"}), frozenset({"unit-closure"})
_REVERSAL = frozenset({"reversal"})
_ALONE = ("deferral", "unit-info-change", "unit-bank-account", "unit-agent", "debit-agreement")

CHANGE_BLOCKS = (
    ChangeBlock(None, _CLOSURE, "unit", "E605", "单位还有没办完的业务"),
    ChangeBlock(_PERSON_CHANGES, _PERSON_CHANGES, "person", "E601", "同一人一次只办一种变更"),
    ChangeBlock(_PERSONAL_INFO, _PERSONAL_INFO, "person", "E601", "同一人的信息一次只改一笔"),
    *_either(_OPENING | _TRANSFER, _PERSONAL_INFO, "开户或转移没有办完，不能同时改信息"),
    *_either(_PAYMENT, _MOVES_PERSON, "补缴没有办完，不能同时封存或转移"),
    ChangeBlock(_RATES, _RATES, "unit", "E601", "比例的业务一次只办一笔"),
    *(_alone(slug) for slug in _ALONE),
    ChangeBlock(_REVERSAL, _REVERSAL, "unit", "E601", "上一笔冲销还没有办完"),
    *_either(_REVERSAL, _PERSON_CHANGES | _PAYMENT, "他的钱正在冲销，不能同时变更或补缴"),
    ChangeBlock(_REVERSAL, _RATES | {"deferral"}, "unit", "E601", "冲销没有办完，不能改比例或缓缴"),
    ChangeBlock(_RATES | {"deferral"} | _CLOSURE, _REVERSAL, "unit", "E601", "它没有办完，不能冲销"),
    ChangeBlock(_REMITTANCE, _REVERSAL, "unit", "E602", "上一笔汇缴还在等钱到账"),
    ChangeBlock(_REMITTANCE, _TRANSFER, "person", "E602", "他的钱还在等着入账"),
    ChangeBlock(
        _REMITTANCE, _PERSON_CHANGES | _RATES | {"deferral"}, "unit", "E603", "清册已经固定，等钱入账", frozen_only=True
    ),
)


def blocks_remittance(
    open_business: str, effective_month: int | None, through: int, *, method: str = "suspense"
) -> RemittanceBlock | None:
    """Why an open case (its state in OPEN) refuses a 汇缴 of its unit through a month, or None when it does not.

    A case without an effective month counts as effective at once.
    """
    for block in REMITTANCE_BLOCKS:
        if open_business in block.open:
            effective = effective_month is None or effective_month <= through
            applies = {"always": True, "effective": effective, "collection": method == "collection"}[block.when]
            return block if applies else None
    return None


def blocks_change(
    open_business: str,
    new_business: str,
    *,
    same_person: bool,
    effective_month: int | None = None,
    paying_through: int | None = None,
) -> ChangeBlock | None:
    """Why an open case refuses a new one of the same unit, or None when it does not.

    `same_person`: both are about one employee. `effective_month` is the new case's; `paying_through` the last month of
    the open case when that is a 汇缴.
    """
    frozen = paying_through is not None and (effective_month is None or effective_month <= paying_through)
    for block in CHANGE_BLOCKS:
        if (block.open is None or open_business in block.open) and new_business in block.new:
            concerned = same_person or block.scope == "unit"
            if concerned and (frozen or not block.frozen_only):
                return block
    return None
