"""What verifying the books gave: well, or the first thing that does not agree."""

from dataclasses import dataclass, field

from gjj_cli.ledger.anchor import Anchor
from gjj_cli.ledger.difference import Difference


@dataclass(frozen=True)
class Verdict:
    """What verifying gave; the anchor stands for all books and is to be kept outside the database."""

    ok: bool
    units: int
    vouchers: int
    lines: int
    anchor: str
    first_difference: Difference | None
    heads: Anchor = field(repr=False)
