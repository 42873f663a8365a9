"""The golden cases of people and bases from submit to 变更查询, through the flows (fixtures/golden.json)."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.business.checked import Asked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import Exit
from gjj_cli.finding import Finding
from gjj_cli.flows import queries, remitting, sample, validate
from gjj_cli.flows.context import pack_for
from gjj_cli.money import plain, to_fen
from gjj_cli.settings import Settings
from gjj_cli.store.engine import Books
from gjj_cli.workbook import template
from tests.e2e.books import (
    UNIT,
    M,
    Man,
    Office,
    adjusted,
    moneyed,
    no,
    numbered,
    sealing_unit,
)
from tests.posting.posting_frames import GOLDEN, PACK

pytestmark = pytest.mark.slow

# 封存


@pytest.mark.parametrize("given", ["default", "given_2025_07"])
def test_g13_sealing_now_and_ahead(office: Office, given: str) -> None:
    expected = GOLDEN["G13"]["expected"]
    sealing_unit(office)
    month = {} if given == "default" else {"封存年月": "2025-07"}
    row = {"个人账号": no("B"), "封存原因": "其他", **month}
    case = office.do("sealing", [row], "2025-06-18", UNIT, yes=True)
    assert months.show(case.effective_month) == ("2025-06" if given == "default" else "2025-07")
    assert office.rows(UNIT, "2025-07", "2025-07-01") == expected[given]["rows"]
    assert office.man(UNIT, no("B"))["status"] == ("封存" if given == "default" else "正常")
    office.remit(UNIT, "2025-06", "2025-06-20")
    man = office.man(UNIT, no("B"))
    assert (man["status"], months.show(man["paid_through"])) == ("封存", expected["缴至年月_B"][given])
    paid = 0 if given == "default" else 50_000
    assert man["balance_fen"] == to_fen("1234.56") + paid  # only a 汇缴 moves it, the sealing never
    assert office.rows(UNIT, "2025-07", "2025-07-01") == [
        row for row in expected[given]["rows"] if row["汇缴年月"] == "2025-07"
    ]
    found = queries.contribution_changes(office.as_("clerk", "2025-06-20"), UNIT, "封存")
    assert [plain(fen) for fen in found.rows["delta_fen"]] == [expected["变化缴存额"]]
    assert found.totals["单位封存人数"] == 1


@pytest.mark.parametrize("business", ["sealing", "central-sealing"])
def test_who_is_to_be_sealed_later_is_not_sealed_again(office: Office, business: str) -> None:
    sealing_unit(office)
    row = {"个人账号": no("B"), "封存原因": "其他"}
    office.do("sealing", [row | {"封存年月": "2025-07"}], "2025-06-18", UNIT, yes=True)
    again = row | ({"封存类型": "集中封存"} if business == "central-sealing" else {})
    found = office.findings(business, [again], "2025-06-19", UNIT, yes=True)
    assert [one.code for one in found if one.severity.value == "error"] == ["E405"]
    assert "预封存" in next(one.message for one in found if one.code == "E405")


def test_g13_a_paid_month_cannot_be_sealed(office: Office) -> None:
    expected = GOLDEN["G13"]["expected"]["given_2025_05"]
    sealing_unit(office)
    row = {"个人账号": no("B"), "封存原因": "其他", "封存年月": "2025-05"}
    (found,) = office.findings("sealing", [row], "2025-06-18", UNIT, yes=True)
    assert expected["code"].startswith(found.code)
    assert "需先冲销" in found.message
    assert office.man(UNIT, no("B"))["status"] == "正常"


def test_g03_the_page_of_thirteen_sealed_people(office: Office) -> None:
    told, expected = GOLDEN["G03"]["input"], GOLDEN["G03"]["expected"]
    leaving = [f"{place:010d}" for place in range(1, 14)]
    men = {account: Man(f"{base}.00") for account, base in zip(leaving, told["bases"], strict=True)}
    staying = {f"{place:010d}": Man("5200.00") for place in range(14, 28)}
    office.unit(UNIT, {**men, **staying}, day="2024-04-30", rates=told["rates"], paid="2024-04")
    rows = [{"个人账号": account, "封存原因": "终止劳动关系"} for account in leaving]
    case = office.do("sealing", rows, "2024-05-24", UNIT)
    first, last = map(date.fromisoformat, told["业务发生日期"])
    clerk = office.as_("clerk", "2025-05-14")
    found = queries.contribution_changes(clerk, UNIT, told["变更类型"], first, last)
    assert [
        {"变更前个人缴存基数": plain(row["before_base_fen"]), "变化缴存额": plain(row["delta_fen"])}
        for row in found.rows.to_dicts()
    ] == expected["rows"]
    assert moneyed(found.totals) == expected["汇总"]
    assert set(found.rows["before_status"]) == {"正常"}
    assert set(found.rows["after_status"]) == {"封存"}
    assert case.totals["变化缴存额"] == expected["汇总"]["封存变化缴存额"]
    assert queries.contribution_changes(clerk, UNIT, "启封", first, last).rows.is_empty()
    assert queries.contribution_changes(clerk, UNIT, first=date(2024, 5, 25)).totals["单位封存人数"] == 0


# 基数


def test_g18_limits_of_the_effective_month(tmp_path: Path) -> None:
    cases = GOLDEN["G18"]["expected"]["cases"]
    found = judged(tmp_path, [(base, month) for base, month, _ in cases])
    said = {finding.place.row: finding for finding in found if finding.code in ("E301", "E302")}
    for row, (_, month, expected) in enumerate(cases, 2):
        finding = said.get(row)
        if expected == "ok":
            assert finding is None
        else:
            assert finding is not None
            assert expected.startswith(finding.code)
            assert month in finding.message
            assert (finding.severity.value, finding.verified) == ("warning", False)


def test_g18_own_limits_are_errors(tmp_path: Path) -> None:
    own = {"2025-07": {"base_min": "1750.00", "base_max": "26000.00", "source": "韶公积金〔2025〕1号"}}
    found = judged(tmp_path, [("1749.99", "2025-07"), ("1750.00", "2025-07")], policy_overlay=own)
    assert [(finding.code, finding.place.row, finding.severity.value) for finding in found] == [("E301", 2, "error")]


def test_g18_a_month_that_the_policy_does_not_cover_is_exit_3(tmp_path: Path) -> None:
    assert "exit 3" in GOLDEN["G18"]["expected"]["month_2027_07"]
    settings = Settings(None, tmp_path, None, date(2027, 6, 30))
    run = validate.validate(settings, [str(opening(tmp_path, [("5000.00", "2027-07")]))], Asked(settings.as_of))
    assert run.exit is Exit.CONFIG
    assert [months.show(month) for month in run.files[0].uncovered] == ["2027-07"]


def judged(folder: Path, people: list[tuple[str, str]], **how: object) -> list[Finding]:
    """The findings of an opening list of these bases and months, on a day of July 2025 without books."""
    settings = replace(Settings(None, folder, None, date(2025, 7, 18)), **how)
    run = validate.validate(settings, [str(opening(folder, people))], Asked(settings.as_of))
    return run.files[0].judged.findings


def opening(folder: Path, people: list[tuple[str, str]]) -> Path:
    rows = [
        {
            "name": sample.name(place),
            "doc_type": "身份证",
            "id_number": sample.identity(place),
            "base": to_fen(base),
            "mobile": f"1390000{place:04d}",
            "effective_month": M(month),
        }
        for place, (base, month) in enumerate(people, 1)
    ]
    path = folder / "开户.xlsx"
    template.export(ROSTER["account-opening"], PACK, path, rows=rows)
    return path


def test_g20_the_annual_adjustment(office: Office) -> None:
    expected = GOLDEN["G20"]["expected"]
    adjusting_unit(office)
    day = "2025-07-10"
    assert office.rows(UNIT, "2025-07", day) == [expected["before"]]
    before = monthly(office, "2025-07", day)
    office.do("base-adjustment", adjusted(A="1750", B="4333.33", C="4990"), day, UNIT)
    assert office.rows(UNIT, "2025-07", day) == [expected["after"]]
    after = monthly(office, "2025-07", day)
    found = queries.contribution_changes(office.as_("clerk", day), UNIT)
    change = dict(zip(found.rows["account"], found.rows["delta_fen"], strict=True))
    assert {
        name: [plain(before[no(name)]), plain(after[no(name)]), plain(change[no(name)])]
        for name in expected["per_person"]
    } == expected["per_person"]
    assert {name: moneyed(found.totals)[name] for name in expected["变更查询"]} == expected["变更查询"]


@pytest.mark.parametrize(
    ("rows", "month", "expected"),
    [
        ({"A": "1800"}, "2025-08", "second_adjustment_same_year"),
        ({"B": "4333.33"}, "2025-07", "same_base"),
        ({"B": "4500"}, "2025-06", "effective_2025_06"),
    ],
)
def test_g20_what_is_refused(office: Office, rows: dict[str, str], month: str, expected: str) -> None:
    wanted = GOLDEN["G20"]["expected"][expected]
    adjusting_unit(office, B="4333.33")
    office.do("base-adjustment", adjusted(A="1750"), "2025-07-10", UNIT)
    found = office.findings("base-adjustment", adjusted(month, **rows), "2025-07-11", UNIT)
    assert [one.code for one in found] == [wanted[:4]]
    if expected == "second_adjustment_same_year":
        assert "2025-07至2026-06" in found[0].message


def test_g20_after_july_is_paid_the_adjustment_takes_effect_later(office: Office) -> None:
    adjusting_unit(office)
    office.remit(UNIT, "2025-07", "2025-07-20")
    (found,) = office.findings("base-adjustment", adjusted("2025-07", C="4990"), "2025-07-21", UNIT)
    assert found.code == "E506"
    case = office.do("base-adjustment", adjusted("", C="4990"), "2025-07-21", UNIT)
    assert months.show(case.effective_month) == "2025-08"


def adjusting_unit(office: Office, **changed: str) -> None:
    men = {name: Man(base) for name, base in ({"A": "1700", "B": "4000", "C": "5010"} | changed).items()}
    office.unit(UNIT, numbered(men), day="2025-07-01", paid="2025-06", suspense="5000.00")


def monthly(office: Office, through: str, day: str) -> dict[str, int]:
    """个人账号 -> 月缴存额 of the one month due."""
    clerk = office.as_("clerk", day)
    books = Books.open(clerk.books())
    with books.reading() as tx:
        plan = remitting.plan(tx, [UNIT], M(through), clerk.as_of, pack_for(clerk), whole=True)
    books.close()
    return dict(plan.amounts.select("employee", "amount_fen").rows())
