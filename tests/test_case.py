"""Case states: golden G40, the guards, and what an open case blocks (semantics 1.12)."""

import itertools

import pytest

from gjj_cli import case
from gjj_cli.case import Act, Action, State
from gjj_cli.errors import Forbidden, Refused, UsageError

BOTH, FIRST, SECOND, NONE = ("初审", "复核"), ("初审",), ("复核",), ()


def walk(chain: tuple[str, ...], *actions: Action, awaits_money: bool = False) -> list[str]:
    states = [State.DRAFT]
    for action in actions:
        states.append(case.next_state(chain, states[-1], action, awaits_money=awaits_money))
    return [str(state) for state in states]


SUBMIT, APPROVE, FINISH, RECEIVE = Action.SUBMIT, Action.APPROVE, Action.FINISH, Action.RECEIVE


@pytest.mark.parametrize(
    ("chain", "awaits_money", "actions", "states"),
    [
        (FIRST, False, [SUBMIT, APPROVE, FINISH], "暂存 待初审 待打印 已办结"),
        (BOTH, False, [SUBMIT, APPROVE, APPROVE, FINISH], "暂存 待初审 待复核 待打印 已办结"),
        (SECOND, False, [SUBMIT, APPROVE, FINISH], "暂存 待复核 待打印 已办结"),
        (NONE, False, [SUBMIT], "暂存 已办结"),
        (NONE, True, [SUBMIT, RECEIVE], "暂存 待入账 已办结"),
        (FIRST, True, [SUBMIT, APPROVE, FINISH, RECEIVE], "暂存 待初审 待打印 待入账 已办结"),
        (FIRST, False, [SUBMIT, Action.REJECT, SUBMIT], "暂存 待初审 已退回 待初审"),
        (BOTH, False, [SUBMIT, APPROVE, Action.REJECT, APPROVE], "暂存 待初审 待复核 待初审 待复核"),
        (SECOND, False, [SUBMIT, Action.REJECT], "暂存 待复核 已退回"),
        (NONE, True, [SUBMIT, Action.EXPIRE, Action.WITHDRAW], "暂存 待入账 待入账 已撤销"),
    ],
)
def test_g40_the_way_of_a_case(chain: tuple[str, ...], awaits_money: bool, actions: list[Action], states: str) -> None:
    assert walk(chain, *actions, awaits_money=awaits_money) == states.split()
    assert case.path(chain, awaits_money=awaits_money)[-1] == State.DONE


def test_a_reversal_ends_with_the_approval_of_any_second_person() -> None:
    row = case.transition(SECOND, State.SECOND_REVIEW, APPROVE, at_once=True)
    assert (row.target, row.who) == (State.DONE, ("first", "second", "admin"))
    assert case.path(SECOND, at_once=True) == (State.SECOND_REVIEW, State.DONE)
    assert case.transition(SECOND, State.SECOND_REVIEW, Action.REJECT, at_once=True).target == State.RETURNED
    with pytest.raises(Refused):
        case.transition(SECOND, State.SECOND_REVIEW, FINISH, at_once=True)


@pytest.mark.parametrize("state", ["暂存", "待初审", "待复核", "已退回", "待打印", "待入账"])
def test_g40_withdraw_from(state: str) -> None:
    assert case.next_state(BOTH, State(state), Action.WITHDRAW) == "已撤销"


@pytest.mark.parametrize(("state", "action"), [*itertools.product(sorted(case.OVER), Action)])
def test_what_is_over_stays_over(state: State, action: Action) -> None:
    with pytest.raises(Refused, match=f"业务在「{state}」，不能{action.label}；状态没有变"):
        case.next_state(BOTH, state, action)


def test_a_state_is_not_skipped() -> None:
    for state, action in [
        (State.FIRST_REVIEW, FINISH),
        (State.DRAFT, APPROVE),
        (State.TO_PRINT, APPROVE),
        (State.TO_PRINT, RECEIVE),
        (State.FIRST_REVIEW, SUBMIT),
    ]:
        with pytest.raises(Refused) as refused:
            case.next_state(BOTH, state, action)
        assert refused.value.remedies[0].startswith("可以：")


def test_every_state_is_reached_and_every_open_one_can_be_left() -> None:
    assert {row.target for row in case.TRANSITIONS} | {State.DRAFT} == set(State)
    for state in case.OPEN:
        assert any(row.source == state and row.target == State.WITHDRAWN for row in case.TRANSITIONS)
    assert not any(row.source in case.OVER for row in case.TRANSITIONS)


def act(action: Action, state: State, actor: str, **more: object) -> Act:
    return Act(action, state, actor, submitter="clerk", **more)


@pytest.mark.parametrize(
    ("tried", "error"),
    [
        (act(APPROVE, State.FIRST_REVIEW, "clerk"), Forbidden),
        (act(Action.REJECT, State.FIRST_REVIEW, "clerk", reason="缺页"), Forbidden),
        (act(APPROVE, State.SECOND_REVIEW, "first", first_reviewer="first"), Forbidden),
        (act(Action.REJECT, State.FIRST_REVIEW, "first"), UsageError),
        (act(Action.REJECT, State.FIRST_REVIEW, "first", reason=" "), UsageError),
        (act(Action.WITHDRAW, State.AWAITING_MONEY, "clerk", received_fen=1), Refused),
    ],
)
def test_g40_forbidden(tried: Act, error: type[Exception]) -> None:
    with pytest.raises(error):
        case.guard(tried)


