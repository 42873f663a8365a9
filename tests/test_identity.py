"""Identity numbers and 统一社会信用代码, against golden X03 and X04; python-stdnum is the oracle for check digits only."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from gjj_cli import identity

GOLDEN = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "fixtures" / "golden.json").read_text("utf-8"))["scenarios"]
}
AS_OF = date(2026, 11, 24)


def facts_of(*numbers: str | None) -> pl.DataFrame:
    return identity.with_facts(pl.DataFrame({"id": numbers}, schema={"id": pl.String}), "id", prefix="")


def years_ago(years: int) -> date:
    return AS_OF.replace(year=AS_OF.year - years)


def codes(raw: str, sex: str | None = None, birth: str | None = None) -> set[str]:
    """The findings about one number, derived from its facts as the rules do."""
    fact = facts_of(raw).row(0, named=True)
    if not fact["well_formed"]:
        return {"E202"}
    born = fact["birth"]
    young = born is not None and years_ago(16) < born < AS_OF
    bad = {
        "E201": not fact["check_ok"],
        "E203": born is None,
        "E204": born is not None and born >= AS_OF,
        "E205": not fact["region_ok"],
        "E206": sex is not None and sex != fact["sex"],
        "E207": birth is not None and date.fromisoformat(birth) != born,
        "W815": fact["is15"],
        "W816": young,
        "W817": born is not None and born < years_ago(100),
    }
    return {code for code, is_bad in bad.items() if is_bad}


@pytest.mark.parametrize("case", GOLDEN["X03"]["expected"]["cases"], ids=lambda case: case["why"])
def test_x03_identity_numbers(case: dict) -> None:
    assert codes(case["raw"], case.get("sex"), case.get("birth")) == set(case["codes"])
    assert facts_of(case["raw"])["id18"].item() == case["normalised"]


def test_a_column_is_read_as_its_single_numbers() -> None:
    numbers = [case["raw"] for case in GOLDEN["X03"]["expected"]["cases"]] + [None, ""]
    together = facts_of(*numbers)
    for row, number in enumerate(numbers):
        assert together.row(row) == facts_of(number).row(0)


def test_typed_sex_and_birth_are_not_overwritten() -> None:
    typed = pl.DataFrame({"id": ["44020319900101001X"], "sex": ["女"], "birth": [date(1990, 1, 10)]})
    read = identity.with_facts(typed, "id").row(0, named=True)
    assert (read["sex"], read["birth"]) == ("女", date(1990, 1, 10))
    assert (read["id_sex"], read["id_birth"]) == ("男", date(1990, 1, 1))


def test_every_fact_of_nothing_is_null() -> None:
    assert facts_of(None).row(0) == (None,) * 9


def test_every_fact_of_an_ill_formed_number_is_silent() -> None:
    assert facts_of("44020319900101").row(0, named=True) == {
        "id": "44020319900101",
        "normalized": "44020319900101",
        "well_formed": False,
        "is15": False,
        "id18": "44020319900101",
        "check_ok": None,
        "region_ok": None,
        "birth": None,
        "sex": None,
    }


@pytest.mark.parametrize(
    ("raw", "normalized"),
    [
        (" 440203 19900101 001x ", "44020319900101001X"),
        ("440203　19900101\u00a0001X", "44020319900101001X"),
        ("４４０２０３19900101001ｘ", "44020319900101001X"),
        ("44020319900101001²", "44020319900101001²"),
    ],
)
def test_normalised_text(raw: str, normalized: str) -> None:
    assert identity.normalise(raw) == normalized
    assert facts_of(raw)["normalized"].item() == normalized


PREFIXES = st.sampled_from(identity.REGIONS)
BIRTHS = st.dates(date(1900, 1, 1), AS_OF)


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    body = f"{draw(PREFIXES)}{draw(st.integers(0, 9999)):04d}{draw(BIRTHS):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + ric.calc_check_digit(body + "0")


# One example is a whole column: that is how numbers are judged, and it keeps the tests fast.
columns = given(st.lists(identity_numbers(), min_size=1, max_size=40))
few = settings(max_examples=15, deadline=None)


@few
@columns
def test_generated_numbers_say_what_they_were_made_of(numbers: list[str]) -> None:
    for fact in facts_of(*numbers).iter_rows(named=True):
        number = fact["id"]
        assert fact["well_formed"] and fact["check_ok"] and fact["region_ok"] and not fact["is15"]
        assert f"{fact['birth']:%Y%m%d}" == number[6:14]
        assert fact["sex"] == ("男" if int(number[16]) % 2 else "女")


@few
@given(identity_numbers())
def test_any_single_character_changed_fails(number: str) -> None:
    changed = [
        number[:place] + digit + number[place + 1 :]
        for place in range(18)
        for digit in ("0123456789X" if place == 17 else "0123456789")
        if digit != number[place]
    ]
    assert facts_of(*changed)["check_ok"].to_list() == [False] * len(changed)


@few
@given(identity_numbers())
def test_any_two_neighbours_exchanged_fail(number: str) -> None:
    swapped = [
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(16)
        if number[place] != number[place + 1]
    ]
    assert not facts_of(*swapped)["check_ok"].any()


@few
@columns
def test_a_15_digit_number_is_its_18_digit_one(numbers: list[str]) -> None:
    numbers = [number[:6] + "19" + number[8:] for number in numbers]
    numbers = [number[:17] + ric.calc_check_digit(number) for number in numbers]
    short = facts_of(*(number[:6] + number[8:17] for number in numbers))
    assert short["id18"].to_list() == numbers
    assert short["is15"].all() and short["check_ok"].all()
    assert short["birth"].to_list() == facts_of(*numbers)["birth"].to_list()


@few
@given(st.lists(st.text("0123456789", min_size=18, max_size=18), min_size=1, max_size=40))
def test_the_check_digit_is_stdnums(numbers: list[str]) -> None:
    verdict = [ric.calc_check_digit(number) == number[17] for number in numbers]
    assert facts_of(*numbers)["check_ok"].to_list() == verdict


@pytest.mark.parametrize(
    ("first", "known"),
    [
        ("10", False),
        ("16", False),
        ("44", True),
        ("47", False),
        ("66", False),
        ("71", True),
        ("83", True),
        ("84", False),
        ("91", True),
    ],
)
def test_regions(first: str, known: bool) -> None:
    assert facts_of(f"{first}0203199001010010")["region_ok"].item() is known


@pytest.mark.parametrize("day", ["00000101", "19900000", "19901301", "20250229", "20240231"])
def test_days_that_never_were(day: str) -> None:
    assert facts_of(f"440203{day}0010")["birth"].item() is None


# Other documents


@pytest.mark.parametrize(
    ("document", "good", "bad"),
    [
        ("护照", ["E12345678", "ab123", "G 12345678"], ["E123", "E1234567890123456789", "E1234-5678"]),
        ("港澳居民来往内地通行证", ["H12345678", "m1234567800"], ["H1234567", "A12345678", "H123456789"]),
        ("台湾居民来往大陆通行证", ["12345678", "1234567890"], ["123456789", "T12345678"]),
        ("外国人永久居留证", ["CHN123456789012", "944840198506150036"],
         ["CHN12345678901", "944840198506150030", "944840198502300036", "44020319900101001X"]),
        ("港澳台居民居住证", ["820000199001010010"], ["820000199001010011", "44020319900101001X", "82000019900101001"]),
        ("军官证", ["南字第1234567号"], ["123"]),
        ("其他", ["甲123"], [""]),
    ],
)  # fmt: skip
def test_forms_of_other_documents(document: str, good: list[str], bad: list[str]) -> None:
    frame = pl.DataFrame({"number": good + bad}).with_columns(document=pl.lit(document))
    verdict = frame.select(identity.other_form_ok(pl.col("document"), pl.col("number")))["other_form_ok"]
    assert verdict.to_list() == [True] * len(good) + [False] * len(bad)


def test_identity_cards_and_empty_cells_are_not_judged_by_form() -> None:
    frame = pl.DataFrame({"document": ["身份证", "护照", None], "number": ["1", None, "E12345678"]})
    verdict = frame.select(identity.other_form_ok(pl.col("document"), pl.col("number")))["other_form_ok"]
    assert verdict.to_list() == [None, None, None]


# 统一社会信用代码


@pytest.mark.parametrize("case", GOLDEN["X04"]["expected"]["cases"], ids=lambda case: case["why"])
def test_x04_credit_codes(case: dict) -> None:
    problem = identity.uscc_problem(case["raw"])
    assert [problem] * (problem is not None) == case["codes"]
    assert identity.normalise(case["raw"]) == case["normalised"]


def test_w818_the_organisation_code_inside() -> None:
    body = "91350100M000100Y5"  # the inner check is 4
    code = body + uscc.calc_check_digit(body)
    assert identity.uscc_problem(code) == "W818"


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=18, max_size=18))
def test_the_outer_check_is_stdnums(code: str) -> None:
    assert (identity.uscc_problem(code) == "E211") == (uscc.calc_check_digit(code[:17]) != code[17])


def test_just_the_regions_of_the_standard_are_known() -> None:
    """GB/T 2260 as codes.md lists it; 9x is a permanent resident's, whose next digits are no region."""
    known = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71}
    known |= {*range(81, 84), *range(90, 100)}
    prefixes = [f"{number:02d}" for number in range(100)]
    frame = pl.DataFrame({"number": [prefix + "0203199001011234" for prefix in prefixes]})
    told = frame.select(identity.facts(pl.col("number"))["region_ok"])["region_ok"]
    assert {prefix for prefix, ok in zip(prefixes, told, strict=True) if ok} == {str(number) for number in known}


