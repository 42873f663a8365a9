"""The catalogue of finding codes: one declaration gives a rule its code, message, remedy, check and reference page.

A rule is a polars expression over one frame that says which rows are *bad*. Rules that judge a file's form or a
step of a flow, where there is no frame yet or any more, are declared the same way with `runs="layout"` or
`runs="step"` and raised or collected where that form or step is judged.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from gjj_cli.finding import Severity

Runs = Literal["frame", "layout", "step"]
Needs = Literal["file", "policy", "books"]


@dataclass(frozen=True)
class Rule:
    """One code. `message` and `remedy` come from the docstring and may name frame columns in braces.

    `family` is the module of gjj_cli.rules that declares it; its rows are fixtures/rules/<family>.toml.

    `bad` takes the slug of the column it is bound to and gives a Boolean expression; None for layout and step
    rules. `at` is the default slug, or "each" for the rules every column of a kind carries. `verified` names the
    Boolean frame column that tells whether the limit judged against is official; where it is not, an error is
    only a warning.
    """

    code: str
    family: str
    title: str
    message: str
    remedy: str
    remedy_unverified: str
    basis: str
    severity: Severity
    at: str
    needs: Needs
    runs: Runs
    verified: str | None
    example: str
    bad: Callable[[str], Any] | None

    @property
    def general(self) -> str:
        """The message as it stands in no particular file; the title where all of it comes from the file."""
        message = in_general(self.message)
        return message if re.search(r"[^.。，「」]", message) else f"{self.title}。"

    def on(self, slug: str) -> "BoundRule":
        """This rule, bound to another column than its default one."""
        return BoundRule(self, slug)


@dataclass(frozen=True)
class BoundRule:
    """A rule and the slug of the column it judges."""

    rule: Rule
    slug: str

    @property
    def bad(self) -> Any:
        """The Boolean expression of the rows that break it. Raises ValueError for a rule that judges no frame."""
        if self.rule.bad is None:
            raise ValueError(f"{self.rule.code} has no expression to check")
        return self.rule.bad(self.slug).fill_null(False)


CATALOG: dict[str, Rule] = {}

_SEVERITY = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}
_CODE = re.compile(r"[EWI][0-9]{3}")


def rule(
    code: str,
    title: str,
    *,
    at: str,
    basis: str,
    needs: Needs = "file",
    runs: Runs = "frame",
    verified: str | None = None,
    example: str = "",
) -> Callable[[Callable[..., Any]], Rule]:
    """Declare a rule. The function's docstring is the message, its line that begins with `改：` the remedy.

    Raises ValueError for a code twice, a code of no family, and an empty docstring: a programmer's mistake, met
    at import.
    """

    def declare(function: Callable[..., Any]) -> Rule:
        if not _CODE.fullmatch(code):
            raise ValueError(f"{code} is no code")
        if code in CATALOG:
            raise ValueError(f"{code} is declared twice")
        message, remedy, remedy_unverified = _split(function.__doc__ or "")
        if not message or not remedy:
            raise ValueError(f"{code} has no message or no remedy")
        declared = Rule(
            code=code,
            family=function.__module__.rpartition(".")[2],
            title=title,
            message=message,
            remedy=remedy,
            remedy_unverified=remedy_unverified or remedy,
            basis=basis,
            severity=_SEVERITY[code[0]],
            at=at,
            needs=needs,
            runs=runs,
            verified=verified,
            example=example,
            bad=function if runs == "frame" else None,
        )
        CATALOG[code] = declared
        return declared

    return declare


def in_general(text: str) -> str:
    """A rule's text with three dots for what a file fills in, without the additions that only some files get."""
    return re.sub(r"\{[^}]*\}", "...", re.sub(r"\{(?:unverified|nearest)\}", "", text))


def _split(docstring: str) -> tuple[str, str, str]:
    """(message, remedy, remedy while unverified) of a docstring: the parts before and from 改： and 未核实时改：."""
    parts = {"": "", "改：": "", "未核实时改：": ""}
    current = ""
    for line in (line.strip() for line in docstring.strip().splitlines()):
        opened = next((mark for mark in parts if mark and line.startswith(mark)), None)
        current = opened if opened is not None else current
        parts[current] += line.removeprefix(opened or "")
    return parts[""], parts["改："], parts["未核实时改："]
