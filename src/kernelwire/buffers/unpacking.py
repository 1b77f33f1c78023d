"""Walks through content on its way in.

Layer 1. Depends on the kinds: `memory`, `arrays`, `tables`, `pickles`. Containers are
copied only where something below them has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kernelwire.buffers import arrays, memory, pickles, tables
from kernelwire.buffers.placeholders import DEPTH_LIMIT, KEY, ReceivedFrames, expect
from kernelwire.errors import MalformedMessage

__all__ = ["Unpacker"]

Reader = Callable[[dict[str, Any], ReceivedFrames], Any]

_READERS: dict[object, Reader] = {
    "bytes": memory.unpack_bytes,
    "memory": memory.unpack,
    "array": arrays.unpack,
    "arrow": tables.unpack,
}


class Unpacker:
    """Unpacks one content, once, on one thread."""

    def __init__(self, frames: Sequence[Any], *, pickle: bool) -> None:
        self._frames = ReceivedFrames(frames)
        self._pickle = pickle

    def walk(self, value: Any, depth: int = 0) -> Any:
        """Return what was sent for `value`: itself, a copy, or what it stands for."""
        if not isinstance(value, dict | list | tuple):
            return value
        if depth > DEPTH_LIMIT:  # a placeholder is one level deeper than its array was
            msg = f"content nests deeper than {DEPTH_LIMIT} levels"
            raise MalformedMessage(msg)
        if not isinstance(value, dict):
            return self._list(value, depth + 1)
        if KEY in value:
            if value[KEY] != "escape":
                return self._placeholder(value)
            value = _escaped(value)
        return self._dict(value, depth + 1)

    def _dict(self, members: dict[Any, Any], depth: int) -> dict[Any, Any]:
        unpacked = members
        for key, value in members.items():
            new = self.walk(value, depth)
            if new is not value:
                if unpacked is members:
                    unpacked = dict(members)
                unpacked[key] = new
        return unpacked

    def _list(self, items: list[Any] | tuple[Any, ...], depth: int) -> Any:
        unpacked: Any = items
        for index, value in enumerate(items):
            new = self.walk(value, depth)
            if new is not value:
                if unpacked is items:
                    unpacked = list(items)
                unpacked[index] = new
        return unpacked

    def _placeholder(self, members: dict[str, Any]) -> Any:
        kind = members[KEY]
        if kind == "pickle":
            return pickles.unpack(members, self._frames, allowed=self._pickle)
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            known = ", ".join(sorted([*map(str, _READERS), "escape", "pickle"]))
            msg = f"a placeholder is of an unknown kind, not one of {known}"
            raise MalformedMessage(msg)
        return reader(members, self._frames)


def _escaped(members: dict[str, Any]) -> dict[Any, Any]:
    """Return the object that only looks like a placeholder."""
    expect(members, "an escaped object", ["value"])
    value = members["value"]
    if not isinstance(value, dict) or KEY not in value:
        msg = f"an escaped value is not an object with a member {KEY!r}"
        raise MalformedMessage(msg)
    return value
