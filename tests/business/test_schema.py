"""The public schema: one column a header, one named check a rule, and no other way to a finding."""

from collections.abc import Iterator

import polars as pl
import pytest
from pandera.errors import SchemaErrors
from pandera.polars import DataFrameSchema

from gjj_cli.business import binding, setup
from gjj_cli.business.binding import bound_rules, dtype
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business
from gjj_cli.flows.judging import Checked
from gjj_cli.rules.registry import CATALOG, RULES
from gjj_cli.store.engine import Tx
from gjj_cli.workbook import judge as judging
from tests.rules import rule_rows
from tests.rules.rule_rows import PACK, Example

DECLARED = [*ROSTER.values(), setup.UNITS, setup.EMPLOYEES, setup.AGENTS]
EVERY = pytest.mark.parametrize("business", DECLARED, ids=lambda business: business.slug)
OVER_FRAMES = [rule.code for rule in RULES if rule.runs == "frame"]


@pytest.fixture(scope="module")
def tx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tx]:
    with rule_rows.made(tmp_path_factory.mktemp("schema")) as world, rule_rows.reading(world) as reading:
        yield reading


def codes(schema: DataFrameSchema, frame: pl.DataFrame) -> set[str]:
    """The checks of a schema that a frame fails."""
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return set(errors.failure_cases["check"])
    return set()


@EVERY
@pytest.mark.parametrize("with_books", [False, True], ids=["no-books", "books"])
def test_the_schema_has_a_column_for_each_header(business: Business, with_books: bool) -> None:
    schema = business.schema(with_books)
    own = {column.slug: column for column in (*business.columns, *business.batch)}
    assert set(own) <= set(schema.columns) <= {*own, "file"}
    for slug, column in own.items():
        assert schema.columns[slug].dtype.type == dtype(column) and schema.columns[slug].nullable


@EVERY
@pytest.mark.parametrize("with_books", [False, True], ids=["no-books", "books"])
def test_the_schema_has_a_check_for_each_rule_and_names_it(business: Business, with_books: bool) -> None:
    bound = [rule for rule in bound_rules(business) if with_books or rule.rule.needs != "books"]
    checks = [
        (slug, check.error) for slug, column in business.schema(with_books).columns.items() for check in column.checks
    ]
    assert sorted(checks) == sorted((rule.slug, rule.rule.code) for rule in bound)
    assert len(set(checks)) == len(checks) and all(code in CATALOG for _, code in checks)


@EVERY
def test_a_business_lists_a_rule_once_for_a_column(business: Business) -> None:
    bound = [(rule.slug, rule.rule.code) for rule in bound_rules(business)]
    assert len(set(bound)) == len(bound)


def failing(code: str) -> Example:
    """The first example of a code that fails."""
    examples = rule_rows.examples(CATALOG[code].family)
    return next(example for example in examples if example.code == code and example.kind == "fail")


def judged(example: Example, tx: Tx) -> Checked:
    with_books = example.told.get("books", CATALOG[example.code].needs == "books")
    return rule_rows.judged(example.told, PACK, tx if with_books else None)


@pytest.mark.slow
@pytest.mark.parametrize("code", OVER_FRAMES)
def test_without_its_check_a_rule_finds_nothing(code: str, tx: Tx) -> None:
    checked = judged(failing(code), tx)
    schema = checked.business.schema(checked.with_books)
    found = codes(schema, checked.frame)
    assert code in found
    for column in schema.columns.values():
        column.checks = [check for check in column.checks if check.error != code]
    assert codes(schema, checked.frame) == found - {code}


def test_a_bad_frame_fails_and_a_good_one_passes() -> None:
    bad = rule_rows.judged({"business": "account-opening", "row": {"姓名": ""}}, PACK, None)
    good = rule_rows.judged({"business": "account-opening"}, PACK, None)
    with pytest.raises(SchemaErrors) as failed:
        bad.business.schema().validate(bad.frame, lazy=True)
    assert failed.value.failure_cases.select("index", "column", "check").rows() == [(0, "name", "E101")]
    assert good.business.schema().validate(good.frame, lazy=True).equals(good.frame)


def test_a_frame_of_another_type_is_no_finding_but_our_mistake() -> None:
    checked = rule_rows.judged({"business": "account-opening"}, PACK, None)
    wrong = checked.frame.with_columns(pl.col("base").cast(pl.Float64))
    with pytest.raises(SchemaErrors):
        judging._failures(wrong, checked.business, False, binding.failing(checked.business, wrong, False))


def test_a_lazy_frame_is_judged_too() -> None:
    """By itself pandera looks only at the columns of a LazyFrame and lets every row pass."""
    checked = rule_rows.judged({"business": "account-opening", "row": {"姓名": ""}}, PACK, None)
    lazy = checked.frame.lazy()
    broken = binding.failing(checked.business, lazy, False)
    assert judging._failures(lazy, checked.business, False, broken) == [(0, "name", "E101")]


@pytest.mark.parametrize("name", ["validation_enabled", "validation_depth"])
def test_no_setting_of_pandera_turns_the_rules_off(name: str) -> None:
    from pandera.config import config_context

    value = {"validation_enabled": False, "validation_depth": "SCHEMA_ONLY"}[name]
    with config_context(**{name: value}):
        checked = rule_rows.judged({"business": "account-opening", "row": {"姓名": ""}}, PACK, None)
    assert rule_rows.found(checked) == {("E101", "A2")}
