"""A client of a kernel behind a jupyter_server, as light as tornado allows.

It speaks `v1.kernel.websocket.jupyter.org`, as JupyterLab does. Requests are built
before the clock starts; answers are recognised by looking for bytes, and not parsed.

What comes is acknowledged at once (tcp(7), TCP_QUICKACK). The server leaves Nagle's
algorithm on, which holds a message back until the one before is acknowledged: a client
that waits with that, as the system does, gets each reply 40 ms late from any Session.

Source: jupyter_server, "WebSocket kernel wire protocols".
"""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from bench.apps.server import Server
from bench.kernels.client import execute_content, request

PROTOCOL = "v1.kernel.websocket.jupyter.org"

_PATIENCE = 60.0  # seconds without a message
_WORD = 8  # bytes of an offset


class SilentError(Exception):
    """The kernel or the server did not say in time what the protocol has them say."""


@dataclass(frozen=True)
class Request:
    """One message to the kernel, ready to be sent; `id` is in all that answers it."""

    id: bytes
    message: bytes


class Client:
    """A connection to one kernel. Confined to one thread, with an event loop in it."""

    def __init__(self, server: Server, kernel: str) -> None:
        """Connect, and wait until the kernel's answers arrive."""
        self._loop = asyncio.new_event_loop()
        url = f"ws://{server.address}/api/kernels/{kernel}/channels"
        self._socket = self._loop.run_until_complete(
            self._connect(HTTPRequest(url, headers=server.headers))
        )
        self._tcp: socket.socket = self._socket.protocol.stream.socket
        self.round_trip(kernel_info())

    def close(self) -> None:
        self._socket.close()
        # The closing handshake is the loop's work; without it the server complains.
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    def round_trip(self, asked: Request) -> float:
        """Return the seconds until both the reply and the idle status are here."""
        return self._loop.run_until_complete(self._answers([asked]))

    def pipeline(self, asked: list[Request]) -> float:
        """Send all requests at once; return the seconds until the last is done."""
        return self._loop.run_until_complete(self._answers(asked))

    def flood(self, asked: Request, kind: bytes) -> tuple[float, int]:
        """Send one request whose answers are many.

        Args:
            asked: the execute request.
            kind: message type to count, in quotes as it stands in a header.

        Returns:
            The seconds until it is done, and how many messages of that kind came.
        """
        return self._loop.run_until_complete(self._flood(asked, kind))

    async def _connect(self, asked: HTTPRequest) -> Any:
        return await websocket_connect(asked, subprotocols=[PROTOCOL])

    async def _answers(self, asked: list[Request]) -> float:
        start = time.perf_counter()
        for each in asked:
            self._socket.write_message(each.message, binary=True)
        last = asked[-1].id
        replies, idle = len(asked), False
        while replies or not idle:
            message = await self._read()
            if channel(message) == b"shell":
                replies -= 1
            elif b'"idle"' in message and last in message:
                idle = True
        return time.perf_counter() - start

    async def _flood(self, asked: Request, kind: bytes) -> tuple[float, int]:
        start = time.perf_counter()
        self._socket.write_message(asked.message, binary=True)
        count, replied, idle = 0, False, False
        while not (replied and idle):
            message = await self._read()
            if kind in message:
                count += 1
            elif channel(message) == b"shell":
                replied = True
            elif b'"idle"' in message and asked.id in message:
                idle = True
        return time.perf_counter() - start, count

    async def _read(self) -> bytes:
        try:
            message = await asyncio.wait_for(self._socket.read_message(), _PATIENCE)
        except TimeoutError:
            msg = f"nothing for {_PATIENCE:.0f} seconds"
            raise SilentError(msg) from None
        self._tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not isinstance(message, bytes):
            msg = "the server has closed the connection"
            raise SilentError(msg)
        return message


def kernel_info() -> Request:
    return _request("kernel_info_request", {})


def execute(code: str, *, silent: bool) -> Request:
    return _request("execute_request", execute_content(code, silent=silent))


def _request(msg_type: str, content: dict[str, Any]) -> Request:
    made = request(b"", msg_type, content)  # the server signs it
    return Request(made.id, framed(b"shell", made.frames[-4:]))


def framed(channel: bytes, parts: list[bytes]) -> bytes:
    """Lay out one message: a count, so many offsets, the channel, the parts."""
    pieces = [channel, *parts]
    offsets = [_WORD * (len(pieces) + 2)]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    words = [len(offsets), *offsets]
    return b"".join([*(word.to_bytes(_WORD, "little") for word in words), *pieces])


def channel(message: bytes) -> bytes:
    """Return the channel that a message came on."""
    start = int.from_bytes(message[_WORD : 2 * _WORD], "little")
    end = int.from_bytes(message[2 * _WORD : 3 * _WORD], "little")
    return message[start:end]
