"""Finding one's way in a workbook: which business, which sheet, where the header is, which rows are people.

Columns are found by header text, never by position; what the form itself breaks becomes a finding here
(`rules.form`), because there is no row yet to judge.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from gjj_cli.business.spec import Business, Column
from gjj_cli.finding import Finding, Place, column_letters
from gjj_cli.rules import form
from gjj_cli.rules.catalogue import Rule
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook.cells import Cell, Sheet, Workbook
from gjj_cli.workbook.values import squeeze

BATCH_SHEET = "批次信息"
HELP_SHEET = "填表说明"
LIST_SHEET = "错误清单"  # written by --annotate, as is the column below
RESULT_HEADER = "校验结果"
STAMP_BUSINESS, STAMP_UNIT = "gjj_business", "gjj_unit"

_TOTALS = ("合计", "总计", "小计", "本页合计")
_NOTES = ("注", "说明", "备注", "填表", "制表", "经办", "审核", "单位盖章", "单位(盖章)")
PERSON, SAMPLE, TOTAL, NOTE = "person", "sample", "total", "note"
_SUSPICIOUS = "[例计注说备填制经审单]"  # a character of each word
_SAMPLE = re.compile(r"[\[(【]?(?:示例|样例|例)[\])】]?(?:[:：].*|行.*|[0-9]*)?")


@dataclass(frozen=True)
class BatchCell:
    """One value of 批次信息 and where it stands."""

    cell: Cell
    place: Place


@dataclass
class Layout:
    """A workbook of one business, laid out: `columns` maps slugs to sheet columns (from 1), `rows` are the people."""

    business: Business
    sheet: Sheet
    header_row: int
    columns: dict[str, int]
    rows: list[int]
    batch: dict[str, BatchCell]
    unit: str | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """Whether the rows can be judged (no required header missing or twice, and at least one row)."""
        return not any(finding.code in ("E010", "E011", "E013") for finding in self.findings)


def form_finding(rule: Rule, **words: str) -> Finding:
    """A finding about the whole file, its message completed with words."""
    message, hint = rule.message, rule.remedy
    for key, word in words.items():
        message, hint = message.replace(f"{{{key}}}", word), hint.replace(f"{{{key}}}", word)
    return Finding(rule.code, rule.severity, Place(), words.get("header"), None, message, hint, rule.basis)


def normal_header(text: str) -> str:
    """A header without `*`, blanks, line breaks, full-width forms and a trailing (元)."""
    return squeeze(text).replace("*", "").removesuffix("(元)").removesuffix(":")


def find(workbook: Workbook, roster: Sequence[Business], pack: Pack, asked: Business | None = None) -> Layout | Finding:
    """Lay a workbook out as the asked business, else the stamped one, else the one its headers fit best.

    Gives a finding (E012) instead when that cannot be told, or the stamp is not the business asked for.
    """
    stamp = workbook.properties.get(STAMP_BUSINESS)
    stamped = next((business for business in roster if business.slug == stamp), None)
    if asked is not None and stamped is not None and asked.slug != stamped.slug:
        why = f"这是「{stamped.title}」的表，不是「{asked.title}」的"
        return form_finding(form.unknown_business, why=why)
    fixed = asked or stamped
    guesses = [
        (_fit(business, sheet, row, pack), business, sheet, row)
        for business in ([fixed] if fixed else roster)
        for sheet in _data_sheets(workbook)
        for row in _first_rows(sheet)
    ]
    best = max(guesses, key=lambda guess: guess[0], default=None)
    if best is None or best[0] <= 0:
        if fixed is None or best is None:
            return form_finding(form.unknown_business, why="表头和哪一张标准模板都对不上")
    elif fixed is None and sum(guess[0] == best[0] for guess in guesses) > 1:
        titles = sorted({guess[1].title for guess in guesses if guess[0] == best[0]})
        if len(titles) > 1:
            return form_finding(form.unknown_business, why="表头同时像「" + "」「".join(titles) + "」")
    _, business, sheet, row = best
    return _lay_out(workbook, business, sheet, row, pack)


def _data_sheets(workbook: Workbook) -> list[Sheet]:
    return [
        sheet
        for sheet in workbook.sheets
        if sheet.state == "visible" and sheet.name not in (BATCH_SHEET, HELP_SHEET, LIST_SHEET)
    ]


def _first_rows(sheet: Sheet) -> list[int]:
    return list(sheet.head) or [1]


def _names(column: Column, pack: Pack) -> list[str]:
    return [normal_header(name) for name in (column.header, *pack.header_aliases.get(column.header, ()))]


def _headers(business: Business, sheet: Sheet, row: int, pack: Pack) -> dict[int, str | None]:
    """Sheet column -> slug of the business's column with that header, or None for a header that is not its."""
    known: dict[str, str] = {}
    for column in reversed(business.columns):
        for name in reversed(_names(column, pack)):
            known[name] = column.slug
    for column in business.columns:  # an official header wins over another column's alias
        known[normal_header(column.header)] = column.slug
    return {
        place: known.get(normal_header(cell.text))
        for place, cell in sorted(sheet.head.get(row, {}).items())
        if normal_header(cell.text)
    }


