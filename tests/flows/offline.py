"""Validating without books, in one call: what the flows that write files after it start from."""

from datetime import date
from pathlib import Path

from gjj_cli.business.checked import Asked
from gjj_cli.flows.validate import Run, validate
from gjj_cli.settings import Settings

DAY = date(2025, 7, 18)


def settings(home: Path, *, yes: bool = False) -> Settings:
    return Settings(None, home, None, DAY, assume_yes=yes)


def run(home: Path, *paths: Path, asked: Asked | None = None) -> Run:
    return validate(settings(home), [str(path) for path in paths], asked or Asked(DAY))


def said(of: Run) -> set[tuple[str, str | None, str | None]]:
    """(code, sheet, cell) of every finding of the run."""
    return {
        (finding.code, finding.place.sheet, finding.place.cell)
        for checked in of.files
        for finding in checked.judged.findings
    }
