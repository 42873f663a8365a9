"""`validate --fix`, `--diff`: where the copy goes, what is said, and that it validates as before but for what it mended."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from gjj_cli.business.checked import STDIN, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import FileError, UsageError
from gjj_cli.flows import fixing
from gjj_cli.flows.validate import Run
from tests.conftest import Gjj
from tests.flows import offline

FOLDER = Path(__file__).parents[2] / "fixtures" / "workbooks"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "封存.xlsx"
    shutil.copy(FOLDER / "sealing" / "clean.xlsx", path)
    book = openpyxl.load_workbook(path)
    sheet = book["个人账户封存"]
    sheet["B2"], sheet["J2"] = " " + sheet["B2"].value, "2025年7月"
    book.save(path)
    return path


def corrected(path: Path, folder: str | None = None, *, yes: bool = False, write: bool = True) -> fixing.Fixed:
    run = offline.run(path.parent, path)
    (made,) = fixing.corrected(offline.settings(path.parent, yes=yes), run, folder, write=write)
    return made


def test_the_copy_is_beside_the_file_and_is_not_written_over(source: Path) -> None:
    before = source.read_bytes()
    made = corrected(source)
    target = source.with_name("封存-已改.xlsx")
    assert (made.target, len(made.corrections), source.read_bytes()) == (target, 2, before)
    assert fixing.told(made) == [f"已改 2 格：{target}", f"再校验改过的：gjj validate {target}"]
    with pytest.raises(FileError, match="已经有了"):
        corrected(source)
    assert corrected(source, yes=True).target == target
    assert corrected(source, str(source.parent / "另")).target == source.parent / "另" / "封存-已改.xlsx"
    again = corrected(target)
    assert (again.target, fixing.told(again)) == (None, [f"{target} 没有可以自动改的"])


def test_the_difference_only(source: Path) -> None:
    made = corrected(source, write=False)
    name = made.corrections[0].new
    assert list(fixing.difference(made)) == [
        f"{source} 可以改 2 格",
        f"  B2     姓名  「 {name}」改成「{name}」",
        "  J2     封存年月  「2025年7月」改成「2025-07」",
    ]
    assert [path.name for path in source.parent.iterdir()] == ["封存.xlsx"]


def test_a_pipe_has_no_file_to_correct(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="标准输入"):
        fixing.corrected(offline.settings(tmp_path), Run([Checked(STDIN, business=ROSTER["sealing"])]), None)


@pytest.mark.parametrize("slug", ROSTER)
def test_nothing_new_is_found_in_a_corrected_file(tmp_path: Path, slug: str) -> None:
    path = tmp_path / "表.xlsx"
    shutil.copy(FOLDER / slug / "dirty.xlsx", path)
    before = offline.run(tmp_path, path)
    (made,) = fixing.corrected(offline.settings(tmp_path), before, None, unsafe=True)
    mended = {(row.place.sheet, row.place.cell) for row in made.corrections}
    after = offline.run(tmp_path, made.target or path)
    assert offline.said(after) <= offline.said(before)
    assert {(sheet, cell) for _, sheet, cell in offline.said(before) - offline.said(after)} <= mended
    (again,) = fixing.corrected(offline.settings(tmp_path), after, None, unsafe=True)
    assert again.corrections == []


def test_on_the_command_line(gjj: Gjj, source: Path) -> None:
    diff = gjj("--as-of", "2025-07-18", "validate", "封存.xlsx", "--diff")
    assert diff.exit == 0 and "\n\n封存.xlsx 可以改 2 格\n  B2     姓名  「 " in diff.stdout
    fix = gjj("--as-of", "2025-07-18", "validate", "封存.xlsx", "--fix", "--format", "json")
    assert fix.stderr == "已改 2 格：封存-已改.xlsx\n再校验改过的：gjj validate 封存-已改.xlsx\n"
    alone = gjj("validate", "封存.xlsx", "--unsafe-fixes")
    assert (alone.exit, alone.stdout) == (2, "") and "--unsafe-fixes 要和 --fix 或 --diff 一起用" in alone.stderr
