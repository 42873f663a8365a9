"""What a single cell can break whatever the business: E101-E112, W814. The reader notes, these rules judge.

The reader (`workbook.values`) leaves in `<slug>.problem` the code of what it could not tell for certain and in
`<slug>.note` why.
"""

import polars as pl

from gjj_cli.rules.catalogue import rule

EACH = "each"


def problem(slug: str, code: str) -> pl.Expr:
    return pl.col(f"{slug}.problem") == code


@rule("E101", "必填项没填", at=EACH, basis="标准模板（手册 一）", example="「姓名」空着")
def missing(slug: str) -> pl.Expr:
    """{missing}。
    改：填上；如果这一行不要了，整行删掉。
    """
    return pl.col(f"{slug}.missing").is_not_null()


@rule("E102", "文字太长或有看不见的字符", at=EACH, basis="JGJ/T 320-2014 字段长度", example="姓名里混进了零宽空格")
def unprintable(slug: str) -> pl.Expr:
    """「{header}」{note}。
    改：太长的写短些；有看不见的字符的，把这一格清空重新打一遍，不要从网页或聊天窗口粘贴。
    """
    return problem(slug, "E102")


@rule("E104", "不在可选的值里", at=EACH, basis="政策包的字典", example="证件类型写「身份」")
def not_in_dictionary(slug: str) -> pl.Expr:
    """「{header}」没有「{value}」这个值，{note}。
    改：从下拉里选一个，不要自己写。
    """
    return problem(slug, "E104")


@rule("E105", "年月或日期看不准", at=EACH, basis="年月写成 2025-07", example="25-07、数字 45839、2025-13")
def unclear_month(slug: str) -> pl.Expr:
    """「{header}」写的 {value} 看不准：{note}。
    改：年月写成 2025-07，日期写成 2025-07-01；看不准的我们不猜。
    """
    return problem(slug, "E105")


@rule("E106", "百分比看不准", at=EACH, basis="比例写成 5%", example="0.5（是 0.5% 还是 50%）")
def unclear_percent(slug: str) -> pl.Expr:
    """「{header}」写的 {value} 看不准：{note}。
    改：带上百分号，写成 5%。
    """
    return problem(slug, "E106")


@rule("E107", "不是金额", at=EACH, basis="金额以元为单位，最多两位小数", example="1.2万、3000.005、1,23.00")
def not_an_amount(slug: str) -> pl.Expr:
    """「{header}」写的 {value} 不能当金额：{note}。
    改：写成以元为单位的数，最多两位小数，例如 3000.50。
    """
    return problem(slug, "E107")


@rule(
    "E108",
    "是数字，末几位已丢",
    at=EACH,
    basis="表格软件的数字只有 15 位有效",
    example="证件号码列是数字格式",
)
def digits_lost(slug: str) -> pl.Expr:
    """是数字不是文本，末几位已经丢了，改格式救不回来。
    改：整列先设为「文本」，再从原始名单重新粘贴。
    """
    return problem(slug, "E108")


@rule("E110", "公式没有结果，或者是错误值", at=EACH, basis="读取的是文件里算好的结果", example="#REF!")
def no_result(slug: str) -> pl.Expr:
    """「{header}」{note}，没有值可读。
    改：在 Excel 里算出结果，复制这一列，再「选择性粘贴」为数值。
    """
    return problem(slug, "E110")


@rule("E112", "电话或邮编的样子不对", at=EACH, basis="手机号码 11 位，邮政编码 6 位", example="手机号码只有 10 位")
def not_a_number_to_call(slug: str) -> pl.Expr:
    """「{header}」{value} 不对：{note}。
    改：对照登记表重填。
    """
    return problem(slug, "E112")


@rule("E113", "不是姓名", at=EACH, basis="姓名和证件上一致", example="123，或者 =HYPERLINK 开头的一串")
def not_a_name(slug: str) -> pl.Expr:
    """「{header}」{note}。
    改：对照证件重填姓名；从网页复制的，选「粘贴为值」。
    """
    return problem(slug, "E113")


@rule("W814", "公式：用了算好的结果", at=EACH, basis="读取的是文件里算好的结果", example="缴存基数列是 =B2*2")
def formula(slug: str) -> pl.Expr:
    """「{header}」是公式，按文件里算好的结果 {value} 办理。
    改：结果对就不用改；怕变，就「选择性粘贴」为数值。
    """
    return pl.col(f"{slug}.formula") & pl.col(f"{slug}.problem").is_null()
