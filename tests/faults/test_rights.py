"""Books that may be read and not written: reading works, writing ends with 4 and changes nothing.

Root may do everything, so as root the program runs without the capabilities that let it.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Gjj
from tests.faults.month_ends import MonthEnd, copy_of

pytestmark = pytest.mark.slow

_ALMIGHTY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
READS = (
    ("ledger", "verify"),
    ("ledger", "trial-balance"),
    ("remit", "preview", "--unit", "0600000", "--through", "2025-03"),
)
FOLDER, FILE = "folder", "file"


@pytest.fixture
def plain() -> list[str]:
    """What to put before a command so that modes of files bind it."""
    if os.geteuid() != 0:
        return []
    tried = subprocess.run([*_ALMIGHTY, "true"], capture_output=True, text=True) if shutil.which("setpriv") else None
    if tried is None or tried.returncode:
        pytest.skip("root without setpriv: modes of files do not bind it, so there is nothing to try")
    return _ALMIGHTY


@pytest.fixture(params=[FOLDER, FILE, f"{FOLDER} and {FILE}"])
def closed(request: pytest.FixtureRequest, few: MonthEnd, tmp_path: Path) -> Iterator[Path]:
    """Books of which the folder, the file or both may only be read; nobody has them open."""
    books = few.copy(tmp_path / "books")
    if FILE in request.param:
        (books / "gjj.db").chmod(0o444)
    if FOLDER in request.param:
        books.chmod(0o555)
    yield books
    books.chmod(0o755)


def gjj_as(plain: list[str], gjj: Gjj, few: MonthEnd, *args: str) -> "subprocess.CompletedProcess[str]":
    command = [*plain, sys.executable, "-m", "gjj_cli", *args]
    return subprocess.run(command, cwd=gjj.cwd, env=gjj.environment(few.env), capture_output=True, text=True)


def test_reading_works_and_writing_is_refused(plain: list[str], closed: Path, few: MonthEnd, gjj: Gjj) -> None:
    before = (closed / "gjj.db").read_bytes()
    books = ("--db", str(closed / "gjj.db"), "--as-of", "2025-05-14")
    for read in READS:
        done = gjj_as(plain, gjj, few, *books, *read)
        assert done.returncode == 0, (read, done.stderr)
    done = gjj_as(plain, gjj, few, *few.run(closed))
    assert (done.returncode, done.stderr.count("gjj：")) == (4, 1), done.stderr
    assert "只能读" in done.stderr.replace("\n", "")
    assert (closed / "gjj.db").read_bytes() == before
    assert sorted(path.name for path in closed.iterdir()) == ["gjj.db"]


def test_what_a_crash_left_is_read_too(plain: list[str], few: MonthEnd, gjj: Gjj, tmp_path: Path) -> None:
    """With a -wal there are commits in it: they are read or the books are refused, but the file alone is not believed."""
    books = few.copy(tmp_path / "books")
    (books / "gjj.db-wal").write_bytes(b"")
    books.chmod(0o555)
    done = gjj_as(plain, gjj, few, "--db", str(books / "gjj.db"), "ledger", "verify")
    books.chmod(0o755)
    assert done.returncode == 4, done.stderr
    assert "打不开" in done.stderr.replace("\n", "")


@pytest.mark.parametrize("what", ["gjj.db", "gjj.db-wal"])
def test_no_right_to_read(what: str, plain: list[str], few: MonthEnd, gjj: Gjj, tmp_path: Path) -> None:
    books = few.copy(tmp_path / "books")
    (books / what).touch()
    (books / what).chmod(0)
    for command in (("ledger", "verify"), few.run(books)[2:]):
        done = gjj_as(plain, gjj, few, "--db", str(books / "gjj.db"), *command)
        assert (done.returncode, done.stderr.count("gjj：")) == (4, 1), done.stderr
    (books / what).chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert few.problems(copy_of(books, tmp_path / "seen")) == []
