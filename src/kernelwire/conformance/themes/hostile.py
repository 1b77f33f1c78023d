"""What no client should send: the kernel must live, and answer the next request."""

from __future__ import annotations

import json
from typing import Any

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.peer import Peer
from kernelwire.conformance.rows import Level, Theme, practice, want

__all__ = ["THEME"]

THEME = Theme("hostile", "Malformed and hostile messages")

_SESSION = practice(
    "jupyter_client's Session",
    "https://jupyter-client.readthedocs.io/en/stable/api/jupyter_client.html",
)
_DELIMITER = b"<IDS|MSG>"
_DEEP = 100_000
_ODD: tuple[Any, ...] = (None, 1, True, [], {}, "", "\x00")
_ODD_NUMBERS: tuple[Any, ...] = (None, -1, 1e308, [], {"a": 1})


def _send_signed(peer: Peer, channel: str, parts: list[bytes]) -> None:
    """Send parts that are signed rightly, whatever they are."""
    peer.send_frames(channel, [_DELIMITER, peer.session.sign(parts), *parts])


def _parts(peer: Peer, msg_type: str, content: bytes) -> list[bytes]:
    header = json.dumps({**peer.session.msg_header(msg_type), "date": "2026-01-01"})
    return [header.encode(), b"{}", b"{}", content]


def _see_both_answer(kernel: Kernel) -> None:
    kernel.peer.fence("shell")
    kernel.peer.fence("control")


@THEME.row("frames", _SESSION, Level.EXTENSION)
def frames(kernel: Kernel) -> None:
    """Messages without a delimiter, with too few frames, or with none that is not empty
    are ignored, on shell, control and stdin.
    """
    odd: list[list[bytes]] = [
        [b""],
        [b"hello"],
        [_DELIMITER],
        [_DELIMITER, b""],
        [_DELIMITER, b"0" * 64, b"{}"],
        [_DELIMITER, b"0" * 64, b"{}", b"{}", b"{}"],
        [b""] * 5,
        [b"x"] * 1000,
        [b"\xff" * 100_000],
    ]
    for channel in ("shell", "control", "stdin"):
        for message in odd:
            kernel.peer.send_frames(channel, message)
    _see_both_answer(kernel)


@THEME.row("not-json", _SESSION, Level.EXTENSION)
def not_json(kernel: Kernel) -> None:
    """Signed messages whose parts are not JSON, or not objects, are ignored or get an
    error.
    """
    peer = kernel.peer
    for part in (b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe", b"NaN"):
        good = _parts(peer, "execute_request", b'{"code": ""}')
        for place in range(4):
            spoilt = [*good[:place], part, *good[place + 1 :]]
            for channel in ("shell", "control"):
                _send_signed(peer, channel, spoilt)
    _see_both_answer(kernel)


@THEME.row("deep", _SESSION, Level.EXTENSION)
def deep(kernel: Kernel) -> None:
    """Content nested a hundred thousand deep is ignored or gets an error."""
    peer = kernel.peer
    nested = b'{"code": ' + b"[" * _DEEP + b"]" * _DEEP + b"}"
    for channel in ("shell", "control"):
        _send_signed(peer, channel, _parts(peer, "execute_request", nested))
    _see_both_answer(kernel)


@THEME.row("header-types", _SESSION, Level.EXTENSION)
def header_types(kernel: Kernel) -> None:
    """Header fields of wrong types are ignored, or tolerated."""
    for name in ("msg_id", "session", "username", "date", "version", "subshell_id"):
        for value in _ODD:
            for channel in ("shell", "control"):
                message = kernel.peer.session.msg("kernel_info_request")
                message["header"][name] = value
                wire = kernel.peer.session.serialize(message)
                kernel.peer.send_frames(channel, wire)
    for value in _ODD:
        message = kernel.peer.session.msg("kernel_info_request")
        message["header"]["msg_type"] = value
        kernel.peer.send_frames("shell", kernel.peer.session.serialize(message))
    _see_both_answer(kernel)


_CONTENTS: dict[str, tuple[str, ...]] = {
    "execute_request": ("code", "silent", "user_expressions", "allow_stdin"),
    "complete_request": ("code", "cursor_pos"),
    "inspect_request": ("code", "cursor_pos", "detail_level"),
    "is_complete_request": ("code",),
    "history_request": ("hist_access_type", "n", "pattern", "session"),
    "comm_info_request": ("target_name",),
    "comm_open": ("comm_id", "target_name", "data"),
    "comm_msg": ("comm_id", "data"),
    "comm_close": ("comm_id", "data"),
}


@THEME.row("content-types", _SESSION, Level.EXTENSION)
def content_types(kernel: Kernel) -> None:
    """Content of wrong types, or without its fields, does no harm; where the kernel
    says busy, it also says idle.
    """
    sent = []
    for msg_type, names in _CONTENTS.items():
        sent.append(kernel.peer.send("shell", msg_type, {}))
        for name in names:
            for value in _ODD_NUMBERS:
                content = {"code": "", "cursor_pos": 0, name: value}
                sent.append(kernel.peer.send("shell", msg_type, content))
    _see_both_answer(kernel)
    for exchange in sent:
        states, name = exchange.states, exchange.request.msg_type
        want(states in ([], ["busy", "idle"]), f"{states} for {name}", "busy and idle")


@THEME.row("cursor", _SESSION, Level.EXTENSION)
def cursor(kernel: Kernel) -> None:
    """Cursor positions outside of the code do no harm."""
    for msg_type in ("complete_request", "inspect_request"):
        for position in (-1, 1, 1_000_000, 2**31, 2**63):
            content = {"code": "", "cursor_pos": position, "detail_level": 0}
            kernel.peer.send("shell", msg_type, content)
    _see_both_answer(kernel)


@THEME.row("large", _SESSION, Level.EXTENSION)
def large(kernel: Kernel) -> None:
    """A message of 20 MB of metadata and buffers is answered like any other."""
    kernel.peer.send(
        "shell",
        "kernel_info_request",
        metadata={"text": "x" * 10_000_000},
        buffers=[bytes(10_000_000)],
    ).ok()
