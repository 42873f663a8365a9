"""Every format tells the same: which file, which code, which cell."""

import pytest

from gjj_cli.report import formats
from tests.report.reports import MACHINE, READERS, awkward, dirty, expected, read


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(MACHINE)


@pytest.mark.parametrize("name", MACHINE)
def test_the_dirty_workbooks_are_told_alike_in_every_format(name: str) -> None:
    wanted = expected(dirty())
    assert len({file for file, _, _ in wanted}) == 7 and len(wanted) >= 60
    assert read(name, formats.render(name, dirty())) == wanted


@pytest.mark.parametrize("name", MACHINE)
def test_awkward_files_are_told_alike_in_every_format(name: str) -> None:
    assert {(code, cell) for _, code, cell in read(name, formats.render(name, awkward()))} == {
        (code, cell) for _, code, cell in expected(awkward())
    }


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_report_ends_with_a_line_end_and_is_the_same_again(name: str) -> None:
    text = formats.render(name, dirty())
    assert text.endswith("\n") and text == formats.render(name, dirty())
