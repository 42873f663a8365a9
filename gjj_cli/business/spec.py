"""The nouns a business is declared with: its columns, batch values, rules, what changes and what moves.

A declaration holds no behaviour. Template export, reader, schema, posting, paper, help and tests all read it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from gjj_cli.rules.catalogue import BoundRule, Rule

if TYPE_CHECKING:
    import pandera.polars as pa


class Kind(StrEnum):
    """What a cell of a column holds, which decides how it is read, formatted in templates and judged."""

    TEXT = "text"
    NAME = "name"
    ACCOUNT = "account"  # 个人账号: digits kept as text
    UNIT = "unit"  # 单位账号: the same, but nobody's secret
    ID_NUMBER = "id_number"
    DICTIONARY = "dictionary"
    MONEY = "money"  # int 分
    MONTH = "month"  # int, see gjj_cli.month
    DATE = "date"
    MOBILE = "mobile"
    PHONE = "phone"
    POSTCODE = "postcode"
    PERCENT = "percent"  # int 万分之一


@dataclass(frozen=True)
class Column:
    """One column of a standard workbook: `slug` in frames and JSON, `header` on the sheet."""

    slug: str
    header: str
    kind: Kind
    meaning: str
    example: str = ""
    required: bool = False
    read_only: bool = False
    dictionary: str | None = None
    max_length: int = 60

    def as_(self, slug: str, header: str, **changes: Any) -> "Column":
        """The same column under another slug and header, with further changes."""
        return replace(self, slug=slug, header=header, **changes)

    def having(self, **changes: Any) -> "Column":
        """The same column with changes, for example `required=True`."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Change:
    """What a finished case changes in the register for each row, from the row's effective month on."""

    what: Literal["open", "base", "close", "reopen", "transfer"]
    base: str | None = None  # slug of the column that gives the new base, where there is one


@dataclass(frozen=True)
class Move:
    """What a finished case moves in the ledger (semantics 1.13)."""

    what: Literal["payment", "balance"]


@dataclass(frozen=True)
class Business:
    """One 业务, whole.

    `short` is its word in 单位明细, `memo` its 摘要 with `{n}` for heads, `change_type` its word in 变更查询.
    `month_column` is the slug of the effective month, whose empty cells mean the unit's 应汇缴年月.
    Of each group in `one_of` at least one cell must be filled (E101 at the first).
    `accepts` are the account states a row may name (E405).
    `totals` are the slugs of money columns whose sum the receipt prints. `prefill` names the employees a prefilled
    template lists. `rules` is in order of precedence.
    """

    slug: str
    title: str
    code: str
    short: str
    memo: str
    columns: tuple[Column, ...]
    rules: tuple[BoundRule | Rule, ...]
    batch: tuple[Column, ...] = ()
    changes: tuple[Change, ...] = ()
    moves: tuple[Move, ...] = ()
    month_column: str | None = None
    change_type: str | None = None
    totals: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = (("account", "id_number"),)
    prefill: Literal["normal", "sealed", "sealable", "arrears"] | None = None
    prefill_hint: str = ""
    paper: str = "case.html"

    def column(self, slug: str) -> Column:
        """The column (or batch value) of that slug; KeyError if there is none."""
        for column in (*self.columns, *self.batch):
            if column.slug == slug:
                return column
        raise KeyError(slug)

    @property
    def names_person(self) -> bool:
        """Whether a row names an existing account by 个人账号 or 证件号码 (all but 开户)."""
        return any(column.slug == "account" for column in self.columns)

    def schema(self, with_books: bool = False) -> "pa.DataFrameSchema":
        """The public pandera schema of this business's frame: one column a header, one named check a rule.

        The frame is what `workbook.frame.build` gives (polars, eager). Rules that need the books are in it only
        `with_books`, when their columns have been joined.
        """
        from gjj_cli.business.schema import build

        return build(self, with_books)
