"""Finding one's way in a workbook: which business, which sheet, where the header is, which rows are people.

Columns are found by header text, never by position; what the form itself breaks becomes a finding here
(`rules.form`), because there is no row yet to judge.
"""

import difflib
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import polars as pl

from gjj_cli.business import setup
from gjj_cli.business.spec import Business, Column
from gjj_cli.finding import Finding, Place, column_letters
from gjj_cli.rules import form
from gjj_cli.rules.catalogue import Rule
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook.cells import Cell, Row, Sheet, Workbook
from gjj_cli.workbook.grid import rows_of, show
from gjj_cli.workbook.headers import Heading, Line, known_names, lines, normal_header, slugs_of, spoken_of
from gjj_cli.workbook.rowkinds import DOUBTFUL, TOLD, RowKind, is_identity, row_kind
from gjj_cli.workbook.values import squeeze

BATCH_SHEET = "批次信息"
HELP_SHEET = "填表说明"
LIST_SHEET = "错误清单"  # written by --annotate, as is the column below
RESULT_HEADER = "校验结果"
COUNTERS = ("序号", "编号", "行号", "序", "NO", "NO.", "No", "No.", "#")  # numbers of rows: not read, nothing to say
STAMP_BUSINESS, STAMP_UNIT, STAMP_TEMPLATE = "gjj_business", "gjj_unit", "gjj_template"
TEMPLATES = ("1",)  # template versions that are read; the last is the one that is exported
NO_HEADER = -1000  # the score of a line in which nothing is a column of the business
MIXED = "变更类型"  # a column of 上海's 汇缴变更清册: another business in every row


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


def find(workbook: Workbook, roster: Sequence[Business], pack: Pack, asked: Business | None = None) -> Layout | Finding:
    """Lay a workbook out as the asked business, else the stamped one, else the one its headers fit best.

    Gives a finding (E012) instead when that cannot be told, or the stamp is not the business asked for.
    """
    stamp = workbook.properties.get(STAMP_BUSINESS)
    stamped = next((business for business in roster if business.slug == stamp), None)
    if asked is not None and stamped is not None and asked.slug != stamped.slug:
        why = f"这是「{stamped.title}」的表，不是「{asked.title}」的"
        return form_finding(form.unknown_business, why=why)
    if asked is None and stamp == setup.SLUG:
        return form_finding(form.unknown_business, why="这是「建账」的表，不是业务的表，用 gjj unit import 导入")
    fixed = asked or stamped
    guesses = _guesses(workbook, [fixed] if fixed else roster, pack)
    best = max(guesses, key=lambda guess: guess.score, default=None)
    if best is None or (fixed is None and best.score <= 0):
        return form_finding(form.unknown_business, why="表头和哪一张标准模板都对不上" + _nearest(guesses))
    if fixed is None:
        equals = [guess for guess in guesses if guess.score == best.score]
        if undecided := _mixed(best) or _undecided(workbook, equals):
            return form_finding(form.unknown_business, why=undecided)
        best = next((guess for guess in equals if guess.business is _told(workbook, equals)), best)
    layout = _lay_out(workbook, best)
    layout.findings += _other_sheets(guesses, best)
    return layout


@dataclass(frozen=True)
class _Guess:
    """One way to read a workbook: this line of this sheet as the header of this business."""

    business: Business
    sheet: Sheet
    line: Line
    slugs: Mapping[int, str | None]
    score: int

    @property
    def found(self) -> set[str]:
        return {slug for slug in self.slugs.values() if slug is not None}

    @property
    def missing(self) -> list[Column]:
        """The columns that must be there and are not; of 个人账号 and 证件号码 one is enough."""
        wanted = [column for column in self.business.columns if column.required and column.slug not in self.found]
        for group in self.business.one_of:
            if not self.found.intersection(group):
                wanted.append(self.business.column(group[0]))
        return wanted


