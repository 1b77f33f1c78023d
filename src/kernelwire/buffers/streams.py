"""One buffer of Arrow's IPC streaming format, written and, with suspicion, read.

Layer 1. Used by `tables`. The signature does not cover buffers, so a stream is what
anybody on the way has made of it: pyarrow checks its structure while reading, and here
all its values are validated before anyone sees them. What would make pyarrow allocate
more than the frame's size is refused first: compression, foreign byte order, and
dictionaries sent in pieces.

Source: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
"""

from __future__ import annotations

import struct
import sys
from typing import Any

from kernelwire.errors import MalformedMessage

__all__ = ["pyarrow", "read", "write"]

_OLDEST = 15  # from_stream(); before 14.0.1, reading a stream could run code in it
_ALIGNMENT = 8  # bytes; what the format asks for

# Numbers of fields in Arrow's Message.fbs and Schema.fbs.
_MESSAGE_HEADER = 2
_SCHEMA_ENDIANNESS = 0
_DICTIONARY_DATA = 1
_DICTIONARY_IS_DELTA = 2
_BATCH_COMPRESSION = 3


def pyarrow(purpose: str) -> Any:
    """Import pyarrow.

    Raises:
        ImportError: there is none, or one that is too old.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.ipc  # type: ignore[import-untyped]
    except ImportError as error:
        msg = f"pyarrow is needed to {purpose}"
        raise ImportError(msg) from error
    if int(pa.__version__.partition(".")[0]) < _OLDEST:
        msg = f"pyarrow {_OLDEST} or later is needed to {purpose}, not {pa.__version__}"
        raise ImportError(msg)
    return pa


def write(table: Any) -> memoryview:
    """Write a table; its data is copied once, into a buffer of just the right size."""
    import pyarrow as pa

    sizer = pa.MockOutputStream()
    _write(table, sizer)
    buffer = pa.allocate_buffer(sizer.size())
    _write(table, pa.FixedSizeBufferWriter(buffer))
    return memoryview(buffer).cast("B")


def _write(table: Any, sink: Any) -> None:
    import pyarrow as pa

    with sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def read(frame: memoryview) -> Any:
    """View a stream as a table.

    The frame is copied, once, if its address is not a multiple of 8.

    Raises:
        MalformedMessage: the frame is not exactly one valid, uncompressed stream.
    """
    import pyarrow as pa

    try:
        buffer = pa.py_buffer(frame)
        if buffer.address % _ALIGNMENT:
            aligned = pa.allocate_buffer(buffer.size)
            memoryview(aligned).cast("B")[:] = frame
            buffer = aligned
        _refuse_what_grows(buffer)
        with pa.BufferReader(buffer) as source:
            table = pa.ipc.open_stream(source).read_all()
            left = buffer.size - source.tell()
        table.validate(full=True)
    except MalformedMessage:
        raise
    except Exception as error:  # extension types raise what they like
        msg = "a buffer is not a valid stream of Arrow's"
        raise MalformedMessage(msg) from error
    if left:
        msg = f"a buffer has {left} bytes behind its stream of Arrow's"
        raise MalformedMessage(msg)
    return table


def _refuse_what_grows(buffer: Any) -> None:
    """Look for what pyarrow would have to rewrite, and so to allocate."""
    import pyarrow as pa

    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(buffer)):
        refused = _growth(memoryview(message.metadata).cast("B"), message.type)
        if refused:
            msg = f"a stream of Arrow's has {refused}, and only plain ones are read"
            raise MalformedMessage(msg)


def _growth(metadata: memoryview, kind: str) -> str:
    """Name what makes a message of a stream larger than it is; empty if nothing."""
    message = _follow(metadata, 0)
    header = _follow(metadata, _field(metadata, message, _MESSAGE_HEADER))
    if kind == "schema":
        at = _field(metadata, header, _SCHEMA_ENDIANNESS)
        is_big = bool(at and metadata[at])  # an int16, 0 or 1
        return "a foreign byte order" if is_big != (sys.byteorder == "big") else ""
    if kind == "dictionary":
        at = _field(metadata, header, _DICTIONARY_IS_DELTA)
        if at and metadata[at]:
            return "dictionaries in pieces"
        header = _follow(metadata, _field(metadata, header, _DICTIONARY_DATA))
    elif kind != "record batch":
        return f"a message of type {kind}"
    return "compressed buffers" if _field(metadata, header, _BATCH_COMPRESSION) else ""


# Two steps through flatbuffers, which pyarrow has verified and does not show.
# Source: https://flatbuffers.dev/internals/
def _follow(metadata: memoryview, position: int) -> int:
    """The position that the offset at a position points to."""
    (offset,) = struct.unpack_from("<I", metadata, position)
    return position + int(offset)


def _field(metadata: memoryview, table: int, number: int) -> int:
    """The position of a field of the table at a position; 0 if it is left out."""
    (back,) = struct.unpack_from("<i", metadata, table)
    entries = table - int(back)
    (size,) = struct.unpack_from("<H", metadata, entries)
    entry = 4 + 2 * number
    if entry + 2 > size:
        return 0
    (offset,) = struct.unpack_from("<H", metadata, entries + entry)
    return table + int(offset) if offset else 0
