"""Arrays and tensors in content: sent as buffers, received as views."""

from __future__ import annotations

import enum
import json
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kernelwire import buffers


def sent(value: Any, **options: Any) -> Any:
    """What a peer gets for a value, after its content was JSON and its frames bytes."""
    content, frames = buffers.pack({"value": value}, **options)
    received = [bytes(frame) for frame in frames]
    return buffers.unpack(json.loads(json.dumps(content)), received, **options)["value"]


def lent(value: Any) -> Any:
    """What comes back when the frames themselves are handed over."""
    return buffers.unpack(*buffers.pack(value))


def address(view: Any) -> int:
    """Where an object's buffer begins."""
    return int(np.frombuffer(view, np.uint8).ctypes.data)


POINT = np.dtype([("x", "<f8"), ("n", "u1")], align=True)
ARRAYS = {
    "int": np.arange(6).reshape(2, 3),
    "bool": np.array([True, False]),
    "half": np.array([1.5, np.nan], np.float16),
    "long": np.array([1, 3], np.longdouble) / 3,
    "complex": np.array([1 + 2j]),
    "long complex": np.array([1 + 2j], np.clongdouble),
    "big-endian": np.arange(5, dtype=">i4"),
    "big-endian fields": np.zeros(2, [("a", ">f8"), ("b", "<u2")]),
    "datetime": np.array(["2026-01-02", "NaT"], "M8[ns]"),
    "datetime in steps": np.array([3], "M8[25s]"),
    "timedelta": np.array([1, 2], "m8[us]"),
    "timedelta without a unit": np.array([1, 2], "m8"),
    "text": np.array(["a", "\U0001f40d\xe9"]),
    "bytes": np.array([b"a", b"bc"]),
    "characters": np.array([b"a", b"b"], "c"),
    "void": np.array([b"abc"], "V3"),
    "no dimension": np.array(2.5),
    "empty": np.empty((0, 3)),
    "empty in Fortran order": np.empty((2, 0, 3), order="F"),
    "Fortran order": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "strided": np.arange(24).reshape(4, 6)[::2, ::-3],
    "transposed in the middle": np.arange(24).reshape(2, 3, 4).transpose(0, 2, 1),
    "broadcast": np.broadcast_to(np.arange(3), (2, 3)),
    "fields": np.array([(1, 2.5)], [("a", "<i2"), ("b", "<f8")]),
    "padded fields": np.zeros(3, POINT),
    "fields in fields": np.zeros((2, 2), [("p", POINT), ("q", "<i8")]),
    "arrays in fields": np.zeros(2, [("m", "<f4", (2, 3)), ("s", "U4")]),
    "titled fields": np.zeros(1, [(("the title", "name"), "<i4")]),
    "overlapping fields": np.zeros(
        2, {"names": ["a", "b"], "formats": ["<i4", "<i2"], "offsets": [0, 1]}
    ),
    "many dimensions": np.zeros((1,) * 32),
}


@pytest.mark.parametrize("value", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_back_as_it_was(value: np.ndarray[Any, Any]) -> None:
    back = sent(value)
    assert back.dtype == value.dtype
    assert back.shape == value.shape
    assert back.tobytes() == value.tobytes()
    assert back.dtype.isalignedstruct == value.dtype.isalignedstruct
    assert not back.flags.writeable
    assert back.flags.aligned


ORDERS: dict[str, Callable[[Any], Any]] = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "reversed": lambda value: value[::-1] if value.ndim else value,
}


@given(
    value=hnp.arrays(
        hnp.nested_dtypes() | hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0)
    ),
    order=st.sampled_from(sorted(ORDERS)),
)
@settings(deadline=None, max_examples=150)
def test_any_array_comes_back_as_it_was(
    value: np.ndarray[Any, Any], order: str
) -> None:
    value = ORDERS[order](value)
    back = sent(value)
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    assert back.tobytes() == value.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_in_either_order_is_borrowed_and_keeps_its_order(order: Any) -> None:
    value = np.ones((3, 4), order=order)
    back = lent(value)
    assert np.shares_memory(back, value)
    assert back.strides == value.strides


