"""补缴 (手册 一.3, 二.8): arrears of past months, by month (按月, derived) or of a typed amount (不定额)."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Column, Kind, Move
from gjj_cli.rules import base, payment, person

SUPPLEMENTARY_PAYMENT = Business(
    slug="supplementary-payment",
    title="补缴",
    code="02",
    short="补缴",
    memo="缴纳{n}人",
    columns=(
        *columns.PERSON,
        columns.EFFECTIVE_MONTH.as_("start_month", "起始年月", required=True, meaning="补缴的第一个月"),
        columns.EFFECTIVE_MONTH.as_("end_month", "结束年月", required=True, meaning="补缴的最后一个月"),
        Column("personal_amount", "个人补缴金额", Kind.MONEY, "按月补缴可以不填，由系统算", "250.00"),
        Column("unit_amount", "单位补缴金额", Kind.MONEY, "按月补缴可以不填，由系统算", "250.00"),
        Column("total_amount", "补缴总额（元）", Kind.MONEY, "个人加单位", "500.00"),
    ),
    batch=(
        Column(
            "payment_kind",
            "补缴类型",
            Kind.DICTIONARY,
            "整批一个类型",
            "按月补缴",
            required=True,
            dictionary="payment_kind",
        ),
        Column(
            "payment_reason",
            "补缴原因",
            Kind.DICTIONARY,
            "整批一个原因",
            "漏缴",
            required=True,
            dictionary="payment_reason",
        ),
        Column(
            "method",
            "缴款方式",
            Kind.DICTIONARY,
            "整批一个方式",
            "暂收",
            required=True,
            dictionary="method",
        ),
    ),
    totals=("total_amount",),
    rules=(
        *person.NAMED,
        payment.starts_after_end,
        payment.rows_overlap,
        base.not_above_zero.on("personal_amount"),
        base.not_above_zero.on("unit_amount"),
        base.not_above_zero.on("total_amount"),
        payment.not_the_sum,
        payment.belongs_to_remittance,
        payment.before_first_month,
        payment.while_sealed,
        payment.already_paid,
        payment.differs_from_due.on("personal_amount"),
        payment.differs_from_due.on("unit_amount"),
        payment.differs_from_due.on("total_amount"),
        payment.of_sealed_person,
    ),
    accepts=("正常", "预封存", "封存"),
    prefill="arrears",
    prefill_hint="一行是一段欠缴的月份；留下要补缴的，删掉其他行，在「批次信息」里填类型、原因、缴款方式。",
    moves=(Move("payment"),),
)
