"""A month-end killed at random instants: nothing half, nothing lost, nothing twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kills import kills
from tests.faults.month_ends import MonthEnd
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("half", [1, 2])
def test_two_hundred_kills(half: int, warm: Warm, many: MonthEnd, tally: Callable[[str], Any], tmp_path: Path) -> None:
    with tally(f"kill -9 at a random instant ({half} of 2)") as count:
        for found in kills(warm, many, tmp_path, count.chance, count.many(100)):
            count.add(found)


def test_a_split_transaction_is_noticed(
    warm: Warm, many: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """The control: vouchers committed before the register knows. A harness that finds nothing here is blind."""
    with tally("kill -9 in a split transaction (must be noticed)") as count:
        for found in kills(warm, many, tmp_path, count.chance, 100, sabotage="split_transaction"):
            count.add([])
            if any("verify" in one for one in found) and any("months" in one or "no case" in one for one in found):
                return
        pytest.fail("no kill was noticed")
