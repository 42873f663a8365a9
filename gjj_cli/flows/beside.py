"""Where a file made from a workbook goes: beside it or in a folder, under a name that says what it is."""

from collections.abc import Iterable
from pathlib import Path

from gjj_cli.business.checked import STDIN
from gjj_cli.errors import FileError, UsageError

SUFFIXES = MARKED, FIXED, PASSED, FAILED = "-标注", "-已改", "-通过", "-不通过"


def source_of(name: str) -> Path:
    """The path of a checked file. Raises UsageError for what came through stdin: there is no file to put one beside."""
    if name == STDIN:
        raise UsageError(
            "标准输入没有文件名，另存不了", remedies=("改：先存成文件，再写文件名：gjj validate 开户.xlsx --annotate",)
        )
    return Path(name)


def must_differ(names: Iterable[str], folder: str | None, suffix: str) -> None:
    """Raises UsageError where copies of two of the checked files would have one place: one of them would be lost."""
    made: dict[Path, Path] = {}
    for source in (Path(name) for name in names if name != STDIN):
        place = _place(source, folder, suffix, source.suffix.lower() if suffix == FIXED else ".xlsx")
        other = made.setdefault(place, source)
        if other != source:
            raise UsageError(
                f"{other} 和 {source} 都要写成 {place}，没有写",
                remedies=("改：换一个文件名，或者分两次，各写一个文件夹",),
            )


def target(source: Path, folder: str | None, suffix: str, *, overwrite: bool, kind: str = ".xlsx") -> Path:
    """`<stem><suffix><kind>` beside the source or in the folder; a red copy is marked again in its place.

    Raises FileError when it is there already (unless `overwrite`, or it is the red copy itself).
    """
    made = _place(source, folder, suffix, kind)
    if made.exists() and made != source and not overwrite:
        raise FileError(
            f"{made} 已经有了，没有改写",
            remedies=("改：里面改过的先校验它自己，或者挪开；不要它了，加 --yes 再跑同一条命令",),
        )
    return made


def _place(source: Path, folder: str | None, suffix: str, kind: str) -> Path:
    stem = source.stem.removesuffix(MARKED) if suffix == MARKED else source.stem
    return (Path(folder) if folder else source.parent) / f"{stem}{suffix}{kind}"
