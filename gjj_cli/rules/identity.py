"""证件号码: check digit, birth date, region, and agreement with 性别 and 出生日期 (E201-E208, E211-E213, W815-W818).

`<slug>.card` tells whether the number is to be judged as an 18-digit identity number; the facts themselves
(`<slug>.check_ok`, `.birth`, `.sex` …) come from `gjj_cli.identity` and are joined by `workbook.frame`.
"""

import polars as pl

from gjj_cli.rules.catalogue import rule

ID = "id_number"
GB = "GB 11643-1999"


@rule("E201", "校验码对不上", at=ID, basis=GB, example="18 位里抄错一位")
def check_digit(slug: str) -> pl.Expr:
    """校验码对不上，18 位里至少抄错一位（GB 11643-1999）。
    改：对照身份证原件重填这一格，不要只改末位凑数。
    """
    return pl.col(f"{slug}.card") & pl.col(f"{slug}.well_formed") & ~pl.col(f"{slug}.check_ok")


@rule("E202", "身份证号码的位数或字符不对", at=ID, basis=GB, example="17 位，或者 X 不在末位")
def shape(slug: str) -> pl.Expr:
    """身份证号码应是 18 位数字（末位可以是 X），这一格不是。
    改：对照身份证原件重填。
    """
    return pl.col(f"{slug}.card") & ~pl.col(f"{slug}.well_formed")


@rule("E203", "身份证里的出生日期不存在", at=ID, basis=GB, example="2 月 30 日")
def birth_date(slug: str) -> pl.Expr:
    """号码里的出生日期（第 7 到 14 位）没有这一天。
    改：对照身份证原件重填。
    """
    return pl.col(f"{slug}.card") & pl.col(f"{slug}.well_formed") & pl.col(f"{slug}.birth").is_null()


@rule("E204", "出生日期在业务日期之后", at=ID, basis=GB, example="明天出生")
def not_born(slug: str) -> pl.Expr:
    """号码里的出生日期 {id_number.birth} 不早于业务日期 {today}。
    改：对照身份证原件重填。
    """
    return pl.col(f"{slug}.card") & (pl.col(f"{slug}.birth") >= pl.col("today"))


@rule(
    "E205",
    "身份证的地区号不存在",
    at=ID,
    basis="GB/T 2260；81 82 83 为港澳台居民居住证",
    example="99 开头以外的未知省号",
)
def region(slug: str) -> pl.Expr:
    """号码前两位没有这个省、自治区、直辖市。
    改：对照身份证原件重填。
    """
    return pl.col(f"{slug}.card") & pl.col(f"{slug}.well_formed") & ~pl.col(f"{slug}.region_ok")


@rule("E206", "性别和身份证不一致", at="sex", basis=GB, example="第 17 位是单数却写女")
def sex_differs(slug: str) -> pl.Expr:
    """填的是{value}，按证件号码第 17 位是{id_number.sex}。
    改：看看是性别填错还是证件号码抄错。
    """
    return pl.col("id_number.card") & (pl.col(slug) != pl.col("id_number.sex"))


@rule("E207", "出生日期和身份证不一致", at="birth", basis=GB, example="身份证是 1990-01-01，填了 1990-01-10")
def birth_differs(slug: str) -> pl.Expr:
    """填的是 {value}，按证件号码是 {id_number.birth}。
    改：看看是日期填错还是证件号码抄错。
    """
    return pl.col("id_number.card") & (pl.col(slug) != pl.col("id_number.birth"))


@rule("E208", "证件号码和证件类型的样子不符", at=ID, basis="各证件的编号规则", example="护照号里有汉字")
def other_document(slug: str) -> pl.Expr:
    """这不像是「{doc_type}」的号码。
    改：看看是证件类型选错了，还是号码抄错了。
    """
    return ~pl.col(f"{slug}.form_ok")


@rule("W815", "15 位旧身份证号码", at=ID, basis="2013-01-01 起停用 15 位号码", example="110105491231002")
def old_number(slug: str) -> pl.Expr:
    """是 15 位旧号码，按对应的 18 位号码办理。
    改：按现在的身份证填 18 位。
    """
    return pl.col(f"{slug}.card") & pl.col(f"{slug}.is15")


@rule("W816", "年龄不像在职职工", at=ID, basis="劳动法第十五条", example="2024 年出生")
def age(slug: str) -> pl.Expr:
    """按号码是 {id_number.birth} 出生，还不到 16 岁，或者超过了年龄上限。
    改：对照身份证原件看看是不是抄错了；没有错就不用改。
    """
    birth, today = pl.col(f"{slug}.birth"), pl.col("today")
    young = birth.dt.offset_by("16y") > today
    old = (today.dt.year() - birth.dt.year()) > pl.col("age.max")
    return pl.col(f"{slug}.card") & (birth < today) & (young | (old & ~_over_100(slug)))


@rule("W817", "出生超过一百年", at=ID, basis=GB, example="1880 年出生")
def very_old(slug: str) -> pl.Expr:
    """按号码已经超过一百岁。
    改：对照身份证原件看看是不是抄错了；没有错就不用改。
    """
    return pl.col(f"{slug}.card") & _over_100(slug)


def _over_100(slug: str) -> pl.Expr:
    return pl.col(f"{slug}.birth").dt.offset_by("100y").fill_null(pl.date(9999, 1, 1)) < pl.col("today")


@rule("E211", "统一社会信用代码校验码对不上", at="uscc", basis="GB 32100-2015", example="末位抄错")
def uscc_check(slug: str) -> pl.Expr:
    """统一社会信用代码的校验码对不上，18 位里至少抄错一位。
    改：对照营业执照重填，不要只改末位凑数。
    """
    return pl.col(f"{slug}.uscc") == "E211"


@rule("E212", "统一社会信用代码不是 18 位", at="uscc", basis="GB 32100-2015", example="15 位的旧注册号")
def uscc_length(slug: str) -> pl.Expr:
    """统一社会信用代码应是 18 位；15 位的是旧注册号。
    改：对照营业执照重填。
    """
    return pl.col(f"{slug}.uscc") == "E212"


@rule(
    "E213", "统一社会信用代码里有不该有的字符", at="uscc", basis="GB 32100-2015 不用 I O S V Z", example="把 1 写成 I"
)
def uscc_character(slug: str) -> pl.Expr:
    """统一社会信用代码里有不用的字符（I O S V Z 不用）。
    改：对照营业执照重填，留心 1 和 I、0 和 O、2 和 Z。
    """
    return pl.col(f"{slug}.uscc") == "E213"


@rule(
    "W818",
    "统一社会信用代码里的组织机构代码校验不符",
    at="uscc",
    basis="GB 11714-1997",
    example="第 9 到 17 位自带的校验码不符",
)
def uscc_inner(slug: str) -> pl.Expr:
    """总校验码对，但第 9 到 17 位的组织机构代码自己的校验码不对。
    改：对照营业执照看一遍；没有抄错就不用改。
    """
    return pl.col(f"{slug}.uscc") == "W818"
