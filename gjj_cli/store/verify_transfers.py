"""Verifying needs, of an 内部转移, what the other unit's books say: its cases, and the accounts as their old units have them.

They are read once, before the units are gone through.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, select

from gjj_cli.case import State
from gjj_cli.ledger.difference import Difference
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables_cases import case_row, cases
from gjj_cli.store.tables_ledger import voucher
from gjj_cli.store.tables_register import base_history, employee
from gjj_cli.store.verify_kept import Case, columns_of, fetch, read_json, wrong_types

TRANSFER = "internal-transfer"


class Transfers:
    """The finished transfers of all units, by the units they touch."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._employees: dict[tuple[str, str], Any] = {}
        self._bases: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self.problems: list[Difference] = []
        done = and_(cases.c.business == TRANSFER, cases.c.state == State.DONE)
        found = tx.connection.execute(select(cases).where(done).order_by(cases.c.unit, cases.c.case_no)).all()
        by_no = {(row.unit, row.case_no): Case(row, {}, {}) for row in found}
        rows = select(case_row).join(
            cases, and_(cases.c.unit == case_row.c.unit, cases.c.case_no == case_row.c.case_no)
        )
        for row in tx.connection.execute(rows.where(done).order_by(*case_row.primary_key)):
            by_no[row.unit, row.case_no].rows.append((row, read_json(row.content) or {}))
        self._back = self._taken_back()
        self.touching: dict[str, dict[str, Case]] = defaultdict(dict)
        self.moved: dict[str, list[tuple[str, str]]] = defaultdict(list)  # account -> (home, arrival), by date
        self._everywhere: dict[str, set[str]] = defaultdict(set)
        for case in sorted(by_no.values(), key=lambda case: str(case.row.finished_date)):
            for number, (home, arrival, accounts) in enumerate(_routes(case), 1):
                self.touching[home][case.no] = self.touching[arrival][case.no] = case
                for account in accounts:
                    self._everywhere[account] |= {home, arrival}
                    if f"{case.no}-{number}" not in self._back:
                        self.moved[account].append((home, arrival))
        self._load()

    def _taken_back(self) -> dict[str, str]:
        """The transfer ids that have been reversed, each with the 受理号 of its reversal; whose cases touch both units."""
        back, original = voucher.alias("back"), voucher.alias("original")
        pairs = select(original.c.transfer_id, back.c.case_no).join_from(
            back, original, and_(original.c.unit == back.c.unit, original.c.no == back.c.reverses)
        )
        found = fetch(self._tx, pairs.where(original.c.transfer_id.is_not(None)))
        return {str(transfer_id): str(case_no) for transfer_id, case_no in found}

    def _load(self) -> None:
        """The rows of everybody who ever moved, at every unit they have been in."""
        accounts = sorted(account for account in self._everywhere if isinstance(account, str))
        for first in range(0, len(accounts), 500):
            some = accounts[first : first + 500]
            units = {unit for account in some for unit in self._everywhere[account]}
            for table, column in ((employee, employee.c.account), (base_history, base_history.c.employee)):
                chosen = select(table).where(table.c.unit.in_(sorted(map(str, units))), column.in_(some))
                rows = fetch(self._tx, chosen.order_by(*table.primary_key))
                self.problems += wrong_types(table, rows)
                for row in rows:
                    if table is employee:
                        self._employees[row[0], row[1]] = row
                    else:
                        self._bases[row[0], row[1]].append(row)

    def pairs(self, case: Case) -> Iterator[tuple[str, str, list[tuple[str, int]]]]:
        """(转出单位, 转入单位, [(个人账号, 转移年月)]) of a case, in the order their vouchers were posted."""
        parts: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        for row, content in case.rows:
            home, arrival = _route(case, content)
            month = row.effective_month
            if content.get("effective_month") is None:  # left open until finish: the base of the new unit tells it
                begun = [base[3] for base in self._bases[arrival, row.account] if base[5] == case.no]
                month = max(begun) if begun else month
            parts[home, arrival].append((row.account, month))
        for (home, arrival), moved in sorted(parts.items()):
            yield home, arrival, moved

    def employee(self, unit: str, account: str) -> tuple[Any, ...]:
        """The kept row of an employee; KeyError when it is gone."""
        row: tuple[Any, ...] = self._employees[unit, account]
        return row

    def carried(self, unit: str, home: str, account: str, case_no: str) -> int | None:
        """个人缴至年月 that came from the old unit: what is kept there, unless the account has been there again since;
        then nothing but this unit's own row tells it."""
        later = self.moved[account]
        arrived = [place for place, (_, arrival) in enumerate(later) if arrival == unit]
        returned = any(arrival == home for _, arrival in later[arrived[-1] + 1 :]) if arrived else False
        columns = [column.name for column in columns_of(employee)]
        told = self.employee(unit if returned else home, account)
        value: int | None = told[columns.index("carried_through" if returned else "paid_through")]
        return value

    def new_base(self, case: Case, account: str) -> int | None:
        """The base that the row of the case gave, or None for the one brought along."""
        base: int | None = next(content.get("base") for row, content in case.rows if row.account == account)
        return base

    def base_on(self, unit: str, account: str, month: int) -> int:
        """The base at the old unit in a month; KeyError without any."""
        known = [base for base in self._bases[unit, account] if base[3] <= month]
        if not known:
            raise KeyError(account)
        fen: int = max(known, key=lambda base: (base[3], base[2]))[4]
        return fen


def _routes(case: Case) -> Iterator[tuple[str, str, list[str]]]:
    """(转出单位, 转入单位, 个人账号) of a case, in the order their vouchers were posted."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, content in case.rows:
        parts[_route(case, content)].append(row.account)
    for (home, arrival), accounts in sorted(parts.items()):
        yield home, arrival, accounts


def _route(case: Case, content: dict[str, Any]) -> tuple[str, str]:
    """(转出单位, 转入单位); an empty one is the unit that submitted the case."""
    return content.get("from_unit") or case.row.unit, content.get("to_unit") or case.row.unit
