"""The golden cases from submit to posting, through the flows that the commands call (fixtures/golden.json)."""

from datetime import date

import pytest

from gjj_cli import month as months
from gjj_cli.case import Action
from gjj_cli.errors import Exit, Refused
from gjj_cli.flows import queries, remit, review
from gjj_cli.money import in_words, plain
from gjj_cli.posting.plan import ALREADY, POSTED
from gjj_cli.store import payments
from tests.e2e.books import (
    UNIT,
    M,
    Man,
    Office,
    adjusted,
    as_golden,
    moneyed,
    newcomer,
    no,
    numbered,
    screen,
    sealing_unit,
    spelled,
)
from tests.posting.posting_frames import GOLDEN

pytestmark = pytest.mark.slow


def manual_unit(office: Office, unit: str = UNIT, suspense: str = "132046.00") -> dict[str, Man]:
    """The 65 people of the manual's 汇缴 page."""
    told = GOLDEN["G01"]["input"]
    men = {f"{unit}{place:03d}": Man(f"{base}.00") for place, base in enumerate(told["bases"], 1)}
    office.unit(
        unit,
        men,
        day="2025-05-01",
        rates=told["rates"],
        first=told["首次汇缴年月"],
        paid=told["缴至年月"],
        suspense=suspense,
    )
    return men


# 汇缴


def test_g01_two_months_of_65_people_by_suspense(office: Office) -> None:
    told, expected = GOLDEN["G01"]["input"], GOLDEN["G01"]["expected"]
    manual_unit(office, suspense=told["暂收户余额"])
    day = told["as_of"]
    seen = remit.preview(office.as_("clerk", day), UNIT, M(told["through"])).plan
    assert [screen(row) for row in seen.rows] == expected["rows"]
    assert {plain(side) for row in seen.rows for side in (row.unit_fen, row.personal_fen)} == {
        expected["side_total_per_month"]
    }
    assert plain(seen.due_fen) == expected["汇缴总金额"]
    assert months.show(office.told(UNIT)["paid_through"]) == expected["缴至年月_before_receipt"]
    before = len(office.vouchers(UNIT))
    office.receive(UNIT, expected["汇缴总金额"], day)
    (done,) = office.remit(UNIT, told["through"], day).outcomes
    assert (done.outcome, plain(done.total_fen), done.heads) == (POSTED, expected["汇缴总金额"], 65)
    assert [spelled(booked) for booked in office.vouchers(UNIT)[before:]] == expected["voucher_order"]
    assert len(expected["voucher_order"]) == expected["vouchers_after_receipt"]
    assert months.show(office.told(UNIT)["paid_through"]) == expected["缴至年月_after_exact_receipt"]


def test_g02_the_money_that_is_there(office: Office) -> None:
    case = GOLDEN["G02"]
    for number, (asked, expected) in enumerate(
        zip(case["input"]["cases"], case["expected"]["results"], strict=True), 1
    ):
        unit = f"050010{number}"
        manual_unit(office, unit, asked["可用"])
        through = months.show(M("2024-01") + asked["months"])
        if expected["ok"]:
            office.remit(unit, through, "2025-05-14")
            assert plain(office.told(unit)["available_fen"]) == expected["余"]
            continue
        with pytest.raises(Refused) as refusal:
            office.remit(unit, through, "2025-05-14")
        assert (refusal.value.exit, refusal.value.code) == (expected["exit"], "E705")
        short = remit.preview(office.as_("clerk", "2025-05-14"), unit, M(through)).plan.short_fen
        assert plain(short) == expected["short"]
        assert f"差 {short // 100:,}.00" in refusal.value.facts[0]
        assert ("这些钱够缴 1 个月。" in refusal.value.facts) == (asked["months"] == 2)
        assert len(office.vouchers(unit)) == 1  # 期初 only


