"""What stands before an XML part's root element: told from its first bytes, without parsing the part."""

import re

XML = (".xml", ".rels", ".vml")  # the parts of a workbook that are XML, by the end of their names

# The declaration, comments and instructions, then a DTD or the root; possessive, so that it is scanned once.
_PROLOG = re.compile(
    r"\ufeff?(?:[ \t\r\n]|<\?.*?\?>|<!--.*?-->)*+(?:(?P<dtd><!DOCTYPE)|<[A-Za-z_:\x80-\U0010ffff])",
    re.DOTALL,
)


def is_xml(part: str) -> bool:
    """Whether a part of that name should be XML."""
    return part.casefold().endswith(XML)


def has_dtd(head: bytes) -> bool:
    """Whether an XML part declares a DTD. `head` is the part's beginning; the root must begin inside it.

    Raises ValueError when neither a DTD nor a root element follows the prolog: broken, or in an encoding (UTF-7,
    UTF-32) that could hide a DTD from us and show it to another reader.
    """
    found = _PROLOG.match(_decoded(head))
    if found is None:
        raise ValueError("neither a DTD nor a root element")
    return found["dtd"] is not None


def _decoded(head: bytes) -> str:
    """As far as markup needs it: UTF-16 by its mark or its NULs, all else by ASCII's own bytes."""
    if head.startswith((b"\xff\xfe", b"<\x00")):
        return head.decode("utf-16-le", "replace")
    if head.startswith((b"\xfe\xff", b"\x00<")):
        return head.decode("utf-16-be", "replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
