"""Whether this machine can print Chinese: the libraries WeasyPrint loads, and the characters the fonts have."""

import contextlib
import io
import shutil
import subprocess
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from gjj_cli.errors import ConfigError
from gjj_cli.paper.view import visible

_PANGO = "libpango-1.0-0 libpangoft2-1.0-0"
_SUBSET = "libharfbuzz-subset0"
_CJK_FONT = "fonts-noto-cjk"
_RARE_FONT = "fonts-hanazono"
_OTHER_FONT = "fonts-noto-core"
_PROBE = "住房公积金汇缴回单缴存验证码壹贰叁肆伍陆柒捌玖拾佰仟万亿元整"


@dataclass(frozen=True)
class Lack:
    """Something printing needs and this machine has not: what, the Debian packages, and whether it prints at all."""

    what: str
    packages: str
    fatal: bool


def lacks() -> tuple[Lack, ...]:
    """Everything printing misses here, for `gjj doctor`; empty on a machine that prints well."""
    try:
        quick = _text_library().harfbuzz_subset is not None
    except OSError:
        return (Lack("印 PDF 的 Pango 库", _PANGO, fatal=True),)
    found = [] if quick else [Lack("字体裁剪库（没有它一页要印 5 到 10 秒）", _SUBSET, fatal=False)]
    if shutil.which("fc-list") is None:
        return (*found, Lack("查字体的 fc-list", "fontconfig", fatal=True))
    if not all(has_glyph(char) for char in _PROBE):
        found.append(Lack("中文字体", _CJK_FONT, fatal=True))
    return tuple(found)


def check_fonts() -> None:
    """Raise ConfigError naming the packages when this machine cannot print; call it before anything is posted."""
    fatal = [lack for lack in lacks() if lack.fatal]
    if fatal:
        raise ConfigError(
            "这台机器印不了凭证，什么都没有办，账簿没有变。",
            facts=tuple(f"缺{lack.what}" for lack in fatal),
            remedies=(
                f"改：sudo apt-get install {' '.join(lack.packages for lack in fatal)}",
                "可以：办业务时加 --no-print，装好以后再印：gjj voucher print",
            ),
        )


def missing_glyphs(texts: Iterable[str]) -> dict[str, str]:
    """The texts with a character that no installed font has, each with those characters, in order."""
    found = {}
    for text in dict.fromkeys(texts):
        if text.isascii():
            continue
        if bad := "".join(char for char in dict.fromkeys(visible(text)) if not has_glyph(char)):
            found[text] = bad
    return found


def check_glyphs(texts: Iterable[str]) -> None:
    """Raise ConfigError naming each text that would print as an empty box, the character, and the package to install."""
    if not (found := missing_glyphs(texts)):
        return
    private = [char for bad in found.values() for char in bad if unicodedata.category(char) == "Co"]
    packages = dict.fromkeys(_package(char) for bad in found.values() for char in bad if char not in private)
    remedies = [f"改：sudo apt-get install {' '.join(packages)}"] if packages else []
    if private:
        remedies.append("改：自造字换成标准的汉字，再印一次（自造字只在造它的那台电脑上有）")
    raise ConfigError(
        "有的字这台机器没有字体，印出来会是空框，这份凭证没有印。",
        facts=tuple(f"「{_escaped(text, bad)}」里的 {_code_points(bad)}" for text, bad in list(found.items())[:10]),
        remedies=tuple(remedies),
    )


def has_glyph(char: str) -> bool:
    """Whether an installed font has the character; never a private-use one, where each font draws its own thing."""
    if unicodedata.category(char) in ("Co", "Cn", "Cs"):
        return False
    at = bisect_right(_coverage(), (ord(char), 0x110000)) - 1
    return at >= 0 and _coverage()[at][1] >= ord(char)


@cache
def _coverage() -> list[tuple[int, int]]:
    """Code points some installed font has: merged ranges, both ends included, from fontconfig (about 40 ms, once)."""
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return []
    run = subprocess.run([fc_list, "--format", "%{charset} "], capture_output=True, text=True, check=False)  # noqa: S603
    merged: list[tuple[int, int]] = []
    for first, last in sorted({_range(text) for text in run.stdout.split()}):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first, 16), int(last or first, 16)


def _package(char: str) -> str:
    if not unicodedata.name(char, "").startswith("CJK"):
        return _OTHER_FONT
    return _RARE_FONT if has_glyph("住") else _CJK_FONT


def _code_points(chars: str) -> str:
    return "、".join(f"U+{ord(char):04X}" for char in chars)


def _escaped(text: str, bad: str) -> str:
    return "".join("[?]" if char in bad else char for char in visible(text))[:60]


@cache
def _text_library() -> Any:
    """WeasyPrint's binding to Pango. Raises OSError when it is not there; its English advice is not for the screen."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), warnings.catch_warnings(action="ignore"):
        from weasyprint.text import ffi
    return ffi
