"""What our accounts are called where a name is made of words between colons, each beginning with a capital or a digit."""

import re
from functools import lru_cache

from gjj_cli.ledger import chart

_ROOTS = {
    chart.DEPOSIT: "Assets:Deposit",
    chart.FUND: "Liabilities:Fund",
    chart.INTEREST_PAYABLE: "Liabilities:InterestPayable",
    chart.SUSPENSE: "Liabilities:Suspense",
    chart.UNIDENTIFIED: "Liabilities:Unidentified",
    chart.CLEARING: "Liabilities:Clearing",
    chart.INTEREST_EXPENSE: "Expenses:Interest",
}
_PARTS = {"cur": "Current", "prior": "Prior"}
_CENTRE, _CENTRE_WORD = "~centre", "Centre"
_AS_IT_IS = re.compile(r"(?!Centre$)[A-WYZ0-9][A-Za-z0-9]*")


def account(unit: str, number: str, employee: str | None = None, part: str | None = None) -> str:
    """`Liabilities:Fund:0500001:0010000001:Current`; no two accounts of the books share a name."""
    name = f"{_ROOTS[number]}:{word(unit)}"
    return name if employee is None or part is None else f"{name}:{word(employee)}:{_PARTS[part]}"


@lru_cache(maxsize=4096)
def word(name: str) -> str:
    """A 单位账号 or 个人账号 as a word: as it is where it may be, else X and its bytes in hex."""
    if name == _CENTRE:
        return _CENTRE_WORD
    return name if _AS_IT_IS.fullmatch(name) else "X" + name.encode().hex().upper()
