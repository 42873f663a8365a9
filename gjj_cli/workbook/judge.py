"""A judged frame: what the public schema's failures say, as findings a clerk can act on."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import polars as pl

from gjj_cli import masking, money
from gjj_cli import month as months
from gjj_cli.business.binding import bound_rules, dtype, failing
from gjj_cli.business.spec import Business, Column, Kind
from gjj_cli.finding import LISTED_MAX, Beyond, Finding, Judged, Place, Severity
from gjj_cli.rules.catalogue import CATALOG, BoundRule, Rule
from gjj_cli.rules.policy import UNVERIFIED
from gjj_cli.workbook.layout import Layout

_UNVERIFIED_WORDS = f"（{UNVERIFIED}，所以只提醒）"
_SENTENCES = ("note", "missing", "conflict", "unit_problem")  # what a column says of itself, in our own words
_WORD = re.compile(r"\{([a-z0-9_.]+)\}")


def judge(frame: pl.DataFrame, layout: Layout, with_books: bool) -> Judged:
    """Run `Business.schema` over the frame; findings sorted by place, form findings of the layout included."""
    business = layout.business
    bound = list(bound_rules(business))
    run = [rule.rule.code for rule in bound if with_books or rule.rule.needs != "books"]
    not_run = sorted({rule.rule.code for rule in bound} - set(run))
    broken = failing(business, frame, with_books)
    listed, beyond = _bounded(frame, business, broken)
    failures = _failures(listed, business, with_books, broken)
    findings = layout.findings + _findings(listed, layout, _precedence(failures, business))
    return Judged(sorted(findings, key=lambda finding: finding.sort_key), sorted(set(run)), not_run, beyond)


def _bounded(
    frame: pl.DataFrame, business: Business, broken: Collection[BoundRule]
) -> tuple[pl.DataFrame, list[Beyond]]:
    """The rows to speak of one by one, and how often each rule is broken in the others.

    A sheet that is wrong in every cell has millions of findings: nobody reads them, and kept they take gigabytes.
    """
    batch = {column.slug for column in business.batch}
    exact = [rule for rule in broken if rule.slug not in batch and rule.slug != "file"]
    if frame.height * len(exact) <= LISTED_MAX:
        return frame, []
    speaks = _speaking(business, exact)
    number = pl.sum_horizontal([expression.cast(pl.Int32) for _, _, expression in speaks])
    told = frame.with_columns(number.alias("findings"))
    listed = (pl.col("findings").cum_sum() <= LISTED_MAX) | (pl.int_range(pl.len()) == 0)
    rest = told.filter(~listed).select(
        *(expression.sum().alias(str(place)) for place, (_, _, expression) in enumerate(speaks))
    )
    beyond: Counter[tuple[str, Severity]] = Counter()
    for (code, severity, _), cells in zip(speaks, rest.row(0), strict=True):
        beyond[code, severity] += cells
    counted = [Beyond(*key, cells) for key, cells in sorted(beyond.items()) if cells]
    return told.filter(listed).drop("findings"), counted


def _speaking(business: Business, rules: Collection[BoundRule]) -> list[tuple[str, Severity, pl.Expr]]:
    """(code, severity, whether it speaks about a row) of each rule, after `_precedence`, in Boolean expressions."""
    ranked = [rule if isinstance(rule, BoundRule) else rule.on(rule.at) for rule in business.rules]
    before: dict[str, pl.Expr] = {}
    speaks: list[tuple[str, Severity, pl.Expr]] = []
    for bound in sorted(rules, key=lambda rule: ranked.index(rule) if rule in ranked else -1):
        rule, slug, bad = bound.rule, bound.slug, bound.bad
        if bound in ranked and rule.severity is Severity.ERROR:
            bad, before[slug] = bad & ~before.get(slug, pl.lit(False)), before.get(slug, pl.lit(False)) | bad
        certain = pl.lit(True) if rule.verified is None else pl.col(rule.verified).fill_null(True)
        speaks.append((rule.code, rule.severity, bad & certain))
        if rule.verified is not None:
            speaks.append((rule.code, Severity.WARNING, bad & ~certain))
    return speaks


def _failures(
    frame: pl.DataFrame, business: Business, with_books: bool, broken: Collection[BoundRule]
) -> list[tuple[int, str, str]]:
    """(row index, slug, code) of every failed check. A failure that is no rule of ours is a bug and is raised.

    The checks run whatever PANDERA_VALIDATION_ENABLED and PANDERA_VALIDATION_DEPTH say in the environment.
    """
    types = frame.lazy().collect_schema()
    if not broken and all(types[column.slug] == dtype(column) for column in (*business.columns, *business.batch)):
        return []
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    from gjj_cli.business.schema import build

    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            build(business, with_books, broken).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.select("index", "column", "check").rows()
        if any(index is None or check not in CATALOG for index, _, check in cases):
            raise
        return [(int(index), slug, code) for index, slug, code in cases]
    return []


def _precedence(failures: list[tuple[int, str, str]], business: Business) -> list[tuple[int, str, str]]:
    """Of a business's own errors, only the first in its declared order speaks about a cell; warnings all do."""
    bound = [rule if isinstance(rule, BoundRule) else rule.on(rule.at) for rule in business.rules]
    rank = {(rule.slug, rule.rule.code): place for place, rule in enumerate(bound) if rule.rule.code[0] == "E"}
    first: dict[tuple[int, str], int] = {}
    for index, slug, code in failures:
        if (slug, code) in rank:
            first[index, slug] = min(rank[slug, code], first.get((index, slug), len(rank) + len(bound)))
    return [
        (index, slug, code)
        for index, slug, code in failures
        if (slug, code) not in rank or rank[slug, code] == first[index, slug]
    ]


