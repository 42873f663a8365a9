"""The workbooks that LibreOffice filled and saved: the clean ones pass, in the dirty ones just the plants are found."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.flows.judging import Asked, Checked, check
from gjj_cli.rules import policy
from gjj_cli.workbook import cells

FOLDER = Path(__file__).parents[2] / "fixtures" / "workbooks"
EVERY = pytest.mark.parametrize("slug", ROSTER)


def checked(slug: str, kind: str) -> Checked:
    return check(cells.read(FOLDER / slug / f"{kind}.xlsx"), Asked(as_of=date(2025, 7, 18)), policy.load())


def said(of: Checked) -> list[dict[str, Any]]:
    found = [{"code": finding.code, "cell": finding.place.cell} for finding in of.judged.findings]
    return sorted(found, key=lambda finding: (finding["cell"] or "", finding["code"]))


@EVERY
def test_a_clean_workbook_is_clean(slug: str) -> None:
    result = checked(slug, "clean")
    assert (result.business.slug, result.unit, result.rows) == (slug, "0500001", 14)
    assert said(result) == []


@EVERY
def test_in_a_dirty_workbook_just_the_planted_mistakes_are_found(slug: str) -> None:
    assert said(checked(slug, "dirty")) == json.loads((FOLDER / slug / "expected.json").read_text(encoding="utf-8"))
