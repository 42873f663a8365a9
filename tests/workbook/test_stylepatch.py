"""Styles added to a workbook's own, and a fill said in words and made again."""

import pytest

from gjj_cli.workbook import gate
from gjj_cli.workbook.patch import Patch
from gjj_cli.workbook.stylepatch import Styles, solid
from tests.workbook import packages

EMPTY = "<fonts><font/></fonts><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
XFS = "<cellXfs count='{}'>{}</cellXfs>"


def patch_of(styles: str = "") -> Patch:
    return Patch(gate.package(packages.book(styles=styles), "名单.xlsx"))


def styled(fill: str) -> Styles:
    xfs = XFS.format(2, "<xf fillId='0'/><xf numFmtId='14' fillId=\"1\"><alignment/></xf>")
    return Styles(patch_of(f"{EMPTY}<fills><fill/>{fill}</fills>{xfs}".replace("</fonts>", "</fonts>")))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ('patternType="solid"><fgColor rgb="FFEDEDED"/><bgColor indexed="64"/>', "solid rgb FFEDEDED 0.0"),
        ("patternType='solid'><fgColor tint='-0.25' theme='4'/>", "solid theme 4 -0.25"),
        ('patternType="gray125">', "gray125"),
        ('patternType="lightUp"><fgColor indexed="9"/><bgColor auto="1"/>', "lightUp indexed 9 0.0 auto 1 0.0"),
        ('patternType="none">', ""),
    ],
)
def test_a_fill_in_words_and_back(pattern: str, words: str) -> None:
    styles = styled(f"<fill><patternFill {pattern}</patternFill></fill>")
    assert styles.describe(1) == words
    assert styles.describe(styles.filled(0, words)) == words


def test_a_gradient_and_a_style_that_is_not_there_have_no_words() -> None:
    styles = styled("<fill><gradientFill/></fill>")
    assert (styles.describe(1), styles.describe(99)) == ("", "")


def test_words_that_somebody_has_written_over_are_no_fill() -> None:
    styles = styled("<fill/>")
    assert styles.describe(styles.filled(0, "红色的，谢谢")) == ""


def test_a_filled_style_keeps_all_else() -> None:
    patch = patch_of(f"{EMPTY}<fills><fill/></fills>" + XFS.format(1, '<xf numFmtId="14" fillId="0"><alignment/></xf>'))
    styles = Styles(patch)
    red = styles.filled(0, solid("FFFF0000"))
    assert red == 1 and styles.filled(0, solid("FFFF0000")) == red
    styles.save()
    assert '<xf numFmtId="14" fillId="1" applyFill="1"><alignment/></xf></cellXfs>' in patch.text("xl/styles.xml")
    assert '<cellXfs count="2">' in patch.text("xl/styles.xml")


@pytest.mark.parametrize(
    "styles", ["", " ", "<numFmts><numFmt/></numFmts><cellXfs/>", "<dxfs><dxf><fill/></dxf></dxfs>"]
)
def test_missing_sections_are_put_where_they_belong(styles: str) -> None:
    patch = patch_of(styles)
    made = Styles(patch)
    made.filled(0, solid("FFFF0000"))
    made.text("bold")
    made.save()
    (part,) = [
        found.target for found in patch.relations("xl/workbook.xml") if found.kind == "styles" and found.target in patch
    ]
    text = patch.text(part)
    order = [text.index(f"<{name} ") for name in ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs")]
    assert order == sorted(order)
    assert text.index("<cellXfs ") < text.find("<dxfs>") or "<dxfs>" not in text
    assert text.index("<fonts ") > text.find("</numFmts>")
