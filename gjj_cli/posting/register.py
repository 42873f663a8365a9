"""The register as the pure layers see it: one frame a matter, for some units or all, as the books have it now."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from gjj_cli.posting import arrears, remittance
from gjj_cli.posting.amounts import amounts
from gjj_cli.rules.policy import Pack


@dataclass(frozen=True)
class Terms:
    """What a month's amounts follow from, in the shapes of `posting.amounts` and `posting.remittance`; months Int32,
    money Int64 分.

    `units` (unit, name, org, first_month, paid_through, state, custody, fund_fen, suspense_fen, available_fen …);
    `enrolments`, `bases`, `rates`, `deferrals`.
    """

    units: pl.DataFrame
    enrolments: pl.DataFrame
    bases: pl.DataFrame
    rates: pl.DataFrame
    deferrals: pl.DataFrame

    @cached_property
    def due(self) -> pl.DataFrame:
        """应汇缴年月: frame(unit, due_month)."""
        return remittance.due_month(self.units, self.deferrals)

    def due_of(self, unit: str) -> int | None:
        """One unit's 应汇缴年月; None for a unit that is never due."""
        found = self.due.filter(pl.col("unit") == unit)["due_month"]
        return None if found.is_empty() else found[0]

    def monthly(self, unit_months: pl.DataFrame, pack: Pack) -> pl.DataFrame:
        """The 月缴存额 of everybody enrolled in frame(unit, month), see `amounts.amounts`."""
        return amounts(self.enrolments, self.bases, self.rates, unit_months, pack)


@dataclass(frozen=True)
class Register(Terms):
    """The terms with the people themselves and what they have paid: `employees` (unit, employee, name, doc_type,
    id_number, status, paid_through, imported_through, balance_fen …), `paid` (unit, employee, month, paid_unit_fen,
    paid_personal_fen).
    """

    employees: pl.DataFrame
    paid: pl.DataFrame

    def owed(self, pack: Pack) -> pl.DataFrame:
        """Every person-month due before 应汇缴年月, see `arrears.due_months`."""
        imported = self.employees.select("unit", "employee", paid_through="imported_through")
        return arrears.due_months(self.enrolments, self.bases, self.rates, self.due, imported, pack)

    def short(self, pack: Pack) -> pl.DataFrame:
        """欠缴月, see `arrears.shortages`."""
        return arrears.shortages(self.owed(pack), self.paid)
