"""Typed cells to canonical values: every form people really type, read once, here (golden G35-G38, X05).

A value that can be told for certain becomes its one canonical form; anything else keeps no value and carries the
code of what is wrong and a note for the message. Nothing is ever guessed, and no float is ever made.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.business.spec import Column, Kind
from gjj_cli.rules.policy import Dictionary
from gjj_cli.workbook.cells import Cell, CellType

Value = int | str | date | None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A canonical value, or the code of the problem; `note` completes that code's message."""

    value: Value = None
    problem: str | None = None
    note: str = ""


EMPTY = Parsed()

_YEARS = range(1900, 2101)
_BLANKS = re.compile(r"\s+")
_DOTS = "•・．‧∙⋅･"
_NAME_DOTS = str.maketrans(dict.fromkeys(_DOTS, "·"))
NAME_NOISE = rf"[\s·{_DOTS}]"  # what does not count when two spellings of a name are compared; for polars too
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}")
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffd")  # letters and signs without ink
_LONG = 1_000  # characters, blanks and all; what is longer than any column allows is not looked at one by one
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


def parse(column: Column, cell: Cell | None, dictionary: Dictionary | None) -> Parsed:
    """Read one cell as its column's kind says. None or blank text is EMPTY (whether it may be is a rule)."""
    if cell is None:
        return EMPTY
    if cell.type is CellType.ERROR:
        return Parsed(problem="E110", note=f"是错误值 {cell.text}")
    if not cell.cached:
        return Parsed(problem="E110", note="是公式，但文件里没有算好的结果")
    if not cell.text.strip():
        return EMPTY
    if column.kind is Kind.DICTIONARY:
        parsed = _dictionary(cell, dictionary)
    elif column.kind in _TEXTS:
        return _text(cell, column)
    else:
        parsed = _READERS[column.kind](cell)
    hidden = invisible(cell.text) if parsed.problem else None
    return parsed if hidden is None else Parsed(problem=parsed.problem, note=f"里面有看不见的字符 {hidden}")


def squeeze(text: str) -> str:
    """Full-width forms to ASCII (NFKC), every blank removed: for numbers, months, identities, headers."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text))


def invisible(text: str) -> str | None:
    """The code point of a text's first control, format, private-use or inkless character, or None (row 23).

    U+FFFD stands where a character was lost, and counts too.
    """
    if text.isprintable() and _UNSEEN.isdisjoint(text):
        return None
    for character in text:
        unseen = unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn") or character in _UNSEEN
        if unseen and character not in "\n\r\t":
            return f"U+{ord(character):04X}"
    return None


def name_key(name: str) -> str:
    """What two spellings of one name have in common: blanks and the dots · • ・ ． do not count."""
    return re.sub(NAME_NOISE, "", name)


def _text(cell: Cell, column: Column) -> Parsed:
    if column.kind in _NUMBERS and (cell.type is not CellType.TEXT or _SCIENTIFIC.fullmatch(cell.text.strip())):
        return Parsed(problem="E108")
    if len(cell.text) > _LONG:
        return _too_long(len(cell.text), column)
    hidden = invisible(cell.text)
    if hidden is not None:
        return Parsed(problem="E102", note=f"里有看不见的字符 {hidden}")
    text = _TEXTS[column.kind](cell.text)
    if len(text) > column.max_length:
        return _too_long(len(text), column)
    if _MARKS.search(text):
        return Parsed(problem="E102", note="里一个字上叠了好几个符号")
    if column.kind is Kind.NAME and (note := _no_name(text)):
        return Parsed(problem="E113", note=note)
    return Parsed(text)


def _too_long(length: int, column: Column) -> Parsed:
    return Parsed(problem="E102", note=f"有 {length} 个字，最多 {column.max_length} 个")


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text.strip())


def _name(text: str) -> str:
    """A name in one spelling: one kind of dot, no blanks between Chinese characters."""
    name = _plain(text).translate(_NAME_DOTS)
    return name if name.isascii() else name.replace(" ", "").replace(".", "·")


def _no_name(text: str) -> str | None:
    """Why a text is nobody's name, None where it may be one."""
    if unicodedata.normalize("NFKC", text)[0] in "=+-@":
        return "像公式，不是姓名"
    return None if any(character.isalpha() for character in text) else "里一个字也没有"


