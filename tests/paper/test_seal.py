"""The 验证码 and its key: what changes it, where the key comes from, and what the QR code holds."""

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gjj_cli.errors import ConfigError
from gjj_cli.paper import seal
from tests.paper.paper_samples import KEY, code_of, remittance


def test_the_code_has_100_bits_in_five_groups() -> None:
    assert re.fullmatch(r"([A-Z2-7]{4}-){4}[A-Z2-7]{4}", code_of(remittance()))


def test_another_key_or_another_figure_is_another_code_and_a_reprint_is_not() -> None:
    receipt = remittance()
    code = code_of(receipt)
    assert code_of(replace(receipt, reprint=True)) == code
    assert code_of(replace(receipt, amount_fen=26_408_801)) != code
    assert code_of(receipt, bytes(32)) != code
    assert seal.same_code(code, code)
    assert not seal.same_code(code, code_of(receipt, bytes(32)))


def test_a_new_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "gjj.key"
    seal.new_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(seal.load_key(path, {})) == seal.KEY_BYTES
    with pytest.raises(FileExistsError):
        seal.new_key(path)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "gjj.key"
    seal.new_key(path)
    assert seal.load_key(path, {"GJJ_SEAL_KEY": KEY.hex()}) == KEY


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 8, "密钥"])
def test_a_bad_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gjj.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        seal.load_key(path, {})
    said = " ".join([refusal.value.what, *refusal.value.facts, *refusal.value.remedies])
    assert "密钥" in said
    assert not text or text == "密钥" or text not in said


def test_a_missing_key_says_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gjj\.key"):
        seal.load_key(tmp_path / "gjj.key", {})


def test_the_qr_path_draws_the_modules_of_the_symbol() -> None:
    import segno

    size, path = seal.qr_path("0500001-2505-001", "AAAA-BBBB-CCCC-DDDD-EEEE")
    dark = {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)
        for step in range(int(length))
    }
    symbol = segno.make("gjj:0500001-2505-001:AAAA-BBBB-CCCC-DDDD-EEEE", error="m", micro=False)
    assert size == len(symbol.matrix)
    assert dark == {(x, y) for y, row in enumerate(symbol.matrix) for x, module in enumerate(row) if module}
