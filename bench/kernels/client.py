"""A raw client, the same for every kernel and as light as pyzmq allows.

Requests are built and signed before the clock starts. Replies are recognised by looking
for bytes in raw frames; nothing is parsed. A message is read frame by frame from its
delimiter on, which costs a fifth of `recv_multipart`, and needs no look at RCVMORE.
"""

from __future__ import annotations

import datetime as dt
import hmac
import itertools
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import zmq

from bench.kernels.process import Connection

DELIMITER = b"<IDS|MSG>"
UNLIMITED = 0
DEFAULT_LIMIT = 1000  # libzmq's default high-water mark

_MORE = int(zmq.SNDMORE)  # a plain int: an enum costs as much as the frame
_SESSION = uuid.uuid4().hex
_COUNTER = itertools.count(1)
# Milliseconds without a message after which a flood looks finished: longer than TCP waits
# between two looks at a window that was full for six seconds.
_QUIET = 8000
_RECONNECT = 2  # milliseconds; libzmq's 100 would round every start up to 100 ms


class KernelSilentError(Exception):
    """The kernel did not say in time what the protocol has it say."""


@dataclass(frozen=True)
class Request:
    """A signed request, ready to send; `id` is found again in each answer's parent."""

    id: bytes
    frames: list[bytes]


@dataclass(frozen=True)
class Flood:
    """What came of a request with many answers.

    `seconds` run from the request to the idle status or, where that never came, to the
    last message; `lines` are the line ends in all counted messages.
    """

    seconds: float
    idle: bool
    messages: int
    lines: int


def execute_content(code: str, *, silent: bool) -> dict[str, Any]:
    """Return the content of an execute_request."""
    return {
        "code": code,
        "silent": silent,
        "store_history": not silent,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }


def request(key: bytes, msg_type: str, content: dict[str, Any]) -> Request:
    """Build a message and sign it with hmac-sha256.

    Source: the messaging specification, "The Wire Protocol".
    """
    msg_id = f"{_SESSION}_{next(_COUNTER)}"
    header = {
        "msg_id": msg_id,
        "msg_type": msg_type,
        "username": "bench",
        "session": _SESSION,
        "date": dt.datetime.now(dt.UTC).isoformat(),
        "version": "5.5",
    }
    parts = [
        json.dumps(part, separators=(",", ":")).encode()
        for part in (header, {}, {}, content)
    ]
    signature = hmac.new(key, b"".join(parts), "sha256").hexdigest().encode()
    return Request(msg_id.encode(), [DELIMITER, signature, *parts])


