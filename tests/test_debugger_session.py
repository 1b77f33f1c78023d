"""The debugger's session with debugpy, at whose end a server of the test's own stands."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, cast

import pytest

from kernelwire._host import Output
from kernelwire.python.debugger import session as module
from kernelwire.python.debugger.session import Session

PATIENCE = 60.0  # seconds

Json = dict[str, Any]


class Ignored:
    """An output that nobody reads."""

    def publish(self, msg_type: str, content: Json) -> None:
        """Do nothing."""


class Debugpy:
    """Accepts clients and greets them as debugpy does, and notes what happens.

    The greeting goes to the client that came first of those that have not disconnected.
    """

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.clients: dict[int, socket.socket] = {}
        self.noted: SimpleQueue[tuple[str, int]] = SimpleQueue()
        self.threads = [Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self) -> None:
        """Serve clients until the listener is shut down."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            number = len(self.threads)
            self.clients[number] = client
            self.noted.put(("connect", number))
            self.send(self.clients[min(self.clients)], event="debugpySockets")
            thread = Thread(target=self.answer, args=(client, number))
            self.threads.append(thread)
            thread.start()

    def answer(self, client: socket.socket, number: int) -> None:
        """Answer a client's requests until it is gone."""
        with client, client.makefile("rb") as stream:
            while request := read(stream):
                command = request["command"]
                self.noted.put((command, number))
                if command == "disconnect":
                    del self.clients[number]
                self.send(client, command=command, request_seq=request["seq"])

    def send(self, client: socket.socket, **message: Any) -> None:
        """Send an event, or the response to a request."""
        kind = "event" if "event" in message else "response"
        body = json.dumps({"type": kind, "success": True, **message}).encode()
        client.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def next(self) -> tuple[str, int]:
        """What happened next, and to which client, counted from 1."""
        return self.noted.get(timeout=PATIENCE)

    def close(self) -> None:
        """Stop to accept; the clients have to be closed before."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(PATIENCE)


def read(stream: IO[bytes]) -> Json | None:
    """Read a message; None at the end of the stream."""
    length = stream.readline()
    if not length:
        return None
    stream.readline()
    message: Json = json.loads(stream.read(int(length.split()[1])))
    return message


@pytest.fixture
def debugpy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Debugpy]:
    """A server in debugpy's place."""
    debugpy = Debugpy()
    monkeypatch.setattr(module, "_endpoint", debugpy.listener.getsockname)
    yield debugpy
    debugpy.close()


def test_the_next_connection_is_made_before_one_disconnects(debugpy: Debugpy) -> None:
    """debugpy greets by way of its oldest client; where that had just gone, it failed.

    Who switched the debugger off and on again, quickly or on a busy machine, got no
    answer to `initialize` from then on: debugpy accepted no client any more.
    """
    output = cast("Output", Ignored())
    first = Session(output)
    first.disconnect({})
    first.close()
    second = Session(output, first.successor)
    second.request("initialize", {})
    second.disconnect({})
    second.close()
    assert second.successor is not None
    second.successor.close()
    assert [debugpy.next() for _ in range(6)] == [
        ("connect", 1),
        ("connect", 2),
        ("disconnect", 1),
        ("initialize", 2),
        ("connect", 3),
        ("disconnect", 2),
    ]
