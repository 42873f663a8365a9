"""What every format of `gjj validate` tells, whichever it is: one value in, the same findings out."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gjj_cli import month as months
from gjj_cli.business.checked import Checked
from gjj_cli.errors import FileError
from gjj_cli.finding import LISTED_MAX, Finding, Place, Severity
from gjj_cli.rules.registry import CATALOG

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

    @property
    def refusal(self) -> FileError | None:
        """Why the only file could not be read, where one file was asked for and it could not."""
        return self.files[0].error if self.files and not self.many else None

    def fails(self, finding: Finding) -> bool:
        """Whether this finding makes the run fail."""
        return finding.severity in FAIL_ON[self.fail_on]


def failed(checked: Checked, fail_on: str) -> bool:
    """Whether a file has a finding at or above that severity."""
    return any(getattr(checked.counts, severity.value) for severity in FAIL_ON[fail_on])


def findings(checked: Checked) -> list[Finding]:
    """The findings of one file, at most LISTED_MAX; that it cannot be read is one about the whole file."""
    if checked.error is not None:
        return [_unreadable(checked)]
    return checked.judged.findings[:LISTED_MAX]


def truncated(checked: Checked) -> bool:
    """Whether `findings` leaves some out."""
    return len(checked.judged.findings) > LISTED_MAX or bool(checked.judged.beyond)


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


def where(finding: Finding) -> str:
    """`个人账户设立!C5`, or 整个文件."""
    return f"{finding.place.sheet}!{finding.place.cell}" if finding.place.cell else "整个文件"


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
    counts = checked.counts
    return f"一共 {counts.error + counts.warning + counts.info} 处，只列出前 {len(findings(checked))} 处。"


def left_out(ignored: int) -> str | None:
    """A sentence about how many findings --select and --ignore left out, None where none."""
    return f"另有 {ignored} 处按 --select、--ignore 没有列出。" if ignored else None


def remarks(checked: Checked) -> list[str]:
    """What must be said of a file beside its findings."""
    return [said for said in (uncovered(checked), cut(checked), left_out(checked.ignored)) if said]


def _unreadable(checked: Checked) -> Finding:
    error = checked.error
    if error is None:
        raise ValueError("the file was read")
    code = error.code or "E005"
    return Finding(
        code,
        Severity.ERROR,
        Place(),
        None,
        None,
        error.what.removesuffix("。") + "。",
        _hint(error.remedies),
        CATALOG[code].basis,
    )


def _hint(remedies: Sequence[str]) -> str:
    """The remedies of a refusal as one hint."""
    return "；".join(remedy.removeprefix("改：").removesuffix("。") for remedy in remedies) + ("。" if remedies else "")
