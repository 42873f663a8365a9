"""The 回单 the paper tests look at: two months of 65 people, and a sealing of 13 worth 21,936.00 a month."""

from dataclasses import replace
from datetime import date

from gjj_cli import month
from gjj_cli.paper import seal, view

KEY = bytes(range(32))


def remittance() -> view.Receipt:
    """The manual's 汇缴 (二.7): 132,044.00 a month, 66,022.00 a side, 2024-02 and 2024-03."""
    months = [view.MonthLine(month.of(2024, number), 65, 6_602_200, 6_602_200) for number in (2, 3)]
    return view.Receipt(
        kind="remittance",
        title="住房公积金汇缴回单",
        centre="韶关市住房公积金管理中心",
        unit="0500001",
        unit_name="韶关示例机械有限公司",
        org="市中心",
        case_no="0500001-2505-001",
        business="汇缴",
        business_date=date(2025, 5, 14),
        operator="张经办",
        table=view.months_table(months),
        heads=65,
        summary="汇缴 2024-02 至 2024-03，共 2 个月。",
        voucher_nos=("0500001-2505-记001", "0500001-2505-记002"),
        method="暂收",
        facts=(("首次汇缴年月", "2007-07"), ("缴至年月", "2024-03")),
        amount_label="汇缴总金额",
        amount_fen=26_408_800,
    )


def sealing(heads: int = 13, name: str = "李示例") -> view.Receipt:
    """Golden G03: `heads` people sealed; 13 of them take 21,936.00 off the month."""
    changes = [-168_738] * (heads - 1)
    people = [
        view.PersonLine(f"{1_0000_0001 + at:010d}", name, "440203********1234", "正常", "封存", change)
        for at, change in enumerate([*changes, -2_193_600 - sum(changes)])
    ]
    return replace(
        remittance(),
        kind="case",
        title="住房公积金个人账户封存回单",
        case_no="0500003-2505-003",
        business="个人账户封存",
        table=view.people_table(people, "封存前", "封存后"),
        heads=heads,
        summary=f"封存 {heads} 人，月缴存额 -21,936.00 元。",
        voucher_nos=(),
        method=None,
        amount_fen=None,
    )


def code_of(receipt: view.Receipt, key: bytes = KEY) -> str:
    return seal.code_of(key, view.canonical(receipt))
