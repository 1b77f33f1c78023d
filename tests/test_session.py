"""Session's own behaviour: its surface, its errors, its memory, threads and forks."""

from __future__ import annotations

import copy
import hashlib
import hmac
import inspect
import json
import multiprocessing
import os
import threading
from typing import Any

import jupyter_client.session as upstream
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError
from traitlets.config import Config

import kernelwire
from kernelwire import session as ours
from kernelwire.content import NotJSON
from kernelwire.errors import (
    BadHeader,
    BadSignature,
    MissingDelimiter,
    ProtocolError,
    ReplayedMessage,
    TruncatedMessage,
)
from kernelwire.session import DigestHistory, Session

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
HEADER = b'{"msg_id":"1","msg_type":"status","version":"5.5","date":"x"}'
PARTS = [HEADER, b"{}", b"{}", b"{}"]


@pytest.fixture
def session() -> Session:
    return Session(key=KEY)


def signed(*parts: bytes) -> list[bytes]:
    """Parts with the signature in front that a holder of the key would give them."""
    digest = hmac.new(KEY, b"".join(parts[:4]), hashlib.sha256)
    return [digest.hexdigest().encode(), *parts]


# --- the surface --------------------------------------------------------------------------


def test_every_public_name_of_upstream_is_here() -> None:
    names = {name for name in vars(upstream) if not name.startswith("_")}
    imports = {"t", "adapt", "annotations", "extract_dates", "json_clean"}
    classes = {
        name
        for name in names - imports
        if getattr(vars(upstream)[name], "__module__", None) == upstream.__name__
    }
    assert classes <= set(dir(ours))


def test_every_trait_of_upstream_is_here_and_as_configurable() -> None:
    theirs = upstream.Session.class_traits()
    mine = Session.class_traits()
    assert set(mine) == set(theirs)
    assert set(Session.class_traits(config=True)) == set(
        upstream.Session.class_traits(config=True)
    )
    assert Session.__name__ == "Session"  # the section of configuration files


OWN_METHODS = [
    name
    for name, method in inspect.getmembers(upstream.Session, inspect.isfunction)
    if method.__module__ == upstream.__name__
]


@pytest.mark.parametrize("name", OWN_METHODS)
def test_every_method_takes_upstreams_arguments(name: str) -> None:
    def parameters(session: type) -> list[tuple[str, Any, Any]]:
        signature = inspect.signature(getattr(session, name))
        return [(p.name, p.kind, p.default) for p in signature.parameters.values()]

    assert parameters(Session) == parameters(upstream.Session)


def test_a_session_is_configured_as_upstreams_is() -> None:
    config = Config({"Session": {"username": "ada", "packer": "json", "key": b"k"}})
    session = Session(config=config)
    assert (session.username, session.packer, session.key) == ("ada", "json", b"k")
    assert session.msg("x")["header"]["username"] == "ada"


def test_the_package_offers_the_same_class() -> None:
    assert kernelwire.Session is Session
    assert issubclass(Session, upstream.Session)


def test_metadata_of_the_session_is_in_every_message(session: Session) -> None:
    session.metadata = {}
    session.metadata["engine"] = 7  # the very dict that was set
    made = session.msg("x", metadata={"more": 1})
    assert made["metadata"] == {"engine": 7, "more": 1}
    assert session.metadata == {"engine": 7}


def test_a_subclass_may_take_over_any_step() -> None:
    class Named(Session):
        def msg_header(self, msg_type: str) -> dict[str, Any]:
            return {**super().msg_header(msg_type), "username": "subclass"}

        def sign(self, msg_list: Any) -> bytes:
            return b"signed by " + super().sign(msg_list)[:4]

    made = Named(key=KEY)
    frames = made.serialize(made.msg("x"))
    assert frames[1].startswith(b"signed by ")
    assert b'"username":"subclass"' in frames[2]
    assert made.deserialize(frames[1:])["header"]["username"] == "subclass"
    with pytest.raises(BadSignature):
        made.deserialize(signed(*PARTS))


def test_a_subclass_may_have_message_ids_of_its_own() -> None:
    class Numbered(Session):
        msg_id = "the only one"

    assert Numbered(key=KEY).msg("x")["msg_id"] == "the only one"


