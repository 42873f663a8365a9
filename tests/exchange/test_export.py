"""Other programs read our journal, find it balanced, and come to the same balances by themselves."""

import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data, realization

from gjj_cli.exchange import accounts, form
from gjj_cli.flows import demo, exporting
from gjj_cli.ledger import chart
from gjj_cli.ledger.voucher import Head, Line, Voucher, payment, receipt
from gjj_cli.settings import Settings
from gjj_cli.store import outgoing
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.ledger import PostKey, post
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_ledger import employee_balance, unit_balance
from tests.store.small_books import DAY, LI, ZHANG, bring_in, employee, unit

HLEDGER = shutil.which("hledger")
needs_hledger = pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed (Debian package hledger)")

U, V = "0500001", "0500002"
MEMOS = (
    '引号"和\\反斜杠',
    "两\n行\t和\r",
    "; 分号 | 竖线 (括号) a:b, c",
    "  ",
    "^链接 #标签 {1.00 CNY} @@ *",
    "𠮷\x00\x1f",
)


def random_books(folder: Path, seed: int, steps: int = 120) -> Books:
    """Receipts, payments and their reversals, interest, money from one unit to another, under memos that nobody
    should write."""
    dice = random.Random(seed)
    books = Books.create(sqlite_url(folder / "gjj.db"), "gjj test")
    people = [employee(ZHANG, "11010519491231002X"), employee(LI, "440203199001011234", name="李四")]
    done = bring_in(books, [unit(), unit(V, fund_fen=0, suspense_fen=1)], people)
    assert [one.refused for one in done] == [None, None]
    paid: list[tuple[int, Voucher]] = []
    day = DAY
    for step in range(steps):
        day += timedelta(days=dice.choice((0, 0, 1, 17)))
        head = Head(U, day, dice.choice(("汇缴", "补缴", '"业务"')), dice.choice(MEMOS), "clerk", "05")
        kinds = ("receipt", "unidentified", "payment", "payment", "moved", "interest", *(["reversal"] if paid else []))
        kind = dice.choice(kinds)
        made = [_reversal(head, *paid.pop())] if kind == "reversal" else _vouchers(kind, head, dice, f"转移 {step}")
        with books.writing(U, V, CENTRE) as tx:
            posted = post(tx, made, PostKey("test", str(step)), str(step).encode())
        if kind == "payment":
            paid.append((posted.entries[0].entry_no, made[0]))
    return books


def _vouchers(kind: str, head: Head, dice: random.Random, transfer_id: str) -> list[Voucher]:
    fen = dice.choice((1, 99, 100, 12_345, 10**11))
    if kind == "unidentified":
        return [receipt(replace(head, unit=CENTRE), fen, chart.UNIDENTIFIED)]
    if kind == "payment":
        return [payment(head, {ZHANG: dice.randint(1, 50), LI: dice.randint(1, 50)})]
    if kind == "moved":
        return _moved(head, transfer_id)
    if kind == "interest":
        return _interest(head, fen)
    return [receipt(head, fen)]


def _reversal(head: Head, number: int, original: Voucher) -> Voucher:
    return Voucher(head, tuple(replace(line, amount_fen=-line.amount_fen) for line in original.lines), None, number)


def _interest(head: Head, fen: int) -> list[Voucher]:
    """Value-dated the day after."""
    accrued = Line(chart.INTEREST_EXPENSE, "借", fen, head.date), Line(chart.INTEREST_PAYABLE, "贷", fen, head.date)
    earned = Line(chart.FUND, "贷", fen, head.date + timedelta(days=1), LI, "prior")
    return [Voucher(head, accrued), Voucher(head, (Line(chart.INTEREST_PAYABLE, "借", fen, head.date), earned))]


def _moved(head: Head, transfer_id: str) -> list[Voucher]:
    """1 分 of somebody's 上年结转 through 内部往来 into the other unit."""
    out = (Line(chart.FUND, "借", 1, head.date, ZHANG, "prior"), Line(chart.CLEARING, "贷", 1, head.date))
    into = (Line(chart.CLEARING, "借", 1, head.date), Line(chart.SUSPENSE, "贷", 1, head.date))
    return [Voucher(head, out, transfer_id), Voucher(replace(head, unit=V), into, transfer_id)]


