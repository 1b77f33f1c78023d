"""What stands in content where an array was, and how it is read with suspicion.

Layer 1. Used by the other files of this package. A placeholder is a JSON object with the
member KEY, which says what kind it is of. All that can be wrong with one is the peer's
fault, and a MalformedMessage.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from pickle import PickleBuffer
from typing import Any

from kernelwire.errors import MalformedMessage

__all__ = [
    "DEPTH_LIMIT",
    "DIMENSION_LIMIT",
    "KEY",
    "ReceivedFrames",
    "expect",
    "read_count",
    "read_shape",
]

KEY = "$kernelwire"
DEPTH_LIMIT = 254  # orjson's: deeper content could not be sent
DIMENSION_LIMIT = 64  # numpy's and memoryview's


def expect(
    members: Mapping[str, Any], what: str, required: Collection[str], *optional: str
) -> None:
    """Check the names of an object's members: those required are there, and no others.

    A member that is not understood could change what the others mean.
    """
    missing = sorted(set(required) - members.keys())
    if missing:
        msg = f"{what} has no {missing[0]!r}"
        raise MalformedMessage(msg)
    unknown = members.keys() - {KEY, *required, *optional}
    if unknown:
        msg = f"{what} has {len(unknown)} members that are not known"
        raise MalformedMessage(msg)


def read_count(value: object, what: str) -> int:
    """Read a whole number from 0 to the largest size there can be."""
    if type(value) is not int or not 0 <= value <= sys.maxsize:
        msg = f"{what} is not a whole number from 0 to {sys.maxsize}"
        raise MalformedMessage(msg)
    return value


def read_shape(value: object) -> tuple[int, ...]:
    """Read the lengths of an array's dimensions; their product may still be too large."""
    if not isinstance(value, list | tuple) or len(value) > DIMENSION_LIMIT:
        msg = f"a shape is not a list of at most {DIMENSION_LIMIT} lengths"
        raise MalformedMessage(msg)
    return tuple(read_count(length, "a length in a shape") for length in value)


class ReceivedFrames:
    """The buffers of one message, each of which goes to one placeholder.

    Confined to one thread. Views of the frames are flat, of bytes, and read-only.
    """

    def __init__(self, frames: Sequence[Any]) -> None:
        self._views: list[memoryview | None] = [_flat(frame) for frame in frames]

    def take(self, index: object) -> memoryview:
        """Return the frame with this index, and never again.

        Two arrays in one frame are refused: they would be two views of the same memory,
        and nothing of ours sends that.
        """
        number = read_count(index, "the index of a buffer")
        if number >= len(self._views):
            msg = f"buffer {number} is wanted, and {len(self._views)} came"
            raise MalformedMessage(msg)
        view = self._views[number]
        if view is None:
            msg = f"buffer {number} is wanted twice"
            raise MalformedMessage(msg)
        self._views[number] = None
        return view


def _flat(frame: Any) -> memoryview:
    """View any contiguous buffer as read-only bytes."""
    try:
        return PickleBuffer(frame).raw().toreadonly()
    except (TypeError, BufferError) as error:
        msg = f"a frame is {type(frame).__qualname__}, not a contiguous buffer"
        raise TypeError(msg) from error
