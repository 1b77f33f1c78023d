"""A connection to debugpy's adapter: requests out, responses and events in.

Source: the Debug Adapter Protocol, "Base Protocol"
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from kernelwire.python.threads import leave_alone

if TYPE_CHECKING:
    from collections.abc import Callable

    Message = dict[str, Any]

_LENGTH = b"content-length:"


class AdapterGoneError(Exception):
    """The connection was closed, so there will be no response."""

    def __init__(self) -> None:
        super().__init__("the debugger has ended")


class Adapter:
    """One debugging session. `request` may be called by one thread at a time."""

    def __init__(
        self, endpoint: tuple[str, int], heard: Callable[[Message], None]
    ) -> None:
        """Connect.

        Args:
            endpoint: Where debugpy listens: host and port.
            heard: See the attribute.

        Raises:
            OSError: Nobody listens there.
        """
        self.heard = heard
        """Called on a thread of its own with each message, responses included, in the
        order in which they come. May be replaced before the first request."""
        self._socket = socket.create_connection(endpoint)
        self._count = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Message]] = {}
        self._closed = False
        self._thread = threading.Thread(
            target=self._listen, name="kernelwire-debugger", daemon=True
        )
        leave_alone(self._thread)
        self._thread.start()

    def send(self, command: str, arguments: Any = None) -> Future[Message]:
        """Send a request.

        Returns:
            Its response, to come.

        Raises:
            AdapterGoneError: The session is over.
        """
        number = next(self._count)
        message = {"seq": number, "type": "request", "command": command}
        if arguments is not None:
            message["arguments"] = arguments
        body = json.dumps(message).encode()
        response: Future[Message] = Future()
        with self._lock:
            if self._closed:
                raise AdapterGoneError
            self._waiting[number] = response
        try:
            self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        except OSError:
            self.close()
        return response

    def request(self, command: str, arguments: Any = None) -> Message:
        """Send a request and wait for its response.

        Raises:
            AdapterGoneError: The session has ended.
        """
        return self.send(command, arguments).result()

    def close(self) -> None:
        """End the session; who waits for a response is told. May be called twice."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, {}
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for response in waiting.values():
            response.set_exception(AdapterGoneError())

    def _listen(self) -> None:
        with (
            contextlib.suppress(OSError, ValueError),
            self._socket.makefile("rb") as stream,
        ):
            while (length := _read_length(stream)) is not None:
                message = json.loads(stream.read(length))
                self.heard(message)
                if message.get("type") == "response":
                    self._answer(message)
        self.close()

    def _answer(self, message: Message) -> None:
        with self._lock:
            response = self._waiting.pop(message.get("request_seq", 0), None)
        if response is not None:
            response.set_result(message)


def _read_length(stream: Any) -> int | None:
    """Read a message's header; None at the end of the stream."""
    length = None
    for line in iter(stream.readline, b""):
        if line == b"\r\n":
            return length
        if line.lower().startswith(_LENGTH):
            length = int(line[len(_LENGTH) :])
    return None
