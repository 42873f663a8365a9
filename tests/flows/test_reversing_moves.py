"""红字冲销 of what is no payment: accounts that moved to another unit, and the 期初 of a unit."""

import polars as pl
import pytest

from gjj_cli.case import Action, Case
from gjj_cli.flows import review, session
from gjj_cli.money import to_fen
from gjj_cli.store import frames, importing
from gjj_cli.store.engine import Books
from tests.e2e.books import UNIT, M, Man, Office, no
from tests.flows.reversals import DAY, OTHER, ask, ref, refused, reverse, two_people

pytestmark = pytest.mark.slow


@pytest.fixture
def office(office: Office) -> Office:
    return two_people(office)


# --- transfers ---------------------------------------------------------------------------------------------------


def transfer(office: Office, account: str = "", month: str = "2025-06", home: str = UNIT, to: str = OTHER) -> Case:
    row = {"个人账号": account or no("B"), "转出单位账号": home, "转入单位账号": to, "转移年月": month}
    return office.do("internal-transfer", [row], DAY, home)


@pytest.fixture
def two(office: Office) -> Office:
    office.unit(OTHER, {"0020000001": Man("3000")}, day="2025-06-01", paid="2025-05", suspense="9000.00")
    return office


def registers(office: Office) -> object:
    """All that a transfer changes in the register, of both units."""
    books = Books.open(office.settings.books())
    with books.reading() as tx:
        found = [
            frames.employees(tx, [UNIT, OTHER]).filter(pl.col("status") != "转出").to_dicts(),
            frames.enrolments(tx, [UNIT, OTHER]).to_dicts(),
            frames.bases(tx, [UNIT, OTHER]).to_dicts(),
            frames.units(tx, [UNIT, OTHER]).select("unit", "paid_through", "fund_fen", "suspense_fen").to_dicts(),
        ]
    books.close()
    return found


@pytest.mark.parametrize("sealed", [False, True])
def test_a_transfer_goes_back_as_it_came_and_can_be_made_again(two: Office, sealed: bool) -> None:
    if sealed:
        row = {"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-06"}
        two.do("sealing", [row], DAY, UNIT, yes=True)
    before = registers(two)
    case = transfer(two)
    after = registers(two)
    assert after != before
    done = reverse(two, case.case_no)
    assert done.unit == OTHER and done.other_unit == UNIT
    assert registers(two) == before
    assert two.man(OTHER, no("B"))["status"] == "转出"
    assert two.man(UNIT, no("B"))["status"] == ("封存" if sealed else "正常")
    pairs = {one.voucher.transfer_id for unit in (UNIT, OTHER) for one in two.vouchers(unit)} - {None}
    assert len(pairs) == 2
    transfer(two)
    assert two.man(OTHER, no("B"))["balance_fen"] == 1234_56
    reverse(two, ref(two, OTHER))
    assert registers(two) == before


def test_a_transfer_by_the_voucher_of_either_side(two: Office) -> None:
    transfer(two)
    known = ask(two, ref(two, UNIT)).case
    assert ask(two, ref(two, OTHER)).case.case_no == known.case_no
    review.act(two.as_("second", DAY), [known.case_no], Action.APPROVE)
    two.verify()
    assert two.man(UNIT, no("B"))["balance_fen"] == 1234_56


def test_an_account_that_had_been_there_before(two: Office) -> None:
    """A to B, back to A, and the way back taken back: at B it is live with what it had brought."""
    transfer(two)
    here = registers(two)
    back = transfer(two, home=OTHER, to=UNIT)
    reverse(two, back.case_no)
    assert registers(two) == here
    two.remit(OTHER, "2025-06", DAY)
    transfer(two, home=OTHER, to=UNIT, month="2025-07")


def test_what_happened_at_the_new_unit_must_go_first(two: Office) -> None:
    case = transfer(two)
    two.remit(OTHER, "2025-06", DAY)
    assert ref(two, OTHER) in refused(two, case.case_no, "E608").facts[0]
    reverse(two, ref(two, OTHER))
    two.do("base-adjustment", [{"个人账号": no("B"), "调整后缴存基数": "6000", "生效年月": "2025-07"}], DAY, OTHER)
    assert "又办过业务" in refused(two, case.case_no, "E608").what


