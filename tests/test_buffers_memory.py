"""Bytes and memoryviews in content, which need no library."""

from __future__ import annotations

import array
import ctypes
from typing import Any

import numpy as np
import pytest
from tests.test_buffers import POINT, address, sent

from kernelwire import buffers


@pytest.mark.parametrize(
    "value",
    [b"", b"abc", bytearray(b"abc"), memoryview(b"abc"), memoryview(b"abcdef")[::2]],
    ids=["empty", "bytes", "bytearray", "memoryview", "with gaps"],
)
def test_bytes_come_back_as_a_read_only_memoryview(value: Any) -> None:
    back = sent(value)
    assert type(back) is memoryview
    assert back.readonly
    assert back == bytes(value)


MEMORY = {
    "two dimensions": memoryview(bytes(range(48))).cast("d", [2, 3]),
    "no dimension": memoryview(bytes(8)).cast("d", []),
    "array": memoryview(array.array("h", [1, -2])),
    "empty": memoryview(array.array("f")),
    "truth": memoryview(b"\0\1").cast("?"),
    "characters": memoryview(b"ab").cast("c"),
    "bytes in rows": memoryview(b"abcd").cast("B", [2, 2]),
    "reversed": memoryview(array.array("q", [1, 2, 3]))[::-1],
    "long": memoryview(array.array("l", [1])),
}


@pytest.mark.parametrize("value", MEMORY.values(), ids=MEMORY)
def test_memory_keeps_its_shape_and_its_elements(value: memoryview) -> None:
    back = sent(value)
    assert (back.shape, back.format) == (value.shape, value.format)
    assert back.tolist() == value.tolist()
    assert back.readonly


def test_arrays_of_ctypes_and_of_array_are_memory() -> None:
    assert sent(array.array("d", [0.5])).tolist() == [0.5]
    assert sent((ctypes.c_int * 2 * 3)()).tolist() == [[0, 0]] * 3


def test_elements_of_another_machine_s_name_are_read_as_this_one_s() -> None:
    """An 8-byte integer is l on Linux and q on Windows."""
    content, frames = buffers.pack(memoryview(array.array("q", [5])))
    content["format"] = "of another machine"
    assert buffers.unpack(content, frames).tolist() == [5]


def test_memory_is_borrowed() -> None:
    value = array.array("d", [1, 2])
    _, (frame,) = buffers.pack(value)
    assert address(frame) == address(value)


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(2, ">i4").data,
        np.zeros(2, np.complex64).data,
        np.zeros(2, POINT).data,
        np.zeros((0, 2)).data,
    ],
    ids=["big-endian", "complex", "fields", "empty in two dimensions"],
)
def test_memory_that_python_cannot_rebuild_is_refused_with_advice(value: Any) -> None:
    with pytest.raises(TypeError, match=r"send numpy.asarray\(\) of it"):
        buffers.pack(value)
