"""Contents of messages as JSON text.

Layer 0. Depends on: orjson, uninterrupted. Used by: ``_wire``, ``_host``. What orjson does not take by
itself and Jupyter's kernels have always sent (bytes as base64, numbers of foreign types,
integers of any size, broken surrogates) is taken care of here.
"""

from __future__ import annotations

import base64
import json  # orjson loads it anyway
import numbers
from collections.abc import Mapping
from typing import Any

from kernelwire.errors import MalformedMessage
from kernelwire.uninterrupted import import_uninterrupted

import_uninterrupted("orjson")
import orjson

__all__ = ["NotJSON", "dumps", "loads"]

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC
_DEPTH_LIMIT = 254  # orjson's own


class NotJSON(MalformedMessage, json.JSONDecodeError):
    """A part of a verified message is not JSON; a `json.JSONDecodeError` too."""


def loads(text: bytes | bytearray | memoryview | str) -> Any:
    """Parse JSON text.

    Raises:
        ValueError: the text is not JSON, or not UTF-8.
    """
    return orjson.loads(text)


def dumps(content: Any) -> bytes:
    """Write `content` as JSON text in UTF-8.

    NaN and infinities become null, bytes become base64, lone surrogates U+FFFD.

    Raises:
        TypeError: an object in it has no JSON form; the message names its type and place.
        ValueError: it contains itself, or nests deeper than 254 levels.
    """
    try:
        return orjson.dumps(content, default=_plain, option=_OPTIONS)
    except TypeError:  # orjson.JSONEncodeError is one
        return _dumps_slowly(content)


def _plain(value: Any) -> Any:
    """Give the JSON form of what orjson does not know."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return list(value)
    msg = f"an object of type {type(value).__qualname__} cannot be sent as JSON"
    raise TypeError(msg)


def _dumps_slowly(content: Any) -> bytes:
    """Write what orjson refuses: foreign keys, large integers and broken text.

    orjson has an option for keys, which costs two thirds of its speed.
    """
    return json.dumps(
        _clean(content, ()), ensure_ascii=False, separators=(",", ":")
    ).encode()


def _key(key: Any) -> str:
    """Name a member as Python's own json module would."""
    if key is None or isinstance(key, bool):
        return str(key).lower().replace("none", "null")
    return str(_clean(str(key), ()))


def _clean(value: Any, path: tuple[Any, ...]) -> Any:
    """Copy `value`, made of nothing but what JSON has.

    Args:
        value: what to copy.
        path: the keys and indices that lead to it, for the error.
    """
    if len(path) > _DEPTH_LIMIT:
        msg = f"content contains itself, or nests deeper than {_DEPTH_LIMIT} levels"
        raise ValueError(msg + _where(path[:4]) + "...")
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None  # NaN and infinities
    if isinstance(value, Mapping):
        return {_key(k): _clean(v, (*path, k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item, (*path, i)) for i, item in enumerate(value)]
    try:
        return loads(orjson.dumps(value, default=_plain, option=_OPTIONS))
    except orjson.JSONEncodeError:
        pass
    try:
        plain = _plain(value)
    except TypeError as exc:
        msg = f"{exc}{_where(path)}"
        raise TypeError(msg) from None
    return _clean(plain, (*path, None))


def _where(path: tuple[Any, ...]) -> str:
    """Name a place in content; what a foreign object was replaced by has no key."""
    steps = [step for step in path if step is not None]
    return f", at {''.join(f'[{step!r:.40}]' for step in steps)}" if steps else ""
