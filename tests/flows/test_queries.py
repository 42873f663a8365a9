"""单位明细 and 变更查询: filters, sums, and who may ask."""

from datetime import date

import pytest

from gjj_cli.errors import Forbidden, Refused, UsageError
from gjj_cli.flows import queries
from tests.e2e.books import Man, Office, moneyed, newcomer

pytestmark = pytest.mark.slow

UNIT = "0500001"
DAY = "2025-06-10"


def busy_unit(office: Office) -> None:
    """One change of each kind, on three days."""
    men = {f"001000000{place}": Man(f"{place}000.00", cur="10.00") for place in (3, 4, 5, 6)}
    office.unit(UNIT, men, day="2025-06-01", paid="2025-05", suspense="9000.00")
    office.do("sealing", [{"个人账号": "0010000003", "封存原因": "其他"}], "2025-06-10", UNIT)
    office.do("base-adjustment", [{"个人账号": "0010000004", "调整后缴存基数": "4500"}], "2025-06-11", UNIT)
    office.do("account-opening", [newcomer("5000")], "2025-06-11", UNIT)
    office.do("unsealing", [{"个人账号": "0010000003", "启封年月": "2025-07"}], "2025-06-12", UNIT)


def test_every_kind_of_change_is_summed_by_itself(office: Office) -> None:
    busy_unit(office)
    found = queries.contribution_changes(office.as_("clerk", DAY), UNIT)
    assert found.rows["change_type"].to_list() == ["封存", "缴存基数变更", "开户", "启封"]
    assert moneyed(found.totals) == {
        "开户人数": 1,
        "个人开户变化缴存额": "500.00",
        "单位封存人数": 1,
        "封存变化缴存额": "-300.00",
        "单位启封人数": 1,
        "启封变化缴存额": "300.00",
        "缴存基数变更人数": 1,
        "缴存基数变更变化缴存额": "50.00",
        "缴存比例调整人数": 0,
        "缴存比例调整变化缴存额": "0.00",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "first", "last", "rows"),
    [
        (None, "2025-06-11", None, 3),
        (None, "2025-06-11", "2025-06-11", 2),
        (None, None, "2025-06-09", 0),
        ("封存", None, None, 1),
        ("封存", "2025-06-11", None, 0),
    ],
)
def test_the_sums_are_those_of_the_rows_that_are_shown(
    office: Office, kind: str | None, first: str | None, last: str | None, rows: int
) -> None:
    busy_unit(office)
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    found = queries.contribution_changes(office.as_("clerk", DAY), None, kind, *days)
    assert found.unit == UNIT
    assert found.rows.height == rows
    assert sum(heads for name, heads in found.totals.items() if name.endswith("人数")) == rows


def test_a_ledger_has_the_businesses_without_money_too(office: Office) -> None:
    busy_unit(office)
    office.remit(UNIT, "2025-06", "2025-06-20")
    found = queries.unit_ledger(office.as_("clerk", DAY), UNIT)
    columns = ("business", "memo", "heads", "amount_fen", "balance_fen")
    assert found.rows.select(columns).rows() == [
        ("开户", "期初4人", 4, 4_000, 4_000),
        ("封存", "封存1人", 1, 0, 4_000),
        ("基数调整", "基数调整1人", 1, 0, 4_000),
        ("开户", "开户1人", 1, 0, 4_000),
        ("启封", "启封1人", 1, 0, 4_000),
        ("汇缴", "缴存[2025-06]", 4, 205_000, 209_000),
    ]
    assert found.rows["journal_no"].to_list() == [
        "0500001-E1",
        *(f"0500001-2506-00{number}" for number in (1, 2, 3, 4, 5)),
    ]
    assert found.totals == {"发生额": 209_000, "发生利息额": 0}


def test_whose_unit_and_what_kind(office: Office) -> None:
    men = {"0010000003": Man("3000.00")}
    office.unit(UNIT, men, day="2025-06-01")
    with pytest.raises(Forbidden):
        queries.unit_ledger(office.as_("clerk", DAY), "0500009")
    with pytest.raises(Refused, match="没有单位 0500009"):
        queries.unit_ledger(office.as_("admin", DAY), "0500009")
    with pytest.raises(UsageError, match="没有变更类型 销户"):
        queries.contribution_changes(office.as_("clerk", DAY), UNIT, "销户")
