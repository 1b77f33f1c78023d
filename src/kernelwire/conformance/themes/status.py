"""busy, idle and starting: what a kernel says of itself while it works."""

from __future__ import annotations

from functools import partial

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Exchange, Json
from kernelwire.conformance.rows import Level, NotTested, Theme, jep, spec, want

__all__ = ["THEME"]

THEME = Theme("status", "Status and replies")

_STATUS = spec("Kernel status", "kernel-status")
_PATTERN = spec("Request-Reply", "request-reply")
_COMPATIBILITY = spec("Compatibility", "compatibility")
_PARENT = spec("Parent header", "parent-header")

_STARTS = 20
"""The fastest kernels have said it before a client can have subscribed, nearly always."""
_OTHERS: dict[str, Json] = {
    "complete_request": {"code": "a", "cursor_pos": 1},
    "inspect_request": {"code": "a", "cursor_pos": 1, "detail_level": 0},
    "is_complete_request": {"code": "a"},
    "history_request": {
        "hist_access_type": "tail",
        "n": 1,
        "raw": True,
        "output": False,
    },
    "comm_info_request": {},
}


def _is_idle(exchange: Exchange) -> bool:
    return "idle" in exchange.states


def _want_one_pair(exchange: Exchange) -> None:
    """Whatever comes of the request must stand between one busy and one idle."""
    name, states = exchange.request.msg_type, exchange.states
    want(states == ["busy", "idle"], f"{states} for {name}", "busy and idle, once each")
    kinds = [message.msg_type for message in exchange.published]
    ends = (exchange.published[0].state, exchange.published[-1].state)
    want(ends == ("busy", "idle"), f"{kinds} for {name}", "busy first and idle last")


@THEME.row("kernel-info", _STATUS)
def kernel_info(kernel: Kernel) -> None:
    """kernel_info_request on shell is surrounded by one busy and one idle."""
    exchange = kernel.peer.send("shell", "kernel_info_request").finish()
    kernel.peer.fence()
    _want_one_pair(exchange)


@THEME.row("execute", _STATUS, needs="print")
def execute(kernel: Kernel) -> None:
    """execute_request is surrounded by one busy and one idle, and all it publishes
    stands between them.
    """
    exchange = kernel.run("print")
    kernel.peer.fence()
    _want_one_pair(exchange)


@THEME.row("error", _STATUS, needs="error")
def error(kernel: Kernel) -> None:
    """An execute_request that ends with an error has one busy and one idle, too."""
    exchange = kernel.run("error")
    kernel.peer.fence()
    _want_one_pair(exchange)


@THEME.row("shell", _STATUS)
def shell(kernel: Kernel) -> None:
    """Every other request on shell that gets a reply has one busy and one idle:
    complete, inspect, is_complete, history and comm_info.
    """
    sent = [kernel.peer.send("shell", *request) for request in _OTHERS.items()]
    kernel.peer.fence()
    for exchange in sent:
        if exchange.replies:
            exchange.finish()
    kernel.peer.fence()
    for exchange in sent:
        if exchange.replies:
            _want_one_pair(exchange)


@THEME.row("control", jep(80), Level.OPTIONAL)
def control(kernel: Kernel) -> None:
    """kernel_info_request on control is surrounded by one busy and one idle."""
    exchange = kernel.peer.ask("kernel_info_request", channel="control")
    kernel.peer.fence("control")
    _want_one_pair(exchange)


@THEME.row("replies", _PATTERN, needs="print")
def replies(kernel: Kernel) -> None:
    """Each request gets exactly one reply, on the channel on which it came."""
    sent = [
        kernel.peer.send("shell", "kernel_info_request"),
        kernel.peer.execute(kernel.code("print")),
        *(kernel.peer.send("shell", *request) for request in _OTHERS.items()),
    ]
    kernel.peer.fence()
    kernel.peer.fence()
    for exchange in sent:
        name, count = exchange.request.msg_type, len(exchange.replies)
        # All but the first two may be left out.
        allowed = (1,) if exchange in sent[:2] else (0, 1)
        want(count in allowed, f"{count} replies to {name}", "one")
        where = {message.channel for message in exchange.replies}
        want(where <= {"shell"}, f"the reply to {name} on {where}", "shell")


@THEME.row("parents", _PARENT, needs="print")
def parents(kernel: Kernel) -> None:
    """The parent header of a reply, of status and of outputs is a copy of the
    request's header, with all its fields.
    """
    # The date has a form of its own in each library, and means the same.
    exchange = kernel.peer.execute(kernel.code("print"), header={"extra": "kept"})
    exchange.finish()
    wanted = {k: v for k, v in exchange.request.header.items() if k != "date"}
    for message in [*exchange.replies, *exchange.published]:
        found = {k: v for k, v in message.parent.items() if k != "date"}
        lacking = sorted(k for k in wanted if found.get(k) != wanted[k])
        what = f"the parent of {message.msg_type} without {', '.join(lacking)}"
        want(not lacking, what, "a copy of the request's header")


@THEME.row("order", spec("Request-Reply", "request-reply"), needs="print")
def order(kernel: Kernel) -> None:
    """Requests of one client on shell are handled in the order in which they came."""
    sent = [kernel.peer.execute(kernel.code("print")) for _ in range(20)]
    for exchange in sent:
        exchange.finish()
    ids = [exchange.request.msg_id for exchange in sent]
    replied = [
        message.parent_id
        for message in kernel.peer.seen
        if message.msg_type == "execute_reply"
    ]
    busy = [
        message.parent_id
        for message in kernel.peer.seen
        if message.state == "busy" and message.parent_id in ids
    ]
    want(replied == ids, "replies in another order", "the order of the requests")
    want(busy == ids, "busy in another order", "the order of the requests")


@THEME.row("unknown-type", _COMPATIBILITY)
def unknown_type(kernel: Kernel) -> None:
    """A message of an unknown type does no harm; if the kernel says busy, it also says
    idle.
    """
    for channel in ("shell", "control"):
        exchange = kernel.peer.send(channel, "conformance_request", {"a": 1})
        kernel.peer.fence()
        kernel.peer.listen(0.5, until=partial(_is_idle, exchange))
        states = exchange.states
        want(
            states in ([], ["busy", "idle"]), f"{states} on {channel}", "busy and idle"
        )


@THEME.row("starting", _STATUS, fresh=True)
def starting(kernel: Kernel) -> None:
    """A kernel that starts says starting once, before any other status."""
    peer = kernel.peer
    for _ in range(_STARTS):
        peer.seen.clear()
        kernel.restart()
        peer.ready()
        states = [message.state for message in peer.seen if message.state]
        count = states.count("starting")
        if count:
            break
    else:
        msg = (
            f"in {_STARTS} starts it was over, or not said, before a client subscribed"
        )
        raise NotTested(msg)
    want(count == 1, f"starting {count} times", "once")
    want(states[0] == "starting", f"{states[0]} before starting", "starting first")
