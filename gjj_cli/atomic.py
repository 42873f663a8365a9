"""Put a finished file where it belongs, whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gjj_cli.errors import FileError, reason

_BOOKS, _KEPT_NAMES = b"SQLite format 3\0", ("gjj.key", "gjj.toml")
_LOCKS = ("~${}", ".~{}", ".~lock.{}#")  # beside a file that Excel, WPS or LibreOffice has open


def must_be_free(path: Path, *, overwrite: bool) -> None:
    """Raises FileError for a file that is there, unless it may be overwritten; books, keys and what is no file never may."""
    _refuse_ours(path)
    if path.exists() and not (overwrite and path.is_file()):
        remedy = "先挪开它；不要它了，加 --yes 再跑同一条命令" if path.is_file() else "换一个文件名"
        raise FileError(f"{path} 已经有了，没有改写", remedies=(f"改：{remedy}",))


def write(path: Path, data: bytes) -> None:
    """The bytes at `path` (`write_pieces`)."""
    write_pieces(path, (data,))


def write_pieces(path: Path, pieces: Iterable[bytes], mode: int = 0o644) -> None:
    """Bytes at `path`, through a temporary file in the same folder: a cut or a full disk leaves what was there.

    Raises FileError, with its own sentence for a file that another program has open.
    """
    _refuse_ours(path)
    if any(path.with_name(lock.format(path.name)).exists() for lock in _LOCKS):
        raise _open_elsewhere(path)
    temporary: str | None = None
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # /dev/full: its name is not ours to give away
            with path.open("wb") as device:
                device.writelines(pieces)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".gjj-", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        _replace(Path(temporary), path)
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


def _refuse_ours(path: Path) -> None:
    """Books, their log, the seal key and gjj.toml are never written over, whatever a flag says; through a link neither."""
    real = path.resolve()
    for name in (real, real.with_name(real.name.removesuffix("-wal").removesuffix("-shm"))):
        if real.is_file() and (name.name in _KEPT_NAMES or _begins(name) == _BOOKS):
            raise FileError(
                f"{path} 是账簿、密钥或者配置，没有改写", remedies=("改：换一个文件名或者文件夹，再跑同一条命令",)
            )


def _begins(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(_BOOKS))
    except OSError:  # what cannot be read is not known to be books; writing it will say why
        return b""


def _replace(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except PermissionError as error:  # so says Windows, where Excel lets nobody replace the file it shows
        raise _open_elsewhere(path) from error


def _open_elsewhere(path: Path) -> FileError:
    return FileError(
        f"{path} 正在别的程序里开着，没有写",
        facts=("原来的文件没有变。",),
        remedies=("改：在 Excel、WPS 或 LibreOffice 里关上它，再跑同一条命令。",),
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows has no handle for a folder and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