@pytest.mark.slow
def test_g08_four_months_over_the_year_end(office: Office) -> None:
    told, expected = GOLDEN["G08"]["input"], GOLDEN["G08"]["expected"]
    day = told["as_of"]
    men = {"A": Man("4000"), "B": Man("5000"), "C": Man("6010")}
    office.unit(UNIT, numbered(men), day="2025-11-01", paid=told["缴至年月"], suspense=expected["汇缴总金额"])
    adjust = [
        {"个人账号": no("A"), "调整后缴存基数": "3900", "生效年月": "2026-02"},
        {"个人账号": no("C"), "调整后缴存基数": "6410", "生效年月": "2026-01"},
    ]
    office.do("base-adjustment", adjust, day, UNIT)
    office.do("sealing", [{"个人账号": no("B"), "封存原因": "其他", "封存年月": "2026-01"}], day, UNIT)
    office.do("account-opening", [newcomer(base="3475", 启缴年月="2025-12")], day, UNIT)
    assert office.rows(UNIT, told["through"], day) == expected["rows"]
    assert office.man(UNIT, no("B"))["status"] == "正常"
    (done,) = office.remit(UNIT, told["through"], day).outcomes
    assert (plain(done.total_fen), len(done.months)) == (expected["汇缴总金额"], 4)
    assert office.man(UNIT, no("B"))["status"] == "封存"
    assert months.show(office.man(UNIT, no("B"))["paid_through"]) == "2025-12"
    assert office.told(UNIT)["suspense_fen"] == 0


def test_g46_the_first_remittance_ever(office: Office) -> None:
    told, expected = GOLDEN["G46"]["input"], GOLDEN["G46"]["expected"]
    day = told["as_of"]
    bases = told["bases"]
    men = {"A": Man(bases["A from 2024-11"], "2024-11"), "B": Man(bases["B from 2025-01"], "2025-01")}
    office.unit(UNIT, numbered(men), day="2024-11-01", first=told["首次汇缴年月"], paid=told["缴至年月"])
    assert office.rows(UNIT, told["through"], day) == expected["rows"]
    assert office.told(UNIT)["state"] == "02"
    office.receive(UNIT, expected["receipt"], day)
    (done,) = office.remit(UNIT, told["through"], day).outcomes
    assert plain(done.total_fen) == expected["汇缴总金额"]
    assert in_words(done.total_fen) == expected["大写"]
    assert office.told(UNIT)["state"] == "01"


# 补缴 and 单位明细


def test_g04_the_unit_ledger_and_its_vouchers(office: Office) -> None:
    expected = GOLDEN["G04"]["expected"]
    new_unit(office)
    rows = [{"个人账号": "0010000001", "起始年月": "2025-01", "结束年月": "2025-02"}]
    office.do("supplementary-payment", rows, "2025-03-14", "0500002", batch=BY_MONTH)
    office.remit("0500002", "2025-03", "2025-03-21")
    found = queries.unit_ledger(office.as_("clerk", "2025-03-21"), "0500002")
    columns = ("date", "business", "memo", "heads", "amount_fen", "interest_fen", "balance_fen")
    assert [
        [str(day), *words, *(plain(fen) for fen in sums)]
        for day, *words, a, b, c in found.rows.select(columns).rows()
        for sums in [(a, b, c)]
    ] == expected["rows"][:3]
    assert moneyed(found.totals) == expected["汇总"]
    assert [as_golden(booked) for booked in office.vouchers("0500002")[1:]] == expected["vouchers"]
    man = office.man("0500002", "0010000001")
    assert (man["cur_fen"], man["prior_fen"], months.show(man["paid_through"])) == (75_000, 0, "2025-03")


def test_g04_the_balance_runs_from_the_first_row_whatever_days_are_asked_for(office: Office) -> None:
    new_unit(office)
    rows = [{"个人账号": "0010000001", "起始年月": "2025-01", "结束年月": "2025-02"}]
    office.do("supplementary-payment", rows, "2025-03-14", "0500002", batch=BY_MONTH)
    office.remit("0500002", "2025-03", "2025-03-21")
    clerk = office.as_("clerk", "2025-03-21")
    found = queries.unit_ledger(clerk, "0500002", date(2025, 3, 15), date(2025, 3, 21))
    assert [plain(fen) for fen in found.rows["balance_fen"]] == ["750.00"]
    assert moneyed(found.totals) == {"发生额": "250.00", "发生利息额": "0.00"}


