"""个人账户封存 (手册 一.4, 二.10): a person leaves the monthly 汇缴 from 封存年月 on; the balance stays."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Change, Column, Kind
from gjj_cli.rules import batch, month, person

MONTHLY_AMOUNT = Column("monthly_amount", "月缴存额（元）", Kind.MONEY, "系统带出，不用填", "1104.00", read_only=True)
BALANCE = Column("balance", "个人账户余额（元）", Kind.MONEY, "系统带出，不用填", "56824.46", read_only=True)
PAID_THROUGH = Column("paid_through", "缴至年月", Kind.MONTH, "系统带出，不用填", "2025-02", read_only=True)

SEALING = Business(
    slug="sealing",
    title="个人账户封存",
    code="05",
    short="封存",
    memo="封存{n}人",
    change_type="封存",
    columns=(
        *columns.PERSON,
        columns.BASE.having(read_only=True, meaning="系统带出，不用填"),
        MONTHLY_AMOUNT,
        BALANCE,
        PAID_THROUGH,
        columns.SEALING_REASON.having(required=True),
        columns.EFFECTIVE_MONTH.as_(
            "effective_month", "封存年月", meaning="第一个不缴的月份；空着就是单位的应汇缴年月"
        ),
    ),
    month_column="effective_month",
    totals=("monthly_amount",),
    accepts=("正常",),
    prefill="normal",
    prefill_hint="留下要封存的人，删掉其他行，填「封存原因」；其余各列不用改。",
    rules=(
        *person.NAMED,
        batch.same_person_twice.on("account"),
        month.too_late.on("effective_month"),
        month.person_paid,
        month.before_unit,
        batch.half_the_unit,
        batch.read_only_changed.on("base"),
        batch.read_only_changed.on("monthly_amount"),
        batch.read_only_changed.on("balance"),
        batch.read_only_changed.on("paid_through"),
    ),
    changes=(Change("close"),),
)
