"""`gjj validate`: many files, each read and judged, with or without the books."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gjj_cli.business.checked import LOCK_FILES, STDIN, Asked, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import Exit, FileError, UsageError, worst
from gjj_cli.flows import beside, sharing
from gjj_cli.flows.asking import must_take
from gjj_cli.flows.context import pack_for
from gjj_cli.flows.judging import check
from gjj_cli.report import told
from gjj_cli.rules.policy import Pack
from gjj_cli.settings import Settings
from gjj_cli.workbook import cells, gate

if TYPE_CHECKING:
    from gjj_cli.flows.session import Actor
    from gjj_cli.store.engine import Tx

SPREADSHEETS = (".xlsx", ".csv", ".xls", ".xlsm", ".xlsb", ".et", ".ods")  # what a folder is searched for


@dataclass
class Run:
    """What validating gave: `skipped` are lock files, `seconds` the whole time.

    `why_offline` says in words why the books were not looked at; None where they were. `fail_on` is error, warning
    or never.
    """

    files: list[Checked] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    policy: str = ""
    seconds: float = 0.0
    many: bool = False
    why_offline: str | None = None
    fail_on: str = "error"

    @property
    def exit(self) -> Exit:
        """The exit code: an unreadable file, then a month without policy, then a finding at or above `fail_on`."""
        exits = [Exit.DONE]
        for checked in self.files:
            if checked.error is not None:
                exits.append(Exit.FILE)
            elif checked.uncovered:
                exits.append(Exit.CONFIG)
            elif told.failed(checked, self.fail_on):
                exits.append(Exit.FOUND)
        return worst(exits)


def validate(settings: Settings, targets: Sequence[str], asked: Asked, *, offline: bool = False) -> Run:
    """Validate files, folders and `-`. Raises UsageError for no target and FileError for one that is not there.

    Many files are shared out among the cores; a file's frame then holds only what reports look at.
    """
    started = time.monotonic()
    run = Run(policy=pack_for(settings).label)
    paths: list[Path | None] = []
    for target in targets:
        found = list(_files(target))
        run.many = run.many or len(found) != 1 or len(targets) > 1
        skipped = [
            path for path in found if path is not None and (_is_lock(path) or (len(found) > 1 and _is_copy(path)))
        ]
        run.skipped += map(str, skipped)
        paths += [path for path in found if path not in skipped]
    if None not in paths and sharing.worth_it(len(paths)):
        slug = asked.business.slug if asked.business else None
        work = partial(_portable, settings=settings, asked=replace(asked, business=None), slug=slug, offline=offline)
        told = sharing.share(work, paths)
        parts = [([_restored(*one) for one in files], why) for files, why in told]
    else:
        parts = [_some(paths, settings, asked, offline)]
    run.files = [checked for files, _ in parts for checked in files]
    run.why_offline = parts[0][1]
    must_take([checked.business for checked in run.files if checked.business], asked.batch)
    run.seconds = time.monotonic() - started
    return run


def _some(
    paths: Sequence[Path | None], settings: Settings, asked: Asked, offline: bool
) -> tuple[list[Checked], str | None]:
    """The files one after another, with one look at the books; and why the books were not looked at, if so."""
    pack = pack_for(settings)
    with ExitStack() as stack:
        tx, only_unit, who = None, None, None
        why_offline: str | None = "没有对账簿" if offline else "没有账簿"
        if settings.db is not None and not offline:
            from gjj_cli.flows import session

            seen = stack.enter_context(session.perhaps_reading(settings))
            tx, only_unit, who = seen.tx, seen.only_unit, seen.who
            why_offline = None if tx is not None else "没有登录"
        return [_one(path, asked, pack, tx, only_unit, who) for path in paths], why_offline


def _portable(
    paths: Sequence[Path | None], *, settings: Settings, asked: Asked, slug: str | None, offline: bool
) -> tuple[list[tuple[Checked, str | None]], str | None]:
    """`_some` for another process: a business goes by its slug, a frame without the columns no report needs."""
    business = ROSTER[slug] if slug else None
    files, why = _some(paths, settings, replace(asked, business=business), offline)
    return [
        (replace(one, business=None, frame=one.reported), one.business.slug if one.business else None) for one in files
    ], why


def _restored(checked: Checked, slug: str | None) -> Checked:
    checked.business = ROSTER[slug] if slug else None
    return checked


def _files(target: str) -> Iterator[Path | None]:
    """The files a target means, in order; None is stdin. cmd.exe does not expand globs, so they are expanded here."""
    if target == "-":
        yield None
        return
    path = Path(target)
    if _is_folder(path):
        found = sorted(child for child in path.rglob("*") if child.suffix.lower() in SPREADSHEETS)
        if not found:
            raise FileError(
                f"{target} 里没有表格文件", code="E005", remedies=("改：核对文件夹，里面要有 .xlsx 或 .csv",)
            )
        yield from found
    elif any(mark in target for mark in "*?[") and not path.exists():
        matches = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor)) if path.anchor else target))
        if not matches:
            raise UsageError(f"没有符合 {target} 的文件", remedies=("改：核对文件名",))
        yield from matches
    else:
        yield path


def _is_lock(path: Path) -> bool:
    return path.name.startswith(LOCK_FILES)


def _is_copy(path: Path) -> bool:
    """Whether a file is one that we made of its neighbour: among many it would be judged, and marked, twice."""
    made = next((suffix for suffix in beside.SUFFIXES if path.stem.endswith(suffix)), None)
    return made is not None and path.with_name(path.stem.removesuffix(made) + path.suffix).exists()


def _is_folder(path: Path) -> bool:
    """A path too long to be looked at is no folder: the gate opens it and says so."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _one(
    path: Path | None, asked: Asked, pack: Pack, tx: "Tx | None", only_unit: str | None, who: "Actor | None"
) -> Checked:
    name = STDIN if path is None else str(path)
    try:
        workbook = (
            cells.read_stream(sys.stdin.buffer.read(gate.FILE_MAX + 1), "-") if path is None else cells.read(path)
        )
        checked = check(workbook, asked, pack, tx, only_unit, who)
    except FileError as error:
        return Checked(name, error=error)
    checked.name = name
    return checked
