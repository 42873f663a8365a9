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
from gjj_cli.workbook.grid import CELLS, CONTENT, RAW_MAX, STRING_MAX, Cell, Tally, column_number
from gjj_cli.workbook.stored import NUMBER, PLAIN, Shared, typed

CHUNK = 2 * 1024 * 1024  # bytes of a part that are read at once
HEAD_MAX = 1024 * 1024  # what stands before the rows: columns, views, and no more than this

TEXT = "[^<]*"  # what else may not be in a text is looked for in the whole chunk (`decoded`)
GAP = r"[ \n\t]*"
ATTRIBUTES = r'(?: [A-Za-z][A-Za-z0-9_:.]*="[^"<&]*")*'
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
    """`sheetData` of a worksheet: its cells as `CELLS`, its hidden rows, and the XML around it, in pieces."""

    cells: pl.DataFrame
    hidden: set[int]
    around: Iterator[bytes]


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
    return Rows(cells, hidden, reading.around())


class Splitting:
    """A part's bytes in chunks that end with a whole element, between an opening tag and a closing one.

    With `keep` the opening tags belong to the chunks.
    """

    def __init__(
        self, pieces: Iterator[bytes], first: bytes, element: bytes, last: bytes, *, keep: bool = False
    ) -> None:
        self._pieces, self._first, self._element, self._last = pieces, first, element, last
        self._kept = 0 if keep else len(first)
        self._head = self._rest = b""

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
        self._head, self._rest = head, bytes(buffer[end:])

    def around(self) -> Iterator[bytes]:
        """What stands before and after the chunks, once all of them are taken: well-formed as a whole if the part is."""
        yield self._head
        if self._kept:
            yield self._first
        yield self._rest
        yield from self._pieces

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


# Characters that XML 1.0 forbids; and the carriage return, which is legal and means a line feed.
_FORBIDDEN = bytes({*range(0x20)} - {0x09, 0x0A})
_BEYOND = ("\ufffe".encode(), "\uffff".encode())
_ENTITY = re.compile(b"&(?:amp|lt|gt|quot|apos);")


def decoded(chunk: bytes) -> str:
    """The chunk's text. Raises NotPlain where it is no UTF-8, or holds what a regular grammar cannot judge."""
    if (
        b"]]>" in chunk
        or len(chunk.translate(None, _FORBIDDEN)) != len(chunk)
        or any(mark in chunk for mark in _BEYOND)
    ):
        raise NotPlain
    if chunk.count(b"&") != len(_ENTITY.findall(chunk)):
        raise NotPlain
    try:
        return chunk.decode()
    except UnicodeDecodeError:
        raise NotPlain from None


def _cells(chunk: bytes, shared: Shared) -> pl.DataFrame:
    """The cells of some whole rows, with how many `characters` of text each shows."""
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
    between = rest.str.strip_chars(" \n\t")
    at = (between != "").arg_true()
    told = pl.DataFrame({"at": at, "between": between.gather(at)})
    is_first, closes = pl.col("at") == 0, pl.col("at") == rest.len() - 1
    told = told.with_columns(between=pl.when(is_first).then(pl.lit("</row>") + pl.col("between")).otherwise("between"))
    told = told.with_columns(opened=pl.col("between").str.extract(_BETWEEN).cast(pl.Int32))
    wrong = ~pl.col("between").str.contains(_BETWEEN) | (pl.col("opened").is_null() != closes)
    opened = told["opened"].drop_nulls()
    if told.select(wrong.any()).item() or not (opened.diff()[1:] > 0).all():
        raise NotPlain
    if rest.len() > 1 and (told.is_empty() or told["at"][0] != 0 or told["at"][-1] != rest.len() - 1):
        raise NotPlain
    return (
        pl.Series("opened", [None], pl.Int32()).new_from_index(0, rest.len()).scatter(at, told["opened"]).forward_fill()
    )


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
        plain_number=pl.when(plain & (kind == "n")).then("value").str.contains(rf"^{NUMBER}$"),
    ).filter((pl.col("text") != "") | pl.col("formula"))
    if _most(read["text"].str.len_bytes()) > RAW_MAX:
        raise NotPlain
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
        characters=pl.when(pl.col("kind") != "n").then(pl.col("text").str.len_chars()).otherwise(0),
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
    if index.null_count() or (index < 0).any() or (index.len() and _most(index) >= strings.len()):
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
    is_text = pl.col("type") == "text"
    told = told.with_columns(characters=pl.when(is_text).then(pl.col("text").str.len_chars()).otherwise(0)).drop("kind")
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
