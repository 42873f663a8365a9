"""The chart of accounts (住房公积金会计核算办法): the few accounts vouchers may use, and the side that raises each."""

from typing import Literal, NamedTuple

Side = Literal["借", "贷"]
Part = Literal["cur", "prior"]  # 当年归集, 上年结转

DEPOSIT = "10101"
FUND = "201"
INTEREST_PAYABLE = "21101"
SUSPENSE = "21901"
UNIDENTIFIED = "21902"
CLEARING = "21903"
INTEREST_EXPENSE = "41101"

PART_NAMES: dict[Part, str] = {"cur": "当年归集", "prior": "上年结转"}


class Account(NamedTuple):
    number: str
    name: str
    side: Side  # the side that raises its balance


CHART = {
    account.number: account
    for account in (
        Account(DEPOSIT, "存款", "借"),
        Account(FUND, "住房公积金", "贷"),
        Account(INTEREST_PAYABLE, "应付利息", "贷"),
        Account(SUSPENSE, "暂收", "贷"),
        Account(UNIDENTIFIED, "待查款", "贷"),
        Account(CLEARING, "内部往来", "贷"),
        Account(INTEREST_EXPENSE, "利息支出", "借"),
    )
}
