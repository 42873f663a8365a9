"""What a file's form can break before there is a row to judge: unreadable files, headers, notes (E0xx, W812, W813, I901).

These run where the file is opened and laid out (`workbook.gate`, `workbook.layout`); here are their words.
"""

from gjj_cli.rules.catalogue import rule

TEMPLATE = "标准模板（手册 一）"
FORMS = "只读 .xlsx 和 .csv"
BOUNDS = "50 MB，20 万行，256 列，500 万个有内容的格子"


@rule(
    "E001", "不是 .xlsx 工作簿", at="file", basis=FORMS, runs="layout", example="旧版 .xls、.xlsb、改了名的 PDF、空文件"
)
def no_workbook() -> None:
    """内容不是 .xlsx 工作簿，也不是 CSV；看的是内容，不是名字。
    改：在 Excel 或 WPS 里「另存为」，类型选「Excel 工作簿 (*.xlsx)」，再校验一次。
    """


@rule("E002", "文件有密码", at="file", basis=FORMS, runs="layout", example="打开时要输密码的工作簿")
def locked() -> None:
    """文件加了打开密码，里面的内容读不出来。
    改：在 Excel 或 WPS 里打开，「文件」「信息」里取消密码，保存，再校验一次。
    """


@rule("E003", "文件损坏或不完整", at="file", basis=FORMS, runs="layout", example="没有下载完、传的时候断了")
def damaged() -> None:
    """文件只有一部分，或者里面对不上，读不全；读不全的表一行也不办。
    改：请对方重发一次；能在 Excel 或 WPS 里打开的，「另存为」.xlsx 再校验。
    """


@rule("E004", "文件超过限度", at="file", basis=BOUNDS, runs="layout", example="解开后超过 300 MB、行数超过 20 万")
def over_bounds() -> None:
    """文件太大：提示里写着超过了哪一条、限度是多少。
    改：拆成几个文件，或者只把名单「粘贴为值」到标准模板里，再校验。
    """


@rule(
    "E005",
    "文件打不开",
    at="file",
    basis="系统打不开的文件没有内容可读",
    runs="layout",
    example="没有这个文件、没有权限、是文件夹",
)
def not_opened() -> None:
    """没有这个文件，或者没有权限读，或者它是文件夹、管道。
    改：看看文件名、所在的文件夹和权限对不对。
    """


@rule(
    "E006",
    "文件里有宏",
    at="file",
    basis="宏是程序，为了安全不读",
    runs="layout",
    example=".xlsm，或者 .xlsm 改名为 .xlsx",
)
def macros() -> None:
    """文件里有宏，为了安全不读。
    改：在 Excel 或 WPS 里「另存为」，类型选「Excel 工作簿 (*.xlsx)」，再校验一次。
    """


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


@rule(
    "E012", "看不出是哪张表，或者不是要的那张", at="file", basis=TEMPLATE, runs="layout", example="表头和哪张模板都不像"
)
def unknown_business() -> None:
    """{why}。
    改：核对单位账号和业务名；看不出的，用 gjj template export 导出的模板，或者加 --business 业务名。
    """


@rule("E013", "没有数据行", at="file", basis=TEMPLATE, runs="layout", example="只有表头")
def no_rows() -> None:
    """表头下面没有数据。
    改：从表头的下一行起填，一人一行。
    """


@rule("E014", "不认识的模板版本", at="file", basis=TEMPLATE, runs="layout", example="用更新的 gjj 导出的模板")
def unknown_version() -> None:
    """这张表是用第 {version} 版模板填的，这个程序不认识这一版。
    改：换新版的 gjj 来校验；或者用这个程序导出的模板重新填。
    """


@rule(
    "E015",
    "人数或合计和预期的不一样",
    at="file",
    basis="校验时用 --expect-rows、--expect-total 写明的数",
    runs="layout",
    example="写明 120 人，表里 119 人",
)
def not_as_expected() -> None:
    """{what}。
    改：对照原始名单，看漏了谁、多了谁，哪一格的金额不对；预期的数写错了的，改了再校验。
    """


@rule("E114", "几个人合并成一格", at="file", basis=TEMPLATE, runs="layout", example="五个人的封存原因合并成一格")
def merged() -> None:
    """{area} 合并成了一格，只有第一格有值，其余的读出来是空的。
    改：取消合并，每个人的每一格都填上；不要合并格子。
    """


@rule("W812", "多出来的列", at="file", basis=TEMPLATE, runs="layout", example="多了一列「部门」")
def extra_column() -> None:
    """「{header}」不是这张表的列，没有读。
    改：要办的内容，写到标准表头下面每个人那一行；不要的不用改。
    """


@rule("W813", "读了隐藏的行或列", at="file", basis="看不见的也会办理", runs="layout", example="第 5 行是隐藏的")
def hidden() -> None:
    """{what}是隐藏的，也读了。
    改：取消隐藏看一眼；不要的整行或整列删掉。
    """


@rule("I901", "说明", at="file", basis="只是告诉您怎么读的", runs="layout", example="跳过了示例行、合计行")
def note() -> None:
    """{what}。
    改：不用改。
    """
