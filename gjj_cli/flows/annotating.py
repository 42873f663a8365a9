"""`validate --annotate`: the red copy of each file that has something to say, beside it or in -o DIR."""

from pathlib import Path

from gjj_cli.flows import beside
from gjj_cli.flows.validate import Run
from gjj_cli.workbook.annotate import annotate as mark


def annotate(run: Run, folder: str | None, *, overwrite: bool = False) -> list[tuple[str, Path | None]]:
    """(source, target) of every readable file; target None where there was nothing to mark.

    Raises FileError when a target is there already (unless `overwrite`) or a file cannot be marked, and UsageError
    for stdin and for two files with one target.
    """
    marked: list[tuple[str, Path | None]] = []
    told = [one.name for one in run.files if one.judged.findings and one.business is not None]
    beside.must_differ(told, folder, beside.MARKED)
    for checked in run.files:
        if checked.error is not None or checked.business is None:
            continue
        source, target = beside.source_of(checked.name), None
        if checked.judged.findings:
            target = beside.target(source, folder, beside.MARKED, overwrite=overwrite)
            mark(source, target, checked.judged.findings, checked.header_row)
        marked.append((checked.name, target))
    return marked