def _guesses(workbook: Workbook, roster: Sequence[Business], pack: Pack) -> list[_Guess]:
    """Every line of every data sheet read as the header of every business, each with its score."""
    known = [(business, known_names(business, pack)) for business in roster]
    guesses: list[_Guess] = []
    for sheet in _data_sheets(workbook):
        rows = sheet.head
        told = lines(rows)
        for line in told:
            above = [cell.text for number in rows if number < line.top for _, cell in sorted(rows[number].items())[:1]]
            spoken = spoken_of([sheet.name, *map(squeeze, above)], roster)
            for business, names in known:
                slugs = slugs_of(line, business, names)
                guess = _Guess(business, sheet, line, slugs, 0)
                guesses.append(replace(guess, score=_score(guess, spoken is business)))
        if not told and len(roster) == 1:  # nothing but what is missing can be said of it
            guesses.append(_Guess(roster[0], sheet, Line(1, 1, {}), {}, NO_HEADER))
    return guesses


def _score(guess: _Guess, is_spoken: bool) -> int:
    """How well a line reads as a business's header: its columns found, less those missing and those unknown.

    The sheet's name or title says much, but not more than the columns of another business. A column that is nobody's
    says little, so that a whole roster of other things does not hide the few columns that count.
    """
    found = len(guess.found)
    if not found:
        return NO_HEADER
    strangers = sum(slug is None and not _is_silent(guess.line.headings[place]) for place, slug in guess.slugs.items())
    nameless = guess.business.one_of[:1] and not guess.found.intersection(guess.business.one_of[0])
    missing = sum(column.required and column.slug not in guess.found for column in guess.business.columns)
    spoken = 8 if is_spoken and found > 1 else 0
    return 4 * found - 6 * (missing + bool(nameless)) - min(strangers, found) + spoken


def _mixed(guess: _Guess) -> str | None:
    """Why a table cannot be one business's, None where it may be."""
    if any(MIXED in heading.texts for heading in guess.line.headings.values()):
        return f"「{MIXED}」一列把几种业务写在一张表里，办哪一种要说明，加 --business 个人账户设立 或别的业务名"
    return None


def _is_silent(heading: Heading) -> bool:
    """Whether nothing needs to be said about nobody reading a column."""
    return any(text == RESULT_HEADER or text in COUNTERS for text in heading.texts)


def _undecided(workbook: Workbook, equals: Sequence[_Guess]) -> str | None:
    """Why equal guesses do not tell the business, None where they do."""
    titles = sorted({guess.business.title for guess in equals})
    if len(titles) == 1 or _told(workbook, equals) is not None:
        return None
    which = " 或 ".join(f"--business {title}" for title in titles)
    return f"表头同时像「{'」「'.join(titles)}」，加 {which} 说明是哪一种"


def _told(workbook: Workbook, equals: Sequence[_Guess]) -> Business | None:
    """Which of equal guesses the file's name means, else a header such as 启封原因 that is no column of ours."""
    headings = [heading.shown for heading in equals[0].line.headings.values()]
    return spoken_of([workbook.name, *headings], [guess.business for guess in equals])


def _nearest(guesses: Sequence[_Guess]) -> str:
    """`；最像「个人账户封存」，缺「封存原因」`, where a guess has two columns of a business at all."""
    near = max((guess for guess in guesses if len(guess.found) > 1), key=lambda guess: guess.score, default=None)
    if near is None:
        return ""
    headers = "」「".join(column.header for column in near.missing)
    return f"；最像「{near.business.title}」，缺「{headers}」"


def _data_sheets(workbook: Workbook) -> list[Sheet]:
    return [
        sheet
        for sheet in workbook.sheets
        if sheet.state == "visible"
        and BATCH_SHEET not in squeeze(sheet.name)
        and squeeze(sheet.name) not in (HELP_SHEET, LIST_SHEET)
    ]


def _other_sheets(guesses: Sequence[_Guess], best: _Guess) -> list[Finding]:
    """A note for every other sheet that could have been the data: nobody may think that it was read."""
    names = {
        guess.sheet.name: None
        for guess in guesses
        if guess.business is best.business
        and guess.sheet is not best.sheet
        and guess.score > 0
        and not guess.missing
        and (guess.sheet.cells["row"] > guess.line.bottom).any()
    }
    said = "工作表「{}」的表头也是「{}」的，没有读；要办的话另存成一个文件再校验"
    return [form_finding(form.note, what=said.format(name, best.business.title)) for name in names]


