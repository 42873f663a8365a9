"""The sheet 错误清单: a row a finding, its place a link to the cell; made, put first, and written again."""

import re
from collections.abc import Collection, Sequence

from gjj_cli.finding import Finding, column_letters
from gjj_cli.workbook import sheetpatch, tags
from gjj_cli.workbook.grid import Sheet
from gjj_cli.workbook.layout import LIST_SHEET
from gjj_cli.workbook.patch import DECLARATION, Patch
from gjj_cli.workbook.stylepatch import Styles

_COLUMNS = (("位置", 24), ("代码", 8), ("级别", 8), ("列", 18), ("值", 24), ("说明", 60), ("怎么改", 60), ("依据", 32))
_ROWS_MAX = 50_000  # findings listed; Excel takes 65,530 links on a sheet
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def is_list(sheet: Sheet) -> bool:
    """Whether a sheet is a list of ours, told by its name and its header: somebody may have a 错误清单 of his own."""
    header = {column: cell.text for column, cell in sheet.rows.get(1, {}).items()}
    return sheet.name.startswith(LIST_SHEET) and header == dict(enumerate((name for name, _ in _COLUMNS), 1))


def put(patch: Patch, styles: Styles, findings: Sequence[Finding], names: Collection[str], old: str | None) -> str:
    """Write the list into `old`, the part of an earlier list of ours, or as a new first sheet; gives its part name.

    `names` are the names of the sheets there are, which links may lead to.
    """
    text = _sheet(patch.spreadsheet, styles, findings, names)
    if old is not None:
        patch.change(old, DECLARATION + text)
        return old
    part = patch.free("xl/worksheets/gjjList", ".xml")
    patch.add(part, _TYPE, text)
    relation = patch.relate(patch.main, "worksheet", part)
    patch.change(patch.main, _with_first_sheet(patch.text(patch.main), _free_name(names), relation, patch.office))
    return part


def open_first(patch: Patch, part: str) -> None:
    """Let the workbook open with the list, which alone is selected."""
    text = patch.text(patch.main)
    prefix = tags.prefix_of(text)
    wanted = {found.id for found in patch.relations(patch.main) if found.target == part}
    sheets = [tags.attributes(begin) for begin in tags.tag(f"{prefix}sheet").findall(text)]
    index = next(at for at, said in enumerate(sheets) if wanted & set(said.values()))

    def look(begin: re.Match[str]) -> str:
        first = tags.with_attribute(begin[0], "firstSheet", 0) if "firstSheet" in begin[0] else begin[0]
        return tags.with_attribute(first, "activeTab", index)

    patch.change(patch.main, tags.tag(f"{prefix}workbookView").sub(look, text))
    for other in patch.relations(patch.main):
        if other.kind in ("worksheet", "chartsheet", "dialogsheet") and other.target != part:
            patch.change(other.target, sheetpatch.deselected(patch.text(other.target)))


def _with_first_sheet(text: str, name: str, relation: str, office: str) -> str:
    """workbook.xml with one sheet more before the others, and all that counts sheets moved by one."""
    prefix = tags.prefix_of(text)
    sheets = tags.element(text, f"{prefix}sheets")
    if sheets is None:
        raise ValueError("no sheets")
    known = [tags.attributes(begin).get("sheetId", "") for begin in tags.tag(f"{prefix}sheet").findall(text)]
    number = 1 + max((int(said) for said in known if said.isdecimal()), default=0)
    row = f'<sheet name="{tags.escape(name)}" sheetId="{number}" xmlns:r="{office}" r:id="{relation}"/>'

    def move(begin: re.Match[str]) -> str:
        local = tags.attributes(begin[0]).get("localSheetId", "")
        return tags.with_attribute(begin[0], "localSheetId", int(local) + 1) if local.isdecimal() else begin[0]

    text = tags.place(text, sheets.inside, tags.prefixed(row, prefix))
    return tags.tag(f"{prefix}definedName").sub(move, text)


def _free_name(names: Collection[str]) -> str:
    taken, name, number = {name.casefold() for name in names}, LIST_SHEET, 2
    while name.casefold() in taken:
        name, number = f"{LIST_SHEET}{number}", number + 1
    return name


def _sheet(namespace: str, styles: Styles, findings: Sequence[Finding], names: Collection[str]) -> str:
    bold, plain, link = styles.text("bold"), styles.text(), styles.text("link")
    rows = [_row(1, [name for name, _ in _COLUMNS], [bold] * len(_COLUMNS))]
    links = []
    for number, finding in enumerate(findings[:_ROWS_MAX], 2):
        place = finding.place
        linked = place.cell is not None and place.sheet in names
        rows.append(_row(number, _texts(finding), [link if linked else plain] + [plain] * (len(_COLUMNS) - 1)))
        if linked:
            quoted = tags.escape(str(place.sheet).replace("'", "''"))
            links.append(f'<hyperlink ref="A{number}" location="\'{quoted}\'!{place.cell}"/>')
    if len(findings) > _ROWS_MAX:
        rest = f"另有 {len(findings) - _ROWS_MAX} 条没有列出，改好上面的再校验"
        rows.append(_row(len(rows) + 1, [rest], [plain]))
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, (_, width) in enumerate(_COLUMNS, 1)
    )
    hyperlinks = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    return (
        f'<worksheet xmlns="{namespace}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>{hyperlinks}"
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _texts(finding: Finding) -> list[str]:
    place = finding.place
    where = f"{place.sheet}!{place.cell}" if place.cell else f"第 {place.row} 行" if place.row else "整个文件"
    return [
        where,
        finding.code,
        finding.severity.label,
        finding.header or "",
        finding.value or "",
        finding.message,
        finding.hint,
        finding.basis,
    ]


def _row(number: int, texts: Sequence[str], styles: Sequence[int]) -> str:
    cells = "".join(
        f'<c r="{column_letters(at)}{number}" s="{style}" t="inlineStr">'
        f'<is><t xml:space="preserve">{tags.escape_value(text)}</t></is></c>'
        for at, (text, style) in enumerate(zip(texts, styles, strict=True), 1)
        if text
    )
    return f'<row r="{number}">{cells}</row>'