def test_facts_are_named_after_themselves() -> None:
    facts = identity.facts(pl.col("number"))
    frame = pl.DataFrame({"number": ["11010519491231002X", None]})
    assert frame.select(list(facts.values())).columns == list(facts)
    assert identity.with_facts(frame, "number").columns == ["number", *(f"id_{name}" for name in facts)]
    assert identity.with_facts(frame, "number", "x.").columns == ["number", *(f"x.{name}" for name in facts)]


def test_just_the_full_width_forms_of_ascii_become_ascii() -> None:
    wide = "".join(map(chr, range(0xFF00, 0xFFF0)))
    narrow = "".join(chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else chr(code) for code in range(0xFF00, 0xFFF0))
    assert identity.normalise(wide) == narrow.upper()
    frame = pl.DataFrame({"number": [*wide]})
    assert frame.select(identity.normalized(pl.col("number")))["number"].to_list() == [*narrow.upper()]


def test_blanks_of_every_width_go() -> None:
    for blank in " \t\n\r\u00a0\u3000\u2003":
        assert identity.normalise(f"1{blank}x") == "1X"
        told = pl.DataFrame({"number": [f"1{blank}x"]}).select(identity.normalized(pl.col("number")))
        assert told["number"].item() == "1X"


def test_the_code_printed_in_gb_11714() -> None:
    """D2143569-X: every weight meets a character that is not 0. One outer check digit fits, and W818 never speaks."""
    assert {identity.uscc_problem(f"91350100D2143569X{check}") for check in identity._USCC_SET} == {"E211", None}


def test_a_credit_code_may_hold_every_character_of_the_set() -> None:
    """No valid code uses all 31 characters in 18 places, but each of them is allowed."""
    assert all(identity.uscc_problem(f"9135010{mark * 11}") != "E213" for mark in identity._USCC_SET)
    assert all(identity.uscc_problem(f"9135010{mark * 11}") == "E213" for mark in "IOSVZ")


def test_a_null_number_has_no_check_character() -> None:
    told = identity.with_facts(pl.DataFrame({"s": [None, "11010519491231002X"]}, schema={"s": pl.String}), "s")
    assert told["id_check_ok"].to_list() == [None, True]
