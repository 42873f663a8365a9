"""The least that validating can cost: import the frame and the schema library, read the cells."""

import sys

import pandera.polars  # noqa: F401
import polars  # noqa: F401
from python_calamine import CalamineWorkbook

cells = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python(skip_empty_area=False)
print(len(cells) - 1)
