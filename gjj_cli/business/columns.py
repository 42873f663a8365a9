"""Columns that several workbooks share. Headers are the manual's own words (手册 一, 二)."""

from gjj_cli.business.spec import Column, Kind

ACCOUNT = Column(
    "account",
    "个人账号",
    Kind.ACCOUNT,
    "职工的公积金账号；和证件号码至少填一个",
    "0010000001",
    max_length=20,
)
NAME = Column("name", "姓名", Kind.NAME, "和证件上一致；可以有间隔点", "张三", max_length=120)
DOC_TYPE = Column("doc_type", "证件类型", Kind.DICTIONARY, "从下拉里选", "身份证", dictionary="doc_type")
ID_NUMBER = Column(
    "id_number",
    "证件号码",
    Kind.ID_NUMBER,
    "身份证 18 位，先设为文本再粘贴；和个人账号至少填一个",
    "11010519491231002X",
    max_length=30,
)
BASE = Column("base", "缴存基数", Kind.MONEY, "职工上一年度月平均工资，元", "5000.00")
EFFECTIVE_MONTH = Column("effective_month", "生效年月", Kind.MONTH, "空着就是单位的应汇缴年月", "2025-07")
MOBILE = Column("mobile", "手机号码", Kind.MOBILE, "11 位", "13900000000", max_length=20)
UNIT = Column("unit", "单位账号", Kind.UNIT, "单位的公积金账号", "0500001", max_length=20)
SEALING_REASON = Column(
    "reason", "封存原因", Kind.DICTIONARY, "从下拉里选", "终止劳动关系", dictionary="sealing_reason"
)

# A row names its person by account or by ID; both must then be the same person.
PERSON = (ACCOUNT, NAME, DOC_TYPE, ID_NUMBER)