@pytest.mark.parametrize(
    "tried",
    [
        act(APPROVE, State.FIRST_REVIEW, "first"),
        act(APPROVE, State.SECOND_REVIEW, "second", first_reviewer="first"),
        act(APPROVE, State.FIRST_REVIEW, "first", first_reviewer="first"),  # sent back to 初审, reviewed again
        act(APPROVE, State.SECOND_REVIEW, "clerk", first_reviewer="clerk", solo=True),
        act(Action.REJECT, State.FIRST_REVIEW, "first", reason="缺页"),
        act(Action.WITHDRAW, State.AWAITING_MONEY, "clerk"),
        act(Action.WITHDRAW, State.FIRST_REVIEW, "clerk"),
    ],
)
def test_permitted(tried: Act) -> None:
    case.guard(tried)


@pytest.mark.parametrize(
    ("business", "effective", "method", "code"),
    [
        ("account-opening", 10, "suspense", "E601"),
        ("sealing", 10, "suspense", "E601"),
        ("sealing", 11, "suspense", None),
        ("base-adjustment", 9, "transfer", "E601"),
        ("rate-reduction", 10, "suspense", "E601"),
        ("rate-adjustment", 11, "suspense", None),
        ("deferral", 10, "suspense", "E601"),
        ("reversal", 11, "suspense", "E601"),
        ("reversal", None, "suspense", "E601"),
        ("unit-closure", None, "suspense", "E601"),
        ("supplementary-payment", None, "suspense", None),
        ("remittance", None, "suspense", "E602"),
        ("unit-info-change", None, "suspense", None),
        ("personal-info-change", None, "suspense", None),
        ("debit-agreement", None, "suspense", None),
        ("debit-agreement", None, "collection", "E601"),
    ],
)
def test_open_case_and_remittance_through_month_10(
    business: str, effective: int | None, method: str, code: str | None
) -> None:
    block = case.blocks_remittance(business, effective, 10, method=method)
    assert (block and block.code) == code


@pytest.mark.parametrize(
    ("open_case", "new_case", "same_person", "code"),
    [
        ("sealing", "sealing", True, "E601"),
        ("sealing", "sealing", False, None),
        ("sealing", "base-adjustment", True, "E601"),
        ("base-adjustment", "sealing", True, "E601"),
        ("sealing", "internal-transfer", True, "E601"),
        ("internal-transfer", "personal-info-change", True, "E601"),
        ("account-opening", "personal-info-change", True, "E601"),
        ("personal-info-change", "account-opening", True, "E601"),
        ("sealing", "personal-info-change", True, None),
        ("rate-adjustment", "base-adjustment", True, None),
        ("rate-adjustment", "account-opening", False, None),
        ("rate-adjustment", "rate-reduction", False, "E601"),
        ("supplementary-payment", "sealing", True, "E601"),
        ("supplementary-payment", "internal-transfer", True, "E601"),
        ("supplementary-payment", "sealing", False, None),
        ("supplementary-payment", "base-adjustment", True, None),
        ("supplementary-payment", "supplementary-payment", True, None),  # by month: E604, judged on person-months
        ("unit-info-change", "unit-info-change", False, "E601"),
        ("unit-info-change", "unit-agent", False, None),
        ("unit-agent", "unit-closure", False, "E605"),
        ("remittance", "unit-closure", False, "E605"),
        ("unit-closure", "account-opening", False, None),
        ("reversal", "reversal", False, "E601"),
        ("reversal", "sealing", True, "E601"),
        ("reversal", "sealing", False, None),
        ("sealing", "reversal", True, "E601"),
        ("supplementary-payment", "reversal", True, "E601"),
        ("supplementary-payment", "reversal", False, None),
        ("reversal", "rate-adjustment", False, "E601"),
        ("unit-closure", "reversal", False, "E601"),
        ("remittance", "reversal", False, "E602"),
    ],
)
def test_open_case_and_other_cases(open_case: str, new_case: str, same_person: bool, code: str | None) -> None:
    block = case.blocks_change(open_case, new_case, same_person=same_person)
    assert (block and block.code) == code


@pytest.mark.parametrize(
    ("new_case", "same_person", "effective", "code"),
    [
        ("sealing", True, 10, "E603"),
        ("sealing", False, 10, "E603"),
        ("sealing", True, 11, None),
        ("rate-reduction", False, 10, "E603"),
        ("internal-transfer", True, 11, "E602"),
        ("internal-transfer", False, 11, None),
        ("supplementary-payment", True, None, None),
        ("unit-info-change", False, None, None),
    ],
)
def test_a_remittance_waiting_for_money_through_month_10(
    new_case: str, same_person: bool, effective: int | None, code: str | None
) -> None:
    block = case.blocks_change(
        "remittance", new_case, same_person=same_person, effective_month=effective, paying_through=10
    )
    assert (block and block.code) == code
