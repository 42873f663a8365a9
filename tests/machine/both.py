"""The program and the model side by side: each thing is done by both, and afterwards they must agree.

What the model refuses is tried too: the program must refuse it with the same code and leave every table as it was.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any, ClassVar, TypeVar

from gjj_cli.errors import Forbidden, GjjError
from gjj_cli.flows.casework import Submitted
from gjj_cli.posting.plan import MonthRow as Shown
from gjj_cli.posting.plan import Outcome
from tests.machine import effects, program, reversals
from tests.machine.answers import REVERSAL
from tests.machine.model import Model
from tests.machine.parts import DONE, MonthRow, No, Plan, Row

START = date(2025, 1, 6)
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What the program did, and what the model expected of it."""

    done: Any
    expected: Any


class Both:
    """`under` is the program. `steps` counts what was asked of it, by all examples, `tally` what came of that: what was
    done, and the codes of what was refused."""

    under: ClassVar[program.Program]
    steps: ClassVar[int]
    tally: ClassVar[Counter[str]]

    @classmethod
    def begin(cls) -> None:
        cls.steps, cls.tally = 0, Counter()

    def start(self) -> None:
        """Books with nothing in them."""
        self.model = Model(START)
        self.sound = True
        self.serials = count(1)
        self.refs = count(1)
        self.under.start_again()
        self.before = self.under.read()

    def step(self, what: str, imagine: Callable[[], T], do: Callable[[], Any], *, quiet: bool = False) -> Answer | None:
        """One step. None when both refuse it. `quiet`: nothing may change although nothing is refused."""
        self.sound = False
        type(self).steps += 1
        try:
            expected, refusal = imagine(), None
        except No as no:
            expected, refusal = None, no  # the model refuses before it changes
        try:
            done, error = do(), None
        except GjjError as no:
            done, error = None, no
        after = self.under.read()
        if refusal is not None or error is not None:
            assert error is not None, f"done, but the model says {refusal!r}"
            assert refusal is not None, f"refused: {error.what} {error.facts}"
            assert error.code == refusal.code, f"{error.code} {error.what}, but the model says {refusal.code}"
        if refusal is not None or quiet:
            assert after == self.before, "something has changed"
        else:
            self.compare(after)
        self.before = after
        self.sound = True
        self.tally[what if refusal is None else refusal.code or "refused"] += 1
        return None if refusal is not None else Answer(done, expected)

    def compare(self, tables: program.Tables) -> None:
        """Everything the books hold is what the model holds; named is the first thing that is not."""
        holds, should = program.told(tables), self.model.told()
        for what, wanted in should.items():
            found = holds[what]
            assert isinstance(wanted, dict)
            assert isinstance(found, dict)
            for key in sorted({*wanted, *found}, key=str):
                assert found.get(key) == wanted.get(key), f"{what} {key}"
        program.identities(tables)

    def end(self) -> None:
        """The program computes everything again, and previews the next month of every unit."""
        if self.sound:
            self.under.verify()
            for name in self.model.units:
                self.preview_of(name, self.model.month)

    # What is done with more than one call

    def submit(self, business: str, unit: str, rows: Sequence[Row], *, yes: bool = True) -> None:
        day = self.model.today
        answer = self.step(
            business,
            lambda: effects.submit(self.model, business, unit, rows, yes=yes),
            lambda: self.under.submit(business, unit, rows, day, yes=yes),
        )
        if answer is None:
            return
        done: Submitted = answer.done
        if isinstance(answer.expected, set):
            errors = {one.code for one in done.checked.judged.findings if one.severity.value == "error"}
            self.tally[business] -= 1
            self.tally.update(answer.expected)
            assert done.case is None
            assert errors == answer.expected, f"{sorted(errors)}, but the model says {sorted(answer.expected)}"
            return
        assert done.case is not None, [f"{one.code} {one.message}" for one in done.checked.judged.findings]
        assert done.case.case_no == answer.expected

    def move(self, number: str, action: str) -> None:
        day = self.model.today
        case = self.model.cases[number]
        reversal = case.business == REVERSAL
        again = reversal and action == "approve" and case.state == DONE
        self.step(
            "again" if again else f"{action}-reversal" if reversal else action,
            lambda: None if again else effects.act(self.model, number, action),
            lambda: self.under.act(number, action, day, reversal=reversal),
            quiet=again,
        )

    def reverse_what(self, target: str) -> None:
        """A 红字冲销 is asked for; asked for again, or done, it answers with its case."""
        day, known = self.model.today, reversals.known(self.model, target)
        answer = self.step(
            "reverse" if known is None else "again",
            lambda: known or reversals.ask(self.model, target),
            lambda: self.under.reverse(target, day),
            quiet=known is not None,
        )
        if answer is not None:
            assert (answer.done.case.case_no, answer.done.known) == (answer.expected, known is not None)

    def refused_to_the_submitter(self, number: str, day: date) -> None:
        type(self).steps += 1
        try:
            self.under.approve_own(number, day)
        except Forbidden:
            assert self.under.read() == self.before
        else:
            raise AssertionError(f"{number} was approved by who submitted it")

    def finish_case(self, number: str) -> None:
        day, case = self.model.today, self.model.cases[number]
        done = case.state == DONE
        answer = self.step(
            "again" if done else "finish",
            lambda: effects.finish(self.model, number),
            lambda: self.under.finish(number, day, reversal=case.business == REVERSAL),
            quiet=done,
        )
        if answer is not None:
            assert answer.done.again is not answer.expected

    def receive_line(self, ref: str, amount: int, unit: str | None) -> None:
        day, same = self.model.today, ref in self.model.receipts and self.model.receipts[ref][3]
        answer = self.step(
            "again" if same else "receive",
            lambda: effects.receive(self.model, ref, amount, unit),
            lambda: self.under.receive(ref, amount, unit, day),
            quiet=same,
        )
        assert answer is None or answer.done.already is same

    def remit_through(self, unit: str, through: int) -> None:
        day = self.model.today
        plan = self.model.plan(unit, through, whole=True)

        def imagine() -> Outcome:
            if through > self.model.month:
                raise No("E502")
            if plan.outcome == "refused" or (plan.outcome == "skipped" and plan.rows):
                raise No(plan.code)
            return self.carry_out(unit, plan)

        answer = self.step(
            "remit" if plan.paying else "again",
            imagine,
            lambda: self.under.remit(unit, through, day),
            quiet=not plan.paying,
        )
        if answer is not None:
            assert [facts(one) for one in answer.done.outcomes] == [facts(answer.expected)]

    def carry_out(self, unit: str, plan: Plan) -> Outcome:
        """The outcome of a unit, after what is paid has been paid."""
        number = self.model.remit(unit, plan) if plan.paying else None
        rows = plan.rows[: plan.paying] or plan.rows
        return Outcome(
            unit,
            plan.outcome,
            tuple(row.month for row in rows),
            rows[-1].heads if rows else 0,
            sum(row.amount for row in rows),
            plan.code,
            plan.short or None,
            None,
            number,
        )

    def remit_all(self, through: int) -> None:
        """--all: every unit pays the longest run of months that it can."""
        day = self.model.today
        plans = {unit: self.model.plan(unit, through, whole=False) for unit in sorted(self.model.units)}
        quiet = all(plan.outcome in ("already-posted", "skipped") for plan in plans.values())
        answer = self.step(
            "again" if quiet else "month-end",
            lambda: [self.carry_out(unit, plan) for unit, plan in plans.items()],
            lambda: self.under.month_end(through, day),
            quiet=quiet,
        )
        assert answer is not None
        assert [facts(one) for one in answer.done.outcomes] == [facts(one) for one in answer.expected]

    def preview_of(self, unit: str, through: int) -> None:
        """The screen of 汇缴: its rows are the model's, and 上月 + 增 - 减 = 本月 in heads and money."""
        through = min(through, self.model.month)
        plan, day = self.model.plan(unit, through, whole=True), self.model.today
        answer = self.step("preview", lambda: plan, lambda: self.under.preview(unit, through, day), quiet=True)
        assert answer is not None
        shown = [of_screen(row) for row in answer.done.plan.rows]
        assert (answer.done.plan.outcome, shown) == (plan.outcome, list(plan.rows))
        before = self.model.units[unit].previous()
        heads, amount = len(before), sum(before.values())
        for row in shown:
            heads, amount = heads + row.added_heads - row.removed_heads, amount + row.added - row.removed
            assert (heads, amount) == (row.heads, row.amount)


def facts(one: Outcome) -> tuple[object, ...]:
    """An outcome without its words."""
    return (one.unit, one.outcome, one.months, one.heads, one.total_fen, one.code, one.short_fen, one.case_no)


def of_screen(row: Shown) -> MonthRow:
    return MonthRow(
        row.month,
        row.heads,
        row.amount_fen,
        row.unit_fen,
        row.personal_fen,
        row.added_heads,
        row.added_fen,
        row.removed_heads,
        row.removed_fen,
    )
