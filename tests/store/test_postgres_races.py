"""Many processes for one key on PostgreSQL: exactly one posts, the others are told what it posted."""

import subprocess
import sys
from pathlib import Path

import pytest

from gjj_cli.store.engine import Books
from gjj_cli.store.verify import verify
from tests.postgres import Server
from tests.store.small_books import PEOPLE, bring_in, unit

pytestmark = pytest.mark.slow

RACER = """
import sys, time
from tests.store.small_books import remit
from gjj_cli.store.engine import Books
books = Books.open(sys.argv[1], wait=60)
print("ready", flush=True)
sys.stdin.readline()
posted = remit(books, 24302)
print("already" if posted.already else "posted", posted.entries[0].text)
"""


def test_sixteen_processes_for_one_key(postgres: Server) -> None:
    database = postgres.database()
    Books.create(database.url, "test", database.owner).close()
    books = Books.open(database.url)
    bring_in(books, [unit()], PEOPLE)
    root, pipe = Path(__file__).parents[2], subprocess.PIPE
    command = [sys.executable, "-c", RACER, database.url]
    racers = [subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True) for _ in range(16)]
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    for racer in racers:  # all at once, only now
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = sorted(racer.communicate(timeout=90)[0].strip() for racer in racers)
    assert said == ["already 0500001-2503-记002"] * 15 + ["posted 0500001-2503-记002"]
    assert verify(books).ok
    books.close()
