"""Submitting: what is refused in words although every row is right, and what came before."""

from pathlib import Path

import pytest

from gjj_cli.business.checked import Asked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import Exit, Refused
from gjj_cli.flows import casework, queries, remitting
from gjj_cli.workbook import template
from tests.e2e.books import M, Man, Office, newcomer
from tests.posting.posting_frames import PACK

pytestmark = pytest.mark.slow

OLD, NEW = "0500001", "0500002"
LI, WANG, ZHAO = "0010000001", "0010000002", "0010000003"
DAY = "2025-06-10"


def two_units(office: Office) -> None:
    """0500001 due from 2025-06 at 5 %, 0500002 from 2025-07 at 12 %."""
    men = {LI: Man("4000", cur="300.00", prior="700.00"), WANG: Man("5000"), ZHAO: Man("6000")}
    office.unit(OLD, men, day="2025-06-01", paid="2025-05", suspense="9000.00")
    office.unit(NEW, {"0020000001": Man("4000")}, day="2025-06-01", paid="2025-06", rates="12%/12%")


def transfer(office: Office, account: str = LI, **columns: str) -> None:
    office.do("internal-transfer", [{"个人账号": account, "转入单位账号": NEW, **columns}], DAY, OLD)


def test_a_normal_account_leaves_when_its_unit_has_paid(office: Office) -> None:
    """Without a month it would leave from 2025-07, where the new unit begins; 2025-06 is still owed."""
    two_units(office)
    with pytest.raises(Refused) as refusal:
        transfer(office)
    assert "转出单位 0500001" in refusal.value.what
    assert refusal.value.facts[0].startswith("2025-06 没有汇缴")
    assert refusal.value.remedies[0] == "改：先由转出单位汇缴：gjj remit run --unit 0500001 --through 2025-06"
    office.remit(OLD, "2025-06", DAY)
    transfer(office)
    old, new = office.man(OLD, LI), office.man(NEW, LI)
    assert (old["status"], old["balance_fen"]) == ("转出", 0)
    assert (new["status"], new["cur_fen"], new["prior_fen"]) == ("正常", 30_000 + 40_000, 70_000)
    assert office.rows(NEW, "2025-07", "2025-07-01")[0]["本月汇缴金额"] == "1920.00"  # two bases of 4,000 at 12 %


