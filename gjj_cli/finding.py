"""Findings: what a check says about one place of the user's data. Values, collected, never raised."""

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        return {"error": "错误", "warning": "警告", "info": "说明"}[self.value]


@dataclass(frozen=True, order=True)
class Place:
    """Where: a sheet and a cell by integers, row and column counted from 1; None means the whole file."""

    sheet: str | None = None
    row: int | None = None
    column: int | None = None

    @property
    def cell(self) -> str | None:
        """The A1 name, or None when the finding is about a row-less or whole-file matter."""
        if self.row is None or self.column is None:
            return None
        return f"{column_letters(self.column)}{self.row}"


def column_letters(column: int) -> str:
    """1 -> A, 27 -> AA. `column` counts from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True)
class Finding:
    """One thing found. `value` is already masked; `message` says what is wrong, `hint` how to put it right."""

    code: str
    severity: Severity
    place: Place
    header: str | None
    value: str | None
    message: str
    hint: str
    basis: str
    verified: bool = True

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        return (self.place.sheet or "", self.place.row or 0, self.place.column or 0, self.code)


@dataclass
class Counts:
    """How many findings of each severity."""

    error: int = 0
    warning: int = 0
    info: int = 0

    @classmethod
    def of(cls, findings: "list[Finding]") -> "Counts":
        counts = cls()
        for finding in findings:
            setattr(counts, finding.severity.value, getattr(counts, finding.severity.value) + 1)
        return counts


LISTED_MAX = 10_000  # findings of one file that are told one by one


@dataclass(frozen=True)
class Beyond:
    """Findings of one code that are only counted, because LISTED_MAX others stand above them."""

    code: str
    severity: Severity
    cells: int


@dataclass
class Judged:
    """What judging one file gave: its findings in order, those only counted, and the rules that could not be run."""

    findings: list[Finding] = field(default_factory=list)
    rules_run: list[str] = field(default_factory=list)
    rules_not_run: list[str] = field(default_factory=list)
    beyond: list[Beyond] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """How many findings of each severity, listed or not."""
        counts = Counts.of(self.findings)
        for more in self.beyond:
            setattr(counts, more.severity.value, getattr(counts, more.severity.value) + more.cells)
        return counts
