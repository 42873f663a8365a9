"""`validate --fix` and `--diff`: a corrected copy of each file, or what would be corrected, cell by cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gjj_cli import terminal
from gjj_cli.business.roster import ROSTER
from gjj_cli.flows import beside
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.validate import Run
from gjj_cli.settings import Settings
from gjj_cli.workbook import cells, fix, layout
from gjj_cli.workbook.fix import Correction
from gjj_cli.workbook.layout import Layout


@dataclass(frozen=True)
class Fixed:
    """What can be corrected in one file; `target` is the corrected copy, None where none was written."""

    source: str
    corrections: list[Correction]
    target: Path | None


def corrected(
    settings: Settings, run: Run, folder: str | None, *, unsafe: bool = False, write: bool = True
) -> list[Fixed]:
    """Correct every readable file into a copy; without `write` only tell.

    Raises FileError when a copy is there already (unless --yes) or cannot be made, and UsageError for stdin and for
    two files with one copy.
    """
    pack = pack_for(settings)
    if write:
        beside.must_differ((one.name for one in run.files if one.business is not None), folder, beside.FIXED)
    made = []
    for checked in run.files:
        if checked.error is not None or checked.business is None:
            continue
        source, target = beside.source_of(checked.name), None
        found = layout.find(cells.read(source), tuple(ROSTER.values()), pack, checked.business)
        wanted = fix.corrections(found, pack, unsafe=unsafe) if isinstance(found, Layout) and found.readable else []
        wanted = fix.possible(source, wanted) if wanted else []
        if wanted and write:
            kind = source.suffix.lower()
            target = beside.target(source, folder, beside.FIXED, overwrite=settings.assume_yes, kind=kind)
            fix.fix(source, target, wanted)
        made.append(Fixed(checked.name, wanted, target))
    return made


def difference(fixed: Fixed) -> Iterator[str]:
    """Each change in a line: `C5  证件号码  「440203********123x」 改成 「440203********123X」`."""
    count = len(fixed.corrections)
    yield f"{fixed.source} 可以改 {count} 格" if count else f"{fixed.source} 没有可以自动改的"
    for row in fixed.corrections:
        old, new = row.shown
        where = terminal.pad(row.place.cell or "", 7)
        yield f"  {where}{row.column.header}  「{terminal.printable(old)}」改成「{new}」"


def told(fixed: Fixed) -> list[str]:
    """What was done, and what comes next."""
    if fixed.target is None:
        return [f"{fixed.source} 没有可以自动改的"]
    name = terminal.pasted(str(fixed.target))
    return [f"已改 {len(fixed.corrections)} 格：{fixed.target}", f"再校验改过的：gjj validate {name}"]
