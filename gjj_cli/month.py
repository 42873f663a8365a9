"""汇缴月份: a month is the int year x 12 + month - 1, so that months add, compare and join as numbers."""

import re
from datetime import date

Month = int

_CANONICAL = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def of(year: int, month: int) -> Month:
    return year * 12 + month - 1


def of_date(day: date) -> Month:
    return of(day.year, day.month)


def parse(text: str) -> Month:
    """The month of canonical text `2025-07`; raises ValueError otherwise. Typed forms: `workbook.values`."""
    match = _CANONICAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return of(int(match[1]), int(match[2]))


def show(month: Month) -> str:
    """`2025-07`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def short(month: Month) -> str:
    """`2507`, the form inside 受理号 and 凭证号."""
    return f"{month // 12 % 100:02d}{month % 12 + 1:02d}"


def span(first: Month, last: Month) -> range:
    """All months from first to last, both included; empty when last is before first."""
    return range(first, last + 1)


def fund_year(month: Month) -> tuple[Month, Month]:
    """The 缴存年度 (1 July to 30 June) that holds the month: its first and last month."""
    first = month - (month - 6) % 12
    return first, first + 11


def last_day(month: Month) -> date:
    following = month + 1
    return date.fromordinal(date(following // 12, following % 12 + 1, 1).toordinal() - 1)


def date_in_words(day: date) -> str:
    """A date in 大写 by the PBC rule (golden X02): 2025-02-12 -> 贰零贰伍年零贰月壹拾贰日."""
    year = "".join(_DIGITS[int(digit)] for digit in f"{day.year:04d}")
    return f"{year}年{_part_words(day.month, (1, 2, 10))}月{_part_words(day.day, (*range(1, 11), 20, 30))}日"


def _part_words(number: int, with_zero: tuple[int, ...]) -> str:
    tens, ones = divmod(number, 10)
    words = (_DIGITS[tens] + "拾" if tens else "") + (_DIGITS[ones] if ones else "")
    return ("零" if number in with_zero else "") + words
