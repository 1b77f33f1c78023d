"""Walks through content on its way out.

Layer 1. Depends on the kinds: `memory`, `arrays`, `tables`, `pickles`. Containers are
copied only where something below them has changed.
"""

from __future__ import annotations

from typing import Any

from kernelwire.buffers import arrays, memory, pickles, tables
from kernelwire.buffers.placeholders import DEPTH_LIMIT, KEY

__all__ = ["Packer"]

_PLAIN = frozenset({str, int, float, bool, type(None)})


class Packer:
    """Packs one content, once, on one thread."""

    def __init__(self, *, pickle: bool) -> None:
        self.frames: list[memoryview] = []
        self._pickle = pickle
        self._open: set[int] = set()  # ids of the containers around the current value

    def walk(self, value: Any) -> Any:
        """Return what is to be sent for `value`: itself, a copy, or a placeholder."""
        if type(value) in _PLAIN:
            return value
        if not isinstance(value, dict | list | tuple):
            return self._leaf(value)
        if id(value) in self._open:
            msg = "content contains itself"
            raise ValueError(msg)
        if len(self._open) >= DEPTH_LIMIT:
            msg = f"content nests deeper than {DEPTH_LIMIT} levels"
            raise ValueError(msg)
        self._open.add(id(value))
        packed = self._dict(value) if isinstance(value, dict) else self._list(value)
        self._open.remove(id(value))
        return packed

    def _dict(self, members: dict[Any, Any]) -> dict[Any, Any]:
        packed = members
        for key, value in members.items():
            new = self.walk(value)
            if new is not value:
                if packed is members:
                    packed = dict(members)
                packed[key] = new
        if KEY in members:  # the user's own, which only looks like a placeholder
            return {KEY: "escape", "value": packed}
        return packed

    def _list(self, items: list[Any] | tuple[Any, ...]) -> Any:
        packed: Any = items
        for index, value in enumerate(items):
            new = self.walk(value)
            if new is not value:
                if packed is items:
                    packed = list(items)
                packed[index] = new
        return packed

    def _leaf(self, value: Any) -> Any:
        try:
            return self._without_pickle(value)
        except TypeError:
            if not self._pickle:
                raise
        return pickles.pack(value, self.frames)

    def _without_pickle(self, value: Any) -> Any:
        """Pack what is no container; the first description that fits is taken.

        pyarrow's arrays have `__dlpack__` too, but not for text; pandas' and numpy's
        objects have buffers that say less than they do.
        """
        if arrays.is_array(value):
            return arrays.pack(value, self.frames)
        if arrays.is_scalar(value):
            return arrays.pack_scalar(value, self.frames)
        if isinstance(value, str | int | float):  # enumerations, for instance
            return value
        if tables.is_arrow(value):
            return tables.pack(value, self.frames)
        if arrays.is_tensor(value):
            return arrays.pack_tensor(value, self.frames)
        view = memory.view_of(value)
        if view is not None:
            return memory.pack(view, self.frames)
        if self._pickle:
            return pickles.pack(value, self.frames)
        return value  # the session's packer may know it: a date, for instance
