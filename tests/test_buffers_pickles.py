"""Pickled objects in content: only if both sides say so, and only from what is signed."""

from __future__ import annotations

import base64
import datetime as dt
import json
import pickle
from typing import Any

import numpy as np
import pytest
from tests.test_buffers import Plain, sent

from kernelwire import MalformedMessage, buffers

FRACTIONS = np.array([1, None, "text"])


@pytest.mark.parametrize(
    "value",
    [{1, 2}, 1j, dt.datetime(2026, 1, 2, tzinfo=dt.UTC), range(3), dict],
    ids=repr,
)
def test_an_object_comes_back_when_both_sides_say_so(value: Any) -> None:
    assert sent(value, pickle=True) == value


def test_arrays_that_cannot_be_sent_as_they_are_are_pickled() -> None:
    value = {
        "objects": FRACTIONS,
        "masked": np.ma.masked_array([1, 2], [True, False]),
        "subclass": np.zeros(2).view(Plain),
    }
    back = sent(value, pickle=True)
    assert back["objects"].tolist() == FRACTIONS.tolist()
    assert back["masked"].tolist() == [None, 2]
    assert type(back["subclass"]) is Plain


def test_what_needs_no_pickle_gets_none() -> None:
    value = {"a": np.zeros(2), "b": b"x", "c": [1, "y", None], "d": np.float64(1)}
    assert buffers.pack(value, pickle=True)[0] == buffers.pack(value)[0]


class Samples:
    """An object with an array inside."""

    def __init__(self, data: np.ndarray[Any, Any]) -> None:
        self.data = data


def test_the_data_of_a_pickle_is_borrowed_and_viewed() -> None:
    samples = Samples(np.arange(1000.0))
    content, frames = buffers.pack(samples, pickle=True)
    assert [frame.nbytes for frame in frames] == [8000]
    assert len(content["pickle"]) < 1000
    back = buffers.unpack(content, frames, pickle=True)
    assert np.shares_memory(back.data, samples.data)
    assert not back.data.flags.writeable


def test_the_pickle_itself_is_in_the_content_which_is_signed() -> None:
    content, frames = buffers.pack(Samples(np.zeros(3)), pickle=True)
    text = base64.b64decode(content["pickle"])
    assert isinstance(pickle.loads(text, buffers=frames), Samples)
    assert bytes(frames[0]) == bytes(24)


def test_two_pickles_have_buffers_of_their_own() -> None:
    value = [Samples(np.zeros(1)), np.ones(1), Samples(np.full(1, 2.0))]
    back = sent(value, pickle=True)
    assert (back[0].data[0], back[1][0], back[2].data[0]) == (0, 1, 2)


class Bomb:
    """What runs code when it is loaded."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("the pickle was loaded",)


def test_a_pickle_is_not_loaded_unless_asked_for() -> None:
    content, frames = buffers.pack(Bomb(), pickle=True)
    with pytest.raises(MalformedMessage, match=r"can run any code.*pickle=True"):
        buffers.unpack(content, frames)


def test_without_pickle_an_object_is_left_alone() -> None:
    value = Samples(np.zeros(1))
    assert buffers.pack([value]) == ([value], [])


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


NUMBERS, LENT = buffers.pack(Samples(np.zeros(3)), pickle=True)
WRONG = {
    "not base64": {"pickle": "*", "buffers": []},
    "not ascii": {"pickle": "\xe9", "buffers": []},
    "not a string": {"pickle": [1], "buffers": []},
    "not a pickle": {"pickle": encoded(b"text"), "buffers": []},
    "empty": {"pickle": "", "buffers": []},
    "of a missing module": {
        "pickle": encoded(b"cno_such_module\nname\n."),
        "buffers": [],
    },
    "with too few buffers": {"pickle": NUMBERS["pickle"], "buffers": []},
    "with one buffer twice": {"pickle": NUMBERS["pickle"], "buffers": [0, 0]},
    "with a buffer that is not there": {"pickle": NUMBERS["pickle"], "buffers": [1]},
    "with buffers that are no list": {"pickle": NUMBERS["pickle"], "buffers": 0},
    "without buffers": {"pickle": NUMBERS["pickle"]},
    "with more": {**NUMBERS, "protocol": 5},
}


@pytest.mark.parametrize("members", WRONG.values(), ids=WRONG)
def test_a_wrong_pickle_is_refused(members: dict[str, Any]) -> None:
    content = json.loads(json.dumps({**members, "$kernelwire": "pickle"}))
    with pytest.raises(MalformedMessage):
        buffers.unpack(content, LENT, pickle=True)


def test_a_buffer_of_a_pickle_that_was_cut_is_refused() -> None:
    with pytest.raises(MalformedMessage, match="it raises ValueError"):
        buffers.unpack(NUMBERS, [LENT[0][:-1]], pickle=True)


def test_an_object_that_cannot_be_pickled_is_the_callers_mistake() -> None:
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        buffers.pack([lambda: None], pickle=True)
