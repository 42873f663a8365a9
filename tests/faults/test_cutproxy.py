"""The proxy itself, before a server that writes down what it hears and answers each message."""

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.faults.cutproxy import Proxy

START = struct.pack("!ii", 8, 196608)
TLS = struct.pack("!ii", 8, 80877103)


@dataclass
class Scribe:
    """A server for one connection."""

    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    heard: bytes = b""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        client, _ = self.listener.accept()
        with client:
            while data := client.recv(1024):
                self.heard += data
                client.sendall(b"Z" * data.count(b"Q"))


@pytest.fixture
def scribe() -> Iterator[Scribe]:
    server = Scribe()
    yield server
    server.thread.join(10)
    server.listener.close()


def query(text: bytes) -> bytes:
    return b"Q" + struct.pack("!i", 4 + len(text)) + text


def talk(port: int, *messages: bytes) -> bytes:
    """All the client hears, saying the next after each answer."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(TLS)
        assert client.recv(1) == b"N"
        client.sendall(START)
        for message in messages:
            try:
                client.sendall(message)
                answer = client.recv(1)
            except ConnectionError:
                break
            if not answer:
                break
            heard += answer
    return heard


@pytest.mark.parametrize(
    ("when", "number", "by_server", "by_client"),
    [
        ("", 0, START + query(b"one") + query(b"two"), b"ZZ"),
        ("before", 1, b"", b""),
        ("before", 3, START + query(b"one"), b"Z"),
        ("after", 2, START + query(b"one"), b""),
        ("after", 3, START + query(b"one") + query(b"two"), b"Z"),
    ],
)
def test_what_each_end_hears(scribe: Scribe, when: str, number: int, by_server: bytes, by_client: bytes) -> None:
    with Proxy(int(scribe.listener.getsockname()[1])) as proxy:
        proxy.arm(when, number)
        heard = talk(proxy.port, query(b"one"), query(b"two"))
        scribe.thread.join(10)
        assert (scribe.heard, heard) == (by_server, by_client)
        assert proxy.cut(within=0) == bool(when)
