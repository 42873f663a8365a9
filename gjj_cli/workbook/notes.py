"""The comments of one sheet being patched: ours put before what was said already, and taken away again."""

import re
from collections.abc import Callable
from html import unescape
from itertools import islice

from gjj_cli.finding import column_letters
from gjj_cli.workbook import boxes, sheetpatch, tags
from gjj_cli.workbook.patch import Patch

_AUTHOR = "gjj"
# A comment of ours is known by its words, because LibreOffice keeps no authors. After the finding it says what fill
# the cell had before it was red, and then what had been said there.
_OURS = re.compile(r"[EWI][0-9]{3} .*?\n改：", re.DOTALL)
_FILL = re.compile(r"\n【原底色：([^】]*)】")
_OLD = re.compile(r"\n【原批注：(.*?)】\n(.*)", re.DOTALL)
_RUNS = 20  # of the same look that another program may have cut ours into
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"

Cell = tuple[int, int]


class Notes:
    """The comments of the worksheet `sheet` (a part name). Cells are (row, column) from 1."""

    def __init__(self, patch: Patch, sheet: str) -> None:
        self._patch, self._sheet = patch, sheet
        found = patch.related(sheet, "comments")
        self._part = found.target if found else None
        self._text = patch.text(found.target) if found else ""
        self._prefix = tags.prefix_of(self._text) if found else ""
        self._authors = [_text(self._text, at) for at in tags.elements(self._text, f"{self._prefix}author")]
        self._there = len(self._authors)
        self._numbers = {author: number for number, author in enumerate(self._authors)}
        self._notes = self._read()  # cell -> the comment's element as it is written
        self._added: dict[Cell, str] = {}
        self._removed: set[Cell] = set()
        self._touched = False

    def threaded(self) -> set[Cell]:
        """Cells with a conversation, which Excel keeps twice: nobody else can change those and keep them whole."""
        found = self._patch.related(self._sheet, "threadedComment")
        if found is None:
            return set()
        text = self._patch.text(found.target)
        begins = tags.tag(f"{tags.prefix_of(text)}threadedComment").findall(text)
        return {cell for begin in begins if (cell := _cell(tags.attributes(begin).get("ref", "")))}

    def ours(self) -> dict[Cell, str]:
        """The cells with a comment of ours -> the fill that the cell had before, as `Styles.describe` says it."""
        found = {}
        for cell, note in self._notes.items():
            said = self._said(self._body(note))
            if _OURS.match(said):
                fill = _FILL.search(said.partition("\n【原批注：")[0])
                found[cell] = fill[1] if fill else ""
        return found

    def restore(self, cell: Cell) -> None:
        """Take our comment away; what was said before it stands there again."""
        self._touched = True
        note = self._notes[cell]
        body = self._body(note)
        old = _OLD.search(self._said(body))
        if old is None:
            del self._notes[cell]
            self._removed.add(cell)
        else:
            self._notes[cell] = self._with(note, old[1], self._kept(body, old[2]))

    def add(self, cell: Cell, text: str, fill: str) -> None:
        """Put our comment on a cell; `fill` describes what the cell had before it was red."""
        self._touched = True
        text += f"\n【原底色：{fill}】" if fill else ""
        note = self._notes.get(cell)
        if note is None:
            name = f"{column_letters(cell[1])}{cell[0]}"
            note = (
                f'<{self._prefix}comment ref="{name}"><{self._prefix}text></{self._prefix}text></{self._prefix}comment>'
            )
            body = ""
        else:
            body = self._body(note)
            text += f"\n【原批注：{self._author(note)}】\n"
            if body and tags.element(body, f"{self._prefix}r") is None:  # a plain <t> may not stand beside runs
                body = f"<{self._prefix}r>{body}</{self._prefix}r>"
        self._notes[cell] = self._with(note, _AUTHOR, self._run(text) + body)
        self._added[cell] = text

    def save(self) -> None:
        """Put the comments and their boxes into the patch."""
        if not self._touched:
            return
        if self._part is None:
            self._part = self._patch.free("xl/comments", ".xml")
            self._patch.add(
                self._part, _TYPE, f'<comments xmlns="{self._patch.spreadsheet}"><authors/><commentList/></comments>'
            )
            self._patch.relate(self._sheet, "comments", self._part)
            self._text = self._patch.text(self._part)
        names = "".join(
            tags.prefixed(f"<author>{tags.escape_value(author)}</author>", self._prefix)
            for author in self._authors[self._there :]
        )
        text = _inside(self._text, f"{self._prefix}authors", lambda old: old + names)
        text = _inside(text, f"{self._prefix}commentList", self._listed)
        self._patch.change(self._part, text)
        boxes.save(self._patch, self._sheet, self._added, self._removed - self._added.keys())

    def _read(self) -> dict[Cell, str]:
        notes: dict[Cell, str] = {}
        for at in tags.elements(self._text, f"{self._prefix}comment"):
            cell = _cell(tags.attributes(self._text[at.start : at.inside]).get("ref", ""))
            if cell is not None:
                notes[cell] = self._text[at.start : at.end]
        return notes

    def _listed(self, old: str) -> str:
        """The comments again: those of before in their place, with whatever stands between them, then the new ones."""
        pieces, copied, left = [], 0, dict(self._notes)
        for at in tags.elements(old, f"{self._prefix}comment"):
            cell = _cell(tags.attributes(old[at.start : at.inside]).get("ref", ""))
            pieces.append(old[copied : at.start])
            pieces.append(old[at.start : at.end] if cell is None else left.pop(cell, ""))
            copied = at.end
        return "".join([*pieces, old[copied:], *left.values()])

    def _author(self, note: str) -> str:
        number = tags.attributes(note[: note.index(">")]).get("authorId", "")
        return self._authors[int(number)] if number.isdecimal() and int(number) < len(self._authors) else ""

    def _number(self, author: str) -> int:
        if author not in self._numbers:
            self._numbers[author] = len(self._authors)
            self._authors.append(author)
        return self._numbers[author]

    def _body(self, note: str) -> str:
        """The runs of a comment, as they are written."""
        at = tags.element(note, f"{self._prefix}text")
        return note[at.inside : at.after] if at else ""

    def _said(self, body: str) -> str:
        return "".join(_text(body, at) for at in tags.elements(body, f"{self._prefix}t"))

    def _with(self, note: str, author: str, body: str) -> str:
        whole = next(tags.elements(note, f"{self._prefix}comment"))
        begin = tags.with_attribute(note[: whole.inside], "authorId", self._number(author))
        return begin + _inside(note[whole.inside :], f"{self._prefix}text", lambda _: body)

    def _run(self, text: str) -> str:
        return tags.prefixed(f'<r><t xml:space="preserve">{tags.escape_value(text)}</t></r>', self._prefix)

    def _kept(self, body: str, old: str) -> str:
        """The runs of the old comment as they were, where they still are; else its text."""
        for at in islice(tags.elements(body, f"{self._prefix}r"), _RUNS):
            rest = body[at.end :]
            if rest and self._said(rest) == old:
                return rest
        return self._run(old)


def _text(whole: str, at: tags.Element) -> str:
    return unescape(whole[at.inside : at.after])


def _inside(text: str, name: str, change: Callable[[str], str]) -> str:
    """The text with the content of its one element of that name changed."""
    at = tags.element(text, name)
    if at is None:
        raise ValueError(f"no {name}")
    begin = text[at.start : at.inside].removesuffix("/>").removesuffix(">")
    return f"{text[: at.start]}{begin}>{change(text[at.inside : at.after])}</{name}>{text[at.end :]}"


def _cell(reference: str) -> Cell | None:
    known = sheetpatch.area(reference)
    return known[:2] if known else None
