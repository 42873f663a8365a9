"""What a person types for a business, a batch value or a month, turned into what flows take."""

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gjj_cli import month as months
from gjj_cli.business import names
from gjj_cli.business.roster import ROSTER
from gjj_cli.business.spec import Business
from gjj_cli.errors import Refused, UsageError
from gjj_cli.rules.policy import load
from gjj_cli.settings import Settings

_CASE_NUMBER = re.compile(r"([0-9]+-)?[0-9]{4}-[0-9]{3,}")


def business_named(text: str | None) -> Business | None:
    """The batch business of a slug or Chinese title, None for None. Raises UsageError with the nearest otherwise."""
    if text is None:
        return None
    name = names.find(text)
    if name is not None and name.slug in ROSTER:
        return ROSTER[name.slug]
    if name is not None:
        raise UsageError(f"「{name.title}」没有表格", remedies=(f"看怎么办：gjj help {name.title}",))
    known = [word for name in names.BATCH for word in (name.title, name.slug)]
    near = [word for word in known if text and text in word] or difflib.get_close_matches(text, known, cutoff=0.4)
    asked = f"，是不是 {'、'.join(near)}？" if near else ""
    raise UsageError(f"不认识业务 {text}{asked}", remedies=("可以：" + "、".join(name.title for name in names.BATCH),))


def file_named(text: str) -> Path:
    """The file that `case submit` is given. Raises UsageError where it can only be a business or a 受理号."""
    path = Path(text)
    if path.exists():
        return path
    if names.find(text) is not None:
        business = business_named(text)
        title = business.title if business else text
        raise UsageError(
            f"「{text}」是业务名，没有提交：还要一张填好的表，或者 --row 写明每个人",
            remedies=(
                f"改：gjj case submit {title}.xlsx",
                f"或者 gjj case submit {title} --row 个人账号=0010000001,...",
            ),
        )
    if _CASE_NUMBER.fullmatch(text):
        raise UsageError(
            f"{text} 是受理号，没有提交：退回的业务改好表，把表再交一次",
            remedies=("改：gjj case submit 表.xlsx", f"可以：看为什么退回：gjj case show {text}"),
        )
    return path


def values_set(pairs: Sequence[str]) -> dict[str, str]:
    """`K=V` pairs as a mapping. Raises UsageError for one without `=`, a key of no workbook, or one given two values."""
    values: dict[str, str] = {}
    headers = {column.header for business in ROSTER.values() for column in (*business.batch, *business.columns)}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {pair} 少了等号", remedies=("改：写成 --set 补缴类型=按月补缴",))
        if key.strip() not in headers:
            near = difflib.get_close_matches(key.strip(), headers, n=1)
            asked = f"，是不是 {near[0]}？" if near else ""
            raise UsageError(f"没有叫「{key.strip()}」的列{asked}", remedies=("改：写成 --set 补缴类型=按月补缴",))
        if values.setdefault(key.strip(), value.strip()) != value.strip():
            raise UsageError(f"--set 的 {key} 给了两个不同的值", remedies=("改：留一个",))
    return values


def must_take(businesses: Sequence[Business], values: Mapping[str, str], *, columns: bool = False) -> None:
    """Raises UsageError for a `--set` that none of the businesses takes: as a batch value, or with `columns` as either."""
    taken = [
        column.header
        for business in businesses
        for column in (*business.batch, *(business.columns if columns else ()))
        if not column.read_only
    ]
    for header in values:
        if header not in taken and businesses:
            titles = "、".join(dict.fromkeys(business.title for business in businesses))
            can = "、".join(dict.fromkeys(taken))
            raise UsageError(
                f"--set {header}：{titles}没有这个整批的值",
                remedies=(f"可以：{can}" if can else "改：去掉 --set，每个人的值填在表里",),
            )


def rows_given(rows: Sequence[str]) -> list[dict[str, str]]:
    """`--row K=V,K=V` as mappings, one a person; a comma inside a value is written as the full-width one.

    Raises UsageError for a part without `=`.
    """
    people = []
    for row in rows:
        person: dict[str, str] = {}
        for part in row.split(","):
            key, equals, value = part.partition("=")
            if not equals or not key.strip():
                raise UsageError(
                    f"--row 里的 {part} 少了等号", remedies=("改：写成 --row 个人账号=0010000001,封存原因=其他",)
                )
            if key.strip() in person:
                raise UsageError(f"--row 里的 {key.strip()} 写了两次", remedies=("改：留一个；两个人就写两个 --row",))
            person[key.strip()] = value.strip()
        people.append(person)
    return people


def month_asked(text: str | None, settings: Settings) -> int:
    """A --through month: 2025-07, 本月, 上月, or the business month when it is left out."""
    current = months.of_date(settings.as_of)
    words = {None: current, "本月": current, "上月": current - 1}
    if text in words:
        return words[text]
    try:
        return months.parse(text or "")
    except ValueError:
        raise UsageError(
            f"--through 要写年月，不能是 {text}", remedies=("改：写成 2025-07，或者 本月、上月",)
        ) from None


def method_asked(text: str | None) -> str:
    """--method as a code; only 暂收 in this release. Raises UsageError for an unknown one, Refused for a later one."""
    label = load().dictionary("method").label_of(text) if text else "暂收"
    if text in ("auto", "自动"):
        label = "暂收"
    if label is None:
        raise UsageError(f"不认识缴款方式 {text}", remedies=("改：--method 暂收",))
    if label != "暂收":
        raise Refused(f"缴款方式「{label}」这一版还不能办，没有汇缴，账簿没有变", remedies=("改：--method 暂收",))
    return "suspense"
