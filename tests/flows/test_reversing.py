"""红字冲销 through the flows: what comes back, what must go first, who may, and that it can be posted again."""

from dataclasses import replace

import pytest

from gjj_cli.case import Action, State
from gjj_cli.errors import Forbidden, Refused, UsageError
from gjj_cli.flows import receipting, remit, review, session
from gjj_cli.flows.queries import unit_ledger
from gjj_cli.store import importing
from gjj_cli.store.engine import Books
from tests.e2e.books import UNIT, M, Man, Office, newcomer, no
from tests.flows.reversals import DAY, ask, dump, ref, refused, reverse, two_people

pytestmark = pytest.mark.slow


@pytest.fixture
def office(office: Office) -> Office:
    return two_people(office)


def paid(office: Office) -> tuple[object, ...]:
    """What a payment moves: 缴至, state, 暂收, balance of the unit; 个人缴至, status, balance of each."""
    told = office.told(UNIT)
    people = [
        (man["account"], man["paid_through"], man["status"], man["balance_fen"]) for man in office.everybody(UNIT)
    ]
    return told["paid_through"], told["state"], told["suspense_fen"], told["fund_fen"], *people


def test_a_case_of_three_months_comes_back_newest_first_and_can_be_paid_again(office: Office) -> None:
    before, screen = paid(office), office.rows(UNIT, "2025-08", DAY)
    office.remit(UNIT, "2025-08", DAY)
    after = paid(office)
    case = reverse(office, "2510-001")
    assert paid(office) == before
    assert office.rows(UNIT, "2025-08", DAY) == screen
    reds = [one for one in office.vouchers(UNIT) if one.voucher.reverses]
    assert [one.voucher.reverses for one in reds] == [4, 3, 2]
    assert [one.key.key for one in reds] == ["4", "3", "2"]
    assert {(one.voucher.head.business, one.voucher.head.case) for one in reds} == {("reversal", case.case_no)}
    for red in reds:
        original = office.vouchers(UNIT)[red.voucher.reverses - 1].voucher  # type: ignore[operator]
        assert [replace(line, amount_fen=-line.amount_fen) for line in original.lines] == list(red.voucher.lines)
    office.remit(UNIT, "2025-08", DAY)
    assert paid(office) == after
    assert [(one.key.key, one.key.generation) for one in office.vouchers(UNIT)[-3:]] == [
        ("2025-06", 2),
        ("2025-07", 2),
        ("2025-08", 2),
    ]
    reverse(office, "2510-003")
    office.remit(UNIT, "2025-08", DAY)
    assert {one.key.generation for one in office.vouchers(UNIT)[-3:]} == {3}
    assert paid(office) == after


def test_the_rows_of_the_unit_ledger_take_each_other_back(office: Office) -> None:
    office.remit(UNIT, "2025-07", DAY)
    reverse(office, "2510-001")
    rows = unit_ledger(office.as_("clerk", DAY), UNIT).rows.select("business", "memo", "heads", "amount_fen").rows()
    assert rows[-4:] == [
        ("汇缴", "缴存[2025-06]", 2, 90_000),
        ("汇缴", "缴存[2025-07]", 2, 90_000),
        ("冲销", "冲销[0500001-2510-001]", 2, -90_000),
        ("冲销", "冲销[0500001-2510-001]", 2, -90_000),
    ]


def test_only_the_latest_month_goes_by_its_voucher(office: Office) -> None:
    office.remit(UNIT, "2025-07", DAY)
    older, newer = ref(office, place=-2), ref(office)
    refusal = refused(office, older, "E608")
    assert newer in refusal.facts[0]
    assert refusal.remedies == (f"改：gjj ledger reverse {newer} --reason 原因",)
    reverse(office, newer)
    assert office.told(UNIT)["paid_through"] == M("2025-06")
    reverse(office, older.removeprefix(f"{UNIT}-"))
    assert office.told(UNIT)["paid_through"] == M("2025-05")
    office.remit(UNIT, "2025-06", DAY)
    rest = ask(office, f"{UNIT}-E6")
    assert rest.case.batch["冲销"] == "0500001-2510-004 汇缴 2025-06，凭证 0500001-2510-记005"


