"""The wire protocol: headers, signatures, and what must be ignored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.rows import Failure, Level, Theme, practice, spec, want

__all__ = ["THEME"]

THEME = Theme("wire", "The wire protocol")

_WIRE = spec("The Wire Protocol", "the-wire-protocol")
_FORMAT = spec("General Message Format", "general-message-format")
_HEADER = spec("Message Header", "message-header")
_COMPATIBILITY = spec("Compatibility", "compatibility")
_SESSION = practice(
    "jupyter_client's Session",
    "https://jupyter-client.readthedocs.io/en/stable/api/jupyter_client.html",
)
_SIGNATURE = 1  # its place in the frames, behind the delimiter


@THEME.row("signed", _WIRE, needs="print")
def signed(kernel: Kernel) -> None:
    """Every message of the kernel carries the delimiter and a signature that is right
    for the connection's key.
    """
    # The peer verifies what it receives, and a message that is refused fails the row.
    kernel.run("print")
    kernel.peer.fence("control")


@THEME.row("parts", _FORMAT, needs="print")
def parts(kernel: Kernel) -> None:
    """The four parts of every message of the kernel are objects; a message without a
    parent has an empty one.
    """
    kernel.run("print")
    kernel.peer.fence("control")
    kernel.restart()
    kernel.peer.ready()
    for message in kernel.peer.seen:
        flaws = ", ".join(message.flaws)
        want(not flaws, f"{flaws} in {message.msg_type}", "an object")


@THEME.row("header", _HEADER, needs="print")
def header(kernel: Kernel) -> None:
    """Headers of the kernel have msg_id, session, username, msg_type, date and version,
    all strings; the version is 5.x, and the date is of ISO 8601.
    """
    kernel.run("print")
    for message in kernel.peer.seen:
        if message.incoming:
            _want_header(message.msg_type, message.header)


def _want_header(msg_type: str, found: dict[str, object]) -> None:
    for name in ("msg_id", "session", "username", "msg_type", "date", "version"):
        value = found.get(name)
        shown = f"header.{name} = {value!r} in {msg_type}"
        want(isinstance(value, str), shown, "a string")
    version, date = str(found["version"]), str(found["date"])
    want(version.startswith("5."), f"version {version!r} in {msg_type}", "5.x")
    try:
        datetime.fromisoformat(date)
    except ValueError:
        msg = f"found date {date!r} in {msg_type}, wanted one of ISO 8601"
        raise Failure(msg) from None


@THEME.row("message-ids", _HEADER, needs="print")
def message_ids(kernel: Kernel) -> None:
    """The ids of the kernel's messages are unique."""
    for _ in range(3):
        kernel.run("print")
    ids = [message.msg_id for message in kernel.peer.seen if message.incoming]
    again = len(ids) - len(set(ids))
    want(not again, f"{again} of {len(ids)} messages with an id seen before", "none")


@THEME.row("session", _HEADER, Level.OPTIONAL, needs="print")
def session(kernel: Kernel) -> None:
    """All messages of a kernel process carry one session id, and not the client's."""
    kernel.run("print")
    kernel.peer.fence("control")
    found = {
        str(message.header.get("session"))
        for message in kernel.peer.seen
        if message.incoming
    }
    want(len(found) == 1, f"{len(found)} session ids", "one")
    want(kernel.peer.session.session not in found, "the client's id", "one of its own")


@THEME.row("topic", _WIRE, Level.OPTIONAL, needs="print")
def topic(kernel: Kernel) -> None:
    """Messages on iopub have one frame, the topic, before the delimiter."""
    exchange = kernel.run("print")
    for message in exchange.published:
        count = len(message.identities)
        want(count == 1, f"{count} frames before {message.msg_type}", "one")


@THEME.row("extra-fields", _COMPATIBILITY, needs="print")
def extra_fields(kernel: Kernel) -> None:
    """A request with fields that nobody knows, and with buffers, is handled as usual."""
    content = {"code": kernel.code("print"), "conformance": {"unknown": [1]}}
    exchange = kernel.peer.send(
        "shell",
        "execute_request",
        content,
        metadata={"cellId": "conformance", "unknown": None},
        buffers=[b"\x00", b""],
        header={"unknown": 1},
    )
    exchange.ok().wait_for_text("conformance")


@THEME.row("versions", spec("Versioning", "versioning"), Level.OPTIONAL)
def versions(kernel: Kernel) -> None:
    """Requests of any minor version of 5 are answered."""
    for version in ("5.0", "5.3", "5.5", "5.99"):
        kernel.peer.fence(header={"version": version})


def _ignored(kernel: Kernel, spoil: Callable[[list[bytes]], list[bytes]]) -> None:
    """Send an execute_request whose frames were changed; it must come to nothing."""
    peer = kernel.peer
    content = {"code": kernel.code("print"), "silent": False}
    message = peer.session.msg("execute_request", content)
    peer.send_frames("shell", spoil(peer.session.serialize(message)))
    peer.fence()
    mine = message["header"]["msg_id"]
    came = [seen.msg_type for seen in peer.seen if seen.parent_id == mine]
    want(not came, f"{', '.join(came)} for it", "nothing")


def _replace(place: int, frame: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda frames: [*frames[:place], frame, *frames[place + 1 :]]


@THEME.row("wrong-signature", _WIRE, needs="print")
def wrong_signature(kernel: Kernel) -> None:
    """A request signed with another key is ignored."""
    _ignored(kernel, _replace(_SIGNATURE, b"0" * 64))


@THEME.row("no-signature", _WIRE, needs="print")
def no_signature(kernel: Kernel) -> None:
    """A request without a signature is ignored, where the connection has a key."""
    _ignored(kernel, _replace(_SIGNATURE, b""))


@THEME.row("short-signature", _WIRE, needs="print")
def short_signature(kernel: Kernel) -> None:
    """A request with the first digits of the right signature is ignored."""

    def cut(frames: list[bytes]) -> list[bytes]:
        return _replace(_SIGNATURE, frames[_SIGNATURE][:8])(frames)

    _ignored(kernel, cut)


@THEME.row("changed", _WIRE, needs="print")
def changed(kernel: Kernel) -> None:
    """A request whose content was changed after it was signed is ignored."""

    def change(frames: list[bytes]) -> list[bytes]:
        return [*frames[:-1], frames[-1].replace(b'"silent"', b'"Silent"')]

    _ignored(kernel, change)


@THEME.row("replay", _SESSION, Level.EXTENSION, needs="print")
def replay(kernel: Kernel) -> None:
    """A request that is sent again, to the byte, is not executed again."""
    peer = kernel.peer
    content = {"code": kernel.code("print"), "silent": False}
    message = peer.session.msg("execute_request", content)
    frames = peer.session.serialize(message)
    peer.send_frames("shell", frames)
    peer.send_frames("shell", frames)
    peer.fence()
    mine = message["header"]["msg_id"]
    replies = [
        seen
        for seen in peer.seen
        if seen.parent_id == mine and seen.channel == "shell" and seen.incoming
    ]
    want(len(replies) == 1, f"{len(replies)} replies", "one")
