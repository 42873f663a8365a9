"""Workbooks laid out as the forms of other halls and cities (facts 4.1-4.3): the business, the rows, every value, every finding."""

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gjj_cli import resources
from gjj_cli.business import setup
from gjj_cli.business.roster import ROSTER
from gjj_cli.flows.judging import Asked, Checked, check
from gjj_cli.rules import policy
from gjj_cli.workbook import cells
from gjj_cli.workbook.headers import normal_header, readings

FOLDER = Path(__file__).parents[2] / "fixtures" / "workbooks" / "other-cities"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def checked(name: str, told: dict[str, Any]) -> Checked:
    asked = Asked(date(2025, 7, 18), ROSTER.get(told.get("asked", "")), batch=told.get("set", {}))
    return check(cells.read(FOLDER / f"{told.get('file', name)}.xlsx"), asked, policy.load())


def seen(of: Checked) -> dict[str, Any]:
    """The business, the values that were read row by row (dates as text), and the findings, as expected.json has them."""
    rows: dict[str, dict[str, Any]] = {}
    if of.frame is not None and of.business is not None:
        for row in of.frame.to_dicts():
            values = {column.slug: row[column.slug] for column in of.business.columns}
            rows[str(row["row"])] = {slug: _plain(value) for slug, value in values.items() if value is not None}
    return {
        "business": of.business.slug if of.business else None,
        "rows": rows,
        "findings": [[finding.code, finding.place.cell or finding.message] for finding in of.judged.findings],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", EXPECTED)
def test_a_form_of_another_city_is_read(name: str) -> None:
    told = EXPECTED[name]
    assert seen(checked(name, told)) == {key: told[key] for key in ("business", "rows", "findings")}


def test_every_form_is_expected_something_of() -> None:
    files = {told.get("file", name) for name, told in EXPECTED.items()}
    assert files == {path.stem for path in FOLDER.glob("*.xlsx")}


@pytest.mark.parametrize(
    ("source", "prefix"), [("成都", "chengdu"), ("上海", "shanghai"), ("华信永道", "yondervision")]
)
def test_every_word_of_a_citys_list_stands_in_one_of_its_forms(source: str, prefix: str) -> None:
    pack = tomllib.loads((resources.policies() / "shaoguan.toml").read_text(encoding="utf-8"))
    (table,) = [table for table in pack["header_aliases"] if table["source"].startswith(source)]
    words = {normal_header(word) for words in table["words"].values() for word in words}
    sheets = [cells.read(path).sheets[0] for path in FOLDER.glob(f"{prefix}-*.xlsx")]
    typed = {cell.text for sheet in sheets for row in sheet.rows.values() for cell in row.values()}
    assert words <= {text for one in typed for text in readings(normal_header(one))}


def test_what_an_alias_stands_for_is_a_header_of_ours() -> None:
    declared = [*ROSTER.values(), setup.UNITS, setup.EMPLOYEES, setup.AGENTS]
    headers = {column.header for business in declared for column in (*business.columns, *business.batch)}
    assert set(policy.load().header_aliases) <= headers
