"""汇缴: the month list, the rows of the screen, what can be paid, and the vouchers."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gjj_cli import month as months
from gjj_cli.ledger.voucher import Head, Voucher
from gjj_cli.money import plain, to_fen
from gjj_cli.posting import amounts, remittance
from tests.posting.posting_frames import GOLDEN, PACK, Register, frame, screen

M = months.parse


def manual_unit() -> Register:
    case = GOLDEN["G01"]["input"]
    people = [f"{number:010d}" for number in range(1, 66)]
    return Register(
        people=[(person, "2007-07", None) for person in people],
        bases=[(person, "2007-07", f"{base}.00") for person, base in zip(people, case["bases"], strict=True)],
        rates=[("2007-07", case["rates"])],
        first=case["首次汇缴年月"],
        paid_through=case["缴至年月"],
    )


def g08_unit() -> Register:
    return Register(
        people=[
            ("A", "2020-01", None),
            ("B", "2020-01", "2026-01"),
            ("C", "2020-01", None),
            ("N", "2025-12", None),
        ],
        bases=[
            ("A", "2020-01", "4000.00"),
            ("A", "2026-02", "3900.00"),
            ("B", "2020-01", "5000.00"),
            ("C", "2020-01", "6010.00"),
            ("C", "2026-01", "6410.00"),
            ("N", "2025-12", "3475.00"),
        ],
        paid_through="2025-10",
    )


def available(fen: int | None, unit: str = "0500001") -> pl.DataFrame:
    return frame("available", [(unit, fen)])


# 应汇缴年月 and the months to pay


@pytest.mark.parametrize(
    ("first", "paid", "deferrals", "due"),
    [
        ("2025-03", None, [], "2025-03"),
        ("2025-03", "2025-10", [], "2025-11"),
        ("2025-03", "2025-12", [], "2026-01"),
        ("2025-03", None, [("2025-03", "2025-05")], "2025-06"),
        ("2025-01", "2025-02", [("2025-03", "2025-05")], "2025-06"),
        ("2025-01", "2025-02", [("2025-03", "2025-05"), ("2025-06", "2025-08")], "2025-09"),
        ("2025-01", "2025-02", [("2025-06", "2025-08"), ("2025-03", "2025-05")], "2025-09"),
        ("2025-01", "2025-06", [("2025-03", "2025-05")], "2025-07"),
    ],
)
def test_due_month(first: str, paid: str | None, deferrals: list[tuple[str, str]], due: str) -> None:
    register = Register([], [], first=first, paid_through=paid, deferrals=deferrals)
    assert register.due["due_month"].to_list() == [M(due)]


def test_the_custody_unit_and_a_closed_one_are_never_due() -> None:
    units = frame(
        "units",
        [("1", "2025-01", None, "02", False), ("2", "2025-01", None, "04", False), ("3", "2025-01", None, "01", True)],
    )
    assert remittance.due_month(units, frame("deferrals", []))["due_month"].to_list() == [M("2025-01"), None, None]


def test_g01_months_to_choose_from() -> None:
    wanted = remittance.months_through(manual_unit().due, M("2025-05"), frame("deferrals", []))
    assert [months.show(month) for month in wanted["month"]] == GOLDEN["G01"]["expected"]["可选年月"]


def test_g09_a_paid_month_is_not_asked_again() -> None:
    register = Register([], [], paid_through=GOLDEN["G09"]["input"]["缴至年月"])
    assert months.show(register.due["due_month"].item()) == GOLDEN["G09"]["expected"]["应汇缴年月"]
    assert remittance.months_through(register.due, M("2025-10"), register.deferral_frame).is_empty()
    assert remittance.months_through(register.due, M("2026-02"), register.deferral_frame).height == 4


# The rows of the screen


def test_g01_two_months_of_65_people() -> None:
    expected = GOLDEN["G01"]["expected"]
    rows = manual_unit().month_rows("2024-03")
    assert screen(rows) == expected["rows"]
    assert plain(rows["amount_fen"].sum()) == expected["汇缴总金额"]
    for side in ("unit_fen", "personal_fen"):
        assert [plain(fen) for fen in rows[side]] == [expected["side_total_per_month"]] * 2


def test_g08_opening_sealing_and_bases_over_the_year_end() -> None:
    rows = g08_unit().month_rows("2026-02")
    assert screen(rows) == GOLDEN["G08"]["expected"]["rows"]
    assert plain(rows["amount_fen"].sum()) == GOLDEN["G08"]["expected"]["汇缴总金额"]


def test_g11_after_a_deferral_the_first_month_is_compared_with_the_last_posted_list() -> None:
    register = Register(
        people=[("A", "2020-01", None), ("B", "2020-01", "2025-05")],
        bases=[("A", "2020-01", "4000.00"), ("B", "2020-01", "5000.00")],
        paid_through="2025-02",
        deferrals=[("2025-03", "2025-05")],
    )
    assert register.month_rows("2025-05").is_empty()
    assert screen(register.month_rows("2025-06")) == GOLDEN["G11"]["expected"]["after"]["rows"]


@pytest.mark.parametrize(("given", "sealed_from"), [("default", "2025-06"), ("given_2025_07", "2025-07")])
def test_g13_sealing_now_and_sealing_ahead(given: str, sealed_from: str) -> None:
    register = Register(
        people=[("A", "2020-01", None), ("B", "2020-01", sealed_from)],
        bases=[("A", "2020-01", "4000.00"), ("B", "2020-01", "5000.00")],
        paid_through="2025-05",
    )
    assert screen(register.month_rows("2025-07")) == GOLDEN["G13"]["expected"][given]["rows"]


def test_g20_annual_adjustment() -> None:
    register = Register(
        people=[("A", "2020-01", None), ("B", "2020-01", None), ("C", "2020-01", None)],
        bases=[("A", "2020-01", "1700.00"), ("B", "2020-01", "4000.00"), ("C", "2020-01", "5010.00")],
        paid_through="2025-06",
    )
    expected = GOLDEN["G20"]["expected"]
    assert screen(register.month_rows("2025-07")) == [expected["before"]]
    before = register.amounts("2025-07")
    register.bases += [("A", "2025-07", "1750.00"), ("B", "2025-07", "4333.33"), ("C", "2025-07", "4990.00")]
    assert screen(register.month_rows("2025-07")) == [expected["after"]]
    after = register.amounts("2025-07")
    change = after["amount_fen"] - before["amount_fen"]
    assert {
        person: [plain(fen) for fen in row]
        for person, *row in zip(after["employee"], before["amount_fen"], after["amount_fen"], change, strict=True)
    } == expected["per_person"]
    assert plain(change.sum()) == expected["变更查询"]["缴存基数变更变化缴存额"]


def test_g46_the_first_remittance_ever() -> None:
    register = Register(
        people=[("A", "2024-11", None), ("B", "2025-01", None)],
        bases=[("A", "2024-11", "6010.00"), ("B", "2025-01", "2500.00")],
        first="2024-11",
    )
    rows = register.month_rows("2025-01")
    assert screen(rows) == GOLDEN["G46"]["expected"]["rows"]
    assert plain(rows["amount_fen"].sum()) == GOLDEN["G46"]["expected"]["汇缴总金额"]


def test_a_month_of_nobody_has_a_row_and_the_next_one_is_compared_with_it() -> None:
    register = Register(
        people=[("A", "2020-01", "2025-06"), ("A", "2025-07", None)],
        bases=[("A", "2020-01", "4000.00")],
        paid_through="2025-05",
    )
    rows = register.month_rows("2025-07").select("heads", "amount_fen", "added_heads", "removed_heads", "removed_fen")
    assert rows.rows() == [(0, 0, 0, 1, 40000), (1, 40000, 1, 0, 0)]


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Some people with one or two enrolments and a few bases each, a rate change, perhaps a reduction."""
    first, last = M("2025-01"), M("2025-08")
    people, bases = [], []
    for person in "ABCDE"[: draw(st.integers(0, 5))]:
        bounds = sorted(draw(st.sets(st.integers(first, last + 2), min_size=1, max_size=4)))
        spans = [*zip(bounds[::2], [*bounds[1::2], None], strict=False)]
        people += [(person, since, until) for since, until in spans]
        dated = draw(st.lists(st.tuples(st.integers(first, last), st.integers(150_000, 3_000_000)), max_size=4))
        bases += [(person, first, 250_000), *((person, *row) for row in dated)]
    change = draw(st.integers(first, last))
    register = Register(people, bases, [(first, "5%/5%"), (change, "8%/10%")])
    if draw(st.booleans()):
        since = draw(st.integers(first, last))
        register.reductions = [(since, since + draw(st.integers(0, 3)), "4%/4%")]
    register.first = first
    register.paid_through = draw(st.none() | st.integers(first, last - 1))
    return register


