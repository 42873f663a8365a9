"""`gjj ledger export` and `show`: the journal read through, for other programs and for a reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gjj_cli import atomic
from gjj_cli import month as months
from gjj_cli.errors import Refused
from gjj_cli.exchange import form
from gjj_cli.exchange.beancount import Beancount
from gjj_cli.exchange.hledger import Hledger
from gjj_cli.flows import ledgers, session
from gjj_cli.ledger.entry import Entry
from gjj_cli.settings import Settings
from gjj_cli.store import audit, outgoing
from gjj_cli.store.engine import Tx
from gjj_cli.store.tables import CENTRE

FORMS: dict[str, form.Form] = {"beancount": Beancount(), "hledger": Hledger()}


@dataclass(frozen=True)
class Exported:
    """What was exported: the file (None: written to `out`) and the units."""

    path: Path | None
    units: tuple[str, ...]


def export(
    settings: Settings, name: str, unit: str | None, target: Path | None, out: Callable[[str], None]
) -> Exported:
    """Write the journal of one unit, or of all that this user may see, into a file or in pieces to `out`.

    Numbers of accounts go out, names and identities do not. A file is in the audit log, before it is written: nothing
    leaves the books without its line. Raises FileError for a file that is there already (unless --yes) or cannot be
    written.
    """
    if target is not None:
        atomic.must_be_free(target, overwrite=settings.assume_yes)
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            units = _units(tx, who, unit)
        if target is not None:
            place = CENTRE if unit is None else units[0]
            what = f"{len(units)} 个单位" if unit is None else units[0]
            act = audit.Act(session.now(), settings.as_of, who.name, "ledger export", f"{name}，{what}")
            books.write(lambda tx: audit.write(tx, place, act), place)
        with books.reading() as tx:
            pieces = form.written(FORMS[name], (_books(tx, one) for one in units))
            if target is None:
                for piece in pieces:
                    out(piece)
            else:
                atomic.write_pieces(target, _encoded(pieces), mode=0o600)
    return Exported(target, tuple(units))


def listed(settings: Settings, number: str | None, unit: str | None, month: str | None) -> tuple[str, list[Entry]]:
    """The unit and its vouchers: the one with that 凭证号, or those of a posting month, or all.

    Raises UsageError for a month that is none, Refused for a 凭证号 that is not there.
    """
    day = "" if month is None else months.show(ledgers.month_of(month))
    given = unit if unit is not None or number is None else _unit_of(number)
    with session.reading(settings) as (tx, who):
        name = CENTRE if given == CENTRE and who.sees_all else session.unit_for(tx, who, given)
        wanted = number if number is None or _unit_of(number) is not None else f"{name}-{number}"
        found = [
            entry
            for entry in outgoing.entries(tx, name)
            if entry.date.startswith(day) and wanted in (None, entry.number)
        ]
    if number is not None and not found:
        raise Refused(f"没有凭证 {number}", remedies=(f"可以：看有哪些：gjj ledger show --unit {name}",))
    return name, found


def _unit_of(number: str) -> str | None:
    """The unit a whole 凭证号 begins with; its tail `2507-记012` names none."""
    parts = number.rsplit("-", 2)
    return parts[0] if len(parts) == 3 else None


def _units(tx: Tx, who: session.Actor, unit: str | None) -> list[str]:
    """A 经办人 has the own units; administrator and reviewers have them all, with ~centre, where money is unassigned."""
    if unit is not None:
        return [session.unit_for(tx, who, unit)]
    return [name for name in outgoing.every_unit(tx) if who.may_see(name)]


def _books(tx: Tx, unit: str) -> form.UnitBooks:
    return form.UnitBooks(unit, outgoing.entries(tx, unit), outgoing.balances(tx, unit))


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    return (piece.encode("utf-8", "replace") for piece in pieces)
