"""Big books for the benchmarks: one unit posted through the store's own functions, then copied under other numbers.

A copy has its own unit number, accounts and identities, and all its hashes are computed again, so `ledger verify`
finds the whole in order. 2,000 units of 50 people and 10 months are 1,000,000 lines and take about a minute.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from gjj_cli import month as months
from gjj_cli.flows import monthend, remitting, session
from gjj_cli.flows.context import pack_for
from gjj_cli.ledger.voucher import GENESIS, Head, chain_hash, encode
from gjj_cli.settings import Settings
from gjj_cli.store import audit, importing, payments, people, receipts, register, runs
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.receipts import Receipt
from gjj_cli.store.tables import CENTRE, metadata

FIRST = months.of(2024, 1)
UNIT, MARK = "0500001", "9876543"  # MARK is in every account and identity of the first unit
AT = "2024-01-02T09:00:00+08:00"
Rows = dict[str, list[dict[str, Any]]]


def build(folder: Path, units: int, heads: int = 50, remitted: int = 10, left_fen: int = 500_000) -> Path:
    """New books in the folder: so many units of so many people, with so many months of 2024 paid; returns the file.

    `left_fen` is in each unit's 暂收 besides what those months need.
    """
    path = folder / "gjj.db"
    books = Books.create(sqlite_url(path), "bench")
    _first_unit(books, heads, remitted, left_fen)
    with books.reading() as tx:
        own: Rows = {}
        for name, table in metadata.tables.items():
            if "unit" in table.c:
                of_unit = CENTRE if name in ("person", "receipt") else UNIT
                chosen = table.select().where(table.c.unit == of_unit).order_by(*table.primary_key)
                own[name] = [row._asdict() for row in tx.connection.execute(chosen)]
    books.close()
    raw = sqlite3.connect(path)
    raw.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; BEGIN")
    template = _Template.of(own)
    for number in range(2, units + 1):
        _insert(raw, _copy(template, number))
    raw.commit()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path


def account(place: int) -> str:
    return f"{MARK}{place:05d}"


def _first_unit(books: Books, heads: int, remitted: int, left_fen: int) -> None:
    """建账 with nothing paid yet, then a receipt and a month-end for each month."""
    day = date(2024, 1, 2)
    unit = importing.UnitOpening(UNIT, "韶关示例有限公司", "05", day, 500, 500, FIRST, None, heads * 30_000, left_fen)
    everyone = [
        importing.EmployeeOpening(
            UNIT, account(place), "张三", "身份证", f"44{MARK}{place:08d}X", 400_000 + 1_000 * place, "正常", FIRST, None,
            20_000, 10_000, f"139{place:08d}",
        )
        for place in range(1, heads + 1)
    ]  # fmt: skip
    agents = [importing.AgentOpening(UNIT, "李晓红", "440203198001011111", "13900000000")]
    importing.import_units(books, [unit], everyone, agents, as_of=day, user="admin", at=AT)
    who = session.Actor(people.User("admin", "admin", "管理员"), solo=True)
    for month in range(FIRST, FIRST + remitted):
        _month_end(books, month, heads, who)


def _month_end(books: Books, month: int, heads: int, who: session.Actor) -> None:
    year, of_year = divmod(month, 12)
    day = date(year, of_year + 1, 20)
    settings = replace(Settings(None, books.path.parent, None, day), token=None)
    receipt = Receipt("本行", f"{UNIT}-{months.show(month)}", heads * 60_000, day, UNIT)
    with books.writing(UNIT, CENTRE) as tx:
        receipts.add(tx, receipt, Head(UNIT, day, "receipt", f"到账 本行 {receipt.ref}", "管理员", "05"))
        audit.write(tx, UNIT, audit.Act(AT, day, "admin", "receipt add", receipt.ref))
        run = runs.start(tx, "remittance", month, "suspense", day, at=AT, actor="admin", scope="all")
    with books.writing(UNIT, CENTRE) as tx:
        whole = remitting.plan(tx, [UNIT], month, day, pack_for(settings), whole=False)
        done = monthend.post_unit(tx, whole.units[0], whole, settings, who, run)
        runs.record(tx, run, [done])
        runs.finish(tx, run, AT)
        audit.write(tx, CENTRE, audit.Act(AT, day, "admin", "remit run", f"{run} 结束"))


@dataclass(frozen=True)
class _Template:
    """The first unit's rows as JSON by table, and every text that is hashed, so that a copy is made by replacing words.

    `contents` are what the post keys stand for, by their hash; `forms` the vouchers and `acts` the audit lines in order.
    """

    rows: dict[str, str]
    contents: dict[str, str]
    forms: list[str]
    acts: list[str]

    @classmethod
    def of(cls, rows: Rows) -> "_Template":
        contents = {hashlib.sha256(content).hexdigest(): content.decode() for content in _contents(rows)}
        missing = {row["content_hash"] for row in rows["post_key"]} - set(contents)
        if missing:
            raise ValueError(f"nobody knows what these post keys stand for: {missing}")
        lines: dict[int, list[tuple[Any, ...]]] = {}
        for line in rows["line"]:
            lines.setdefault(line["voucher"], []).append(tuple(line[name] for name in _SAID))
        forms = [encode(list(row.values())[:-2], lines[row["no"]]).decode() for row in rows["voucher"]]
        acts = [_act(row).decode() for row in rows["audit_log"]]
        of_tables = {
            name: json.dumps([list(row.values()) for row in of_table], ensure_ascii=False)
            for name, of_table in rows.items()
            if of_table
        }
        return cls(of_tables, contents, forms, acts)


_SAID = ("account", "employee", "part", "side", "amount_fen", "value_date")


def _act(row: dict[str, Any]) -> bytes:
    act = audit.Act(row["at"], date.fromisoformat(row["as_of"]), row["actor"], row["command"], row["detail"])
    return audit.canonical(row["unit"], row["no"], act)


def _contents(rows: Rows) -> Iterator[bytes]:
    """What the post keys of a unit stand for."""
    (case,) = [row for row in rows["cases"] if row["business"] == importing.SETUP]
    kept = [json.loads(row["content"]) for row in rows["case_row"] if row["case_no"] == case["case_no"]]
    yield importing.content(json.loads(case["batch"]), kept)
    for entry in {row["last_voucher"] for row in rows["person_month"]}:
        yield payments.content(
            [
                payments.PersonMonth(row["employee"], row["month"], row["paid_unit_fen"], row["paid_personal_fen"])
                for row in rows["person_month"]
                if row["last_voucher"] == entry
            ]
        )
    for row in rows["receipt"]:
        yield json.dumps([row["amount_fen"], row["date"], row["of_unit"]], ensure_ascii=False).encode()


def _copy(template: _Template, number: int) -> dict[str, list[list[Any]]]:
    """The first unit's rows under another number, with what is hashed computed again."""
    unit, mark = f"05{number:05d}", f"{9_000_000 + number}"

    def said(text: str) -> str:
        return text.replace(UNIT, unit).replace(MARK, mark)

    hashes = {old: hashlib.sha256(said(text).encode()).hexdigest() for old, text in template.contents.items()}

    def told(text: str) -> str:
        for old, new in hashes.items():
            text = text.replace(old, new)
        return said(text)

    rows = {name: json.loads((told if name in _HASHED else said)(text)) for name, text in template.rows.items()}
    place = _PLACE["employee"]
    known = {
        row[place["account"]]: register.identity_hash("身份证", row[place["id_number"]]) for row in rows["employee"]
    }
    for name in ("employee", "person", "case_row"):
        account, hashed = _PLACE[name]["account"], _PLACE[name]["id_hash"]
        for row in rows[name]:
            row[hashed] = known[row[account]]
    (own,) = rows["unit"]
    own[_PLACE["unit"]["head_hash"]] = _chain(rows["voucher"], [told(form) for form in template.forms])
    own[_PLACE["unit"]["audit_head"]] = _chain(rows["audit_log"], [said(act) for act in template.acts])
    return rows


_HASHED = ("voucher", "post_key", "cases")  # where the hash of a content is kept
_ORDER = metadata.sorted_tables
_PLACE = {table.name: {column.name: n for n, column in enumerate(table.c)} for table in metadata.tables.values()}


def _chain(rows: list[list[Any]], forms: list[str]) -> str:
    """The last two columns of the rows are their chain; returns its head."""
    head = GENESIS
    for row, form in zip(rows, forms, strict=True):
        row[-2], head = head, chain_hash(head, form.encode())
        row[-1] = head
    return head


def _insert(raw: sqlite3.Connection, rows: dict[str, list[list[Any]]]) -> None:
    for table in _ORDER:
        new = rows.get(table.name)
        if new:
            raw.executemany(f"INSERT INTO {table.name} VALUES ({','.join('?' * len(new[0]))})", new)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), *map(int, sys.argv[2:])))