def model_list(register: Register, month: int) -> dict[str, int]:
    """R(u, m) with each one's amount, in plain Python from the sentences of semantics 1.0 and 1.1."""
    rate = [rate for since, rate in register.rates if since <= month][-1]
    for since, last, reduced in register.reductions:
        if since <= month <= last:
            rate = reduced
    percents = [int(side.removesuffix("%")) for side in rate.split("/")]
    listed = {}
    for person, since, until in register.people:
        if since <= month and (until is None or month < until):
            base = None
            for owner, dated, fen in sorted(register.bases, key=lambda row: row[1]):
                if owner == person and dated <= month:
                    base = fen
            listed[person] = sum((base * percent + 5_000) // 10_000 * 100 for percent in percents)
    return listed


@settings(max_examples=60, deadline=None)
@given(registers())
def test_rows_agree_with_a_plain_model_and_last_month_plus_less_is_this_month(register: Register) -> None:
    rows = register.month_rows("2025-08")
    before = model_list(register, register.paid_through) if register.paid_through else {}
    for row in rows.iter_rows(named=True):
        listed = model_list(register, row["month"])
        change = {person: listed.get(person, 0) - before.get(person, 0) for person in {*listed, *before}}
        assert row["heads"] == len(listed)
        assert row["amount_fen"] == sum(listed.values()) == row["unit_fen"] + row["personal_fen"]
        assert row["added_heads"] == len(listed.keys() - before.keys())
        assert row["removed_heads"] == len(before.keys() - listed.keys())
        assert row["added_fen"] == sum(fen for fen in change.values() if fen > 0)
        assert row["removed_fen"] == -sum(fen for fen in change.values() if fen < 0)
        assert len(before) + row["added_heads"] - row["removed_heads"] == row["heads"]
        assert sum(before.values()) + row["added_fen"] - row["removed_fen"] == row["amount_fen"]
        before = listed
    assert rows["month"].to_list() == list(range(register.due["due_month"].item(), M("2025-08") + 1))


# What can be paid


def test_g02_the_money_that_is_there() -> None:
    """The manual's header: 132,046.00 pays one month, two months lack 132,042.00; 129,824.00 lacks 2,220.00."""
    case = GOLDEN["G02"]
    for asked, result in zip(case["input"]["cases"], case["expected"]["results"], strict=True):
        rows = manual_unit().month_rows(months.show(M("2024-01") + asked["months"]))
        money = available(to_fen(asked["可用"]))
        outcome = remittance.outcomes(remittance.plan(rows, money, whole=True), money).row(0, named=True)
        assert (outcome["paid"] == asked["months"]) == result["ok"]
        if result["ok"]:
            assert plain(outcome["left_fen"]) == result["余"]
        else:
            assert (outcome["paid"], plain(outcome["shortage_fen"])) == (0, result["short"])


def test_g02_the_refusal_says_how_many_months_could_be_paid() -> None:
    money = available(13204600)
    planned = remittance.plan(manual_unit().month_rows("2024-03"), money, whole=True)
    assert planned["covered"].to_list() == [True, False]
    assert remittance.outcomes(planned, money)["payable"].to_list() == [1]


def test_all_pays_the_longest_run_and_names_the_rest() -> None:
    money = available(13204600)
    planned = remittance.plan(manual_unit().month_rows("2024-03"), money)
    assert planned["included"].to_list() == [True, False]
    assert planned["shortage_fen"].to_list() == [0, 13204200]
    assert remittance.outcomes(planned, money).row(0, named=True) == {
        "unit": "0500001",
        "asked": 2,
        "payable": 1,
        "paid": 1,
        "heads": 65,
        "amount_fen": 13204400,
        "total_fen": 26408800,
        "shortage_fen": 13204200,
        "paid_from": M("2024-02"),
        "paid_through": M("2024-02"),
        "left_fen": 200,
    }


def test_transfer_does_not_look_at_the_suspense_account() -> None:
    planned = remittance.plan(manual_unit().month_rows("2024-03"), available(None), whole=True)
    assert planned["included"].to_list() == [True, True]


def test_a_unit_whose_money_was_not_given_is_our_bug() -> None:
    with pytest.raises(ValueError, match="0500001"):
        remittance.plan(manual_unit().month_rows("2024-03"), available(1, unit="0500002"))


@pytest.mark.parametrize(
    ("people", "asked", "included"),
    [
        ([("A", "2025-02", None)], "2025-01", [False]),  # nobody: cannot be run alone
        ([("A", "2025-02", None)], "2025-02", [True, True]),  # passed over by the paid month after it
        ([("A", "2025-01", "2025-02")], "2025-02", [True, False]),  # nothing follows it
        ([("A", "2025-01", "2025-02"), ("A", "2025-03", None)], "2025-03", [True, True, False]),  # money for one
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_an_empty_month_runs_only_before_a_paid_one(
    people: list[tuple], asked: str, included: list[bool], whole: bool
) -> None:
    register = Register(people, [("A", "2025-01", "4000.00")], first="2025-01")
    rows = register.month_rows(asked)
    planned = remittance.plan(rows, available(40000), whole=whole)
    if rows["amount_fen"].sum() > 40000:
        included = [False, False, False] if whole else [True, False, False]
    assert planned["included"].to_list() == included


def test_two_units_are_planned_apart() -> None:
    rows = pl.DataFrame(
        {"unit": ["2", "1", "1"], "month": [1, 2, 1], "heads": [1, 1, 1], "amount_fen": [700, 400, 500]},
        schema_overrides={"month": pl.Int32},
    )
    planned = remittance.plan(rows, frame("available", [("1", 500), ("2", 699)]))
    assert planned.select("unit", "month", "included", "shortage_fen").rows() == [
        ("1", 1, True, 0),
        ("1", 2, False, 400),
        ("2", 1, False, 1),
    ]


# Vouchers


def head(memo: str) -> Head:
    return Head("0500002", date(2025, 3, 21), "remittance", memo, "clerk", "00")


def as_golden(voucher: Voucher) -> dict:
    lines = [
        {
            "account": line.account,
            "unit": voucher.head.unit,
            "employee": line.employee,
            "side": line.side,
            "amount": plain(line.amount_fen),
            **({"bucket": "当年归集"} if line.part == "cur" else {}),
        }
        for line in voucher.lines
    ]
    return {"date": voucher.head.date.isoformat(), "memo": voucher.head.memo, "lines": lines}


def test_g04_the_voucher_of_one_employee() -> None:
    register = Register(
        [("0010000001", "2025-01", None)], [("0010000001", "2025-01", "2500.00")], unit="0500002", first="2025-03"
    )
    (voucher,) = remittance.vouchers(register.amounts("2025-03"), head)
    expected = {key: value for key, value in GOLDEN["G04"]["expected"]["vouchers"][1].items() if key != "no"}
    assert as_golden(voucher) == expected


def test_g04_the_reduced_month() -> None:
    register = Register(
        [("0010000001", "2025-01", None)],
        [("0010000001", "2025-01", "2500.00")],
        reductions=[("2025-07", "2026-06", "4%/4%")],
        paid_through="2025-06",
    )
    (row,) = register.month_rows("2025-07").iter_rows(named=True)
    assert plain(row["amount_fen"]) == GOLDEN["G04"]["expected"]["月缴存额_2025_07"]
    assert plain(-row["removed_fen"]) == GOLDEN["G04"]["expected"]["变化缴存额_比例"]
    assert row["removed_heads"] == 0


def test_g01_one_voucher_a_month_in_order() -> None:
    month_amounts = manual_unit().amounts("2024-03", "2024-02")
    vouchers = remittance.vouchers(month_amounts, head)
    assert [voucher.head.memo for voucher in vouchers] == ["汇缴 0500001 缴存[2024-02]", "汇缴 0500001 缴存[2024-03]"]
    assert [len(voucher.lines) for voucher in vouchers] == [66, 66]
    assert [voucher.lines[0].amount_fen for voucher in vouchers] == [13204400, 13204400]


def test_an_empty_month_has_no_voucher_and_two_units_have_not_one() -> None:
    register = Register([("A", "2025-02", None)], [("A", "2025-02", "4000.00")])
    assert len(remittance.vouchers(register.amounts("2025-01", "2025-02"), head)) == 1
    other = Register([("B", "2025-02", None)], [("B", "2025-02", "4000.00")], unit="0500003")
    with pytest.raises(ValueError):
        remittance.vouchers(pl.concat([register.amounts("2025-02"), other.amounts("2025-02")]), head)


def test_two_hundred_units_at_once_are_their_single_answers() -> None:
    units = [
        Register(
            [("A", "2025-01", None), ("B", "2025-02", None)],
            [("A", "2025-01", f"{2000 + number}.00"), ("B", "2025-01", "3475.00")],
            unit=f"{number:07d}",
            first="2025-01",
        )
        for number in range(200)
    ]
    every = {name: pl.concat([unit.frames[name] for unit in units]) for name in units[0].frames}
    due = pl.concat([unit.due for unit in units])
    wanted = remittance.months_through(due, M("2025-03"), frame("deferrals", []))
    rows = remittance.month_rows(amounts.amounts(**every, unit_months=wanted, pack=PACK), frame("previous", []), wanted)
    for unit in units[::50]:
        assert rows.filter(pl.col("unit") == unit.unit).equals(unit.month_rows("2025-03"))
