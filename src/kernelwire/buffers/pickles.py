"""Objects of any other kind, pickled, with their large parts as buffers.

Layer 1. Only what the signature covers may be loaded as a pickle, and it covers the
content, not the buffers. So the pickle travels in the content, as base64, and its
out-of-band data, which is never more than data, in the buffers.

Source: PEP 574; https://jupyter-client.readthedocs.io/en/stable/messaging.html#wire-protocol
"""

from __future__ import annotations

import base64
import pickle
from typing import Any

from kernelwire.buffers.placeholders import KEY, ReceivedFrames, expect
from kernelwire.errors import MalformedMessage

__all__ = ["pack", "unpack"]

_PROTOCOL = 5  # the first with buffers out of band


def pack(value: Any, frames: list[memoryview]) -> dict[str, Any]:
    """Pickle an object and add what it lends to the frames.

    Raises:
        Exception: what its class raises if it cannot be pickled.
    """
    lent: list[pickle.PickleBuffer] = []
    text = pickle.dumps(value, protocol=_PROTOCOL, buffer_callback=lent.append)
    first = len(frames)
    frames.extend(buffer.raw() for buffer in lent)
    return {
        KEY: "pickle",
        "pickle": base64.b64encode(text).decode("ascii"),
        "buffers": list(range(first, len(frames))),
    }


def unpack(members: dict[str, Any], frames: ReceivedFrames, *, allowed: bool) -> Any:
    """Load a pickle, if that is allowed.

    Its buffers are views of the frames at whatever address they came; numpy reads them
    there.

    Raises:
        MalformedMessage: it is not allowed, or the pickle cannot be loaded.
    """
    if not allowed:
        msg = (
            "content has a pickle, which can run any code when it is loaded; only if "
            "the sender may do that, call unpack() with pickle=True"
        )
        raise MalformedMessage(msg)
    expect(members, "a pickle", ["pickle", "buffers"])
    text, indices = members["pickle"], members["buffers"]
    if not isinstance(text, str) or not isinstance(indices, list | tuple):
        msg = "a pickle is not a string with a list of buffers"
        raise MalformedMessage(msg)
    views = [frames.take(index) for index in indices]
    try:
        return pickle.loads(base64.b64decode(text, validate=True), buffers=views)
    except Exception as error:  # of any class: it runs code
        msg = f"a pickle cannot be loaded: it raises {type(error).__name__}"
        raise MalformedMessage(msg) from error
