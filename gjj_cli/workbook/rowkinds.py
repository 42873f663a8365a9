"""Which rows below a header are people: not a sample, not a total, not a note or a signature line."""

import re
from collections.abc import Sequence
from enum import StrEnum

TOLD = 4  # first filled texts of a row that tell what it is


class RowKind(StrEnum):
    PERSON = "person"
    SAMPLE = "sample"
    TOTAL = "total"
    NOTE = "note"


# In the first texts of a row (joined by line breaks, as typed): a character of each word below, or a row of column numbers.
# A row without is a person at a glance, unless it has one filled cell only. For polars.
DOUBTFUL = r"[例样计共总注说备填制经审复负主法联电手单签盖公日附]|^[(（]?1[)）]?\n[(（]?2[)）]?\n"

_SAMPLE = re.compile(
    r"[(\[【]?(?:填写|填表)?(?:示例|样例|范例|举例|样表|例)(?:行|[0-9]*)[)\]】]?(?:[:(,，].*)?|.*[(\[【](?:示例|样例|例)[)\]】]"
)
_TOTAL = re.compile(
    r".{0,8}?(?:合计|总计|小计|共计|总人数)(?:[:(0-9¥].*|人数.*|金额.*|大写.*|人民币.*)?|共[0-9]+[人名个笔条行户].*"
)
_TOTAL_WORD = re.compile("(?:本页|本月|本表)?(?:合计|总计|小计|共计)")
_SAID = re.compile(
    r"(?:注意?|备注|说明|填表|填报|制表|经办|审核|审批|复核|负责|主管|法定代表|联系|电话|手机|单位|签字|签名|盖章|公章|日期|附)[^:]{0,8}:.*"
)
_SIGNED = re.compile(r".{0,8}(?:\((?:盖章|公章|签章|签字|签名)\)|盖章|签章).{0,4}")
_ALONE = re.compile(r"(?:注[:0-9]|备注|说明|填表|制表|经办|审核|复核).*|.*[;,。，；、：:].*")
_IDENTITY = re.compile(r"[0-9A-Z]*[0-9][0-9A-Z]{5,}")


def is_identity(text: str) -> bool:
    """Whether the squeezed text of an identity or account cell is a number at all; then its row is about a person."""
    return _IDENTITY.fullmatch(text.upper()) is not None


def row_kind(texts: Sequence[str], filled: int, identified: bool) -> RowKind:
    """What a row is, by its first TOLD filled texts (squeezed), how many cells it has filled, and whether its
    identity or account cell holds a number: `identified` rows are people even where a word looks like a total.
    """
    if [text.strip("()") for text in texts[:3]] == ["1", "2", "3"] and not identified:
        return RowKind.NOTE
    if any(_SAMPLE.fullmatch(text) for text in texts):
        return RowKind.SAMPLE
    if texts and (_SAID.fullmatch(texts[0]) or _SIGNED.fullmatch(texts[0])):
        return RowKind.NOTE
    if texts and _TOTAL_WORD.fullmatch(texts[0]):
        return RowKind.TOTAL
    if identified:
        return RowKind.PERSON
    if any(_TOTAL.fullmatch(text) for text in (*texts, "".join(texts[:2]))):
        return RowKind.TOTAL
    if filled == 1 and _ALONE.fullmatch(texts[0]):
        return RowKind.NOTE
    return RowKind.PERSON
