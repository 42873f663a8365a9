"""Policy (政策): dated rates, limits and rounding, dictionaries and review chains, read from the city's pack.

The month being paid picks the value, never today. `policy_on` gives one month's values; a month without a value
raises PolicyMissing with the name and the month.
"""

import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from gjj_cli import month as months
from gjj_cli import resources
from gjj_cli.errors import ConfigError, PolicyMissing
from gjj_cli.money import Rounding, to_fen

UNVERIFIED = "示例值，未核实"


@dataclass(frozen=True)
class Entry:
    code: str
    label: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Dictionary:
    """A list of permitted values; labels are shown, codes and aliases are read too."""

    name: str
    entries: tuple[Entry, ...]
    source: str
    verified: bool

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(entry.label for entry in self.entries)

    def label_of(self, text: str) -> str | None:
        """The label of a label, code or alias; None when it is none of them."""
        return _readings(self).get(text)


@cache
def _readings(dictionary: Dictionary) -> dict[str, str]:
    known: dict[str, str] = {}
    for entry in dictionary.entries:
        for word in (*entry.aliases, entry.code, entry.label):
            known[word] = entry.label
    return known


@dataclass(frozen=True)
class Rates:
    """Permitted rates of one side, 万分之一."""

    from_month: int
    min_bp: int
    max_bp: int
    source: str
    verified: bool


@dataclass(frozen=True)
class RoundingRule:
    from_month: int
    mode: Rounding
    source: str
    verified: bool


@dataclass(frozen=True)
class Limits:
    """Permitted bases, 分."""

    from_month: int
    base_min_fen: int
    base_max_fen: int
    source: str
    verified: bool


@dataclass(frozen=True)
class Policy:
    """What is in force for one month."""

    month: int
    rates: Rates
    rounding: RoundingRule
    limits: Limits | None


@dataclass(frozen=True)
class Pack:
    """A city's policy pack, overlaid by the user's gjj.toml."""

    city: str
    name: str
    version: str
    centre: str
    organisations: dict[str, str]
    covers_to: int
    rates: tuple[Rates, ...]
    rounding: tuple[RoundingRule, ...]
    limits: tuple[Limits, ...]
    age_min: int
    age_max: int | None
    review: dict[str, tuple[str, ...]]
    required_attachments: tuple[str, ...]
    optional_attachments: tuple[str, ...]
    dictionaries: dict[str, Dictionary]
    header_aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.city}@{self.version}"

    def organisation(self, code: str) -> str:
        """The name of a 管理机构 by its two digits; the digits themselves when the pack has no name."""
        return self.organisations.get(code, code)

    def on(self, month: int) -> Policy:
        """The values in force for a month. Raises PolicyMissing outside the pack; limits may be None before theirs."""
        rates = _in_force(self.rates, month) if month <= self.covers_to else None
        rounding = _in_force(self.rounding, month) if month <= self.covers_to else None
        if rates is None or rounding is None:
            raise PolicyMissing(
                f"政策包 {self.label} 不含 {months.show(month)}",
                remedies=("改：换一个年月，或把当年文件的数写进 gjj.toml，见 gjj help 政策",),
            )
        return Policy(month, rates, rounding, _in_force(self.limits, month))

    def dictionary(self, name: str) -> Dictionary:
        try:
            return self.dictionaries[name]
        except KeyError:
            raise PolicyMissing(f"政策包 {self.label} 没有字典 {name}") from None


def _in_force(rows: tuple[Any, ...], month: int) -> Any:
    return max(
        (row for row in rows if row.from_month <= month),
        key=lambda row: row.from_month,
        default=None,
    )


def _percent(text: str) -> int:
    return int(text.removesuffix("%")) * 100


@cache
def load(city: str = "shaoguan") -> Pack:
    """The pack that ships with gjj for a city. Raises ConfigError when there is none."""
    path = resources.policies() / f"{city}.toml"
    if not path.is_file():
        known = "、".join(sorted(pack.stem for pack in resources.policies().glob("*.toml")))
        raise ConfigError(f"没有 {city} 的政策包", facts=(f"有的是：{known}",))
    return _parse(tomllib.loads(path.read_text(encoding="utf-8")))


def _parse(data: dict[str, Any]) -> Pack:
    def month_of(row: dict[str, Any]) -> int:
        return months.parse(row["from"])

    return Pack(
        city=data["pack"]["city"],
        name=data["pack"]["name"],
        version=data["pack"]["version"],
        centre=data["pack"]["centre"],
        organisations=dict(data["organisations"]),
        covers_to=months.parse(data["pack"]["covers_to"]),
        rates=tuple(
            Rates(
                month_of(row),
                _percent(row["unit_min"]),
                _percent(row["unit_max"]),
                row["source"],
                row["verified"],
            )
            for row in data["rates"]
        ),
        rounding=tuple(
            RoundingRule(month_of(row), Rounding(row["mode"]), row["source"], row["verified"])
            for row in data["rounding"]
        ),
        limits=tuple(_limits(month_of(row), row) for row in data["limits"]),
        age_min=data["age"]["min"],
        age_max=data["age"].get("max"),
        review={slug: tuple(steps) for slug, steps in data["review"].items()},
        required_attachments=tuple(data["attachments"]["required"]),
        optional_attachments=tuple(data["attachments"]["optional"]),
        dictionaries={
            name: Dictionary(
                name,
                tuple(Entry(row["code"], row["label"], tuple(row["aliases"])) for row in value["entries"]),
                value["source"],
                value["verified"],
            )
            for name, value in data["dictionaries"].items()
        },
        header_aliases=_aliases(data["header_aliases"]),
    )


def _aliases(tables: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Official header -> every word for it, whichever source's table has it."""
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for header, words in table["words"].items():
            found.setdefault(header, {}).update(dict.fromkeys(words))
    return {header: tuple(words) for header, words in found.items()}


def _limits(month: int, row: dict[str, Any]) -> Limits:
    return Limits(month, to_fen(row["base_min"]), to_fen(row["base_max"]), row["source"], row["verified"])


def _own_limits(key: str, row: dict[str, Any]) -> Limits:
    limits = _limits(months.parse(key), {**row, "verified": True})
    if limits.base_min_fen > limits.base_max_fen or not limits.source.strip():
        raise ValueError(key)
    return limits


def overlay(pack: Pack, tables: dict[str, dict[str, Any]], path: Path) -> Pack:
    """The pack with the user's own limits from gjj.toml (`[policy."2025-07"] base_min base_max source`), verified.

    Raises ConfigError, naming the file and the table, for a month or an amount that is not one, a floor above the
    ceiling, or no source.
    """
    own: list[Limits] = []
    for key, row in tables.items():
        try:
            own.append(_own_limits(key, row))
        except (KeyError, ValueError, TypeError, AttributeError):
            raise ConfigError(
                f'{path} 里 [policy."{key}"] 写得不对',
                remedies=(
                    '改：[policy."2025-07"]，下面三行 base_min = "1750.00"、base_max = "26000.00"、source = "文号"',
                ),
            ) from None
    replaced = {limits.from_month for limits in own}
    kept = tuple(limits for limits in pack.limits if limits.from_month not in replaced)
    return replace(pack, limits=kept + tuple(own))
