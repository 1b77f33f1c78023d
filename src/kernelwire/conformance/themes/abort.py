"""What an error does to the requests that are queued behind it."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Exchange
from kernelwire.conformance.rows import Level, Theme, spec, want

__all__ = ["THEME"]

THEME = Theme("abort", "Errors and the queue")

_EXECUTE = spec("Execute", "execute")
_STATUS = spec("Kernel status", "kernel-status")


def _queued(kernel: Kernel, **options: object) -> Exchange:
    """Queue a nap, an error, and a cell that prints; returns the exchange of the last.

    All three have arrived before the error happens.
    """
    kernel.peer.execute(kernel.code("nap"))
    failing = kernel.peer.execute(kernel.code("error"), **options)
    last = kernel.peer.execute(kernel.code("print"))
    failing.finish()
    return last.finish()


def _was_aborted(exchange: Exchange) -> None:
    status = exchange.reply.content.get("status")
    want(status in ("aborted", "error"), f"status {status!r}", "'aborted' or 'error'")
    found = [seen.msg_type for seen in exchange.published]
    want(not exchange.outputs, ", ".join(found), "no outputs: it must not run")


@THEME.row("queued", _EXECUTE, needs="nap error print")
def queued(kernel: Kernel) -> None:
    """After an error, with stop_on_error true, the execute_requests in the queue are
    not executed; their replies have status aborted, or error.
    """
    _was_aborted(_queued(kernel, stop_on_error=True))


@THEME.row("default", _EXECUTE, Level.OPTIONAL, needs="nap error print")
def default(kernel: Kernel) -> None:
    """Without stop_on_error in the request, it is true."""
    kernel.peer.execute(kernel.code("nap"))
    content = {"code": kernel.code("error"), "silent": False, "allow_stdin": False}
    kernel.peer.send("shell", "execute_request", content)
    _was_aborted(kernel.peer.execute(kernel.code("print")).finish())


@THEME.row("continue", _EXECUTE, needs="nap error print")
def continue_(kernel: Kernel) -> None:
    """With stop_on_error false, the queue is executed after an error."""
    last = _queued(kernel, stop_on_error=False)
    last.ok().wait_for_text("conformance")


@THEME.row("status", _STATUS, needs="nap error print")
def status(kernel: Kernel) -> None:
    """A request that was aborted has one busy and one idle, and one reply."""
    last = _queued(kernel)
    kernel.peer.fence()
    want(last.states == ["busy", "idle"], last.states, "busy and idle, once each")
    want(len(last.replies) == 1, f"{len(last.replies)} replies", "one")


@THEME.row("others", _EXECUTE, needs="nap error print")
def others(kernel: Kernel) -> None:
    """Requests of other types in the queue are answered all the same."""
    kernel.peer.execute(kernel.code("nap"))
    kernel.peer.execute(kernel.code("error"))
    kernel.peer.execute(kernel.code("print"))
    kernel.peer.send("shell", "kernel_info_request").ok()


@THEME.row("comms", _EXECUTE, Level.OPTIONAL, needs="nap error print comm_target")
def comms(kernel: Kernel) -> None:
    """A comm message in the queue is handled all the same."""
    kernel.peer.execute(kernel.code("comm_target")).ok()
    opening = {"comm_id": "conformance-abort", "target_name": "conformance.echo"}
    kernel.peer.send("shell", "comm_open", {**opening, "data": {}})
    kernel.peer.execute(kernel.code("nap"))
    kernel.peer.execute(kernel.code("error"))
    kernel.peer.execute(kernel.code("print"))
    content = {"comm_id": "conformance-abort", "data": {"n": 1}}
    exchange = kernel.peer.send("shell", "comm_msg", content).wait_for_idle()
    exchange.one("comm_msg")
    kernel.peer.send("shell", "comm_close", content).wait_for_idle()


@THEME.row("afterwards", _EXECUTE, needs="error print")
def afterwards(kernel: Kernel) -> None:
    """A request that is sent when the error's reply has come is executed."""
    kernel.run("error")
    kernel.peer.execute(kernel.code("print")).ok().wait_for_text("conformance")
