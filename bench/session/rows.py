"""What is measured: for each row, what its batches are and which floors add up to its."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import zmq.asyncio

from bench.batches import Batch
from bench.codec.messages import Sample
from bench.session import floor
from bench.session.floor import Floor, Multipart
from bench.session.loads import (
    CULL,
    Channel,
    Exchange,
    Frames,
    Maker,
    Reading,
    Signing,
    Writing,
    written,
)

BASELINE = "jupyter_client"
OURS = "kernelwire"
FLOOR = "floor"

Batches: TypeAlias = dict[str, Batch]

_Load = TypeVar("_Load", Exchange, Channel, Multipart)


@dataclass(frozen=True)
class Field:
    """Who takes part, what they are given, and what is closed at the end of a row."""

    sessions: Mapping[str, Maker]
    floor: Floor | None
    small: Sample
    display: Sample
    buffers: Sample
    closing: ExitStack = field(default_factory=ExitStack)

    def each(self, make: Callable[[Maker], Batch]) -> dict[str, Batch]:
        """Return one load for each class of Session."""
        return {name: make(session) for name, session in self.sessions.items()}

    def keep(self, load: _Load) -> _Load:
        """Close a load with sockets at the end of its row."""
        return self.closing.enter_context(closing(load))

    def below(self, make: Callable[[Floor], Batch]) -> dict[str, Batch]:
        """Return the floor's load, where there is a floor."""
        return {FLOOR: make(self.floor)} if self.floor else {}


@dataclass(frozen=True)
class Step:
    """One row. `floor` names the rows whose floors add up to this one's."""

    name: str
    title: str
    batches: Callable[[Field], Batches]
    floor: Sequence[str] = ()


def write_small(given: Field) -> Batches:
    return given.each(lambda session: Writing(session, given.small))


def read_small(given: Field) -> Batches:
    return given.each(lambda session: Reading(session, given.small, full=True))


def read_display(given: Field) -> Batches:
    return given.each(lambda session: Reading(session, given.display))


def longest(given: Field) -> Batches:
    return given.each(lambda session: Reading(session, given.small, full=True).longest)


def exchange_small(given: Field) -> Batches:
    return given.each(lambda session: given.keep(Exchange(session, given.small)))


def exchange_asyncio(given: Field) -> Batches:
    sockets = zmq.asyncio.Context
    return given.each(
        lambda session: given.keep(Exchange(session, given.small, sockets=sockets))
    )


def exchange_channel(given: Field) -> Batches:
    return given.each(lambda session: given.keep(Channel(session, given.small)))


def exchange_buffers(given: Field) -> Batches:
    return given.each(lambda session: given.keep(Exchange(session, given.buffers)))


def exchange_views(given: Field) -> Batches:
    return given.each(
        lambda session: given.keep(Exchange(session, given.buffers, copy=False))
    )


def sign_small(given: Field) -> Batches:
    parts = parts_of(given.small)
    signers = given.each(lambda session: Signing(session, parts))
    return signers | given.below(lambda below: below.signing(parts))


def sign_display(given: Field) -> Batches:
    parts = parts_of(given.display)
    signers = given.each(lambda session: Signing(session, parts))
    return signers | given.below(lambda below: below.signing(parts))


def pack_small(given: Field) -> Batches:
    return given.below(lambda _: floor.packing(parts_of(given.small)))


def unpack_small(given: Field) -> Batches:
    return given.below(lambda _: floor.unpacking(parts_of(given.small)))


def unpack_display(given: Field) -> Batches:
    return given.below(lambda _: floor.unpacking(parts_of(given.display)))


def frames_small(given: Field) -> Batches:
    return bare(given, frames_of(given.small), copy=True)


def frames_buffers(given: Field) -> Batches:
    frames = frames_of(given.small) + given.buffers.buffers
    return bare(given, frames, copy=False)


def bare(given: Field, frames: Frames, *, copy: bool) -> Batches:
    """Return the frames alone: through pyzmq, and through libzmq in C++."""
    loads: Batches = {BASELINE: given.keep(Multipart(frames, copy=copy))}
    return loads | given.below(lambda below: below.frames(frames))


def frames_of(sample: Sample) -> list[bytes]:
    """Return the frames of such a message, without its buffers."""
    return written(sample, 1)[0]


def parts_of(sample: Sample) -> list[bytes]:
    """Return the four parts of such a message."""
    return frames_of(sample)[-4:]


LONGEST = "longest"
FULL = {"read.small", LONGEST}
"""Rows whose batches are CULL messages, read with a full history."""

_BOTH_WAYS = ["sign.small", "sign.small", "pack.small", "unpack.small"]

STEPS = (
    Step(
        "write.small",
        "`msg()` + `serialize`, small",
        write_small,
        ["sign.small", "pack.small"],
    ),
    Step(
        "read.small",
        "`feed_identities` + `deserialize`, small (replay history full)",
        read_small,
        ["sign.small", "unpack.small"],
    ),
    Step(
        "exchange.small",
        "`send` + `recv` over inproc, small",
        exchange_small,
        [*_BOTH_WAYS, "frames.small"],
    ),
    Step(
        "read.display",
        "10 kB display, deserialize",
        read_display,
        ["sign.display", "unpack.display"],
    ),
    Step(
        "exchange.buffers",
        "4 x 8 MB buffers, `send` + `recv`",
        exchange_buffers,
        [*_BOTH_WAYS, "frames.buffers"],
    ),
    Step(
        "exchange.views",
        "4 x 8 MB buffers, `send` + `recv(copy=False)`",
        exchange_views,
        [*_BOTH_WAYS, "frames.buffers"],
    ),
    Step(
        "exchange.asyncio",
        "`send` + `recv` on asyncio sockets, small",
        exchange_asyncio,
        [*_BOTH_WAYS, "frames.small"],
    ),
    Step(
        "exchange.channel",
        "`send` + `await get_msg()` of asyncio channels, small",
        exchange_channel,
        [*_BOTH_WAYS, "frames.small"],
    ),
    Step(LONGEST, f"longest `deserialize` of {CULL:,} (replay history full)", longest),
    Step("sign.small", "HMAC-SHA256, small", sign_small),
    Step("sign.display", "HMAC-SHA256, 10 kB display", sign_display),
    Step("pack.small", "orjson.dumps of the four parts, small", pack_small),
    Step("unpack.small", "orjson.loads of the four parts, small", unpack_small),
    Step(
        "unpack.display",
        "orjson.loads of the four parts, 10 kB display",
        unpack_display,
    ),
    Step("frames.small", "the six frames over inproc, small", frames_small),
    Step("frames.buffers", "the same with 4 x 8 MB buffers", frames_buffers),
)
