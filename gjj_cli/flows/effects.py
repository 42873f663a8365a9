"""A case taking effect: its judged rows become changes of the register and, where money moves, vouchers.

What changes and moves is the business's declaration; here is each verb of that declaration, once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gjj_cli.business.checked import Checked
from gjj_cli.business.spec import Business
from gjj_cli.ledger.voucher import Head, Parts, transfer_pair
from gjj_cli.posting import arrears
from gjj_cli.posting.changes import changes
from gjj_cli.posting.register import Register
from gjj_cli.rules.policy import Pack
from gjj_cli.store import events, payments, register
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import EntryRef, PostKey, post
from gjj_cli.store.payments import PersonMonth
from gjj_cli.store.register import Cause

SEALED = "封存"
_PERSON = ("name", "doc_type", "id_number", "mobile", "sex", "phone", "marital", "education", "occupation",
           "professional_title", "job_title", "address", "postcode")  # fmt: skip


@dataclass(frozen=True)
class Effect:
    """What a case needs to take effect, in the transaction that holds its units."""

    tx: Tx
    case_no: str
    business: Business
    checked: Checked
    register: Register
    pack: Pack
    as_of: date
    teller: str

    @property
    def unit(self) -> str:
        if self.checked.unit is None:
            raise ValueError("a case has a unit")
        return self.checked.unit

    @property
    def frame(self) -> pl.DataFrame:
        if self.checked.frame is None:
            raise ValueError("a case has rows")
        return self.checked.frame

    @property
    def org(self) -> str:
        return self.org_of(self.unit)

    def org_of(self, unit: str) -> str:
        return str(self.register.units.filter(pl.col("unit") == unit)["org"][0])

    def head(self, unit: str, memo: str) -> Head:
        return Head(unit, self.as_of, self.business.slug, memo, self.teller, self.org_of(unit), self.case_no)


def planned(effect: Effect) -> pl.DataFrame:
    """The rows' before and after (see `posting.changes`), or of a 补缴 its person-months; nothing is written.

    A person who is sealed already stays so (集中封存 of a 封存 account): no row.
    """
    if not effect.business.changes:
        return _person_months(effect)
    frame = effect.frame
    if effect.business.changes[0].what == "close":
        frame = frame.filter(pl.col("book.status") != SEALED)
    return changes(frame, effect.business.changes[0], effect.register, effect.pack)


def take(effect: Effect) -> tuple[EntryRef, ...]:
    """Write what the case changes and moves, and its rows of 单位明细; returns the vouchers of its own unit first."""
    plan = planned(effect)
    refs: tuple[EntryRef, ...] = ()
    for change in effect.business.changes if plan.height else ():  # nobody changes: all were 封存 already
        _CHANGES[change.what](effect, plan)
    for move in effect.business.moves:
        refs += _MOVES[move.what](effect, plan)
    if not effect.business.moves:
        _event(effect, effect.unit, effect.business.memo.format(n=plan.height), plan.height)
    return refs


def _event(
    effect: Effect, unit: str, memo: str, heads: int, amount_fen: int = 0, entry: EntryRef | None = None
) -> None:
    happened = events.UnitEvent(
        effect.as_of,
        effect.business.short,
        memo,
        heads,
        amount_fen,
        case_no=effect.case_no,
        entry_no=entry.entry_no if entry else None,
    )
    events.add_unit_event(effect.tx, unit, happened)


def _cause(effect: Effect) -> Cause:
    return Cause(effect.case_no, effect.as_of, effect.business.change_type)


def _changes(plan: pl.DataFrame) -> list[register.Change]:
    columns = ("employee", "month", "before_base_fen", "after_base_fen", "delta_fen")
    return [register.Change(*row) for row in plan.select(columns).rows()]


def _open(effect: Effect, plan: pl.DataFrame) -> None:
    """New accounts in the order of the rows; each gets its 个人账号 here, at finish, and never before."""
    accounts = register.take_accounts(effect.tx, effect.org, plan.height)
    people = effect.frame.to_dicts()
    openings = [
        register.Opening(account, _person(told), row["after_base_fen"], row["month"], row["delta_fen"])
        for account, told, row in zip(accounts, people, plan.to_dicts(), strict=True)
    ]
    register.open_accounts(effect.tx, effect.unit, _cause(effect), openings)


def _person(told: dict[str, Any]) -> register.Person:
    return register.Person(
        **{name: told[name] for name in _PERSON},
        birth=told["birth"].isoformat() if told["birth"] else None,
        family_income_fen=told["family_income"],
    )


def _base(effect: Effect, plan: pl.DataFrame) -> None:
    register.change_bases(effect.tx, effect.unit, _cause(effect), _changes(plan))


def _close(effect: Effect, plan: pl.DataFrame) -> None:
    register.seal(effect.tx, effect.unit, _cause(effect), _changes(plan))


def _reopen(effect: Effect, plan: pl.DataFrame) -> None:
    register.unseal(effect.tx, effect.unit, _cause(effect), _changes(plan))


def _transfer(effect: Effect, plan: pl.DataFrame) -> None:
    for home, arrival, part in _pairs(effect, plan):
        register.move(effect.tx, home, arrival, _cause(effect), _changes(part))


def _pairs(effect: Effect, plan: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    """The plan by (转出单位, 转入单位), in order."""
    routes = effect.frame.select("row", home="from_unit.effective", arrival="to_unit.effective")
    routed = plan.join(routes, on="row", how="left", maintain_order="left")
    parts = routed.partition_by("home", "arrival", as_dict=True, maintain_order=True)
    return [(str(home), str(arrival), part) for (home, arrival), part in sorted(parts.items())]


def _balance(effect: Effect, plan: pl.DataFrame) -> tuple[EntryRef, ...]:
    """Both parts of each account through 21903, a pair of vouchers for each two units, in one post."""
    refs: tuple[EntryRef, ...] = ()
    for number, (home, arrival, part) in enumerate(_pairs(effect, plan), 1):
        leaving = effect.register.employees.filter(
            (pl.col("unit") == home) & pl.col("employee").is_in(part["employee"].to_list())
        ).select("employee", "cur_fen", "prior_fen")
        parts = [Parts(*row) for row in leaving.rows()]
        total = sum(one.cur_fen + one.prior_fen for one in parts)
        entries: tuple[EntryRef, ...] = ()
        out_memo, in_memo = f"转出{part.height}人", f"转入{part.height}人"
        if total:
            transfer_id = f"{effect.case_no}-{number}"
            pair = transfer_pair(effect.head(home, out_memo), effect.head(arrival, in_memo), parts, transfer_id)
            entries = post(effect.tx, pair, PostKey("case", transfer_id), transfer_id.encode()).entries
        _event(effect, home, out_memo, part.height, -total, entries[0] if entries else None)
        _event(effect, arrival, in_memo, part.height, total, entries[1] if entries else None)
        refs += entries
    return tuple(sorted(refs, key=lambda ref: ref.unit != effect.unit))


def _person_months(effect: Effect) -> pl.DataFrame:
    """What a 按月补缴 pays: frame(row, employee, month, unit_fen, personal_fen), `row` counting from 0."""
    own = pl.col("unit") == effect.unit
    short = effect.register.short(effect.pack).filter(own)
    asked = effect.frame.select("start_month", "end_month", employee="book.account")
    return arrears.payments(asked, short)


def _payment(effect: Effect, plan: pl.DataFrame) -> tuple[EntryRef, ...]:
    people = plan.select("employee", "month", "unit_fen", "personal_fen").sort("employee", "month")
    rows = [PersonMonth(*row) for row in people.rows()]
    heads = people["employee"].n_unique()
    memo = effect.business.memo.format(n=heads)
    key = PostKey("case", effect.case_no)
    posted = payments.pay(effect.tx, effect.head(effect.unit, f"{effect.business.short} {memo}"), key, rows)
    total = sum(row.unit_fen + row.personal_fen for row in rows)
    _event(effect, effect.unit, memo, heads, total, posted.entries[0])
    return posted.entries


_CHANGES: dict[str, Callable[[Effect, pl.DataFrame], None]] = {
    "open": _open,
    "base": _base,
    "close": _close,
    "reopen": _reopen,
    "transfer": _transfer,
}
_MOVES: dict[str, Callable[[Effect, pl.DataFrame], tuple[EntryRef, ...]]] = {
    "payment": _payment,
    "balance": _balance,
}
