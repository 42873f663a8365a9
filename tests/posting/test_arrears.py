"""欠缴月 and what a 补缴 pays."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from gjj_cli import month as months
from gjj_cli.money import plain
from gjj_cli.posting import arrears
from tests.posting.posting_frames import GOLDEN, PACK, Register, frame

M = months.parse
UNIT = "0500001"


def shortages(register: Register, paid: list[tuple] = (), imported: list[tuple] = ()) -> pl.DataFrame:
    owed = arrears.due_months(
        **register.frames,
        due=register.due,
        imported=frame("imported", [(register.unit, *row) for row in imported]),
        pack=PACK,
    )
    return arrears.shortages(owed, frame("paid", [(register.unit, *row) for row in paid]))


def shown(short: pl.DataFrame) -> list[tuple[str, str, str, str]]:
    return [
        (employee, months.show(month), plain(unit), plain(personal))
        for employee, month, unit, personal in short.select(
            "employee", "month", "short_unit_fen", "short_personal_fen"
        ).iter_rows()
    ]


def latecomer() -> Register:
    """G15: A 启缴 2025-05 in a unit paid through 2025-09, with a new base in July and a new rate in August."""
    return Register(
        people=[("A", "2025-05", None)],
        bases=[("A", "2025-05", "3475.00"), ("A", "2025-07", "3825.00")],
        rates=[("2020-01", "5%/5%"), ("2025-08", "8%/8%")],
        paid_through="2025-09",
    )


def test_g15_the_derived_amount() -> None:
    expected = GOLDEN["G15"]["expected"]
    short = shortages(latecomer())
    assert shown(short) == [("A", *row) for row in expected["months"]]
    (row,) = arrears.derive(frame("rows", [("A", "2025-05", "2025-09")]), short).iter_rows(named=True)
    assert plain(row["unit_fen"]) == expected["单位补缴金额"]
    assert plain(row["personal_fen"]) == expected["个人补缴金额"]
    assert plain(row["unit_fen"] + row["personal_fen"]) == expected["补缴总额"] == "2302.00"
    assert [months.show(month) for month in row["months"]] == [month for month, _, _ in expected["months"]]


def test_g04_before_the_first_remittance() -> None:
    register = Register([("A", "2025-01", None)], [("A", "2025-01", "2500.00")], first="2025-03")
    short = shortages(register)
    assert shown(short) == [("A", "2025-01", "125.00", "125.00"), ("A", "2025-02", "125.00", "125.00")]
    assert arrears.runs(short).rows() == [(UNIT, "A", M("2025-01"), M("2025-02"), 25000, 25000)]


def test_g11_deferred_months_are_owed_by_who_was_enrolled_then() -> None:
    register = Register(
        people=[("A", "2020-01", None), ("B", "2020-01", "2025-05")],
        bases=[("A", "2020-01", "4000.00"), ("B", "2020-01", "5000.00")],
        paid_through="2025-02",
        deferrals=[("2025-03", "2025-05")],
    )
    short = shortages(register, imported=[("A", "2025-02"), ("B", "2025-02")])
    owed = {
        employee: [months.show(month) for month in short.filter(pl.col("employee") == employee)["month"]]
        for employee in "AB"
    }
    assert owed == GOLDEN["G11"]["expected"]["缓缴欠缴"]
    total = short["short_unit_fen"].sum() + short["short_personal_fen"].sum()
    assert plain(total) == GOLDEN["G11"]["expected"]["补缴合计"]


def test_imported_months_count_as_paid_and_later_ones_do_not() -> None:
    register = Register([("A", "2007-07", None)], [("A", "2007-07", "2500.00")], [("2007-07", "5%/5%")])
    register.paid_through = "2025-05"
    assert shown(shortages(register, imported=[("A", "2025-03")])) == [
        ("A", "2025-04", "125.00", "125.00"),
        ("A", "2025-05", "125.00", "125.00"),
    ]
    assert shortages(register, imported=[("A", "2025-05")]).is_empty()


def test_each_side_of_a_month_is_paid_by_itself() -> None:
    paid = [
        ("A", "2025-05", "174.00", "174.00"),  # full
        ("A", "2025-06", "174.00", "0.00"),  # the unit's side only
        ("A", "2025-07", "100.00", "191.00"),
        ("A", "2025-09", "400.00", "400.00"),  # more than is due is not owed back
    ]
    assert shown(shortages(latecomer(), paid)) == [
        ("A", "2025-06", "0.00", "174.00"),
        ("A", "2025-07", "91.00", "0.00"),
        ("A", "2025-08", "306.00", "306.00"),
    ]


def test_sealed_months_are_not_due_and_runs_break_there() -> None:
    register = Register(
        people=[("A", "2025-01", "2025-03"), ("A", "2025-05", None)],
        bases=[("A", "2025-01", "2500.00")],
        paid_through="2025-06",
    )
    runs = arrears.runs(shortages(register))
    assert [
        (months.show(start), months.show(end)) for start, end in runs.select("start_month", "end_month").rows()
    ] == [
        ("2025-01", "2025-02"),
        ("2025-05", "2025-06"),
    ]


def test_derive_keeps_the_rows_as_they_stand() -> None:
    rows = frame("rows", [("Z", "2025-05", "2025-09"), ("A", "2025-08", "2025-12"), ("A", "2025-01", "2025-05")])
    derived = arrears.derive(rows.with_columns(row=pl.Series([5, 3, 4])), shortages(latecomer()))
    assert derived["row"].to_list() == [5, 3, 4]
    assert derived.select("employee", "unit_fen", "personal_fen", "months").rows() == [
        ("Z", 0, 0, []),
        ("A", 61200, 61200, [M("2025-08"), M("2025-09")]),
        ("A", 17400, 17400, [M("2025-05")]),
    ]


def money(*rows: tuple[str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["employee", "unit_fen", "personal_fen"], orient="row")


def test_an_unfixed_amount_fills_the_oldest_month_first_and_each_side_alone() -> None:
    filled = arrears.allocate(money(("A", 40000, 17400), ("Z", 0, 100)), shortages(latecomer()))
    assert filled.rows() == [
        ("A", M("2025-05"), 17400, 17400),
        ("A", M("2025-06"), 17400, 0),
        ("A", M("2025-07"), 5200, 0),
        ("Z", None, 0, 100),  # nothing was due: it stays in the balance
    ]


def test_more_than_all_shortages_leaves_a_rest() -> None:
    filled = arrears.allocate(money(("A", 115100, 100000), ("A", 900, 15100)), shortages(latecomer()))
    assert filled.filter(pl.col("month").is_null()).rows() == [("A", None, 900, 0)]
    assert filled.height == 6


@settings(max_examples=40, deadline=None)
@given(unit=st.integers(0, 200_000), personal=st.integers(0, 200_000))
def test_allocation_loses_nothing_and_never_overfills(unit: int, personal: int) -> None:
    short = shortages(latecomer())
    filled = arrears.allocate(money(("A", unit, personal)), short)
    assert (filled["unit_fen"].sum(), filled["personal_fen"].sum()) == (unit, personal)
    months_filled = filled.filter(pl.col("month").is_not_null()).join(short, on=["employee", "month"])
    for side in ("unit", "personal"):
        left = months_filled[f"short_{side}_fen"] - months_filled[f"{side}_fen"]
        assert left.min() is None or left.min() >= 0
        rest = filled.filter(pl.col("month").is_null())[f"{side}_fen"].sum()
        assert rest == 0 or left.sum() == 0