def test_message_ids_count_and_never_repeat_in_threads(session: Session) -> None:
    found: list[list[str]] = []
    start = threading.Barrier(4)

    def make() -> None:
        start.wait()
        found.append([session.msg("x")["msg_id"] for _ in range(2_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [msg_id for several in found for msg_id in several]
    assert len(ids) == len(set(ids)) == session.message_count == 8_000


def test_message_ids_follow_a_session_that_is_renamed(session: Session) -> None:
    session.session = "first"
    assert session.msg_id == f"first_{os.getpid()}_0"
    session.session = "second"
    session.message_count = 41
    assert session.msg_id == f"second_{os.getpid()}_41"


# --- hostile input ------------------------------------------------------------------------

HOSTILE = {
    "nothing": ([], TruncatedMessage, IndexError),
    "unsigned": ([b"", *PARTS], BadSignature, ValueError),
    "forged": ([b"f" * 64, *PARTS], BadSignature, ValueError),
    "short signature": ([b"f", *PARTS], BadSignature, ValueError),
    "huge signature": ([b"f" * 10_000_000, *PARTS], BadSignature, ValueError),
    "signature that is no text": ([b"\xff" * 64, *PARTS], BadSignature, ValueError),
    "forged, and not JSON": (
        [b"f" * 64, b"{", b"", b"\0", b"]"],
        BadSignature,
        ValueError,
    ),
    "truncated and signed": (signed(*PARTS[:3]), TruncatedMessage, TypeError),
    "truncated and forged": ([b"f" * 64, b"{}"], BadSignature, ValueError),
    "signature alone": (signed(), TruncatedMessage, TypeError),
    "header is cut off": (
        signed(HEADER[:-1], *PARTS[1:]),
        NotJSON,
        json.JSONDecodeError,
    ),
    "header is empty": (signed(b"", *PARTS[1:]), NotJSON, json.JSONDecodeError),
    "content is cut off": (signed(*PARTS[:3], b'{"a"'), NotJSON, json.JSONDecodeError),
    "header has no id": (signed(b'{"msg_type":"x"}', *PARTS[1:]), BadHeader, KeyError),
    "header has no type": (signed(b'{"msg_id":"x"}', *PARTS[1:]), BadHeader, KeyError),
    "header is a list": (signed(b"[1]", *PARTS[1:]), BadHeader, TypeError),
    "header is a number": (signed(b"1", *PARTS[1:]), BadHeader, TypeError),
    "date of month 13": (
        signed(HEADER.replace(b'"x"', b'"2026-13-01T00:00:00Z"'), *PARTS[1:]),
        BadHeader,
        ValueError,
    ),
    "version is a number": (
        signed(HEADER.replace(b'"5.5"', b"5"), *PARTS[1:]),
        BadHeader,
        AttributeError,
    ),
    "version is a word": (
        signed(HEADER.replace(b'"5.5"', b'"five"'), *PARTS[1:]),
        BadHeader,
        ValueError,
    ),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_message_is_refused_as_upstream_refuses_it(
    session: Session, case: tuple[list[bytes], type[Exception], type[Exception]]
) -> None:
    frames, kind, expected = case
    with pytest.raises(expected):
        upstream.Session(key=KEY).deserialize(frames)
    with pytest.raises(kind) as caught:
        session.deserialize(frames)
    assert isinstance(caught.value, expected)
    assert isinstance(caught.value, ProtocolError)
    assert len(str(caught.value)) < 200
    # The session is as good as before.
    assert session.deserialize(signed(*PARTS))["msg_id"] == "1"


def test_nothing_is_parsed_before_the_signature_was_checked() -> None:
    def unpack(text: bytes) -> Any:
        parsed.append(text)
        return json.loads(text)

    parsed: list[bytes] = []
    session = Session(key=KEY, unpack=unpack)
    parsed.clear()  # what the constructor tries it with
    with pytest.raises(BadSignature):
        session.deserialize([b"f" * 64, *PARTS])
    assert parsed == []
    session.deserialize(signed(*PARTS))
    assert parsed == PARTS


def test_a_message_without_a_delimiter_is_refused(session: Session) -> None:
    frames = [b"<IDS|MSG", b"<IDS|MSG>>", b"x" * 1_000_000]
    with pytest.raises(MissingDelimiter, match="none of 3 frames"):
        session.feed_identities(frames)
    with pytest.raises(MissingDelimiter):
        session.feed_identities([zmq.Frame(frame) for frame in frames], copy=False)
    assert issubclass(MissingDelimiter, ValueError)


@given(st.lists(st.binary(max_size=80), max_size=9))
def test_random_frames_raise_a_protocol_error_and_nothing_else(
    frames: list[bytes],
) -> None:
    with pytest.raises(ProtocolError):
        SHARED.deserialize(SHARED.feed_identities(frames)[1])


@given(st.lists(st.binary(max_size=40), min_size=4, max_size=6))
def test_random_parts_that_are_signed_raise_a_protocol_error_at_most(
    parts: list[bytes],
) -> None:
    try:
        SHARED.deserialize(signed(*parts))
    except ProtocolError:
        return
    pytest.fail("random bytes are no header")


SHARED = Session(key=KEY)


def test_frames_of_pyzmq_are_read_without_copying_their_buffers(
    session: Session,
) -> None:
    buffer = zmq.Frame(b"b" * 100)
    frames = [zmq.Frame(frame) for frame in [b"peer", b"<IDS|MSG>", *signed(*PARTS)]]
    idents, rest = session.feed_identities([*frames, buffer], copy=False)
    message = session.deserialize(rest, copy=False)
    assert idents == [b"peer"]
    assert message["buffers"][0].obj is buffer


def test_content_can_stay_packed_and_is_verified_all_the_same(session: Session) -> None:
    frames = signed(*PARTS[:3], b'{"a":1}')
    assert session.deserialize(frames, content=False)["content"] == b'{"a":1}'
    # That was a look only: the message itself is no replay.
    assert session.deserialize(frames)["content"] == {"a": 1}
    with pytest.raises(ReplayedMessage):
        session.deserialize(frames, content=False)
    with pytest.raises(BadSignature):
        session.deserialize([b"f" * 64, *frames[1:]], content=False)


# --- the replay history -------------------------------------------------------------------


def numbered(number: int) -> list[bytes]:
    return signed(*PARTS[:3], b'{"n":%d}' % number)


def test_a_message_is_taken_once(session: Session) -> None:
    session.deserialize(numbered(1))
    with pytest.raises(ReplayedMessage, match="Duplicate Signature"):
        session.deserialize(numbered(1))
    assert numbered(1)[0] in session.digest_history
    assert len(session.digest_history) == 1


def test_a_forged_message_does_not_get_into_the_history(session: Session) -> None:
    """A peer without the key could otherwise fill it, and push real signatures out."""
    right = numbered(1)
    with pytest.raises(BadSignature):
        session.deserialize([right[0], *numbered(2)[1:]])
    assert len(session.digest_history) == 0
    assert session.deserialize(right)["content"] == {"n": 1}


def test_a_full_history_forgets_the_oldest_tenth() -> None:
    session = Session(key=KEY, digest_history_size=50)
    for number in range(51):
        session.deserialize(numbered(number))
    assert len(session.digest_history) == 46
    assert session.deserialize(numbered(4))  # forgotten: the price of a bound
    with pytest.raises(ReplayedMessage):
        session.deserialize(numbered(5))


def test_the_size_of_the_history_can_be_changed(session: Session) -> None:
    for number in range(20):
        session.deserialize(numbered(number))
    session.digest_history_size = 10
    session.deserialize(numbered(20))
    assert len(session.digest_history) == 10
    session.digest_history_size = 0
    session.deserialize(numbered(20))
    assert len(session.digest_history) == 0


def test_an_unsigned_session_takes_anything_and_remembers_nothing() -> None:
    session = Session(key=b"")
    for _ in range(2):
        assert session.deserialize([b"", *PARTS])["msg_id"] == "1"
        assert session.deserialize([b"whatever", *PARTS])["msg_id"] == "1"
    assert len(session.digest_history) == 0


def test_the_history_is_a_set_to_those_who_use_it_as_one(session: Session) -> None:
    history = session.digest_history
    history.add("text")
    history.update([b"a", b"b"])
    assert "text" in history
    assert history == {"text", b"a", b"b"}
    assert history != {b"a"}
    assert history == DigestHistory([b"b", b"a", "text"])
    session.digest_history = {b"c"}
    assert isinstance(session.digest_history, DigestHistory)
    assert session.digest_history == {b"c"}
    session.digest_history.clear()
    assert not session.digest_history
    with pytest.raises(TraitError, match="a set of signatures"):
        session.digest_history = [b"c"]


@pytest.mark.parametrize("duplicate", [Session.clone, copy.copy], ids=["clone", "copy"])
def test_a_clone_has_a_history_of_its_own(session: Session, duplicate: Any) -> None:
    session.deserialize(numbered(1))
    clone = duplicate(session)
    assert type(clone) is Session
    assert (clone.key, clone.session) == (session.key, session.session)
    assert clone.digest_history == session.digest_history
    session.deserialize(numbered(2))
    clone.deserialize(numbered(2))
    with pytest.raises(ReplayedMessage):
        clone.deserialize(numbered(1))


# --- processes and threads ----------------------------------------------------------------


def test_a_forked_child_sends_nothing(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def child() -> None:
        sent = session.send(None, "status")
        session.check_pid = False
        free = session.send(None, "status")
        sender.send((sent, free is not None and free["msg_id"], os.getpid()))

    process = context.Process(target=child)
    process.start()
    sent, msg_id, pid = receiver.recv()
    process.join()
    assert sent is None
    assert msg_id == f"{session.session}_{pid}_1"
    assert session.send(None, "status") is not None


def test_one_session_verifies_in_many_threads(session: Session) -> None:
    messages = [numbered(number) for number in range(4_000)]
    taken: list[int] = []

    def read() -> None:
        fresh = 0
        for frames in messages:
            try:
                session.deserialize(frames)
                fresh += 1
            except ReplayedMessage:
                pass
        taken.append(fresh)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == len(messages)  # each by one of the threads


def test_a_new_session_has_its_history_before_threads_use_it() -> None:
    """Made when it was first asked for, it was made once by each of several threads."""
    session = Session(key=KEY)
    assert "digest_history" in session._trait_values
    assert session.digest_history is not Session(key=KEY).digest_history


def test_debug_prints_what_goes_out_and_comes_in(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.debug = True
    session.send(None, "status", {"execution_state": "idle"})
    assert "'execution_state': 'idle'" in capsys.readouterr().out
    session.deserialize(signed(*PARTS))
    assert "'msg_type': 'status'" in capsys.readouterr().out


def test_a_session_without_a_key_warns(caplog: pytest.LogCaptureFixture) -> None:
    Session(key=b"")
    assert "signing is disabled" in caplog.text
