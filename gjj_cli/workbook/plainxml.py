"""A worksheet and its shared texts read in bulk, where they are written as plainly as spreadsheet programs write them.

The grammar here is a small regular part of XML: what Excel, WPS, LibreOffice and the common libraries put into
`sheetData`. polars reads it in pieces of some megabytes, ten times as fast as an XML parser can tell Python of each
element. A part with anything else in it is left to `sheetxml`, which reads whatever is legal; both give the same
cells, and tests hold them together. Nothing is skipped: every byte is matched, or the part is not plain.
"""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from gjj_cli.workbook.gate import Package
from gjj_cli.workbook.grid import CELLS, CONTENT, STRING_MAX, Cell, Tally, column_number
from gjj_cli.workbook.stored import NUMBER, PLAIN, Shared, typed

CHUNK = 4 * 1024 * 1024  # bytes of a part that are read at once
HEAD_MAX = 1024 * 1024  # what stands before the rows: columns, views, and no more than this

# XML 1.0 forbids these characters; a carriage return is legal and means a line feed, which is not plain.
_CHARACTERS = r"[^<&\x00-\x08\x0B-\x1F\x{FFFE}\x{FFFF}]"
TEXT = rf"(?:{_CHARACTERS}|&(?:amp|lt|gt|quot|apos);)*"
GAP = r"[ \n\t]*"
ATTRIBUTES = r'(?: [A-Za-z][A-Za-z0-9_:.]*="[^"<&\x00-\x1F]*")*'
_PIECE = (  # what follows `<c ` up to the next one
    r'(?s)^r="(?<letters>[A-Z]{1,3})(?<row>[1-9][0-9]{0,6})"(?: s="(?<style>[0-9]{1,6})")?'
    r'(?: t="(?<kind>n|s|str|b|e|d|inlineStr)")?'
    r"(?:/>|>"
    rf"(?<formula><f{ATTRIBUTES}(?:/>|>{TEXT}</f>))?"
    rf'(?:<v>(?<value>{TEXT})</v>|(?<empty><v/>)|<is><t(?: xml:space="preserve")?>(?<inline>{TEXT})</t></is>)?'
    r"</c>)(?<rest>.*)$"
)
_TO_LAST_ROW = "(?:[1-9][0-9]{0,5}|10[0-3][0-9]{4}|104[0-7][0-9]{3}|1048[0-4][0-9]{2}|10485[0-6][0-9]|104857[0-6])"
_ROW = rf'{GAP}<row r="{_TO_LAST_ROW}"{ATTRIBUTES}'
_BETWEEN = (  # what stands between the last cell of a row and the first of another
    rf'^{GAP}</row>(?:{_ROW} ?/>|{_ROW} ?>{GAP}</row>)*(?:{GAP}<row r="({_TO_LAST_ROW})"{ATTRIBUTES} ?>)?{GAP}$'
)
_HIDDEN = re.compile(rb'<row r="([0-9]+)"[^<>]* hidden="(?:1|true)"')
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


class NotPlain(Exception):
    """The part holds something that only an XML parser should read."""


@dataclass(frozen=True)
class Rows:
    """`sheetData` of a worksheet: its cells as `CELLS`, its hidden rows, and the XML around it."""

    cells: pl.DataFrame
    hidden: set[int]
    around: tuple[bytes, bytes]


def read_rows(package: Package, part: str, title: str, tally: Tally, shared: Shared) -> Rows:
    """The rows of a worksheet part. Raises NotPlain, and FileError E003 and E004 as `Package.stream` and `Tally` do."""
    frames: list[pl.DataFrame] = []
    hidden: set[int] = set()
    rows, columns = 0, set[int]()
    reading = Splitting(package.stream(part), b"<sheetData>", b"</row>", b"</sheetData>")
    with ThreadPoolExecutor(max_workers=2) as pool:  # one piece is read while the next one is inflated
        for chunk, cells in _in_turn(pool, reading, shared):
            hidden.update(int(number) for number in _HIDDEN.findall(chunk))
            rows += cells["row"].n_unique()
            columns.update(cells["column"].unique().to_list())
            tally.sheet(title, cells.height, rows, len(columns))
            tally.texts(int(cells["characters"].sum()))
            frames.append(cells.drop("characters"))
    cells = pl.concat([pl.DataFrame(schema=CELLS), *frames])
    if not _is_in_order(cells):
        raise NotPlain
    return Rows(cells, hidden, reading.around)


