"""个人账户启封 (手册 一.5, 二.11): a sealed person of the same unit takes part in the 汇缴 again."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Change
from gjj_cli.rules import base, batch, month, person

UNSEALING = Business(
    slug="unsealing",
    title="个人账户启封",
    code="04",
    short="启封",
    memo="启封{n}人",
    change_type="启封",
    columns=(
        *columns.PERSON,
        columns.EFFECTIVE_MONTH.as_(
            "effective_month", "启封年月", meaning="恢复缴存的第一个月；空着就是单位的应汇缴年月"
        ),
        columns.BASE.having(meaning="空着就用封存前的基数"),
    ),
    month_column="effective_month",
    totals=("base",),
    accepts=("封存",),
    prefill="sealed",
    prefill_hint="留下要启封的人，删掉其他行；基数变了的填「缴存基数」。",
    rules=(
        *person.NAMED,
        batch.same_person_twice.on("account"),
        base.not_above_zero.on("base"),
        base.below_floor.on("base"),
        base.above_ceiling.on("base"),
        month.too_late.on("effective_month"),
        month.person_paid,
    ),
    changes=(Change("reopen", base="base"),),
)