def _findings(frame: pl.DataFrame, layout: Layout, failures: list[tuple[int, str, str]]) -> list[Finding]:
    wanted = sorted({index for index, _, _ in failures})
    rows = dict(zip(wanted, frame[wanted].to_dicts(), strict=True)) if wanted else {}
    batch = {column.slug for column in layout.business.batch}
    findings: list[Finding] = []
    said: set[tuple[str, str]] = set()
    for index, slug, code in failures:
        if slug in batch or slug == "file":  # the same on every row: said once
            if (slug, code) in said:
                continue
            said.add((slug, code))
        findings.append(_finding(CATALOG[code], slug, rows[index], layout))
    return findings


def _finding(rule: Rule, slug: str, row: Mapping[str, Any], layout: Layout) -> Finding:
    column = None if slug == "file" else layout.business.column(slug)
    verified = rule.verified is None or row[rule.verified] is not False
    severity = rule.severity if verified else Severity.WARNING
    words = _Words(rule, column, slug, row, layout.business, verified)
    return Finding(
        code=rule.code,
        severity=severity,
        place=_place(slug, row, layout),
        header=column.header if column else None,
        value=words.value(),
        message=words.fill(rule.message),
        hint=words.fill(rule.remedy if verified else rule.remedy_unverified),
        basis=rule.basis,
        verified=verified,
    )


def _place(slug: str, row: Mapping[str, Any], layout: Layout) -> Place:
    if slug == "file":
        return Place()
    if any(column.slug == slug for column in layout.business.batch):
        return layout.batch[slug].place if slug in layout.batch else Place()
    present = layout.columns.get(slug)
    if present is None:  # a row that names nobody, in a sheet without the first of the two columns
        present = min(layout.columns.values())
    return Place(layout.sheet.name, row["row"], present)


class _Words:
    """Fills the braces of a rule's message from the row: the column's own notes first, then the frame's columns."""

    def __init__(
        self, rule: Rule, column: Column | None, slug: str, row: Mapping[str, Any], business: Business, verified: bool
    ) -> None:
        self.column, self.slug, self.row = column, slug, row
        self.kinds = {other.slug: other.kind for other in (*business.columns, *business.batch)}
        self.special = {
            "header": column.header if column else "",
            "unverified": "" if verified else _UNVERIFIED_WORDS,
        }

    def fill(self, text: str) -> str:
        return _WORD.sub(lambda match: self._word(match[1]), text)

    def value(self) -> str | None:
        """The cell as shown to people: canonical where it could be read, masked where it names a person."""
        if self.column is None:
            return None
        typed, raw = self.row[self.slug], self.row.get(f"{self.slug}.raw")
        if typed is None:
            return masked(raw, self.column.kind) if raw is not None else None
        return _shown(typed, self.column.kind)

    def _word(self, name: str) -> str:
        if name in self.special:
            return self.special[name]
        if name == "value":
            return self.value() or ""
        if name in _SENTENCES:
            return str(self.row[f"{self.slug}.{name}"])
        if f"{self.slug}.{name}" in self.row:
            return _shown(self.row[f"{self.slug}.{name}"], self.column.kind if self.column else None)
        return _shown(self.row[name], self.kinds.get(name) or _kind_of(name))


def _kind_of(name: str) -> Kind | None:
    """The kind of a frame column that is no header, by the last word of its name."""
    if name.endswith("_fen"):
        return Kind.MONEY
    if name.endswith(("month", "paid_through")):
        return Kind.MONTH
    if name.endswith("account"):
        return Kind.ACCOUNT
    return None


def _shown(value: Any, kind: Kind | None) -> str:
    if value is None:
        return "空"
    if isinstance(value, int) and kind is Kind.MONEY:
        return money.show(value)
    if isinstance(value, int) and kind is Kind.MONTH:
        return months.show(value)
    if isinstance(value, int) and kind is Kind.PERCENT:
        return money.show_rate(value)
    if isinstance(value, date):
        return value.isoformat()
    return masked(str(value), kind)


def masked(text: str, kind: Kind | None) -> str:
    """A typed text as people are shown it: what names a person is masked, what is long is cut."""
    if kind is Kind.ID_NUMBER:
        return masking.mask_id(text)
    if kind is Kind.MOBILE or kind is Kind.PHONE:
        return masking.mask_mobile(text)
    if kind is Kind.ACCOUNT:
        return masking.mask_account(text)
    return text if len(text) <= 40 else text[:37] + "..."