def _fit(business: Business, sheet: Sheet, row: int, pack: Pack) -> int:
    """How well a row reads as this business's header: its columns found, less those missing and those unknown."""
    headers = _headers(business, sheet, row, pack)
    found = {slug for slug in headers.values() if slug is not None}
    required = {column.slug for column in business.columns if column.required}
    if not found:
        return 0
    own_name = 2 if sheet.name.startswith(business.title) else 0
    return 4 * len(found) - 6 * len(required - found) - sum(slug is None for slug in headers.values()) + own_name


def _lay_out(workbook: Workbook, business: Business, sheet: Sheet, header_row: int, pack: Pack) -> Layout:
    headers = _headers(business, sheet, header_row, pack)
    columns: dict[str, int] = {}
    twice: dict[str, list[int]] = {}
    for place, slug in headers.items():
        if slug is not None and slug in columns:
            twice.setdefault(slug, [columns[slug]]).append(place)
        elif slug is not None:
            columns[slug] = place
    layout = Layout(business, sheet, header_row, columns, [], _batch(workbook, business), None)
    layout.unit = workbook.properties.get(STAMP_UNIT) or None
    layout.findings += [_twice(business, slug, places, header_row) for slug, places in twice.items()]
    layout.findings += _missing(layout, headers)
    layout.findings += _extra(sheet, header_row, headers)
    if header_row > 1:
        layout.findings.append(form_finding(form.note, what=f"表头在第 {header_row} 行，上面的标题和说明没有读"))
    _people(layout)
    _hidden(layout)
    return layout


def _twice(business: Business, slug: str, places: list[int], row: int) -> Finding:
    cells = "、".join(f"{column_letters(place)}{row}" for place in places)
    return form_finding(form.header_twice, header=business.column(slug).header, cells=cells)


def _missing(layout: Layout, headers: dict[int, str | None]) -> list[Finding]:
    row = layout.sheet.head.get(layout.header_row, {})
    strangers = {squeeze(row[place].text): place for place, slug in headers.items() if slug is None}
    wanted = [column for column in layout.business.columns if column.required]
    for group in layout.business.one_of:
        if not any(slug in layout.columns for slug in group):
            wanted.append(layout.business.column(group[0]))
    findings = []
    for column in wanted:
        if column.slug in layout.columns:
            continue
        near = difflib.get_close_matches(column.header, list(strangers), n=1, cutoff=0.5)
        nearest = f"，{column_letters(strangers[near[0]])}{layout.header_row} 的「{near[0]}」是不是它" if near else ""
        findings.append(form_finding(form.missing_header, header=column.header, nearest=nearest))
    return findings


