"""What every format of `gjj validate` tells, whichever it is: one value in, the same findings out."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from gjj_cli import month as months
from gjj_cli.business.checked import Checked
from gjj_cli.finding import Finding, Place, Severity
from gjj_cli.rules.registry import CATALOG

LIMIT = 10_000  # findings of one file; more are cut and said to be
FAIL_ON = {"error": (Severity.ERROR,), "warning": (Severity.ERROR, Severity.WARNING), "never": ()}


@dataclass(frozen=True)
class Report:
    """One run of `validate`: its files in order, and what a reader must know beside them.

    `skipped` are lock files; `why_offline` says in words why the books were not looked at, None where they were;
    `many` asks for a line a file on the screen; `fail_on` is the key of FAIL_ON that decides what a failure is.
    """

    files: Sequence[Checked]
    skipped: Sequence[str]
    policy: str
    seconds: float
    exit: int
    many: bool = False
    why_offline: str | None = None
    fail_on: str = "error"

    def fails(self, finding: Finding) -> bool:
        """Whether this finding makes the run fail."""
        return finding.severity in FAIL_ON[self.fail_on]


def findings(checked: Checked) -> list[Finding]:
    """The findings of one file, at most LIMIT; that it cannot be read is one about the whole file."""
    if checked.error is not None:
        return [_unreadable(checked)]
    return checked.judged.findings[:LIMIT]


def truncated(checked: Checked) -> bool:
    """Whether `findings` leaves some out."""
    return len(checked.judged.findings) > LIMIT


def marked(found: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each finding with what tells it from the others of its file and stays the same when other cells change."""
    seen: Counter[tuple[str, str | None, str]] = Counter()
    for finding in found:
        key = (finding.place.sheet or "", finding.place.cell, finding.code)
        seen[key] += 1
        yield finding, "\0".join((key[0], key[1] or "", key[2], str(seen[key])))


def fingerprint(checked: Checked, mark: str) -> str:
    """The name of a finding for those who compare runs: file, sheet, cell, code; not its words, not its value."""
    return hashlib.sha256(f"{checked.name}\0{mark}".encode("utf-8", "surrogateescape")).hexdigest()


def uri(name: str) -> str:
    """A file's name as a URI reference: relative names stay relative, Chinese and blanks are percent-encoded."""
    path = PurePath(name)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix(), errors="surrogateescape")


def where(finding: Finding) -> str:
    """`C5`, or 整个文件."""
    return finding.place.cell or "整个文件"


def uncovered(checked: Checked) -> str | None:
    """A sentence about the months that the policy pack does not hold, None where it holds all."""
    if not checked.uncovered:
        return None
    listed = "、".join(months.show(month) for month in checked.uncovered)
    return f"政策包没有 {listed} 的上下限，这些年月没有核对；换一个年月，或见 gjj help 政策。"


def cut(checked: Checked) -> str | None:
    """A sentence about what is left out because it is too much, None where nothing is."""
    if not truncated(checked):
        return None
    return f"一共 {len(checked.judged.findings)} 处，只列出前 {LIMIT} 处。"


def left_out(checked: Checked) -> str | None:
    """A sentence about what --select and --ignore left out, None where they did not."""
    return f"另有 {checked.ignored} 处按 --select、--ignore 没有列出。" if checked.ignored else None


def remarks(checked: Checked) -> list[str]:
    """What must be said of a file beside its findings."""
    return [said for said in (uncovered(checked), cut(checked), left_out(checked)) if said]


def _unreadable(checked: Checked) -> Finding:
    error = checked.error
    if error is None or error.code is None:
        raise ValueError("a file is unreadable for a reason that has a code")
    return Finding(
        error.code,
        Severity.ERROR,
        Place(),
        None,
        None,
        error.what.removesuffix("。") + "。",
        hint(error.remedies),
        CATALOG[error.code].basis,
    )


def hint(remedies: Sequence[str]) -> str:
    """The remedies of a refusal as one hint."""
    return "；".join(remedy.removeprefix("改：").removesuffix("。") for remedy in remedies) + ("。" if remedies else "")
