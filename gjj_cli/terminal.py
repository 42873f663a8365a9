"""The terminal: data to stdout, talk to stderr, columns that line up in Chinese, colour on three words.

stdout carries data only. Hints and talk go to stderr and vanish with -q; hints vanish too where stdout is not a
terminal. With --log-format json every line on stderr is one JSON object.
"""

import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gjj_cli.errors import FileError, GjjError, reason

COLUMNS = 80  # what every screen fits into


@dataclass
class _Manner:
    """How this run talks; `configure` sets it from the common options."""

    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    log_format: str = "text"


_manner = _Manner()


def configure(*, quiet: bool = False, verbose: bool = False, color: str = "auto", log_format: str = "text") -> None:
    """Set how this run talks. `color` is auto, always or never; `log_format` text or json."""
    global _manner
    _manner = _Manner(quiet, verbose, color, log_format)


def prepare() -> None:
    """Make stdout and stderr take any text: UTF-8 where the locale has no Chinese, escapes where GBK lacks one."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding=_encoding(stream.encoding), errors="backslashreplace")


def _encoding(encoding: str | None) -> str:
    try:
        "公积金".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "utf-8"
    return encoding or "utf-8"


# --- saying something ------------------------------------------------------------------------------------------


def out(text: str) -> None:
    """Data for a reader, on stdout. Raises BrokenPipeError, and FileError where stdout cannot be written."""
    _write(_paint(printable(text), sys.stdout) + "\n")


def out_utf8(text: str) -> None:
    """Data for a machine (JSON, CSV, SARIF …), on stdout, untouched and in UTF-8 whatever the locale is."""
    flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        _write(text)
        return
    try:
        buffer.write(utf8(text))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from error


def utf8(text: str) -> bytes:
    """Data for a machine as bytes, for stdout or a file; file names keep their characters."""
    return _whole(text).encode()


def talk(text: str) -> None:
    """What a person should know beside the data, on stderr; -q silences it."""
    if not _manner.quiet:
        _stderr(text, "info")


def hint(text: str) -> None:
    """The next step, on stderr; -q silences it, and so does a stdout that nobody reads."""
    if is_terminal(sys.stdout):
        talk(text)


def log(event: str, **fields: str | int) -> None:
    """One event of the work, on stderr, with -v only. Fields must be masked already."""
    if not _manner.verbose:
        return
    if _manner.log_format == "json":
        _stderr(event, "debug", **fields)
    else:
        _stderr(" ".join((event, *(f"{name}={value}" for name, value in fields.items()))), "debug")


def complain(error: GjjError) -> None:
    """A refusal, on stderr whatever -q says: what happened, the facts, then what to do."""
    _stderr(refusal(error), "error", exit=int(error.exit), **({"code": error.code} if error.code else {}))


def refusal(error: GjjError) -> str:
    """The text of a refusal. A second remedy without its own 改： or 可以： is indented under the first."""
    what = error.what.removesuffix("。") + (f"（{error.code}）" if error.code else "")
    lines = [wrap(f"gjj：{what}" + ("" if what.endswith(("？", "！")) else "。")), *map(wrap, error.facts)]
    indent = ""
    for remedy in error.remedies:
        opening = next((word for word in ("改：", "可以：") if remedy.startswith(word)), "")
        lines.append(_remedy(remedy if opening else indent + remedy, indent=width(opening) if opening else len(indent)))
        indent = " " * width(opening) if opening else indent
    return "\n".join(lines)


def _remedy(line: str, indent: int) -> str:
    """A remedy that is too long, with its command in a line of its own: a command is never broken, it is pasted."""
    if width(line) <= COLUMNS or "\n" in line:
        return line
    prose, gjj, command = line.partition("gjj ")
    shown = wrap(prose.rstrip(), indent=indent)
    return f"{shown}\n{' ' * indent}{gjj}{command}" if gjj else shown


def can_ask() -> bool:
    """Whether a question may be put: a person is at both ends."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def ask(question: str) -> bool:
    """Put a yes-or-no question on stderr; only y, yes, 是 and 好 agree. Ask only where `can_ask`."""
    _stderr_raw(printable(question) + "（y/N）")
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是", "好")


def is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def flush() -> None:
    """Send what stdout still holds. Raises BrokenPipeError, and FileError where it cannot be written."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from error


def abandon() -> None:
    """Nobody reads stdout any more: send the rest nowhere, so that the interpreter does not stumble at its end."""
    _to_nowhere(sys.stdout)


def settle() -> None:
    """Before the program ends, whatever happened: nothing may be left that the interpreter would stumble on."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        abandon()


def _write(text: str) -> None:
    if sys.stdout is None:  # started with stdout closed
        return
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> FileError:
    abandon()
    return FileError(
        "结果写不出去，输出的地方满了或者坏了",
        facts=(f"系统说：{reason(error)}。",),
        remedies=("改：换一个地方再跑同一条命令",),
    )


def _stderr(text: str, level: str, **fields: str | int) -> None:
    if _manner.log_format == "json":
        import json
        from datetime import datetime

        moment = datetime.now().astimezone().isoformat(timespec="seconds")
        line = json.dumps({"time": moment, "level": level, "message": text, **fields}, ensure_ascii=False)
    else:
        line = _paint(printable(text), sys.stderr)
    _stderr_raw(line + "\n")


