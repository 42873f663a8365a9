"""One file of the corpus: how it is made, and how `gjj validate` must end with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A file named `file` holding what `build` makes. It is refused with `code` (exit 4), or read with exit 0 or 1.

    `says` must be on the screen: a word of the sentence, or the codes of findings, apart by blanks. `heavy` cases run
    as a process of their own, whose memory is measured.
    """

    id: str
    build: Callable[[], bytes]
    code: str | None = None
    exit: int = 4
    says: str = ""
    file: str = "开户.xlsx"
    stdin: bool = False
    heavy: bool = False


def refused(id: str, code: str, build: Callable[[], bytes] | bytes, says: str = "", **more: object) -> Case:
    return Case(id, build if callable(build) else lambda: build, code, 4, says, **more)  # type: ignore[arg-type]


def passes(id: str, build: Callable[[], bytes] | bytes, says: str = "", **more: object) -> Case:
    return Case(id, build if callable(build) else lambda: build, None, 0, says, **more)  # type: ignore[arg-type]


def faulty(id: str, build: Callable[[], bytes] | bytes, says: str = "", **more: object) -> Case:
    """Read, and errors found in it."""
    return Case(id, build if callable(build) else lambda: build, None, 1, says, **more)  # type: ignore[arg-type]


def heavy(cases: list[Case]) -> Iterator[Case]:
    """The same cases, each run as a process of its own."""
    for case in cases:
        yield Case(case.id, case.build, case.code, case.exit, case.says, case.file, case.stdin, heavy=True)
