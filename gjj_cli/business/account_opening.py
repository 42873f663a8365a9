"""个人账户设立 (手册 一.1, 二.1): new employees, each with a new account from 启缴年月 on."""

from gjj_cli.business import columns
from gjj_cli.business.spec import Business, Change, Column, Kind
from gjj_cli.rules import base, batch, identity, month, person

ACCOUNT_OPENING = Business(
    slug="account-opening",
    title="个人账户设立",
    code="03",
    short="开户",
    memo="开户{n}人",
    change_type="开户",
    columns=(
        columns.NAME.having(required=True),
        columns.DOC_TYPE.having(required=True),
        columns.ID_NUMBER.having(required=True, meaning="身份证 18 位，先设为文本再粘贴"),
        columns.BASE.having(required=True),
        columns.MOBILE.having(required=True),
        columns.EFFECTIVE_MONTH.as_(
            "effective_month", "启缴年月", meaning="第一个缴存的月份；空着就是单位的应汇缴年月"
        ),
        Column("sex", "性别", Kind.DICTIONARY, "身份证可以不填", "女", dictionary="sex"),
        Column("birth", "出生日期", Kind.DATE, "身份证可以不填", "1949-12-31"),
        Column("phone", "固定电话", Kind.PHONE, "区号-号码", "0751-8880000"),
        Column("marital", "婚姻状况", Kind.DICTIONARY, "从下拉里选", "已婚", dictionary="marital"),
        Column("education", "学历", Kind.DICTIONARY, "从下拉里选", "本科", dictionary="education"),
        Column("occupation", "职业", Kind.DICTIONARY, "从下拉里选", "办事人员", dictionary="occupation"),
        Column(
            "professional_title",
            "职称",
            Kind.DICTIONARY,
            "从下拉里选",
            "中级",
            dictionary="professional_title",
        ),
        Column("job_title", "职务", Kind.DICTIONARY, "从下拉里选", "职员", dictionary="job_title"),
        Column("address", "家庭住址", Kind.TEXT, "", "韶关市浈江区", max_length=255),
        Column("family_income", "家庭月收入", Kind.MONEY, "元", "12000.00"),
        Column("postcode", "邮政编码", Kind.POSTCODE, "6 位", "512000"),
    ),
    month_column="effective_month",
    totals=("base",),
    one_of=(),
    rules=(
        person.unit_unusable,
        batch.same_person_twice.on("id_number"),
        person.has_account_here,
        person.has_account_elsewhere,
        base.not_above_zero.on("base"),
        base.below_floor.on("base"),
        base.above_ceiling.on("base"),
        month.too_late.on("effective_month"),
        batch.same_mobile_twice,
        identity.sex_differs,
        identity.birth_differs,
    ),
    changes=(Change("open", base="base"),),
)
