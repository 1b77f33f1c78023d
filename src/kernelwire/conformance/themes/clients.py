"""Several clients at once: each gets its own, and none can stop the others."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.rows import Level, Theme, practice, spec, want

__all__ = ["THEME"]

THEME = Theme("clients", "Several clients")

_INTRODUCTION = spec("Introduction", "introduction")
_PATTERN = spec("Request-Reply", "request-reply")
_HANDOVER = practice(
    "ROUTER_HANDOVER", "https://libzmq.readthedocs.io/en/latest/zmq_setsockopt.html"
)
_MANY = 10


@THEME.row("many", _INTRODUCTION, needs="print")
def many(kernel: Kernel) -> None:
    """Ten clients that ask at the same time get their replies and their outputs."""
    peers = [kernel.another_peer() for _ in range(_MANY)]
    sent = [peer.execute(kernel.code("print")) for peer in peers]
    for exchange in sent:
        exchange.ok().wait_for_text("conformance")


@THEME.row("routing", _PATTERN, needs="print")
def routing(kernel: Kernel) -> None:
    """A reply goes to the client that asked, and to no other."""
    one, other = kernel.another_peer(), kernel.another_peer()
    for channel in ("shell", "control"):
        asked = one.send(channel, "kernel_info_request")
        other.fence()
        _ = asked.reply
    one.execute(kernel.code("print")).ok()
    other.fence()
    mine = one.session.session
    strays = [
        seen.msg_type
        for seen in other.seen
        if seen.channel != "iopub" and seen.parent.get("session") == mine
    ]
    want(not strays, f"{', '.join(strays)} at another client", "nothing")


@THEME.row("broadcast", _INTRODUCTION, needs="print")
def broadcast(kernel: Kernel) -> None:
    """All clients see on iopub what one of them has executed, and what it shows."""
    watching = kernel.another_peer()
    exchange = kernel.peer.execute(kernel.code("print")).ok()
    mine = exchange.request.msg_id

    def seen() -> list[str]:
        return [m.state or m.msg_type for m in watching.seen if m.parent_id == mine]

    watching.wait(lambda: "idle" in seen(), "the idle of another client's request")
    wanted = {"busy", "execute_input", "stream", "idle"}
    want(wanted <= set(seen()), ", ".join(seen()), ", ".join(sorted(wanted)))


@THEME.row("vanish", _INTRODUCTION, needs="lines print")
def vanish(kernel: Kernel) -> None:
    """A client that vanishes while its request is handled does no harm to others."""
    leaving = kernel.another_peer()
    exchange = leaving.execute(kernel.code("lines"))
    leaving.wait(lambda: exchange.states, "busy")
    leaving.close()
    kernel.peer.execute(kernel.code("print")).ok().wait_for_text("conformance")


@THEME.row("same-identity", _HANDOVER, Level.EXTENSION, needs="print")
def reconnect(kernel: Kernel) -> None:
    """A client that comes back at once, with the identity it had, gets its replies."""
    first = kernel.another_peer()
    session = first.session.session
    first.close()
    again = kernel.unready_peer(session=session)
    again.ready()
    again.execute(kernel.code("print")).ok()
