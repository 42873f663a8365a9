"""Many processes at the same door, let in at the same moment."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.warm import Child, Warm


def race(
    warm: Warm,
    command: Sequence[str],
    folder: Path,
    runners: int,
    *,
    env: dict[str, str],
    sabotage: str = "",
    program: str = "",
) -> list[Child]:
    """So many runs of one command, all standing at their first write before any goes on; ended, in no order."""
    started = [
        warm.start(command, folder / str(number), held=True, env=env, sabotage=sabotage, program=program)
        for number in range(runners)
    ]
    for child in started:
        child.go()
    for child in started:
        child.wait()
    return started


def post_one_key() -> None:
    """A program of its own: `URL KEY` posts one receipt of 1.00 元 under a post key, and says `posted` or `already`.

    Nothing of a command is before it that could notice the other racers: what is raced for is the key alone.
    """
    from datetime import date

    from gjj_cli.ledger import chart
    from gjj_cli.ledger import voucher as ledger
    from gjj_cli.ledger.voucher import Head
    from gjj_cli.store.engine import Books
    from gjj_cli.store.ledger import PostKey, post

    url, unit, key = sys.argv[1:]
    head = Head(unit, date(2025, 5, 14), "receipt", f"到账 {key}", "admin", "05")
    books = Books.open(url, wait=60)
    vouchers = [ledger.receipt(head, 100, chart.SUSPENSE)]
    posted = books.write(lambda tx: post(tx, vouchers, PostKey("race", key), key.encode()), unit)
    books.close()
    os.write(1, b"already" if posted.already else b"posted")
