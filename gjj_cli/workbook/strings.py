"""sharedStrings.xml: the text of each item, in bulk where it is plain, else by the XML parser."""

from dataclasses import replace

import polars as pl

from gjj_cli.workbook.gate import Package
from gjj_cli.workbook.grid import RAW_MAX, STRING_MAX, Tally
from gjj_cli.workbook.markup import Attributes, Reader, parse, parse_pieces
from gjj_cli.workbook.plainxml import ATTRIBUTES, GAP, TEXT, NotPlain, Splitting, decoded, without_entities
from gjj_cli.workbook.stored import unescape

_ITEM = (  # what follows `<si>`; Chinese Excel adds a guide to the pronunciation of every text
    rf'(?s)^(?:<t/>|<t(?: xml:space="preserve")?>({TEXT})</t>){GAP}(?:<phoneticPr{ATTRIBUTES}/>)?{GAP}</si>{GAP}$'
)


def read(package: Package, part: str, tally: Tally) -> pl.Series:
    """The shared texts, one for each item. Raises FileError E003 and E004."""
    so_far = replace(tally)
    try:
        texts = _in_bulk(package, part, so_far)
    except NotPlain:
        reader = _Strings(tally)
        parse(package, part, reader)
        return pl.Series("text", reader.texts, pl.String())
    tally.characters = so_far.characters
    return texts


def _in_bulk(package: Package, part: str, tally: Tally) -> pl.Series:
    texts = [pl.Series("text", [], pl.String())]
    splitting = Splitting(package.stream(part), b"<si>", b"</si>", b"</sst>", keep=True)
    for chunk in splitting:
        items = pl.Series("item", [decoded(chunk)], pl.String()).str.split("<si>").explode()
        if items[0].strip():
            raise NotPlain
        texts.append(_items(items[1:], package.name, tally))
    parse_pieces(package.name, splitting.around(), Reader())
    return pl.concat(texts)


def _items(items: pl.Series, name: str, tally: Tally) -> pl.Series:
    """The text of each item; items with fonts inside and other rarities are parsed together."""
    read = pl.DataFrame({"item": items, "text": items.str.extract_groups(_ITEM).struct[0]})
    is_empty = pl.col("item").str.contains(_ITEM) & pl.col("text").is_null()
    read = read.with_columns(text=pl.when(is_empty).then(pl.lit("")).otherwise("text"))
    texts = without_entities(read["text"])
    odd = texts.is_null() | texts.str.contains("_x", literal=True) | (texts.str.len_chars() > STRING_MAX)
    lengths = texts.filter(~odd).str.len_chars()
    tally.texts(int(lengths.sum()) + lengths.len())  # an empty item costs memory too
    if odd.any():
        reader = _Strings(tally)
        pieces = (f"<si>{item}".encode() for item in items.filter(odd))
        parse_pieces(name, (b"<sst>", *pieces, b"</sst>"), reader)
        if len(reader.texts) != odd.sum():
            raise NotPlain
        texts = texts.scatter(odd.arg_true(), reader.texts)
    return texts.alias("text")


class _Strings(Reader):
    """sharedStrings.xml: the text of each item, runs joined, phonetic guides left out."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._tally = tally
        self._text = ""
        self._listening = self._phonetic = False
        self.starts = {"si": self._start_item, "t": self._start_text, "rPh": self._start_phonetic}
        self.ends = {"si": self._end_item, "t": self._end_text, "rPh": self._end_phonetic}

    def characters(self, text: str) -> None:
        if self._listening:
            self._text += text
            if len(self._text) > RAW_MAX:
                raise self._tally.too_long()

    def _start_item(self, _: Attributes) -> None:
        self._text = ""

    def _end_item(self) -> None:
        text = unescape(self._text)
        self._tally.text(len(text))
        self._tally.texts(1)  # an empty item costs memory too
        self.texts.append(text)

    def _start_text(self, _: Attributes) -> None:
        self._listening = not self._phonetic

    def _end_text(self) -> None:
        self._listening = False

    def _start_phonetic(self, _: Attributes) -> None:
        self._phonetic = True

    def _end_phonetic(self) -> None:
        self._phonetic = False
