"""One workbook, from cells to findings: shared by `validate`, `case submit` and `case finish`."""

from typing import TYPE_CHECKING

import polars as pl

from gjj_cli import month as months
from gjj_cli.business.checked import Asked, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.schema import bound_rules
from gjj_cli.business.spec import Business, Kind
from gjj_cli.finding import Finding, Judged
from gjj_cli.rules import form
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook import layout, values
from gjj_cli.workbook.cells import Workbook
from gjj_cli.workbook.frame import Given, build, with_limits
from gjj_cli.workbook.judge import judge
from gjj_cli.workbook.layout import Layout

if TYPE_CHECKING:  # the books take longer to import than a small workbook takes to judge: only where they are asked
    from gjj_cli.flows.session import Actor
    from gjj_cli.store.engine import Tx


def check(
    workbook: Workbook,
    asked: Asked,
    pack: Pack,
    tx: "Tx | None" = None,
    only_unit: str | None = None,
    who: "Actor | None" = None,
) -> Checked:
    """Lay out, read and judge a workbook; with `tx` the rules that need the books run too.

    The unit is the asked one, else the stamp, else `only_unit` (the user's only one); without books it is the stamp's.
    """
    found = layout.find(workbook, tuple(ROSTER.values()), pack, asked.business)
    checked = Checked(workbook.name, workbook.sha256)
    if isinstance(found, Finding):
        checked.judged = Judged([found])
        return checked
    checked.business, checked.header_row = found.business, found.header_row
    checked.unit = asked.unit or found.unit or (only_unit if tx else None)
    if asked.unit and found.unit and asked.unit != found.unit:
        why = f"这是单位 {found.unit} 的表，不是 {asked.unit} 的"
        found.findings.append(layout.form_finding(form.unknown_business, why=why))
    if who is not None and checked.unit is not None:
        who.must_see(checked.unit)
    if not found.readable:
        checked.judged = Judged(sorted(found.findings, key=lambda finding: finding.sort_key))
        return checked
    _judge_rows(checked, found, asked, pack, tx if checked.unit else None)
    return checked


def _judge_rows(checked: Checked, found: Layout, asked: Asked, pack: Pack, tx: "Tx | None") -> None:
    unit, business = checked.unit, found.business
    checked.default_month = months.of_date(asked.as_of)
    register = None
    if tx is not None and unit is not None:
        from gjj_cli.flows import register as registers

        register = registers.load(tx, _units_named(found, unit))
        checked.default_month = register.due_of(unit) or checked.default_month
    frame = build(found, pack, Given(asked.batch, unit, checked.default_month, asked.as_of))
    if register is not None and unit is not None and tx is not None:
        from gjj_cli.workbook import booked

        books = booked.Books(register, _directory(frame, business, tx), unit, asked.as_of)
        frame = booked.join(frame, business, books, pack)
    checked.with_books = register is not None
    judged = any(bound.rule.needs == "policy" for bound in bound_rules(business))
    checked.frame, checked.uncovered = with_limits(frame, pack, judged=judged)
    checked.judged = judge(checked.frame, found, checked.with_books)


def _units_named(found: Layout, unit: str) -> list[str]:
    """The submitting unit and every unit that a cell of 转出/转入单位账号 names."""
    places = [found.columns.get(column.slug, 0) for column in found.business.columns if column.kind is Kind.UNIT]
    cells = found.sheet.cells.filter(pl.col("column").is_in(places) & pl.col("row").is_in(found.rows))
    named = {unit} | {values.squeeze(text) for text in cells["text"].unique()}
    return sorted(named)


def _directory(frame: pl.DataFrame, business: Business, tx: "Tx") -> pl.DataFrame:
    """Who holds the identities of an opening's rows anywhere in the books: frame(row, directory.*)."""
    from gjj_cli.store import frames
    from gjj_cli.store.register import identity_hash

    schema = {
        "row": pl.Int32(),
        "directory.unit": pl.String(),
        "directory.account": pl.String(),
        "directory.status": pl.String(),
    }
    if business.names_person:
        return pl.DataFrame(schema=schema)
    typed = frame.filter(pl.col("id_number").is_not_null() & pl.col("doc_type").is_not_null())
    hashes = [identity_hash(kind, number) for kind, number in typed.select("doc_type", "id_number").rows()]
    asked = typed.select("row").with_columns(pl.Series("id_hash", hashes, pl.String()))
    return asked.join(frames.persons(tx, sorted(set(hashes))), on="id_hash").select(
        "row",
        **{
            "directory.unit": pl.col("at_unit"),
            "directory.account": pl.col("account"),
            "directory.status": pl.col("status"),
        },
    )
