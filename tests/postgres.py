"""A real PostgreSQL server for the tests: made, started and stopped by them, in a folder of its own.

As root, initdb and the server run as the user `postgres`, because PostgreSQL refuses to run as root. Where the Debian
package is missing the tests that want a server are skipped and say so (`make test` installs it).
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

OWNER, APPLICATION = "gjj_owner", "gjj_app"
PASSWORDED, CANARY = "gjj_password", "canary-7Hq-secret"  # the one role that is asked for a password
_numbers = count(1)


def programs() -> Path | None:
    """Where initdb and pg_ctl are, the newest version first; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class Database:
    """One fresh database: the URL that gjj works with, and that of the role which owns the tables."""

    name: str
    url: str
    owner: str


@dataclass
class Server:
    """A server that listens on loopback. `settings` are lines of its configuration, by name."""

    bin: Path
    port: int
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="gjj-pg-")))
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    def make(self) -> None:
        if os.geteuid() == 0:
            os.chown(self.home, pwd.getpwnam("postgres").pw_uid, -1)
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-k")
        hba = self.data / "pg_hba.conf"
        hba.write_text(f"host all {PASSWORDED} 127.0.0.1/32 scram-sha-256\n{hba.read_text()}")
        told = {
            "port": str(self.port),
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": f"'{self.home}'",
            "shared_buffers": "'32MB'",
            "max_connections": "60",
            **self.settings,
        }
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in told.items())

    def start(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.home / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def standby(self) -> "Server":
        """A second server, running, that follows this one and can only be read (PostgreSQL's hot standby)."""
        follower = Server(self.bin, free_port(), settings=self.settings)
        if os.geteuid() == 0:
            os.chown(follower.home, pwd.getpwnam("postgres").pw_uid, -1)
        follower._run(
            "pg_basebackup", "-D", str(follower.data), "-d", self.url("postgres", "postgres"), "-R", "-c", "fast"
        )
        with (follower.data / "postgresql.conf").open("a") as conf:
            conf.write(f"port = {follower.port}\nunix_socket_directories = '{follower.home}'\n")
        follower.start()
        return follower

    def restart(self, mode: str = "immediate") -> None:
        self.stop(mode)
        self.start()

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.home)

    def database(self, *, owner: str = OWNER, application: str = APPLICATION, template: str = "template0") -> Database:
        """A fresh database that belongs to `owner`, or a copy of another that nobody is connected to; the two roles are
        made where they are not there."""
        name = f"books{next(_numbers)}_{time.time_ns() % 1_000_000}"
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as admin:
            for role in {owner, application}:
                if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                    admin.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{CANARY}'".encode())
            admin.execute(f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE "{template}"'.encode())
        return Database(name, self.books_url(application, name), self.books_url(owner, name))

    def url(self, role: str, database: str, port: int | None = None) -> str:
        """As psycopg and psql take it."""
        return f"postgresql://{role}@127.0.0.1:{port or self.port}/{database}"

    def books_url(self, role: str, database: str, port: int | None = None) -> str:
        """As gjj takes it; with another port through a proxy."""
        return self.url(role, database, port).replace("postgresql:", "postgresql+psycopg:")

    def _run(self, program: str, *args: str) -> None:
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        command = [*(as_postgres if os.geteuid() == 0 else []), str(self.bin / program), *args]
        done = subprocess.run(
            command,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def serving(settings: dict[str, str] | None = None) -> Iterator[Server]:
    """A running server, gone afterwards: the body of a fixture."""
    bin_ = programs()
    if bin_ is None:
        import pytest  # who measures (bench) has none

        pytest.skip("no PostgreSQL server here: apt-get install postgresql (make test does)")
    server = Server(bin_, free_port(), settings=settings or {})
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.remove()
