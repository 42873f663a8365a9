"""缴存基数调整 (手册 一.2, 二.4): a new base from an effective month on, at most once a 缴存年度."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Change
from gjj_cli.rules import base, batch, month, person

BASE_ADJUSTMENT = Business(
    slug="base-adjustment",
    title="缴存基数调整",
    code="10",
    short="基数调整",
    memo="基数调整{n}人",
    change_type="缴存基数变更",
    columns=(
        columns.ACCOUNT,
        columns.NAME,
        columns.ID_NUMBER,
        columns.BASE.as_("old_base", "调整前缴存基数", read_only=True, meaning="系统带出，不用填"),
        columns.BASE.as_("new_base", "调整后缴存基数", required=True),
        columns.EFFECTIVE_MONTH,
    ),
    month_column="effective_month",
    totals=("new_base",),
    accepts=("正常", "预封存"),
    prefill="normal",
    prefill_hint="留下要调整的人，删掉其他行，填「调整后缴存基数」；其余各列不用改。",
    rules=(
        *person.NAMED,
        batch.same_person_twice.on("account"),
        base.not_above_zero.on("new_base"),
        base.unchanged,
        base.twice_a_year,
        base.below_floor.on("new_base"),
        base.above_ceiling.on("new_base"),
        month.too_late.on("effective_month"),
        month.before_unit,
        batch.read_only_changed.on("old_base"),
    ),
    changes=(Change("base", base="new_base"),),
)
