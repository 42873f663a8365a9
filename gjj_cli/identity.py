"""证件号码 and 统一社会信用代码: what a number says of itself, as polars expressions and for one text.

Sources: GB 11643-1999 (居民身份证, with the 15-digit form before it), the 2018 居住证 and 2023 永久居留身份证 that
share its check digit, GB 32100-2015 and GB 11714-1997 (统一社会信用代码 and the 组织机构代码 inside it).
"""

import re

import polars as pl

# The first two digits: provinces, 台湾 (old block 71), and the 居住证 of 香港, 澳门 and 台湾 (81 to 83).
_BLOCKS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
REGIONS = tuple(str(region) for first, last in _BLOCKS for region in range(first, last + 1))
FOREIGN = "9"  # 外国人永久居留身份证: the next five digits are no region of GB/T 2260

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"  # by the weighted sum mod 11
_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_TRANSLATION = {ord(wide): narrow for wide, narrow in _WIDE.items()}
_BLANKS = r"[\s\u{00A0}\u{3000}]"
_WELL_FORMED = r"^(?:[0-9]{15}|[0-9]{17}[0-9X])$"


def normalized(text: pl.Expr) -> pl.Expr:
    """Numbers as they are compared: full-width forms to ASCII, blanks removed, letters upper. Null stays null.

    Look-alikes (a Cyrillic Х) stay what they are and make the number ill-formed.
    """
    return text.str.replace_many(_WIDE).str.replace_all(_BLANKS, "").str.to_uppercase()


def facts(id_expr: pl.Expr) -> dict[str, pl.Expr]:
    """What 18- and 15-digit identity numbers say, as named expressions over a String expression.

    `normalized` String; `well_formed` Boolean, the shape of 15 or 18 characters; `is15` Boolean; `id18` String, the
    15-digit number in its 18-digit form, anything else as normalized; `check_ok`, `region_ok` Boolean; `birth` Date,
    null also when there is no such day; `sex` 男 or 女. A null number makes every fact null; an ill-formed one makes
    all after `id18` null, so that a rule of the form `~check_ok` stays silent where E202 speaks.
    Each expression is whole by itself; `with_facts` evaluates them together, ten times as fast.
    """
    text = normalized(id_expr)
    well_formed = text.str.contains(_WELL_FORMED)
    body = _body(text, well_formed)
    return _told(text, well_formed, body, _check_character(body))


def with_facts(frame: pl.DataFrame, column: str, prefix: str = "id_") -> pl.DataFrame:
    """The frame with the `facts` of one of its String columns as further columns, about a million rows a second.

    The prefix keeps `sex` and `birth` apart from what people typed there. What the facts share is made first, step by
    step: left to polars to find, that costs a small frame more than all the rest of reading it.
    """
    text, well_formed, body, check = (pl.col(f"identity.{name}") for name in _SHARED)
    staged = frame.with_columns(normalized(pl.col(column)).alias("identity.text"))
    staged = staged.with_columns(text.str.contains(_WELL_FORMED).alias("identity.well_formed"))
    staged = staged.with_columns(_body(text, well_formed).alias("identity.body"))
    staged = staged.with_columns(_check_character(body).alias("identity.check"))
    named = {f"{prefix}{name}": fact for name, fact in _told(text, well_formed, body, check).items()}
    return staged.with_columns(**named).drop(f"identity.{name}" for name in _SHARED)


_SHARED = ("text", "well_formed", "body", "check")


def _body(text: pl.Expr, well_formed: pl.Expr) -> pl.Expr:
    """The first 17 digits of the 18-digit form as an Int64."""
    number = pl.when(well_formed).then(text.str.head(17)).cast(pl.Int64)
    lengthened = number // 10**9 * 10**11 + 19 * 10**9 + number % 10**9
    return pl.when(text.str.len_bytes() == 15).then(lengthened).otherwise(number)


