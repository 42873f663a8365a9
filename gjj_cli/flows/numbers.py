"""The numbers people type: 受理号 (whole or its tail), 凭证号, 流水号; which case or vouchers they mean."""

import re

from gjj_cli import month as months
from gjj_cli.case import Case
from gjj_cli.errors import Refused, UsageError
from gjj_cli.flows import session
from gjj_cli.store import cases, journal, receipts
from gjj_cli.store.engine import Tx
from gjj_cli.store.journal import Booked
from gjj_cli.store.tables import CENTRE

_VOUCHER = re.compile(r"(?:(?P<unit>.+)-)?(?P<year>[0-9]{2})(?P<month>0[1-9]|1[0-2])-记(?P<number>[0-9]{1,9})")
_ENTRY = re.compile(r"(?:(?P<unit>.+)-)?E(?P<number>[0-9]{1,9})")


def find(tx: Tx, who: session.Actor, text: str) -> Case:
    """The case of a 受理号, or of its tail (`2507-003`) when only one unit of this user has it.

    Raises Refused when there is none, UsageError when the tail fits several, Forbidden for another's unit.
    """
    unit = text.partition("-")[0]
    case = cases.get(tx, unit, text)
    if case is not None:
        who.must_see(unit)
        return case
    found = [case for unit in books_of(tx, who) if (case := cases.get(tx, unit, f"{unit}-{text}"))]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = "、".join(case.case_no for case in found[:5])
        raise UsageError(f"受理号 {text} 有 {len(found)} 个，什么都没有变", remedies=(f"改：写全号：{numbers}",))
    raise Refused(f"没有受理号 {text}，什么都没有变", remedies=("可以：看有哪些：gjj case list",))


def books_of(tx: Tx, who: session.Actor) -> list[str]:
    """The user's units, and the centre's own books for those who see everything."""
    return session.units_of(tx, who) + ([CENTRE] if who.sees_all else [])


def vouchers_meant(tx: Tx, who: session.Actor, text: str, unit: str | None) -> list[Booked]:
    """The vouchers of a 凭证号, a 流水号 (the unit's own `E12`, or the bank's), or a case; `unit` is for short forms.

    Raises Refused when there are none, UsageError when it cannot be told which.
    """
    if (named := _VOUCHER.fullmatch(text)) is not None:
        month = months.parse(f"20{named['year']}-{named['month']}")
        where = _whose(tx, who, named["unit"] or unit)
        found = journal.vouchers(tx, where, month=month, voucher_no=int(named["number"]))
    elif (named := _ENTRY.fullmatch(text)) is not None:
        found = journal.vouchers(tx, _whose(tx, who, named["unit"] or unit), entry_no=int(named["number"]))
    elif received := receipts.of_ref(tx, text):
        if len(received) > 1:
            raise UsageError(f"流水号 {text} 有 {len(received)} 家银行的，什么都没有变", remedies=("改：写凭证号",))
        ((where, no),) = received
        found = journal.vouchers(tx, where, entry_no=no)
    else:
        case = find(tx, who, f"{unit}-{text}" if unit and cases.get(tx, unit, f"{unit}-{text}") else text)
        found = journal.vouchers(tx, case.unit, case_no=case.case_no)
        if not found:
            raise Refused(
                f"{case.case_no}（{case.state}）没有记过账，没有可冲的，账簿没有变",
                remedies=("可以：还没办结的撤回：gjj case withdraw " + case.case_no,),
            )
    if not found:
        raise Refused(f"没有凭证 {text}，什么都没有变", remedies=("可以：看有哪些：gjj ledger show --unit 单位账号",))
    return found


def _whose(tx: Tx, who: session.Actor, unit: str | None) -> str:
    return CENTRE if unit == CENTRE and who.sees_all else session.unit_for(tx, who, unit)
