"""A voucher as a reader sees it."""

from gjj_cli.ledger.entry import Amount, Entry
from gjj_cli.report import journal


def test_a_voucher_says_what_is_unusual_about_it() -> None:
    lines = (
        Amount("21901", None, None, "借", -12_345, "2025-03-01"),
        Amount("201", "0010000001", "prior", "贷", -12_345, "2025-03-03"),
    )
    entry = Entry(
        "1", 3, "1-2503-记003", "1-2503-002", "2025-03-03", "冲销", "冲销[x]", None, "1-2503-记002", None, lines
    )
    assert journal.voucher_text(entry, 20).splitlines() == [
        "1-2503-记003  2025-03-03  冲销[x]  冲销 1-2503-记002",
        "  借 21901              -123.45  起息 2025-03-01",
        "  贷 201                -123.45  0010000001 上年结转",
    ]
    assert journal.voucher_text(entry, 1).splitlines()[-1] == "  还有 1 行，加 --lines 2 看全"
