"""The 验证码 of a 回单: an HMAC over what it shows, with a key that is never in the database, and its QR code."""

import base64
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import segno

from gjj_cli.errors import ConfigError

KEY_VARIABLE = "GJJ_SEAL_KEY"
KEY_BYTES = 32
CODE_LETTERS = 20  # base32 letters of 5 bits: 100 bits of the HMAC


def new_key(path: Path) -> None:
    """Write a fresh key to `path` (64 hex digits, mode 0600). Raises FileExistsError: a key is never overwritten,
    because the 验证码 of everything printed before would no longer verify."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def load_key(path: Path, environment: Mapping[str, str] = os.environ) -> bytes:
    """The seal key from GJJ_SEAL_KEY, else from the file `path`. Raises ConfigError when neither holds one."""
    if text := environment.get(KEY_VARIABLE):
        return _key(text, f"环境变量 {KEY_VARIABLE}")
    try:
        return _key(path.read_text(encoding="ascii"), f"文件 {path}")
    except FileNotFoundError:
        raise ConfigError(
            f"找不到印凭证的密钥 {path}，账簿没有变。",
            facts=("验证码要用这把密钥算，密钥不在账簿里，要和账簿一起备份。",),
            remedies=(f"改：把备份的 gjj.key 放回 {path.parent}，或者设环境变量 {KEY_VARIABLE}。",),
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"印凭证的密钥 {path} 读不了，账簿没有变。",
            remedies=(f"改：检查这个文件的权限和内容，或者设环境变量 {KEY_VARIABLE}。",),
        ) from error


def _key(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise ConfigError(
            f"{where} 里的密钥不对，账簿没有变。",
            facts=(f"密钥是至少 {KEY_BYTES * 2} 位十六进制数字。",),
            remedies=("改：换回 gjj init 生成的那一把；换一把新的，以前的凭证就验不了。",),
        )
    return key


def code_of(key: bytes, canonical: bytes) -> str:
    """The 验证码 of canonical bytes (`view.canonical`): `XXXX-XXXX-XXXX-XXXX-XXXX`, base32, so no 0, 1, 8 or 9."""
    letters = base64.b32encode(hmac.digest(key, canonical, "sha256")).decode()[:CODE_LETTERS]
    return "-".join(letters[start : start + 4] for start in range(0, CODE_LETTERS, 4))


def same_code(left: str, right: str) -> bool:
    """Whether two codes are the same, in time that tells nothing about where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


def qr_path(case_no: str, code: str) -> tuple[int, str]:
    """The QR code of `gjj:<case_no>:<code>`: its size in modules, and an SVG path of its dark runs."""
    symbol = segno.make(f"gjj:{case_no}:{code}", error="m", micro=False)
    runs = [run for y, row in enumerate(symbol.matrix) for run in _dark_runs(y, bytes(row))]
    return len(symbol.matrix), "".join(runs)


def _dark_runs(y: int, row: bytes) -> list[str]:
    runs, x = [], 0
    while x < len(row):
        length = len(row[x:]) - len(row[x:].lstrip(b"\x01"))
        if length:
            runs.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length or 1
    return runs
