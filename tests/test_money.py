"""Money: every rounding mode, each side alone, and amounts in words read back by a checker of their own."""

import json
import re
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gjj_cli.money import Rounding, in_words, plain, show, show_rate, side_amount, to_fen

GOLDEN = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "fixtures" / "golden.json").read_text("utf-8"))["scenarios"]
}
BASES = st.integers(0, 10_000_000)
RATES = st.integers(1, 2_400)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


# Each mode in one line over the exact 元, as facts 2.5 and G05 say it; the result is in 分.
REFERENCE = {
    Rounding.HALF_UP_YUAN: lambda yuan: half_up(yuan) * 100,
    Rounding.HALF_EVEN_YUAN: lambda yuan: round(yuan) * 100,
    Rounding.HALF_UP_JIAO: lambda yuan: half_up(yuan * 10) * 10,
    Rounding.HALF_UP_FEN: lambda yuan: half_up(yuan * 100),
    Rounding.FLOOR_YUAN: lambda yuan: floor(yuan) * 100,
    Rounding.FLOOR_JIAO: lambda yuan: floor(yuan * 10) * 10,
    Rounding.FLOOR_FEN: lambda yuan: floor(yuan * 100),
    Rounding.JIAO_UP_YUAN: lambda yuan: ceil(Fraction(floor(yuan * 10), 10)) * 100,
    Rounding.FEN_UP_JIAO: lambda yuan: ceil(Fraction(floor(yuan * 100), 10)) * 10,
    Rounding.LI_UP_FEN: lambda yuan: ceil(Fraction(floor(yuan * 1000), 10)),
    Rounding.CEIL_EVEN_YUAN: lambda yuan: ceil(yuan / 2) * 200,
}


def rate_bp(percent: str) -> int:
    return int(percent.removesuffix("%")) * 100


@pytest.mark.parametrize("case", GOLDEN["G05"]["expected"]["cases"], ids=lambda case: f"{case['base']}x{case['rate']}")
def test_g05_every_mode(case: dict) -> None:
    base, rate = to_fen(case["base"]), rate_bp(case["rate"])
    assert {mode: plain(side_amount(base, rate, mode)) for mode in Rounding} == {mode: case[mode] for mode in Rounding}


@pytest.mark.parametrize("mode", Rounding)
@given(base=BASES, rate=RATES)
def test_a_mode_is_its_definition(mode: Rounding, base: int, rate: int) -> None:
    assert side_amount(base, rate, mode) == REFERENCE[mode](Fraction(base * rate, 1_000_000))


@given(st.lists(st.tuples(BASES, RATES), min_size=1, max_size=50))
def test_the_same_line_serves_a_whole_column(rows: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(rows, schema={"base": pl.Int64, "rate": pl.Int64}, orient="row")
    together = frame.select(side_amount(pl.col("base"), pl.col("rate"), mode).alias(mode) for mode in Rounding)
    for mode in Rounding:
        assert together[mode].to_list() == [side_amount(base, rate, mode) for base, rate in rows]


@pytest.mark.parametrize("case", GOLDEN["G06"]["expected"]["cases"], ids=lambda case: case["base"])
def test_g06_each_side_and_then_the_sum(case: dict) -> None:
    base, unit_bp, personal_bp = to_fen(case["base"]), rate_bp(case["unit"]), rate_bp(case["personal"])
    unit, personal = (side_amount(base, rate, Rounding.HALF_UP_YUAN) for rate in (unit_bp, personal_bp))
    assert (plain(unit), plain(personal), plain(unit + personal)) == (case["单位"], case["个人"], case["月缴存额"])
    together = side_amount(base, unit_bp + personal_bp, Rounding.HALF_UP_YUAN)
    assert plain(together) == case["wrong_rounded_together"]


@given(base=BASES, unit=RATES, personal=RATES)
def test_the_sum_of_two_rounded_sides_is_within_a_yuan_of_the_exact_sum(base: int, unit: int, personal: int) -> None:
    sides = [side_amount(base, rate, Rounding.HALF_UP_YUAN) for rate in (unit, personal)]
    assert all(side % 100 == 0 for side in sides)
    assert abs(Fraction(sum(sides)) - Fraction(base * (unit + personal), 10_000)) <= 100


# Words


@pytest.mark.parametrize("case", GOLDEN["X01"]["expected"]["cases"], ids=lambda case: case["amount"])
def test_x01_words(case: dict) -> None:
    assert in_words(to_fen(case["amount"])) == case["text"]


_DIGIT = {word: digit for digit, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
_SIZE = {"拾": 10, "佰": 100, "仟": 1000}


def read_integer(words: str) -> int:
    """A number in 大写, the largest size first; 零 is only a pause."""
    for size_word, size in (("亿", 10**8), ("万", 10**4)):
        if size_word in words:
            high, low = words.rsplit(size_word, 1) if size_word == "亿" else words.split(size_word, 1)
            return read_integer(high) * size + read_integer(low)
    total = digit = 0
    for word in words:
        if word in _SIZE:
            total, digit = total + digit * _SIZE[word], 0
        else:
            digit = _DIGIT[word]
    return total + digit


def read_words(text: str) -> int:
    """The amount in 分 that a voucher's words say."""
    match = re.fullmatch(r"人民币(负?)(?:(\S+)元)?(整)?零?(?:(\S)角)?零?(?:(\S)分)?", text)
    assert match is not None, text
    minus, yuan, whole, jiao, fen = match.groups()
    assert bool(whole) == (jiao is None and fen is None)
    amount = read_integer(yuan or "") * 100 + _DIGIT[jiao or "零"] * 10 + _DIGIT[fen or "零"]
    return -amount if minus else amount


@given(st.integers(-(10**14), 10**16))
def test_words_say_the_amount(fen: int) -> None:
    text = in_words(fen)
    assert read_words(text) == fen
    assert "零零" not in text
    assert not re.search(r"零[拾佰仟万亿元角分]", text.replace("人民币零元整", ""))


# Digits


@given(st.integers(-(10**15), 10**15))
def test_plain_and_shown_text_read_back(fen: int) -> None:
    assert to_fen(plain(fen)) == fen
    assert to_fen(show(fen).replace(",", "")) == fen


@pytest.mark.parametrize(
    ("fen", "text"), [(-2193600, "-21,936.00"), (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (404148072, "4,041,480.72")]
)
def test_shown_with_commas(fen: int, text: str) -> None:
    assert show(fen) == text


@pytest.mark.parametrize("text", ["", "1,234.00", "1.234", "12元", "１２", "+1", ".5", "1.", "--1", "1e3"])
def test_what_is_not_plain_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        to_fen(text)


@pytest.mark.parametrize(("bp", "text"), [(500, "5%"), (550, "5.5%"), (1200, "12%"), (505, "5.05%"), (0, "0%")])
def test_rates_without_idle_zeros(bp: int, text: str) -> None:
    assert show_rate(bp) == text


def test_every_rounding_has_words_of_its_own() -> None:
    labels = [mode.label for mode in Rounding]
    assert len(set(labels)) == len(labels)
    assert Rounding.HALF_UP_YUAN.label == "四舍五入到元"


def test_roundings_are_called_by_the_words_of_the_notices() -> None:
    assert [rounding.label for rounding in Rounding] == [
        "四舍五入到元",
        "四舍六入五成双到元",
        "四舍五入到角",
        "四舍五入到分",
        "舍到元",
        "舍到角",
        "舍到分",
        "见角进元",
        "见分进角",
        "见厘进分",
        "进位偶数",
    ]
