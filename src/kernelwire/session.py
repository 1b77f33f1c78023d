"""A drop-in for ``jupyter_client.session``: all of its names, and a faster Session.

Layer 4. Depends on: `_session`, which has the methods, `_history`. `switch` puts it in
upstream's place in a process. Everything that is not on a message's way is upstream's own.

Source: Messaging in Jupyter, "The wire protocol"; jupyter_client 8.10, session.py.
"""

from __future__ import annotations

import hashlib
from typing import Any, Self

import jupyter_client.session as upstream
import traitlets
from jupyter_client.session import (
    DELIM,
    DONE,
    MAX_BYTES,
    MAX_ITEMS,
    PICKLE_PROTOCOL,
    Message,
    SessionFactory,
    default_secure,
    extract_header,
    has_msgpack,
    has_orjson,
    json_packer,
    json_unpacker,
    msg_header,
    new_id,
    new_id_bytes,
    orjson_packer,
    orjson_unpacker,
    pickle_packer,
    pickle_unpacker,
    session_aliases,
    session_flags,
    squash_unicode,
    utc,
    utcnow,
)

from kernelwire._history import DigestHistory
from kernelwire._session import SessionCore
from kernelwire._signing import KeySigner

if has_msgpack:
    from jupyter_client.session import msgpack_packer, msgpack_unpacker  # noqa: F401

__all__ = [
    "DELIM",
    "DONE",
    "MAX_BYTES",
    "MAX_ITEMS",
    "PICKLE_PROTOCOL",
    "DigestHistory",
    "Message",
    "Session",
    "SessionFactory",
    "default_secure",
    "extract_header",
    "has_msgpack",
    "has_orjson",
    "json_packer",
    "json_unpacker",
    "msg_header",
    "new_id",
    "new_id_bytes",
    "orjson_packer",
    "orjson_unpacker",
    "pickle_packer",
    "pickle_unpacker",
    "session_aliases",
    "session_flags",
    "squash_unicode",
    "utc",
    "utcnow",
]


class History(traitlets.TraitType[DigestHistory, Any]):
    """A trait for a `DigestHistory`. A set of signatures is taken, and copied into one."""

    info_text = "a set of signatures"

    def make_dynamic_default(self) -> DigestHistory:
        return DigestHistory()

    def validate(self, obj: Any, value: Any) -> DigestHistory:
        if isinstance(value, DigestHistory):
            return value
        if not isinstance(value, set | frozenset):
            self.error(obj, value)
        return DigestHistory(value)


class Session(upstream.Session, SessionCore):
    """Makes, signs, sends, receives and verifies messages, as upstream's Session does.

    It has all of upstream's traits and methods, and is one of upstream's Sessions. What
    is different: received buffers are read-only, and the large ones are views of libzmq's
    memory; `digest_history` is a `DigestHistory`; errors are a `ProtocolError` besides
    what upstream raises; a signature is remembered only after it was found right.

    Threads may share a session, but not a socket. A forked child sends nothing.
    """

    digest_history = History()  # type: ignore[assignment]

    # What the core does in upstream's place. Upstream's classes come first in the order of
    # methods, because traitlets makes instances in a way of its own.
    message_count = SessionCore.message_count
    msg_id = SessionCore.msg_id
    msg_header = SessionCore.msg_header
    msg = SessionCore.msg
    sign = SessionCore.sign
    serialize = SessionCore.serialize
    send = SessionCore.send
    send_raw = SessionCore.send_raw
    recv = SessionCore.recv
    feed_identities = SessionCore.feed_identities
    deserialize = SessionCore.deserialize

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.digest_history  # noqa: B018 - made now, or threads would each make one

    def _new_auth(self) -> None:
        """Sign with the key, the digest and so the HMAC that are set now."""
        super()._new_auth()
        if self.auth is not None and self.digest_mod is hashlib.sha256:
            self._adopt(KeySigner(self.auth, self.key))

    def _add_digest(self, signature: bytes) -> None:
        """Remember a signature; when there are too many, the oldest are forgotten."""
        self._cull_digest_history()
        self.digest_history.add(signature)

    def _cull_digest_history(self) -> None:
        """Forget what is too much for a `digest_history_size` that was changed."""
        self.digest_history.resize(max(self.digest_history_size, 0))

    def clone(self) -> Self:
        """Copy this session, with a history of its own.

        A client of several connections to one kernel wants one for each: the same
        message comes in over all of them.
        """
        copy = type(self)()
        for name in self.traits():
            setattr(copy, name, getattr(self, name))
        copy.digest_history = self.digest_history.copy()
        copy.message_count = self.message_count
        return copy

    __copy__ = clone
