"""A small, right 个人账户设立 as parts, to be spoiled one thing at a time."""

import random
from xml.sax.saxutils import escape

from tests.workbook import packages

HEADER = ("姓名*", "证件类型*", "证件号码*", "缴存基数*", "手机号码*")
PERSON = ("张三", "身份证", "440203199001011231", "5000", "13900000001")
LETTERS = "ABCDEFGHIJ"


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def row(number: int, texts: tuple[str, ...]) -> str:
    cells = "".join(text_cell(f"{letter}{number}", text) for letter, text in zip(LETTERS, texts, strict=False))
    return f'<row r="{number}">{cells}</row>'


def rows(*more: str, person: tuple[str, ...] = PERSON) -> str:
    """The header, one person, and whatever rows follow as XML."""
    return row(1, HEADER) + row(2, person) + "".join(more)


def parts(*more: str, before: str = "", after: str = "", **changed: str) -> dict[str, str | bytes]:
    """The parts of the workbook, `more` rows below the person; `changed` as in `packages.parts`."""
    made: dict[str, str | bytes] = dict(packages.parts(sheet=packages.sheet(rows(*more), before, after)))
    made |= packages.parts(**changed) if changed else {}
    if "sheet" not in changed:
        made[packages.SHEET] = packages.sheet(rows(*more), before, after)
    return made


def good(*more: str, **how: str) -> bytes:
    return packages.pack(parts(*more, **how))


def with_part(name: str, content: str | bytes) -> bytes:
    """The good workbook with one part more, or one part changed."""
    return packages.pack({**parts(), name: content})


def with_cell(xml: str, column: str = "D", **how: str) -> bytes:
    """The good workbook with the person's cell of that column written otherwise."""
    place = LETTERS.index(column)
    cells = [text_cell(f"{letter}2", text) for letter, text in zip(LETTERS, PERSON, strict=False)]
    cells[place : place + 1] = [xml]
    sheet = packages.sheet(row(1, HEADER) + f'<row r="2">{"".join(cells)}</row>')
    return packages.pack(parts(sheet=sheet, **how))


def with_person(**changed: str) -> bytes:
    """The good workbook with texts of the person changed, by column letter."""
    person = tuple(changed.get(letter, text) for letter, text in zip(LETTERS, PERSON, strict=False))
    return packages.pack({**parts(), packages.SHEET: packages.sheet(rows(person=person))})


def noise(length: int, seed: int = 1) -> str:
    """Text that packs to no less than half."""
    dice = random.Random(seed)
    return "".join(dice.choice("0123456789abcdef") for _ in range(length))
