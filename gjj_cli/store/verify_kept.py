"""What verifying reads: every row of some units as plain tuples, looked at for wrong types and broken JSON first.

The rows come from the driver as they are (no SQLAlchemy Row for each of a million lines), and what a database may hold
where SQLite does not enforce types (a text in a number's column, a blob, a null) is a Difference before anything is
computed with it. So all that comes after may trust the types.
"""

import json
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.exc import DBAPIError

from gjj_cli.ledger.difference import Difference
from gjj_cli.store import tables_cases as c
from gjj_cli.store import tables_ledger as g
from gjj_cli.store import tables_register as r
from gjj_cli.store.engine import Tx

BY_UNIT = (
    g.unit, g.voucher, g.line, g.post_key, g.voucher_counter, g.counter, g.employee_balance, g.unit_balance,
    g.audit_log, r.employee, r.enrolment, r.base_history, r.rate_history, r.person_month, r.unit_event, r.change_event,
    c.cases, c.case_row, c.case_event, c.case_file, c.attachment, c.run, c.run_unit, c.agent, c.agent_document,
    c.user_unit,
)  # fmt: skip
BARE = frozenset({"line", "person_month"})  # the big ones stay bare tuples; the others have named columns


@dataclass
class Case:
    """A case with what belongs to it: `row` is its row of `cases`, `rows` are (row of case_row, its content)."""

    row: Any
    batch: dict[str, Any]
    totals: dict[str, Any]
    rows: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    @property
    def no(self) -> str:
        return str(self.row.case_no)


class Unreadable(Exception):
    """A text that is no UTF-8 any more: SQLite keeps whatever bytes there are."""


def fetch(tx: Tx, statement: Select[Any], bound: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a statement as the driver gives them. Raises Unreadable, and DBAPIError as SQLAlchemy does."""
    result = tx.connection.execute(statement, bound)
    if result.cursor is None:
        raise ValueError("a statement without rows")
    try:
        return list(result.cursor.fetchall())
    except tx.connection.dialect.loaded_dbapi.Error as error:
        if "decode to UTF-8" in str(error):
            raise Unreadable from error
        raise DBAPIError(str(statement), None, error) from error


def columns_of(table: Table) -> list[Any]:
    """The columns that are read at once: the contents of kept files are looked at one by one instead."""
    return [column for column in table.columns if str(column.type) != "BLOB"]


_ROW: dict[str, Any] = {
    table.name: namedtuple(table.name, [column.name for column in columns_of(table)]) for table in BY_UNIT
}
_OF_TYPE = {"TEXT": str, "BIGINT": int}


class Kept:
    """The rows of a few units, by table and unit, in the order of their primary keys."""

    def __init__(self, tx: Tx, units: Sequence[str]) -> None:
        self.units = units
        self.counts: dict[str, int] = {}
        self._rows: dict[str, dict[str, list[Any]]] = {}
        self._wrong: list[Difference] = []
        self._cases: dict[str, dict[str, Case]] = {}
        for table in BY_UNIT:
            columns = columns_of(table)
            chosen = select(*columns).where(table.c.unit.in_(units)).order_by(*table.primary_key)
            rows = self._readable(tx, table, chosen)
            self.counts[table.name] = len(rows)
            if table.name not in BARE:
                self._wrong += wrong_types(table, rows)
            made: Callable[[Any], Any] = list if table.name in BARE else _named(table.name)
            by_unit: dict[str, list[Any]] = defaultdict(list)
            for of_unit, group in groupby(rows, itemgetter(0)):
                by_unit[of_unit] += made(group)
            self._rows[table.name] = by_unit

    def _readable(self, tx: Tx, table: Table, chosen: Select[Any]) -> list[tuple[Any, ...]]:
        try:
            return fetch(tx, chosen)
        except Unreadable:
            for unit in self.units:
                try:
                    fetch(tx, chosen.where(table.c.unit == unit))
                except Unreadable:
                    self._wrong.append(Difference(unit, None, table.name, f"{table.name} 里有读不出来的文字"))
            return []

    def of(self, table: str, unit: str) -> list[Any]:
        return self._rows[table].get(unit, [])

    def problems(self) -> Iterator[Difference]:
        """Wrong types and broken JSON; only without any may the rest be looked at.

        Not of the big tables: their rows are hashed as they are, which no value of another type survives, and whoever
        computes with them asks `wrong_in` when that fails.
        """
        yield from self._wrong
        for unit in self.units:
            self._cases[unit] = cases = {}
            for row in self.of("cases", unit):
                batch, totals = read_json(row.batch), read_json(row.totals)
                for name, read in (("batch", batch), ("totals", totals)):
                    if read is None:
                        yield Difference(unit, None, name, f"业务 {row.case_no} 记的内容读不出来了")
                cases[row.case_no] = Case(row, batch or {}, totals or {})
            for row in self.of("case_row", unit):
                content = read_json(row.content)
                if content is None:
                    yield Difference(unit, None, "content", f"业务 {row.case_no} 第 {row.row_no} 行的内容读不出来了")
                elif row.case_no in cases:
                    cases[row.case_no].rows.append((row, content))
            for row in self.of("case_event", unit):
                if row.case_no in cases:
                    cases[row.case_no].events.append(row)

    def cases(self, unit: str) -> dict[str, Case]:
        """The unit's cases by 受理号, with their rows and events, once `problems` has been through."""
        return self._cases[unit]

    def wrong_in(self, table: Table, unit: str) -> Iterator[Difference]:
        """The cells of a big table that are not of their column's type."""
        return wrong_types(table, self.of(table.name, unit))


def _named(table: str) -> Callable[[Any], Any]:
    make = _ROW[table]._make
    return lambda rows: [make(row) for row in rows]


def wrong_types(table: Table, rows: Sequence[tuple[Any, ...]]) -> Iterator[Difference]:
    """The cells that are not of their column's type: the first of each column."""
    for place, (column, values) in enumerate(zip(columns_of(table), zip(*rows, strict=True), strict=False)):
        allowed = {_OF_TYPE[str(column.type)]} | ({type(None)} if column.nullable else set())
        if not allowed.issuperset(map(type, values)):
            row = next(row for row in rows if type(row[place]) not in allowed)
            keys = "、".join(str(value) for value in row[1 : len(table.primary_key)])
            unit = row[0] if isinstance(row[0], str) else ""
            yield Difference(unit, _entry(table, row), column.name, f"{table.name} {keys} 的值不是这一列该有的")


def _entry(table: Table, row: tuple[Any, ...]) -> int | None:
    """The entry number a row is about, where it has one."""
    name = {"voucher": "no", "line": "voucher", "post_key": "entry_no", "person_month": "last_voucher"}.get(table.name)
    value = row[[column.name for column in columns_of(table)].index(name)] if name else None
    return value if isinstance(value, int) else None


def read_json(kept: str) -> dict[str, Any] | None:
    """A JSON object; None for what is none."""
    try:
        read = json.loads(kept)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def unequal(unit: str, pairs: Mapping[str, tuple[object, object]], about: str = "") -> Iterator[Difference]:
    """A Difference for every field whose kept value is not the computed one."""
    for name, (kept, computed) in pairs.items():
        if kept != computed:
            yield Difference(unit, None, name, f"{about}记的是 {kept}，应是 {computed}")
