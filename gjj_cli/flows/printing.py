"""Printing around a command that posts: looked at before anything is posted, done after, never undoing it."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from gjj_cli import terminal
from gjj_cli.settings import Settings


def before(settings: Settings, *, wanted: bool, units: Sequence[str] | None = None) -> None:
    """Fonts, key and every name of the units, before anything is posted. Raises ConfigError (exit 3)."""
    if wanted:
        from gjj_cli.flows import vouchers  # WeasyPrint takes long to import; --no-print needs none of it

        names = vouchers.names_of(settings, units) if settings.db else ()
        vouchers.ready(settings, names)


def after(settings: Settings, numbers: Sequence[str], folder: str | None) -> None:
    """Print finished cases and say where. Raises PrintFailed (exit 4) with the command for the rest."""
    from gjj_cli.flows import vouchers

    started = time.monotonic()
    printed = vouchers.print_cases(settings, numbers, Path(folder) if folder else None)
    if len(printed) == 1:
        terminal.talk(f"凭证：{terminal.here(printed[0])}")
    elif printed:
        where = Path(os.path.commonpath([path.parent for path in printed]))
        terminal.talk(
            f"凭证 {len(printed):,} 份在 {terminal.here(where)}/，用时 {_spoken(time.monotonic() - started)}。"
        )


def _spoken(seconds: float) -> str:
    """`3 分 12 秒`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
