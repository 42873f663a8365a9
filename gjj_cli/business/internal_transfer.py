"""内部转移 (手册 一.7, 二.13): an account moves whole to another unit of the same centre."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Change, Move
from gjj_cli.rules import base, batch, month, person, transfer

INTERNAL_TRANSFER = Business(
    slug="internal-transfer",
    title="内部转移",
    code="06",
    short="内部转移",
    memo="转出{n}人",
    columns=(
        *columns.PERSON,
        columns.UNIT.as_("from_unit", "转出单位账号", meaning="空着就是办理这笔业务的单位"),
        columns.UNIT.as_("to_unit", "转入单位账号", meaning="空着就是办理这笔业务的单位"),
        columns.EFFECTIVE_MONTH.as_("effective_month", "转移年月", meaning="在新单位缴存的第一个月；空着由系统定"),
        columns.BASE.having(meaning="空着就沿用原基数"),
    ),
    month_column="effective_month",
    totals=("base",),
    accepts=("正常", "封存"),
    one_of=(("account", "id_number"), ("to_unit", "from_unit")),
    rules=(
        transfer.same_unit,
        person.unit_unusable.on("from_unit"),
        person.unit_unusable.on("to_unit"),
        *person.NAMED,
        transfer.incoming_not_sealed,
        batch.same_person_twice.on("account"),
        base.not_above_zero.on("base"),
        base.below_floor.on("base"),
        base.above_ceiling.on("base"),
        month.too_late.on("effective_month"),
        month.person_paid,
        transfer.gap_not_due,
    ),
    changes=(Change("transfer", base="base"),),
    moves=(Move("balance"),),
)