def _stderr_raw(text: str) -> None:
    """Talk is never worth stopping the work for: where stderr is gone, the rest of it is dropped."""
    if sys.stderr is None:
        return
    settle()  # on a terminal both streams are one text
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: TextIO | None) -> None:
    if stream is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    stream.flush()


# --- colour and foreign characters -----------------------------------------------------------------------------

_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"
_COLOURS = {"错误": _RED, "没办成": _RED, "警告": _YELLOW}
_COLOURED = re.compile(r"(?<!\S)(错误|警告|没办成)(?!\S)")  # the word alone, not inside a sentence

_HALVES = re.compile("[\udc80-\udcff]")
_FORMAT = ("Cc", "Cf", "Zl", "Zp", "Cs")  # control, bidi and zero-width, line separators, halves of characters


def printable(text: str) -> str:
    """The text with every character a terminal would obey shown as its escape; line ends and blanks stay."""
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in _whole(text))


def _whole(text: str) -> str:
    """The text with the halves of characters put together that Python makes of a file's name in a plain C locale."""
    if not _HALVES.search(text):
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _escaped(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _FORMAT:
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _paint(text: str, stream: TextIO | None) -> str:
    if not _colour_allowed(stream):
        return text
    return _COLOURED.sub(lambda match: f"{_COLOURS[match[1]]}{match[1]}{_PLAIN}", text)


def _colour_allowed(stream: TextIO | None) -> bool:
    if _manner.color != "auto":
        return _manner.color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream) and (os.name != "nt" or "WT_SESSION" in os.environ)


# --- columns ---------------------------------------------------------------------------------------------------


def width(text: str) -> int:
    """How many columns of a terminal the text takes: 2 for a Chinese character, 0 for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, columns: int, right: bool = False) -> str:
    """The text filled with blanks to that many columns, on its left when `right`; never cut."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


@dataclass(frozen=True)
class Column:
    """One column of a Table; figures go `right`; a last one may be `wrapped` under itself to stay in 80 columns."""

    title: str
    right: bool = False
    min_width: int = 0
    wrapped: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of text under headings, two blanks between columns, no lines."""

    columns: tuple[Column, ...]
    gap: str = "  "

    def render(self, rows: Iterable[Sequence[str]], heading: bool = True) -> str:
        """The table as text without a last line end; each row has one cell a column."""
        cells = [[column.title for column in self.columns]] if heading else []
        cells += [list(row) for row in rows]
        widths = [
            max((column.min_width, *(width(row[index]) for row in cells))) for index, column in enumerate(self.columns)
        ]
        return "\n".join(self._line(row, widths) for row in cells)

    def _line(self, row: Sequence[str], widths: Sequence[int]) -> str:
        cells = list(row)
        if self.columns[-1].wrapped:
            start = sum(widths[:-1]) + len(self.gap) * (len(widths) - 1)
            cells[-1] = wrap(cells[-1], COLUMNS - start).replace("\n", "\n" + " " * start)
        parts = (pad(text, columns, to.right) for text, columns, to in zip(cells, widths, self.columns, strict=True))
        return self.gap.join(parts).rstrip()


def joined(parts: Iterable[str], indent: int = 0, gap: str = "  ") -> str:
    """The parts two blanks apart, each whole; one that does not fit begins a new line, indented by blanks."""
    lines, line = [], ""
    for part in parts:
        if line.strip() and width(line) + len(gap) + width(part) > COLUMNS:
            lines.append(line)
            line = " " * indent + part
        else:
            line += gap + part if line.strip() else part
    return "\n".join((*lines, line))


def here(path: Path) -> str:
    """A path as one would type it from this folder: relative where it lies below."""
    folder = Path.cwd()
    return str(path.relative_to(folder) if path.is_absolute() and path.is_relative_to(folder) else path)


def pasted(word: str) -> str:
    """A file name as a word of a command to paste: quoted where a shell would take it apart."""
    return shlex.quote(word) if re.search(r"[\s'\"$&;()<>|*?\[\]`!\\#~]", word) else word


def clip(text: str, columns: int) -> str:
    """The text cut to that many columns, with three dots where something was left out."""
    if width(text) <= columns:
        return text
    kept = taken = 0
    for character in text:
        taken += _character_width(character)
        if taken > columns - 3:
            break
        kept += 1
    return text[:kept] + "..."


# A Latin word or one Chinese character, with the marks that may not be torn from it.
_PIECE = re.compile(r"[（「《]*(?:[!-~]+|.)[，。；：、！？）」》]*")


def wrap(text: str, columns: int = COLUMNS, indent: int = 0) -> str:
    """The one-line text in lines of at most `columns`, all but the first indented by blanks.

    Chinese breaks anywhere but before a closing and after an opening mark; Latin words stay whole.
    """
    lines, line, taken = [], "", 0
    for piece in _PIECE.findall(text):
        if taken + width(piece) > columns and line.strip():
            lines.append(line.rstrip())
            line = " " * indent + piece.lstrip()
            taken = width(line)
        else:
            line += piece
            taken += width(piece)
    return "\n".join((*lines, line.rstrip()))


def definition(name: str, text: str, column: int = 18) -> str:
    """A name and, from `column` on, its explanation wrapped under itself; a long name has a line of its own."""
    head = f"  {name}"
    if width(head) > column - 2:
        return head + "\n" + " " * column + wrap(text, COLUMNS - column).replace("\n", "\n" + " " * column)
    return wrap(pad(head, column) + text, indent=column)
