"""Printing around a command that posts: looked at before anything is posted, done after, never undoing it."""

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

    for path in vouchers.print_cases(settings, numbers, Path(folder) if folder else None):
        terminal.talk(f"凭证：{path}")
