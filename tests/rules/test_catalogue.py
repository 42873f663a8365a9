"""The catalogue: what it refuses to declare, and that every text of it can be shown to a clerk anywhere."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from gjj_cli.business import setup
from gjj_cli.business.binding import bound_rules
from gjj_cli.business.roster import ROSTER
from gjj_cli.finding import Severity
from gjj_cli.report import reference
from gjj_cli.rules.catalogue import CATALOG, Rule, rule
from gjj_cli.rules.registry import FAMILIES, RULES

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def said(docstring: str | None):
    """A function with that docstring, to be declared a rule."""

    def judge(slug: str) -> None: ...

    judge.__doc__ = docstring
    return judge


GOOD = "不对。\n改：改对。"


def test_a_code_is_declared_once() -> None:
    before = CATALOG["E201"]
    with pytest.raises(ValueError, match="E201 is declared twice"):
        rule("E201", "又一个", at="base", basis="没有")(said(GOOD))
    assert CATALOG["E201"] is before


@pytest.mark.parametrize("code", ["X201", "E20", "E2010", "e201", "E2O1", "", "E２０１"])
def test_a_code_belongs_to_a_family(code: str) -> None:
    with pytest.raises(ValueError, match="is no code"):
        rule(code, "名称", at="base", basis="没有")(said(GOOD))
    assert code not in CATALOG


@pytest.mark.parametrize("docstring", [None, "", "  \n ", "不对。", "改：改对。"])
def test_a_rule_says_what_is_wrong_and_how_to_put_it_right(docstring: str | None) -> None:
    with pytest.raises(ValueError, match="no message or no remedy"):
        rule("E998", "名称", at="base", basis="没有")(said(docstring))
    assert "E998" not in CATALOG


def test_a_declaration_is_the_whole_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CATALOG, "W201", raising=False)
    text = "两行的\n说明。\n改：先这样；\n再那样。\n未核实时改：对照文件。"
    declared = rule("W201", "名称", at="base", basis="没有", verified="limits.verified")(said(text))
    monkeypatch.delitem(CATALOG, "W201")
    assert (declared.message, declared.remedy) == ("两行的说明。", "先这样；再那样。")
    assert (declared.remedy_unverified, declared.severity) == ("对照文件。", Severity.WARNING)
    assert declared.on("new_base").slug == "new_base" and declared.family == "test_catalogue"


def test_every_rule_says_on_what_ground_and_shows_an_example() -> None:
    assert [entry.code for entry in RULES if not (entry.title and entry.basis and entry.example)] == []


def test_every_rule_over_a_frame_is_in_a_business() -> None:
    declared = [*ROSTER.values(), setup.UNITS, setup.EMPLOYEES, setup.AGENTS]
    bound = {one.rule.code for business in declared for one in bound_rules(business)}
    assert {entry.code for entry in RULES if entry.runs == "frame"} == bound


def test_only_a_rule_over_a_frame_has_an_expression() -> None:
    assert [entry.code for entry in RULES if (entry.bad is not None) != (entry.runs == "frame")] == []


def texts(entry: Rule) -> Iterator[str]:
    yield from (entry.title, entry.message, entry.remedy, entry.remedy_unverified, entry.basis, entry.example)


@pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.code)
def test_every_text_encodes_in_gbk_and_has_a_certain_width(entry: Rule) -> None:
    for text in texts(entry):
        text.encode("gbk")
        assert [character for character in text if unicodedata.east_asian_width(character) == "A"] == []
        assert re.sub(r"\{[a-z0-9_.]+\}", "", text).isprintable() and "}" not in re.sub(r"\{[a-z0-9_.]+\}", "", text)
        assert not re.search("。。|。$", entry.title) and not entry.basis.endswith("。")


def test_the_reference_page_is_the_one_of_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.rules_markdown(), (
        "run: python -m gjj_cli.report.reference docs/rules.md"
    )


def test_the_reference_page_has_every_code_once_and_no_braces() -> None:
    page = reference.rules_markdown()
    assert re.findall(r"^### ([EWI][0-9]{3}) ", page, re.M) == [
        entry.code for module in FAMILIES for entry in RULES if entry.family == module.__name__.rpartition(".")[2]
    ]
    assert len(re.findall(r"^## ", page, re.M)) == len(FAMILIES) and "{" not in page and "。。" not in page


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    reference.main([str(tmp_path / "rules.md")])
    assert (tmp_path / "rules.md").read_text(encoding="utf-8") == reference.rules_markdown()


def test_a_rule_of_a_files_form_judges_no_frame() -> None:
    with pytest.raises(ValueError, match="E010 has no expression"):
        _ = CATALOG["E010"].on("file").bad
