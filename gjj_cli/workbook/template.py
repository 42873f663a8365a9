"""A business declaration to the workbook people fill in: drop-downs, text columns, input checks, explanations, stamp.

Everything that can be said about a whole column is said once (a column format, one validation range), so that a
template for 5,000 rows is a few kilobytes. The same declaration and rows always give the same bytes.
"""

import io
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from gjj_cli import money
from gjj_cli import month as months
from gjj_cli.atomic import write
from gjj_cli.business import setup
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business, Column, Kind
from gjj_cli.rules import policy
from gjj_cli.rules.policy import Pack
from gjj_cli.workbook.layout import BATCH_SHEET, HELP_SHEET, STAMP_BUSINESS, STAMP_TEMPLATE, STAMP_UNIT, TEMPLATES

DICTIONARY_SHEET = "字典"
LAST_ROW = 5_001  # validations cover rows 2 to this one, or the prefilled rows and SPARE more
SPARE = 500

_CREATED = datetime(2025, 1, 1)  # a constant, so that equal templates are equal bytes
_WIDTHS = {
    Kind.ID_NUMBER: 22,
    Kind.ACCOUNT: 14,
    Kind.UNIT: 14,
    Kind.NAME: 14,
    Kind.MONEY: 14,
    Kind.MOBILE: 14,
    Kind.PHONE: 16,
    Kind.TEXT: 20,
    Kind.DICTIONARY: 14,
}
_HOW_WIDTH = 60
_NOTES = (
    "表头带 * 的列必须填；灰色的列由系统带出，不用填，改了也不算。",
    "个人账号、证件号码、电话是文本：从别处粘贴时选「粘贴为值」，不要变成数字，否则末几位会丢。",
    "年月写成 2025-07；金额写数字，单位是元，最多两位小数。",
    "不要改表头和工作表的名字；多出来的列不会读。",
)


def file_name(business: Business, unit: str | None = None) -> str:
    """个人账户封存.xlsx, or with a unit 个人账户封存-0500001.xlsx."""
    return f"{business.title}-{re.sub('[^0-9A-Za-z]', '', unit)}.xlsx" if unit else f"{business.title}.xlsx"


def export(
    business: Business,
    pack: Pack,
    path: Path,
    *,
    unit: str | None = None,
    rows: Sequence[Mapping[str, object]] = (),
    batch: Mapping[str, str] | None = None,
) -> None:
    """Write the business's workbook to `path` (whole or not at all), empty or filled.

    `rows` are slug -> value: text, a 分 int for money, a month int for months, a date; None or no key is an empty
    cell. `batch` are slug -> text. Raises FileError, and PolicyMissing for a dictionary the pack does not have.
    """
    stamps = {STAMP_BUSINESS: business.slug, STAMP_TEMPLATE: TEMPLATES[-1]} | ({STAMP_UNIT: unit} if unit else {})
    form = _Form(pack, stamps)
    form.data_sheet(business.title, business.columns, rows)
    if business.batch:
        form.batch_sheet(business.batch, batch or {})
    form.help_sheet([("", business.columns), (f"{BATCH_SHEET}：", business.batch)])
    write(path, form.close())


def export_setup(pack: Pack, path: Path) -> None:
    """Write the empty 建账 workbook, with the sheets 单位, 职工 and 经办人. Raises FileError."""
    form = _Form(pack, {STAMP_BUSINESS: setup.SLUG, STAMP_TEMPLATE: TEMPLATES[-1]})
    for title, columns in setup.SHEETS:
        form.data_sheet(title, columns, ())
    form.help_sheet([(f"{title}：", columns) for title, columns in setup.SHEETS])
    write(path, form.close())


def write_all(folder: Path) -> None:
    """The seven empty templates as `<slug>.xlsx`: what `templates/xlsx/` holds."""
    for business in ROSTER.values():
        export(business, policy.load(), folder / f"{business.slug}.xlsx")


