"""numpy's element types as JSON, and back without trusting the JSON.

Layer 1. Used by `arrays`. A simple type is a string, numpy's own `dtype.str`; one with
fields is an object, and so is a field that is an array itself:

    "<f8"    "|S5"    ">M8[25s]"    "<f16/63"
    {"fields": [{"name": "x", "dtype": "<f8", "offset": 0}], "itemsize": 8}
    {"dtype": "<f8", "shape": [3]}

numpy.dtype() itself takes much more, Python objects and expressions among it, so a string
is matched first.

Source: https://numpy.org/doc/stable/reference/arrays.interface.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kernelwire.buffers.placeholders import expect, read_count, read_shape
from kernelwire.errors import MalformedMessage

if TYPE_CHECKING:
    import numpy as np

__all__ = ["describe", "read"]

_DEPTH_LIMIT = 32  # fields in fields
_SIMPLE = re.compile(
    r"[<>|](?P<kind>[biufcmMSUV])(?P<size>[0-9]{1,10})"
    r"(?P<unit>\[[0-9]{0,9}[a-zA-Z]{1,2}\])?(/(?P<digits>[0-9]{1,3}))?"
)
_SIZES = {
    "b": (1,),
    "i": (1, 2, 4, 8),
    "u": (1, 2, 4, 8),
    "f": (2, 4, 8, 12, 16),
    "c": (8, 16, 24, 32),
    "m": (8,),
    "M": (8,),
}
_LONG = {"f": 8, "c": 16}  # bytes, above which the format differs between machines


def describe(dtype: np.dtype[Any], depth: int = 0) -> Any:
    """Write an element type as JSON; its metadata is left out.

    Raises:
        TypeError: its elements are not in the array's memory, or not numpy's own.
    """
    import numpy as np

    if dtype.hasobject or dtype.char not in np.typecodes["All"] + "c":
        msg = (
            f"an array of dtype {dtype} cannot be sent as it is; convert it with "
            "astype(), or pass pickle=True on both sides"
        )
        raise TypeError(msg)
    if depth > _DEPTH_LIMIT:
        msg = f"a dtype nests deeper than {_DEPTH_LIMIT} levels"
        raise TypeError(msg)
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return {"dtype": describe(base, depth + 1), "shape": list(shape)}
    if dtype.names is not None:
        return _describe_fields(dtype, depth)
    if dtype.itemsize > _LONG.get(dtype.kind, dtype.itemsize):
        return f"{dtype.str}/{np.finfo(dtype).nmant}"
    return dtype.str


def _describe_fields(dtype: np.dtype[Any], depth: int) -> dict[str, Any]:
    fields = []
    for name in dtype.names or ():
        kind, offset, *title = dtype.fields[name]  # type: ignore[index]
        field = {"name": name, "dtype": describe(kind, depth + 1), "offset": offset}
        if title and isinstance(title[0], str):
            field["title"] = title[0]
        fields.append(field)
    described: dict[str, Any] = {"fields": fields, "itemsize": dtype.itemsize}
    if dtype.isalignedstruct:
        described["aligned"] = True
    return described


def read(described: object, depth: int = 0) -> np.dtype[Any]:
    """Build the element type that a peer has described.

    Raises:
        MalformedMessage: there is no such type, or not on this machine.
    """
    import numpy as np

    if depth > _DEPTH_LIMIT:
        msg = f"a dtype nests deeper than {_DEPTH_LIMIT} levels"
        raise MalformedMessage(msg)
    try:
        if isinstance(described, str):
            return _read_simple(described)
        if isinstance(described, dict) and "fields" in described:
            return _read_fields(described, depth)
        if isinstance(described, dict):
            expect(described, "a dtype", ["dtype", "shape"])
            base = read(described["dtype"], depth + 1)
            return np.dtype((base, read_shape(described["shape"])))
    except (TypeError, ValueError, OverflowError) as error:
        msg = "a dtype is none of numpy's on this machine"
        raise MalformedMessage(msg) from error
    msg = "a dtype is neither a string nor an object"
    raise MalformedMessage(msg)


def _read_simple(text: str) -> np.dtype[Any]:
    import numpy as np

    found = _SIMPLE.fullmatch(text)
    if not found:
        msg = "a dtype is not of the form '<f8'"
        raise MalformedMessage(msg)
    kind, size, unit, digits = found.group("kind", "size", "unit", "digits")
    known = int(size) in _SIZES.get(kind, (int(size),))
    if not known or (unit and kind not in "mM"):
        msg = "a dtype is of a size or has a unit that its kind does not have"
        raise MalformedMessage(msg)
    dtype: np.dtype[Any] = np.dtype(text.partition("/")[0])
    is_long = dtype.itemsize > _LONG.get(kind, dtype.itemsize)
    if (digits or is_long) and (not is_long or str(np.finfo(dtype).nmant) != digits):
        msg = "a dtype's long numbers are not those of this machine"
        raise MalformedMessage(msg)
    return dtype


def _read_fields(described: dict[str, Any], depth: int) -> np.dtype[Any]:
    import numpy as np

    expect(described, "a dtype", ["fields", "itemsize"], "aligned")
    fields = described["fields"]
    if not isinstance(fields, list | tuple):
        msg = "the fields of a dtype are not a list"
        raise MalformedMessage(msg)
    for field in fields:
        if not isinstance(field, dict):
            msg = "a field of a dtype is not an object"
            raise MalformedMessage(msg)
        expect(field, "a field", ["name", "dtype", "offset"], "title")
        if not isinstance(field["name"], str):
            msg = "the name of a field is not a string"
            raise MalformedMessage(msg)
    spec = {
        "names": [field["name"] for field in fields],
        "formats": [read(field["dtype"], depth + 1) for field in fields],
        "offsets": [read_count(field["offset"], "an offset") for field in fields],
        "itemsize": read_count(described["itemsize"], "an itemsize"),
    }
    if any("title" in field for field in fields):
        titles = [field.get("title") for field in fields]
        spec["titles"] = [title if isinstance(title, str) else None for title in titles]
    return np.dtype(spec, align=described.get("aligned") is True)  # type: ignore[call-overload, no-any-return]