def _told(text: pl.Expr, well_formed: pl.Expr, body: pl.Expr, check: pl.Expr) -> dict[str, pl.Expr]:
    """The facts, from what they share."""
    is15 = well_formed & (text.str.len_bytes() == 15)
    is18 = well_formed & (text.str.len_bytes() == 18)
    # The lengthened number keeps its own text in front, for a leading zero would be lost in the integer.
    id18 = pl.when(is15).then(pl.concat_str(text.str.head(6), pl.lit("19"), text.str.tail(9), check)).otherwise(text)
    prefix = text.str.head(2)
    return {
        "normalized": text.alias("normalized"),
        "well_formed": well_formed.alias("well_formed"),
        "is15": is15.alias("is15"),
        "id18": id18.alias("id18"),
        "check_ok": pl.when(is18).then(text.str.tail(1) == check).when(is15).then(True).alias("check_ok"),
        "region_ok": pl.when(well_formed)
        .then(prefix.is_in(list(REGIONS)) | prefix.str.starts_with(FOREIGN))
        .alias("region_ok"),
        "birth": _birth(body).alias("birth"),
        "sex": pl.when(body % 2 == 1).then(pl.lit("男")).when(body % 2 == 0).then(pl.lit("女")).alias("sex"),
    }


def _check_character(body: pl.Expr) -> pl.Expr:
    """The check character of GB 11643 for the first 17 digits as an Int64 (ISO 7064 MOD 11-2)."""
    total = pl.sum_horizontal(
        (body // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(_WEIGHTS)), ignore_nulls=False
    )
    return (total % 11).replace_strict(list(range(11)), list(_CHECKS), default=None, return_dtype=pl.String)


def _birth(body: pl.Expr) -> pl.Expr:
    day = (body // 1000 % 10**8).cast(pl.String).str.zfill(8)
    # A year 0 parses in polars and is no date in Python, nor anywhere else.
    return pl.when(~day.str.starts_with("0000")).then(day.str.to_date("%Y%m%d", strict=False))


# What a number of another document looks like, by the label of the doc_type dictionary (codes E208).
_FORMS = {
    "护照": r"^[0-9A-Z]{5,17}$",
    "港澳居民来往内地通行证": r"^[HM][0-9]{8}(?:[0-9]{2})?$",
    "台湾居民来往大陆通行证": r"^[0-9]{8}(?:[0-9]{2})?$",
    "外国人永久居留证": r"^(?:[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X])$",
    "港澳台居民居住证": r"^8[123]0000[0-9]{11}[0-9X]$",
    "军官证": r"^.{4,30}$",
    "其他": r"^.{1,30}$",
}
_CHECKED = ("外国人永久居留证", "港澳台居民居住证")  # their 18-character form carries the check digit and a birth date


def other_form_ok(doc_type: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Whether a number has the form of its document; null for 身份证, whose `facts` say more, and for nulls.

    `doc_type` is a label of the policy's doc_type dictionary, `number` the text as typed. Source: facts 5 (E208).
    """
    fact = facts(number)
    text = fact["normalized"]
    sound = fact["check_ok"].fill_null(True) & (~fact["well_formed"] | fact["birth"].is_not_null())
    verdict = pl.lit(None, dtype=pl.Boolean)
    for label, form in _FORMS.items():
        fits = text.str.contains(form)
        if label in _CHECKED:
            fits = fits & sound
        verdict = pl.when(doc_type == label).then(fits).otherwise(verdict)
    return verdict.alias("other_form_ok")


_USCC_SET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I O S V Z
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def normalise(text: str) -> str:
    """`normalized` for one text."""
    return re.sub(r"[\s\u00a0\u3000]", "", text.translate(_TRANSLATION)).upper()


def uscc_problem(text: str) -> str | None:
    """The first finding code about a 统一社会信用代码 as typed: E212 length, E213 character, E211 check digit,
    W818 the 组织机构代码 inside; None when there is nothing to say."""
    code = normalise(text)
    if len(code) != 18:
        return "E212"
    if not set(code) <= set(_USCC_SET):
        return "E213"
    total = sum(_USCC_SET.index(mark) * pow(3, place, 31) for place, mark in enumerate(code[:17]))
    if code[17] != _USCC_SET[-total % 31]:
        return "E211"
    # GB 11714 reads letters as 10 to 35, by the whole alphabet, not by the set above.
    total = sum(int(mark, 36) * weight for mark, weight in zip(code[8:16], _ORG_WEIGHTS, strict=True))
    if code[16] != "0123456789X0"[11 - total % 11]:
        return "W818"
    return None
