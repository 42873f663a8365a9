"""Rows as the template takes them, canonical or as they were typed."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, layout, split, template
from gjj_cli.workbook.layout import Layout

OPENING = ROSTER["account-opening"]


@pytest.mark.parametrize(
    ("typed", "slug", "canonical", "as_typed"),
    [
        ({"D2": "6,000元"}, "base", 600_000, "6,000元"),
        ({"D2": 6000}, "base", 600_000, 600_000),
        ({"D2": "六千"}, "base", "六千", "六千"),
        ({"C2": 440203199001011234}, "id_number", "4.402031990010113e+17", "4.402031990010113e+17"),
        ({"H2": date(1990, 1, 31)}, "birth", date(1990, 1, 31), date(1990, 1, 31)),
        ({"A2": "=1+1"}, "name", "", ""),
        ({"F2": "2025年7月"}, "effective_month", 24_306, "2025年7月"),
    ],
)
def test_values(tmp_path: Path, typed: dict[str, object], slug: str, canonical: object, as_typed: object) -> None:
    path = tmp_path / "开户.xlsx"
    template.export(OPENING, policy.load(), path, rows=[{"name": "甲", "mobile": "13800001111"}, {"name": "乙"}])
    book = openpyxl.load_workbook(path)
    for cell, value in typed.items():
        book[OPENING.title][cell] = value
    book.save(path)
    found = layout.find(cells.read(path), tuple(ROSTER.values()), policy.load())
    assert isinstance(found, Layout)
    (row,) = split.rows(found, policy.load(), [2], as_typed=False)
    (raw,) = split.rows(found, policy.load(), [2], as_typed=True)
    assert (row[slug], raw[slug]) == (canonical, as_typed)
    assert row["mobile"] == "13800001111"