_QUOTED = re.compile(r"""=?(["'])(.*?)["']?""")  # what keeps a number a text in a CSV: '001, ="001"
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")


def _number(text: str) -> str:
    """An account or identity number as one typed it, without blanks, full-width forms and the quotes of a CSV."""
    bare = squeeze(text)
    quoted = _QUOTED.fullmatch(bare)
    return (quoted[2] if quoted else bare).upper()


_TEXTS: dict[Kind, Callable[[str], str]] = {
    Kind.TEXT: _plain,
    Kind.NAME: _name,
    Kind.ACCOUNT: _number,
    Kind.UNIT: _number,
    Kind.ID_NUMBER: _number,
}
_NUMBERS = (Kind.ACCOUNT, Kind.UNIT, Kind.ID_NUMBER)

_CIRCLED = "\u2460-\u2473\u2474-\u2487\u24f5-\u24fe\u2776-\u277f\u3220-\u3229"
_ENUMERATED = re.compile(rf"[{_CIRCLED}]|\(?[0-9A-Z]{{1,4}}\)?[-=.、:_)]?(?=[^\x00-\x7f])")
_REMARK = re.compile(r"\([^()]*\)$")


def _dictionary(cell: Cell, dictionary: Dictionary | None) -> Parsed:
    """A label, code or alias; also `①身份证` and `1-身份证`, whose number belongs to somebody else's list."""
    if dictionary is None:
        raise ValueError("a dictionary column needs its dictionary")
    typed = cell.text.strip()
    if re.fullmatch(f"[{_CIRCLED}]", typed):
        return Parsed(problem="E104", note="编号各地不一样，请写出文字")
    text = squeeze(typed)
    label = dictionary.label_of(text) or dictionary.label_of(text.upper())
    if label is None and text.isascii():
        label = dictionary.label_of(text.zfill(2))
    if label is None:
        label = dictionary.label_of(_REMARK.sub("", squeeze(_ENUMERATED.sub("", typed, count=1))))
    if label is not None:
        return Parsed(label)
    near = difflib.get_close_matches(text[:_LONG], dictionary.labels, n=1, cutoff=0.5)
    choices = "、".join(dictionary.labels[:8])
    return Parsed(problem="E104", note=f"是不是「{near[0]}」" if near else f"可以填：{choices}")


# --- money -----------------------------------------------------------------------------------------------------

_MONEY = re.compile(
    r"(-?)(?:人民币|RMB|CNY)?[:¥]?(-?)\+?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?(?:元整?)?(?:/月)?",
    re.IGNORECASE,
)
_DOUBLE = Context(prec=15, traps=[])  # what a spreadsheet's double really holds; out of range it is infinite or NaN
_MONEY_BOUND = 10**13  # 元; nobody's fund


def _money(cell: Cell) -> Parsed:
    if cell.type is CellType.NUMBER and not cell.percent:
        return _money_number(cell.text)
    if cell.type is not CellType.TEXT:
        return Parsed(problem="E107", note="不是金额")
    match = _MONEY.fullmatch(squeeze(cell.text))
    if match is None or (match[1] and match[2]):
        return Parsed(problem="E107", note=_money_note(squeeze(cell.text)))
    decimals = (match[4] or "").rstrip("0")
    if len(decimals) > 2:
        return Parsed(problem="E107", note="小数超过两位")
    digits = match[3].replace(",", "").lstrip("0") or "0"
    if len(digits) >= len(str(_MONEY_BOUND)):  # int() itself refuses what is much longer
        return Parsed(problem="E107", note="大得不可能")
    fen = money.to_fen(f"{digits}.{decimals or '0'}")
    return Parsed(-fen if match[1] or match[2] else fen)