class Splitting:
    """A part's bytes in chunks that end with a whole element, between an opening tag and a closing one.

    `around` is what stands before and after them, once all chunks are taken. With `keep` the opening tag belongs to the chunks.
    """

    def __init__(
        self, pieces: Iterator[bytes], first: bytes, element: bytes, last: bytes, *, keep: bool = False
    ) -> None:
        self._pieces, self._first, self._element, self._last = pieces, first, element, last
        self._kept = 0 if keep else len(first)
        self.around = (b"", b"")

    def __iter__(self) -> Iterator[bytes]:
        buffer = bytearray()
        while (start := buffer.find(self._first)) < 0:
            if len(buffer) > HEAD_MAX:
                raise NotPlain
            buffer += self._next()
        head = bytes(buffer[:start])
        # A comment or a CDATA section could hold the very tags that are looked for.
        if b"<!" in head or (
            b"encoding" in head and not re.match(rb"<\?xml [^>]*encoding=[\"']utf-8[\"']", head, re.I)
        ):
            raise NotPlain
        del buffer[: start + self._kept]
        searched = 0
        while (end := buffer.find(self._last, searched)) < 0:
            searched = max(0, len(buffer) - len(self._last))
            if len(buffer) > CHUNK:
                whole = buffer.rfind(self._element) + len(self._element)
                if whole < len(self._element):
                    raise NotPlain
                yield bytes(buffer[:whole])
                del buffer[:whole]
                searched = max(0, searched - whole)
            buffer += self._next()
        if end:
            yield bytes(buffer[:end])
        self.around = (head, bytes(buffer[end:]) + b"".join(self._pieces))

    def _next(self) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            raise NotPlain
        return piece


def _in_turn(pool: ThreadPoolExecutor, chunks: Splitting, shared: Shared) -> Iterator[tuple[bytes, pl.DataFrame]]:
    """Each chunk with its cells, in order; two are read at a time."""
    waiting: list[tuple[bytes, Future[pl.DataFrame]]] = []
    for chunk in chunks:
        waiting.append((chunk, pool.submit(_cells, chunk, shared)))
        if len(waiting) > 2:
            done, reading = waiting.pop(0)
            yield done, reading.result()
    for done, reading in waiting:
        yield done, reading.result()


def decoded(chunk: bytes) -> str:
    """The chunk's text. Raises NotPlain where it is no UTF-8."""
    if b"]]>" in chunk:  # not allowed in text, and no business of a regular grammar
        raise NotPlain
    try:
        return chunk.decode()
    except UnicodeDecodeError:
        raise NotPlain from None


def _cells(chunk: bytes, shared: Shared) -> pl.DataFrame:
    """The cells of some whole rows, with how many `characters` each takes that are not shared."""
    pieces = pl.Series("piece", [decoded(chunk)], pl.String()).str.split("<c ").explode()
    read = pieces.str.extract_groups(_PIECE).struct.unnest()
    rest = pl.concat([pieces.head(1), read["rest"][1:]])
    opened = _rows_opened(rest)
    read = read[1:]
    if read["letters"].null_count():
        raise NotPlain
    places = read.select(row=pl.col("row").cast(pl.Int32), column=_numbered(read["letters"]))
    if not (places["row"] == opened[:-1]).all():
        raise NotPlain
    return _typed(places.hstack(read.drop("letters", "row", "rest")), shared)


def _rows_opened(rest: pl.Series) -> pl.Series:
    """The number of the row each piece's next cell is in; the last piece closes its row. Rows must rise."""
    place = pl.int_range(pl.len())
    between = pl.when(place == 0).then(pl.concat_str(pl.lit("</row>"), "rest")).otherwise("rest")
    told = pl.DataFrame({"rest": rest}).with_columns(gap=pl.col("rest").str.contains(rf"^{GAP}$"), between=between)
    told = told.with_columns(
        opened=pl.when(~pl.col("gap")).then(pl.col("between").str.extract(_BETWEEN).cast(pl.Int32)),
        sound=pl.col("gap") | pl.col("between").str.contains(_BETWEEN),
    )
    opened, closes = told["opened"].drop_nulls(), place == pl.len() - 1
    must_open = ~closes & (~pl.col("gap") | (place == 0))
    wrong = ~pl.col("sound") | (must_open & pl.col("opened").is_null()) | (closes & pl.col("opened").is_not_null())
    unclosed = closes & pl.col("gap") & (place > 0)
    if told.select((wrong | unclosed).any()).item() or not (opened.diff()[1:] > 0).all():
        raise NotPlain
    return told["opened"].forward_fill()


def _numbered(letters: pl.Series) -> pl.Series:
    """Column letters as numbers; there are few different ones."""
    different = letters.unique().to_list()
    try:
        numbers = [column_number(name) for name in different]
    except ValueError:
        raise NotPlain from None
    return letters.replace_strict(different, numbers, return_dtype=pl.Int32) if different else letters.cast(pl.Int32)