BY_MONTH = {"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "暂收"}


def new_unit(office: Office) -> None:
    told = GOLDEN["G04"]["input"]
    man = Man(told["基数"], told["启缴年月"])
    first = told["单位首次汇缴年月"]
    office.unit("0500002", {"0010000001": man}, day=told["开户"], first=first, suspense="750.00")


# 暂收 and once only


def test_g33_what_open_cases_hold_of_the_suspense_account(office: Office) -> None:
    told, expected = GOLDEN["G33"]["input"], GOLDEN["G33"]["expected"]
    day = "2025-04-20"
    waiting, approved = reserving_unit(office, told["余额"])
    assert plain(office.told(UNIT)["available_fen"]) == expected["可用"]
    (done,) = office.remit(UNIT, "2025-04", day).outcomes
    assert (plain(done.total_fen), balances(office)) == ("500.00", ("500.00", "0.00"))
    review.act(office.as_("clerk", day), [waiting], Action.WITHDRAW)
    assert balances(office) == ("500.00", "300.00")
    office.finish(approved, day)
    assert balances(office) == ("300.00", "300.00")
    office.verify()


def test_g33_one_fen_too_little(office: Office) -> None:
    """The golden case wants 500.01 of 500.00; amounts are whole 元, so here 500.00 is wanted of 499.99."""
    reserving_unit(office, "999.99")
    with pytest.raises(Refused) as refusal:
        office.remit(UNIT, "2025-04", "2025-04-20")
    expected = GOLDEN["G33"]["expected"]["remit_500_01"]
    assert expected == f"exit {refusal.value.exit} short {refusal.value.facts[0].partition('差 ')[2][:4]}"
    assert balances(office) == ("999.99", "499.99")


def balances(office: Office) -> tuple[str, str]:
    """暂收户余额 and 可用余额."""
    told = office.told(UNIT)
    return plain(told["suspense_fen"]), plain(told["available_fen"])


def reserving_unit(office: Office, suspense: str) -> tuple[str, str]:
    """A 补缴 of 300.00 in 待初审 and one of 200.00 in 待打印: their 受理号."""
    men = {"X": Man("3000", paid="2025-02"), "Y": Man("2000", paid="2025-02")}
    office.unit(UNIT, numbered(men), day="2025-04-01", paid="2025-03", suspense=suspense)
    cases = []
    for name, fen in (("X", 30_000), ("Y", 20_000)):
        rows = [{"个人账号": no(name), "起始年月": "2025-03", "结束年月": "2025-03"}]
        done = office.submit("supplementary-payment", rows, "2025-04-10", UNIT, batch=BY_MONTH)
        assert done.case is not None
        assert done.case.amount_fen == fen
        cases.append(done.case.case_no)
    office.approve(cases[1], "2025-04-11")
    return cases[0], cases[1]


def test_g34_a_paid_month_again(office: Office) -> None:
    sealing_unit(office)
    clerk = office.as_("clerk", "2025-06-18")
    office.remit(UNIT, "2025-06", "2025-06-18")
    before = [booked.hash for booked in office.vouchers(UNIT)]
    report = remit.run(clerk, [UNIT], M("2025-06"))
    assert ([one.outcome for one in report.outcomes], report.exit) == ([ALREADY], Exit.DONE)
    (found,) = office.findings("base-adjustment", adjusted("2025-06", A="4100"), "2025-06-19", UNIT)
    assert found.code == "E506"
    assert [booked.hash for booked in office.vouchers(UNIT)] == before


def test_g34_a_run_that_dies_between_two_months_posts_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sealing_unit(office)
    office.receive(UNIT, "400.00", "2025-06-18")
    before = [booked.hash for booked in office.vouchers(UNIT)]
    pay = payments.pay

    def dies(tx, head, key, rows):  # type: ignore[no-untyped-def]
        if key.key == "2025-07":
            raise KeyboardInterrupt
        return pay(tx, head, key, rows)

    monkeypatch.setattr(payments, "pay", dies)
    with pytest.raises(KeyboardInterrupt):
        office.remit(UNIT, "2025-07", "2025-07-20")
    monkeypatch.undo()
    office.verify()
    assert [booked.hash for booked in office.vouchers(UNIT)] == before
    (done,) = office.remit(UNIT, "2025-07", "2025-07-20").outcomes
    assert [months.show(month) for month in done.months] == ["2025-06", "2025-07"]
    assert len(office.vouchers(UNIT)) == len(before) + 2
