"""A client of the kernel under test: jupyter_client's own Session on plain sockets.

Over `messages.py`. All that arrives is kept, in order, in the trail of the row, and
handed to the exchange it belongs to. A wait ends at the row's deadline, or at once when
the kernel has died. Confined to one thread.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import zmq
from jupyter_client.session import DELIM, Session

from kernelwire.conformance.messages import Exchange, Json, Message
from kernelwire.conformance.rows import Failure, NotOffered

if TYPE_CHECKING:
    from kernelwire.conformance.kernel import Clock

__all__ = ["Connection", "Peer"]

Connection = dict[str, Any]

_KINDS = {
    "shell": zmq.DEALER,
    "control": zmq.DEALER,
    "stdin": zmq.DEALER,
    "iopub": zmq.SUB,
    "hb": zmq.REQ,
}
# A request that was not answered when a later one was gets this much longer, in seconds:
# a kernel may answer out of turn, as one that completes in a thread does.
_GRACE = 0.3
_NUDGE = 0.05  # seconds until kernel_info is asked again, while iopub is silent
_GLANCE = 0.1  # seconds between two looks at whether the kernel lives


class Peer:
    """One client, with the five channels."""

    def __init__(
        self,
        context: zmq.Context[Any],
        connection: Connection,
        clock: Clock,
        topic: bytes = b"",
        iopub: int = zmq.SUB,
        session: str = "",
    ) -> None:
        """Connect, without waiting for the kernel.

        Args:
            context: of the sockets.
            connection: what a connection file holds.
            clock: the row's deadline, and whether the kernel lives.
            topic: is subscribed to; by default, all.
            iopub: the kind of socket; XSUB can also send what is no subscription.
            session: the client's session id, and identity; by default, a new one.
        """
        self._clock = clock
        # The packer is named: with orjson installed, the default is another.
        self.session = Session(
            session=session or uuid.uuid4().hex,
            key=connection["key"],
            signature_scheme=connection["signature_scheme"],
            packer="json",
            unpacker="json",
        )
        self.seen: list[Message] = []
        self.connection = connection
        self._exchanges: dict[str, Exchange] = {}
        self._sockets: dict[str, zmq.Socket[Any]] = {}
        self._poller = zmq.Poller()
        for channel, kind in {**_KINDS, "iopub": iopub}.items():
            self._connect(context, channel, kind, topic)

    def _connect(
        self, context: zmq.Context[Any], channel: str, kind: int, topic: bytes
    ) -> None:
        socket = context.socket(kind)
        socket.linger = 0
        socket.sndhwm = socket.rcvhwm = 0  # what is lost is not to be lost here
        socket.reconnect_ivl = 2  # milliseconds; a kernel that starts is caught early
        if kind == zmq.DEALER:
            # The same on stdin as on shell, or input_request could not be routed.
            socket.identity = self.session.bsession
        if kind == zmq.SUB:
            socket.subscribe(topic)
        socket.connect(endpoint(self.connection, channel))
        if kind == zmq.XSUB:
            socket.send(b"\x01" + topic)
        self._sockets[channel] = socket
        if channel != "hb":
            self._poller.register(socket, zmq.POLLIN)

    def close(self) -> None:
        """Vanish, without a word to the kernel."""
        for socket in self._sockets.values():
            socket.close(linger=0)

    # Sending

    def send(
        self,
        channel: str,
        msg_type: str,
        content: Json | None = None,
        *,
        parent: Json | None = None,
        metadata: Json | None = None,
        buffers: Sequence[bytes] = (),
        header: Json | None = None,
    ) -> Exchange:
        """Send a message; what comes of it arrives in the exchange that is returned.

        Args:
            channel: shell, control or stdin.
            msg_type: of the message.
            content: by default, empty.
            parent: the header of the message that this one answers.
            metadata: by default, none.
            buffers: sent behind the four parts.
            header: fields that are added, or take the place of others.
        """
        message = self.session.msg(msg_type, content or {}, parent=parent)
        message["header"].update(header or {})
        message["metadata"] = metadata or {}
        frames = self.session.serialize(message)
        self.send_frames(channel, [*frames, *buffers])
        sent = Message.of(channel, False, self._clock.seconds, [], frames[2:], buffers)
        self.seen.append(sent)
        exchange = Exchange(sent, self.wait)
        return self._exchanges.setdefault(sent.msg_id, exchange)

    def send_frames(self, channel: str, frames: Sequence[bytes]) -> None:
        """Send frames as they are, whatever they are."""
        self._sockets[channel].send_multipart(list(frames))

    def execute(self, code: str, **fields: Any) -> Exchange:
        """Send an execute_request on shell.

        Args:
            code: to be executed.
            fields: of the content, instead of the usual ones; and `header`, `metadata`.
        """
        extra = {name: fields.pop(name, None) for name in ("header", "metadata")}
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
            **fields,
        }
        return self.send("shell", "execute_request", content, **extra)

    def ask(
        self, msg_type: str, content: Json | None = None, channel: str = "shell"
    ) -> Exchange:
        """Send a request of a type that a kernel may leave out, and finish it.

        Raises:
            NotOffered: what was sent after it was answered, and this was not.
        """
        exchange = self.send(channel, msg_type, content)
        self.fence(channel)
        if not exchange.replies:
            self.listen(_GRACE, until=lambda: exchange.replies)
        if not exchange.replies:
            msg = f"{msg_type} on {channel} gets no reply"
            raise NotOffered(msg)
        return exchange.finish()

    def fence(self, channel: str = "shell", header: Json | None = None) -> Exchange:
        """Have kernel_info answered: whatever was sent before is done by then."""
        return self.send(channel, "kernel_info_request", header=header).finish()

    def heartbeat(self, data: bytes) -> bytes:
        """Send a ping; returns what comes back.

        Raises:
            Failure: nothing does.
        """
        socket = self._sockets["hb"]
        socket.send(data)
        while not socket.poll(int(_GLANCE * 1000)):
            self._clock.look(f"the echo of {len(data)} bytes on the heartbeat")
        return bytes(socket.recv())

    # Receiving

    def ready(self) -> None:
        """Wait until the kernel answers, and its iopub messages arrive here."""
        while True:
            nudge = self.send("shell", "kernel_info_request")
            _ = nudge.reply
            if self._is_idle_soon(nudge):
                return
            self._clock.look("any message on iopub")

    def _is_idle_soon(self, nudge: Exchange) -> bool:
        self.listen(_NUDGE, until=lambda: "idle" in nudge.states)
        return "idle" in nudge.states

    def wait(self, holds: Callable[[], object], what: str) -> None:
        """Receive until something holds.

        Args:
            holds: looks at what has been seen.
            what: is waited for, in words.

        Raises:
            Failure: it does not hold by the deadline, or the kernel has died.
        """
        while not holds():
            if not self._receive(_GLANCE):
                self._clock.look(what)

    def listen(
        self, seconds: float, until: Callable[[], object] = lambda: False
    ) -> None:
        """Receive for a while, or until something holds."""
        end = time.monotonic() + seconds
        while not until() and (left := end - time.monotonic()) > 0:
            self._receive(left)

    def _receive(self, seconds: float) -> bool:
        """Take all that has arrived; false where nothing has within a time."""
        names = {socket: name for name, socket in self._sockets.items()}
        ready = self._poller.poll(math.ceil(max(0.0, seconds) * 1000))
        for socket, _ in ready:
            while socket.poll(0):
                frames = socket.recv_multipart()
                self._take(names[socket], [bytes(frame) for frame in frames])
        return bool(ready)

    def _take(self, channel: str, frames: list[bytes]) -> None:
        """Verify a message, and give it to the exchange that it belongs to."""
        try:
            cut = frames.index(DELIM)
            identities, rest = frames[:cut], frames[cut + 1 :]
            self.session.deserialize(rest)
            message = Message.of(
                channel, True, self._clock.seconds, identities, rest[1:5], rest[5:]
            )
        except (ValueError, TypeError, KeyError) as exc:
            msg = f"a message on {channel} that jupyter_client refuses: {exc}"
            raise Failure(msg) from exc
        self.seen.append(message)
        exchange = self._exchanges.get(message.parent_id or "")
        if exchange is None:
            return
        if channel == "iopub":
            exchange.published.append(message)
        elif channel == "stdin":
            exchange.questions.append(message)
        else:
            exchange.replies.append(message)


def endpoint(connection: Connection, channel: str) -> str:
    """Where a channel of the kernel is."""
    port, address = connection[f"{channel}_port"], connection["ip"]
    if connection["transport"] == "ipc":
        return f"ipc://{address}-{port}"
    return f"{connection['transport']}://{address}:{port}"
