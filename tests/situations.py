"""The situations of the screens, made for real: workbooks on disk, the sample books, and a clerk with one unit."""

import re
import shutil
import unicodedata
from pathlib import Path

import openpyxl

from gjj_cli import terminal
from gjj_cli.business.roster import ROSTER
from gjj_cli.flows import sample, session
from gjj_cli.rules import policy
from gjj_cli.store import people
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.workbook import template
from tests.conftest import Gjj

PACK = policy.load()
COLOUR = re.compile(r"\x1b\[\d+m")
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)  # how an .xls of Excel 97-2003 begins


def make_sample(home: Path) -> Path:
    """What `gjj init --sample` makes in a folder; the machine's home is inside it."""
    (home / "home").mkdir()
    made = Gjj(home)("--as-of", "2025-05-14", "init", "--sample")
    assert made.exit == 0, made
    return home


def settle_in(gjj: Gjj, sample_home: Path) -> dict[str, str]:
    """Copy the sample books to where `gjj` runs; the tokens of sample-users.env."""
    shutil.copytree(sample_home, gjj.cwd, dirs_exist_ok=True)
    lines = (gjj.cwd / sample.TOKENS_NAME).read_text(encoding="ascii").splitlines()
    return dict(line.split("=", 1) for line in lines)


def clerk_of(gjj: Gjj, unit: str) -> str:
    """The token of a 经办人 李晓红 who has this one unit, with her 身份证件 on file."""
    name, number = f"clerk-{unit}", sample.identity(950)
    books = Books.open(sqlite_url(gjj.cwd / "gjj.db"))
    try:
        with books.writing(unit) as tx:
            people.add_user(tx, people.User(name, session.AGENT, "李晓红", number, units=frozenset({unit})))
            people.add_agent(tx, people.Agent(unit, number, "李晓红", "13900008888"))
            people.keep_agent_document(tx, unit, number, sample.ID_DOCUMENT, "身份证.png", sample._picture())
            return people.new_token(tx, name, "token", session.now(), None)
    finally:
        books.close()


def openings(path: Path) -> None:
    """120 people to open: C5 copied wrong, D18 above the sample ceiling, C30:C120 numbers instead of texts."""
    rows: list[dict[str, object]] = [
        {
            "name": sample.name(serial),
            "doc_type": "身份证",
            "id_number": sample.identity(600 + serial),
            "base": 490_000,
            "mobile": f"139{serial:08d}",
        }
        for serial in range(120)
    ]
    rows[0]["base"] = 580_000
    rows[3]["id_number"] = "440203199001011234"
    rows[16]["base"] = 2_800_000
    template.export(ROSTER["account-opening"], PACK, path, rows=rows)
    book = openpyxl.load_workbook(path)
    for row in range(30, 121):
        cell = book.worksheets[0].cell(row, 3)
        cell.value = int(str(cell.value).replace("X", "0"))
    book.save(path)


def sealing(path: Path, heads: int = 13, without_reason: int = 0) -> None:
    """The first people of 0500003 to seal; the last ones of them without a reason."""
    accounts = sorted(row.account for row in sample.employees() if row.unit == "0500003")[:heads]
    rows: list[dict[str, object]] = [{"account": account, "reason": "终止劳动关系"} for account in accounts]
    for row in rows[heads - without_reason :]:
        del row["reason"]
    template.export(ROSTER["sealing"], PACK, path, unit="0500003", rows=rows)


def base_adjustment(path: Path) -> None:
    """One person of 0500003 who is not among those of `sealing`."""
    account = sorted(row.account for row in sample.employees() if row.unit == "0500003")[20]
    rows: list[dict[str, object]] = [{"account": account, "new_base": 600_000}]
    template.export(ROSTER["base-adjustment"], PACK, path, unit="0500003", rows=rows)


def odd(text: str) -> list[str]:
    """The lines that do not fit 80 columns, GBK, or a terminal that draws ambiguous characters wide."""
    lines = COLOUR.sub("", text).splitlines()
    ambiguous = [line for line in lines if any(unicodedata.east_asian_width(mark) == "A" for mark in line)]
    foreign = [line for line in lines if line.encode("gbk", "replace").decode("gbk") != line]
    return [line for line in lines if terminal.width(line) > terminal.COLUMNS] + ambiguous + foreign
