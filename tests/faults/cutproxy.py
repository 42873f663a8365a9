"""A proxy before a PostgreSQL server that cuts a connection at a chosen message of the client.

Messages are counted over all connections since `arm`. Cut `before` a message, the server never sees it; cut `after` it,
the server sees it and does what it says, and the client never hears of that. One cut, then everything goes through.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType

_SSL, _GSS = 80877103, 80877104  # "may I speak TLS?", asked in the form of a start-up message
_SECONDS_FOR_THE_SERVER = 0.5  # to do what it will not be heard about


class Proxy:
    """Listens on `port` of loopback and passes on to `target`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.seen = 0
        self._when, self._number = "", 0
        self._lock, self._struck = threading.Lock(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # wakes who waits in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def arm(self, when: str = "", number: int = 0) -> None:
        """Counts from here, and cuts `before` or `after` the message of that number; without one it only counts."""
        with self._lock:
            self.seen, self._when, self._number = 0, when, number
            self._struck.clear()

    def cut(self, within: float = 2) -> bool:
        """Whether the message it was armed for has come; the last one is on its way when the client is gone already."""
        return self._struck.wait(within)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:  # it is down, and that is what the client shall see
            client.close()
            return
        for end in (client, server):  # a message of the client is many small ones, each waiting for the last otherwise
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deaf = threading.Event()
        back = threading.Thread(target=_answers, args=(server, client, deaf), daemon=True)
        back.start()
        with suppress(OSError):
            for message in _messages(client):
                verdict = self._judge()
                if verdict == "before":
                    break
                if verdict == "after":
                    deaf.set()
                    server.sendall(message)
                    back.join(_SECONDS_FOR_THE_SERVER)
                    break
                server.sendall(message)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        back.join()
        client.close()
        server.close()

    def _judge(self) -> str:
        with self._lock:
            self.seen += 1
            if self.seen != self._number:
                return ""
            self._struck.set()
            return self._when


def _answers(server: socket.socket, client: socket.socket, deaf: threading.Event) -> None:
    """Passes on what the server says; after the first thing it says to nobody, it has done its work."""
    with suppress(OSError):
        while data := server.recv(65536):
            if deaf.is_set():
                return
            client.sendall(data)
    if not deaf.is_set():
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _messages(client: socket.socket) -> Iterator[bytes]:
    """The client's messages; the first has no letter before its length. Whether TLS is spoken is answered with no."""
    stream = client.makefile("rb")
    begun = False
    while True:
        head = stream.read(5 if begun else 4)
        if len(head) < (5 if begun else 4):
            return
        body = stream.read(int.from_bytes(head[-4:], "big") - 4)
        if not begun and int.from_bytes(body[:4], "big") in (_SSL, _GSS):
            client.sendall(b"N")
            continue
        begun = True
        yield head + body