def _money_number(text: str) -> Parsed:
    """A number cell: 15 significant digits are what a double really holds, so 0.30000000000000004 is 0.30."""
    amount = _DOUBLE.create_decimal(text)
    if not amount.is_finite() or abs(amount) >= _MONEY_BOUND:
        return Parsed(problem="E107", note="大得不可能")
    fen = amount * money.YUAN
    if fen != fen.to_integral_value():
        return Parsed(problem="E107", note="小数超过两位")
    return Parsed(int(fen))


def _money_note(text: str) -> str:
    if re.search("[万亿千百]", text):
        return "用数字写成元，不要带万、千这样的字"
    if "," in text:
        return "千分位逗号的位置不对"
    if re.search("[eE]", text):
        return "是科学计数法"
    if text.startswith("("):
        return "括号不是负数"
    return "不是金额"


# --- months and dates ------------------------------------------------------------------------------------------

_YEAR_MONTH = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年([0-9]{1,2}))月?")
_YEAR_MONTH_DAY = re.compile(
    r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?)(?:T?00?:00(?::00(?:\.0+)?)?)?"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_SERIAL = range(20_000, 80_000)  # Excel day numbers of 1954 to 2119


def _month(cell: Cell) -> Parsed:
    if cell.type is CellType.DATE:
        return Parsed(months.of_date(date.fromisoformat(cell.text)))
    if cell.type is CellType.NUMBER:
        return _month_number(cell.text)
    if cell.type is not CellType.TEXT:
        return Parsed(problem="E105", note="不是年月")
    text = squeeze(cell.text).translate(_DASHES)
    day = _day_of(text)
    if day is not None:
        return Parsed(months.of_date(day))
    match = _YEAR_MONTH.fullmatch(text)
    if match is not None:
        return _checked_month(int(match[1]), int(match[2] or match[3]))
    match = _COMPACT.fullmatch(text)
    if match is not None and match[3] is None:
        return _checked_month(int(match[1]), int(match[2]))
    return Parsed(problem="E105", note=_month_note(text))


def _month_number(text: str) -> Parsed:
    amount = _DOUBLE.create_decimal(text)
    if amount == amount.to_integral_value() and abs(amount) < 10**9:
        number = int(amount)
        if len(str(number)) == 6:
            return _checked_month(number // 100, number % 100)
        day = _day_of(str(number))
        if day is not None:
            return Parsed(months.of_date(day))
        if number in _SERIAL:
            serial = date(1899, 12, 30) + timedelta(days=number)
            return Parsed(problem="E105", note=f"像 Excel 的日期序号（{serial}），单元格格式不是日期")
        return Parsed(problem="E105", note="不是年月")
    match = re.fullmatch(r"([0-9]{4})\.([0-9]{1,2})", text)
    if match is None:
        return Parsed(problem="E105", note="不是年月")
    if match[2] == "1":  # 2025.10 as a number is 2025.1 too; no other month loses a zero
        return Parsed(problem="E105", note=f"是 {match[1]}-01 还是 {match[1]}-10")
    return _checked_month(int(match[1]), int(match[2]))


def _checked_month(year: int, month: int) -> Parsed:
    if year not in _YEARS or not 1 <= month <= 12:
        return Parsed(problem="E105", note=f"没有 {year} 年 {month} 月" if year in _YEARS else f"年份 {year} 不对")
    return Parsed(months.of(year, month))


def _day_of(text: str) -> date | None:
    """The date of a full date in any typed form, or None when it is none or not a real day."""
    match = _YEAR_MONTH_DAY.fullmatch(text)
    if match is not None:
        parts = (match[1], match[2] or match[4], match[3] or match[5])
    else:
        match = _COMPACT.fullmatch(text)
        if match is None or match[3] is None:
            return None
        parts = (match[1], match[2], match[3])
    try:
        day = date(*(int(part) for part in parts))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _month_note(text: str) -> str:
    if re.fullmatch(r"[0-9]{2}[-/.年][0-9]{1,2}月?", text):
        return "年份只有两位"
    if re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{4}", text):
        return "年份要写在前面"
    return "没有年份" if re.fullmatch("[0-9一二三四五六七八九十]{1,2}月份?", text) else "不是年月"


def _date(cell: Cell) -> Parsed:
    if cell.type is CellType.DATE:
        return Parsed(date.fromisoformat(cell.text))
    text = squeeze(cell.text).translate(_DASHES)
    day = _day_of(text)
    if day is not None:
        return Parsed(day)
    if cell.type is CellType.NUMBER and re.fullmatch("[0-9]{5}", text) and int(text) in _SERIAL:
        serial = date(1899, 12, 30) + timedelta(days=int(text))
        return Parsed(problem="E105", note=f"像 Excel 的日期序号（{serial}），单元格格式不是日期")
    if _YEAR_MONTH.fullmatch(text):
        return Parsed(problem="E105", note="缺日")
    return Parsed(problem="E105", note="没有这一天" if _YEAR_MONTH_DAY.fullmatch(text) else _date_note(text))


def _date_note(text: str) -> str:
    if re.fullmatch(r"[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?", text):
        return "年份只有两位"
    return "年份要写在前面" if re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}", text) else "不是日期"


