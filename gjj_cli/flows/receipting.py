"""`gjj receipt add | list`: money that the bank received, into the books once."""

import re
import unicodedata
from dataclasses import dataclass

from gjj_cli import money
from gjj_cli.errors import Refused, UsageError
from gjj_cli.flows import session
from gjj_cli.ledger.voucher import Head
from gjj_cli.settings import Settings
from gjj_cli.store import audit, frames, receipts
from gjj_cli.store.engine import Tx
from gjj_cli.store.ledger import EntryRef
from gjj_cli.store.receipts import Receipt
from gjj_cli.store.tables import CENTRE

MOST_FEN = 10**15  # 10 万亿元; more is a slip of the finger
MOST_CHARACTERS = 64  # of a 流水号
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")  # commas between thousands only
OWN_BANK = "本行"  # where --bank is left out


@dataclass(frozen=True)
class Received:
    receipt: Receipt
    voucher: EntryRef
    already: bool
    available_fen: int | None


def amount_asked(text: str) -> int:
    """--amount in 分. Raises UsageError for what is no amount above 0."""
    try:
        fen = money.to_fen(text.replace(",", "")) if _AMOUNT.fullmatch(text) else 0
    except ValueError:
        fen = 0
    if not 0 < fen < MOST_FEN:
        raise UsageError(f"--amount 要写大于 0 的元数，不能是 {text}", remedies=("改：写成 --amount 132042.00",))
    return fen


def add(
    settings: Settings, amount: str, ref: str, unit: str | None, bank: str = OWN_BANK, *, dry_run: bool = False
) -> Received:
    """Post one receipt: to the unit's 暂收, or 待查款 when `unit` is None. The same again changes nothing.

    Raises Refused for the same 流水号 with another amount, UsageError for no amount, Forbidden unless administrator.
    """
    fen = amount_asked(amount)
    ref = unicodedata.normalize("NFKC", ref).strip()  # Ｒ１ and R1 are one bank line
    if not ref.isprintable() or not 0 < len(ref) <= MOST_CHARACTERS:
        raise UsageError(
            f"--ref 要写银行流水号，最多 {MOST_CHARACTERS} 个字，没有登记", remedies=("改：照银行回单填 --ref",)
        )
    with session.opened(settings) as books:
        with books.reading() as tx:
            who = session.actor(tx, settings)
            who.must_be(session.ADMIN, what="登记到账")
            org = ""
            if unit is not None:
                known = frames.units(tx, [unit])
                if known.is_empty():
                    raise Refused(
                        f"账簿里没有单位 {unit}，没有登记，账簿没有变", code="E401", remedies=("改：核对 --unit",)
                    )
                org = str(known["org"][0])
        new = Receipt(bank.strip(), ref, fen, settings.as_of, unit)

        def post(tx: Tx) -> Received:
            memo = f"到账 {new.bank} {new.ref}"
            posted = receipts.add(tx, new, Head(new.books, settings.as_of, "receipt", memo, who.user.display, org))
            if not posted.already:
                detail = f"{new.bank} {new.ref} {money.plain(fen)}"
                act = audit.Act(session.now(), settings.as_of, who.name, "receipt add", detail)
                audit.write(tx, new.books, act)
            available = None if unit is None else int(frames.units(tx, [unit])["available_fen"][0])
            return Received(new, posted.entries[0], posted.already, available)

        return books.write(post, CENTRE, new.books, dry_run=dry_run)


def listing(settings: Settings, unit: str | None) -> list[Receipt]:
    """Receipts, of one unit or all this user may see."""
    with session.reading(settings) as (tx, who):
        if unit is not None:
            unit = session.unit_for(tx, who, unit)
        return [one for one in receipts.listing(tx, unit) if one.of_unit is None or who.may_see(one.of_unit)]