def _lay_out(workbook: Workbook, guess: _Guess) -> Layout:
    business, sheet, line = guess.business, guess.sheet, guess.line
    columns: dict[str, int] = {}
    twice: dict[str, list[int]] = {}
    for place, slug in guess.slugs.items():
        if slug is not None and slug in columns:
            twice.setdefault(slug, [columns[slug]]).append(place)
        elif slug is not None:
            columns[slug] = place
    batch = {column.slug: columns.pop(column.slug) for column in business.batch if column.slug in columns}
    layout = Layout(business, sheet, line.bottom, columns, [], _batch(workbook, business, sheet, line.top), None)
    layout.unit = workbook.properties.get(STAMP_UNIT) or None
    version = workbook.properties.get(STAMP_TEMPLATE, TEMPLATES[-1])
    if version not in TEMPLATES:
        layout.findings.append(form_finding(form.unknown_version, version=show(version)))
    layout.findings += [_twice(business, slug, places, line) for slug, places in twice.items()]
    layout.findings += [_missing(guess, column) for column in guess.missing]
    if line.top > 1:
        where = str(line.top) if line.top == line.bottom else f"{line.top}、{line.bottom}"
        layout.findings.append(form_finding(form.note, what=f"表头在第 {where} 行，上面的标题和说明没有读"))
    _people(layout)
    unread = _batch_columns(layout, batch)
    layout.findings += _extra(layout, guess, unread)
    layout.findings += _above(layout, guess)
    _hidden(layout)
    layout.findings += _merged(layout)
    return layout


def _twice(business: Business, slug: str, places: list[int], line: Line) -> Finding:
    cells = "、".join(f"{column_letters(place)}{line.bottom}" for place in places)
    return form_finding(form.header_twice, header=business.column(slug).header, cells=cells)


def _missing(guess: _Guess, column: Column) -> Finding:
    """E010, with the header that nobody reads and that looks most like it."""
    strangers = {guess.line.headings[place].shown: place for place, slug in guess.slugs.items() if slug is None}
    near = difflib.get_close_matches(column.header, list(strangers), n=1, cutoff=0.5)
    cell = f"{column_letters(strangers[near[0]])}{guess.line.bottom}" if near else ""
    nearest = f"，{cell} 的「{near[0]}」是不是它" if near else ""
    return form_finding(form.missing_header, header=column.header, nearest=nearest)


def _extra(layout: Layout, guess: _Guess, unread: Collection[int]) -> list[Finding]:
    """W812 for every column that is read by nobody: an unknown header, or cells with no header at all."""
    findings = [
        form_finding(form.extra_column, header=f"{heading.shown}（{column_letters(place)} 列）")
        for place, heading in guess.line.headings.items()
        if (guess.slugs[place] is None or place in unread) and not _is_silent(heading)
    ]
    headed = list(guess.line.headings)
    below = layout.sheet.cells.filter((pl.col("row") > layout.header_row) & ~pl.col("column").is_in(headed))
    bare = below["column"].unique().sort().to_list()
    findings += [form_finding(form.extra_column, header=f"没有表头的 {column_letters(place)} 列") for place in bare[:5]]
    return findings


def _above(layout: Layout, guess: _Guess) -> list[Finding]:
    """W812 for what stands above the header and is a column of the business that the table does not have."""
    names = {normal_header(column.header): column for column in layout.business.columns}
    found = []
    for number, row in layout.sheet.head.items():
        for place, cell in sorted(row.items()) if number < guess.line.top else ():
            column = names.get(normal_header(unicodedata.normalize("NFKC", cell.text).partition(":")[0]))
            if column is not None and column.slug not in layout.columns:
                header = f"表头上面的 {column_letters(place)}{number} {column.header}"
                found.append(form_finding(form.extra_column, header=header))
    return found