class _Form:
    """A workbook being written. The dictionary sheet is filled as columns ask for it, and written last."""

    def __init__(self, pack: Pack, stamps: Mapping[str, str]) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties({"created": _CREATED})
        for name, value in stamps.items():
            self._book.set_custom_property(name, value, "text")
        self._pack = pack
        self._lists: dict[tuple[str, ...], str] = {}  # choices -> their range on the dictionary sheet
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def close(self) -> bytes:
        """Write the dictionary sheet, finish, and give the file's bytes."""
        if self._lists:
            sheet = self._book.add_worksheet(DICTIONARY_SHEET)
            for place, choices in enumerate(self._lists):
                sheet.set_column(place, place, 16, self._format(num_format="@"))
                for row, choice in enumerate(choices):
                    sheet.write_string(row, place, choice)
            sheet.very_hidden()
        self._book.close()
        return self._buffer.getvalue()

    def data_sheet(self, title: str, columns: Sequence[Column], rows: Sequence[Mapping[str, object]]) -> None:
        """A sheet with the header in row 1 and the data from row 2 on."""
        sheet = self._book.add_worksheet(title)
        last_row = max(LAST_ROW, len(rows) + 1 + SPARE if rows else 0)
        for place, column in enumerate(columns):
            width = max(_WIDTHS.get(column.kind, 12), 2 * len(column.header) + 3)
            sheet.set_column(place, place, width, self._format(**_cell_style(column)))
            sheet.write_string(0, place, _header(column), self._format(**_header_style(column)))
            if check := self._check(column, place, columns):
                sheet.data_validation(1, place, last_row - 1, place, check)
        for row, values in enumerate(rows, 1):
            for place, column in enumerate(columns):
                _write(sheet, row, place, column, values.get(column.slug))
        _for_paper(sheet)

    def batch_sheet(self, columns: Sequence[Column], values: Mapping[str, str]) -> None:
        """批次信息: one value for the whole file a row."""
        sheet = self._book.add_worksheet(BATCH_SHEET)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 24, self._format(num_format="@"))
        for place, header in enumerate(("项目", "值")):
            sheet.write_string(0, place, header, self._format(**_TITLE))
        for row, column in enumerate(columns, 1):
            sheet.write_string(row, 0, _header(column))
            if value := values.get(column.slug):
                sheet.write_string(row, 1, value)
            if check := self._check(column, 1, ()):
                sheet.data_validation(row, 1, row, 1, check)
        _for_paper(sheet)

    def help_sheet(self, groups: Sequence[tuple[str, Sequence[Column]]]) -> None:
        """填表说明: each column (with the prefix of its group), whether it is required, how, and an example."""
        sheet = self._book.add_worksheet(HELP_SHEET)
        body = self._format(num_format="@", text_wrap=True, valign="top")
        for place, (header, width) in enumerate((("列", 28), ("是否必填", 10), ("填法", _HOW_WIDTH), ("例子", 26))):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, header, self._format(**_TITLE))
        row = 1
        for prefix, columns in groups:
            for column in columns:
                need = "必填" if column.required else "不用填" if column.read_only else "可空"
                how = self._how(column)
                for place, text in enumerate((prefix + column.header, need, how, column.example)):
                    sheet.write_string(row, place, text, body)
                sheet.set_row(row, 15 * (1 + 2 * len(how) // _HOW_WIDTH))  # nobody wraps a row's height for us
                row += 1
        for note in _NOTES:
            row += 1
            sheet.write_string(row, 0, note, self._format(num_format="@"))
        _for_paper(sheet)

    def _how(self, column: Column) -> str:
        choices = self._choices(column)
        if not choices:
            return column.meaning
        return f"{column.meaning}：" + "、".join(choices)

    def _choices(self, column: Column) -> tuple[str, ...]:
        if column.dictionary is not None:
            return self._pack.dictionary(column.dictionary).labels
        return setup.STATUSES if column.slug == "status" else ()

    def _check(self, column: Column, place: int, columns: Sequence[Column]) -> dict[str, Any] | None:
        """The input check of a column as xlsxwriter wants it; None where there is nothing to check."""
        if column.read_only:
            return {"validate": "any", "input_title": column.header, "input_message": "系统带出，不用填，改了也不算。"}
        if choices := self._choices(column):
            return {
                "validate": "list",
                "source": self._list(choices),
                "error_title": column.header,
                "error_message": "从下拉里选一个。",
            }
        return _input_check(column, place, columns)

    def _list(self, choices: tuple[str, ...]) -> str:
        """The range of the choices; one column of the dictionary sheet each."""
        if choices not in self._lists:
            letter = xlsxwriter.utility.xl_col_to_name(len(self._lists))
            self._lists[choices] = f"='{DICTIONARY_SHEET}'!${letter}$1:${letter}${len(choices)}"
        return self._lists[choices]

    def _format(self, **style: Any) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(style)
        return self._formats[key]


# --- looks -----------------------------------------------------------------------------------------------------------

_TITLE = {"bold": True, "bg_color": "#DDEBF7", "border": 1, "border_color": "#9BC2E6", "num_format": "@"}


def _for_paper(sheet: Any) -> None:
    """The header stays in sight on the screen and on every page, and a page is as wide as the sheet."""
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _header(column: Column) -> str:
    return f"{column.header}*" if column.required else column.header


def _header_style(column: Column) -> dict[str, Any]:
    style: dict[str, Any] = {**_TITLE, "align": "center", "valign": "vcenter", "text_wrap": True}
    if column.required:
        style["font_color"] = "#C00000"
    if column.read_only:
        style["bg_color"] = "#D9D9D9"
    return style


def _cell_style(column: Column) -> dict[str, Any]:
    """Money is a number with two decimals; everything else is text, so that what is typed stays as it was typed."""
    style = {"num_format": "0.00" if column.kind is Kind.MONEY else "@"}
    if column.read_only:
        style["bg_color"] = "#EDEDED"
    return style


def _write(sheet: Any, row: int, place: int, column: Column, value: object) -> None:
    """One value; text is always written as a string, so nothing of a name can become a formula."""
    match value:
        case None | "":
            return
        case int() if column.kind is Kind.MONEY:
            sheet.write_number(row, place, Decimal(value).scaleb(-2))
        case int() if column.kind is Kind.MONTH:
            sheet.write_string(row, place, months.show(value))
        case int() if column.kind is Kind.PERCENT:
            sheet.write_string(row, place, money.show_rate(value))
        case date():
            sheet.write_string(row, place, value.isoformat())
        case _:
            sheet.write_string(row, place, str(value))


# --- input checks ----------------------------------------------------------------------------------------------------


def _input_check(column: Column, place: int, columns: Sequence[Column]) -> dict[str, Any] | None:
    """The check of a column that is typed into. Only money blocks; the rest warn and let people go on.

    The formulas are about row 2, the first of the range; Excel moves them down.
    """
    cell = f"{xlsxwriter.utility.xl_col_to_name(place)}2"
    match column.kind:
        case Kind.MONEY:
            return {
                "validate": "decimal",
                "criteria": "between",
                "minimum": 0,
                "maximum": 999_999_999.99,
                "error_title": column.header,
                "error_message": "填数字，单位是元，最多两位小数。",
            }
        case Kind.MONTH:
            year = f"VALUE(LEFT({cell},4))"
            return _warning(
                column, f"=AND(LEN({cell})>=6,LEN({cell})<=10,{year}>=1990,{year}<=2100)", "年月写成 2025-07。"
            )
        case Kind.DATE:
            return _warning(column, f"=AND(LEN({cell})>=8,VALUE(LEFT({cell},4))>=1900)", "日期写成 1990-01-31。")
        case Kind.ID_NUMBER:
            return _warning(column, _id_formula(cell, columns), "身份证号码是 18 位，写成文本；其他证件按证件上的写。")
        case Kind.MOBILE:
            return _warning(column, f"=LEN({cell})=11", "手机号码是 11 位。")
        case Kind.POSTCODE:
            return _warning(column, f"=LEN({cell})=6", "邮政编码是 6 位。")
        case Kind.ACCOUNT | Kind.UNIT:
            return _warning(column, f"=ISTEXT({cell})", "账号写成文本，前面的 0 不能丢。")
        case _:
            return None


def _id_formula(cell: str, columns: Sequence[Column]) -> str:
    """A text of 18 characters, unless the row's 证件类型 says that it is no 身份证."""
    place = next((place for place, column in enumerate(columns) if column.slug == "doc_type"), None)
    if place is None:
        return f"=AND(ISTEXT({cell}),LEN({cell})>=6)"
    kind = f"{xlsxwriter.utility.xl_col_to_name(place)}2"
    return f'=AND(ISTEXT({cell}),OR(LEN({cell})=18,AND({kind}<>"",{kind}<>"身份证")))'


def _warning(column: Column, formula: str, message: str) -> dict[str, Any]:
    return {
        "validate": "custom",
        "value": formula,
        "error_type": "warning",
        "error_title": column.header,
        "error_message": f"{message}确定要这样填吗？",
        "input_title": column.header,
        "input_message": f"{message}{column.meaning}"[:255],
    }


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
