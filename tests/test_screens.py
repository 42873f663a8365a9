"""The screens of tests/screens, byte for byte: every `$ gjj …` is run on a terminal, 80 columns wide."""

import re
import shlex
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import SCREENS, Gjj, screen
from tests.situations import COLOUR, OLE2, base_adjustment, clerk_of, make_sample, odd, openings, sealing, settle_in

pytestmark = pytest.mark.slow

# What no two runs have in common, as it stands in the screens.
VARIES = {
    r"\d+ 月 \d+ 日 \d\d:\d\d": "5 月 24 日 09:12",  # when a case was received, by the clock and not the business date
    r"SHA-256 [0-9a-f]{8}\.\.\.[0-9a-f]{2}": "SHA-256 9f2c41d0...e1",
    r"用时 \d+ 秒": "用时 5 秒",
}


@dataclass
class Stage:
    """`gjj` in a folder, as somebody, on a business date that the screens do not spell out."""

    gjj: Gjj
    tokens: dict[str, str] = field(default_factory=dict)
    token: str = ""
    day: str = "2025-07-18"

    def on(self, day: str, token: str = "") -> "Stage":
        return Stage(self.gjj, self.tokens, token or self.token, day)

    def run(self, *args: str) -> str:
        """What the terminal shows, without colour, with what varies put still."""
        env = {"GJJ_TOKEN": self.token} if self.token else {}
        seen = COLOUR.sub("", self.gjj.on_terminal("--as-of", self.day, *args, env=env).stdout)
        for pattern, shown in VARIES.items():
            seen = re.sub(pattern, shown, seen)
        return seen

    def does(self, *args: str, exit: int = 0) -> None:
        """A step that leads to the situation."""
        done = self.gjj("--as-of", self.day, *args, env={"GJJ_TOKEN": self.token})
        assert done.exit == exit, done

    def shows(self, name: str) -> None:
        for command, wanted in screen(name):
            assert self.run(*shlex.split(command)[1:]) == wanted


@pytest.fixture
def stage(gjj: Gjj) -> Stage:
    """No books: a folder with whatever the test puts there."""
    return Stage(gjj)


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def books(gjj: Gjj, sample_home: Path) -> Stage:
    """The sample books on the day of golden G01."""
    return Stage(gjj, settle_in(gjj, sample_home), day="2025-05-14")


# --- without books ---------------------------------------------------------------------------------------------


def test_the_map(stage: Stage):
    stage.shows("help")


@pytest.mark.slow
def test_demo(stage: Stage):
    stage.shows("demo")


def test_a_misspelt_option(stage: Stage):
    stage.shows("error1")


def test_an_old_excel_file(stage: Stage):
    (stage.gjj.cwd / "开户.xls").write_bytes(OLE2)
    stage.shows("error2")


def test_validate_with_errors(stage: Stage):
    openings(stage.gjj.cwd / "开户7月.xlsx")
    stage.shows("validate")


def test_validate_a_folder(stage: Stage):
    folder = stage.gjj.cwd / "表格"
    folder.mkdir()
    openings(folder / "0500001-开户.xlsx")
    sealing(folder / "0500003-封存.xlsx", without_reason=1)
    (folder / "0500003-基数.xls").write_bytes(OLE2)
    (folder / "~$0500001-开户.xlsx").touch()
    sealing(folder / "0500003-封存5月.xlsx")
    base_adjustment(folder / "0500003-调基.xlsx")
    stage.shows("validate-many")


# --- with the sample books -------------------------------------------------------------------------------------


@pytest.fixture
def counter(books: Stage) -> Stage:
    """李晓红 of 0500003 on the day of golden G03, with 封存5月.xlsx filled."""
    sealing(books.gjj.cwd / "封存5月.xlsx")
    return books.on("2024-05-24", clerk_of(books.gjj, "0500003"))


def test_export_with_the_people_of_the_books(books: Stage):
    books.on("2025-05-14", clerk_of(books.gjj, "0500001")).shows("export")


def test_validate_without_an_error(counter: Stage):
    counter.shows("validate-ok")


def test_submit_and_submit_again(counter: Stage):
    counter.shows("submit")
    counter.shows("submit-again")


def test_submit_with_errors(counter: Stage):
    openings(counter.gjj.cwd / "开户7月.xlsx")
    counter.on("2025-07-18").shows("submit-refused")


def test_approve_an_own_case(counter: Stage):
    counter.does("case", "submit", "封存5月.xlsx")
    counter.shows("error4")


def test_todo(counter: Stage):
    base_adjustment(counter.gjj.cwd / "调基.xlsx")
    counter.does("case", "submit", "封存5月.xlsx")
    counter.does("case", "submit", "调基.xlsx")
    newcomer = "姓名=周小燕,证件类型=身份证,证件号码=440203198808080022,缴存基数=5200,手机号码=13900008888"
    counter.does("case", "submit", "个人账户设立", "--row", newcomer)
    first = counter.on(counter.day, counter.tokens["first"])
    first.does("case", "approve", "0500003-2405-001")
    first.does("case", "reject", "0500003-2405-002", "--reason", "第 2 行超过上限，请核对工资表")
    counter.shows("todo")


def test_todo_of_nothing(counter: Stage):
    counter.shows("todo0")


def test_preview_of_two_months(books: Stage):
    books.on("2025-05-14", clerk_of(books.gjj, "0500001")).shows("preview")


def test_too_little_money(books: Stage):
    books.on("2025-05-14", clerk_of(books.gjj, "0500001")).shows("error3")


def test_the_month_end(books: Stage):
    sealing(books.gjj.cwd / "封存5月.xlsx")
    books.on("2024-05-24", books.tokens["clerk"]).does("case", "submit", "封存5月.xlsx")
    books.on("2025-05-14", books.tokens["admin"]).shows("run")


# --- what every screen keeps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(SCREENS.glob("*.txt")), ids=lambda path: path.stem)
def test_screens_fit_and_are_plain(path: Path):
    assert odd(path.read_text(encoding="utf-8")) == []


def test_the_readme_shows_the_demo():
    readme = (SCREENS.parents[1] / "README.md").read_text(encoding="utf-8")
    shown = textwrap.indent((SCREENS / "demo.txt").read_text(encoding="utf-8"), "    ")
    assert shown in readme


def test_every_screen_is_shown_by_a_test():
    said = Path(__file__).read_text(encoding="utf-8")
    shown = set(re.findall(r"shows\(\"([a-z0-9-]+)\"\)", said)) | {"error70"}  # that one: tests/test_app.py
    assert shown == {path.stem for path in SCREENS.glob("*.txt")}
