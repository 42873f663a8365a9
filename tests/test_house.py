"""The house rules that a program can check."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from gjj_cli.business import names
from gjj_cli.business.roster import ROSTER
from gjj_cli.resources import templates

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "gjj_cli").rglob("*.py"))
SOURCES = PACKAGE + sorted(path for folder in ("tests", "fixtures") for path in (ROOT / folder).rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
MONEY = ("money.py", "posting/", "ledger/", "store/")  # where an amount is made, moved or kept
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def at(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def nodes(paths: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    return ((path, node) for path in paths for node in ast.walk(TREES[path]))


def committed() -> list[Path]:
    """What git keeps or would keep."""
    said = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in said.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def pins(lock: Path) -> dict[str, str]:
    """Package -> version of a lock file."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.M))


def test_modules_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert [(str(path.relative_to(ROOT)), lines) for path, lines in lengths.items() if lines > 400] == []


def test_functions_are_short():
    found = {at(path, node): lines(node) for path, node in nodes(SOURCES) if isinstance(node, Function)}
    assert {place: length for place, length in found.items() if length >= 60} == {}
    assert median(lines(node) for _, node in nodes(PACKAGE) if isinstance(node, Function)) < 10


def lines(function: Function) -> int:
    """From `def` to the end."""
    return (function.end_lineno or 0) - function.lineno + 1


def test_a_module_opens_with_a_docstring():
    said = {str(path.relative_to(ROOT)): ast.get_docstring(TREES[path]) for path in SOURCES if path.stat().st_size}
    assert [name for name, docstring in said.items() if not docstring] == []


def test_modules_lie_at_most_two_deep():
    assert [path for path in PACKAGE if len(path.relative_to(ROOT / "gjj_cli").parts) > 2] == []


def test_nothing_is_put_off():
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [path for path in SOURCES if words.search(path.read_text(encoding="utf-8"))] == []


def test_commands_write_through_one_function():
    """`Books.write` repeats a whole post where the database asks for it; a `with books.writing(...)` could not."""
    engine = ROOT / "gjj_cli/store/engine.py"
    calls = [at(path, node) for path, node in nodes(PACKAGE) if _calls(node, "writing") and path != engine]
    assert calls == []


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


def test_no_star_imports():
    stars = [(path, node) for path, node in nodes(SOURCES) if isinstance(node, ast.ImportFrom)]
    assert [at(path, node) for path, node in stars if node.names[0].name == "*"] == []


def test_the_program_raises_and_does_not_assert():
    assert [at(path, node) for path, node in nodes(PACKAGE) if isinstance(node, ast.Assert)] == []


def test_no_floats_where_money_is():
    paths = [path for path in PACKAGE if str(path.relative_to(ROOT / "gjj_cli")).startswith(MONEY)]
    calls = [at(path, node) for path, node in nodes(paths) if isinstance(node, ast.Call) and called(node) == "float"]
    types = [at(path, node) for path, node in nodes(paths) if re.fullmatch(r"Float(32|64)?", getattr(node, "attr", ""))]
    assert calls + types == []


def called(call: ast.Call) -> str:
    """The plain name that is called, or nothing."""
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_what_help_and_money_need_is_light():
    code = "import sys, gjj_cli.money, gjj_cli.month, gjj_cli.business.names; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    assert {"polars", "pandera", "sqlalchemy", "typer"} & set(loaded.stdout.split()) == set()


def test_every_batch_business_is_declared_and_has_its_template():
    slugs = {name.slug for name in names.BATCH}
    assert set(ROSTER) == slugs
    assert {path.name for path in (templates() / "xlsx").iterdir()} == {f"{slug}.xlsx" for slug in slugs}


def test_the_checkout_has_one_folder_of_templates():
    assert templates() == ROOT / "templates"
    assert not (ROOT / "gjj_cli" / "templates").exists()


def test_the_import_contracts_are_there():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert {contract["name"] for contract in settings["contracts"]} >= {
        "higher imports lower only",
        "the pure layers import no machinery",
        "the ledger knows no frames",
        "only the store speaks SQL",
        "no cycles",
    }


def test_locks_pin_and_hash_every_package_and_name_no_host():
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        packages = re.split(r"\n(?=\S)", text)
        assert [package for package in packages if not re.match(r"\S+==\S+.*\\\n    --hash=sha256:", package)] == []
        assert re.findall(r"//|file:|--(?:index|extra|find|trusted).*|\.(?:com|org|net|cn|io)\b", text) == []


def test_what_one_develops_with_is_what_one_runs_with():
    run, develop = map(pins, LOCKS)
    assert {package: (version, develop.get(package)) for package, version in run.items()} == {
        package: (version, version) for package, version in run.items()
    }


def test_files_are_small_and_plainly_named():
    assert [path for path in committed() if path.stat().st_size > 512 * 1024] == []
    assert [path for path in committed() if re.search(r"\s", str(path.relative_to(ROOT)))] == []


def test_the_make_file_does_what_the_readme_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 150
    said = set(re.findall(r"(?:`|^ *)make ([a-z]+)", readme, re.M))
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert {"demo", "test"} <= said <= set(targets)
