"""月缴存额: the base and the rate of the month, each side rounded alone."""

import polars as pl
import pytest

from gjj_cli.errors import PolicyMissing, Refused
from gjj_cli.money import plain
from gjj_cli.posting import amounts
from tests.posting.posting_frames import GOLDEN, PACK, Register, frame


def sides(priced: pl.DataFrame) -> list[tuple[str, str]]:
    return [(plain(unit), plain(personal)) for unit, personal in priced.select("unit_fen", "personal_fen").iter_rows()]


def everybody(bases: list[str]) -> Register:
    people = [f"{number:03d}" for number in range(len(bases))]
    return Register(
        people=[(person, "2020-01", None) for person in people],
        bases=[(person, "2020-01", base) for person, base in zip(people, bases, strict=True)],
    )


def test_g07_each_person_is_rounded_and_then_added() -> None:
    case = GOLDEN["G07"]
    priced = everybody(case["input"]["bases"]).amounts("2025-07")
    assert plain(priced["amount_fen"].sum()) == case["expected"]["right"]
    assert plain(priced["unit_fen"].sum()) == case["expected"]["单位部分"]
    assert plain(priced["personal_fen"].sum()) == case["expected"]["个人部分"]


def test_g06_the_two_sides_may_have_two_rates() -> None:
    for case in GOLDEN["G06"]["expected"]["cases"]:
        register = everybody([case["base"]])
        register.rates = [("2020-01", f"{case['unit']}/{case['personal']}")]
        assert sides(register.amounts("2025-07")) == [(case["单位"], case["个人"])]


def test_g15_base_and_rate_are_those_of_the_month() -> None:
    register = Register(
        people=[("A", "2025-05", None)],
        bases=[("A", "2025-05", "3475.00"), ("A", "2025-07", "3825.00")],
        rates=[("2020-01", "5%/5%"), ("2025-08", "8%/8%")],
    )
    expected = GOLDEN["G15"]["expected"]["months"]
    priced = register.amounts(*(month for month, _, _ in expected))
    assert sides(priced) == [(unit, personal) for _, unit, personal in expected]


def test_g03_thirteen_people_at_12_percent() -> None:
    case = GOLDEN["G03"]
    register = everybody([f"{base}.00" for base in case["input"]["bases"]])
    register.rates = [("2020-01", case["input"]["rates"])]
    priced = register.amounts("2024-05")
    assert [plain(-fen) for fen in priced["amount_fen"]] == [row["变化缴存额"] for row in case["expected"]["rows"]]
    assert plain(-priced["amount_fen"].sum()) == case["expected"]["汇总"]["封存变化缴存额"]


def test_g25_a_raised_rate() -> None:
    case = GOLDEN["G25"]
    register = Register(
        people=[(person, "2020-01", None) for person in case["input"]["bases"]],
        bases=[(person, "2020-01", base) for person, base in case["input"]["bases"].items()],
        rates=[("2020-01", "5%/5%"), ("2025-08", "10%/10%")],
    )
    before, after = register.amounts("2025-07"), register.amounts("2025-08")
    for person, (low, high) in case["expected"]["per_person"].items():
        of_person = pl.col("employee") == person
        assert plain(before.filter(of_person)["amount_fen"].item()) == low
        assert plain(after.filter(of_person)["amount_fen"].item()) == high
    assert plain(before["amount_fen"].sum()) == case["expected"]["变化前"]
    assert plain(after["amount_fen"].sum()) == case["expected"]["变化后"]


def test_a_reduction_holds_to_its_last_month_and_the_ordinary_rate_comes_back_by_itself() -> None:
    register = Register(
        people=[("A", "2020-01", None)],
        bases=[("A", "2020-01", "2500.00")],
        rates=[("2020-01", "5%/5%"), ("2025-09", "6%/6%")],  # raised meanwhile, counts when the reduction is over
        reductions=[("2025-07", "2026-06", "4%/4%")],
    )
    priced = register.amounts("2025-06", "2025-07", "2025-09", "2026-06", "2026-07")
    assert [plain(fen) for fen in priced["amount_fen"]] == ["250.00", "200.00", "200.00", "200.00", "300.00"]


def test_a_later_row_of_the_same_month_wins() -> None:
    register = Register(
        people=[("A", "2020-01", None)],
        bases=[("A", "2020-01", "2500.00"), ("A", "2025-07", "3000.00"), ("A", "2025-07", "4000.00")],
    )
    assert register.amounts("2025-07")["base_fen"].to_list() == [400000]
    register.bases.reverse()
    assert register.amounts("2025-07")["base_fen"].to_list() == [300000]


def test_an_enrolment_ends_before_its_to_month_and_may_begin_again() -> None:
    register = Register(
        people=[("A", "2025-01", "2025-03"), ("A", "2025-05", None)],
        bases=[("A", "2025-01", "2500.00")],
    )
    priced = register.amounts("2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05")
    assert (
        priced["month"].to_list()
        == frame("unit_months", [("", "2025-01"), ("", "2025-02"), ("", "2025-05")])["month"].to_list()
    )


def test_units_do_not_see_each_other() -> None:
    one = Register([("A", "2020-01", None)], [("A", "2020-01", "2500.00")], unit="0500001")
    two = Register([("A", "2020-01", None)], [("A", "2020-01", "5000.00")], [("2020-01", "12%/12%")], unit="0500002")
    both = {name: pl.concat([one.frames[name], two.frames[name]]) for name in one.frames}
    wanted = frame("unit_months", [("0500001", "2025-07"), ("0500002", "2025-08")])
    priced = amounts.amounts(**both, unit_months=wanted, pack=PACK)
    assert [plain(fen) for fen in priced["amount_fen"]] == ["250.00", "1200.00"]


def test_a_month_without_base_or_rate_is_never_counted_as_nothing() -> None:
    late = Register([("A", "2025-01", None)], [("A", "2025-02", "2500.00")])
    with pytest.raises(Refused, match="2025-01 没有缴存基数"):
        late.amounts("2025-01")
    unrated = Register([("A", "2025-01", None)], [("A", "2025-01", "2500.00")], [("2025-02", "5%/5%")])
    with pytest.raises(Refused, match="没有单位缴存比例"):
        unrated.amounts("2025-01")


def test_a_month_outside_the_policy_pack() -> None:
    register = Register([("A", "2020-01", None)], [("A", "2020-01", "2500.00")])
    with pytest.raises(PolicyMissing, match="2030-01"):
        register.amounts("2030-01")


def test_nobody() -> None:
    priced = Register([], []).amounts("2025-07")
    assert priced.is_empty()
    assert priced.columns == list(amounts.AMOUNT_COLUMNS)