def test_a_case_half_taken_back_is_taken_back_to_its_end(office: Office) -> None:
    office.remit(UNIT, "2025-07", DAY)
    reverse(office, ref(office))
    reverse(office, "2510-001")
    assert office.told(UNIT)["paid_through"] == M("2025-05")
    assert ask(office, "2510-001").known


def test_a_unit_that_had_never_paid_is_02_again(office: Office) -> None:
    office.unit("0500003", {"0030000001": Man("2500")}, day="2025-06-01", first="2025-06", suspense="500.00")
    office.remit("0500003", "2025-06", DAY)
    assert (office.told("0500003")["state"], office.told("0500003")["paid_through"]) == ("01", M("2025-06"))
    reverse(office, ref(office, "0500003"))
    assert (office.told("0500003")["state"], office.told("0500003")["paid_through"]) == ("02", None)
    assert office.man("0500003", "0030000001")["paid_through"] is None


def test_who_was_sealed_by_the_month_takes_part_again(office: Office) -> None:
    """A 预封存 becomes 封存 when the month before is posted; taken back, it is 预封存 again (golden G13)."""
    office.do("sealing", [{"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-07"}], DAY, UNIT, yes=True)
    assert office.man(UNIT, no("B"))["status"] == "正常"
    office.remit(UNIT, "2025-07", DAY)
    assert office.man(UNIT, no("B"))["status"] == "封存"
    reverse(office, ref(office))
    assert office.man(UNIT, no("B"))["status"] == "封存"
    reverse(office, ref(office, place=1))
    assert office.man(UNIT, no("B"))["status"] == "正常"
    assert [row["本月汇缴人数"] for row in office.rows(UNIT, "2025-07", DAY)] == [2, 1]
    office.remit(UNIT, "2025-07", DAY)
    assert office.man(UNIT, no("B"))["status"] == "封存"


def owing(office: Office, suspense: str = "3000.00") -> None:
    """C joins from 2025-04 and owes two months."""
    office.unit(
        "0500003",
        {"0030000001": Man("4000"), "0030000002": Man("5000", start="2025-04", paid=None)},
        day="2025-06-01",
        paid="2025-05",
        suspense=suspense,
    )


ARREARS = {"个人账号": "0030000002", "起始年月": "2025-04", "结束年月": "2025-05"}
BATCH = {"补缴类型": "按月补缴", "补缴原因": "漏缴", "缴款方式": "暂收"}


def test_arrears_come_back_and_can_be_paid_again(office: Office) -> None:
    owing(office)
    before = (office.told("0500003"), office.man("0500003", "0030000002"))
    office.do("supplementary-payment", [ARREARS], DAY, "0500003", batch=BATCH)
    assert office.man("0500003", "0030000002")["paid_through"] == M("2025-05")
    reverse(office, "0500003-2510-001")
    after = (office.told("0500003"), office.man("0500003", "0030000002"))
    money = ("suspense_fen", "reserved_fen", "fund_fen", "paid_through")
    assert [after[0][name] for name in money] == [before[0][name] for name in money]
    assert after[1] == before[1]
    again = office.do("supplementary-payment", [ARREARS], DAY, "0500003", batch=BATCH)
    assert again.case_no == "0500003-2510-003"
    assert office.man("0500003", "0030000002")["paid_through"] == M("2025-05")


def test_a_month_waits_for_the_arrears_of_the_same_month(office: Office) -> None:
    """Taken back, the 汇缴 of that month would pay the newcomer once more."""
    office.remit(UNIT, "2025-06", DAY)
    office.do("account-opening", [newcomer("4000", 启缴年月="2025-06")], DAY, UNIT)
    account = office.everybody(UNIT)[-1]["account"]
    paying = {"个人账号": account, "起始年月": "2025-06", "结束年月": "2025-06"}
    case = office.do("supplementary-payment", [paying], DAY, UNIT, batch=BATCH)
    assert ref(office) in refused(office, ref(office, place=-2), "E608").facts[0]
    reverse(office, case.case_no)
    reverse(office, ref(office, place=1))
    assert office.rows(UNIT, "2025-06", DAY)[0]["本月汇缴人数"] == 3
    office.remit(UNIT, "2025-06", DAY)


