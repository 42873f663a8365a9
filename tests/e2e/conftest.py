"""The books of the end-to-end tests: an office with no unit yet, and the sample books as a person has them."""

from pathlib import Path

import pytest

from tests.conftest import Gjj
from tests.e2e.books import Desk, Office, desk_at, open_office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Empty books in a folder, and the four people of the sample."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return open_office(tmp_path / "books")


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `gjj init --sample` makes, once for all."""
    home = tmp_path_factory.mktemp("sample")
    made = Gjj(home)("--as-of", "2025-05-14", "init", "--sample")
    assert made.exit == 0, made
    return home


@pytest.fixture
def desk(gjj: Gjj, sample_home: Path) -> Desk:
    """A copy of the sample books, and `gjj` run in their folder."""
    return desk_at(gjj, sample_home)
