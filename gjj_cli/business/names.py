"""The seventeen businesses (业务) by slug, Chinese title and JGJ/T 320 A.5 code; no polars, so that help is light."""

from typing import NamedTuple


class Name(NamedTuple):
    slug: str
    title: str
    code: str
    batch: bool  # has a standard workbook


NAMES = (
    Name("account-opening", "个人账户设立", "03", True),
    Name("base-adjustment", "缴存基数调整", "10", True),
    Name("supplementary-payment", "补缴", "02", True),
    Name("sealing", "个人账户封存", "05", True),
    Name("unsealing", "个人账户启封", "04", True),
    Name("central-sealing", "集中封存", "05", True),
    Name("internal-transfer", "内部转移", "06", True),
    Name("remittance", "汇缴", "01", False),
    Name("unit-info-change", "单位缴存登记信息变更", "70", False),
    Name("personal-info-change", "个人账户信息变更", "70", False),
    Name("rate-adjustment", "缴存比例调整", "75", False),
    Name("rate-reduction", "降低缴存比例", "75", False),
    Name("deferral", "单位缓缴登记", "13", False),
    Name("debit-agreement", "单位委托代扣缴款协议管理", "99", False),
    Name("unit-closure", "单位缴存登记注销", "72", False),
    Name("unit-bank-account", "单位银行账户信息管理", "99", False),
    Name("unit-agent", "单位经办人管理", "99", False),
)

REVERSAL = Name("reversal", "红字冲销", "99", False)  # a case like any other, but none of the seventeen

BY_SLUG = {name.slug: name for name in (*NAMES, REVERSAL)}
BATCH = tuple(name for name in NAMES if name.batch)
SETUP = "建账"  # the workbook of `unit import`; not a business


def find(text: str) -> Name | None:
    """The business of a slug or a Chinese title, or None."""
    return next((name for name in NAMES if text in (name.slug, name.title)), None)
