"""A Session at work: each load makes batches of one kind of call.

A load is made for one class of Session and owns what it needs: sessions with one key, a
history, sockets. Messages that are read were written before the clock started, and each
is read once, because a Session takes a second time for an attack.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import zmq
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

from bench.batches import clock, uncollected
from bench.codec.messages import Sample

KEY = b"5d2f6c1e-9a7b40c38e61f0d2b4a59c77"
HISTORY = 2**16  # signatures that a Session remembers
CULL = 7_000  # messages that contain at least one cull of a full history: 10 % of it

Maker: TypeAlias = Callable[..., Any]
"""A class of Session."""
Frames: TypeAlias = list[Any]

_PATIENCE = 10.0  # seconds to wait for a message that is already there


class LostError(Exception):
    """A message did not come out as it went in, so its time means nothing."""


def made(session: Maker) -> Any:
    """Make a Session that packs with orjson, as jupyter_client chooses by itself."""
    return session(key=KEY, packer="orjson", unpacker="orjson")


def written(sample: Sample, count: int) -> list[Frames]:
    """Return distinct messages, without buffers, written by jupyter_client for all."""
    session = made(Session)
    message = sample.msg_type, sample.content, sample.parent
    return [
        session.serialize(session.msg(*message, metadata=sample.metadata))
        for _ in range(count)
    ]


class Writing:
    """msg() and serialize(): a new header, four parts packed, signed and laid out."""

    def __init__(self, session: Maker, sample: Sample) -> None:
        self._session = made(session)
        self._sample = sample

    def __call__(self, calls: int) -> float:
        msg, serialize = self._session.msg, self._session.serialize
        kind, content = self._sample.msg_type, self._sample.content
        parent, metadata = self._sample.parent, self._sample.metadata
        with uncollected():
            start = clock()
            for _ in range(calls):
                serialize(msg(kind, content, parent, None, metadata))
            return (clock() - start) / calls


class Reading:
    """feed_identities() and deserialize(): split, verified, unpacked, dates found."""

    def __init__(self, session: Maker, sample: Sample, *, full: bool = False) -> None:
        """Make a reader.

        Args:
            session: the class of Session.
            sample: what it reads.
            full: whether its history of signatures is full before anything is timed.
        """
        self._session = made(session)
        self._sample = sample
        for _ in range(0, HISTORY if full else 0, CULL):
            self(CULL)

    def __call__(self, calls: int) -> float:
        messages = written(self._sample, calls)
        feed, deserialize = self._session.feed_identities, self._session.deserialize
        with uncollected():
            start = clock()
            for frames in messages:
                deserialize(feed(frames)[1])
            return (clock() - start) / calls

    def longest(self, calls: int) -> float:
        """Return the longest of so many calls, in seconds."""
        messages = written(self._sample, calls)
        feed, deserialize = self._session.feed_identities, self._session.deserialize
        longest = 0.0
        with uncollected():
            for frames in messages:
                start = clock()
                deserialize(feed(frames)[1])
                longest = max(longest, clock() - start)
        return longest


class Signing:
    """sign() of the four parts of one message."""

    def __init__(self, session: Maker, parts: list[bytes]) -> None:
        self._session = made(session)
        self._parts = parts

    def __call__(self, calls: int) -> float:
        sign, parts = self._session.sign, self._parts
        with uncollected():
            start = clock()
            for _ in range(calls):
                sign(parts)
            return (clock() - start) / calls


class Exchange:
    """send() and recv() between two sessions, over two sockets of one thread."""

    def __init__(
        self,
        session: Maker,
        sample: Sample,
        *,
        copy: bool = True,
        sockets: type[zmq.Context[Any]] = zmq.Context,
    ) -> None:
        """Connect the sockets and send one message, untimed.

        Args:
            session: the class of Session, for both ends.
            sample: what is sent, its buffers included.
            copy: what recv() is given.
            sockets: whose sockets: zmq.Context or zmq.asyncio.Context.

        Raises:
            LostError: the message that came out is not the one that went in.
        """
        self._sample = sample
        self._copy = copy
        self._context = sockets()
        self._near, self._far = pair(self._context)
        self._sender, self._receiver = made(session), made(session)
        self._send()
        _, message = self._receiver.recv(self._far, copy=copy)
        if message is None or message["content"] != sample.content:
            msg = f"{sample.name} went out and {message!r:.200} came in"
            raise LostError(msg)
        sizes = [memoryview(buffer).nbytes for buffer in message["buffers"]]
        if sizes != [len(buffer) for buffer in sample.buffers]:
            msg = f"{sample.name} came with buffers of {sizes} bytes"
            raise LostError(msg)

    def __call__(self, calls: int) -> float:
        send, recv = self._send, self._receiver.recv
        far, mode, copy = self._far, zmq.NOBLOCK, self._copy
        with uncollected():
            start = clock()
            for _ in range(calls):
                send()
                recv(far, mode, True, copy)
            return (clock() - start) / calls

    def close(self) -> None:
        self._context.destroy(linger=0)

    def _send(self) -> None:
        sample = self._sample
        self._sender.send(
            self._near,
            sample.msg_type,
            sample.content,
            parent=sample.parent,
            metadata=sample.metadata,
            buffers=sample.buffers,
        )


class Channel:
    """The same through jupyter_client's asyncio channels, an event loop included."""

    def __init__(self, session: Maker, sample: Sample) -> None:
        self._sample = sample
        self._context = zmq.asyncio.Context()
        self._loop = asyncio.new_event_loop()
        near, far = pair(self._context)
        self._near = AsyncZMQSocketChannel(near, made(session))
        self._far = AsyncZMQSocketChannel(far, made(session))

    def __call__(self, calls: int) -> float:
        with uncollected():
            return self._loop.run_until_complete(self._exchange(calls)) / calls

    def close(self) -> None:
        self._context.destroy(linger=0)
        self._loop.close()

    async def _exchange(self, calls: int) -> float:
        near, far, sample = self._near, self._far, self._sample
        start = clock()
        for _ in range(calls):
            message = near.session.msg(
                sample.msg_type, sample.content, sample.parent, None, sample.metadata
            )
            near.send(message)
            await far.get_msg(timeout=_PATIENCE)
        return clock() - start


def pair(context: zmq.Context[Any]) -> tuple[Any, Any]:
    """Return two sockets that are connected inside the process."""
    near, far = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    near.bind("inproc://bench")
    far.connect("inproc://bench")
    return near, far
