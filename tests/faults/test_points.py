"""Every Nth system call of a month-end failed once and killed once: the books stay whole, the rerun does the rest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults import points
from tests.faults.month_ends import MonthEnd
from tests.faults.points import Fault
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def calls(strace: str, warm: Warm, few: MonthEnd, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """The calls of an undisturbed run by name."""
    books = few.copy(tmp_path_factory.mktemp("calls") / "books")
    return points.calls_of(warm, points.month_end_job(few, books), books)


@pytest.mark.parametrize("fault", points.FAULTS, ids=str)
def test_a_call_fails(
    fault: Fault,
    warm: Warm,
    few: MonthEnd,
    calls: dict[str, list[int]],
    tally: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    with tally(str(fault)) as count:
        for n in count.some(calls[fault.call]):
            count.add(points.strike_month_end(warm, few, fault, n, tmp_path / str(n)))
