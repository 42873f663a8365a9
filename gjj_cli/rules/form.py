"""What a file's form can break before there is a row to judge: unreadable files, headers, notes (E0xx, W812, W813, I901).

These run where the file is opened and laid out (`workbook.gate`, `workbook.layout`); here are their words.
"""

from gjj_cli.rules.catalogue import rule

TEMPLATE = "标准模板（手册 一）"


def _file(code: str, title: str, example: str) -> None:
    def declaration() -> None: ...

    declaration.__doc__ = f"{title}。\n改：按提示处理文件，再校验一次。"
    rule(code, title, at="file", basis="只读 .xlsx 和 .csv", runs="layout", example=example)(declaration)


for _code, _title, _example in (
    ("E001", "不是 .xlsx 工作簿", "旧版 .xls、.xlsb、改了名的 PDF、空文件"),
    ("E002", "文件有密码", "加密的工作簿"),
    ("E003", "文件损坏或不完整", "没有下载完"),
    ("E004", "文件超过限度", "解压后超过 300 MB、行数超过 20 万"),
    ("E005", "文件打不开", "没有这个文件、没有权限、是文件夹"),
    ("E006", "文件里有宏", ".xlsm 改名为 .xlsx"),
):
    _file(_code, _title, _example)


@rule("E010", "缺少必需的表头", at="file", basis=TEMPLATE, runs="layout", example="没有「封存原因」这一列")
def missing_header() -> None:
    """没有「{header}」这一列{nearest}。
    改：补上这一列；表头的字和标准模板一样，位置不限。
    """


@rule("E011", "表头重复", at="file", basis=TEMPLATE, runs="layout", example="两列都叫「姓名」")
def header_twice() -> None:
    """「{header}」有两列（{cells}），不知道该用哪一列。
    改：留一列，删掉另一列。
    """


@rule("E012", "看不出是哪项业务的表", at="file", basis=TEMPLATE, runs="layout", example="表头和哪张模板都不像")
def unknown_business() -> None:
    """{why}。
    改：用 gjj template export 导出的模板，或者加 --business 业务名 说明是哪一张。
    """


@rule("E013", "没有数据行", at="file", basis=TEMPLATE, runs="layout", example="只有表头")
def no_rows() -> None:
    """表头下面没有数据。
    改：从表头的下一行起填，一人一行。
    """


@rule("W812", "多出来的列", at="file", basis=TEMPLATE, runs="layout", example="多了一列「部门」")
def extra_column() -> None:
    """「{header}」不是这张表的列，没有读。
    改：不用改；要办的内容不要写在这一列。
    """


@rule("W813", "读了隐藏的行或列", at="file", basis="看不见的也会办理", runs="layout", example="第 5 行是隐藏的")
def hidden() -> None:
    """{what}是隐藏的，也读了。
    改：取消隐藏看一眼；不要的整行删掉。
    """


@rule("I901", "说明", at="file", basis="只是告诉您怎么读的", runs="layout", example="跳过了示例行、合计行")
def note() -> None:
    """{what}。
    改：不用改。
    """