def test_a_transfer_is_seen_by_a_month_end_planned_before_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both units are written, so the plan of neither stands: else the one who came would be left out of his month."""
    two_units(office)
    office.remit(OLD, "2025-06", DAY)
    office.receive(NEW, "9000.00", DAY)
    planned = remitting.plan

    def and_meanwhile(*args: object, **how: object) -> remitting.Plan:
        monkeypatch.setattr(remitting, "plan", planned)
        plan = planned(*args, **how)  # type: ignore[arg-type]
        transfer(office)
        return plan

    monkeypatch.setattr(remitting, "plan", and_meanwhile)
    office.remit(NEW, "2025-07", "2025-07-01")
    assert office.man(NEW, LI)["paid_through"] == M("2025-07")


def test_what_changes_between_judging_and_the_lock_is_judged_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_units(office)
    write = casework._write

    def and_meanwhile(*args: object) -> casework.Submitted:
        monkeypatch.setattr(casework, "_write", write)
        office.remit(OLD, "2025-06", DAY)
        return write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(casework, "_write", and_meanwhile)
    found = office.findings("sealing", [{"个人账号": LI, "封存原因": "其他", "封存年月": "2025-06"}], DAY, OLD)
    assert [one.code for one in found] == ["E505"]


def test_or_from_the_month_that_its_unit_owes(office: Office) -> None:
    two_units(office)
    transfer(office, 转移年月="2025-06")
    assert office.rows(OLD, "2025-06", DAY)[0]["本月汇缴人数"] == 2
    office.remit(OLD, "2025-06", DAY)
    assert office.man(OLD, LI)["paid_through"] == M("2025-05")


def test_a_sealed_account_may_leave_at_any_time(office: Office) -> None:
    two_units(office)
    office.do("sealing", [{"个人账号": LI, "封存原因": "其他"}], DAY, OLD)
    transfer(office)
    assert office.man(NEW, LI)["status"] == "正常"
    ledger = queries.unit_ledger(office.as_("clerk", DAY), NEW).rows.to_dicts()[-1]
    assert (ledger["memo"], ledger["amount_fen"], ledger["balance_fen"]) == ("转入1人", 100_000, 100_000)


def test_nobody_changes_before_he_has_begun(office: Office) -> None:
    two_units(office)
    office.do("account-opening", [newcomer("5000", 启缴年月="2025-07")], DAY, OLD)
    (new,) = [row["account"] for row in office.everybody(OLD) if row["account"].startswith("05")]
    row = {"个人账号": new, "封存原因": "其他"}
    with pytest.raises(Refused, match="早于这个人的启缴年月 2025-07"):
        office.do("sealing", [row], DAY, OLD)
    office.do("sealing", [row | {"封存年月": "2025-07"}], DAY, OLD)
    assert office.rows(OLD, "2025-07", "2025-07-01")[1]["本月汇缴人数"] == 3


def test_nobody_begins_before_the_unit_has_rates(office: Office) -> None:
    office.unit(OLD, {LI: Man("4000")}, day="2025-06-01", first="2025-03")
    with pytest.raises(Refused, match="那时还没有缴存比例"):
        office.do("account-opening", [newcomer("5000", 启缴年月="2025-02")], DAY, OLD)
    office.do("account-opening", [newcomer("5000", 启缴年月="2025-03")], DAY, OLD)


def test_a_month_before_the_first_limits_stops_only_what_is_judged_by_them(office: Office) -> None:
    """The pack has rates from 2007-07 and limits from 2023-07; a sealing needs no limits."""
    men = {LI: Man("4000"), WANG: Man("5000"), ZHAO: Man("6000")}
    office.unit(OLD, men, day="2025-06-01", paid="2022-04")
    done = office.submit("account-opening", [newcomer("5000")], DAY, OLD)
    assert (done.case, done.exit) == (None, Exit.CONFIG)
    case = office.do("sealing", [{"个人账号": LI, "封存原因": "其他"}], DAY, OLD)
    assert case.effective_month == M("2022-05")


def test_two_changes_of_one_person_wait_for_each_other(office: Office) -> None:
    two_units(office)
    seal = [{"个人账号": LI, "封存原因": "其他"}]
    base = [{"个人账号": LI, "调整后缴存基数": "4500"}]
    done = office.submit("sealing", seal, DAY, OLD)
    assert done.case is not None
    with pytest.raises(Refused) as refusal:
        office.submit("base-adjustment", base, DAY, OLD)
    assert refusal.value.code == "E601"
    assert done.case.case_no in refusal.value.what


def test_the_later_kinds_are_refused_in_words(office: Office) -> None:
    two_units(office)
    row = [{"个人账号": LI, "封存类型": "托管"}]
    with pytest.raises(Refused, match="「托管」这一版还不能办"):
        office.submit("central-sealing", row, DAY, OLD)


def test_a_file_that_is_done_is_known_before_it_is_judged(office: Office, tmp_path: Path) -> None:
    two_units(office)
    path = tmp_path / "封存.xlsx"
    template.export(ROSTER["sealing"], PACK, path, unit=OLD, rows=[{"account": LI, "reason": "其他"}])
    clerk = office.as_("clerk", DAY)
    request = casework.of_file(path, Asked(clerk.as_of), ())
    first = casework.submit(clerk, request).case
    assert first is not None
    office.approve(first.case_no, DAY)
    office.finish(first.case_no, DAY)
    again = casework.submit(clerk, request)
    assert again.case is not None
    assert (again.known, again.case.case_no, again.exit, again.checked.judged.findings) == (True, first.case_no, 0, [])
