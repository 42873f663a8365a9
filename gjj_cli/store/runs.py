"""Month-end runs: the run itself in `~centre`, what it did to a unit in that unit's own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite too

from gjj_cli import month as months
from gjj_cli.posting.plan import Outcome
from gjj_cli.store import counters
from gjj_cli.store.direct import Statement
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables import CENTRE
from gjj_cli.store.tables_cases import run, run_unit


@dataclass(frozen=True)
class Run:
    """A run; `scope` says which units were asked for."""

    run_no: str
    business: str
    through: int
    method: str
    as_of: date
    started_at: str
    started_by: str
    scope: str
    finished_at: str | None = None


def start(tx: Tx, business: str, through: int, method: str, as_of: date, *, at: str, actor: str, scope: str) -> str:
    """A new run, numbered in the month of its business date: `R2507-1`. Needs CENTRE."""
    month = months.of_date(as_of)
    run_no = f"R{months.short(month)}-{counters.take(tx, CENTRE, 'run', months.show(month))}"
    tx.connection.execute(
        run.insert().values(
            unit=CENTRE,
            run_no=run_no,
            business=business,
            through=through,
            method=method,
            as_of=as_of.isoformat(),
            started_at=at,
            started_by=actor,
            scope=scope,
        )
    )
    return run_no


def finish(tx: Tx, run_no: str, at: str) -> None:
    tx.must_hold(CENTRE)
    tx.connection.execute(run.update().where(run.c.unit == CENTRE, run.c.run_no == run_no).values(finished_at=at))


_SAID = ("outcome", "months", "heads", "total_fen", "code", "short_fen", "detail", "case_no")
_ADD = insert(run_unit)
_RECORD = Statement(
    _ADD.on_conflict_do_update(index_elements=["unit", "run_no"], set_={name: _ADD.excluded[name] for name in _SAID})
)


def record(tx: Tx, run_no: str, outcomes: Sequence[Outcome]) -> None:
    """What the run did to units; a later word about the same unit replaces the earlier."""
    tx.must_hold(*(one.unit for one in outcomes))
    for one in outcomes:
        paid = ",".join(months.show(month) for month in one.months)
        _RECORD.run(tx, run_no=run_no, **{**vars(one), "months": paid})


def get(tx: Tx, run_no: str) -> Run | None:
    row = tx.connection.execute(select(run).where(run.c.unit == CENTRE, run.c.run_no == run_no)).one_or_none()
    return _run(row) if row is not None else None


def latest(tx: Tx) -> Run | None:
    """The run that was started last."""
    row = tx.connection.execute(
        select(run).where(run.c.unit == CENTRE).order_by(run.c.started_at.desc(), run.c.run_no.desc()).limit(1)
    ).one_or_none()
    return _run(row) if row is not None else None


def outcomes(tx: Tx, run_no: str) -> list[Outcome]:
    """What a run did, by unit."""
    rows = tx.connection.execute(select(run_unit).where(run_unit.c.run_no == run_no).order_by(run_unit.c.unit))
    return [_outcome(row) for row in rows]


def _run(row: Row[Any]) -> Run:
    values = row._asdict()
    values.pop("unit")
    return Run(**values | {"as_of": date.fromisoformat(row.as_of)})


def _outcome(row: Row[Any]) -> Outcome:
    values = row._asdict()
    values.pop("run_no")
    paid = tuple(months.parse(text) for text in row.months.split(",") if text)
    return Outcome(**values | {"months": paid})
