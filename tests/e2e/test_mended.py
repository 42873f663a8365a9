"""What somebody broke on purpose before the first release, each as it was typed then."""

from dataclasses import replace

import pytest

from gjj_cli.errors import Forbidden, Refused
from gjj_cli.flows import remit
from tests.e2e.books import UNIT, M, Man, Office, no, sealing_unit

pytestmark = pytest.mark.slow

OTHER = "0500888"
ONE, TWO, THREE = "0010000091", "0010000092", "0010000093"


def two_units(office: Office) -> None:
    sealing_unit(office)
    people = {ONE: Man("5000.00"), TWO: Man("6000.00"), THREE: Man("7000.00")}
    office.unit(OTHER, people, day="2025-06-01", paid="2025-05", suspense="9000.00")


def test_a_transfer_belongs_to_one_of_its_two_units(office: Office) -> None:
    two_units(office)
    third = "0500889"
    office.unit(third, {}, day="2025-06-01", paid="2025-05")
    office.do("sealing", [{"个人账号": ONE, "封存原因": "其他"}], "2025-06-02", OTHER, yes=True)
    row = {"个人账号": ONE, "转出单位账号": OTHER, "转入单位账号": third, "转移年月": "2025-06"}
    with pytest.raises(Forbidden) as refusal:
        office.submit("internal-transfer", [row], "2025-06-02", UNIT)
    assert refusal.value.code == "E401"


def test_an_amount_that_rounds_to_nothing_stops_nobody(office: Office) -> None:
    two_units(office)
    row = {"个人账号": ONE, "调整后缴存基数": "0.01"}
    office.do("base-adjustment", [row], "2025-06-02", OTHER)
    assert office.rows(OTHER, "2025-06", "2025-06-03")[0]["本月汇缴人数"] == 3
    office.remit(OTHER, "2025-06", "2025-06-03")
    assert office.man(OTHER, ONE)["paid_through"] == M("2025-06")
    following = office.rows(OTHER, "2025-07", "2025-07-01")[0]
    assert (following["本月增加人数"], following["本月减少人数"]) == (0, 0)


def test_nobody_comes_back_before_he_left(office: Office) -> None:
    two_units(office)
    office.do("sealing", [{"个人账号": ONE, "封存原因": "其他", "封存年月": "2025-06"}], "2025-06-02", OTHER)
    office.do("unsealing", [{"个人账号": ONE, "启封年月": "2025-07"}], "2025-06-04", OTHER)
    with pytest.raises(Refused, match="启缴或启封年月"):
        early = [{"个人账号": ONE, "封存原因": "其他", "封存年月": "2025-06"}]
        office.submit("sealing", early, "2025-06-04", OTHER)


def test_an_unsealing_does_not_reach_into_months_before_the_sealing(office: Office) -> None:
    """The months a newcomer still owes from before the sealing keep the base they were due at."""
    two_units(office)
    newcomer = {
        "姓名": "赵新",
        "证件类型": "护照",
        "证件号码": "E12345678",
        "缴存基数": "5000",
        "手机号码": "13700000001",
        "启缴年月": "2025-02",
    }
    office.do("account-opening", [newcomer], "2025-06-02", OTHER)
    account = next(man["account"] for man in office.everybody(OTHER) if man["name"] == "赵新")
    office.do("sealing", [{"个人账号": account, "封存原因": "其他"}], "2025-06-02", OTHER)
    with pytest.raises(Refused, match="封存年月"):
        back = [{"个人账号": account, "启封年月": "2025-03", "缴存基数": "9000"}]
        office.submit("unsealing", back, "2025-06-03", OTHER)


def test_the_earliest_month_of_an_open_case_stops_the_remittance(office: Office) -> None:
    two_units(office)
    rows = [
        {"个人账号": ONE, "封存原因": "其他", "封存年月": "2025-07"},
        {"个人账号": TWO, "封存原因": "其他", "封存年月": "2025-06"},
    ]
    assert office.submit("sealing", rows, "2025-06-02", OTHER, yes=True).case is not None
    with pytest.raises(Refused) as refusal:
        remit.run(office.as_("clerk", "2025-06-03"), [OTHER], M("2025-06"))
    assert refusal.value.code == "E601"


def test_who_was_opened_in_the_past_is_an_increase_of_the_first_month(office: Office) -> None:
    two_units(office)
    office.do("sealing", [{"个人账号": ONE, "封存原因": "其他"}], "2025-06-02", OTHER)
    office.do("unsealing", [{"个人账号": ONE, "启封年月": "2025-06"}], "2025-06-02", OTHER)
    assert office.rows(OTHER, "2025-06", "2025-06-03")[0]["本月增加人数"] == 0
    newcomer = {
        "姓名": "赵新",
        "证件类型": "护照",
        "证件号码": "E12345678",
        "缴存基数": "5000",
        "手机号码": "13700000001",
        "启缴年月": "2025-04",
    }
    office.do("account-opening", [newcomer], "2025-06-02", OTHER)
    (row,) = office.rows(OTHER, "2025-06", "2025-06-03")
    assert (row["本月汇缴人数"], row["本月增加人数"], row["本月增加金额"]) == (4, 1, "500.00")


def test_central_sealing_of_the_sealed_finishes_and_changes_nobody(office: Office) -> None:
    two_units(office)
    office.do("sealing", [{"个人账号": ONE, "封存原因": "其他"}], "2025-06-02", OTHER)
    case = office.do("central-sealing", [{"个人账号": ONE, "封存类型": "集中封存"}], "2025-06-02", OTHER)
    assert case.finished_at
    assert office.man(OTHER, ONE)["status"] == "封存"


def test_a_case_is_not_finished_before_it_was_submitted(office: Office) -> None:
    two_units(office)
    done = office.submit("sealing", [{"个人账号": no("B"), "封存原因": "其他"}], "2025-06-18", UNIT, yes=True)
    assert done.case is not None
    office.approve(done.case.case_no, "2025-06-18")
    with pytest.raises(Refused) as refusal:
        office.finish(done.case.case_no, "2025-06-17")
    assert refusal.value.code == "E606"


def test_a_foreign_units_books_do_not_answer(office: Office, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from gjj_cli.business.checked import Asked
    from gjj_cli.flows import validate

    two_units(office)
    path = tmp_path / "封存.csv"
    path.write_text(f"个人账号,封存原因\n{ONE},其他\n", encoding="utf-8")
    clerk = replace(office.as_("clerk", "2025-06-02"))
    with pytest.raises(Forbidden):
        validate.validate(clerk, [str(path)], Asked(clerk.as_of, unit="0500777"))
