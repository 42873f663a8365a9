"""styles.xml with styles added: a cell's own style once more with another fill, and those of the texts we write."""

import re
from typing import Literal

from gjj_cli.workbook import tags
from gjj_cli.workbook.patch import Patch

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"

# The sections cells refer to, in the order of the schema, with what must be in each.
_NONE = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
_SECTIONS = {
    "fonts": ("font", '<font><sz val="11"/><name val="宋体"/></font>'),
    "fills": ("fill", _NONE),
    "borders": ("border", "<border><left/><right/><top/><bottom/><diagonal/></border>"),
    "cellStyleXfs": ("xf", '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'),
    "cellXfs": ("xf", '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'),
}
Look = Literal["plain", "bold", "link"]
_FONTS: dict[Look, str] = {
    "bold": '<font><b/><sz val="11"/><name val="宋体"/></font>',
    "link": '<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="宋体"/></font>',
}
_DESCRIBED = re.compile(
    r"([A-Za-z0-9]+)(?: (rgb|theme|indexed|auto) ([0-9A-Fa-f]{1,8}) (-?[0-9.]+))?"
    r"(?: (rgb|theme|indexed|auto) ([0-9A-Fa-f]{1,8}) (-?[0-9.]+))?"
)


def solid(color: str) -> str:
    """A plain fill in an ARGB color such as FFFF7C80, as `Styles.describe` says it."""
    return f"solid rgb {color} 0.0"


class Styles:
    """The styles of a workbook being patched. A style is the number that cells refer to it by."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        found = patch.related(patch.main, "styles")
        if found is None:
            part = patch.free("xl/gjjStyles", ".xml")
            patch.add(part, _TYPE, f'<styleSheet xmlns="{patch.spreadsheet}"></styleSheet>')
            patch.relate(patch.main, "styles", part)
        self._part = found.target if found else part
        text = patch.text(self._part)
        self._prefix = tags.prefix_of(text)
        self._text = _completed(text, self._prefix)
        self._items = {section: self._read(section) for section in _SECTIONS}
        self._there = {section: len(items) for section, items in self._items.items()}
        self._known = {section: {item: at for at, item in enumerate(items)} for section, items in self._items.items()}
        self._filled: dict[tuple[int, str], int] = {}

    def filled(self, base: int, described: str) -> int:
        """The style `base` with that fill; described as `describe` does, empty for none."""
        if (base, described) not in self._filled:
            fill = self._add("fills", _fill(described)) if described else 0
            begin, rest = self._style(base)
            begin = tags.with_attribute(tags.with_attribute(begin, "fillId", fill), "applyFill", 1)
            self._filled[base, described] = self._add("cellXfs", begin + rest, ready=True)
        return self._filled[base, described]

    def text(self, look: Look = "plain") -> int:
        """The style of a text of ours: wrapped, from the top."""
        font = self._add("fonts", _FONTS[look]) if look in _FONTS else 0
        return self._add(
            "cellXfs",
            f'<xf numFmtId="0" fontId="{font}" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">'
            '<alignment vertical="top" wrapText="1"/></xf>',
        )

    def describe(self, style: int) -> str:
        """A style's fill in a few words, such as `solid rgb FFEDEDED 0.0`; empty for none.

        A pattern has its second color after the first. A gradient cannot be said so shortly and counts as none.
        """
        index = tags.attributes(self._style(style)[0]).get("fillId", "0")
        fills = self._items["fills"]
        fill = fills[int(index)] if index.isdecimal() and int(index) < len(fills) else ""
        pattern = tags.tag(f"{self._prefix}patternFill").search(fill)
        kind = tags.attributes(pattern[0]).get("patternType", "none") if pattern else "none"
        if kind == "none":
            return ""
        names = ("fgColor",) if kind == "solid" else ("fgColor", "bgColor")
        colors = [tags.tag(self._prefix + name).search(fill) for name in names]
        return " ".join([kind, *(_color(found[0]) for found in colors if found)])

    def save(self) -> None:
        """Put the styles into the patch."""
        text = self._text
        for section, items in self._items.items():
            known = tags.element(text, self._prefix + section)
            if known is not None and len(items) > self._there[section]:
                begin = tags.with_attribute(text[known.start : known.inside], "count", len(items))
                added = "".join(items[self._there[section] :])
                text = text[: known.start] + begin + text[known.inside : known.after] + added + text[known.after :]
        if any(len(items) > self._there[section] for section, items in self._items.items()):
            self._patch.change(self._part, text)

    def _read(self, section: str) -> list[str]:
        whole = tags.element(self._text, self._prefix + section)
        if whole is None:
            return []
        kind = self._prefix + _SECTIONS[section][0]
        return [self._text[at.start : at.end] for at in tags.elements(self._text, kind, whole.inside, whole.after)]

    def _style(self, style: int) -> tuple[str, str]:
        """The begin tag of a style and the rest of it; a style that is not there is the first."""
        items = self._items["cellXfs"]
        item = items[style] if style < len(items) else items[0]
        where = next(tags.elements(item, f"{self._prefix}xf"))
        return item[: where.inside], item[where.inside :]

    def _add(self, section: str, item: str, *, ready: bool = False) -> int:
        """The number of an item, which is added unless there is the same; `ready` if it has the prefix already."""
        item = item if ready else tags.prefixed(item, self._prefix)
        known = self._known[section]
        if item not in known:
            known[item] = len(self._items[section])
            self._items[section].append(item)
        return known[item]


def _completed(text: str, prefix: str) -> str:
    """The styles with every section there, each with what must be in it."""
    root = tags.element(text, f"{prefix}styleSheet")
    if root is None:
        raise ValueError("no styleSheet")
    if root.inside == root.end:
        text = tags.fill_in(text, root, " ")
        root = tags.element(text, f"{prefix}styleSheet") or root
    formats = tags.element(text, f"{prefix}numFmts")
    at = formats.end if formats else root.inside
    for section, (kind, default) in _SECTIONS.items():
        known = tags.element(text, prefix + section)
        if known is None or tags.element(text, prefix + kind, known.inside, known.after) is None:
            whole = tags.prefixed(
                f'<{section} count="{default.count(f"</{kind}>") or 1}">{default}</{section}>', prefix
            )
            start, end = (known.start, known.end) if known else (at, at)
            text = text[:start] + whole + text[end:]
            at = start + len(whole)
        else:
            at = known.end
    return text


def _fill(described: str) -> str:
    """The fill of a description; an empty one for what somebody has written over."""
    match = _DESCRIBED.fullmatch(described)
    if match is None:
        return '<fill><patternFill patternType="none"/></fill>'
    pattern, *colors = match.groups()
    front, back = (
        f'<{name} {kind}="{value}"' + ("/>" if float(tint) == 0 else f' tint="{tint}"/>') if kind else ""
        for name, (kind, value, tint) in (("fgColor", colors[:3]), ("bgColor", colors[3:]))
    )
    return f'<fill><patternFill patternType="{pattern}">{front}{back}</patternFill></fill>'


def _color(begin: str) -> str:
    said = tags.attributes(begin)
    kind = next((kind for kind in ("rgb", "theme", "indexed", "auto") if kind in said), None)
    return f"{kind} {said[kind]} {said.get('tint', '0.0')}" if kind else "auto 1 0.0"
