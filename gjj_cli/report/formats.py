"""The formats of `gjj validate` by name; a format's module is imported when it is asked for."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gjj_cli.report.told import Report

# Name -> the module beside this one whose `render(Report) -> str` writes it.
FORMATS = {
    "text": "text",
    "json": "machine",
    "csv": "table",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
    "html": "page",
}


def render(name: str, report: "Report") -> str:
    """The report in the format of that name, whole, with a last line end."""
    text: str = importlib.import_module(f"gjj_cli.report.{FORMATS[name]}").render(report)
    return text
