"""Money: 元 text to and from integer 分, the named roundings of a side's amount, and amounts in words (大写).

Everything inside gjj is an int of 分; rates are ints of 万分之一 (bp). No float ever holds money.
"""

import re
from enum import StrEnum
from typing import Any

YUAN = 100  # 分 in a 元
JIAO = 10  # 分 in a 角
RATE_ONE = 10_000  # 万分之一 in 100 %


class Rounding(StrEnum):
    """How one side's exact amount becomes payable; a centre chooses one (facts 2.5, golden G05)."""

    HALF_UP_YUAN = "half_up_yuan"
    HALF_EVEN_YUAN = "half_even_yuan"
    HALF_UP_JIAO = "half_up_jiao"
    HALF_UP_FEN = "half_up_fen"
    FLOOR_YUAN = "floor_yuan"
    FLOOR_JIAO = "floor_jiao"
    FLOOR_FEN = "floor_fen"
    JIAO_UP_YUAN = "jiao_up_yuan"
    FEN_UP_JIAO = "fen_up_jiao"
    LI_UP_FEN = "li_up_fen"
    CEIL_EVEN_YUAN = "ceil_even_yuan"

    @property
    def label(self) -> str:
        return _ROUNDING_LABEL[self]


_ROUNDING_LABEL = {
    Rounding.HALF_UP_YUAN: "四舍五入到元",
    Rounding.HALF_EVEN_YUAN: "四舍六入五成双到元",
    Rounding.HALF_UP_JIAO: "四舍五入到角",
    Rounding.HALF_UP_FEN: "四舍五入到分",
    Rounding.FLOOR_YUAN: "舍到元",
    Rounding.FLOOR_JIAO: "舍到角",
    Rounding.FLOOR_FEN: "舍到分",
    Rounding.JIAO_UP_YUAN: "见角进元",
    Rounding.FEN_UP_JIAO: "见分进角",
    Rounding.LI_UP_FEN: "见厘进分",
    Rounding.CEIL_EVEN_YUAN: "进位偶数",
}


def side_amount(base_fen: Any, rate_bp: Any, rounding: Rounding) -> Any:
    """One side's monthly amount in 分: base (分) x rate (万分之一), rounded as `rounding` says.

    Written with integer operators only, so that the same line serves ints and polars expressions of Int64.
    """
    exact = base_fen * rate_bp  # 分 x 10,000
    match rounding:
        case Rounding.HALF_UP_YUAN:
            return _half_up(exact, YUAN)
        case Rounding.HALF_UP_JIAO:
            return _half_up(exact, JIAO)
        case Rounding.HALF_UP_FEN:
            return _half_up(exact, 1)
        case Rounding.HALF_EVEN_YUAN:
            step = RATE_ONE * YUAN
            return (2 * exact + (step - 1) + (exact // step) % 2) // (2 * step) * YUAN
        case Rounding.FLOOR_YUAN:
            return exact // (RATE_ONE * YUAN) * YUAN
        case Rounding.FLOOR_JIAO:
            return exact // (RATE_ONE * JIAO) * JIAO
        case Rounding.FLOOR_FEN:
            return exact // RATE_ONE
        case Rounding.JIAO_UP_YUAN:  # 分 are dropped first: 0.49 has 4 角 and becomes 1 元, 1.09 stays 1 元
            return (exact // (RATE_ONE * JIAO) + 9) // 10 * YUAN
        case Rounding.FEN_UP_JIAO:
            return (exact // RATE_ONE + 9) // 10 * JIAO
        case Rounding.LI_UP_FEN:
            return (exact // (RATE_ONE // 10) + 9) // 10
        case _:  # CEIL_EVEN_YUAN
            yuan = (exact + (RATE_ONE * YUAN - 1)) // (RATE_ONE * YUAN)
            return (yuan + yuan % 2) * YUAN


def _half_up(exact: Any, step_fen: int) -> Any:
    step = RATE_ONE * step_fen
    return (2 * exact + step) // (2 * step) * step_fen


_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,2}))?")


def to_fen(text: str) -> int:
    """分 from plain 元 text such as `1234.5`; raises ValueError for anything else (commas, units, 3 decimals).

    What people type into workbooks is read by `workbook.values`, which is more forgiving.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, yuan, decimals = match.groups()
    fen = int(yuan) * YUAN + int((decimals or "").ljust(2, "0"))
    return -fen if sign else fen


def plain(fen: int) -> str:
    """元 with two decimals and no commas, for JSON and CSV: `-21936.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // YUAN}.{abs(fen) % YUAN:02d}"


def show(fen: int) -> str:
    """元 with commas, for screen and paper: `-21,936.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // YUAN:,}.{abs(fen) % YUAN:02d}"


def show_rate(rate_bp: int) -> str:
    """A rate as percent without idle zeros: 500 -> `5%`, 550 -> `5.5%`."""
    text = f"{rate_bp // 100}.{rate_bp % 100:02d}".rstrip("0").rstrip(".")
    return f"{text}%"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")


def in_words(fen: int) -> str:
    """大写 of an amount in 分, by the PBC rule with the choices of golden X01 (整 only after 元)."""
    if fen < 0:
        return "人民币负" + in_words(-fen).removeprefix("人民币")
    yuan, jiao, cent = fen // YUAN, fen // JIAO % 10, fen % 10
    words = _integer_words(yuan) + "元" if yuan else ""
    if not jiao and not cent:
        return "人民币" + (words or "零元") + "整"
    if jiao:
        gap = "零" if yuan and yuan % 10 == 0 else ""
        words += gap + _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return "人民币" + words + (_DIGITS[cent] + "分" if cent else "")


def _integer_words(number: int) -> str:
    """Words of a positive integer: 亿 over everything above eight digits, then 万, then the rest."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if number >= size:
            high, low = divmod(number, size)
            if not low:
                return _integer_words(high) + unit
            gap = "零" if low < size // 10 else ""
            return _integer_words(high) + unit + gap + _integer_words(low)
    return _section_words(number)


def _section_words(number: int) -> str:
    words, pending_zero = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            words += ("零" if pending_zero and words else "") + _DIGITS[digit] + _PLACES[power]
        pending_zero = digit == 0
    return words
