"""The state machine of the books: 10,000 steps in `make test`, more by GJJ_MACHINE_STEPS; the seed is printed."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine
from tests.machine.program import Program, programs

pytestmark = pytest.mark.slow

PARTS = 4  # so that two workers share them
STEPS = int(os.environ.get("GJJ_MACHINE_STEPS", "10000"))
SEED = os.environ.get("GJJ_MACHINE_SEED")
MEMORY = Path("/dev/shm")  # noqa: S108 - a disk in memory, where there is one
EXAMPLE = 50  # steps, then the books begin again


@pytest.fixture
def under(tmp_path: Path) -> Iterator[Program]:
    with pytest.MonkeyPatch.context() as patch, programs(tmp_path, patch) as program:
        yield program


def run(program: Program, steps: int, of_seed: int) -> int:
    """At least so many steps from a seed; how many they were."""

    class Here(Machine):
        under = program
        steps = 0

    chosen = settings(
        max_examples=max(1, min(10, steps // EXAMPLE)),
        stateful_step_count=EXAMPLE,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if os.environ.get("GJJ_MACHINE_SHRINK") else (Phase.generate,),
        print_blob=False,
    )
    while Here.steps < steps:
        run_state_machine_as_test(seed(of_seed + Here.steps)(Here), settings=chosen)
    return Here.steps


@pytest.mark.parametrize("part", range(PARTS))
def test_the_books_do_what_the_model_does(part: int, under: Program, record_property: pytest.FixtureRequest) -> None:
    of_seed = int(SEED) + part if SEED else secrets.randbelow(10**9)
    print("seed", of_seed)
    done = run(under, STEPS // PARTS, of_seed)
    assert done >= STEPS // PARTS
