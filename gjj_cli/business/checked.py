"""What is asked of a workbook, and what it turned out to be once it is read and judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from gjj_cli.business.spec import Business
from gjj_cli.errors import FileError
from gjj_cli.finding import Beyond, Counts, Finding, Judged

STDIN = "标准输入"  # the name of what came through a pipe
LOCK_FILES = ("~$", ".~")  # how Excel and LibreOffice begin the names of the files beside an open one


@dataclass(frozen=True)
class Asked:
    """What the person asked for besides the file: --business, --unit, --set, the business date, and what to expect.

    `expect_rows` people and `expect_total` 分 in the business's total column; None expects nothing.
    """

    as_of: date
    business: Business | None = None
    unit: str | None = None
    batch: Mapping[str, str] = field(default_factory=dict)
    expect_rows: int | None = None
    expect_total: int | None = None


@dataclass
class Checked:
    """What one file turned out to be.

    `error` is set when it could not be read, and then everything else is empty. `frame` is None when its form is too
    broken to judge rows. `uncovered` are effective months the policy pack does not hold (exit 3). `unlisted` findings
    were made and left out because the person asked for that, and so were the `uncounted` ones beyond the listed.
    """

    name: str
    sha256: str | None = None
    business: Business | None = None
    unit: str | None = None
    frame: pl.DataFrame | None = None
    judged: Judged = field(default_factory=Judged)
    error: FileError | None = None
    uncovered: list[int] = field(default_factory=list)
    default_month: int = 0
    with_books: bool = False
    header_row: int | None = None
    unlisted: list[Finding] = field(default_factory=list)
    uncounted: list[Beyond] = field(default_factory=list)

    @property
    def ignored(self) -> int:
        """How many findings were left out."""
        return len(self.unlisted) + sum(more.cells for more in self.uncounted)

    @property
    def rows(self) -> int:
        return 0 if self.frame is None else self.frame.height

    @property
    def counts(self) -> Counts:
        return self.judged.counts

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way: read, covered by policy, and no error found."""
        return self.error is None and not self.uncovered and self.counts.error == 0

    @property
    def totals(self) -> dict[str, int]:
        """Sums in 分 of the business's total columns, by header; cells that could not be read count nothing.

        With the books a column they know (read-only, or derived) is summed as they have it, filled in or not.
        """
        if self.business is None or self.frame is None:
            return {}
        told = {}
        for slug in self.business.totals:
            column = self.business.column(slug)
            known = next((name for name in (f"{slug}.booked", f"{slug}.derived") if name in self.frame.columns), slug)
            typed_first = known.endswith(".booked") and not column.read_only
            values = pl.coalesce((slug, known) if typed_first else (known, slug))
            told[column.header] = int(self.frame.select(values.sum()).item())
        return told

    @property
    def reported(self) -> pl.DataFrame | None:
        """Of the frame, what the properties here look at."""
        if self.business is None or self.frame is None:
            return self.frame
        wanted = {f"{slug}{more}" for slug in self.business.totals for more in ("", ".booked", ".derived")}
        wanted |= {f"{self.business.month_column}.raw", "row"}
        return self.frame.select(name for name in self.frame.columns if name in wanted)

    @property
    def empty_months(self) -> int:
        """How many rows left their effective month empty."""
        if self.business is None or self.frame is None or self.business.month_column is None:
            return 0
        return int(self.frame[f"{self.business.month_column}.raw"].null_count())
