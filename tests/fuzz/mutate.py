"""Mutations of good workbooks: one whole number, the seed, says all of a mutant, today and on another machine."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DAMAGE_SHARE = 0.25  # of the mutants are damaged bytes, the others are whole packages with changed parts

# What has broken readers before: bounds, signs, other digits, other types, names that mean something to somebody.
WORDS = (
    *("", "0", "-1", "1", "2", "255", "256", "1048576", "1048577", "16384", "4294967295", "9223372036854775808"),
    *(
        "1e400",
        "1e-400",
        "NaN",
        "INF",
        "0x10",
        "9" * 400,
        "٤٤",
        "²",
        "½",
        "A1",
        "XFD1048576",
        "A0",
        "ZZZZ9",
        "A1:XFD1048576",
    ),
    *(
        "s",
        "str",
        "inlineStr",
        "b",
        "e",
        "d",
        "n",
        "true",
        "hidden",
        "veryHidden",
        "../x.xml",
        "/",
        "#REF!",
        "2025-02-30",
    ),
    *(
        "&amp;",
        "&lt;",
        "_x0000_",
        "_xD800_",
        "=1+1",
        "合计",
        "示例",
        "姓名",
        "\u202e",
        "\u200b",
        "𠮷",
        "张" * 300,
        " ",
        "\n",
    ),
)

Parts = dict[str, bytes]


@cache
def good_files() -> tuple[Path, ...]:
    """The files that are mutated, in an order that does not depend on the disk."""
    filled = sorted((ROOT / "fixtures" / "workbooks").glob("*/*.xlsx"))
    return (*filled, *sorted((ROOT / "templates" / "xlsx").glob("*.xlsx")))


def mutant(seed: int) -> bytes:
    """The mutant of that seed."""
    dice = random.Random(seed)
    data = dice.choice(good_files()).read_bytes()
    if dice.random() < DAMAGE_SHARE:
        for _ in range(dice.choice((1, 1, 2, 3, 8))):
            data = dice.choice(DAMAGES)(data, dice)
        return data
    parts = unpacked(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        dice.choice(CHANGES)(parts, dice)
    return packed(parts, dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def unpacked(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts, method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, method)
    return buffer.getvalue()


# --- damage: to bytes, whatever they mean ------------------------------------------------------------------------


def _span(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(len(data), start + dice.choice((1, 4, 64, 2_000)))


def flip(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(dice.choice((1, 2, 10))):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def delete(data: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + data[end:]


def duplicate(data: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:end] + data[start:]


def zero(data: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + bytes(end - start) + data[end:]


def noise(data: bytes, dice: random.Random) -> bytes:
    start, end = _span(data, dice)
    return data[:start] + dice.randbytes(end - start) + data[end:]


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def spliced(data: bytes, dice: random.Random) -> bytes:
    other = dice.choice(good_files()).read_bytes()
    return data[: dice.randrange(len(data) + 1)] + other[dice.randrange(len(other)) :]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (flip, delete, duplicate, zero, noise, cut, spliced)


# --- changes: to the parts of a package that stays a package -------------------------------------------------------

_TAG = re.compile(rb"<[^<>]+>")
_ATTRIBUTE = re.compile(rb'(\s[\w:]+=")([^"]*)(")')
_NUMBER = re.compile(rb"[0-9]+(?:\.[0-9]+)?")
_TEXT = re.compile(rb">([^<>]+)<")
_ELEMENT = re.compile(rb"<(\w+)[^<>]*>[^<>]*</\1>|<\w[^<>]*/>|<(row|c|si)\b.*?</\2>", re.DOTALL)


def _pick(parts: Parts, dice: random.Random) -> str:
    """A part, the data sheets and their strings more often than the rest."""
    names = list(parts)
    weights = [4 if "sheet" in name or "sharedStrings" in name else 1 for name in names]
    return dice.choices(names, weights)[0]


def _somewhere(pattern: re.Pattern[bytes], part: bytes, dice: random.Random) -> re.Match[bytes] | None:
    """A match near a random place, without looking for all of them."""
    start = dice.randrange(len(part) + 1)
    return pattern.search(part, start) or pattern.search(part)


def _replace(pattern: re.Pattern[bytes], new: Callable[[re.Match[bytes], random.Random], bytes]) -> "Change":
    def change(parts: Parts, dice: random.Random) -> None:
        name = _pick(parts, dice)
        found = _somewhere(pattern, parts[name], dice)
        if found is not None:
            parts[name] = parts[name][: found.start()] + new(found, dice) + parts[name][found.end() :]

    return change


def _word(dice: random.Random) -> bytes:
    return dice.choice(WORDS).encode()


def drop_part(parts: Parts, dice: random.Random) -> None:
    if len(parts) > 1:
        del parts[dice.choice(list(parts))]


def rename_part(parts: Parts, dice: random.Random) -> None:
    name = dice.choice(list(parts))
    parts[dice.choice((name.upper(), name + "x", "x/" + name, "xl/worksheets/sheet1.xml"))] = parts.pop(name)


def swap_parts(parts: Parts, dice: random.Random) -> None:
    one, other = dice.choice(list(parts)), dice.choice(list(parts))
    parts[one], parts[other] = parts[other], parts[one]


def damage_part(parts: Parts, dice: random.Random) -> None:
    name = _pick(parts, dice)
    parts[name] = dice.choice(DAMAGES)(parts[name], dice)


Change = Callable[[Parts, random.Random], None]
CHANGES: tuple[Change, ...] = (
    _replace(_TAG, lambda found, dice: b""),
    _replace(_ELEMENT, lambda found, dice: b""),
    _replace(_ELEMENT, lambda found, dice: found[0] * dice.choice((2, 2, 50))),
    _replace(_ATTRIBUTE, lambda found, dice: b""),
    _replace(_ATTRIBUTE, lambda found, dice: found[1] + _word(dice) + found[3]),
    _replace(_ATTRIBUTE, lambda found, dice: found[1] + _word(dice) + found[3]),
    _replace(_NUMBER, lambda found, dice: str(dice.choice((-1, 1, 2**31)) + int(float(found[0][:300]))).encode()),
    _replace(_NUMBER, lambda found, dice: _word(dice)),
    _replace(_TEXT, lambda found, dice: b">" + _word(dice) + b"<"),
    _replace(_TEXT, lambda found, dice: b">" + _word(dice) + b"<"),
    _replace(_TEXT, lambda found, dice: b">" + found[1] * dice.choice((2, 40)) + b"<"),
    drop_part,
    rename_part,
    swap_parts,
    damage_part,
)
