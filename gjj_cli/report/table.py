"""The CSV report: a line a finding, for people who look at it in Excel."""

import csv
import io

from gjj_cli.report import told
from gjj_cli.report.told import Report

HEADERS = ("文件", "工作表", "格", "行", "列名", "代码", "级别", "内容", "说明", "改法", "依据", "核实")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # how a cell begins that a spreadsheet would compute


def render(report: Report) -> str:
    """The lines with a header, begun by the mark that makes Excel read UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADERS)
    for checked in report.files:
        for finding in told.findings(checked):
            writer.writerow(
                guarded(value)
                for value in (
                    checked.name,
                    finding.place.sheet or "",
                    finding.place.cell or "",
                    str(finding.place.row or ""),
                    finding.header or "",
                    finding.code,
                    finding.severity.label,
                    finding.value or "",
                    finding.message,
                    finding.hint,
                    finding.basis,
                    "是" if finding.verified else "否",
                )
            )
        for said in told.remarks(checked):
            writer.writerow([guarded(checked.name), *[""] * 7, said, "", "", ""])
    return "\ufeff" + text.getvalue()


def guarded(value: str) -> str:
    """The value as text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
