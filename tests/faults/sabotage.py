"""What the tests break in the program on purpose, in one run of theirs, to see that they would notice.

Each function changes the program of the process it is called in; a name that is no longer there raises.
"""

import os
import resource
import signal
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, event

from gjj_cli.flows import session
from gjj_cli.store import ledger, payments
from gjj_cli.store.engine import Books, Tx
from gjj_cli.store.payments import PersonMonth


def synchronous_normal() -> None:
    """A commit is acknowledged before it is on the disk."""

    def relax(connection: Any) -> None:
        connection.connection.driver_connection.execute("PRAGMA synchronous=NORMAL")

    event.listen(Engine, "engine_connect", relax)


def split_transaction() -> None:
    """The vouchers of a month are committed before the register says that it is paid."""
    register = payments._register

    def split(tx: Tx, of_unit: str, rows: Sequence[PersonMonth], entry_no: int) -> None:
        tx.connection.commit()
        tx.connection.begin()
        register(tx, of_unit, rows, entry_no)

    payments._register = split


def no_post_key() -> None:
    """Whoever asks gets the key, and nobody notes it."""
    assert callable(ledger._take_key)

    def give(*_: object) -> bool:
        return True

    ledger._take_key = give


def at_the_door() -> None:
    """Stands still just before the first transaction that writes: what was planned has been planned."""
    write = Books.write

    def wait(self: Books, work: Callable[[Tx], Any], *units: str, dry_run: bool = False) -> Any:
        Books.write = write  # type: ignore[method-assign]
        os.kill(os.getpid(), signal.SIGSTOP)
        return self.write(work, *units, dry_run=dry_run)

    Books.write = wait  # type: ignore[method-assign]


def small_files() -> None:
    """No file of this process may grow beyond GJJ_TEST_LIMIT bytes."""
    limit = int(os.environ["GJJ_TEST_LIMIT"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def another_clock() -> None:
    """The wall clock says GJJ_TEST_NOW."""
    assert callable(session.now)
    session.now = lambda: os.environ["GJJ_TEST_NOW"]
