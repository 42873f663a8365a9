"""Where the files that ship with gjj are: templates in a checkout or in an installed wheel, policies in the package."""

from importlib.resources import files
from pathlib import Path


def templates() -> Path:
    """The folder of templates: inside the package when installed from a wheel, beside it in a checkout."""
    inside = Path(str(files("gjj_cli"))) / "templates"
    return inside if inside.is_dir() else Path(__file__).resolve().parent.parent / "templates"


def policies() -> Path:
    """The folder of policy packs (TOML, one a city)."""
    return Path(str(files("gjj_cli"))) / "rules" / "policies"