def test_sealed_at_the_new_unit(two: Office) -> None:
    case = transfer(two)
    row = {"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-07"}
    two.do("sealing", [row], DAY, OTHER, yes=True)
    assert "又办过业务" in refused(two, case.case_no, "E608").what


def test_the_payments_of_an_account_that_has_moved_on(two: Office) -> None:
    two.remit(UNIT, "2025-06", DAY)
    transfer(two, month="2025-07")
    assert ref(two, UNIT) in refused(two, ref(two, UNIT, -2), "E608").facts[0]
    reverse(two, ref(two, UNIT))
    reverse(two, ref(two, UNIT, 1))
    assert two.man(UNIT, no("B"))["paid_through"] == M("2025-05")


# --- 期初 ------------------------------------------------------------------------------------------------------


def bring(office: Office, *men: tuple[str, str, str], suspense: str = "9000.00") -> importing.UnitImported:
    """建账 of 0500007 with (个人账号, 证件号码, 当年归集)."""
    books = Books.open(office.settings.books())
    total = sum(to_fen(money) for _, _, money in men)
    opening = importing.UnitOpening(
        "0500007", "建账的", "05", importing.date(2025, 6, 1), 500, 500, M("2020-01"), M("2025-05"), total, to_fen(suspense)
    )  # fmt: skip
    people = [
        importing.EmployeeOpening(
            "0500007", account, "李四", "身份证", number, 400_000, "正常", M("2020-01"), M("2025-05"), 0, to_fen(money)
        )
        for account, number, money in men
    ]
    (done,) = importing.import_units(
        books, [opening], people, [], as_of=opening.opening_date, user="admin", at=session.now()
    )
    books.close()
    return done


FIRST, SECOND = ("0070000001", "440203199001011234"), ("0070000002", "11010519491231002X")


def test_a_wrong_opening_is_taken_back_and_brought_in_right(office: Office) -> None:
    assert bring(office, (*FIRST, "100.00")).refused is None
    assert bring(office, (*FIRST, "120.00")).refused is not None
    reverse(office, "0500007-E1")
    assert (office.told("0500007")["fund_fen"], office.told("0500007")["suspense_fen"]) == (0, 0)
    missing = bring(office, (*SECOND, "120.00")).refused
    assert missing is not None and FIRST[0] in missing.facts[0]
    office.verify()
    done = bring(office, (*FIRST, "120.00"), (*SECOND, "30.00"), suspense="1.00")
    assert done.refused is None and not done.already
    office.verify()
    assert (office.told("0500007")["fund_fen"], office.told("0500007")["suspense_fen"]) == (150_00, 1_00)
    last = office.vouchers("0500007")[-1]
    assert (last.key.generation, str(last.voucher.head.date)) == (2, "2025-06-01")
    assert bring(office, (*FIRST, "120.00"), (*SECOND, "30.00"), suspense="1.00").already
    reverse(office, "0500007-E3")
    assert bring(office, (*FIRST, "100.00"), (*SECOND, "0.00")).refused is None
    office.verify()


def test_an_opening_stays_once_there_is_work(office: Office) -> None:
    office.receive(UNIT, "100.00", DAY, "A1")
    assert ref(office) in refused(office, "0500001-E1", "E608").facts[0]
    reverse(office, "A1")
    sealing = [{"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-08"}]
    case = office.do("sealing", sealing, DAY, UNIT, yes=True)
    assert case.case_no in refused(office, "0500001-E1", "E608").what


def test_an_opening_is_corrected_after_a_transfer_came_and_went(two: Office) -> None:
    """The row that the transfer left at the new unit is nobody's there."""
    reverse(two, transfer(two).case_no)
    live = two.man(UNIT, no("B"))
    reverse(two, "0500002-E1")
    two.unit(OTHER, {"0020000001": Man("3500")}, day=DAY, paid="2025-05", suspense="8000.00")
    two.verify()
    assert two.man(UNIT, no("B")) == live
    two.remit(OTHER, "2025-06", DAY)
    assert two.man(OTHER, "0020000001")["cur_fen"] == 35_000
