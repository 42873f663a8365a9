"""Whether names can be printed: rare characters, private ones, a machine without fonts or fontconfig."""

import subprocess
import sys
from pathlib import Path

import pytest

from gjj_cli.errors import ConfigError
from gjj_cli.paper import fonts

FONTLESS = """
from gjj_cli.errors import ConfigError
from gjj_cli.paper import fonts
try:
    fonts.check_fonts()
except ConfigError as refusal:
    print(refusal.what, *refusal.facts, *refusal.remedies)
"""


def test_this_machine_prints() -> None:
    fonts.check_fonts()
    assert not [lack for lack in fonts.lacks() if lack.fatal]


@pytest.mark.parametrize(
    "name", ["李示例", "𠮷田", "䶮", "㛃", "阿卜杜拉·买买提", "O'Brien", "李\u202e例", "张\u3000三"]
)
def test_names_that_print(name: str) -> None:
    assert fonts.missing_glyphs([name]) == {}


def test_a_private_character_is_named_with_its_name() -> None:
    with pytest.raises(ConfigError) as refusal:
        fonts.check_glyphs(["李示例", "王\ue123明"])
    assert refusal.value.facts == ("「王[?]明」里的 U+E123",)
    assert "自造字" in refusal.value.remedies[0]


def test_a_character_of_no_font_names_the_package() -> None:
    with pytest.raises(ConfigError) as refusal:
        fonts.check_glyphs(["王\U00031350"])  # CJK extension H, newer than any font here
    assert "U+31350" in refusal.value.facts[0]
    assert "apt-get install fonts-" in refusal.value.remedies[0]


def test_a_machine_without_chinese_fonts_is_told_the_package(tmp_path: Path) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>')
    assert "fonts-noto-cjk" in _said({"FONTCONFIG_FILE": str(empty), "PATH": "/usr/bin:/bin"})


def test_a_machine_without_fontconfig_is_told_the_package() -> None:
    assert "install fontconfig" in _said({"PATH": "/nowhere"})


def _said(environment: dict[str, str]) -> str:
    run = subprocess.run(
        [sys.executable, "-c", FONTLESS],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"LANG": "C.UTF-8"},
    )
    assert run.stderr == ""
    return run.stdout
