"""The books of the rule rows, made once."""

from collections.abc import Iterator

import pytest

from gjj_cli.store.engine import Tx
from tests.rules import rule_rows
from tests.rules.rule_rows import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The sample books with the units of fixtures/rules/books.toml."""
    with rule_rows.made(tmp_path_factory.mktemp("rules")) as world:
        yield world


@pytest.fixture(scope="session")
def tx(world: World) -> Iterator[Tx]:
    """A snapshot of them."""
    with rule_rows.reading(world) as reading:
        yield reading
