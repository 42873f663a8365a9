"""Cases, their papers, receipts, runs and people in the books."""

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from gjj_cli import month as months
from gjj_cli.case import CaseRow, NewCase, State
from gjj_cli.errors import Refused
from gjj_cli.store import cases, files, frames, journal, people, receipts, runs
from gjj_cli.store.engine import Books
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.verify import verify

from .small_books import AGENT, AT, DAY, ZHANG, head, small_books

UNIT = "0500001"
ROW = CaseRow(1, ZHANG, None, months.of(2025, 1), months.of(2025, 2), {"name": "张三", "total_amount": 30_000})


def payment(fen: int, **values: object) -> NewCase:
    known: dict[str, object] = {
        "business": "supplementary-payment",
        "state": State.FIRST_REVIEW,
        "submitted_by": "clerk",
        "submitted_at": AT,
        "as_of": DAY,
        "method": "suspense",
        "amount_fen": fen,
    }
    return NewCase(**{**known, **values})  # type: ignore[arg-type]


def available(books: Books) -> int:
    with books.reading() as tx:
        return frames.units(tx, [UNIT])["available_fen"].item()


def test_a_case_is_numbered_kept_and_moved_with_its_history(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        first = cases.create(tx, UNIT, payment(30_000, batch={"payment_kind": "按月补缴"}), [ROW])
        second = cases.create(tx, UNIT, payment(1, as_of=date(2025, 4, 1)), [])
        found = cases.get(tx, UNIT, first)
        assert found is not None
        cases.move(tx, found, State.TO_PRINT, actor="first", at=AT, first_by="first")
    assert (first, second) == ("0500001-2503-001", "0500001-2504-001")
    with books.reading() as tx:
        case = cases.get(tx, UNIT, first)
        assert case is not None and case.batch == {"payment_kind": "按月补缴"} and case.first_by == "first"
        assert case.state == State.TO_PRINT and case.as_of == DAY
        assert cases.rows(tx, UNIT, first) == [ROW]
        steps = [(step.from_state, step.to_state) for step in cases.history(tx, UNIT, first)]
        assert steps == [(None, State.FIRST_REVIEW), (State.FIRST_REVIEW, State.TO_PRINT)]
        assert [one.case_no for one in cases.listing(tx)] == [first, second]
        assert cases.listing(tx, [UNIT], states=[State.DONE], business="建账")[0].heads == 2
        opened = frames.open_case_rows(tx, [UNIT]).filter(case_no=first).row(0, named=True)
        assert (opened["account"], opened["effective_month"], opened["end_month"]) == (ZHANG, 24300, 24301)
        assert cases.get(tx, UNIT, "0500001-2503-999") is None


def test_open_cases_hold_the_suspense_and_free_it(tmp_path: Path) -> None:
    """G33: 余额 - Σ reserved, and a draft reserves nothing."""
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        numbers = [cases.create(tx, UNIT, payment(fen), []) for fen in (60_000, 40_000)]
        cases.create(tx, UNIT, payment(10**9, state=State.DRAFT), [])
        cases.create(tx, UNIT, payment(10**9, method="transfer"), [])
    assert available(books) == 100_000
    with pytest.raises(Refused) as refused, books.writing(UNIT) as tx:
        cases.create(tx, UNIT, payment(100_001), [])
    assert refused.value.code == "E705"
    for number, left in zip(numbers, (160_000, 200_000), strict=True):
        with books.writing(UNIT) as tx:
            case = cases.get(tx, UNIT, number)
            assert case is not None
            cases.move(tx, case, State.WITHDRAWN, actor="clerk", at=AT)
        assert available(books) == left


def test_a_case_that_somebody_else_has_moved_is_not_moved_again(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        case = cases.get(tx, UNIT, cases.create(tx, UNIT, payment(1), []))
        assert case is not None
        cases.move(tx, case, State.WITHDRAWN, actor="clerk", at=AT, reason="不办了")
        with pytest.raises(ValueError, match="not in state"):
            cases.move(tx, case, State.TO_PRINT, actor="first", at=AT)


def test_a_returned_case_is_edited_under_its_number(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        case = cases.get(tx, UNIT, cases.create(tx, UNIT, payment(30_000, state=State.DRAFT), [ROW]))
        assert case is not None
        cases.replace_rows(tx, case, payment(20_000, heads=1), [])
        assert cases.rows(tx, UNIT, case.case_no) == []
        edited = cases.get(tx, UNIT, case.case_no)
        assert edited is not None and (edited.amount_fen, edited.state) == (20_000, State.DRAFT)


def test_files_are_kept_by_what_is_in_them(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        number = cases.create(tx, UNIT, payment(1, file_sha256=hashlib.sha256(b"xlsx").hexdigest()), [])
        sheet = files.keep_file(tx, UNIT, number, "补缴.xlsx", b"xlsx")
        assert files.keep_file(tx, UNIT, number, "补缴.xlsx", b"xlsx") == sheet
        photo = files.attach(tx, UNIT, number, "经办人身份证件", "id.png", b"png")
        files.number_archive(tx, UNIT, number, "aa" * 16, "05202503030000001")
        files.number_archive(tx, UNIT, number, "bb" * 16, "05202503030000002")
    with books.reading() as tx:
        assert [(one.kind, one.name) for one in files.kept(tx, UNIT, number)] == [
            (None, "补缴.xlsx"),
            ("经办人身份证件", "id.png"),
        ]
        assert files.content(tx, UNIT, number, sheet) == b"xlsx"
        assert files.content(tx, UNIT, number, photo) == b"png"
        assert files.content(tx, UNIT, number, "00") is None
        (same,) = cases.listing(tx, [UNIT], file_sha256=sheet)
        assert same.case_no == number and same.archive_no == "05202503030000001"


def test_a_receipt_is_posted_once_over_all_units(tmp_path: Path) -> None:
    """G31: the same line again is already posted, the same 流水号 with another amount is refused."""
    books = small_books(tmp_path)
    line = receipts.Receipt("工行", "20250303001", 25_000, DAY, UNIT)
    stray = receipts.Receipt("工行", "20250303002", 9_900, DAY, None)
    with books.writing(UNIT, CENTRE) as tx:
        posted = receipts.add(tx, line, head("到账", business="到账"))
        waiting = receipts.add(tx, stray, head("到账", of_unit=CENTRE, business="到账"))
    assert available(books) == 225_000 and waiting.entries[0].unit == CENTRE
    with books.writing(UNIT, CENTRE) as tx:
        again = receipts.add(tx, line, head("到账", business="到账"))
        assert again.already and again.entries == posted.entries
        tomorrow = receipts.Receipt("工行", "20250303001", 25_000, DAY + timedelta(days=1), UNIT)
        assert receipts.add(tx, tomorrow, head("到账", day=tomorrow.date, business="到账")).entries == posted.entries
        for other in (
            receipts.Receipt("工行", "20250303001", 25_001, DAY, UNIT),
            receipts.Receipt("工行", "20250303001", 25_000, DAY, None),
        ):
            with pytest.raises(Refused, match="别的内容"):
                receipts.add(tx, other, head("到账", of_unit=other.books))
        assert receipts.listing(tx, UNIT) == [line] and receipts.listing(tx) == [line, stray]
        balances = {row.account: row.balance_fen for row in journal.trial_balance(tx)}
    assert balances["10101"] == balances["201"] + balances["21901"] + balances["21902"]
    assert verify(books).first_difference is None


def test_a_run_is_numbered_by_month_and_remembers_every_unit(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    march = months.of(2025, 3)
    with books.writing(UNIT, CENTRE) as tx:
        names = [runs.start(tx, "remittance", march, "auto", DAY, at=AT, actor="admin", scope="all") for _ in range(2)]
        short = runs.Outcome(UNIT, "refused", (), 2, 100_000, "E705", 5)
        paid = runs.Outcome(UNIT, "posted", (march, march + 1), 2, 100_000, case_no="0500001-2503-001")
        for outcome in (short, paid):
            runs.record(tx, names[1], [outcome])
        runs.finish(tx, names[1], AT)
    assert names == ["R2503-1", "R2503-2"]
    with books.reading() as tx:
        latest = runs.latest(tx)
        assert latest is not None and latest.run_no == "R2503-2" and latest.finished_at == AT
        assert runs.outcomes(tx, "R2503-2") == [paid] and runs.outcomes(tx, "R2503-1") == []
        assert runs.get(tx, "R2503-1") is not None and runs.get(tx, "R2503-9") is None


def test_people_log_in_by_tokens_of_which_only_hashes_are_kept(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    clerk = people.User("clerk", "agent", "李晓红", units=frozenset({UNIT}))
    with books.writing(UNIT) as tx:
        people.add_user(tx, clerk)
        people.add_user(tx, people.User("gone", "first", "王", disabled=True))
        session = people.new_token(tx, "clerk", "session", AT, None)
        token = people.new_token(tx, "clerk", "token", AT, "2025-12-31")
        gone = people.new_token(tx, "gone", "token", AT, None)
    with books.reading() as tx:
        assert people.user_of_token(tx, session, "2099-01-01") == clerk
        assert people.user_of_token(tx, token, "2025-12-31") == clerk
        assert people.user_of_token(tx, token, "2026-01-01") is None
        assert people.user_of_token(tx, gone, "2025-01-01") is None
        assert people.user_of_token(tx, "guess", "2025-01-01") is None
        assert [one.name for one in people.all_users(tx)] == ["clerk", "gone"]
    with books.writing() as tx:
        people.drop_token(tx, session)
        assert people.user_of_token(tx, session, "2025-01-01") is None
    books.close()
    assert session.encode() not in books.path.read_bytes() and token.encode() not in books.path.read_bytes()


def test_agents_come_with_the_import_and_keep_their_document(tmp_path: Path) -> None:
    books = small_books(tmp_path)
    with books.writing(UNIT) as tx:
        (agent,) = people.agents(tx, UNIT)
        assert (agent.name, agent.id_number) == (AGENT.name, AGENT.id_number)
        people.add_agent(tx, people.Agent(UNIT, agent.id_number, agent.name, "13900000009"))
        digest = people.keep_agent_document(tx, UNIT, agent.id_number, "经办人身份证件", "id.png", b"png")
        assert people.agents(tx, UNIT)[0].mobile == "13900000009"
        assert people.agent_document_on_file(tx, UNIT, agent.id_number, "经办人身份证件") == digest
        assert people.agent_document_on_file(tx, UNIT, agent.id_number, "授权书") is None
