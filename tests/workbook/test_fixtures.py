"""The workbooks that LibreOffice filled and saved: the clean ones pass, in the dirty ones just the plants are found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.finding import Finding
from gjj_cli.flows import importing
from gjj_cli.flows.judging import Asked, Checked, check
from gjj_cli.rules import policy
from gjj_cli.rules.registry import RULES
from gjj_cli.store.engine import Tx
from gjj_cli.workbook import cells
from tests.rules import rule_rows
from tests.rules.rule_rows import World

FOLDER = Path(__file__).parents[2] / "fixtures" / "workbooks"
AS_OF = date(2025, 7, 18)
WITH_BOOKS, SETUP = "with-books", "setup"
EVERY = pytest.mark.parametrize("slug", ROSTER)

# Codes of the form of a file that no dirty workbook can carry, and why. Everything else in the catalogue must be planted.
NOT_PLANTED = {
    "E001": "the file is refused before it is read: tests of the gate",
    "E002": "the file is refused before it is read: tests of the gate",
    "E003": "the file is refused before it is read: tests of the gate",
    "E004": "the file is refused before it is read: tests of the gate",
    "E005": "there is no file",
    "E006": "the file is refused before it is read: tests of the gate",
    "E015": "what was expected stands on the command line",
}


@dataclass(frozen=True)
class Dirty:
    """One dirty workbook and what its folder's expected.json says of it."""

    folder: str
    name: str
    told: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def path(self) -> Path:
        return FOLDER / self.folder / f"{self.name}.xlsx"

    @property
    def codes(self) -> set[str]:
        return {finding["code"] for finding in self.told["findings"]}


def dirty_ones(folder: str) -> list[Dirty]:
    told = json.loads((FOLDER / folder / "expected.json").read_text(encoding="utf-8"))
    return [Dirty(folder, name, one) for name, one in told.items()]


OFFLINE = [one for slug in ROSTER for one in dirty_ones(slug)]
BOOKED = dirty_ones(WITH_BOOKS)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with rule_rows.made(tmp_path_factory.mktemp("dirty")) as made:
        yield made


@pytest.fixture(scope="module")
def tx(world: World) -> Iterator[Tx]:
    with rule_rows.reading(world) as reading:
        yield reading


def judged(path: Path, asked: str | None = None, tx: Tx | None = None) -> Checked:
    return check(cells.read(path), Asked(AS_OF, ROSTER[asked] if asked else None), policy.load(), tx)


def said(findings: list[Finding]) -> list[dict[str, Any]]:
    found = [(finding.code, finding.place.cell, finding.severity.value) for finding in findings]
    ordered = sorted(found, key=lambda one: (one[1] or "", one[0]))
    return [{"code": code, "cell": cell, "severity": severity} for code, cell, severity in ordered]


@EVERY
def test_a_clean_workbook_is_clean(slug: str) -> None:
    result = judged(FOLDER / slug / "clean.xlsx")
    assert result.business is not None
    assert (result.business.slug, result.unit, result.rows) == (slug, "0500001", 14)
    assert said(result.judged.findings) == []


@pytest.mark.parametrize("one", OFFLINE, ids=str)
def test_in_a_dirty_workbook_just_the_planted_mistakes_are_found(one: Dirty) -> None:
    assert said(judged(one.path, one.told.get("asked")).judged.findings) == one.told["findings"]


@pytest.mark.slow
@pytest.mark.parametrize("one", BOOKED, ids=str)
def test_with_books_just_the_planted_mistakes_are_found(one: Dirty, tx: Tx) -> None:
    assert said(judged(one.path, tx=tx).judged.findings) == one.told["findings"]


@pytest.mark.slow
def test_in_a_dirty_workbook_of_the_books_just_the_planted_mistakes_are_found(world: World) -> None:
    (one,) = dirty_ones(SETUP)
    done = importing.import_files(world.acting("admin"), [str(one.path)], dry_run=True)
    assert said(done.findings[str(one.path)]) == one.told["findings"] and done.units == []


def test_at_least_sixty_different_mistakes_are_planted_without_books() -> None:
    planted = [(str(one), finding["code"], finding["cell"]) for one in OFFLINE for finding in one.told["findings"]]
    assert len(set(planted)) >= 60 and {one.folder for one in OFFLINE} == set(ROSTER)


def test_every_code_that_a_file_can_break_is_planted() -> None:
    of_files = {rule.code: rule.needs for rule in RULES if rule.runs != "step"}
    offline = {code for code, needs in of_files.items() if needs != "books"} - set(NOT_PLANTED)
    planted = {code for one in (*OFFLINE, *dirty_ones(SETUP)) for code in one.codes}
    assert planted == offline
    booked = {code for one in BOOKED for code in one.codes}
    assert booked == {code for code, needs in of_files.items() if needs == "books"}
    assert set(NOT_PLANTED) & set(of_files) <= {rule.code for rule in RULES if rule.runs == "layout"}
