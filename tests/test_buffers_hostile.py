"""What a peer may send for a placeholder: anything but a right one is refused.

Nothing here may crash, take long or allocate more than the frames are large.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelwire import MalformedMessage, ProtocolError, buffers

FRAME = bytes(24)
HUGE = 2**62


def array(**changes: Any) -> dict[str, Any]:
    """A placeholder that fits FRAME, but for the changes; None leaves a member out."""
    members = {
        "$kernelwire": "array",
        "buffer": 0,
        "dtype": "<f8",
        "shape": [3],
        "order": "C",
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def memory(**changes: Any) -> dict[str, Any]:
    return array(**{"$kernelwire": "memory", "format": "d", "order": None, **changes})


def fields(*described: Any, **changes: Any) -> dict[str, Any]:
    """An array whose dtype has these fields."""
    return array(dtype={"fields": list(described), "itemsize": 8, **changes})


def field(**changes: Any) -> dict[str, Any]:
    return {"name": "x", "dtype": "<f8", "offset": 0, **changes}


def deep_dtype(levels: int) -> Any:
    described: Any = "<f8"
    for _ in range(levels):
        described = {"dtype": described, "shape": [1]}
    return described


PLACEHOLDERS = {
    "kind unknown": {"$kernelwire": "carray", "buffer": 0},
    "kind a number": {"$kernelwire": 1},
    "kind null": {"$kernelwire": None},
    "kind a list": {"$kernelwire": ["array"]},
    "kind an object": {"$kernelwire": {"$kernelwire": "bytes", "buffer": 0}},
    "buffer left out": array(buffer=None),
    "buffer not there": array(buffer=1),
    "buffer huge": array(buffer=10**30),
    "buffer negative": array(buffer=-1),
    "buffer true": array(buffer=False),
    "buffer a float": array(buffer=0.0),
    "buffer a string": array(buffer="0"),
    "buffer a list": array(buffer=[0]),
    "member unknown": array(strides=[8]),
    "bytes with a shape": {"$kernelwire": "bytes", "buffer": 0, "shape": [24]},
    "bytes without a buffer": {"$kernelwire": "bytes"},
    "shape left out": array(shape=None),
    "shape too small": array(shape=[2]),
    "shape too large": array(shape=[4]),
    "shape of nothing": array(shape=[0]),
    "shape of one": array(shape=[]),
    "shape negative": array(shape=[-3]),
    "shape negative twice": array(shape=[-3, -1]),
    "shape a number": array(shape=3),
    "shape a string": array(shape="3"),
    "shape of floats": array(shape=[3.0]),
    "shape of truths": array(shape=[3, True]),
    "shape of strings": array(shape=["3"]),
    "shape huge": array(shape=[HUGE]),
    "shape overflowing": array(shape=[2**32, 2**32]),
    "shape overflowing to fit": array(shape=[2**61 + 3]),
    "shape beyond integers": array(shape=[10**40]),
    "shape of 65 dimensions": array(shape=[3] + [1] * 64),
    "shape of a million dimensions": array(shape=[1] * 1_000_000),
    "order unknown": array(order="A"),
    "order a list": array(order=["C"]),
    "dtype left out": array(dtype=None),
    "dtype object": array(dtype="|O"),
    "dtype object with a size": array(dtype="|O8"),
    "dtype by name": array(dtype="float64"),
    "dtype without an order": array(dtype="f8"),
    "dtype of commas": array(dtype="<i4,<i4"),
    "dtype of an expression": array(dtype="<f8(2,)"),
    "dtype a list": array(dtype=[["x", "<f8"]]),
    "dtype a number": array(dtype=8),
    "dtype of another size": array(dtype="<f3"),
    "dtype of no size": array(dtype="<f"),
    "dtype huge": array(dtype="|V9999999999"),
    "dtype with more digits": array(dtype="|V99999999999999"),
    "dtype of other digits": array(dtype="<f\u0668"),
    "dtype with a line behind it": array(dtype="<f8\n"),
    "dtype of no bytes": array(dtype="|V0", shape=[HUGE]),
    "dtype with a wrong unit": array(dtype="<M8[xy]"),
    "dtype with a wrong number of units": array(dtype="<M8[999999999ns]/1"),
    "dtype with a unit it has not": array(dtype="<f8[s]"),
    "dtype of other long numbers": array(dtype="<f16/112", shape=[1]),
    "dtype with digits it has not": array(dtype="<f8/52"),
    "dtype text of a foreign machine": array(dtype="<f12/63", shape=[2]),
    "dtype too deep": array(dtype=deep_dtype(100)),
    "dtype far too deep": array(dtype=deep_dtype(900)),
    "dtype a huge array": array(dtype={"dtype": "<f8", "shape": [HUGE]}),
    "dtype an array of nothing": array(
        dtype={"dtype": "<f8", "shape": [0]}, shape=[HUGE]
    ),
    "dtype an array without a shape": array(dtype={"dtype": "<f8"}),
    "dtype an empty object": array(dtype={}),
    "fields not a list": array(dtype={"fields": {"x": "<f8"}, "itemsize": 8}),
    "fields without a size": array(dtype={"fields": [field()]}),
    "fields of no bytes": fields(itemsize=0),
    "fields beyond the size": fields(field(offset=8)),
    "fields at a huge offset": fields(field(offset=HUGE)),
    "fields at a negative offset": fields(field(offset=-8)),
    "fields of a huge size": fields(field(), itemsize=HUGE),
    "fields of a size that is a truth": fields(field(), itemsize=True),
    "fields of one name": fields(field(dtype="<f4"), field(dtype="<f4", offset=4)),
    "fields that are objects": fields(field(dtype="|O")),
    "fields out of line": fields(field(offset=1), itemsize=24, aligned=True),
    "field a string": fields("x"),
    "field without a name": fields({"dtype": "<f8", "offset": 0}),
    "field with a number for a name": fields(field(name=1)),
    "field with a title that is a name": fields(field(title="x")),
    "field unknown": fields(field(kind="b")),
    "memory too small": memory(shape=[4]),
    "memory too large": memory(shape=[2]),
    "memory of a foreign order": memory(dtype=">f8"),
    "memory of half floats": memory(dtype="<f2", shape=[12]),
    "memory of objects": memory(dtype="|O8"),
    "memory of no string": memory(dtype=["<f8"]),
    "memory of a negative shape": memory(shape=[-3]),
    "memory of huge and no lengths": memory(shape=[0, HUGE]),
    "memory without a format": memory(format=None),
    "escape of a string": {"$kernelwire": "escape", "value": "x"},
    "escape of a list": {"$kernelwire": "escape", "value": ["$kernelwire"]},
    "escape of what needs none": {"$kernelwire": "escape", "value": {"a": 1}},
    "escape of nothing": {"$kernelwire": "escape"},
    "escape with more": {
        "$kernelwire": "escape",
        "value": {"$kernelwire": 1},
        "more": 1,
    },
}


@pytest.mark.parametrize("placeholder", PLACEHOLDERS.values(), ids=PLACEHOLDERS)
def test_a_wrong_placeholder_is_refused(placeholder: Any) -> None:
    with pytest.raises(MalformedMessage) as caught:
        buffers.unpack({"deep": [placeholder]}, [FRAME])
    assert isinstance(caught.value, ProtocolError)


@pytest.mark.parametrize(
    "placeholder",
    [array(), memory(), {"$kernelwire": "bytes", "buffer": 0}, fields(field())],
    ids=["array", "memory", "bytes", "fields"],
)
def test_the_placeholders_that_are_made_wrong_above_are_right(placeholder: Any) -> None:
    assert buffers.unpack([placeholder], [FRAME])[0].nbytes == 24


@pytest.mark.parametrize(
    "frame", [b"", FRAME[:-1], FRAME + b"\0"], ids=["empty", "short", "long"]
)
@pytest.mark.parametrize("placeholder", [array(), memory(), fields(field())])
def test_a_frame_that_does_not_fit_its_placeholder_is_refused(
    placeholder: Any, frame: bytes
) -> None:
    with pytest.raises(MalformedMessage, match=f"has {len(frame)} bytes"):
        buffers.unpack(placeholder, [frame])


@pytest.mark.parametrize("shape", [[0, HUGE], [0, 2**63 - 1, 2**63 - 1]], ids=repr)
def test_an_empty_array_of_huge_lengths_is_refused_or_empty(shape: Any) -> None:
    with pytest.raises(MalformedMessage, match="shape"):
        buffers.unpack(array(shape=shape), [b""])


def test_a_frame_goes_to_one_placeholder() -> None:
    one = {"$kernelwire": "bytes", "buffer": 0}
    with pytest.raises(MalformedMessage, match="wanted twice"):
        buffers.unpack([one, one], [FRAME])


def test_no_frames_at_all_are_too_few() -> None:
    with pytest.raises(MalformedMessage, match="0 came"):
        buffers.unpack(array(), [])


def test_content_that_nests_too_deep_is_refused() -> None:
    lists: Any = []
    for _ in range(sys.getrecursionlimit()):
        lists = [lists]
    with pytest.raises(MalformedMessage, match="deeper than 254"):
        buffers.unpack(lists, [])


def unpack_far_down(content: Any, frames_left: int) -> Any:
    """Unpack with a stack that has many frames already."""
    if frames_left:
        return unpack_far_down(content, frames_left - 1)
    return buffers.unpack(content, [])


def test_content_too_deep_for_the_callers_stack_is_refused() -> None:
    lists: Any = []
    for _ in range(250):
        lists = [lists]
    with pytest.raises(MalformedMessage, match="deeper than the stack"):
        unpack_far_down(lists, sys.getrecursionlimit() - 400)


def test_escapes_that_nest_too_deep_are_refused() -> None:
    value: Any = {"$kernelwire": 1}
    for _ in range(sys.getrecursionlimit()):
        value = {"$kernelwire": "escape", "value": {"$kernelwire": value}}
    with pytest.raises(MalformedMessage, match="deeper than 254"):
        buffers.unpack(value, [])


@pytest.mark.parametrize("frame", [None, "text", 3, memoryview(b"abcd")[::2]])
def test_a_frame_that_is_no_buffer_is_the_callers_mistake(frame: Any) -> None:
    with pytest.raises(TypeError, match="not a contiguous buffer"):
        buffers.unpack({}, [frame])


def test_an_error_says_nothing_of_the_content() -> None:
    with pytest.raises(MalformedMessage) as caught:
        buffers.unpack(array(dtype="secret", shape=["secret"]), [FRAME])
    assert "secret" not in str(caught.value)


ATOMS = (
    st.sampled_from([0, 1, 3, -1, 24, HUGE, 0.5, None, True])
    | st.sampled_from(["C", "<f8", "|O", "|S3", "array", "memory", "escape", "d"])
    | st.text(max_size=3)
)
NAMES = st.sampled_from(
    [
        "$kernelwire",
        "buffer",
        "dtype",
        "shape",
        "order",
        "format",
        "fields",
        "value",
        "name",
        "offset",
        "itemsize",
        "aligned",
        "title",
        "form",
        "rows",
        "buffers",
        "pickle",
    ]
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6)
    ),
    max_leaves=12,
)


@given(
    placeholder=st.dictionaries(NAMES, VALUES, max_size=6),
    kind=st.sampled_from(["array", "memory", "bytes", "arrow", "pickle", "escape"]),
)
@settings(deadline=None, max_examples=300)
def test_any_placeholder_is_unpacked_or_refused(
    placeholder: dict[str, Any], kind: str
) -> None:
    fitting = {**array(), **placeholder, "$kernelwire": kind}
    with contextlib.suppress(MalformedMessage):
        buffers.unpack(fitting, [FRAME])
