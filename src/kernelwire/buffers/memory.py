"""Bytes, bytearrays, memoryviews, and whatever else has a buffer.

Layer 1. Needs no library. They come back as memoryviews; those of more than flat bytes
keep their shape and element type, which is written as numpy's arrays have it, because
the letters of Python's formats mean different sizes on different machines.
"""

from __future__ import annotations

import math
import struct
import sys
from pickle import PickleBuffer
from typing import Any

from kernelwire.buffers.placeholders import KEY, ReceivedFrames, expect, read_shape
from kernelwire.errors import MalformedMessage

__all__ = ["pack", "unpack", "unpack_bytes", "view_of"]

_ORDER = "<" if sys.byteorder == "little" else ">"
# The formats that memoryview.cast() takes, by the kind of number they stand for; the one
# that is preferred first. The letters q and l are the same on some machines.
_KINDS = {"i": "bhilqn", "u": "BHILQN", "f": "fd", "b": "?", "S": "c"}


def _dtype(kind: str, size: int) -> str:
    return f"{'|' if size == 1 else _ORDER}{kind}{size}"


# Format letters of this machine by what they are called in a placeholder.
_FORMATS: dict[str, list[str]] = {}
for _kind, _letters in _KINDS.items():
    for _letter in _letters:
        _name = _dtype(_kind, struct.calcsize(_letter))
        _FORMATS.setdefault(_name, []).append(_letter)


def view_of(value: Any) -> memoryview | None:
    """View an object's buffer, or return None if it has none."""
    try:
        return memoryview(value)
    except TypeError:
        return None


def pack(view: memoryview, frames: list[memoryview]) -> dict[str, Any]:
    """Add the memory of `view` to the frames; copied, once, only if it has gaps.

    Raises:
        TypeError: the elements are not plain numbers of this machine; or there are none,
            in several dimensions.
    """
    if view.nbytes == 0 and view.ndim > 1:  # cast() makes none
        msg = "an empty memoryview of several dimensions; send numpy.asarray() of it"
        raise TypeError(msg)
    description: dict[str, Any]
    if view.ndim == 1 and view.format == "B":
        description = {KEY: "bytes", "buffer": len(frames)}
    else:
        description = {
            KEY: "memory",
            "buffer": len(frames),
            "dtype": _dtype_of(view),
            "format": view.format.lstrip("@=<>"),
            "shape": list(view.shape or ()),
        }
    if view.c_contiguous:
        frames.append(PickleBuffer(view).raw())
    else:
        frames.append(memoryview(view.tobytes()))
    return description


def _dtype_of(view: memoryview) -> str:
    order, letter = view.format[:-1], view.format[-1:]
    kinds = [kind for kind, letters in _KINDS.items() if letter in letters]
    dtype = _dtype(kinds[0], view.itemsize) if kinds else ""
    if order not in ("", "@", "=", _ORDER) or dtype not in _FORMATS:
        msg = (
            f"a memoryview of format {view.format!r} cannot be rebuilt from bytes; "
            "send numpy.asarray() of it"
        )
        raise TypeError(msg)
    return dtype


def unpack_bytes(members: dict[str, Any], frames: ReceivedFrames) -> memoryview:
    """Return the frame."""
    expect(members, "a placeholder of bytes", ["buffer"])
    return frames.take(members["buffer"])


def unpack(members: dict[str, Any], frames: ReceivedFrames) -> memoryview:
    """View the frame with its shape and elements.

    Never copies: memoryviews read elements at any address.

    Raises:
        MalformedMessage: the frame does not have the size, or this machine not the
            elements.
    """
    expect(members, "a placeholder of memory", ["buffer", "dtype", "format", "shape"])
    dtype, letter = members["dtype"], members["format"]
    formats = _FORMATS.get(dtype) if isinstance(dtype, str) else None
    if formats is None:
        msg = "the elements of a memoryview are none of this machine's numbers"
        raise MalformedMessage(msg)
    format_ = letter if letter in formats else formats[0]
    shape = read_shape(members["shape"])
    view = frames.take(members["buffer"])
    wanted = math.prod(shape) * struct.calcsize(format_)
    if view.nbytes != wanted:
        msg = f"a buffer has {view.nbytes} bytes, and its memoryview {wanted}"
        raise MalformedMessage(msg)
    try:
        return _shaped(view, format_, shape)
    except (TypeError, ValueError) as error:
        msg = "a memoryview cannot have the shape that was sent"
        raise MalformedMessage(msg) from error


def _shaped(view: memoryview, letter: str, shape: tuple[int, ...]) -> memoryview:
    flat = view.cast(letter)  # type: ignore[call-overload]  # any letter of _KINDS
    if len(shape) == 1:
        return flat  # type: ignore[no-any-return]
    return view.cast(letter, shape)  # type: ignore[call-overload, no-any-return]
