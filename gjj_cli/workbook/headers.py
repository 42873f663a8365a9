"""Header texts as people leave them: dressed up, with remarks in brackets, under a group heading, in two lines.

Nothing here knows rows of data. A header line gives each sheet column the texts that it may be read as, the most
exact first; a business knows some of them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from gjj_cli.business.spec import Business, Column
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook.grid import Row
from gjj_cli.workbook.values import squeeze

_NUMBERING = re.compile(r"^(?:[0-9]{1,2}[.、)]?|\([0-9]{1,2}\))(?=[^0-9年月])")
_DRESS = str.maketrans(dict.fromkeys("*★※"))
_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_HALVES = ("增加", "减少")


def normal_header(text: str) -> str:
    """A header without `*`, numbering, blanks, line breaks, invisible characters, full-width forms and a last colon."""
    seen = "".join(character for character in text if unicodedata.category(character) != "Cf")
    bare = squeeze(seen).translate(_DRESS).rstrip(":")
    return _NUMBERING.sub("", bare)


def readings(text: str) -> Iterator[str]:
    """What a normal header may be read as: with its remark, `缴存基数(调整后)` as `调整后缴存基数`, without it."""
    yield text
    remarks = "".join(_BRACKETS.findall(text))
    plain = _BRACKETS.sub("", text)
    if remarks:
        yield plain + remarks
        yield remarks + plain
        yield plain


@dataclass(frozen=True)
class Heading:
    """One column's header: `shown` to people, `texts` it may be read as, `group` the heading of several columns."""

    shown: str
    texts: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True)
class Line:
    """A header: its first and last row, and each sheet column's heading."""

    top: int
    bottom: int
    headings: Mapping[int, Heading]


def lines(rows: Mapping[int, Row]) -> list[Line]:
    """Every line that may be a header, one row before two: of `rows`, the first ones of a sheet."""
    texts = {number: _texts(row) for number, row in sorted(rows.items())}
    ones = [Line(number, number, _one(row, texts.get(number - 1, {}))) for number, row in texts.items()]
    twos = [
        Line(number, number + 1, _two(row, texts[number + 1])) for number, row in texts.items() if number + 1 in texts
    ]
    return [line for line in ones + twos if line.headings]


def _texts(row: Row) -> dict[int, str]:
    texts = ((place, normal_header(cell.text)) for place, cell in sorted(row.items()))
    return {place: text for place, text in texts if text}


def _one(row: Mapping[int, str], above: Mapping[int, str]) -> dict[int, Heading]:
    groups = above if _is_halved(above) else {}
    return {place: Heading(text, tuple(readings(text)), _over(place, groups)) for place, text in row.items()}


def _is_halved(row: Mapping[int, str]) -> bool:
    """Whether a row is 本月增加 over one half of the sheet and 本月减少 over the other."""
    return all(
        any(half in text and other not in text for text in row.values()) for half, other in permutations(_HALVES)
    )


def _two(upper: Mapping[int, str], lower: Mapping[int, str]) -> dict[int, Heading]:
    """Headers of two lines: an upper text stands over all columns below it, up to the next upper text."""
    found: dict[int, Heading] = {}
    for place in sorted({*upper, *lower}):
        below = lower.get(place, "")
        above = _over(place, upper) if below else upper[place]
        joined = (above + below, below + above, below) if below else (above,)
        texts = dict.fromkeys(text for one in joined for text in readings(one))
        found[place] = Heading(above + below, tuple(texts), above if below and _is_halved(upper) else "")
    return found


def _over(place: int, upper: Mapping[int, str]) -> str:
    """The upper text that stands over a column: its own, else the nearest to its left."""
    return upper.get(max((other for other in upper if other <= place), default=0), "")


def known_names(business: Business, pack: Pack) -> dict[str, str]:
    """Text -> slug of every header that the business's columns and batch values go by, aliases of the pack included.

    An official header wins over another column's alias, a column over a batch value, the first column over later ones.
    """
    columns = (*business.columns, *business.batch)
    ranked: list[tuple[str, Column]] = [(column.header, column) for column in columns]
    ranked += [(alias, column) for column in columns for alias in pack.header_aliases.get(column.header, ())]
    known: dict[str, str] = {}
    for name, column in ranked:
        for text in (normal_header(name), _BRACKETS.sub("", normal_header(name))):
            known.setdefault(text, column.slug)
    return known


def slugs_of(line: Line, business: Business, known: Mapping[str, str]) -> dict[int, str | None]:
    """Sheet column -> slug of what it holds of the business, None for a column that is not its.

    Under 本月增加 and 本月减少 only the half that the business is about is its.
    """
    half = "减少" if any(change.what in ("open", "reopen") for change in business.changes) else "增加"
    found: dict[int, str | None] = {}
    for place, heading in line.headings.items():
        slug = next((known[text] for text in heading.texts if text in known), None)
        found[place] = None if half in heading.group else slug
    return found


def spoken_of(texts: Sequence[str], roster: Sequence[Business]) -> Business | None:
    """The business that the first telling text names (`2025 年 7 月启封清册`); None where none names just one."""
    for text in texts:
        names = {name: one for one in roster for name in (one.title, one.short, one.short.removeprefix("内部"))}
        words = {name: business for name, business in names.items() if name in text}
        longest = [word for word in words if not any(word != other and word in other for other in words)]
        named = {words[word].slug: words[word] for word in longest}
        if len(named) == 1:
            return next(iter(named.values()))
    return None