def test_a_mapped_file_is_borrowed_and_comes_back_as_an_array(tmp_path: Path) -> None:
    value = np.memmap(tmp_path / "samples", np.int32, "w+", shape=(3, 4))
    back = lent(value)
    assert np.shares_memory(back, value)
    assert type(back) is np.ndarray
    value._mmap.close()  # type: ignore[attr-defined]


def test_a_strided_array_is_copied_once() -> None:
    value = np.arange(10)[::2]
    _, (frame,) = buffers.pack(value)
    assert frame.nbytes == value.nbytes
    assert not np.shares_memory(np.frombuffer(frame, value.dtype), value)


def test_frames_are_flat_contiguous_bytes_that_keep_the_array_alive() -> None:
    _, (frame,) = buffers.pack(np.full((2, 2), 7, ">i2"))
    assert (frame.format, frame.shape, frame.contiguous) == ("B", (8,), True)
    assert bytes(frame) == b"\0\7" * 4


def test_a_received_array_is_a_read_only_view_of_its_frame() -> None:
    content, (frame,) = buffers.pack(np.arange(4.0))
    received = bytearray(frame)
    back = buffers.unpack(content, [received])
    assert address(back) == address(received)
    assert not back.flags.writeable


def test_an_array_in_a_frame_that_is_not_aligned_is_copied() -> None:
    content, (frame,) = buffers.pack(np.arange(4.0))
    odd = memoryview(b"-" + bytes(frame))[1:]
    back = buffers.unpack(content, [odd])
    assert address(odd) % 8
    assert back.flags.aligned
    assert not back.flags.writeable
    assert back.tolist() == [0, 1, 2, 3]


def test_an_array_of_bytes_needs_no_alignment() -> None:
    content, (frame,) = buffers.pack(np.arange(4, dtype=np.uint8))
    odd = memoryview(b"-" + bytes(frame))[1:]
    assert address(buffers.unpack(content, [odd])) == address(odd)


@pytest.mark.parametrize(
    ("scalar", "number"),
    [
        (np.float64(0.5), 0.5),
        (np.float16(0.5), 0.5),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.True_, True),
        (np.str_("a"), "a"),
    ],
    ids=repr,
)
def test_a_scalar_is_a_number_of_json(scalar: Any, number: Any) -> None:
    content, frames = buffers.pack([scalar])
    assert (content, frames) == ([number], [])
    assert type(content[0]) is type(number)


@pytest.mark.parametrize(
    "scalar",
    [
        np.complex64(1j),
        np.datetime64("2026-01-02"),
        np.timedelta64(3, "s"),
        np.longdouble(1) / 3,
        np.zeros(1, POINT)[0],
    ],
    ids=lambda scalar: type(scalar).__name__,
)
def test_a_scalar_that_json_has_not_is_an_array_of_no_dimension(scalar: Any) -> None:
    back = sent(scalar)
    assert back.shape == ()
    assert back.dtype == scalar.dtype
    assert back[()] == scalar


def test_a_scalar_of_bytes_is_bytes() -> None:
    assert sent(np.bytes_(b"ab")) == b"ab"


class Plain(np.ndarray[Any, Any]):
    """A subclass that adds nothing."""


