"""The state machine: hypothesis chooses what is done next, the model and the program both do it, and must agree.

What the model refuses is tried too: the program must refuse it with the same code and leave every table as it was.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gjj_cli.errors import Forbidden, GjjError
from gjj_cli.flows.casework import Submitted
from gjj_cli.posting.plan import MonthRow as Shown
from gjj_cli.posting.plan import Outcome
from tests.machine import effects, program
from tests.machine.answers import BASE, CENTRAL, OPENING, PAYMENT, SEALING, TRANSFER, UNSEALING, Asked
from tests.machine.effects import Newcomer
from tests.machine.model import (
    APPROVED,
    NORMAL,
    SEALED,
    WAITING,
    Model,
    MonthRow,
    No,
    Plan,
    Row,
    Unit,
)

START, END = date(2025, 1, 6), date(2026, 6, 1)
NAMES = ("0500001", "0500002", "0500003")
BASES = (500_000, 381_250, 760_833, 100_000, 100, 0)  # 1.00 元 rounds to nothing; 0.00 is E701
RATES = ((500, 500), (1200, 1200), (500, 700))
T = TypeVar("T")

few = st.integers(0, 7)
several = st.integers(1, 2)
near = st.sampled_from(
    (None, 0, 1, 0, None, -1, 0, 2, None, -3)
)  # an effective month: empty, or so far from 应汇缴年月


@dataclass(frozen=True)
class Answer:
    """What the program did, and what the model expected of it."""

    done: Any
    expected: Any


class Machine(RuleBasedStateMachine):
    """`under` is the program it drives. `steps` counts what was asked of it, by all examples, `tally` what came of that:
    what was done, and the codes of what was refused."""

    under: ClassVar[program.Program]
    steps: ClassVar[int]
    tally: ClassVar[Counter[str]]

    @classmethod
    def begin(cls) -> None:
        cls.steps, cls.tally = 0, Counter()

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(START)
        self.sound = True
        self.serials = count(1)
        self.refs = count(1)
        self.under.start_again()
        self.before = self.under.read()

    # Doing a thing twice: in the model and for real

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

    def teardown(self) -> None:
        """At the end of an example everything is computed again by the program itself, and previewed."""
        if self.sound:
            self.under.verify()
            for name in self.model.units:
                self.preview_of(name, self.model.month)

    # Choosing

    def unit(self, n: int) -> str:
        return sorted(self.model.units)[n % len(self.model.units)]

    def someone(self, unit: str, n: int, *wanted: str) -> str:
        """An account of the unit, mostly one in the wanted state."""
        people = self.model.units[unit].people
        fitting = [who for who, stay in people.items() if stay.status in wanted and not stay.leaving]
        chosen = fitting if fitting and n % 8 else list(people)
        return chosen[n % len(chosen)] if chosen else "0990000000"

    def away(self, unit: str, near: int | None) -> int | None:
        return None if near is None else self.model.units[unit].due + near

    # Steps

    @rule(days=st.sampled_from((31, 1, 10, 31)))
    def time_passes(self, days: int) -> None:
        """Not a step: nothing is asked of the program."""
        self.model.today = min(self.model.today + timedelta(days), END)

    @initialize(paid=st.integers(0, 3), people=st.integers(1, 4), kind=few)
    def first_units(self, paid: int, people: int, kind: int) -> None:
        self.import_unit(paid, people, kind, 20)
        self.import_unit((paid + 1) % 4, people, kind + 1, kind)

    @rule(paid=st.integers(0, 3), people=st.integers(0, 4), kind=few, suspense=few)
    @precondition(lambda self: len(self.model.units) < len(NAMES))
    def import_unit(self, paid: int, people: int, kind: int, suspense: int) -> None:
        """建账 of a unit that has paid through three months ago, two, one, or never."""
        name = NAMES[len(self.model.units)]
        last = None if paid == 3 else self.model.month - 3 + paid
        of = Unit(*RATES[kind % 3], self.model.month - 5 if last is not None else self.model.month - 1, last, 0)
        newcomers = {f"{name[-3:]}{place:07d}": self.newcomer(of, place + kind) for place in range(people)}
        fen = 100_000 * suspense
        day = self.model.today
        done = self.step(
            "unit-import",
            lambda: effects.bring_in(self.model, name, of, newcomers, fen),
            lambda: self.under.bring_in(name, of, newcomers, fen, day),
        )
        assert done is not None
        assert done.done.refused is None
        again = self.step("again", lambda: None, lambda: self.under.bring_in(name, of, newcomers, fen, day), quiet=True)
        assert again is not None
        assert again.done.already

    def newcomer(self, of: Unit, kind: int) -> Newcomer:
        start = of.first + kind % 3
        paid = None if of.paid_through is None or kind % 5 == 4 else of.paid_through - kind % 2
        paid = paid if paid is not None and paid >= start else None
        return Newcomer(
            next(self.serials), BASES[kind % 5], start, kind % 4 == 3, paid, 12_345 * (kind % 3), 1_000 * (kind % 2)
        )

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

    @rule(n=few, base=few, near=near, many=several)
    def open_accounts(self, n: int, base: int, near: int | None, many: int) -> None:
        unit = self.unit(n)
        known = [who for who, _ in self.model.directory.values()]
        serials = [known[base % len(known)] if n == 7 and known else next(self.serials) for _ in range(many)]
        rows = [
            Row(serial=serial, base=BASES[(base + place) % 6], month=self.away(unit, near))
            for place, serial in enumerate(serials)
        ]
        self.submit(OPENING, unit, rows)

    @rule(n=few, who=few, base=few, near=near)
    def adjust_a_base(self, n: int, who: int, base: int, near: int | None) -> None:
        unit = self.unit(n)
        row = Row(self.someone(unit, who, NORMAL), base=BASES[base % 6], month=self.away(unit, near))
        self.submit(BASE, unit, [row])

    @rule(n=few, who=few, near=near, many=several, central=st.booleans())
    def seal(self, n: int, who: int, near: int | None, many: int, central: bool) -> None:
        unit = self.unit(n)
        wanted = (NORMAL, SEALED) if central else (NORMAL,)
        rows = [Row(self.someone(unit, who + place, *wanted), month=self.away(unit, near)) for place in range(many)]
        self.submit(CENTRAL if central else SEALING, unit, rows, yes=who % 4 > 0)

    @rule(n=few, who=few, near=near, base=few)
    def unseal(self, n: int, who: int, near: int | None, base: int) -> None:
        unit = self.unit(n)
        row = Row(self.someone(unit, who, SEALED), month=self.away(unit, near))
        row.base = BASES[base] if base < 6 else None
        self.submit(UNSEALING, unit, [row])

    @rule(n=few, who=few, near=near, other=few, base=few)
    def transfer(self, n: int, who: int, near: int | None, other: int, base: int) -> None:
        """From either side; `other` is the second unit, sometimes the same one or none that there is."""
        unit, second = self.unit(n), self.unit(n + 1 + other // 6)
        row = Row(None, base=BASES[base] if base < 4 else None)
        if other % 3 == 2:  # submitted by the unit that receives
            row.home, row.account = second, self.someone(second, who, SEALED)
        else:
            row.arrival, row.account = "0599999" if other == 7 else second, self.someone(unit, who, NORMAL, SEALED)
        row.month = self.away(second, near)
        self.submit(TRANSFER, unit, [row])

    @rule(n=few, who=few, start=st.integers(-4, 0), length=st.integers(-1, 2), total=few)
    def pay_arrears(self, n: int, who: int, start: int, length: int, total: int) -> None:
        """按月补缴, mostly of a month that is short."""
        unit = self.unit(n)
        of = self.model.units[unit]
        owing = [(who, month) for who, stay in of.people.items() if of.here(who) for month in of.short(stay)]
        if owing and who % 4:
            account, first = owing[(who + start) % len(owing)]
        else:
            account, first = self.someone(unit, who, NORMAL, SEALED), of.due + start
        row = Row(account, month=first, end=first + length if who % 4 == 0 else first + max(0, length - 1))
        if total == 0:
            row.total = 12_300
        elif total < 3 and row.end is not None and row.end >= first and of.here(account):
            asked = Asked(self.model, PAYMENT, unit, [row], 0)
            row.total = sum(sum(both) for both in asked.payments().values()) or None
        self.submit(PAYMENT, unit, [row])

    @rule(n=few, action=st.sampled_from(("approve", "approve", "approve", "withdraw", "reject", "own")))
    @precondition(lambda self: self.model.cases)
    def review(self, n: int, action: str) -> None:
        waiting = [number for number, case in self.model.cases.items() if case.state == WAITING]
        number = waiting[n % len(waiting)] if waiting and n else list(self.model.cases)[n * 5 % len(self.model.cases)]
        day = self.model.today
        if action == "own":
            if self.model.cases[number].state == WAITING:
                self.refused_to_the_submitter(number, day)
            return
        self.move(number, action)

    def move(self, number: str, action: str) -> None:
        day = self.model.today
        self.step(action, lambda: effects.act(self.model, number, action), lambda: self.under.act(number, action, day))

    def refused_to_the_submitter(self, number: str, day: date) -> None:
        type(self).steps += 1
        try:
            self.under.approve_own(number, day)
        except Forbidden:
            assert self.under.read() == self.before
        else:
            raise AssertionError(f"{number} was approved by who submitted it")

    @rule(many=st.integers(1, 3))
    @precondition(lambda self: any(case.state in (WAITING, APPROVED) for case in self.model.cases.values()))
    def carry_on(self, many: int) -> None:
        """The oldest open cases, approved and finished: what the office does most of the day."""
        numbers = [number for number, case in self.model.cases.items() if case.state in (WAITING, APPROVED)][:many]
        for number in numbers:
            if self.model.cases[number].state == WAITING:
                self.move(number, "approve")
            self.finish_case(number)

    @rule(n=few)
    @precondition(lambda self: any(case.state == APPROVED for case in self.model.cases.values()))
    def finish(self, n: int) -> None:
        approved = [number for number, case in self.model.cases.items() if case.state == APPROVED]
        self.finish_case(approved[n % len(approved)])

    @rule(n=st.integers(0, 30))
    @precondition(lambda self: self.model.cases)
    def finish_any(self, n: int) -> None:
        self.finish_case(list(self.model.cases)[n % len(self.model.cases)])

    def finish_case(self, number: str) -> None:
        day, done = self.model.today, self.model.cases[number].state == "已办结"
        answer = self.step(
            "again" if done else "finish",
            lambda: effects.finish(self.model, number),
            lambda: self.under.finish(number, day),
            quiet=done,
        )
        if answer is not None:
            assert answer.done.again is not answer.expected

    @rule(n=few, kind=few, again=few)
    def receive(self, n: int, kind: int, again: int) -> None:
        """Money for some months, or nobody's; `again` is a 流水号 that is known, with the same or another sum."""
        if again == 0 and self.model.receipts:
            ref = list(self.model.receipts)[n % len(self.model.receipts)]
            known, _, unit = self.model.receipts[ref]
            self.receive_line(ref, known + kind % 2, unit)
            return
        unit = None if kind == 7 else self.unit(n)
        due = [] if unit is None else self.model.rows(unit, self.model.units[unit].due + kind % 3)
        self.receive_line(f"R{next(self.refs)}", 1 + 10_000 * again + sum(row.amount for row in due), unit)

    def receive_line(self, ref: str, amount: int, unit: str | None) -> None:
        day, same = self.model.today, ref in self.model.receipts
        answer = self.step(
            "again" if same else "receive",
            lambda: effects.receive(self.model, ref, amount, unit),
            lambda: self.under.receive(ref, amount, unit, day),
            quiet=same,
        )
        assert answer is None or answer.done.already is same

    @rule(n=few, ahead=st.integers(-1, 2))
    def remit(self, n: int, ahead: int) -> None:
        """One unit, all months asked for or none, with what money there is."""
        unit = self.unit(n)
        self.remit_through(unit, self.model.units[unit].due + ahead)

    @rule(n=few, many=st.integers(0, 2), kind=few)
    def pay_up(self, n: int, many: int, kind: int) -> None:
        """What is missing for some months comes in, once in a while a 分 less, and the months are paid."""
        unit = self.unit(n)
        through = min(self.model.units[unit].due + many, self.model.month)
        missing = self.model.plan(unit, through, whole=True).short - (kind == 7)
        if missing > 0:
            self.receive_line(f"R{next(self.refs)}", missing, unit)
        self.remit_through(unit, through)

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

    @rule(back=st.integers(0, 2))
    def month_end(self, back: int) -> None:
        """--all: every unit pays the longest run of months that it can."""
        through, day = self.model.month - back, self.model.today
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

    @rule(n=few, ahead=st.integers(0, 2))
    def preview(self, n: int, ahead: int) -> None:
        unit = self.unit(n)
        self.preview_of(unit, self.model.units[unit].due + ahead)

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