def written(books: Books, name: str, path: Path) -> Path:
    with books.reading() as tx:
        units = (exporting._books(tx, one) for one in outgoing.every_unit(tx))
        path.write_text("".join(form.written(exporting.FORMS[name], units)), encoding="utf-8", newline="")
    return path


def read_back(path: Path) -> tuple[list[data.Directive], dict[str, int]]:
    """What beancount makes of it: the entries, and the balance of every account as a debit in 分."""
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    balances = {}
    for node in realization.iter_children(realization.realize(entries)):
        (position,) = list(node.balance) or [None]
        if position is not None:
            balances[node.account] = int(position.units.number * 100)
    return entries, balances


def ours(books: Books) -> dict[str, int]:
    """The balances that the books keep, by name of account and as debits; without zeros."""
    held = {}
    with books.reading() as tx:
        for row in tx.connection.execute(employee_balance.select()):
            held[accounts.account(row.unit, chart.FUND, row.employee, "cur")] = -row.cur_fen
            held[accounts.account(row.unit, chart.FUND, row.employee, "prior")] = -row.prior_fen
        for row in tx.connection.execute(unit_balance.select()):
            held[accounts.account(row.unit, chart.SUSPENSE)] = -row.suspense_fen
            fund = sum(
                fen for name, fen in held.items() if name.startswith(f"Liabilities:Fund:{accounts.word(row.unit)}:")
            )
            assert fund == -row.fund_fen
    return {name: fen for name, fen in held.items() if fen}


def of_people_and_units(balances: dict[str, int]) -> dict[str, int]:
    return {
        name: fen for name, fen in balances.items() if name.startswith(("Liabilities:Fund", "Liabilities:Suspense"))
    }