def test_a_receipt_comes_back_while_its_money_is_there(office: Office) -> None:
    office.receive(UNIT, "500.00", DAY, "A1")
    receipt = ref(office)
    office.remit(UNIT, "2025-10", DAY)
    suspense = office.told(UNIT)["suspense_fen"]
    assert suspense == 9000_00 + 500_00 - 5 * 900_00
    reverse(office, "A1")
    assert office.told(UNIT)["suspense_fen"] == suspense - 500_00
    assert office.told(UNIT)["paid_through"] == M("2025-10")
    assert receipting.listing(office.as_("admin", DAY), UNIT) == []
    again = office.receive(UNIT, "400.00", DAY, "A1")
    assert not again.already
    assert office.receive(UNIT, "400.00", DAY, "A1").voucher == again.voucher
    last = office.vouchers(UNIT)[-1]
    assert (last.key.kind, last.key.generation, last.ref) == ("receipt", 2, again.voucher)
    assert receipt != last.ref.text
    office.verify()


def test_a_receipt_for_the_wrong_unit_goes_to_the_right_one_and_back(office: Office) -> None:
    owing(office)
    office.receive(UNIT, "500.00", DAY, "A1")
    reverse(office, "A1")
    office.receive("0500003", "500.00", DAY, "A1")
    reverse(office, "A1")
    office.receive(UNIT, "500.00", DAY, "A1")
    assert office.vouchers(UNIT)[-1].key.generation == 2
    office.verify()


def test_a_receipt_whose_money_is_used_or_held_stays(office: Office) -> None:
    owing(office, suspense="0.00")
    office.receive("0500003", "1000.00", DAY, "A1")
    held = office.submit("supplementary-payment", [ARREARS], DAY, "0500003", batch=BATCH).case
    assert held is not None
    assert "差 1,000.00" in refused(office, "A1", "E703").facts[0]
    review.act(office.as_("clerk", DAY), [held.case_no], Action.WITHDRAW)
    office.remit("0500003", "2025-06", DAY)
    assert "差 900.00" in refused(office, "A1", "E703").facts[0]
    reverse(office, ref(office, "0500003"))
    reverse(office, "A1")
    assert office.told("0500003")["suspense_fen"] == 0


def test_money_that_nobody_claims_comes_back_too(office: Office) -> None:
    receipting.add(office.as_("admin", DAY), "77.00", "Q1", None)
    case = reverse(office, "Q1")
    assert case.case_no == "~centre-2510-001"
    assert review.listing(office.as_("first", DAY), None, [State.DONE])[-1].case_no == case.case_no
    receipting.add(office.as_("admin", DAY), "77.00", "Q1", None)
    assert [one.key.generation for one in office.vouchers("~centre")] == [1, 1, 2]
    office.verify()


# --- who, when, and what stands in the way ---------------------------------------------------------------------


def test_who_may(office: Office) -> None:
    office.remit(UNIT, "2025-06", DAY)
    for login in ("clerk", "first", "second"):
        with pytest.raises(Forbidden):
            ask(office, "2510-001", login=login)
    for reason in ("", "  "):
        with pytest.raises(UsageError):
            ask(office, "2510-001", reason=reason)
    case = ask(office, "2510-001").case
    for login, action in (("admin", Action.APPROVE), ("clerk", Action.APPROVE), ("clerk", Action.WITHDRAW)):
        with pytest.raises(Forbidden):
            review.act(office.as_(login, DAY), [case.case_no], action)
    with pytest.raises(Refused):
        review.finish(office.as_("admin", DAY), case.case_no)
    with pytest.raises(UsageError):
        review.act(office.as_("second", DAY), [case.case_no], Action.REJECT)
    (back,) = review.act(office.as_("second", DAY), [case.case_no], Action.REJECT, reason="先问单位")
    assert back.state is State.RETURNED
    review.act(office.as_("admin", DAY), [case.case_no], Action.WITHDRAW)
    assert not ask(office, "2510-001").known
    office.verify()


def test_the_approval_twice_is_once(office: Office) -> None:
    office.remit(UNIT, "2025-06", DAY)
    case = reverse(office, "2510-001")
    before = dump(office)
    (again,) = review.act(office.as_("second", DAY), [case.case_no], Action.APPROVE)
    assert again.state is State.DONE
    assert ask(office, "2510-001").case.case_no == case.case_no
    assert dump(office) == before


