"""Imports every family, so that CATALOG is whole: for `gjj rule`, the reference page and the tests."""

from gjj_cli.rules import base, batch, form, identity, month, payment, person, step, transfer, value
from gjj_cli.rules.catalogue import CATALOG, Rule

FAMILIES = (form, value, identity, base, person, month, payment, transfer, batch, step)

RULES: tuple[Rule, ...] = tuple(sorted(CATALOG.values(), key=lambda rule: rule.code))

__all__ = ["CATALOG", "FAMILIES", "RULES"]
