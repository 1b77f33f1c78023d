"""The codec against the specification, the standard library and hostile input."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from kernelwire import (
    BadSignature,
    Codec,
    MalformedMessage,
    Message,
    ProtocolError,
    ReplayedMessage,
)

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
PARTS = (b'{"msg_type":"status"}', b"{}", b"{}", b'{"execution_state":"idle"}')

json_objects = st.dictionaries(
    st.text(),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    ),
)


def sign(key: bytes, parts: tuple[bytes, ...]) -> bytes:
    return hmac.new(key, b"".join(parts), hashlib.sha256).hexdigest().encode()


@pytest.fixture
def codec() -> Codec:
    return Codec(KEY)


def test_encode_signs_the_four_parts_as_hmac_does(codec: Codec) -> None:
    frames = codec.encode(*PARTS, identities=[b"peer"], buffers=[b"buffer"])
    assert frames == [b"peer", b"<IDS|MSG>", sign(KEY, PARTS), *PARTS, b"buffer"]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_signatures_agree_with_hmac_for_keys_of_any_length(size: int) -> None:
    key = b"k" * size
    signature = Codec(key).encode(*PARTS)[1]
    assert signature == (sign(key, PARTS) if key else b"")


def test_encode_writes_dicts_as_json(codec: Codec) -> None:
    frames = codec.encode({"msg_type": "status"}, content={"é": [1, None]})
    assert [json.loads(part) for part in frames[2:]] == [
        {"msg_type": "status"},
        {},
        {},
        {"é": [1, None]},
    ]


def test_decode_returns_the_very_buffers_it_was_given(codec: Codec) -> None:
    big = bytearray(1 << 20)
    frames = codec.encode(*PARTS, identities=[b"a", b"b"], buffers=[big])
    message = codec.decode(frames)
    assert (message.identities, message.parts) == ([b"a", b"b"], PARTS)
    assert message.buffers[0] is big


def test_decode_takes_the_frames_of_pyzmq_without_copying_them(codec: Codec) -> None:
    frames = [zmq.Frame(f) for f in codec.encode(*PARTS, buffers=[b"x" * 100])]
    message = codec.decode(frames)
    assert message.content == {"execution_state": "idle"}
    assert message.buffers[0] is frames[-1]


def test_parts_are_parsed_once(codec: Codec) -> None:
    message = codec.decode(codec.encode(*PARTS))
    assert message.header == {"msg_type": "status"}
    assert message.header is message.header


@pytest.mark.parametrize(
    "part", range(2, 6), ids=["header", "parent", "metadata", "content"]
)
def test_decode_refuses_a_changed_part(codec: Codec, part: int) -> None:
    frames = codec.encode(*PARTS)
    frames[part] = frames[part] + b" "
    with pytest.raises(BadSignature, match="does not match"):
        codec.decode(frames)


@pytest.mark.parametrize("size", [0, 1, 63, 65])
def test_decode_refuses_a_signature_of_the_wrong_length(
    codec: Codec, size: int
) -> None:
    frames = codec.encode(*PARTS)
    frames[1] = (frames[1] + b"0")[:size]
    with pytest.raises(BadSignature):
        codec.decode(frames)


@pytest.mark.parametrize(
    "frames", [[], [b"x"], [b"<IDS|MSG>", b""]], ids=["none", "junk", "short"]
)
def test_decode_refuses_what_is_not_a_message(
    codec: Codec, frames: list[bytes]
) -> None:
    with pytest.raises(MalformedMessage):
        codec.decode(frames)


def test_decode_refuses_a_message_that_was_seen_before(codec: Codec) -> None:
    frames = codec.encode(*PARTS)
    codec.decode(frames)
    with pytest.raises(ReplayedMessage):
        codec.decode(frames)
    codec.decode(codec.encode({"msg_id": "a fresh one"}))


def test_a_forger_cannot_push_signatures_out_of_the_window() -> None:
    """jupyter_client remembers a signature before it has checked it."""
    codec = Codec(KEY, replay_window=2)
    frames = codec.encode(*PARTS)
    codec.decode(frames)
    for forged in (b"0" * 64, b"1" * 64, b"2" * 64):
        with pytest.raises(BadSignature):
            codec.decode([b"<IDS|MSG>", forged, *PARTS])
    with pytest.raises(ReplayedMessage):
        codec.decode(frames)


def test_a_window_of_zero_allows_replays() -> None:
    codec = Codec(KEY, replay_window=0)
    frames = codec.encode(*PARTS)
    assert codec.decode(frames).parts == codec.decode(frames).parts


def test_nothing_is_parsed_before_the_signature_was_checked(codec: Codec) -> None:
    with pytest.raises(BadSignature):
        codec.decode([b"<IDS|MSG>", b"0" * 64, b"no JSON", b"", b"", b""])


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"text"', b'{"a":"\xff"}'])
def test_a_part_that_is_no_json_object_is_malformed(text: bytes) -> None:
    message = Message([], (text, b"{}", b"{}", b"{}"), [])
    with pytest.raises(MalformedMessage, match="part 0"):
        message.header  # noqa: B018 - looking at it parses it


@pytest.mark.parametrize(
    "frames", [[object()], [1, 2], ["text"]], ids=["object", "ints", "str"]
)
def test_frames_that_are_no_buffers_are_the_callers_mistake(
    codec: Codec, frames: list[Any]
) -> None:
    with pytest.raises(TypeError):
        codec.decode(frames)


@given(st.lists(st.binary() | st.just(b"<IDS|MSG>")), st.sampled_from([b"", KEY]))
def test_any_frames_are_a_message_or_a_protocol_error(
    frames: list[bytes], key: bytes
) -> None:
    try:
        message = Codec(key).decode(frames)
    except ProtocolError:
        return
    assert [*message.identities, b"<IDS|MSG>"] == frames[: len(message.identities) + 1]
    assert message.buffers == frames[len(message.identities) + 6 :]


@given(
    st.tuples(json_objects, json_objects, json_objects, json_objects),
    st.lists(st.binary(max_size=16).filter(lambda frame: frame != b"<IDS|MSG>")),
    st.lists(st.binary()),
)
def test_decode_reads_back_whatever_encode_wrote(
    dicts: tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]],
    identities: list[bytes],
    buffers: list[bytes],
) -> None:
    codec = Codec(KEY)
    frames = codec.encode(*dicts, identities=identities, buffers=buffers)
    message = codec.decode(frames)
    read = (message.header, message.parent_header, message.metadata, message.content)
    assert read == dicts
    assert (message.identities, message.buffers) == (identities, buffers)
