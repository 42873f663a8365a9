"""A file to typed cells, whichever kind of file it is: the one way by which data comes into gjj from a workbook."""

from pathlib import Path

from gjj_cli.errors import FileError
from gjj_cli.workbook import gate
from gjj_cli.workbook.csvcells import read_csv
from gjj_cli.workbook.grid import Cell, CellType, Row, Sheet, Workbook
from gjj_cli.workbook.xlsx import read_package

__all__ = ["Cell", "CellType", "Row", "Sheet", "Workbook", "read", "read_stream"]


def read(path: Path) -> Workbook:
    """The cells of an .xlsx or .csv file. Raises FileError E001-E006 (see `gate`)."""
    data = gate.load(path)
    is_package = gate.is_package(data, path.name)
    suffix = path.suffix.lower()
    if suffix == ".csv" and is_package:
        raise _misnamed(path.name, "Excel 工作簿", ".xlsx")
    if suffix != ".csv" and not is_package:
        raise _misnamed(path.name, "文本文件，不是 Excel 工作簿", ".csv")
    if is_package and suffix != ".xlsx":
        package = gate.package(data, path.name)  # says first what else is wrong with it
        raise _misnamed(package.name, "Excel 工作簿", ".xlsx")
    return read_stream(data, path.name)


def read_stream(data: bytes, name: str) -> Workbook:
    """The same from bytes that came through stdin (`-`); `name` is for messages. The kind is told by the content."""
    name = "标准输入" if name == "-" else name
    gate.check_size(data, name)
    if gate.is_package(data, name):
        return read_package(gate.package(data, name))
    return read_csv(data, name)


def _misnamed(name: str, kind: str, suffix: str) -> FileError:
    return FileError(
        f"{name} 其实是{kind}，名字不对",
        code="E001",
        remedies=(f"改：先看看是不是拿错了文件；没有拿错，把名字的后缀改成 {suffix}。",),
    )
