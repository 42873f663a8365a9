"""`init --sample`: the sample books of the product contract, section 7. Dates, names and sums are data, never today."""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from gjj_cli import month as months
from gjj_cli.flows import session
from gjj_cli.settings import Settings
from gjj_cli.store import people
from gjj_cli.store.engine import Books, Tx, set_setting
from gjj_cli.store.importing import AgentOpening, EmployeeOpening, UnitOpening, import_units

TOKENS_NAME = "sample-users.env"
CLERK_ID = "440203198505060029"
ID_DOCUMENT = "经办人身份证件"

# Bases in 元 of the manual's two pages (golden G01 and G03), and fourteen more for 0500003.
_G01 = (
    7608, 7633, 3475, 5711, 9818, 6377, 4860, 7931, 10558, 11557, 11520, 10151, 11298, 9337, 10780, 4971, 12038,
    7117, 10040, 7191, 5378, 4897, 9300, 9411, 6118, 10077, 8560, 11631, 6858, 7857, 7820, 6451, 7598, 5637, 7080,
    8671, 8338, 10817, 6340, 10891, 9078, 8597, 5600, 5711, 9818, 6377, 4860, 7931, 10558, 11557, 11520, 10151,
    11298, 9337, 10780, 4971, 12038, 7117, 10040, 7191, 5378, 4897, 9400, 9511, 16755,
)  # fmt: skip
_G03 = (7608, 7633, 3475, 4104, 5279, 6300, 6871, 7504, 8021, 9083, 8546, 8800, 8171)
_MORE = (5200, 6100, 4800, 7300, 5600, 6900, 8100, 4500, 5900, 6600, 7000, 5300, 6200, 7700)
SEALED_IN_DEMO = len(_G03)

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"
_GIVEN = (
    "伟",
    "芳",
    "秀英",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "霞",
    "平",
    "刚",
)

M = months.of
UNITS = (
    UnitOpening("0500001", "韶关示例机械有限公司", "05", date(2025, 5, 1), 1200, 1200, M(2007, 7), M(2024, 1), 404148072, 13204600),
    UnitOpening("0500002", "韶关示例商贸有限公司", "05", date(2025, 3, 3), 500, 500, M(2025, 3), None, 0, 75000),
    UnitOpening("0500003", "韶关示例建材有限公司", "05", date(2024, 4, 30), 1200, 1200, M(2010, 7), M(2024, 4), 150000000),
    UnitOpening("0500099", "韶关示例托管专户", "05", date(2024, 4, 30), 500, 500, M(2024, 7), None, 0, custody=True),
)  # fmt: skip


def identity(serial: int) -> str:
    """A well-formed 18-digit number for the sample's nth person, born between 1970 and 1997."""
    body = f"440203{1970 + serial % 28}{serial % 12 + 1:02d}{serial % 27 + 1:02d}{serial % 999 + 1:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def name(serial: int) -> str:
    return _SURNAMES[serial % len(_SURNAMES)] + _GIVEN[serial * 7 % len(_GIVEN)]


def employees() -> Iterator[EmployeeOpening]:
    """Everybody of the sample units; balances add up to the units' 公积金余额 to the 分."""
    yield from _people(UNITS[0], _G01, "001", 1000, 0)
    yield EmployeeOpening("0500002", "0010000001", "李静", "身份证", identity(900), 250000, "正常", M(2025, 1), None)
    yield from _people(UNITS[2], _G03 + _MORE, "003", 0, 300)


def _people(unit: UnitOpening, bases: tuple[int, ...], prefix: str, first: int, seed: int) -> Iterator[EmployeeOpening]:
    share, rest = divmod(unit.fund_fen, sum(bases))
    for place, base in enumerate(bases, 1):
        fen = base * share + (rest if place == len(bases) else 0)
        yield EmployeeOpening(
            unit.unit,
            f"{prefix}{first + place:07d}",
            name(seed + place),
            "身份证",
            identity(seed + place),
            base * 100,
            "正常",
            unit.first_month,
            unit.paid_through,
            prior_fen=fen - fen // 4,
            cur_fen=fen // 4,
            mobile=f"139{seed + place:08d}",
        )


def fill(settings: Settings) -> dict[str, str]:
    """Import the sample units into fresh books and make the four users; returns their tokens by login name."""
    books = Books.open(settings.books())
    try:
        agents = [AgentOpening(unit.unit, "李晓红", CLERK_ID, "13900009999") for unit in UNITS if not unit.custody]
        moment = session.now()
        for unit in UNITS:
            mine = [person for person in employees() if person.unit == unit.unit]
            own_agents = [agent for agent in agents if agent.unit == unit.unit]
            (done,) = import_units(books, [unit], mine, own_agents, as_of=unit.opening_date, user="admin", at=moment)
            if done.refused is not None:
                raise done.refused
        return _users(books, moment)
    finally:
        books.close()


def _users(books: Books, moment: str) -> dict[str, str]:
    mine = frozenset(unit.unit for unit in UNITS if not unit.custody)
    users = (
        people.User("clerk", session.AGENT, "李晓红", CLERK_ID, units=mine),
        people.User("first", session.FIRST, "陈国强"),
        people.User("second", session.SECOND, "黄秀兰"),
    )

    def add(tx: Tx) -> dict[str, str]:
        set_setting(tx, "sample", "1")
        for user in users:
            people.add_user(tx, user)
        for unit in sorted(mine):
            people.keep_agent_document(tx, unit, CLERK_ID, ID_DOCUMENT, "身份证.png", _picture())
        names = ("admin", *(user.name for user in users))
        return {login: people.new_token(tx, login, "token", moment, None) for login in names}

    return books.write(add, *sorted(mine))


def write_tokens(tokens: dict[str, str], home: Path) -> Path:
    """`sample-users.env` (0600) beside the books: lines admin=TOKEN …"""
    path = home / TOKENS_NAME
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{login}={token}\n" for login, token in tokens.items())
    return path


def acting(settings: Settings, token: str, as_of: date) -> Settings:
    """The same settings as another user on another business date."""
    return replace(settings, token=token, as_of=as_of, as_of_given=True)


def _picture() -> bytes:
    """A real, if small, PNG: the sample clerk's identity document."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes([200] * 8) for _ in range(8))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