def test_while_it_waits_nothing_contradicts_it(office: Office) -> None:
    office.remit(UNIT, "2025-07", DAY)
    case = ask(office, ref(office)).case
    assert ask(office, ref(office)).known
    assert case.case_no in refused(office, ref(office, place=0), "E601").what
    with pytest.raises(Refused) as refusal:
        office.remit(UNIT, "2025-08", DAY)
    assert refusal.value.code == "E601"
    sealing = [{"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-08"}]
    with pytest.raises(Refused) as refusal:
        office.submit("sealing", sealing, DAY, UNIT, yes=True)
    assert refusal.value.code == "E601"
    review.act(office.as_("admin", DAY), [case.case_no], Action.WITHDRAW)
    office.submit("sealing", sealing, DAY, UNIT, yes=True)
    assert "封存" in refused(office, ref(office), "E601").what


def test_what_changed_since_the_submit_is_refused_at_the_approval(office: Office) -> None:
    office.receive(UNIT, "100.00", DAY, "A1")
    case = ask(office, "A1", "2025-10-16").case
    before = dump(office)
    with pytest.raises(Refused) as refusal:
        review.act(office.as_("first", DAY), [case.case_no], Action.APPROVE)
    assert refusal.value.code == "E606"
    assert dump(office) == before


def test_not_before_the_last_posting(office: Office) -> None:
    office.remit(UNIT, "2025-06", DAY)
    refused(office, "2510-001", "E606", day="2025-10-14")


def test_a_reversal_is_not_reversed(office: Office) -> None:
    office.remit(UNIT, "2025-06", DAY)
    case = reverse(office, "2510-001")
    refused(office, ref(office), "E609")
    refused(office, case.case_no, "E609")


def test_what_posted_nothing_and_what_is_not_there(office: Office) -> None:
    sealing = [{"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-08"}]
    case = office.do("sealing", sealing, DAY, UNIT, yes=True)
    refused(office, case.case_no, None)
    for target in ("2510-记099", "0500001-E99", "2510-077"):
        with pytest.raises(Refused):
            ask(office, target)


def test_a_dry_run_writes_nothing(office: Office) -> None:
    office.remit(UNIT, "2025-07", DAY)
    before = dump(office)
    tried = ask(office, "2510-001", dry_run=True)
    assert [one.text for one in tried.vouchers] == ["0500001-2510-记003", "0500001-2510-记004"]
    assert dump(office) == before


def test_after_the_settlement_interest_stays(office: Office) -> None:
    """W807: the value date is the reversal's, and what was 当年归集 is taken from 上年结转 (semantics 1.10)."""
    books = Books.open(office.settings.books())
    opening = importing.UnitOpening(
        "0500009", "结过息的", "05", importing.date(2025, 6, 1), 500, 500, M("2020-01"), M("2025-05"), 500_000, 90_000,
        settled_year=2026,
    )  # fmt: skip
    man = importing.EmployeeOpening(
        "0500009", "0090000001", "李四", "身份证", "440203199001011234", 400_000, "正常", M("2020-01"), M("2025-05"), 500_000
    )  # fmt: skip
    (done,) = importing.import_units(
        books, [opening], [man], [], as_of=opening.opening_date, user="admin", at=session.now()
    )
    assert done.refused is None
    books.close()
    remit.run(office.as_("admin", DAY), ["0500009"], M("2025-06"))
    asked = ask(office, ref(office, "0500009"))
    assert asked.settled
    reverse(office, ref(office, "0500009"), "2025-10-20")
    red = office.vouchers("0500009")[-1].voucher
    assert {str(line.value_date) for line in red.lines} == {"2025-10-20"}
    fund = next(line for line in red.lines if line.employee)
    assert (fund.part, fund.amount_fen, str(fund.value_date)) == ("prior", -40_000, "2025-10-20")
    assert office.man("0500009", "0090000001")["cur_fen"] == 40_000


def test_a_case_that_left_its_month_open_takes_effect_where_the_reversal_put_it(office: Office) -> None:
    """Submitted when 2025-07 was due, finished when 2025-06 is again: verify goes by the finish."""
    paid = office.remit(UNIT, "2025-06", DAY)
    opening = office.submit("account-opening", [newcomer("4000")], DAY, UNIT)
    assert paid.outcomes[0].case_no is not None and opening.case is not None
    reverse(office, paid.outcomes[0].case_no)
    office.approve(opening.case.case_no, DAY)
    office.finish(opening.case.case_no, DAY)
    office.verify()
