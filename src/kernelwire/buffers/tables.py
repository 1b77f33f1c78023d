"""Tables, batches and columns of Arrow, each as one stream of its IPC format.

Layer 1. Depends on `streams`; on pyarrow, on both sides. What is sent is asked for by
Arrow's C interface, so it may be pandas', polars' or anybody's.

Source: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

from typing import Any

from kernelwire.buffers import streams
from kernelwire.buffers.placeholders import KEY, ReceivedFrames, expect, read_count
from kernelwire.errors import MalformedMessage

__all__ = ["is_arrow", "pack", "unpack"]

_FORMS = ("table", "batch", "array", "chunked")


def is_arrow(value: Any) -> bool:
    """Whether `value` lends its data by Arrow's C interface."""
    kind = type(value)
    return hasattr(kind, "__arrow_c_stream__") or hasattr(kind, "__arrow_c_array__")


def pack(value: Any, frames: list[memoryview]) -> dict[str, Any]:
    """Write a table or a column into one buffer; a reader of batches is used up.

    Raises:
        TypeError: pyarrow cannot read the object, or not write its types.
        ImportError: there is no pyarrow.
    """
    pa = streams.pyarrow(f"send an object of type {type(value).__qualname__}")
    try:
        form, table = _as_table(value, pa)
        stream = streams.write(table)
    except (pa.ArrowException, TypeError, ValueError) as error:
        msg = (
            f"pyarrow cannot send an object of type {type(value).__qualname__}: {error}"
        )
        raise TypeError(msg) from error
    frames.append(stream)
    return {
        KEY: "arrow",
        "buffer": len(frames) - 1,
        "form": form,
        "rows": table.num_rows,
    }


def _as_table(value: Any, pa: Any) -> tuple[str, Any]:
    """Say what `value` is, one of _FORMS, and borrow it as a table.

    A stream of structs is a table: Arrow does not tell it from a column of structs, so
    only pyarrow's own is known to be one.
    """
    if isinstance(value, pa.RecordBatch):
        return "batch", pa.Table.from_batches([value])
    if isinstance(value, pa.ChunkedArray):
        return "chunked", pa.Table.from_arrays([value], [""])
    if hasattr(type(value), "__arrow_c_array__"):
        return "array", pa.Table.from_arrays([pa.array(value)], [""])
    try:
        reader = pa.RecordBatchReader.from_stream(value)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # not of structs
        return "chunked", pa.Table.from_arrays([pa.chunked_array(value)], [""])
    return "table", reader.read_all()


def unpack(members: dict[str, Any], frames: ReceivedFrames) -> Any:
    """View a frame as what pyarrow calls a table, a batch, an array or a chunked array.

    Raises:
        MalformedMessage: the frame holds no such stream, or one that does not pass
            Arrow's full validation.
        ImportError: there is no pyarrow.
    """
    pa = streams.pyarrow("receive a table")
    expect(members, "a table", ["buffer", "form", "rows"])
    form, rows = members["form"], read_count(members["rows"], "a number of rows")
    if form not in _FORMS:
        msg = f"the form of a table is none of {', '.join(_FORMS)}"
        raise MalformedMessage(msg)
    table = streams.read(frames.take(members["buffer"]))
    if table.num_rows != rows:  # a stream that was cut between two batches is one, too
        msg = f"a stream of Arrow's has {table.num_rows} rows, and {rows} were sent"
        raise MalformedMessage(msg)
    if form == "table":
        return table
    if form in ("array", "chunked") and table.num_columns != 1:
        msg = f"a stream of Arrow's has {table.num_columns} columns, and not one"
        raise MalformedMessage(msg)
    if form == "chunked":
        return table.column(0)
    batches = table.to_batches()
    if len(batches) > 1:
        msg = f"a stream of Arrow's has {len(batches)} batches, and not one"
        raise MalformedMessage(msg)
    if form == "batch":
        return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)
    return table.column(0).combine_chunks() if not batches else batches[0].column(0)
