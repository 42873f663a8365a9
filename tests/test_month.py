"""Months as numbers: they read back, add, and know their 缴存年度 and last day."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli import month as months

GOLDEN = json.loads((Path(__file__).parents[1] / "fixtures" / "golden.json").read_text("utf-8"))["scenarios"]
MONTHS = st.integers(months.of(1000, 1), months.of(9998, 12))
DAYS = st.dates(date(1000, 1, 1), date(9998, 12, 31))


@given(MONTHS)
def test_shown_and_read_back(month: int) -> None:
    assert months.parse(months.show(month)) == month


@pytest.mark.parametrize(
    "text",
    ["", "2025-7", "2025-00", "2025-13", "2025/07", "202507", "25-07", "2025-07-01", "２０２５-０７", "2025-07\n"],
)
def test_other_forms_are_not_read_here(text: str) -> None:
    with pytest.raises(ValueError):
        months.parse(text)


def test_december_is_followed_by_january() -> None:
    assert months.show(months.parse("2024-12") + 1) == "2025-01"
    assert [months.show(month) for month in months.span(months.parse("2024-11"), months.parse("2025-02"))] == [
        "2024-11",
        "2024-12",
        "2025-01",
        "2025-02",
    ]
    assert list(months.span(months.parse("2025-02"), months.parse("2025-01"))) == []


@pytest.mark.parametrize(("month", "short"), [("2025-07", "2507"), ("2000-12", "0012"), ("2099-01", "9901")])
def test_the_form_inside_numbers(month: str, short: str) -> None:
    assert months.short(months.parse(month)) == short


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        ("2025-06", "2024-07", "2025-06"),
        ("2025-07", "2025-07", "2026-06"),
        ("2025-12", "2025-07", "2026-06"),
        ("2026-01", "2025-07", "2026-06"),
    ],
)
def test_fund_year(month: str, first: str, last: str) -> None:
    assert tuple(map(months.show, months.fund_year(months.parse(month)))) == (first, last)


@given(MONTHS)
def test_a_fund_year_is_twelve_months_and_the_same_for_all_of_them(month: int) -> None:
    first, last = months.fund_year(month)
    assert first <= month <= last == first + 11
    assert {months.fund_year(other) for other in months.span(first, last)} == {(first, last)}


@given(DAYS)
def test_the_last_day_is_followed_by_the_next_month(day: date) -> None:
    month = months.of_date(day)
    last = months.last_day(month)
    assert months.of_date(last) == month
    assert months.of_date(last + timedelta(days=1)) == month + 1


@pytest.mark.parametrize(("day", "text"), next(case for case in GOLDEN if case["id"] == "X02")["expected"]["cases"])
def test_x02_dates_in_words(day: str, text: str) -> None:
    assert months.date_in_words(date.fromisoformat(day)) == text
