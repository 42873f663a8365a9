"""`validate --annotate`: the red copy of each file that has something to say, beside it or in -o DIR."""

from pathlib import Path

from gjj_cli.errors import FileError
from gjj_cli.flows.validate import Run
from gjj_cli.workbook.annotate import annotate as mark

SUFFIX = "-标注"


def annotate(run: Run, folder: str | None, *, overwrite: bool = False) -> list[tuple[str, Path | None]]:
    """(source, target) of every readable file; target None where there was nothing to mark.

    Raises FileError when a target is there already (unless `overwrite`) or a file would lose something.
    """
    marked: list[tuple[str, Path | None]] = []
    for checked in run.files:
        if checked.error is not None or checked.business is None:
            continue
        source = Path(checked.name)
        if not checked.judged.findings:
            marked.append((checked.name, None))
            continue
        target = (Path(folder) if folder else source.parent) / f"{source.stem.removesuffix(SUFFIX)}{SUFFIX}.xlsx"
        if target.exists() and target != source and not overwrite:
            raise FileError(
                f"{target} 已经有了，没有改写", remedies=("改：先挪开它；不要它了，加 --yes 再跑同一条命令",)
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        mark(source, target, checked.judged.findings, checked.header_row)
        marked.append((checked.name, target))
    return marked
