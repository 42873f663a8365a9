"""The wheel by itself: what it holds, and the main job from another folder, with nothing of the checkout in reach."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what the build reads."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tree)
    for name in ("gjj_cli", "templates"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip("wheel", "--no-build-isolation", "--no-deps", "-w", str(tree / "dist"), str(tree))
    assert not (tree / "gjj_cli" / "templates").exists()
    return next((tree / "dist").iterdir())


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel and just what requirements.lock pins.

    The pinned packages are linked from the environment of the tests, which `pip install --require-hashes` made:
    no network, and a package that only the tests need is not there.
    """
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    site = next((home / "lib").glob("python3*")) / "site-packages"
    for package in pinned():
        for name in {path.parts[0] for path in distribution(package).files or ()} - {"..", "__pycache__"}:
            (site / name).symlink_to(distribution(package).locate_file(name))
    pip("--python", str(home / "bin" / "python"), "install", "--no-index", "--no-deps", str(wheel))
    return home / "bin" / "python"


def pinned() -> list[str]:
    """The names in requirements.lock that this machine installs."""
    lines = re.findall(r"^(\S+==[^\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
    wanted = [Requirement(line) for line in lines]
    return [package.name for package in wanted if package.marker is None or package.marker.evaluate()]


def pip(*args: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-qq", *args], check=True, env={**os.environ, "PYTHONPATH": ""})


def run(python: Path, folder: Path, *args: str) -> str:
    """What a command of the new environment says, run in `folder` with nothing of this machine's settings."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    program, *rest = args
    command = [str(python.parent / program), *rest]
    done = subprocess.run(command, cwd=folder, env=env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_template_and_policy_and_no_test(wheel: Path):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    program = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gjj_cli").rglob("*") if path.is_file()}
    templates = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()}
    compiled = {name for name in program if "__pycache__" in name}
    assert held == program - compiled | {f"gjj_cli/{name}" for name in templates}


def test_the_lock_satisfies_the_wheel(python: Path):
    pip("--python", str(python), "check")


def test_the_main_job_runs_from_another_folder(python: Path, tmp_path: Path):
    where = "import gjj_cli.resources as r; print(r.__file__, r.templates(), r.policies(), sep='\\n')"
    for place in run(python, tmp_path, "python", "-c", where).split():
        assert Path(place).is_relative_to(python.parent.parent)
    run(python, tmp_path, "gjj", "demo", "样例")
    assert len([*(tmp_path / "样例").rglob("*.pdf")]) >= 6
