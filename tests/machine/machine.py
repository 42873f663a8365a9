"""The state machine: hypothesis chooses what is done next, and `Both` does it."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.machine import effects
from tests.machine.answers import BASE, CENTRAL, OPENING, PAYMENT, REMITTANCE, SEALING, TRANSFER, UNSEALING, Asked
from tests.machine.both import Both
from tests.machine.effects import Newcomer
from tests.machine.parts import APPROVED, NORMAL, OPEN, SEALED, SECOND, WAITING, Row, Unit

END = date(2026, 6, 1)
NAMES = ("0500001", "0500002", "0500003")
BASES = (500_000, 381_250, 760_833, 100_000, 100, 0)  # 1.00 元 rounds to nothing; 0.00 is E701
RATES = ((500, 500), (1200, 1200), (500, 700))
NEAR = (None, 0, 1, 0, None, -1, 0, 2, None, -3)  # an effective month: empty, or so far from 应汇缴年月

# One rule with weights, because hypothesis leaves out rules at random, and a book in which nothing is approved, or no
# money comes in, soon has nothing left to do but refusals.
WEIGHTS = {
    "pay_up": 7,
    "reverse": 5,
    "open_accounts": 3,
    "adjust_a_base": 3,
    "seal": 4,
    "unseal": 4,
    "transfer": 4,
    "pay_arrears": 5,
    "carry_on": 8,
    "review": 4,
    "finish_any": 2,
    "receive": 4,
    "remit": 3,
    "month_end": 5,
    "preview": 2,
    "time_passes": 6,
    "import_unit": 1,
}
few = st.integers(0, 7)


class Machine(Both, RuleBasedStateMachine):
    """Every action takes the same small numbers and makes of them what it can, mostly something that is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.start()

    def teardown(self) -> None:
        self.end()

    @initialize(n=few, who=few, kind=few)
    def first_units(self, n: int, who: int, kind: int) -> None:
        self.import_unit(n, 1 + who % 4, kind, 20, None)
        self.import_unit(n + 1, 1 + who // 2, kind + 1, kind, None)

    @rule(
        what=st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)]),
        n=few,
        who=few,
        kind=few,
        many=few,
        near=st.sampled_from(NEAR),
    )
    def does(self, what: str, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        getattr(self, what)(n, who, kind, many, near)

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

    # What may be done

    def time_passes(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """Not a step: nothing is asked of the program."""
        self.model.today = min(self.model.today + timedelta((31, 1, 10, 31)[kind % 4]), END)

    def import_unit(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """建账 of a unit that has paid through three months ago, two, one, or never; and the same once more."""
        if len(self.model.units) == len(NAMES):
            return
        name, day = NAMES[len(self.model.units)], self.model.today
        last = None if n % 4 == 3 else self.model.month - 3 + n % 4
        of = Unit(*RATES[kind % 3], self.model.month - (1 if last is None else 5), last, 0, brought=last)
        people = {f"{name[-3:]}{place:07d}": self.newcomer(of, place + kind) for place in range(who)}
        fen = 100_000 * many
        done = self.step(
            "unit-import",
            lambda: effects.bring_in(self.model, name, of, people, fen),
            lambda: self.under.bring_in(name, of, people, fen, day),
        )
        assert done is not None
        assert done.done.refused is None
        again = self.step("again", lambda: None, lambda: self.under.bring_in(name, of, people, fen, day), quiet=True)
        assert again is not None
        assert again.done.already

    def newcomer(self, of: Unit, kind: int) -> Newcomer:
        start = of.first + kind % 3
        paid = None if of.paid_through is None or kind % 5 == 4 else of.paid_through - kind % 2
        paid = paid if paid is not None and paid >= start else None
        money = 12_345 * (kind % 3), 1_000 * (kind % 2)
        return Newcomer(next(self.serials), BASES[kind % 5], start, kind % 4 == 3, paid, *money)

    def open_accounts(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """One person or two, once in a while somebody who has an account."""
        unit = self.unit(n)
        known = [person for person, _ in self.model.directory.values()]
        serials = [known[kind % len(known)] if who == 7 and known else next(self.serials) for _ in range(1 + many % 2)]
        rows = [
            Row(serial=serial, base=BASES[(kind + place) % 6], month=self.away(unit, near))
            for place, serial in enumerate(serials)
        ]
        self.submit(OPENING, unit, rows)

    def adjust_a_base(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        unit = self.unit(n)
        row = Row(self.someone(unit, who, NORMAL), base=BASES[kind % 6], month=self.away(unit, near))
        self.submit(BASE, unit, [row])

    def seal(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """封存 or 集中封存 of one person or two, mostly with --yes."""
        unit, central = self.unit(n), kind % 3 == 0
        wanted = (NORMAL, SEALED) if central else (NORMAL,)
        places = range(2 if many == 7 else 1)
        rows = [Row(self.someone(unit, who + place, *wanted), month=self.away(unit, near)) for place in places]
        self.submit(CENTRAL if central else SEALING, unit, rows, yes=kind < 6)

    def unseal(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        unit = self.unit(n)
        row = Row(self.someone(unit, who, SEALED), month=self.away(unit, near))
        row.base = BASES[kind] if kind < 6 else None
        self.submit(UNSEALING, unit, [row])

    def transfer(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """From either side, between two units, once in a while inside one or to one that there is not."""
        unit, second = self.unit(n), self.unit(n + 1 + kind // 7)
        row = Row(base=BASES[many] if many < 4 else None)
        if kind % 3 == 2:  # submitted by the unit that receives
            row.home, row.account = second, self.someone(second, who, SEALED)
        else:
            row.arrival, row.account = "0599999" if kind == 6 else second, self.someone(unit, who, NORMAL, SEALED)
        row.month = self.away(second, near)
        self.submit(TRANSFER, unit, [row])

    def pay_arrears(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """按月补缴 of months that are short, once in a while of others, with the right total, a wrong one or none."""
        unit = self.unit(n)
        of = self.model.units[unit]
        owing = [(one, month) for one, stay in of.people.items() if of.here(one) for month in of.short(stay)]
        if owing and kind:
            account, first = owing[who * 3 % len(owing)]
            row = Row(account, month=first, end=first + many // 4)
        else:
            first = of.due - 3 + who % 5
            row = Row(self.someone(unit, who, NORMAL, SEALED), month=first, end=first + many // 2 - 1)
        if many == 5:
            row.total = 12_300
        elif many == 3 and of.here(row.account or ""):
            owed = Asked(self.model, PAYMENT, unit, [row], 0).payments()
            row.total = sum(sum(both) for both in owed.values()) or None
        self.submit(PAYMENT, unit, [row])

    def review(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """Something is done to a case, mostly one that waits, and once in a while by who submitted it."""
        cases = self.model.cases
        waiting = [number for number, case in cases.items() if case.state in (WAITING, SECOND)]
        chosen = waiting if waiting and many else list(cases)
        if not chosen:
            return
        number = chosen[who % len(chosen)]
        action = ("approve", "approve", "withdraw", "reject")[kind % 4]
        if kind == 5 and cases[number].state == WAITING:
            self.refused_to_the_submitter(number, self.model.today)
        else:
            self.move(number, action)

    def carry_on(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """The oldest open cases, approved and finished: what the office does most of the day."""
        open_ones = [number for number, case in self.model.cases.items() if case.state in OPEN]
        for number in open_ones[: 1 + kind // 3]:
            if self.model.cases[number].state in (WAITING, SECOND):
                self.move(number, "approve")
            if self.model.cases[number].state == APPROVED:
                self.finish_case(number)

    def finish_any(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        if self.model.cases:
            self.finish_case(list(self.model.cases)[(8 * n + who) % len(self.model.cases)])

    def receive(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """Money for some months, or nobody's, or a 流水号 that is known, with the same or another sum."""
        if many == 0 and self.model.receipts:
            ref = list(self.model.receipts)[who % len(self.model.receipts)]
            known, _, unit, _ = self.model.receipts[ref]
            self.receive_line(ref, known + kind % 2, unit)
            return
        of_unit = None if kind == 7 else self.unit(n)
        due = [] if of_unit is None else self.model.rows(of_unit, self.model.units[of_unit].due + kind % 3)
        self.receive_line(f"R{next(self.refs)}", 1 + 10_000 * many + sum(row.amount for row in due), of_unit)

    def remit(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """One unit, all months asked for or none, with what money there is."""
        unit = self.unit(n)
        self.remit_through(unit, self.model.units[unit].due - 1 + kind % 4)

    def pay_up(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """What is missing for some months comes in, once in a while a 分 less, and the months are paid."""
        unit = self.unit(n)
        through = min(self.model.units[unit].due + many % 3, self.model.month)
        missing = self.model.plan(unit, through, whole=True).short - (kind == 7)
        if missing > 0:
            self.receive_line(f"R{next(self.refs)}", missing, unit)
        self.remit_through(unit, through)

    def month_end(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        self.remit_all(self.model.month - kind % 3)

    def preview(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        unit = self.unit(n)
        self.preview_of(unit, self.model.units[unit].due + kind % 3)

    def reverse(self, n: int, who: int, kind: int, many: int, near: int | None) -> None:
        """红字冲销 of a payment, a transfer or a receipt, mostly of what came last; of other cases too."""
        model = self.model
        paying = [number for number, case in model.cases.items() if case.business in (REMITTANCE, PAYMENT, TRANSFER)]
        refs = [ref for ref, (*_, stands) in model.receipts.items() if stands or many == 0]
        chosen = refs if kind == 0 else paying if kind < 7 else list(model.cases)
        if chosen:
            self.reverse_what(chosen[-1 - (0 if many < 4 else who) % len(chosen)])
