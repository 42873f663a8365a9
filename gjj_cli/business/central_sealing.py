"""集中封存 (手册 一.6, 二.12): sealing by type; 托管 (moving to the centre's custody unit) comes with its issue."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Change, Column, Kind
from gjj_cli.rules import batch, month, person

CENTRAL_SEALING = Business(
    slug="central-sealing",
    title="集中封存",
    code="05",
    short="集中封存",
    memo="集中封存{n}人",
    change_type="封存",
    columns=(
        *columns.PERSON,
        Column(
            "sealing_type",
            "封存类型",
            Kind.DICTIONARY,
            "从下拉里选",
            "集中封存",
            required=True,
            dictionary="sealing_type",
        ),
        columns.SEALING_REASON,
        columns.EFFECTIVE_MONTH.as_(
            "effective_month", "封存年月", meaning="第一个不缴的月份；空着就是单位的应汇缴年月"
        ),
    ),
    month_column="effective_month",
    accepts=("正常", "封存"),
    prefill="sealable",
    prefill_hint="留下要封存的人，删掉其他行，选「封存类型」。",
    rules=(
        *person.NAMED,
        batch.same_person_twice.on("account"),
        month.too_late.on("effective_month"),
        month.person_paid,
        month.before_unit,
        batch.half_the_unit,
    ),
    changes=(Change("close"),),
)
