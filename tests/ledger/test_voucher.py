"""Vouchers balance or do not exist; the canonical form and the chain hash are pinned by a golden vector."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli.ledger.chart import CHART, CLEARING, DEPOSIT, FUND, SUSPENSE, UNIDENTIFIED
from gjj_cli.ledger.voucher import (
    GENESIS,
    Head,
    Line,
    Numbers,
    Parts,
    Voucher,
    canonical,
    chain_hash,
    interest_year,
    opening,
    payment,
    receipt,
    reverse,
    settled,
    transfer_pair,
)

DAY = date(2025, 3, 14)
HEAD = Head("0500002", DAY, "补缴", "补缴 缴纳1人", "clerk", "市中心", "0500002-2503-001")
NUMBERS = Numbers(2, 24302, 1, "case", "0500002-2503-001", 1, "ab" * 32)

amounts = st.integers(1, 10**12)
accounts = st.integers(1, 10**9).map(lambda number: f"{number:010d}")
parts = st.lists(
    st.builds(Parts, accounts, amounts, amounts), min_size=1, max_size=8, unique_by=lambda part: part.employee
)


def signed(lines: tuple[Line, ...], account: str) -> int:
    return sum(line.amount_fen if line.side == "贷" else -line.amount_fen for line in lines if line.account == account)


def test_payment_is_the_golden_voucher_of_g04() -> None:
    voucher = payment(HEAD, {"0010000001": 50_000})
    assert [(line.account, line.side, line.amount_fen, line.employee, line.part) for line in voucher.lines] == [
        (SUSPENSE, "借", 50_000, None, None),
        (FUND, "贷", 50_000, "0010000001", "cur"),
    ]


@given(st.dictionaries(accounts, amounts, min_size=1, max_size=20))
def test_payment_gives_everyone_theirs_and_takes_the_sum(paid: dict[str, int]) -> None:
    lines = payment(HEAD, paid).lines
    assert {line.employee: line.amount_fen for line in lines if line.account == FUND} == paid
    assert signed(lines, SUSPENSE) == -sum(paid.values())


@given(parts, st.integers(0, 10**12))
def test_opening_keeps_the_identity_of_the_books(people: list[Parts], suspense: int) -> None:
    lines = opening(HEAD, people, suspense).lines
    assert -signed(lines, DEPOSIT) == signed(lines, FUND) + signed(lines, SUSPENSE)
    assert signed(lines, SUSPENSE) == suspense


@given(parts)
def test_a_transfer_leaves_the_fund_unchanged_and_the_clearing_empty(people: list[Parts]) -> None:
    leaving, arriving = transfer_pair(HEAD, replace(HEAD, unit="0500003"), people, "T1")
    assert leaving.transfer_id == arriving.transfer_id == "T1"
    for account in (FUND, CLEARING):
        assert signed(leaving.lines, account) == -signed(arriving.lines, account)


def test_a_receipt_of_nobody_waits_in_21902() -> None:
    assert [line.account for line in receipt(HEAD, 9_900, UNIDENTIFIED).lines] == [DEPOSIT, UNIDENTIFIED]


@given(amounts, amounts)
def test_what_does_not_balance_does_not_exist(debit: int, credit: int) -> None:
    lines = (Line(DEPOSIT, "借", debit, DAY), Line(SUSPENSE, "贷", credit, DAY))
    if debit == credit:
        assert Voucher(HEAD, lines).lines == lines
    else:
        with pytest.raises(ValueError):
            Voucher(HEAD, lines)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "99999"},
        {"amount_fen": 0},
        {"account": FUND},
        {"account": FUND, "employee": "0010000001"},
        {"account": FUND, "part": "cur"},
        {"account": FUND, "employee": "0010000001", "part": "both"},
        {"account": SUSPENSE, "employee": "0010000001", "part": "cur"},
        {"account": SUSPENSE, "part": "prior"},
    ],
)
def test_a_line_that_says_too_little_or_too_much_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Line(**{"account": DEPOSIT, "side": "借", "amount_fen": 1, "value_date": DAY, **wrong})  # type: ignore[arg-type]


def test_a_voucher_needs_lines_and_an_opening_needs_money() -> None:
    with pytest.raises(ValueError):
        Voucher(HEAD, ())
    with pytest.raises(ValueError):
        opening(HEAD, [Parts("0010000001", 0, 0)], 0)


def test_every_account_is_known_by_its_number() -> None:
    assert {number: account.name for number, account in CHART.items()} == {
        "10101": "存款",
        "201": "住房公积金",
        "21101": "应付利息",
        "21901": "暂收",
        "21902": "待查款",
        "21903": "内部往来",
        "41101": "利息支出",
    }


def test_golden_vector_of_the_canonical_form() -> None:
    """A change of these bytes makes every chain in the world unverifiable: make a new form name instead."""
    form = canonical(NUMBERS, payment(HEAD, {"0010000001": 50_000}))
    assert form.decode() == (
        '["gjj.voucher/1","0500002",2,24302,1,"2025-03-14","补缴","0500002-2503-001","补缴 缴纳1人","clerk","市中心",'
        'null,null,"case","0500002-2503-001",1,"' + "ab" * 32 + '",'
        '[["21901",null,null,"借",50000,"2025-03-14"],["201","0010000001","cur","贷",50000,"2025-03-14"]]]'
    )
    assert chain_hash(GENESIS, form) == "3bbf4a65c59f3e12ce0a2069b35bf28a0de26068a1e18a4679517e5adf9bb6b4"


def chain_of_four() -> list[tuple[Numbers, Voucher]]:
    """期初, 到账, 汇缴 and a 转出 of one unit, as they are posted."""
    opened = Head("0500002", date(2024, 1, 2), "期初", "期初余额", "admin", "05")
    received = Head("0500002", date(2024, 1, 20), "receipt", '到账 "本行" \\ 1', "管理员", "05")
    paid = Head("0500002", date(2024, 1, 31), "remittance", "缴存[2024-01]", "李 晓红", "05", "0500002-2401-001")
    left = Head("0500002", date(2024, 2, 1), "internal-transfer", "转出1人", "clerk", "05", "0500002-2402-001")
    people = [Parts("0010000001", 20_000, 10_000), Parts("0010000002", 0, 1)]
    return [
        (Numbers(1, 24288, 1, "opening", "0500002", 1, "00" * 32), opening(opened, people, 500)),
        (Numbers(2, 24288, 2, "receipt", '["本行", "1"]', 1, "11" * 32), receipt(received, 99_999_999_999)),
        (
            Numbers(3, 24288, 3, "remittance", "2024-01", 2, "ab" * 32),
            payment(paid, {"0010000001": 1, "0010000002": 2}),
        ),
        (
            Numbers(4, 24289, 1, "case", "0500002-2402-001-1", 1, "ff" * 32),
            transfer_pair(left, replace(left, unit="0500003"), people[:1], "0500002-2402-001-1")[0],
        ),
    ]


def test_golden_vectors_of_a_chain() -> None:
    """As above: these hashes are in books that exist."""
    head, chain = GENESIS, []
    for numbers, voucher in chain_of_four():
        head = chain_hash(head, canonical(numbers, voucher))
        chain.append(head)
    assert chain == [
        "27ffafb52222b71fb6f5a2b813edde3145467958d5e088633650dc6b4174ba4e",
        "d81cdf3464f22abeda3838c8d7c73aeddb3d78a0e47c6e5f94a619716e8c152a",
        "e463a325bc77dbc069bf33ea39a039b7f68d5566b7fb5f505c21e5e2a5621647",
        "8ee6bb7585b82ba9d2aa7be0d9cdb625263aa91ddfd706fc537636329839b8cf",
    ]


@given(st.sampled_from(("unit", "business", "memo", "teller", "org", "case")), st.text(max_size=8))
def test_every_word_of_a_voucher_changes_its_hash(name: str, word: str) -> None:
    before = payment(HEAD, {"0010000001": 50_000})
    after = replace(before, head=replace(HEAD, **{name: word}))
    same = getattr(HEAD, name) == word
    assert (canonical(NUMBERS, before) == canonical(NUMBERS, after)) is same


LATER = replace(HEAD, date=date(2025, 8, 1), business="reversal", memo="冲销")


@given(parts, st.integers(0, 10**12))
def test_a_reversal_is_the_original_in_red(people: list[Parts], suspense: int) -> None:
    original = opening(HEAD, people, suspense)
    red = reverse(original, 7, LATER, 2024, None)
    assert (red.reverses, red.head) == (7, LATER)
    assert [replace(line, amount_fen=-line.amount_fen) for line in red.lines] == list(original.lines)
    with pytest.raises(ValueError, match="reversal itself"):
        reverse(red, 8, LATER, None, None)


def test_both_sides_of_a_transfer_go_back_under_a_number_of_their_own() -> None:
    pair = transfer_pair(HEAD, replace(HEAD, unit="0500003"), [Parts("1", 3, 4)], "T1")
    red = [reverse(one, 2, LATER, None, "T2") for one in pair]
    assert {one.transfer_id for one in red} == {"T2"}
    assert sum(signed(one.lines, CLEARING) for one in (*pair, *red)) == 0


@pytest.mark.parametrize(
    ("posted", "settled_year", "value_date", "part"),
    [
        (date(2025, 6, 30), 2024, date(2025, 6, 30), "cur"),
        (date(2025, 6, 30), 2025, date(2025, 8, 1), "prior"),
        (date(2025, 7, 1), 2025, date(2025, 7, 1), "cur"),
        (date(2025, 7, 1), None, date(2025, 7, 1), "cur"),
    ],
)
def test_a_settled_year_keeps_its_interest(posted: date, settled_year: int | None, value_date: date, part: str) -> None:
    """W807: the money left with the carry of 30 June, and interest up to the reversal stays."""
    original = payment(replace(HEAD, date=posted), {"1": 100})
    red = reverse(original, 2, LATER, settled_year, None)
    assert [(line.part, line.value_date) for line in red.lines] == [(None, value_date), (part, value_date)]
    assert settled(original, settled_year) == (part == "prior")


def test_the_interest_year_ends_on_30_june() -> None:
    assert [interest_year(date(2025, *day)) for day in ((6, 30), (7, 1), (1, 1))] == [2025, 2026, 2025]