class Client:
    """The shell and iopub sockets of one client. Confined to one thread."""

    def __init__(self, connection: Connection, receive_limit: int = UNLIMITED) -> None:
        """Connect, without waiting for the kernel to listen.

        Args:
            connection: where the kernel is, or will be.
            receive_limit: high-water mark of the iopub socket, in messages.
        """
        self._key = connection.key
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.shell = self._connect(zmq.DEALER, connection.endpoint("shell"), UNLIMITED)
        self.iopub = self._connect(zmq.SUB, connection.endpoint("iopub"), receive_limit)
        self.iopub.subscribe(b"")

    def _connect(self, kind: int, endpoint: str, limit: int) -> zmq.Socket[bytes]:
        sock = self._context.socket(kind)
        sock.linger = 0
        sock.sndhwm = UNLIMITED
        sock.rcvhwm = limit
        sock.reconnect_ivl = _RECONNECT
        sock.connect(endpoint)
        return sock

    def close(self) -> None:
        self._context.destroy(linger=0)

    def patience(self, seconds: float) -> None:
        """Set how long one receive waits before it gives up."""
        self.shell.rcvtimeo = self.iopub.rcvtimeo = int(seconds * 1000)

    def kernel_info(self) -> Request:
        return request(self._key, "kernel_info_request", {})

    def execute(self, code: str, *, silent: bool = False) -> Request:
        content = execute_content(code, silent=silent)
        return request(self._key, "execute_request", content)

    def complete(self, code: str) -> Request:
        content = {"code": code, "cursor_pos": len(code)}
        return request(self._key, "complete_request", content)

    def send(self, message: Request) -> None:
        send = self.shell.send
        *first, last = message.frames
        for frame in first:
            send(frame, _MORE)
        send(last)

    def reply(self, message: Request) -> bytes:
        """Wait for the reply on shell and return its content, unparsed.

        Raises:
            KernelSilentError: it did not come in time.
        """
        recv, wanted = self.shell.recv, message.id
        try:
            while True:
                while recv() != DELIMITER:
                    pass
                recv()  # signature
                recv()  # header
                parent = recv()
                recv()  # metadata
                content = recv()
                if wanted in parent:
                    return content
        except zmq.Again:
            msg = "no reply"
            raise KernelSilentError(msg) from None

    def idle(self, message: Request) -> None:
        """Wait until iopub says that the request is done.

        Raises:
            KernelSilentError: it did not say so in time.
        """
        recv, wanted = self.iopub.recv, message.id
        try:
            while True:
                while recv() != DELIMITER:
                    pass
                recv()  # signature
                recv()  # header
                parent = recv()
                recv()  # metadata
                if b'"idle"' in recv() and wanted in parent:
                    return
        except zmq.Again:
            msg = "no idle status"
            raise KernelSilentError(msg) from None

    def text(self, message: Request) -> str:
        """Return what is published for a request as text, up to its idle status.

        Raises:
            KernelSilentError: it did not come in time.
        """
        found = []
        try:
            while True:
                frames = self.iopub.recv_multipart()
                _, header, parent, _, body = frames[frames.index(DELIMITER) + 1 :][:5]
                if message.id not in parent:
                    continue
                content = json.loads(body)
                if b'"stream"' in header:
                    found.append(content["text"])
                elif b'"execute_result"' in header:
                    found.append(content["data"]["text/plain"])
                elif content.get("execution_state") == "idle":
                    return "".join(found)
        except zmq.Again:
            msg = "no idle status"
            raise KernelSilentError(msg) from None

    def round_trip(self, message: Request) -> float:
        """Return the seconds until both the reply and the idle status are here."""
        start = time.perf_counter()
        self.send(message)
        self.reply(message)
        self.idle(message)
        return time.perf_counter() - start

    def pipeline(self, messages: list[Request]) -> float:
        """Send all requests at once; return the seconds until the last is done."""
        start = time.perf_counter()
        for message in messages:
            self.send(message)
        for message in messages:
            self.reply(message)
        self.idle(messages[-1])
        return time.perf_counter() - start

    def run(self, code: str) -> None:
        """Execute a cell that only prepares, untimed.

        Raises:
            KernelSilentError: it failed, or was not answered in time.
        """
        message = self.execute(code)
        self.send(message)
        content = self.reply(message)
        self.idle(message)
        if json.loads(content)["status"] != "ok":
            msg = json.loads(content).get("evalue", "a preparing cell failed")
            raise KernelSilentError(msg)

    def subscribe(self, seconds: float = 30.0) -> None:
        """Wait until the kernel answers and its iopub messages arrive here.

        Raises:
            KernelSilentError: it did not answer in time.
        """
        deadline = time.monotonic() + seconds
        self.patience(seconds)
        while True:
            message = self.kernel_info()
            self.send(message)
            self.reply(message)
            self.iopub.rcvtimeo = 200
            try:
                self.idle(message)
                break
            except KernelSilentError:
                # The subscription was on its way when the status was published.
                if time.monotonic() > deadline:
                    raise
        self.patience(seconds)

    def flood(
        self, message: Request, kind: bytes, seconds: float, pause: float = 0.0
    ) -> Flood:
        """Send the request and count what is published for it.

        A flood that falls silent after its reply, without idle, has lost the idle.

        Args:
            message: the execute request.
            kind: message type to count, in quotes as it stands in a header.
            seconds: how long to wait for idle at most.
            pause: seconds after the request in which nothing is read.
        """
        recv, wanted = self.iopub.recv, message.id
        self.iopub.rcvtimeo = _QUIET
        messages = lines = 0
        idle = replied = False
        start = last = time.perf_counter()
        deadline = start + seconds
        self.send(message)
        time.sleep(pause)
        while not idle and last < deadline:
            try:
                while recv() != DELIMITER:
                    pass
                recv()  # signature
                header = recv()
                parent = recv()
                recv()  # metadata
                content = recv()
            except zmq.Again:
                if replied or time.perf_counter() > deadline:
                    break
                replied = self.shell.poll(0) != 0
                continue
            last = time.perf_counter()
            if kind in header:
                messages += 1
                lines += content.count(b"\\n")
            elif b'"idle"' in content and wanted in parent:
                idle = True
        self.reply(message)
        return Flood(last - start, idle, messages, lines)

    def buffers(self, message: Request, count: int, size: int) -> float:
        """Send the request; return the seconds until all its comm buffers are here.

        Args:
            message: an execute request that sends `count` comm_msg.
            count: how many.
            size: bytes in the one buffer of each.

        Raises:
            KernelSilentError: fewer came in time, or one of another size.
        """
        recv = self.iopub.recv
        start = time.perf_counter()
        self.send(message)
        try:
            while count > 0:
                while recv() != DELIMITER:
                    pass
                recv()  # signature
                header = recv()
                recv()  # parent header
                recv()  # metadata
                recv()  # content
                if b'"comm_msg"' in header:
                    if len(recv(copy=False)) != size:
                        msg = "a buffer of the wrong size"
                        raise KernelSilentError(msg)
                    count -= 1
        except zmq.Again:
            msg = f"{count} buffers did not arrive"
            raise KernelSilentError(msg) from None
        seconds = time.perf_counter() - start
        self.reply(message)
        self.idle(message)
        return seconds
