"""Who encodes and decodes: jupyter_client's Session and what kernelwire offers.

Every contestant makes a whole header for each encode (message id and date), signs with
the same key, and hands all four parts of a decoded message over as Python objects.
"""

from __future__ import annotations

import datetime as dt
import importlib
import itertools
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from jupyter_client.session import Session

from bench.codec.messages import Sample

KEY = b"5d2f6c1e-9a7b40c38e61f0d2b4a59c77"
BASELINE = "jupyter_client"

Frames: TypeAlias = list[Any]
Parts: TypeAlias = tuple[Any, Any, Any, Any]


class Coder(Protocol):
    """One contestant at work, with a replay history of its own."""

    def encode(self, sample: Sample) -> Frames:
        """Return the frames of a new message, signed, without identities."""

    def decode(self, frames: Frames) -> Parts:
        """Verify a message; return header, parent header, metadata and content."""


@dataclass(frozen=True)
class Competitor:
    """One column of the table; `coder` makes one whose history is empty."""

    name: str
    title: str
    coder: Callable[[], Coder]


class SessionCoder:
    """jupyter_client's Session, or any class with its methods."""

    def __init__(self, session: Callable[..., Any]) -> None:
        # orjson is what jupyter_client chooses by itself where it is installed.
        self._session = session(key=KEY, packer="orjson", unpacker="orjson")

    def encode(self, sample: Sample) -> Frames:
        session = self._session
        message = session.msg(
            sample.msg_type,
            content=sample.content,
            parent=sample.parent,
            metadata=sample.metadata,
        )
        frames: Frames = session.serialize(message)
        frames.extend(sample.buffers)
        return frames

    def decode(self, frames: Frames) -> Parts:
        session = self._session
        _, rest = session.feed_identities(frames)
        message = session.deserialize(rest)
        return (
            message["header"],
            message["parent_header"],
            message["metadata"],
            message["content"],
        )


class CodecCoder:
    """kernelwire's Codec, with a header made in Python as a user would make it."""

    def __init__(self, codec: Callable[[bytes], Any]) -> None:
        self._codec = codec(KEY)
        self._session = uuid.uuid4().hex
        self._prefix = f"{self._session}_{os.getpid()}_"
        self._counter = itertools.count()

    def encode(self, sample: Sample) -> Frames:
        header = {
            "msg_id": f"{self._prefix}{next(self._counter)}",
            "msg_type": sample.msg_type,
            "username": "bench",
            "session": self._session,
            "date": dt.datetime.now(dt.UTC).isoformat(),
            "version": "5.5",
        }
        frames: Frames = self._codec.encode(
            header,
            sample.parent,
            sample.metadata,
            sample.content,
            buffers=sample.buffers,
        )
        return frames

    def decode(self, frames: Frames) -> Parts:
        message = self._codec.decode(frames)
        # Parsed when first looked at, so all four are looked at.
        return message.header, message.parent_header, message.metadata, message.content


def jupyter() -> Competitor:
    return Competitor(
        BASELINE, "jupyter_client.session.Session", lambda: SessionCoder(Session)
    )


def candidates() -> tuple[list[Competitor], dict[str, str]]:
    """Return kernelwire's contestants, and a note for each that is not importable."""
    wanted = {
        "kernelwire-codec": ("Codec", CodecCoder),
        "kernelwire-session": ("Session", SessionCoder),
    }
    found: list[Competitor] = []
    missing: dict[str, str] = {}
    for name, (attribute, coder) in wanted.items():
        try:
            made = getattr(importlib.import_module("kernelwire"), attribute)
        except (ImportError, AttributeError) as error:
            missing[name] = f"kernelwire.{attribute} is not importable: {error}"
            continue
        title = f"kernelwire.{attribute}"
        found.append(Competitor(name, title, _bind(coder, made)))
    return found, missing


def _bind(coder: Callable[[Any], Coder], made: object) -> Callable[[], Coder]:
    return lambda: coder(made)