def hledger(path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    assert HLEDGER is not None
    return subprocess.run([HLEDGER, "-f", str(path), *words], capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Books:
    return random_books(tmp_path_factory.mktemp("history"), 20_250_303)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_beancount_comes_to_our_balances(tmp_path: Path, seed: int) -> None:
    books = random_books(tmp_path, seed)
    entries, balances = read_back(written(books, "beancount", tmp_path / "a.beancount"))
    assert of_people_and_units(balances) == ours(books)
    with books.reading() as tx:
        booked = [entry for one in outgoing.every_unit(tx) for entry in outgoing.entries(tx, one)]
    found = {entry.meta["number"]: entry for entry in entries if isinstance(entry, data.Transaction)}
    assert len(found) == len(booked) > 100
    for entry in booked:
        there = found[entry.number]
        assert (there.date, there.payee) == (date.fromisoformat(entry.date), entry.business)
        assert there.narration == entry.memo.replace("\x00", "\ufffd").replace("\x1f", "\ufffd")
        assert int(there.meta["entry"]) == entry.entry_no and there.meta["serial"] == entry.serial
        assert there.meta.get("transfer") == entry.transfer_id
        assert (there.meta.get("reverses"), there.meta.get("reversed-by")) == (entry.reverses, entry.reversed_by)
        assert [posting.units.number * 100 for posting in there.postings] == [x.debit_fen for x in entry.lines]
        dates = [posting.meta.get("value", there.date).isoformat() for posting in there.postings]
        assert dates == [line.value_date for line in entry.lines]
    books.close()


def test_what_belongs_together_is_linked_both_ways(history: Books, tmp_path: Path) -> None:
    entries, _ = read_back(written(history, "beancount", tmp_path / "a.beancount"))
    by_link: dict[str, list[data.Transaction]] = {}
    for entry in entries:
        for link in getattr(entry, "links", None) or ():
            by_link.setdefault(link, []).append(entry)
    reversals = [pair for link, pair in by_link.items() if link.startswith("reversal-")]
    assert reversals and len(reversals) < len(by_link)
    assert {len(pair) for pair in by_link.values()} == {2}
    for original, reversal in (sorted(pair, key=lambda one: one.meta["entry"]) for pair in reversals):
        assert original.meta["reversed-by"] == reversal.meta["number"]
        assert reversal.meta["reverses"] == original.meta["number"]


def test_beancount_finds_a_balance_that_is_1_fen_off(history: Books, tmp_path: Path) -> None:
    path = written(history, "beancount", tmp_path / "a.beancount")
    said = path.read_text(encoding="utf-8")
    name = accounts.account(U, chart.FUND, LI, "cur")
    fen = ours(history)[name]
    assert form.amount(fen).removesuffix(" CNY") in said
    head, mark, rest = said.partition(f"balance {name}  ")
    path.write_text(head + mark + form.amount(fen + 1).removesuffix("CNY") + rest[rest.index("~") :], encoding="utf-8")
    _, errors, _ = loader.load_file(str(path))
    assert len(errors) == 1 and name in errors[0].message


@needs_hledger
def test_hledger_accepts_a_random_history_and_agrees(history: Books, tmp_path: Path) -> None:
    path = written(history, "hledger", tmp_path / "a.journal")
    checked = hledger(path, "check", "--strict")
    assert checked.returncode == 0, checked.stderr
    rows = hledger(path, "balance", "--flat", "--no-total", "--output-format", "csv").stdout.splitlines()[1:]
    pairs = [row.strip('"').split('","') for row in rows]
    balances = {name: round(100 * float(amount.removesuffix(" CNY"))) for name, amount in pairs}
    assert of_people_and_units(balances) == ours(history)
    tags = hledger(path, "tags", "--parsed").stdout.split()
    assert {"entry", "serial", "transfer", "reverses", "reversed-by", "value"} <= set(tags)


@needs_hledger
def test_hledger_finds_a_balance_that_is_1_fen_off(history: Books, tmp_path: Path) -> None:
    path = written(history, "hledger", tmp_path / "a.journal")
    said = path.read_text(encoding="utf-8")
    name = accounts.account(U, chart.FUND, LI, "cur")
    right = f"{name}  0.00 CNY = {form.amount(ours(history)[name])}"
    assert right in said
    path.write_text(said.replace(right, f"{name}  0.00 CNY = {form.amount(ours(history)[name] + 1)}"), encoding="utf-8")
    assert hledger(path, "check").returncode != 0


@pytest.mark.slow
def test_the_books_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    home = tmp_path / "demo"
    demo.run(Settings(None, tmp_path, None, date(2025, 5, 14)), home, lambda *_: None)
    books = Books.open(sqlite_url(home / "gjj.db"))
    path = written(books, "beancount", tmp_path / "a.beancount")
    assert subprocess.run([Path(sys.executable).with_name("bean-check"), path]).returncode == 0
    entries, balances = read_back(path)
    assert of_people_and_units(balances) == ours(books) and len(entries) > 200
    if HLEDGER is not None:
        assert hledger(written(books, "hledger", tmp_path / "a.journal"), "check", "--strict").returncode == 0
    books.close()


def test_no_two_accounts_share_a_name() -> None:
    units = [CENTRE, "Centre", "0500001", "A1", "X7E", "x", "05-1", "X", "05:1", "单位", "Xcentre"]
    names = [accounts.account(one, chart.SUSPENSE) for one in units]
    assert len(set(names)) == len(units)
    for name in names:
        assert re.fullmatch(r"Liabilities:Suspense:[A-Z0-9][A-Za-z0-9]*", name)
    assert accounts.account("0500001", chart.FUND, "0010000001", "cur") == "Liabilities:Fund:0500001:0010000001:Current"
    assert len({accounts.account("1", number) for number in chart.CHART}) == len(chart.CHART)


def test_only_one_unit_is_held_at_a_time(history: Books) -> None:
    """The text comes in pieces while the rows are read."""
    with history.reading() as tx:
        pieces = form.written(exporting.FORMS["hledger"], (exporting._books(tx, one) for one in (U, V)))
        assert max(len(piece) for piece in pieces) < 2_000
