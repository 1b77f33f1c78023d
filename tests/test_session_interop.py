"""Session against jupyter_client's: the same frames, and each reads the other's.

Every packer writes the same 10,000 random messages.
"""

from __future__ import annotations

import datetime as dt
import itertools
import warnings
from typing import Any

import jupyter_client.session as upstream
import pytest
from dateutil import tz  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelwire.session import Session

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
PACKERS = ["json", "orjson", "msgpack", "pickle"]
TOGETHER = 20  # messages of one example, so that Hypothesis's own work is less

Message = dict[str, Any]

texts = st.text(max_size=20) | st.text('abc"\\/\n\x7f\u00e9\U0001f40d', max_size=8)
zones = st.sampled_from(
    [dt.UTC, tz.UTC, tz.tzoffset(None, 19800), dt.timezone(-dt.timedelta(hours=3))]
)
dates = st.datetimes(timezones=zones) | st.datetimes(timezones=zones).map(
    lambda date: date.replace(microsecond=0)
)
# What looks like a date to the one or the other, and what nearly does.
date_texts = st.sampled_from(
    [
        "2026-11-24T13:20:00.123456Z",
        "2026-11-24T13:20:00Z",
        "2026-11-24T13:20:00.5+00:00",
        "2026-11-24T13:20:00-0000",
        "2026-11-24T13:20:00.123+05:30",
        "2026-11-24T24:00:00Z",
        "2026-11-24T13:20:00.1234567Z",
        "2026-11-24T13:20Z",
        "2026-11-24 13:20:00Z",
        "2026-11-24T13:20:00z",
        "2026-11-24T13:20:00.Z",
        "2026-11-24",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | date_texts
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)
contents = json_objects | st.dictionaries(texts, dates, max_size=2)
headers = st.fixed_dictionaries(
    {
        "msg_id": texts,
        "msg_type": texts,
        "username": texts,
        "session": st.uuids().map(str),
        "date": dates | date_texts,
        "version": st.sampled_from(["5.0", "5.3", "5.5", "5", "6.1"]),
    },
    optional={"subshell_id": st.none() | texts, "more": json_values, "at": dates},
)
messages = st.fixed_dictionaries(
    {
        "header": headers,
        "parent_header": st.just({}) | headers,
        "metadata": st.just({}) | json_objects,
        "content": contents,
    }
)


def pair(packer: str) -> tuple[upstream.Session, Session]:
    """Upstream's session and ours, with one key."""
    options = {"key": KEY, "packer": packer, "unpacker": packer}
    return upstream.Session(**options), Session(**options)


@pytest.mark.timeout(600)
def test_frames_are_upstreams_to_the_byte_with_every_packer() -> None:
    pairs = [pair(packer) for packer in PACKERS]

    @settings(max_examples=10_000 // TOGETHER, deadline=None)
    @given(st.lists(messages, min_size=TOGETHER, max_size=TOGETHER))
    def compare(several: list[Message]) -> None:
        # Making a message up takes longer than all four packers do.
        for message, (theirs, ours) in itertools.product(several, pairs):
            compare_one(theirs, ours, message)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # upstream's, of what is not quite JSON
        compare()


def compare_one(theirs: upstream.Session, ours: Session, message: Message) -> None:
    """Write a message with both, and read either's frames with the other."""
    frames = theirs.serialize(message, b"peer")
    assert ours.serialize(message, b"peer") == frames
    theirs.digest_history.clear()  # the same message may come twice
    ours.digest_history.clear()
    # Types and time zones too, which an equality of dates does not see.
    assert repr(read(ours, frames)) == repr(read(theirs, frames))


def read(session: upstream.Session, frames: list[bytes]) -> Message | str:
    """A message as a session reads it; where it cannot, the kind of error."""
    idents, rest = session.feed_identities(frames)
    assert idents == [b"peer"]
    try:
        return session.deserialize(rest)
    except (KeyError, TypeError, ValueError):
        return "an error"


PIECES = [
    "{",
    "}",
    ":",
    ",",
    " ",
    "\n",
    '"msg_id"',
    '"msg_type"',
    '"date"',
    '"version"',
]
PIECES += [
    '"a"',
    '"5.5"',
    '"2026-11-24T13:20:00Z"',
    '"\\n"',
    '"\u00e9"',
    "null",
    "1",
    '"',
]
FIELDS = [f'"{name}":"{text}"' for name in ("msg_id", "msg_type") for text in "xy"]
FIELDS += ['"version":"5.5"', '"date" : "2026-11-24T13:20:00.5Z"', '"at":7', '"":""']
loose_texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
near_texts = st.builds(
    lambda fields, gap, end: "{" + f"{gap},".join(fields) + "}" + end,
    st.lists(st.sampled_from(FIELDS), max_size=7),
    st.sampled_from(["", " ", "\n\t", ","]),
    st.sampled_from(["", " ", "\n", "}", "x", "\0"]),
)


@settings(max_examples=3_000, deadline=None)
@given(header=loose_texts | near_texts, parent=near_texts, metadata=near_texts)
def test_any_text_of_a_holder_of_the_key_is_read_as_upstream_reads_it(
    header: str, parent: str, metadata: str
) -> None:
    theirs, ours = READERS
    parts = [text.encode() for text in (header, parent, metadata)]
    frames = [theirs.sign([*parts, b"{}"]), *parts, b"{}"]
    theirs.digest_history.clear()
    ours.digest_history.clear()
    try:
        expected = theirs.deserialize(frames)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        with pytest.raises(type(exc)):
            ours.deserialize(frames)
        return
    found = ours.deserialize(frames)
    if '"date"' not in header:  # both give it this moment's
        del expected["header"]["date"], found["header"]["date"]
    assert repr(found) == repr(expected)


READERS = pair("orjson")


@pytest.mark.parametrize("packer", PACKERS)
def test_new_messages_are_upstreams_but_for_id_and_date(packer: str) -> None:
    theirs, ours = pair(packer)
    parent = theirs.msg("execute_request")
    arguments = ("execute_reply", {"status": "ok"}, parent, None, {"engine": "x"})
    expected, made = theirs.msg(*arguments), ours.msg(*arguments)
    assert list(made) == list(expected)
    assert list(made["header"]) == list(expected["header"])
    assert type(made["header"]["date"]) is type(expected["header"]["date"])
    assert made["header"]["date"].tzinfo is expected["header"]["date"].tzinfo
    assert made["msg_id"] == f"{ours.session}_{ours.pid}_0"
    for name in ("parent_header", "content", "metadata", "msg_type"):
        assert made[name] == expected[name]


SCHEMES = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_digest_of_hashlib_signs_as_upstream_does(scheme: str) -> None:
    options = {"key": KEY, "signature_scheme": f"hmac-{scheme}"}
    theirs, ours = upstream.Session(**options), Session(**options)
    message = theirs.msg("status", {"execution_state": "idle"})
    frames = theirs.serialize(message)
    assert ours.serialize(message) == frames
    assert ours.deserialize(frames[1:])["msg_id"] == message["msg_id"]
    forged = [frames[0], frames[1][:-1] + b"g", *frames[2:]]
    with pytest.raises(ValueError, match="Invalid Signature"):
        ours.deserialize(forged[1:])


def test_a_key_or_scheme_that_changes_changes_signatures() -> None:
    theirs, ours = upstream.Session(key=KEY), Session(key=KEY)
    message = theirs.msg("status")
    for session in (theirs, ours):
        session.key = b"another"
    assert ours.serialize(message) == theirs.serialize(message)
    for session in (theirs, ours):
        session.signature_scheme = "hmac-sha512"
    assert ours.serialize(message) == theirs.serialize(message)
    for session in (theirs, ours):
        session.signature_scheme = "hmac-sha256"
    assert ours.serialize(message) == theirs.serialize(message)
    for session in (theirs, ours):
        session.key = b""
    assert ours.serialize(message) == theirs.serialize(message)
    assert ours.serialize(message)[1] == b""


def test_protocol_4_is_spoken_and_understood_as_upstream_does() -> None:
    theirs, ours = upstream.Session(key=KEY), Session(key=KEY)
    content = {"code": "a.b", "cursor_pos": 3, "detail_level": 0}
    for session in (theirs, ours):
        session.adapt_version = 4
    sent = [
        session.send(None, "inspect_request", content) for session in (theirs, ours)
    ]
    assert sent[0] is not None
    assert sent[1] is not None
    assert sent[1]["msg_type"] == sent[0]["msg_type"] == "object_info_request"
    assert sent[1]["content"] == sent[0]["content"]
    frames = theirs.serialize(sent[0])
    assert ours.deserialize(frames[1:]) == theirs.deserialize(frames[1:])


def test_what_json_cannot_hold_is_sent_as_upstream_sends_it() -> None:
    content = {"number": float("inf"), 1: b"bytes", "set": {1}}
    theirs, ours = pair("orjson")
    message = theirs.msg("status", content)
    with pytest.warns(UserWarning, match="serialization failed"):
        expected = theirs.serialize(message)
    with pytest.warns(UserWarning, match="serialization failed"):
        assert ours.serialize(message) == expected
