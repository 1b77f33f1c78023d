"""Comms: opened by either side, with data and buffers both ways."""

from __future__ import annotations

import uuid
from typing import Any

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Exchange, one_field
from kernelwire.conformance.peer import Peer
from kernelwire.conformance.rows import Level, Theme, spec, want

__all__ = ["THEME", "close_comm", "open_echo", "send_comm"]

THEME = Theme("comms", "Comms")

_INFO = spec("Comm info", "comm-info")
_OPENING = spec("Opening a Comm", "opening-a-comm")
_MESSAGES = spec("Comm Messages", "comm-messages")
_CLOSING = spec("Tearing Down Comms", "tearing-down-comms")
_EFFECTS = spec("Output Side Effects", "output-side-effects")

_BUFFERS = [b"", b"\x00\x01\xff", bytes(range(256)) * 400]


def open_echo(kernel: Kernel, peer: Peer, header: dict[str, Any] | None = None) -> str:
    """Open a comm whose other end sends back what it gets; returns its id."""
    kernel.peer.execute(kernel.code("comm_target")).ok()
    comm_id = uuid.uuid4().hex
    content = {"comm_id": comm_id, "target_name": "conformance.echo", "data": {}}
    opened = peer.send("shell", "comm_open", content, header=header).wait_for_idle()
    refused = [seen.msg_type for seen in opened.outputs]
    want("comm_close" not in refused, "comm_close for a known target", "an open comm")
    return comm_id


def send_comm(peer: Peer, comm_id: str, data: dict[str, Any], **extra: Any) -> Exchange:
    """Send a message over a comm, and wait until the kernel is done with it."""
    content = {"comm_id": comm_id, "data": data}
    return peer.send("shell", "comm_msg", content, **extra).wait_for_idle()


def close_comm(peer: Peer, comm_id: str) -> Exchange:
    """Close a comm from the frontend's side."""
    content = {"comm_id": comm_id, "data": {}}
    return peer.send("shell", "comm_close", content).wait_for_idle()


def _known(peer: Peer, **content: str) -> dict[str, Any]:
    """What comm_info says about open comms."""
    reply = peer.ask("comm_info_request", content).reply
    comms: dict[str, Any] = one_field(reply, "comms", dict)
    return comms


@THEME.row("info", _INFO, Level.OPTIONAL)
def info(kernel: Kernel) -> None:
    """comm_info_reply has status ok, and comms: an object whose members each have a
    target_name.
    """
    reply = kernel.peer.ask("comm_info_request").ok().reply
    for comm_id, comm in one_field(reply, "comms", dict).items():
        name = comm.get("target_name") if isinstance(comm, dict) else None
        want(isinstance(name, str), f"comm {comm_id}: {comm!r}", "a target_name")


@THEME.row("unknown-target", _OPENING, Level.OPTIONAL)
def unknown_target(kernel: Kernel) -> None:
    """A comm_open for a target that the kernel does not know gets a comm_close."""
    kernel.peer.ask("comm_info_request")  # or it has no comms at all
    comm_id = uuid.uuid4().hex
    content = {"comm_id": comm_id, "target_name": "conformance.unknown", "data": {}}
    opened = kernel.peer.send("shell", "comm_open", content)
    kernel.peer.fence()
    closed = opened.one("comm_close").content.get("comm_id")
    want(closed == comm_id, f"comm_close for {closed!r}", f"{comm_id!r}")


@THEME.row("unknown-comm", _MESSAGES)
def unknown_comm(kernel: Kernel) -> None:
    """A comm_msg and a comm_close for a comm that does not exist do no harm."""
    content = {"comm_id": uuid.uuid4().hex, "data": {}}
    kernel.peer.send("shell", "comm_msg", content)
    kernel.peer.send("shell", "comm_close", content)
    kernel.peer.fence()


@THEME.row("status", _EFFECTS, Level.OPTIONAL, needs="comm_target")
def status(kernel: Kernel) -> None:
    """Comm messages have one busy and one idle each, and no reply."""
    comm_id = open_echo(kernel, kernel.peer)
    exchange = send_comm(kernel.peer, comm_id, {})
    close_comm(kernel.peer, comm_id)
    kernel.peer.fence()
    want(exchange.states == ["busy", "idle"], exchange.states, "busy and idle")
    want(not exchange.replies, "a reply", "none")


