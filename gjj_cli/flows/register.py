"""Loads the register from the books into the frames that the pure layers compute with."""

from collections.abc import Sequence

import polars as pl

from gjj_cli.posting.register import Register, Terms
from gjj_cli.store import frames
from gjj_cli.store.engine import Tx

_MONTHS = ("month", "from_month", "to_month", "first_month", "paid_through", "imported_through", "effective_month")


def load(tx: Tx, units: Sequence[str] | None = None) -> Register:
    """The register of those units (None: all but `~centre`), in one snapshot."""
    return Register(
        **vars(terms(tx, units)),
        employees=_shaped(frames.employees(tx, units)),
        paid=_shaped(frames.person_months(tx, units)),
    )


def terms(tx: Tx, units: Sequence[str] | None = None, told: pl.DataFrame | None = None) -> Terms:
    """The terms of those units without the people's own data; `told` are the units' rows, where they are known."""
    return Terms(
        units=unit_rows(tx, units) if told is None else told,
        enrolments=_shaped(frames.enrolments(tx, units)),
        bases=_shaped(frames.bases(tx, units)).with_row_index("seq"),
        rates=_shaped(frames.rates(tx, units)),
        deferrals=_NO_DEFERRALS,
    )


def unit_rows(tx: Tx, units: Sequence[str] | None = None) -> pl.DataFrame:
    """`Terms.units`: a row of each unit."""
    return _shaped(frames.units(tx, units)).with_columns(pl.col("custody").cast(pl.Boolean))


# 单位缓缴登记 comes with the issue of all businesses; until then nobody defers.
_NO_DEFERRALS = pl.DataFrame(schema={"unit": pl.String, "from_month": pl.Int32, "to_month": pl.Int32})


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    """个人账号 as `employee`, months as Int32, rates as Int32: what posting joins on."""
    if "account" in frame.columns:
        frame = frame.rename({"account": "employee"})
    narrow = [name for name in (*_MONTHS, "unit_bp", "personal_bp") if name in frame.columns]
    return frame.with_columns(pl.col(narrow).cast(pl.Int32))