# --- numbers that are text -------------------------------------------------------------------------------------


def _digits_text(cell: Cell) -> str:
    """The text of a phone or postcode cell; a whole number is its text."""
    text = squeeze(cell.text)
    if cell.type is CellType.NUMBER:
        amount = _DOUBLE.create_decimal(text)
        if amount == amount.to_integral_value() and abs(amount) < 10**15:
            return str(int(amount))
    return text.translate(_DASHES)


def _mobile(cell: Cell) -> Parsed:
    text = re.sub("[-()]", "", _digits_text(cell))
    text = re.sub(r"^(\+?86|0086)(?=1[3-9][0-9]{9}$)", "", text)
    if re.fullmatch(r"1[3-9][0-9]{9}", text):
        return Parsed(text)
    return Parsed(problem="E112", note=f"手机号码是 11 位数字，第一位是 1，第二位是 3 到 9，这里是 {len(text)} 位")


def _phone(cell: Cell) -> Parsed:
    text = _digits_text(cell).replace("(", "").replace(")", "-").replace("转", "-")
    if re.fullmatch(r"(?:0[0-9]{2,3}-?)?[0-9]{7,8}(?:-[0-9]{1,6})?|1[3-9][0-9]{9}", text):
        return Parsed(text)
    return Parsed(problem="E112", note="固定电话写成区号-号码，例如 0751-8880000")


def _postcode(cell: Cell) -> Parsed:
    text = _digits_text(cell)
    if re.fullmatch("[0-9]{6}", text):
        return Parsed(text)
    return Parsed(problem="E112", note="邮政编码是 6 位数字")


_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(%?)")


def _percent(cell: Cell) -> Parsed:
    """万分之一 of a percent (golden G36): with % as is, 1 and more percent, below 0.3 a fraction, between unclear."""
    match = _PERCENT.fullmatch(squeeze(cell.text)) if cell.type in (CellType.TEXT, CellType.NUMBER) else None
    if match is None:
        return Parsed(problem="E106", note="不是百分数")
    number = _DOUBLE.create_decimal(match[1])
    if cell.percent and cell.type is CellType.NUMBER:
        share = number
    elif match[2] or number >= 1:
        share = number / 100
    elif number < Decimal("0.3"):
        share = number
    else:
        return Parsed(problem="E106", note=f"是 {number}% 还是 {(number * 100).normalize():f}%")
    if share > 1000:
        return Parsed(problem="E106", note="大得不可能")
    rate = share * money.RATE_ONE
    if rate != rate.to_integral_value():
        return Parsed(problem="E106", note="小数超过两位")
    return Parsed(int(rate))


_READERS: dict[Kind, Callable[[Cell], Parsed]] = {
    Kind.MONEY: _money,
    Kind.MONTH: _month,
    Kind.DATE: _date,
    Kind.MOBILE: _mobile,
    Kind.PHONE: _phone,
    Kind.POSTCODE: _postcode,
    Kind.PERCENT: _percent,
}
