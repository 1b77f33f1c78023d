"""Subscribing to iopub: the welcome message of JEP 65."""

from __future__ import annotations

import zmq

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Message, one_field
from kernelwire.conformance.rows import (
    Failure,
    Level,
    NotOffered,
    Theme,
    jep,
    practice,
    want,
)

__all__ = ["THEME"]

THEME = Theme("welcome", "Subscribing to iopub")

_HEARD = 1.0  # seconds; a welcome is sent at once
_ATTEMPTS = 3
_XPUB = practice("XPUB sockets", "https://rfc.zeromq.org/spec/29/")


def _welcomes(kernel: Kernel, topic: bytes) -> list[Message]:
    """The welcome messages that a new client with one subscription gets."""
    peer = kernel.unready_peer(topic)

    def found() -> list[Message]:
        return [seen for seen in peer.seen if seen.msg_type == "iopub_welcome"]

    peer.listen(_HEARD, until=found)
    return found()


def _welcome(kernel: Kernel, topic: str) -> Message:
    """That of a client with a topic which no other client has subscribed to.

    Raises:
        NotOffered: there is none.
    """
    kernel.peer.fence()
    found = _welcomes(kernel, topic.encode())
    if not found:
        msg = f"no iopub_welcome within {_HEARD:g} s of subscribing to a topic"
        raise NotOffered(msg)
    return found[0]


@THEME.row("topic", jep(65), Level.OPTIONAL)
def topic(kernel: Kernel) -> None:
    """A client that subscribes to a topic gets an iopub_welcome with it, sent under
    that topic.
    """
    try:
        found = _welcome(kernel, "welcome.topic")
    except NotOffered as exc:
        # Not where a client that subscribes to everything gets one.
        if any(seen.msg_type == "iopub_welcome" for seen in kernel.peer.seen):
            raise Failure(str(exc)) from exc
        raise
    subscription = one_field(found, "subscription", str)
    want(subscription == "welcome.topic", f"subscription {subscription!r}", "the topic")


@THEME.row("no-parent", jep(65), Level.OPTIONAL)
def no_parent(kernel: Kernel) -> None:
    """iopub_welcome has no parent header."""
    # After a request, so that a kernel that keeps its last parent would show.
    found = _welcome(kernel, "welcome.no-parent").parent
    want(found == {}, f"parent header {found}", "an empty one")


@THEME.row("all", jep(65), Level.OPTIONAL, fresh=True)
def everything(kernel: Kernel) -> None:
    """A client that subscribes to everything, as the only one that does so, gets an
    iopub_welcome whose subscription is the empty string.
    """
    for _ in range(_ATTEMPTS):
        # That an earlier client has gone may reach the kernel later than this one.
        if found := _welcomes(kernel, b""):
            break
        kernel.end()
    if not found:
        msg = f"no iopub_welcome within {_HEARD:g} s of subscribing to everything"
        raise NotOffered(msg)
    subscription = one_field(found[0], "subscription", str)
    want(subscription == "", f"subscription {subscription!r}", "an empty one")


@THEME.row("second-client", jep(65), Level.OPTIONAL)
def second_client(kernel: Kernel) -> None:
    """A client gets an iopub_welcome also where another has subscribed to the same."""
    _welcome(kernel, "welcome.second")
    found = _welcomes(kernel, b"welcome.second")
    want(found, "no iopub_welcome for the second client", "one")


@THEME.row("not-utf8", jep(65), Level.OPTIONAL)
def not_utf8(kernel: Kernel) -> None:
    """A subscription that is not UTF-8 gets no welcome, and does no harm."""
    _welcome(kernel, "welcome.not-utf8")
    found = _welcomes(kernel, b"\xff\xfe")
    want(not found, "an iopub_welcome for the bytes ff fe", "none")


@THEME.row("messages-to-iopub", _XPUB, Level.EXTENSION)
def messages_to_iopub(kernel: Kernel) -> None:
    """Messages that a client sends to iopub, instead of subscriptions, are ignored."""
    kernel.peer.fence()
    intruder = kernel.unready_peer(b"", zmq.XSUB)
    for frames in ([b""], [b"\x02"], [b"\x00never"], [b"hello", b"\x01"]):
        intruder.send_frames("iopub", frames)
    intruder.ready()