@THEME.row("echo", _MESSAGES, Level.OPTIONAL, needs="comm_target")
def echo(kernel: Kernel) -> None:
    """Data that is sent to a comm reaches the kernel's end; what that sends comes on
    iopub, with the comm's id, and the comm_msg as its parent.
    """
    comm_id = open_echo(kernel, kernel.peer)
    data = {"text": "\U0001f40d", "list": [1, 2.5, None, True], "object": {"a": {}}}
    message = send_comm(kernel.peer, comm_id, data).one("comm_msg")
    close_comm(kernel.peer, comm_id)
    want(message.content.get("comm_id") == comm_id, message.content, comm_id)
    found = message.content.get("data")
    want(found == data, f"data {found!r}", f"{data!r}")


@THEME.row("buffers", _MESSAGES, Level.OPTIONAL, needs="comm_target")
def buffers(kernel: Kernel) -> None:
    """Buffers go both ways as they are: empty ones, zero bytes, 100 kB."""
    comm_id = open_echo(kernel, kernel.peer)
    exchange = send_comm(kernel.peer, comm_id, {}, buffers=_BUFFERS)
    close_comm(kernel.peer, comm_id)
    found = list(exchange.one("comm_msg").buffers)
    sizes = [len(buffer) for buffer in found]
    wanted = [len(buffer) for buffer in _BUFFERS]
    want(sizes == wanted, f"buffers of {sizes} bytes", f"{wanted}")
    want(found == _BUFFERS, "other bytes", "the same")


@THEME.row("listed", _INFO, Level.OPTIONAL, needs="comm_target")
def listed(kernel: Kernel) -> None:
    """An open comm is in comm_info, with its target; after comm_close it is not."""
    comm_id = open_echo(kernel, kernel.peer)
    during = _known(kernel.peer)
    close_comm(kernel.peer, comm_id)
    after = _known(kernel.peer)
    found = during.get(comm_id)
    want(found == {"target_name": "conformance.echo"}, found, "its target_name")
    want(comm_id not in after, "it after comm_close", "it no more")


@THEME.row("filter", _INFO, Level.OPTIONAL, needs="comm_target")
def filter_(kernel: Kernel) -> None:
    """comm_info with a target_name has the comms of that target, and no others."""
    comm_id = open_echo(kernel, kernel.peer)
    mine = _known(kernel.peer, target_name="conformance.echo")
    others = _known(kernel.peer, target_name="conformance.unknown")
    close_comm(kernel.peer, comm_id)
    want(comm_id in mine, f"{len(mine)} comms without it", "the comm of the target")
    want(others == {}, f"{len(others)} comms for an unknown target", "none")


@THEME.row("from-kernel", _OPENING, Level.OPTIONAL, needs="comm_open")
def from_kernel(kernel: Kernel) -> None:
    """A comm that the kernel opens comes as comm_open on iopub, with an id, the target,
    data and buffers.
    """
    exchange = kernel.peer.execute(kernel.code("comm_open")).ok()
    opened = exchange.one("comm_open")
    close_comm(kernel.peer, one_field(opened, "comm_id", str))
    target = one_field(opened, "target_name", str)
    want(target == "conformance", f"target {target!r}", "'conformance'")
    data = one_field(opened, "data", dict)
    want(data == {"answer": 42}, f"data {data}", "{'answer': 42}")
    want(list(opened.buffers) == [b"\x00\x01\xff"], opened.buffers, "00 01 ff")


@THEME.row("close", _CLOSING, Level.OPTIONAL, needs="comm_target")
def close(kernel: Kernel) -> None:
    """After comm_close the kernel's end does not answer any more."""
    comm_id = open_echo(kernel, kernel.peer)
    close_comm(kernel.peer, comm_id)
    content = {"comm_id": comm_id, "data": {}}
    late = kernel.peer.send("shell", "comm_msg", content)
    kernel.peer.fence()
    found = [seen.msg_type for seen in late.outputs]
    want("comm_msg" not in found, ", ".join(found), "no comm_msg")
