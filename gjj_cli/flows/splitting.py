"""`validate --split`: the rows without an error and those with one, as two workbooks of the official template."""

from dataclasses import dataclass
from pathlib import Path

from gjj_cli import month as months
from gjj_cli.business.checked import Asked, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.finding import Finding, Severity
from gjj_cli.flows import beside
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.validate import Run
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.workbook import cells, layout, split, template
from gjj_cli.workbook.layout import Layout


@dataclass(frozen=True)
class Half:
    """One half of a file: how many rows, and where they were written; None where there were none."""

    word: str
    rows: int
    target: Path | None


@dataclass(frozen=True)
class Split:
    """A file split into its halves, or why it was not."""

    source: str
    halves: tuple[Half, ...] = ()
    why_not: str = ""


def separated(settings: Settings, run: Run, asked: Asked, folder: str | None) -> list[Split]:
    """Split every readable file. A row with warnings only passes; one with an error does not, listed or not.

    Raises FileError when a half is there already (unless --yes), and UsageError for stdin and for two files with one half.
    """
    pack = pack_for(settings)
    beside.must_differ((one.name for one in run.files if one.error is None), folder, beside.PASSED)
    made = []
    for checked in run.files:
        if checked.error is None:
            source = beside.source_of(checked.name)
            why_not = _whole_file(checked)
            found = layout.find(cells.read(source), tuple(ROSTER.values()), pack, checked.business)
            if why_not or not isinstance(found, Layout):
                made.append(Split(checked.name, why_not=why_not))
            else:
                halves = _halves(checked, found, pack, asked, source, folder, settings.assume_yes)
                made.append(Split(checked.name, halves))
    return made


def _whole_file(checked: Checked) -> str:
    """Why no row of the file can be said to pass; empty where that can be said."""
    if checked.uncovered:
        return f"政策包不含 {'、'.join(map(months.show, checked.uncovered))}，还说不出哪些行通过"
    sheets = {finding.place.sheet for finding in _errors(checked)}
    if sheets & {None, layout.BATCH_SHEET}:
        return "有整个文件的错误，每一行都不能算通过，先改好它"
    if checked.judged.beyond or checked.uncounted:
        return "错的地方太多，没有一一看到底，先改上面列出的"
    return "" if checked.business else "看不出是哪项业务"


def _errors(checked: Checked) -> list[Finding]:
    every = (*checked.judged.findings, *checked.unlisted)
    return [finding for finding in every if finding.severity is Severity.ERROR]


def _bad(checked: Checked, found: Layout) -> set[int]:
    """The rows with an error; of a merged cell all that it covers, because the value is in its first one only."""
    last = {(top, left): bottom for top, left, bottom, _ in found.sheet.merged}
    places = [finding.place for finding in _errors(checked)]
    return {
        row
        for place in places
        if place.row is not None
        for row in range(place.row, last.get((place.row, place.column or 0), place.row) + 1)
    }


def _halves(
    checked: Checked, found: Layout, pack: Pack, asked: Asked, source: Path, folder: str | None, overwrite: bool
) -> tuple[Half, ...]:
    bad = _bad(checked, found)
    sides = (
        ("通过", beside.PASSED, [row for row in found.rows if row not in bad], False),
        ("不通过", beside.FAILED, [row for row in found.rows if row in bad], True),
    )
    targets = {
        suffix: beside.target(source, folder, suffix, overwrite=overwrite) for _, suffix, rows, _ in sides if rows
    }
    batch = {
        column.slug: asked.batch.get(column.header) or found.batch[column.slug].cell.text
        for column in found.business.batch
        if column.header in asked.batch or column.slug in found.batch
    }
    for _, suffix, rows, as_typed in sides:
        if rows:
            values = split.rows(found, pack, rows, as_typed=as_typed)
            template.export(found.business, pack, targets[suffix], unit=checked.unit, rows=values, batch=batch)
    return tuple(Half(word, len(rows), targets.get(suffix)) for word, suffix, rows, _ in sides)


def told(done: Split) -> list[str]:
    """What was written, in a line each half."""
    if done.why_not:
        return [f"{done.source} 没有拆：{done.why_not}"]
    return [
        f"{half.word} {half.rows} 行：{half.target}" if half.target else f"{done.source} 没有{half.word}的行，没有写"
        for half in done.halves
    ]