def _extra(sheet: Sheet, header_row: int, headers: dict[int, str | None]) -> list[Finding]:
    """W812 for every column that is read by nobody: an unknown header, or cells with no header at all."""
    titles = {place: squeeze(sheet.head[header_row][place].text) for place, slug in headers.items() if slug is None}
    findings = [
        form_finding(form.extra_column, header=f"{title}（{column_letters(place)} 列）")
        for place, title in titles.items()
        if title != RESULT_HEADER
    ]
    below = sheet.cells.filter((pl.col("row") > header_row) & ~pl.col("column").is_in(list(headers)))
    bare = below["column"].unique().sort().to_list()
    findings += [form_finding(form.extra_column, header=f"没有表头的 {column_letters(place)} 列") for place in bare[:5]]
    return findings


def _people(layout: Layout) -> None:
    """Fill in the rows that are people: not blank, not a sample, not a total, not a note below the data."""
    filled = layout.sheet.cells.filter(
        (pl.col("row") > layout.header_row) & (pl.col("text").str.contains(r"\S") | ~pl.col("cached"))
    )
    rows = filled.group_by("row", maintain_order=True).agg(
        texts=pl.col("text").head(2), filled=pl.len(), ours=pl.col("column").is_in(list(layout.columns.values())).any()
    )
    rows = rows.filter("ours")
    # Only rows in whose first cells a word of the lists below stands are looked at one by one.
    suspicious = rows.filter(pl.col("texts").list.eval(pl.element().str.contains(_SUSPICIOUS)).list.any())
    kinds = {row: row_kind(texts, filled) for row, texts, filled, _ in suspicious.iter_rows()}
    for kind, what in ((SAMPLE, "是示例"), (TOTAL, "是合计"), (NOTE, "是说明")):
        skipped = [row for row, found in kinds.items() if found == kind]
        if skipped:
            words = f"第 {_listed(skipped, '行')}{what}，没有当作人来读"
            layout.findings.append(form_finding(form.note, what=words))
    people = [row for row, kind in kinds.items() if kind == PERSON]
    layout.rows = rows.filter(~pl.col("row").is_in(list(kinds)) | pl.col("row").is_in(people))["row"].to_list()
    if not layout.rows:
        layout.findings.append(form_finding(form.no_rows))


def row_kind(texts: Sequence[str], filled: int) -> str:
    """What a row below the header is, by its first two texts and how many cells are filled."""
    first = squeeze(texts[0])
    if any(_SAMPLE.fullmatch(squeeze(text)) for text in texts):
        return SAMPLE
    if first in _TOTALS:
        return TOTAL
    return NOTE if filled == 1 and first.startswith(_NOTES) else PERSON


def _hidden(layout: Layout) -> None:
    rows = [row for row in layout.rows if row in layout.sheet.hidden_rows] if layout.sheet.hidden_rows else []
    if rows:
        layout.findings.append(form_finding(form.hidden, what=f"第 {_listed(rows, '行')}"))
    places = sorted(place for place in layout.columns.values() if place in layout.sheet.hidden_columns)
    if places:
        letters = [column_letters(place) for place in places]
        layout.findings.append(form_finding(form.hidden, what=_listed(letters, "列")))


def _listed(places: Sequence[int | str], word: str) -> str:
    """`2、3 行`, or the first five and how many: `2、3、4、5、6 行等 7 行`."""
    first = "、".join(str(place) for place in places[:5]) + f" {word}"
    return first if len(places) <= 5 else f"{first}等 {len(places)} {word}"


def _batch(workbook: Workbook, business: Business) -> dict[str, BatchCell]:
    """The values of 批次信息: an item name in one cell, its value in the next filled one of the row."""
    items = {normal_header(column.header): column.slug for column in business.batch}
    values: dict[str, BatchCell] = {}
    for sheet in workbook.sheets:
        if sheet.name != BATCH_SHEET:
            continue
        for row, cells in sorted(sheet.rows.items()):
            places = sorted(cells)
            for place, following in pairwise(places):
                slug = items.get(normal_header(cells[place].text))
                if slug is not None and slug not in values:
                    values[slug] = BatchCell(cells[following], Place(sheet.name, row, following))
    return values
