"""What a power cut leaves on the disk, at every write of a real run.

A run is recorded by strace: what it wrote, cut and synced of its books, and when it acknowledged a post. A disk after a
cut holds everything before the last sync of each file; of what was written later a random prefix reached it, or any
part of it, torn at sectors of 512 bytes. A file whose folder was not synced since may not be there yet, or still be
there. The -shm file is memory, and goes.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.faults.month_ends import MonthEnd, acknowledged
from tests.faults.points import attach, detach
from tests.faults.warm import Warm

SECTOR = 512
_CALLS = "trace=pwrite64,write,ftruncate,fsync,fdatasync,unlink,openat"
_LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (\d+)")
_ON_FILE = re.compile(r"(\d+)<(.+?)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


class Event(NamedTuple):
    """One call: `write` (at, data), `cut` (at: the new length), `sync`, `create`, `delete` of a file; `ack` of a unit.

    A sync of the folder has the file "".
    """

    kind: str
    file: str
    at: int = 0
    data: bytes = b""


def record(warm: Warm, month_end: MonthEnd, folder: Path, *, sabotage: str = "") -> list[Event]:
    """The calls of a month-end on its books, which are in `folder/books` afterwards."""
    books = month_end.copy(folder / "books")
    child = warm.start(month_end.run(books), folder, held=True, env=month_end.env, sabotage=sabotage)
    strace = attach(child, folder / "trace", "-y", "-xx", "-s", "1000000", "-e", _CALLS)
    child.go()
    assert child.wait() == month_end.exit, child.err
    detach(strace)
    with (folder / "trace").open(encoding="ascii", errors="replace") as lines:
        return [event for line in lines if (event := _event(line, books)) is not None]


def _event(line: str, books: Path) -> Event | None:
    called = _LINE.match(line)
    if called is None:
        return None
    call, args = called[1], called[2]
    texts = _TEXT.findall(args)
    on = _ON_FILE.match(args)
    if call == "write" and on is not None and on[1] == "2":
        acked = acknowledged(bytes.fromhex(texts[0].replace("\\x", "")).decode(errors="replace"))
        return Event("ack", "", data=acked[0].encode()) if acked else None
    path = Path(_plain(on[2]) if on is not None else _plain(texts[0]) if texts else "")
    if path == books:
        return Event("sync", "") if call in ("fsync", "fdatasync") else None
    if path.parent != books or not path.name.startswith("gjj.db") or path.name.endswith("-shm"):
        return None
    match call:
        case "pwrite64":
            return Event("write", path.name, int(args.rsplit(",", 1)[1]), bytes.fromhex(texts[-1].replace("\\x", "")))
        case "ftruncate":
            return Event("cut", path.name, int(args.rsplit(",", 1)[1]))
        case "fsync" | "fdatasync":
            return Event("sync", path.name)
        case "unlink":
            return Event("delete", path.name)
        case "openat":
            return Event("create", path.name) if "O_CREAT" in args else None
    raise ValueError(f"the model does not know {call} of {path}")


def _plain(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode() if text.startswith("\\x") else text


@dataclass
class Disk:
    """A disk while a recorded run goes on: what is on it for sure, and what is under way, in order."""

    files: dict[str, bytearray]
    under_way: dict[str, list[Event]] = field(default_factory=dict)
    acked: list[str] = field(default_factory=list)
    created: set[str] = field(default_factory=set)  # since the folder was synced
    deleted: dict[str, bytearray] = field(default_factory=dict)

    def see(self, event: Event) -> None:
        match event.kind:
            case "ack":
                self.acked.append(event.data.decode())
            case "write" | "cut":
                self.under_way.setdefault(event.file, []).append(event)
            case "create" if event.file not in self.files:
                self.files[event.file] = bytearray()
                self.created.add(event.file)
            case "delete":
                self._sync(event.file)
                self.deleted[event.file] = self.files.pop(event.file)
            case "sync" if event.file:
                self._sync(event.file)
            case "sync":
                self.created.clear()
                self.deleted.clear()

    def _sync(self, file: str) -> None:
        for event in self.under_way.pop(file, ()):
            _apply(self.files[file], event)

    def after_a_cut(self, chance: random.Random) -> dict[str, bytes]:
        """The files as one of the disks that could be found."""
        found = {file: _some(data, self.under_way.get(file, []), chance) for file, data in self.files.items()}
        for file in self.created:
            if chance.random() < 0.5:
                del found[file]
        found |= {file: bytes(data) for file, data in self.deleted.items() if chance.random() < 0.5}
        return found


def _some(data: bytearray, under_way: list[Event], chance: random.Random) -> bytes:
    """What may have reached the disk of what was under way: all of it, a prefix, or any part, torn."""
    if not under_way:
        return bytes(data)
    found = bytearray(data)
    way = chance.random()
    if way < 0.2:
        reached = under_way
    elif way < 0.5:
        reached = under_way[: chance.randrange(len(under_way) + 1)]
    else:
        reached = [event for event in under_way if chance.random() < 0.6]
    for event in reached:
        _apply(found, event, chance if way >= 0.5 else None)
    return bytes(found)


def _apply(data: bytearray, event: Event, chance: random.Random | None = None) -> None:
    """Do a write or a cut; torn by chance, sector by sector, where one is given."""
    if event.kind == "cut":
        del data[event.at :]
        data.extend(bytes(event.at - len(data)))
        return
    data.extend(bytes(max(0, event.at + len(event.data) - len(data))))
    for start in range(0, len(event.data), SECTOR):
        if chance is None or chance.random() < 0.5:
            part = event.data[start : start + SECTOR]
            data[event.at + start : event.at + start + len(part)] = part


def cuts(events: list[Event]) -> list[int]:
    """Before which events the power may go: those that change the disk, and after the last."""
    return [place for place, event in enumerate(events) if event.kind != "ack"] + [len(events)]


def disks(fresh: Path, events: list[Event]) -> Iterator[tuple[int, Disk]]:
    """The disk at every place where the power may go."""
    disk = Disk({path.name: bytearray(path.read_bytes()) for path in fresh.glob("gjj.db*") if path.suffix != ".db-shm"})
    wanted = set(cuts(events))
    for place in range(len(events) + 1):
        if place in wanted:
            yield place, disk
        if place < len(events):
            disk.see(events[place])