def _typed(read: pl.DataFrame, shared: Shared) -> pl.DataFrame:
    """What the pieces mean: the usual kinds in bulk, whatever else once for each different one (`stored.typed`)."""
    kind = pl.col("kind").fill_null("n")
    style = pl.col("style").fill_null("0")
    plain = pl.col("formula").is_null() & ~style.is_in(list(shared.styles))
    read = read.with_columns(
        kind=kind,
        style=style,
        formula=pl.col("formula").is_not_null(),
        valued=pl.col("value").is_not_null() | pl.col("empty").is_not_null(),
        text=pl.coalesce("value", "inline", pl.lit("")),
        plain_number=plain & (kind == "n") & pl.col("value").str.contains(rf"^{NUMBER}$"),
    ).filter((pl.col("text") != "") | pl.col("formula"))
    read = _with_strings(read, shared.strings)
    bulk = pl.col("plain_number") | (
        ~pl.col("formula")
        & (
            (pl.col("kind") == "s")
            | (pl.col("kind").is_in(["str", "inlineStr"]) & ~pl.col("text").str.contains("[&]|_x"))
        )
    )
    read = read.with_columns(bulk=bulk.fill_null(False)).drop("value", "inline", "empty", "plain_number")
    usual = read.filter("bulk").select(
        "row",
        "column",
        type=pl.when(pl.col("kind") == "n").then(pl.lit("number")).otherwise(pl.lit("text")).cast(CONTENT["type"]),
        text="text",
        formula=pl.lit(False),
        cached=pl.lit(True),
        percent=pl.lit(False),
        characters=pl.when(pl.col("kind").is_in(["str", "inlineStr"]))
        .then(pl.col("text").str.len_chars())
        .otherwise(0),
    )
    if _most(usual["characters"]) > STRING_MAX:
        raise NotPlain
    usual = usual.filter(pl.col("text") != "")
    odd = read.filter(~pl.col("bulk")) if usual.height < read.height else read.clear()
    return usual if odd.is_empty() else pl.concat([usual, _each_once(odd, shared)]).sort("row", "column")


def _with_strings(read: pl.DataFrame, strings: pl.Series) -> pl.DataFrame:
    """Shared texts in the place of their numbers."""
    if not (read["kind"] == "s").any():
        return read
    is_shared = pl.col("kind") == "s"
    read = read.with_columns(index=pl.when(is_shared).then(pl.col("text").str.to_integer(strict=False, dtype=pl.Int64)))
    index = read.filter((pl.col("kind") == "s") & (pl.col("text") != ""))["index"]
    if index.null_count() or (index < 0).any() or _most(index) >= max(strings.len(), 1):
        raise NotPlain
    return read.with_columns(
        text=pl.when(is_shared).then(strings.gather(read["index"])).otherwise("text").fill_null("")
    ).drop("index")


_KEY = ("kind", "style", "text", "formula", "valued")


def _each_once(odd: pl.DataFrame, shared: Shared) -> pl.DataFrame:
    """Cells of the rarer kinds, each different one typed once."""
    different = odd.select(_KEY).unique()
    cells = [_typed_one(*values, shared=shared) for values in different.iter_rows()]
    records = [
        (None,) * len(CONTENT)
        if cell is None
        else (cell.type.value, cell.text, cell.formula, cell.cached, cell.percent)
        for cell in cells
    ]
    meant = pl.DataFrame(records, schema={f"cell.{name}": kind for name, kind in CONTENT.items()}, orient="row")
    told = odd.join(different.hstack(meant), on=list(_KEY), how="left", nulls_equal=True, maintain_order="left")
    told = told.filter(pl.col("cell.type").is_not_null()).select(
        "row", "column", **{name: pl.col(f"cell.{name}") for name in CONTENT}, kind="kind"
    )
    counted = (pl.col("type") == "text") & (pl.col("kind") != "s")
    told = told.with_columns(characters=pl.when(counted).then(pl.col("text").str.len_chars()).otherwise(0)).drop("kind")
    if _most(told["characters"]) > STRING_MAX:
        raise NotPlain
    return told


def _typed_one(kind: str, style: str, text: str, formula: bool, valued: bool, *, shared: Shared) -> Cell | None:
    if kind != "s":
        for entity, meant in _ENTITIES.items():
            text = text.replace(entity, meant)
    look = shared.styles.get(style, PLAIN)
    return typed(kind, text, formula=formula, valued=valued, style=look, from_1904=shared.from_1904)


def without_entities(texts: pl.Series) -> pl.Series:
    """The texts with the five entities of XML decoded."""
    if not texts.str.contains("&", literal=True).any():
        return texts
    for entity, meant in _ENTITIES.items():  # & last, or &amp;lt; would become <
        texts = texts.str.replace_all(entity, meant, literal=True)
    return texts


def _most(numbers: pl.Series) -> int:
    most = numbers.max()
    return most if isinstance(most, int) else 0


def _is_in_order(cells: pl.DataFrame) -> bool:
    """Whether rows rise, and columns in each of them."""
    row, column = pl.col("row"), pl.col("column")
    rises = (row > row.shift(1)) | ((row == row.shift(1)) & (column > column.shift(1)))
    return bool(cells.select(rises)["row"][1:].all())
