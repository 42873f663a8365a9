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
from gjj_cli.flows import remit, remitting, session
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


def build(folder: Path, units: int, heads: int = 50, remitted: int = 10) -> Path:
    """New books in the folder: so many units of so many people, with so many months of 2024 paid; returns the file."""
    path = folder / "gjj.db"
    books = Books.create(sqlite_url(path), "bench")
    _first_unit(books, heads, remitted)
    with books.reading() as tx:
        own: Rows = {}
        for name, table in metadata.tables.items():
            if "unit" in table.c:
                of_unit = CENTRE if name in ("person", "receipt") else UNIT
                chosen = table.select().where(table.c.unit == of_unit).order_by(*table.primary_key)
                own[name] = [row._asdict() for row in tx.connection.execute(chosen)]
    books.close()
    raw = sqlite3.connect(path)
    raw.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; BEGIN")
    texts = {name: json.dumps(rows, ensure_ascii=False) for name, rows in own.items() if rows}
    for number in range(2, units + 1):
        _insert(raw, _copy(texts, number))
    raw.commit()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path


def account(place: int) -> str:
    return f"{MARK}{place:05d}"


def _first_unit(books: Books, heads: int, remitted: int) -> None:
    """建账 with nothing paid yet, then a receipt and a month-end for each month."""
    day = date(2024, 1, 2)
    unit = importing.UnitOpening(UNIT, "韶关示例有限公司", "05", day, 500, 500, FIRST, None, heads * 30_000, 500_000)
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
        done = remit.post_unit(tx, whole.units[0], whole, settings, who, run)
        runs.record(tx, run, [done])
        runs.finish(tx, run, AT)
        audit.write(tx, CENTRE, audit.Act(AT, day, "admin", "remit run", f"{run} 结束"))


@dataclass
class _Hashes:
    """The contents of one copied unit's post keys, by kind and key."""

    rows: Rows

    def of(self, voucher: dict[str, Any]) -> str:
        rows, kind = self.rows, voucher["post_kind"]
        if kind == "opening":
            return str(self.setup)
        if kind == payments.REMITTANCE:
            paid = [
                payments.PersonMonth(row["employee"], row["month"], row["paid_unit_fen"], row["paid_personal_fen"])
                for row in rows["person_month"]
                if row["last_voucher"] == voucher["no"]
            ]
            return hashlib.sha256(payments.content(paid)).hexdigest()
        (found,) = [row for row in rows["receipt"] if row["entry_no"] == voucher["no"]]
        said = json.dumps([found["amount_fen"], found["date"], found["of_unit"]], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def setup(self) -> str:
        (case,) = [row for row in self.rows["cases"] if row["business"] == importing.SETUP]
        kept = [json.loads(row["content"]) for row in self.rows["case_row"] if row["case_no"] == case["case_no"]]
        return hashlib.sha256(importing.content(json.loads(case["batch"]), kept)).hexdigest()


def _copy(texts: dict[str, str], number: int) -> Rows:
    """The first unit's rows under another number, with what is hashed computed again."""
    unit, mark = f"05{number:05d}", f"{9_000_000 + number}"
    rows: Rows = {name: json.loads(text.replace(UNIT, unit).replace(MARK, mark)) for name, text in texts.items()}
    for name in ("employee", "person", "case_row"):
        numbers = {row["account"]: row["id_number"] for row in rows["employee"]}
        for row in rows[name]:
            row["id_hash"] = register.identity_hash("身份证", numbers[row["account"]])
    hashes = _Hashes(rows)
    for row in rows["cases"]:
        row["file_sha256"] = hashes.setup if row["business"] == importing.SETUP else row["file_sha256"]
    head = GENESIS
    lines: dict[int, list[tuple[Any, ...]]] = {}
    for line in rows["line"]:
        said = tuple(line[name] for name in ("account", "employee", "part", "side", "amount_fen", "value_date"))
        lines.setdefault(line["voucher"], []).append(said)
    for voucher, key in zip(rows["voucher"], sorted(rows["post_key"], key=lambda row: row["entry_no"]), strict=True):
        key["content_hash"] = voucher["content_hash"] = hashes.of(voucher)
        form = encode(list(voucher.values())[:-2], lines[voucher["no"]])
        voucher["prev_hash"], head = head, chain_hash(head, form)
        voucher["hash"] = head
    audited = GENESIS
    for log in rows["audit_log"]:
        act = audit.Act(log["at"], date.fromisoformat(log["as_of"]), log["actor"], log["command"], log["detail"])
        log["prev_hash"], audited = audited, chain_hash(audited, audit.canonical(unit, log["no"], act))
        log["hash"] = audited
    rows["unit"][0] |= {"head_hash": head, "audit_head": audited}
    return rows


def _insert(raw: sqlite3.Connection, rows: Rows) -> None:
    for table in metadata.sorted_tables:
        new = rows.get(table.name)
        if new:
            marks = ",".join("?" * len(new[0]))
            raw.executemany(f"INSERT INTO {table.name} VALUES ({marks})", _values(new))


def _values(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row.values()) for row in rows)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), *map(int, sys.argv[2:])))
