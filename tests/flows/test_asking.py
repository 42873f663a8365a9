"""What is typed for a batch value, against the businesses that the files turn out to be."""

import pytest

from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business
from gjj_cli.errors import Exit, UsageError
from gjj_cli.flows.asking import must_take

PAYMENT, SEALING = ROSTER["supplementary-payment"], ROSTER["sealing"]


def test_a_value_that_one_of_the_files_takes_is_taken() -> None:
    must_take([SEALING, PAYMENT], {"补缴类型": "按月补缴"})
    must_take([], {"补缴类型": "按月补缴"})  # no file could be told: that is said of the file
    must_take([SEALING], {"封存原因": "其他"}, columns=True)  # a template takes the values of its columns too


@pytest.mark.parametrize(
    ("business", "header", "can"),
    [(PAYMENT, "封存原因", "可以：补缴类型、补缴原因、缴款方式"), (SEALING, "补缴类型", "改：去掉 --set，每个人的值填在表里"), (SEALING, "封存年月", "改：去掉")],
)  # fmt: skip
def test_a_value_that_would_be_ignored_is_refused_with_the_possible_ones(
    business: Business, header: str, can: str
) -> None:
    with pytest.raises(UsageError) as refused:
        must_take([business], {header: "x"})
    assert refused.value.exit is Exit.USAGE and header in refused.value.what and business.title in refused.value.what
    assert refused.value.remedies[0].startswith(can)


def test_a_template_does_not_take_what_the_system_fills_in() -> None:
    with pytest.raises(UsageError):
        must_take([SEALING], {"个人账户余额（元）": "1"}, columns=True)
