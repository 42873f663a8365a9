"""Every business through LibreOffice and back: export, fill in, validate, annotate, open and save, correct, validate again."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fixtures import planted
from fixtures.libreoffice import run_libreoffice
from fixtures.make_workbooks import expected, keystrokes, stroke
from fixtures.planted import BATCH
from fixtures.plants import DIRTY as DIRTY_ONES
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business, Kind
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, layout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="没有装 LibreOffice"),
]
EVERY = pytest.mark.parametrize("business", ROSTER.values(), ids=ROSTER)
KEPT_BELOW = 1000  # LibreOffice keeps an input check for as many rows below the last one with data
DIRTY = {
    dirty.business: replace(
        dirty,
        plants=tuple(plant for plant in dirty.plants if not isinstance(plant.cells[plant.first], planted.Formula)),
    )
    for dirty in DIRTY_ONES
    if dirty.name == "dirty"
}


def gjj(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """gjj as a process, without books, on the day that the mistakes are planted for."""
    command = [sys.executable, "-m", "gjj_cli", "--as-of", "2025-07-18", *map(str, arguments)]
    environment = {**os.environ, "PYTHONUTF8": "1", "GJJ_DB": ""}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)


def findings(*arguments: str | Path) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Exit code, and the errors and warnings of each file by its name."""
    done = gjj("validate", *arguments, "--format", "json")
    told = {Path(one["file"]).name: one["findings"] for one in json.loads(done.stdout)["files"]}
    return done.returncode, told


@dataclass(frozen=True)
class Journey:
    """The folders of the workbooks at each station, named as `template export` names them."""

    exported: Path
    filled: Path
    marked: Path
    corrected: Path


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    home = tmp_path_factory.mktemp("journey")
    there = Journey(*(home / name for name in ("exported", "filled", "marked", "corrected")))
    assert gjj("template", "export", *ROSTER, "--unit", "0500001", "-o", there.exported).returncode == 0
    for folder in (there.filled, there.marked, there.corrected):
        folder.mkdir()
    _run(there.exported, there.filled, home / "one", {business: wrong(business) for business in ROSTER.values()})
    assert gjj("validate", there.filled, "--annotate", "-o", there.marked).returncode == 1
    for path in sorted(there.marked.glob("*.xlsx")):
        path.rename(path.with_name(path.name.replace("-标注", "")))
    _run(there.marked, there.corrected, home / "two", {business: right(business) for business in ROSTER.values()})
    yield there


def name_of(business: Business) -> str:
    return f"{business.title}-0500001.xlsx"


def _run(source: Path, target: Path, profile: Path, strokes: dict[Business, list[planted.Keystroke]]) -> None:
    profile.mkdir()
    jobs: list[str] = []
    for business, typed in strokes.items():
        jobs.append(f"open\t{source / name_of(business)}")
        jobs += ["\t".join(map(str, one)) for one in typed]
        jobs.append(f"save\t{target / name_of(business)}")
    run_libreoffice(jobs, profile)


def wrong(business: Business) -> list[planted.Keystroke]:
    return keystrokes(business, DIRTY[business.slug])


def right(business: Business) -> list[planted.Keystroke]:
    """What a clerk types over the mistakes: what an honest row has there, nothing where it has nothing."""
    dirty = DIRTY[business.slug]
    places = {column.slug: place for place, column in enumerate(business.columns)}
    typed = [
        stroke(business.title, places[slug], plant.row + 1, planted.clean_row(business, plant.row).get(slug) or "")
        for plant in dirty.plants
        for slug in plant.cells
    ]
    typed += [
        ("批次信息", 1, number, "text", BATCH[column.slug])
        for number, column in enumerate(business.batch, 1)
        if column.slug in dirty.batch
    ]
    return typed


@EVERY
def test_what_was_filled_in_wrong_is_found(business: Business, journey: Journey) -> None:
    code, told = findings(journey.filled / name_of(business))
    found = sorted((finding["cell"] or "", finding["code"]) for finding in told[name_of(business)])
    planned = expected(business, DIRTY[business.slug])
    assert (code, found) == (1, sorted((one["cell"] or "", str(one["code"])) for one in planned))


@EVERY
def test_corrected_in_the_marked_copy_it_passes(business: Business, journey: Journey) -> None:
    code, told = findings(journey.corrected / name_of(business))
    assert code == 0, told
    assert {finding["code"] for finding in told[name_of(business)]} <= {"W812", "W813"}


def test_all_seven_at_once_pass_as_well(journey: Journey) -> None:
    code, told = findings(journey.corrected)
    assert (code, len(told)) == (0, 7)


@EVERY
@pytest.mark.parametrize("station", ["filled", "corrected"])
def test_the_template_is_still_a_template(business: Business, station: str, journey: Journey) -> None:
    """Stamp, text formats, drop-downs with their words, input checks: after one and after two rounds."""
    path = getattr(journey, station) / name_of(business)
    properties = cells.read(path).properties
    assert properties[layout.STAMP_BUSINESS] == business.slug and properties[layout.STAMP_UNIT] == "0500001"
    assert properties[layout.STAMP_TEMPLATE] == layout.TEMPLATES[-1]
    book = openpyxl.load_workbook(path)
    sheet = book[business.title]
    checks = {
        area.min_col: (check, area) for check in sheet.data_validations.dataValidation for area in check.sqref.ranges
    }
    for place, column in enumerate(business.columns, 1):
        style = next(one for one in sheet.column_dimensions.values() if one.min <= place <= one.max)
        assert style.number_format == ("0.00" if column.kind is Kind.MONEY else "@"), column.header
        if column.dictionary or column.kind in (Kind.MONEY, Kind.MONTH, Kind.ID_NUMBER) or column.read_only:
            check, area = checks[place]
            assert area.min_row == 2 and area.max_row >= KEPT_BELOW
        if column.dictionary:
            assert check.type == "list"
            assert words(book, check.formula1) == policy.load().dictionary(column.dictionary).labels
        elif column.kind is Kind.MONEY and not column.read_only:
            assert (check.type, check.operator) == ("decimal", "between") and check.formula1 == "0"
    assert [one.title for one in book if one.sheet_state != "visible"] == (
        ["字典"] if any(column.dictionary for column in business.columns) else []
    )


def words(book: Any, formula: str) -> tuple[str, ...]:
    title, _, area = formula.partition("!")
    return tuple(cell.value for (cell,) in book[title.strip("'$")][area.replace("$", "")])
