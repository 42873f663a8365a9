"""`validate --split`: two workbooks of the template, together the people of the file, and when there is nothing to split."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from gjj_cli.business.checked import Asked, Checked
from gjj_cli.business.roster import ROSTER
from gjj_cli.errors import FileError, UsageError
from gjj_cli.flows import annotating, fixing, reporting, splitting
from gjj_cli.flows.validate import Run
from gjj_cli.rules import policy
from gjj_cli.workbook import cells, template
from tests.conftest import Gjj
from tests.flows import offline

FOLDER = Path(__file__).parents[2] / "fixtures" / "workbooks"
PACK = policy.load()


def separated(path: Path, asked: Asked | None = None) -> splitting.Split:
    run = offline.run(path.parent, path, asked=asked)
    (made,) = splitting.separated(offline.settings(path.parent), run, asked or Asked(offline.DAY), None)
    return made


def rows(path: Path) -> int:
    (checked,) = offline.run(path.parent, path).files
    return checked.rows


@pytest.mark.slow
@pytest.mark.parametrize("slug", [slug for slug, business in ROSTER.items() if not business.batch])
def test_the_halves_are_what_the_file_was(tmp_path: Path, slug: str) -> None:
    path = tmp_path / "表.xlsx"
    shutil.copy(FOLDER / slug / "dirty.xlsx", path)
    (whole,) = offline.run(tmp_path, path).files
    passed, failed = separated(path).halves
    assert passed.target is not None and failed.target is not None
    assert (passed.target.name, failed.target.name) == ("表-通过.xlsx", "表-不通过.xlsx")
    assert (rows(passed.target), rows(failed.target)) == (passed.rows, failed.rows)
    assert passed.rows + failed.rows == whole.rows
    (good,) = offline.run(tmp_path, passed.target).files
    assert (good.counts.error, good.unit, good.business) == (0, whole.unit, whole.business)
    assert offline.run(tmp_path, failed.target).files[0].counts.error > 0


def filled(tmp_path: Path, *typed: dict[str, object], batch: dict[str, str] | None = None) -> Path:
    path = tmp_path / "补缴.xlsx"
    person = {"account": "0500000001", "name": "赵小兰", "start_month": 24_300, "end_month": 24_301}
    template.export(
        ROSTER["supplementary-payment"],
        PACK,
        path,
        unit="0500001",
        rows=[person | row for row in typed],
        batch={"payment_kind": "按月补缴", "payment_reason": "少缴", "method": "转账"} | (batch or {}),
    )
    return path


def test_batch_values_are_in_both_and_values_stay_as_typed(tmp_path: Path) -> None:
    path = filled(tmp_path, {}, {"account": "0500000002", "start_month": "去年七月", "name": "=1+1"})
    passed, failed = separated(path).halves
    for half in (passed, failed):
        assert half.target is not None
        book = openpyxl.load_workbook(half.target)
        assert [row[1].value for row in book["批次信息"].iter_rows(min_row=2)] == ["按月补缴", "少缴", "转账"]
    sheet = openpyxl.load_workbook(str(failed.target)).worksheets[0]
    assert (sheet["B2"].value, sheet["B2"].data_type, sheet["E2"].value) == ("=1+1", "s", "去年七月")


def test_an_empty_half_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "封存.xlsx"
    shutil.copy(FOLDER / "sealing" / "clean.xlsx", path)
    made = separated(path)
    assert splitting.told(made) == [
        f"通过 14 行：{tmp_path / '封存-通过.xlsx'}",
        f"{path} 没有不通过的行，没有写",
    ]
    assert not (tmp_path / "封存-不通过.xlsx").exists()
    with pytest.raises(FileError, match="已经有了"):
        separated(path)


def test_an_error_of_the_whole_file_is_no_split(tmp_path: Path) -> None:
    path = filled(tmp_path, {}, batch={"method": "现金"})
    assert splitting.told(separated(path)) == [f"{path} 没有拆：有整个文件的错误，每一行都不能算通过，先改好它"]
    book = openpyxl.Workbook()
    book.active.append(["甲", "乙"])
    book.save(tmp_path / "别的.xlsx")
    assert "没有拆" in splitting.told(separated(tmp_path / "别的.xlsx"))[0]
    assert [child.name for child in tmp_path.glob("*通过*")] == []


def test_a_month_outside_the_pack_is_no_split(tmp_path: Path) -> None:
    path = tmp_path / "开户.xlsx"
    row = {"name": "赵小兰", "doc_type": "身份证", "id_number": "440203199001011238", "base": 560000}
    template.export(
        ROSTER["account-opening"], PACK, path, rows=[row | {"mobile": "13700000001", "effective_month": 22_800}]
    )
    assert "政策包不含 1900-01" in splitting.told(separated(path))[0]


def test_on_the_command_line(gjj: Gjj) -> None:
    shutil.copy(FOLDER / "sealing" / "dirty.xlsx", gjj.cwd / "封存.xlsx")
    said = gjj("--as-of", "2025-07-18", "validate", "封存.xlsx", "--split", "--offline")
    assert said.exit == 1
    assert cells.read(gjj.cwd / "封存-不通过.xlsx").sheets[0].name == "个人账户封存"
    assert said.stderr.splitlines()[-1].endswith("行：封存-不通过.xlsx")


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    broken = Run([Checked("坏.xlsx", error=FileError("坏了"))])
    assert splitting.separated(offline.settings(tmp_path), broken, Asked(offline.DAY), None) == []
    assert fixing.corrected(offline.settings(tmp_path), broken, None) == []


def test_an_error_that_is_not_listed_fails_its_row(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    shutil.copy(FOLDER / "sealing" / "dirty.xlsx", path)
    whole = [half.rows for half in separated(path).halves]
    run = offline.run(tmp_path, path)
    reporting.choose(run, frozenset({"E110"}))
    (made,) = splitting.separated(offline.settings(tmp_path, yes=True), run, Asked(offline.DAY), None)
    assert [half.rows for half in made.halves] == whole


def test_all_rows_under_a_merged_cell_fail(tmp_path: Path) -> None:
    path = tmp_path / "开户.xlsx"
    shutil.copy(FOLDER / "account-opening" / "clean.xlsx", path)
    book = openpyxl.load_workbook(path)
    sheet = book[ROSTER["account-opening"].title]
    column = next(cell.column for cell in sheet[1] if cell.value == "启缴年月")
    for row in (2, 3, 4):
        sheet.cell(row, column).value = "2025-07"
    sheet.merge_cells(start_row=2, end_row=4, start_column=column, end_column=column)
    book.save(path)
    _, failed = separated(path).halves
    assert failed.rows == 3  # only the first of them has the month


def test_two_files_with_one_half_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "表.xlsx" for folder in ("甲", "乙")]
    for path in paths:
        path.parent.mkdir()
        shutil.copy(FOLDER / "sealing" / "dirty.xlsx", path)
    run, out = offline.run(tmp_path, *paths), tmp_path / "出"
    settings = offline.settings(tmp_path, yes=True)
    with pytest.raises(UsageError, match="都要写成"):
        splitting.separated(settings, run, Asked(offline.DAY), str(out))
    with pytest.raises(UsageError, match="都要写成"):
        fixing.corrected(settings, run, str(out))
    with pytest.raises(UsageError, match="都要写成"):
        annotating.annotate(run, str(out), overwrite=True)
    assert not out.exists()
    assert len(splitting.separated(settings, run, Asked(offline.DAY), None)) == 2
