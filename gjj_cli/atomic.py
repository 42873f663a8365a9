"""Put a finished file where it belongs, whole or not at all."""

import os
import tempfile
from pathlib import Path

from gjj_cli.errors import FileError, reason


def write(path: Path, data: bytes) -> None:
    """The bytes at `path`, through a temporary file in the same folder: a cut or a full disk leaves what was there.

    Raises FileError.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".gjj-", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise FileError(
            f"{path} 没有写成：{reason(error)}",
            facts=("原来的文件没有变。",),
            remedies=("改：看看磁盘空间、文件夹的权限，文件是不是正开着，再试一次。",),
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows has no handle for a folder and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
