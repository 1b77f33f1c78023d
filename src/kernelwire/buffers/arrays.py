"""numpy's arrays and scalars, and the tensors of other libraries.

Layer 1. Depends on `dtypes`. numpy is imported for a tensor and to unpack; an array or a
scalar of its own can only be met when somebody else has imported it.

Source: https://dmlc.github.io/dlpack/latest/python_spec.html
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from kernelwire.buffers import dtypes, memory
from kernelwire.buffers.placeholders import KEY, ReceivedFrames, expect, read_shape
from kernelwire.errors import MalformedMessage

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "is_array",
    "is_scalar",
    "is_tensor",
    "pack",
    "pack_scalar",
    "pack_tensor",
    "unpack",
]

# DLPack's kDLCPU, and the memory that CUDA and ROCm share with the CPU.
_ON_THE_HOST = frozenset({1, 3, 11})


def is_array(value: Any) -> bool:
    """Whether `value` is a numpy array, of any class."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def is_scalar(value: Any) -> bool:
    """Whether `value` is what indexing a numpy array gives."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def is_tensor(value: Any) -> bool:
    """Whether `value` can be lent to numpy by DLPack."""
    return hasattr(type(value), "__dlpack__")


def pack(array: np.ndarray[Any, Any], frames: list[memoryview]) -> dict[str, Any]:
    """Add the memory of an array to the frames.

    Arrays in C or Fortran order are borrowed; others are copied once, in C order.

    Raises:
        TypeError: a subclass, which would lose what it adds; or elements that are not in
            the array's memory.
    """
    import numpy as np

    if type(array) not in (np.ndarray, np.memmap):
        msg = (
            f"an array of class {type(array).__qualname__} would come back as a plain "
            "one; send numpy.asarray() of it (and the mask beside it, if it has one), "
            "or pass pickle=True on both sides"
        )
        raise TypeError(msg)
    described = dtypes.describe(array.dtype)
    if array.itemsize == 0:
        msg = (
            f"an array of dtype {array.dtype}, whose elements have no bytes, is no data"
        )
        raise TypeError(msg)
    placeholder = {
        KEY: "array",
        "buffer": len(frames),
        "dtype": described,
        "shape": list(array.shape),
        "order": "C",
    }
    stored = np.asarray(array)
    if not stored.flags.c_contiguous and stored.flags.f_contiguous:
        placeholder["order"] = "F"
        stored = stored.T
    elif not stored.flags.c_contiguous:
        stored = np.ascontiguousarray(stored)
    # As bytes, since datetimes and some structures have no format as a memoryview.
    frames.append(stored.reshape(-1).view(np.uint8).data)
    return placeholder


def pack_scalar(value: np.generic, frames: list[memoryview]) -> Any:
    """Give the number of JSON that a scalar is, or pack it as an array of no dimension."""
    import numpy as np

    if isinstance(value, np.bytes_):
        return memory.pack(memoryview(bytes(value)), frames)
    if isinstance(value, np.str_):
        return str(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if np.issubdtype(value.dtype, np.integer) and value.dtype.kind != "m":
        return int(value)
    if isinstance(value, np.floating) and value.itemsize <= 8:
        return float(value)
    return pack(np.asarray(value), frames)


def pack_tensor(value: Any, frames: list[memoryview]) -> dict[str, Any]:
    """Pack another library's array, without a copy, as if it were numpy's.

    Raises:
        TypeError: it is not in the CPU's memory, or its library does not lend it.
        ImportError: there is no numpy.
    """
    try:
        import numpy as np
    except ImportError as error:
        msg = f"numpy is needed to send an object of type {type(value).__qualname__}"
        raise ImportError(msg) from error
    device = int(value.__dlpack_device__()[0])
    if device not in _ON_THE_HOST:
        msg = (
            f"an object of type {type(value).__qualname__} is on a device of DLPack's "
            f"type {device}; copy it to the CPU first"
        )
        raise TypeError(msg)
    try:
        array = np.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        msg = f"an object of type {type(value).__qualname__} cannot be lent: {error}"
        raise TypeError(msg) from error
    return pack(array, frames)


def unpack(members: dict[str, Any], frames: ReceivedFrames) -> np.ndarray[Any, Any]:
    """View a frame as the array that was sent; read-only.

    It is copied, once, if its address is not a multiple of what the elements want: libzmq
    puts a frame anywhere, and code in C that is given such an array may fail or crawl.

    Raises:
        MalformedMessage: the type or the shape is wrong, or not for this frame.
        ImportError: there is no numpy.
    """
    try:
        import numpy as np
    except ImportError as error:
        msg = "numpy is needed to receive an array"
        raise ImportError(msg) from error
    expect(members, "an array", ["buffer", "dtype", "shape", "order"])
    dtype = dtypes.read(members["dtype"])
    shape = read_shape(members["shape"])
    order = members["order"]
    if order not in ("C", "F"):
        msg = "the order of an array is neither 'C' nor 'F'"
        raise MalformedMessage(msg)
    if dtype.itemsize == 0:  # or a shape of any size would fit an empty frame
        msg = "the elements of an array have no bytes"
        raise MalformedMessage(msg)
    view = frames.take(members["buffer"])
    wanted = math.prod(shape) * dtype.itemsize
    if view.nbytes != wanted:
        msg = f"a buffer has {view.nbytes} bytes, and its array {wanted}"
        raise MalformedMessage(msg)
    try:
        array: np.ndarray[Any, Any] = np.ndarray(shape, dtype, view, order=order)
    except (TypeError, ValueError, OverflowError) as error:
        msg = "an array cannot have the shape that was sent"
        raise MalformedMessage(msg) from error
    if not array.flags.aligned:
        array = array.copy(order="K")
        array.flags.writeable = False
    return array
