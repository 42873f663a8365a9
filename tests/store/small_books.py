"""Small books for the store's tests: one unit of two people, and the steps that move money in it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from gjj_cli import month as months
from gjj_cli.ledger.voucher import Head
from gjj_cli.store.engine import Books, sqlite_url
from gjj_cli.store.events import UnitEvent, add_unit_event
from gjj_cli.store.importing import (
    AgentOpening,
    EmployeeOpening,
    UnitImported,
    UnitOpening,
    import_units,
)
from gjj_cli.store.ledger import Posted, PostKey
from gjj_cli.store.payments import REMITTANCE, PersonMonth, pay

AT = "2025-03-01T09:00:00+08:00"
DAY = date(2025, 3, 3)
ZHANG, LI, WANG = "0010000001", "0010000002", "0010000003"


def unit(number: str = "0500001", **values: object) -> UnitOpening:
    known: dict[str, object] = {
        "unit": number,
        "name": "韶关示例有限公司",
        "org": "市中心",
        "opening_date": DAY,
        "unit_bp": 500,
        "personal_bp": 500,
        "first_month": months.of(2024, 1),
        "paid_through": months.of(2025, 2),
        "fund_fen": 100_000,
        "suspense_fen": 200_000,
    }
    return UnitOpening(**{**known, **values})  # type: ignore[arg-type]


def employee(account: str, id_number: str, **values: object) -> EmployeeOpening:
    known: dict[str, object] = {
        "unit": "0500001",
        "account": account,
        "name": "张三",
        "doc_type": "身份证",
        "id_number": id_number,
        "base_fen": 500_000,
        "status": "正常",
        "start_month": months.of(2024, 1),
        "paid_through": months.of(2025, 2),
        "prior_fen": 30_000,
        "cur_fen": 20_000,
    }
    return EmployeeOpening(**{**known, **values})  # type: ignore[arg-type]


PEOPLE = (employee(ZHANG, "11010519491231002X"), employee(LI, "440203199001011234", name="李四"))
AGENT = AgentOpening("0500001", "李晓红", "440203198001011111", "13900000000")


def bring_in(books: Books, units: Sequence[UnitOpening], people: Sequence[EmployeeOpening]) -> list[UnitImported]:
    agents = [AGENT] if AGENT.unit in {one.unit for one in units} else []
    return import_units(books, units, people, agents, as_of=DAY, user="admin", at=AT)


def small_books(folder: Path) -> Books:
    books = Books.create(sqlite_url(folder / "gjj.db"), "gjj test")
    (imported,) = bring_in(books, [unit()], PEOPLE)
    assert imported.refused is None
    return books


def head(memo: str = "缴存[2025-03]", day: date = DAY, of_unit: str = "0500001", business: str = "汇缴") -> Head:
    return Head(of_unit, day, business, memo, "clerk", "市中心")


def remit(
    books: Books,
    month: int,
    people: Sequence[str] = (ZHANG, LI),
    *,
    of_unit: str = "0500001",
    side_fen: int = 25_000,
    day: date = DAY,
    dry_run: bool = False,
) -> Posted:
    """Pays one month for these people and writes its 单位明细 row, as the flow does."""
    rows = [PersonMonth(who, month, side_fen, side_fen) for who in people]
    memo = f"缴存[{months.show(month)}]"
    with books.writing(of_unit, dry_run=dry_run) as tx:
        posted = pay(tx, head(memo, day, of_unit), PostKey(REMITTANCE, months.show(month)), rows)
        if not posted.already:
            amount = 2 * side_fen * len(rows)
            entry = posted.entries[0].entry_no
            add_unit_event(tx, of_unit, UnitEvent(day, "汇缴", memo, len(rows), amount, entry_no=entry))
    return posted
