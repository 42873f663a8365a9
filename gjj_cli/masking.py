"""Masking (脱敏): what screens and logs show of identities, telephone numbers, accounts and foreign text."""

import re

_HIDDEN = "*"


def mask_id(number: str) -> str:
    """`440203********1234`: an identity number of 15 or more characters keeps its region and last four.

    Shorter ones (passport, 通行证) keep two at each end, so that a clerk still finds the row.
    """
    return _keep(number, 6, 4) if len(number) >= 15 else _keep(number, 2, 2)


def mask_mobile(number: str) -> str:
    """`138****0000`; a shorter telephone number keeps its last two digits."""
    return _keep(number, 3, 4) if len(number) >= 11 else _keep(number, 0, 2)


def mask_account(number: str) -> str:
    """`001****001`: a 个人账号 or bank account keeps three at each end."""
    return _keep(number, 3, 3) if len(number) >= 9 else _keep(number, 0, 2)


def _keep(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden < 1:
        return _HIDDEN * len(text)
    return text[:head] + _HIDDEN * hidden + text[len(text) - tail :]


_PARAMETERS = re.compile(r"\[parameters: .*", re.DOTALL)  # SQLAlchemy appends the values of a statement
_QUOTED = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_.]*")
_DIGITS = re.compile(r"[0-9]{5,}[xX]?")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def mask_log(text: str) -> str:
    """An exception's message as a log file may keep it: no names, no numbers of people, no passwords.

    What may be data goes: everything that is not ASCII, every run of five or more digits, every quoted value that
    is not a plain identifier, the values of an SQL statement and the user part of a URL.
    """
    text = _PARAMETERS.sub("", text)
    text = _CREDENTIALS.sub("***@", text)
    text = _FOREIGN.sub("?", text)
    text = _QUOTED.sub(lambda match: _quoted(match[1] or match[2] or ""), text)
    return _DIGITS.sub("***", text)


def _quoted(value: str) -> str:
    return f"'{value}'" if _IDENTIFIER.fullmatch(value) else "'***'"