def _people(layout: Layout) -> None:
    """Fill in the rows that are people: not blank, not a sample, not a total, not a note below the data."""
    filled = layout.sheet.cells.filter(
        (pl.col("row") > layout.header_row) & (pl.col("text").str.contains(r"\S") | ~pl.col("cached"))
    )
    rows = filled.group_by("row", maintain_order=True).agg(
        texts=pl.col("text").head(TOLD),
        filled=pl.len(),
        ours=pl.col("column").is_in(list(layout.columns.values())).any(),
    )
    rows = rows.filter("ours")
    at_a_glance = ~pl.col("texts").list.join("\n").str.contains(DOUBTFUL) & (pl.col("filled") > 1)
    doubtful = rows.filter(~at_a_glance)
    named = [layout.columns[slug] for slug in ("account", "id_number") if slug in layout.columns]
    numbers = filled.filter(pl.col("column").is_in(named) & pl.col("row").is_in(doubtful["row"].implode()))
    identified = {row for row, text in numbers.select("row", "text").iter_rows() if is_identity(squeeze(text))}
    kinds = {
        row: row_kind([squeeze(text) for text in texts], count, row in identified)
        for row, texts, count, _ in doubtful.iter_rows()
    }
    for kind, what in ((RowKind.SAMPLE, "是示例"), (RowKind.TOTAL, "是合计"), (RowKind.NOTE, "是说明")):
        if skipped := [row for row, found in kinds.items() if found is kind]:
            layout.findings.append(form_finding(form.note, what=f"第 {_listed(skipped, '行')}{what}，没有当作人来读"))
    layout.rows = [row for row in rows["row"].to_list() if kinds.get(row, RowKind.PERSON) is RowKind.PERSON]
    if not layout.rows:
        layout.findings.append(form_finding(form.no_rows))


def _merged(layout: Layout) -> list[Finding]:
    """E114 for every merged area with a value that covers more than one cell of people: the others would be empty."""
    columns = {place: layout.business.column(slug) for slug, place in layout.columns.items()}
    tops = pl.Series([area[0] for area in layout.sheet.merged], dtype=pl.Int32())
    filled = set(layout.sheet.cells.filter(pl.col("row").is_in(tops.implode())).select("row", "column").iter_rows())
    found: list[Finding] = []
    for top, left, bottom, right in layout.sheet.merged:
        people = bisect_right(layout.rows, bottom) - bisect_left(layout.rows, top)
        covered = [place for place in columns if left <= place <= right]
        if people * len(covered) > 1 and (top, left) in filled:
            area = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
            place = Place(layout.sheet.name, top, left)
            finding = form_finding(form.merged, area=area, header=columns[min(covered)].header)
            found.append(replace(finding, place=place))
    return found


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


# --- batch values ----------------------------------------------------------------------------------------------------


def _batch(workbook: Workbook, business: Business, data: Sheet, header_row: int) -> dict[str, BatchCell]:
    """The values of 批次信息, wherever on it they stand, and of the lines above the header of the data sheet."""
    items = {normal_header(column.header): column.slug for column in business.batch}
    if not items:
        return {}
    values: dict[str, BatchCell] = {}
    for sheet in workbook.sheets:
        if BATCH_SHEET in squeeze(sheet.name):
            _items(sheet, dict(sorted(sheet.rows.items())), items, values)
    above = {number: row for number, row in data.head.items() if number < header_row}
    _items(data, above, items, values)
    return values


def _items(sheet: Sheet, rows: Mapping[int, Row], items: Mapping[str, str], values: dict[str, BatchCell]) -> None:
    """Add what the rows say of the items: `补缴原因：漏缴` in one cell, or the next filled cell of the row, or below."""
    for number, row in rows.items():
        places = sorted(row)
        for place, following in pairwise([*places, 0]):
            name, _, value = unicodedata.normalize("NFKC", row[place].text).partition(":")
            slug = items.get(normal_header(name))
            if slug is None or slug in values:
                continue
            if value.strip():
                values[slug] = BatchCell(replace(row[place], text=value.strip()), Place(sheet.name, number, place))
            elif following and normal_header(row[following].text) not in items:
                values[slug] = BatchCell(row[following], Place(sheet.name, number, following))
            elif (below := rows.get(number + 1, {}).get(place)) and normal_header(below.text) not in items:
                values[slug] = BatchCell(below, Place(sheet.name, number + 1, place))


def _batch_columns(layout: Layout, places: Mapping[str, int]) -> set[int]:
    """Take a batch value that other cities write in every row, where all rows agree; gives the columns not taken."""
    unread: set[int] = set()
    for slug, place in places.items():
        cells = layout.sheet.cells.filter((pl.col("column") == place) & pl.col("row").is_in(layout.rows))
        if slug in layout.batch or cells.is_empty() or len(cells) < len(layout.rows) or cells["text"].n_unique() > 1:
            unread.add(place)
        else:
            row = layout.rows[0]
            layout.batch[slug] = BatchCell(rows_of(cells.head(1))[row][place], Place(layout.sheet.name, row, place))
    return unread