REFUSED = {
    "objects": np.array([1, None]),
    "objects in a field": np.zeros(1, [("a", "<i4"), ("o", "O")]),
    "text of any length": np.array(["a"], np.dtypes.StringDType()),
    "mask": np.ma.masked_array([1, 2], [True, False]),
    "matrix": np.zeros((1, 2)).view(np.matrix),
    "subclass": np.zeros(2).view(Plain),
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_an_array_that_would_lose_something_is_refused_with_advice(value: Any) -> None:
    with pytest.raises(TypeError, match="pass pickle=True on both sides"):
        buffers.pack({"value": value})


def test_an_array_of_nothing_is_refused() -> None:
    with pytest.raises(TypeError, match="no bytes"):
        buffers.pack(np.zeros(3, []))


class Tensor:
    """Another library's array, on some device; numpy does the lending."""

    def __init__(self, data: np.ndarray[Any, Any], device: int = 1) -> None:
        self.data, self.device = data, device

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device, 0

    def __dlpack__(self, **options: Any) -> Any:
        return self.data.__dlpack__(**options)


def test_a_tensor_is_borrowed_and_comes_back_as_an_array() -> None:
    data = np.arange(6, dtype=np.float32).reshape(2, 3)
    back = lent({"t": Tensor(data)})["t"]
    assert np.shares_memory(back, data)
    assert back.tolist() == data.tolist()


def test_a_tensor_on_another_device_is_refused_with_advice() -> None:
    with pytest.raises(TypeError, match=r"type 2; copy it to the CPU"):
        buffers.pack(Tensor(np.zeros(1), device=2))


def test_a_tensor_that_its_library_does_not_lend_is_refused() -> None:
    with pytest.raises(TypeError, match="Tensor cannot be lent"):
        buffers.pack(Tensor(np.array(["text"])))


class Color(enum.IntEnum):
    RED = 1


def test_content_without_arrays_is_passed_through_uncopied() -> None:
    content = {"a": [1, {"b": None}], "c": (1, 2), "e": Color.RED, 5: {3}}
    packed, frames = buffers.pack(content)
    assert packed is content
    assert frames == []
    assert buffers.unpack(content, []) is content


def test_only_what_surrounds_an_array_is_copied() -> None:
    quiet = {"x": [1]}
    content: Any = {"a": quiet, "b": [quiet, np.zeros(1)], "c": (b"", quiet)}
    packed, _ = buffers.pack(content)
    assert packed["a"] is packed["b"][0] is packed["c"][1] is quiet
    assert isinstance(content["b"][1], np.ndarray)
    assert isinstance(content["c"], tuple)
    received = buffers.unpack(packed, buffers.pack(content)[1])
    assert received["a"] is quiet


def test_a_dict_of_another_class_and_its_keys_survive() -> None:
    content = OrderedDict([("b", b"1"), (3, b"2")])
    packed, _ = buffers.pack(content)
    assert list(packed) == ["b", 3]


def test_buffers_are_numbered_in_the_order_of_the_content() -> None:
    same = np.zeros(2)
    packed, frames = buffers.pack([b"a", [same], {"c": same}])
    assert [packed[0]["buffer"], packed[1][0]["buffer"], packed[2]["c"]["buffer"]] == [
        0,
        1,
        2,
    ]
    assert [frame.nbytes for frame in frames] == [1, 16, 16]


def test_frames_that_no_placeholder_names_are_left_alone() -> None:
    content, frames = buffers.pack([b"a"])
    assert buffers.unpack(content, [*frames, b"the caller's own"]) == [b"a"]


@pytest.mark.parametrize(
    "value",
    [
        {"$kernelwire": "array"},
        {"$kernelwire": {"$kernelwire": "escape", "value": {"$kernelwire": 1}}},
        {"$kernelwire": [np.zeros(1).tolist()], "more": {"$kernelwire": None}},
    ],
    ids=["a kind", "an escape", "deeper"],
)
def test_content_that_looks_like_a_placeholder_survives(value: Any) -> None:
    assert sent(value) == value


def test_an_array_below_what_looks_like_a_placeholder_survives() -> None:
    back = sent({"$kernelwire": b"x", "a": [np.arange(2)]})
    assert back["$kernelwire"] == b"x"
    assert back["a"][0].tolist() == [0, 1]


def test_content_that_contains_itself_is_refused() -> None:
    content: dict[str, Any] = {"list": []}
    content["list"].append(content)
    with pytest.raises(ValueError, match="contains itself"):
        buffers.pack(content)


def nested(levels: int, value: Any) -> Any:
    """A value in so many lists."""
    return value if levels == 0 else [nested(levels - 1, value)]


def test_content_may_be_as_deep_as_json_can_be() -> None:
    content = nested(254, b"a")
    assert lent(content) == content
    with pytest.raises(ValueError, match="deeper than 254"):
        buffers.pack([content])


def test_what_json_has_not_is_left_to_the_packer() -> None:
    content = [1j, {1, 2}, object(), sys]
    assert buffers.pack(content) == (content, [])
