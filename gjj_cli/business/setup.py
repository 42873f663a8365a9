"""建账: the three sheets of the workbook that `unit import` reads (semantics section 0, "Starting"). Not a business."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Column, Kind
from gjj_cli.rules import base, identity
from gjj_cli.rules.catalogue import BoundRule, Rule

SLUG = "setup"
UNIT_SHEET, EMPLOYEE_SHEET, AGENT_SHEET = "单位", "职工", "经办人"
STATUSES = ("正常", "封存")  # of an employee at the start of the books

UNIT = columns.UNIT.having(required=True)
_PAID_THROUGH = Column("paid_through", "缴至年月", Kind.MONTH, "最后缴清的月份；一个月都没缴就空着", "2025-06")

UNIT_COLUMNS = (
    UNIT,
    Column("name", "单位名称", Kind.NAME, "和登记的名称一致", "韶关示例机械有限公司", required=True, max_length=120),
    Column("org", "管理机构", Kind.UNIT, "两位机构代码", "05", required=True, max_length=2),
    Column("opening_date", "期初日期", Kind.DATE, "期初余额是哪一天的", "2025-07-01", required=True),
    Column("unit_rate", "单位比例", Kind.PERCENT, "单位缴存比例", "5%", required=True),
    Column("personal_rate", "个人比例", Kind.PERCENT, "个人缴存比例", "5%", required=True),
    Column("first_month", "首次汇缴年月", Kind.MONTH, "单位第一次汇缴的月份", "2020-01", required=True),
    _PAID_THROUGH,
    Column(
        "fund_balance", "公积金余额", Kind.MONEY, "等于职工表上年结转加当年归集的合计，元", "1000.00", required=True
    ),
    Column("suspense_balance", "暂收户余额", Kind.MONEY, "空着就是 0.00，元", "0.00"),
    Column("settled_year", "已结息年份", Kind.TEXT, "最近一次年度结息的年份", "2025", max_length=4),
    Column("uscc", "统一社会信用代码", Kind.TEXT, "18 位", "91350100M000100Y43", max_length=30),
    Column("payday", "发薪日", Kind.TEXT, "每月几号，1 到 31", "10", max_length=2),
)

EMPLOYEE_COLUMNS = (
    UNIT.having(meaning="这个人所在的单位，在单位表里有"),
    columns.ACCOUNT.having(required=True, meaning="沿用原来的公积金账号"),
    columns.NAME.having(required=True),
    columns.DOC_TYPE.having(required=True),
    columns.ID_NUMBER.having(required=True, meaning="身份证 18 位，先设为文本再粘贴"),
    columns.BASE.having(required=True),
    Column("status", "状态", Kind.TEXT, "正常或封存", "正常", required=True),
    columns.EFFECTIVE_MONTH.as_("start_month", "启缴年月", required=True, meaning="在这个单位缴存的第一个月"),
    _PAID_THROUGH,
    Column("prior", "上年结转", Kind.MONEY, "空着就是 0.00，元", "600.00"),
    Column("current", "当年归集", Kind.MONEY, "空着就是 0.00，元", "400.00"),
    columns.MOBILE,
)

AGENT_COLUMNS = (
    UNIT.having(meaning="经办哪个单位，在单位表里有"),
    columns.NAME.having(required=True),
    columns.ID_NUMBER.having(required=True, meaning="身份证 18 位，先设为文本再粘贴"),
    columns.MOBILE.having(required=True),
)

SHEETS = ((UNIT_SHEET, UNIT_COLUMNS), (EMPLOYEE_SHEET, EMPLOYEE_COLUMNS), (AGENT_SHEET, AGENT_COLUMNS))


def _sheet(title: str, of_sheet: tuple[Column, ...], rules: tuple[Rule | BoundRule, ...]) -> Business:
    """A sheet of 建账 in the shape of a business, so that it is laid out, read and judged by the one way there is."""
    return Business(
        slug=f"{SLUG}-{title}", title=title, code="", short="", memo="", columns=of_sheet, rules=rules, one_of=()
    )


UNITS = _sheet(
    UNIT_SHEET,
    UNIT_COLUMNS,
    (identity.uscc_length, identity.uscc_character, identity.uscc_check, identity.uscc_inner),
)
EMPLOYEES = _sheet(EMPLOYEE_SHEET, EMPLOYEE_COLUMNS, (base.not_above_zero.on("base"),))
AGENTS = _sheet(AGENT_SHEET, AGENT_COLUMNS, ())
