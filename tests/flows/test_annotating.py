"""`validate --annotate`: the red copy validates again as it is, with the same findings, whoever has saved it."""

import shutil
from pathlib import Path

import pytest

from fixtures.libreoffice import run_libreoffice
from gjj_cli.business.checked import STDIN, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import FileError, UsageError
from gjj_cli.flows import annotating
from gjj_cli.flows.validate import Run
from tests.flows import offline

FOLDER = Path(__file__).parents[2] / "fixtures" / "workbooks"


def marked(tmp_path: Path, slug: str) -> tuple[Path, Path]:
    path = tmp_path / f"{slug}.xlsx"
    shutil.copy(FOLDER / slug / "dirty.xlsx", path)
    ((_, target),) = annotating.annotate(offline.run(tmp_path, path), None)
    assert target is not None
    return path, target


@pytest.mark.slow
@pytest.mark.parametrize("slug", ROSTER)
def test_the_same_is_found_in_the_red_copy(tmp_path: Path, slug: str) -> None:
    path, target = marked(tmp_path, slug)
    assert offline.said(offline.run(tmp_path, target)) == offline.said(offline.run(tmp_path, path))
    before = target.read_bytes()
    assert annotating.annotate(offline.run(tmp_path, target), None) == [(str(target), target)]
    assert target.read_bytes() == before


@pytest.mark.slow
def test_the_same_is_found_after_libreoffice_has_saved_it(tmp_path: Path) -> None:
    jobs, pairs = [], []
    for slug in ROSTER:
        path, target = marked(tmp_path, slug)
        saved = tmp_path / f"{slug}-存过.xlsx"
        jobs += [f"open\t{target}", f"save\t{saved}"]
        pairs.append((path, saved))
    run_libreoffice(jobs, tmp_path)
    for path, saved in pairs:
        assert offline.said(offline.run(tmp_path, saved)) == offline.said(offline.run(tmp_path, path))
        ((_, again),) = annotating.annotate(offline.run(tmp_path, saved), None)
        assert offline.said(offline.run(tmp_path, again or saved)) == offline.said(offline.run(tmp_path, path))


def test_what_is_not_marked(tmp_path: Path) -> None:
    path = tmp_path / "封存.xlsx"
    shutil.copy(FOLDER / "sealing" / "clean.xlsx", path)
    assert annotating.annotate(offline.run(tmp_path, path), None) == [(str(path), None)]
    broken = Checked("坏.xlsx", error=FileError("坏了"))
    assert annotating.annotate(Run([broken]), None) == []
    with pytest.raises(UsageError, match="标准输入"):
        annotating.annotate(Run([Checked(STDIN, business=ROSTER["sealing"])]), None)


def test_a_red_copy_that_is_there_or_open_is_not_written_over(tmp_path: Path) -> None:
    path, target = marked(tmp_path, "sealing")
    run = offline.run(tmp_path, path)
    before = target.read_bytes()
    with pytest.raises(FileError, match="已经有了"):
        annotating.annotate(run, None)
    (tmp_path / f"~${target.name}").touch()
    with pytest.raises(FileError, match="正在别的程序里开着"):
        annotating.annotate(run, None, overwrite=True)
    assert target.read_bytes() == before
