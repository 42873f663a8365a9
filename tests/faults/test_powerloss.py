"""Power cuts at every write of a month-end: nothing acknowledged is lost, nothing is half; without FULL something is."""

import random
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from tests.faults import powerloss
from tests.faults.month_ends import MonthEnd, integrity
from tests.faults.powerloss import Disk, Event
from tests.faults.warm import Warm

pytestmark = pytest.mark.slow

DISKS = 3  # tried at each cut


def test_power_cuts(strace: str, warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path) -> None:
    events = powerloss.record(warm, few, tmp_path / "run")
    with tally("power cut, synchronous=FULL") as count:
        wanted = set(count.some(powerloss.cuts(events)))
        for place, disk in powerloss.disks(few.fresh, events):
            for _ in range(DISKS if place in wanted else 0):
                count.add([f"cut {place}: {one}" for one in found_on(disk, few, tmp_path / "disk", count.chance)])


def test_without_full_acknowledged_posts_are_lost(
    strace: str, warm: Warm, few: MonthEnd, tally: Callable[[str], Any], tmp_path: Path
) -> None:
    """The control: a harness that finds nothing here is blind. Also with NORMAL nothing is ever half."""
    events = powerloss.record(warm, few, tmp_path / "run", sabotage="synchronous_normal")
    with tally("power cut, synchronous=NORMAL (must lose)") as count:
        wanted = set(count.some(powerloss.cuts(events)))
        lost = 0
        for place, disk in powerloss.disks(few.fresh, events):
            if place in wanted and disk.acked:
                problems = found_on(disk, few, tmp_path / "disk", count.chance)
                lost += any("lost" in one for one in problems)
                count.add([one for one in problems if "lost" not in one])
        count.notes.append(f"{lost} lost an acknowledged post")
        assert lost


def found_on(disk: Disk, month_end: MonthEnd, folder: Path, chance: random.Random) -> list[str]:
    """What is wrong with the books on one of the disks."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in disk.after_a_cut(chance).items():
        (folder / name).write_bytes(data)
    said = integrity(folder)
    if said != "ok":
        return [f"integrity_check: {said}"]
    return month_end.problems(folder, disk.acked)


def test_a_disk_keeps_what_was_synced_and_some_of_the_rest() -> None:
    disk = Disk({"gjj.db": bytearray(b"a" * 1024)})
    for event in (
        Event("write", "gjj.db", 0, b"b" * 512),
        Event("sync", "gjj.db"),
        Event("write", "gjj.db", 512, b"c" * 1024),
        Event("create", "gjj.db-wal"),
    ):
        disk.see(event)
    seen = [disk.after_a_cut(random.Random(seed)) for seed in range(200)]
    assert {found["gjj.db"][:512] for found in seen} == {b"b" * 512}
    later = {found["gjj.db"][512:] for found in seen}
    assert later == {b"a" * 512, b"c" * 1024, b"c" * 512 + bytes(512), b"a" * 512 + b"c" * 512, b"a" * 512 + bytes(512)}
    assert {"gjj.db-wal" in found for found in seen} == {True, False}
    disk.see(Event("sync", ""))
    disk.see(Event("delete", "gjj.db-wal"))
    assert {"gjj.db-wal" in disk.after_a_cut(random.Random(seed)) for seed in range(20)} == {True, False}
