"""The state machine of the books: 10,000 steps in `make test`; the seeds are printed, and with a seed it is done again.

`GJJ_MACHINE_STEPS=200000` is for before a release (`make machine`), `GJJ_MACHINE_SEED=…` repeats a printed run.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from gjj_cli import money
from gjj_cli.errors import GjjError
from gjj_cli.ledger import voucher
from gjj_cli.rules.catalogue import BoundRule
from gjj_cli.store import payments, register
from gjj_cli.store.engine import Books, Tx
from tests.machine.machine import Machine
from tests.machine.program import Program, in_memory, programs
from tests.postgres import Server

pytestmark = pytest.mark.slow

PARTS = 4  # so that two workers share them
STEPS = int(os.environ.get("GJJ_MACHINE_STEPS", "10000"))
SEED = os.environ.get("GJJ_MACHINE_SEED")
EXAMPLE = 50  # steps; then the books begin again
SEEN = {  # what some thousand steps must have come upon, or they have tried too little
    *("account-opening", "base-adjustment", "sealing", "central-sealing", "unsealing", "internal-transfer"),
    *("supplementary-payment", "approve", "reject", "withdraw", "finish", "receive", "remit", "month-end", "preview"),
    *("reverse", "approve-reversal", "E608", "E703"),
    *("E402", "E405", "E504", "E505", "E506", "E508", "E509", "E601", "E701", "E705", "W810"),
}


@pytest.fixture
def under(tmp_path: Path) -> Iterator[Program]:
    with in_memory(tmp_path) as home, pytest.MonkeyPatch.context() as patch, programs(home, patch) as program:
        yield program


def run(program: Program, steps: int, of_seed: int, *, shrink: bool = True) -> type[Machine]:
    """At least so many steps from a seed; the machine has counted them, and what came of them."""

    class Here(Machine):
        under = program

    Here.begin()
    chosen = settings(
        max_examples=max(5, steps // EXAMPLE),  # the first one is always the simplest there is
        stateful_step_count=EXAMPLE,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, *([Phase.shrink] if shrink else [])),
        report_multiple_bugs=False,
        print_blob=False,
    )
    while Here.steps < steps:
        run_state_machine_as_test(seed(of_seed + Here.steps)(Here), settings=chosen)
    return Here


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_the_books_do_what_the_model_does(
    part: int, under: Program, record_property: Callable[[str, object], None]
) -> None:
    of_seed = int(SEED) if SEED else secrets.randbelow(10**9)
    record_property("told", f"machine {part}/{PARTS}: GJJ_MACHINE_SEED={of_seed}")
    done = run(under, STEPS // PARTS, of_seed)
    came = " ".join(f"{what}:{many}" for what, many in done.tally.most_common())
    record_property("told", f"machine {part}/{PARTS}: {done.steps} steps; {came}")
    assert done.steps >= STEPS // PARTS
    if STEPS // PARTS >= 2_500:
        assert set() == SEEN - set(done.tally)


def test_the_same_on_postgresql(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    of_seed = int(SEED) if SEED else secrets.randbelow(10**9)
    record_property("told", f"machine on PostgreSQL: GJJ_MACHINE_SEED={of_seed}")
    with programs(tmp_path, monkeypatch, postgres) as program:
        done = run(program, STEPS // 40, of_seed)
    record_property("told", f"machine on PostgreSQL: {done.steps} steps")
    assert done.steps >= STEPS // 40


def test_make_test_does_ten_thousand_steps() -> None:
    assert STEPS // PARTS * PARTS >= 10_000 or "GJJ_MACHINE_STEPS" in os.environ


# Mistakes on purpose, each of which the machine must come upon.


def rounds_down(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(money, "_half_up", lambda exact, step: exact // (money.RATE_ONE * step) * step)


def pays_through_the_month_after(patch: pytest.MonkeyPatch) -> None:
    remitted = payments._remitted
    patch.setattr(payments, "_remitted", lambda tx, unit, month: remitted(tx, unit, month + 1))


def posts_a_fen_more(patch: pytest.MonkeyPatch) -> None:
    pay = voucher.payment

    def more(head: voucher.Head, amounts: dict[str, int]) -> voucher.Voucher:
        return pay(head, {who: fen + (who == max(amounts)) for who, fen in amounts.items()})

    patch.setattr(voucher, "payment", more)


def seals_a_month_late(patch: pytest.MonkeyPatch) -> None:
    close = register._close

    def later(tx: Tx, unit: str, cause: register.Cause, changes: list[register.Change]) -> None:
        close(tx, unit, cause, [register.Change(one.account, one.month + 1, None, None, 0) for one in changes])

    patch.setattr(register, "_close", later)


def does_not_know_that_a_month_is_paid(patch: pytest.MonkeyPatch) -> None:
    bad = BoundRule.bad.fget  # type: ignore[attr-defined]

    def but_one(rule: BoundRule) -> Any:
        return pl.lit(False) if rule.rule.code == "E505" else bad(rule)

    patch.setattr(BoundRule, "bad", property(but_one))


def keeps_what_a_refused_command_wrote(patch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def writing(books: Books, *units: str, dry_run: bool = False) -> Iterator[Tx]:
        connection = books._begin(write=True, units=tuple(sorted(set(units))))
        try:
            yield Tx(connection, frozenset(units))
        except GjjError:
            connection.commit()
            raise
        else:
            connection.commit()
        finally:
            connection.close()

    patch.setattr(Books, "writing", writing)


@pytest.mark.parametrize(
    "mistake",
    [
        rounds_down,
        pays_through_the_month_after,
        posts_a_fen_more,
        seals_a_month_late,
        does_not_know_that_a_month_is_paid,
        keeps_what_a_refused_command_wrote,
    ],
)
def test_a_mistake_is_found_within_a_thousand_steps(
    mistake: Callable[[pytest.MonkeyPatch], None], under: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    with pytest.raises(AssertionError):
        run(under, 1_000, 20_250_101, shrink=False)
