"""The tests' way to write a register: rows of text as a clerk would say them, as the frames of gjj_cli.posting."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from gjj_cli import month as months
from gjj_cli.money import plain, to_fen
from gjj_cli.posting import amounts, remittance
from gjj_cli.rules import policy

PACK = policy.load()
GOLDEN = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "fixtures" / "golden.json").read_text("utf-8"))["scenarios"]
}
START = "2020-01"  # from when a rate or a base holds where a test does not say

_SCHEMA = {
    "units": {
        "unit": pl.String,
        "first_month": pl.Int32,
        "paid_through": pl.Int32,
        "state": pl.String,
        "custody": pl.Boolean,
    },
    "enrolments": {"unit": pl.String, "employee": pl.String, "from_month": pl.Int32, "to_month": pl.Int32},
    "bases": {"unit": pl.String, "employee": pl.String, "from_month": pl.Int32, "base_fen": pl.Int64, "seq": pl.Int64},
    "rates": {
        "unit": pl.String,
        "from_month": pl.Int32,
        "to_month": pl.Int32,
        "unit_bp": pl.Int32,
        "personal_bp": pl.Int32,
        "kind": pl.String,
    },
    "deferrals": {"unit": pl.String, "from_month": pl.Int32, "to_month": pl.Int32},
    "previous": {"unit": pl.String, "employee": pl.String, "amount_fen": pl.Int64},
    "paid": {
        "unit": pl.String,
        "employee": pl.String,
        "month": pl.Int32,
        "paid_unit_fen": pl.Int64,
        "paid_personal_fen": pl.Int64,
    },
    "imported": {"unit": pl.String, "employee": pl.String, "paid_through": pl.Int32},
    "available": {"unit": pl.String, "available_fen": pl.Int64},
    "unit_months": {"unit": pl.String, "month": pl.Int32},
    "rows": {"employee": pl.String, "start_month": pl.Int32, "end_month": pl.Int32},
}


def frame(kind: str, rows: list[tuple]) -> pl.DataFrame:
    """A frame of one of the kinds above; text `2025-07` in a month column and `3475.00` in a money column are read."""
    schema = _SCHEMA[kind]

    def read(column: str, value: object) -> object:
        if isinstance(value, str) and schema[column] == pl.Int32 and column.endswith(("month", "through")):
            return months.parse(value)
        if isinstance(value, str) and column.endswith("_fen"):
            return to_fen(value)
        return value

    read_rows = [tuple(map(read, schema, row)) for row in rows]
    return pl.DataFrame(read_rows, schema=schema, orient="row")


def bp(rates: str) -> tuple[int, int]:
    """`5%/5%` as (unit, personal) in 万分之一."""
    unit, personal = (int(side.removesuffix("%")) * 100 for side in rates.split("/"))
    return unit, personal


@dataclass
class Register:
    """One unit. `people` (employee, from, to), `bases` (employee, from, 元), `rates` (from, "5%/5%")."""

    people: list[tuple]
    bases: list[tuple]
    rates: list[tuple] = field(default_factory=lambda: [(START, "5%/5%")])
    reductions: list[tuple] = field(default_factory=list)  # (from, to, "4%/4%")
    deferrals: list[tuple] = field(default_factory=list)  # (from, to)
    first: str = START
    paid_through: str | None = None
    unit: str = "0500001"

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        ordinary = [(self.unit, since, None, *bp(rate), "ordinary") for since, rate in self.rates]
        reduced = [(self.unit, since, last, *bp(rate), "reduction") for since, last, rate in self.reductions]
        return {
            "enrolments": frame("enrolments", [(self.unit, *row) for row in self.people]),
            "bases": frame("bases", [(self.unit, *row, seq) for seq, row in enumerate(self.bases)]),
            "rates": frame("rates", ordinary + reduced),
        }

    @property
    def deferral_frame(self) -> pl.DataFrame:
        return frame("deferrals", [(self.unit, *row) for row in self.deferrals])

    @property
    def due(self) -> pl.DataFrame:
        units = frame("units", [(self.unit, self.first, self.paid_through, "01", False)])
        return remittance.due_month(units, self.deferral_frame)

    def amounts(self, *wanted: str) -> pl.DataFrame:
        unit_months = frame("unit_months", [(self.unit, month) for month in wanted])
        return amounts.amounts(**self.frames, unit_months=unit_months, pack=PACK)

    def posted_list(self) -> pl.DataFrame:
        """What the caller gives for an imported unit: R(u, 缴至年月) at that month's base and rate."""
        if self.paid_through is None:
            return frame("previous", [])
        return self.amounts(self.paid_through).select("unit", "employee", "amount_fen")

    def month_rows(self, through: str) -> pl.DataFrame:
        wanted = remittance.months_through(self.due, months.parse(through), self.deferral_frame)
        due_amounts = amounts.amounts(**self.frames, unit_months=wanted, pack=PACK)
        return remittance.month_rows(due_amounts, self.posted_list(), wanted)


def screen(rows: pl.DataFrame) -> list[dict]:
    """Month rows in the words of golden.json."""
    return [
        {
            "汇缴年月": months.show(row["month"]),
            "本月汇缴金额": plain(row["amount_fen"]),
            "本月汇缴人数": row["heads"],
            "本月增加金额": plain(row["added_fen"]),
            "本月增加人数": row["added_heads"],
            "本月减少金额": plain(row["removed_fen"]),
            "本月减少人数": row["removed_heads"],
        }
        for row in rows.iter_rows(named=True)
    ]
