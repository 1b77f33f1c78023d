"""Interrupts, in the way that the kernelspec names, and what control does meanwhile."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Exchange
from kernelwire.conformance.rows import (
    Failure,
    Level,
    NotOffered,
    Theme,
    jep,
    practice,
    spec,
    want,
)

__all__ = ["THEME"]

THEME = Theme("interrupt", "Interrupts, and control while a cell runs")

_KERNELSPEC = practice(
    "interrupt_mode in kernelspecs",
    "https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs",
)
_INTERRUPT = spec("Kernel interrupt", "kernel-interrupt")
_HEARTBEAT = spec("Heartbeat for kernels", "heartbeat-for-kernels")
_WORDS = {"sleep": "asleep", "loop": "looping"}


def _running(kernel: Kernel, snippet: str) -> Exchange:
    """Have a cell run that would do so for long; returns when it does."""
    exchange = kernel.peer.execute(kernel.code(snippet))
    return exchange.wait_for_text(_WORDS[snippet])


def _want_interrupted(kernel: Kernel, exchange: Exchange) -> None:
    """The cell must have ended with an error, and the kernel must go on."""
    status = exchange.finish().reply.content.get("status")
    want(status in ("error", "aborted"), f"status {status!r}", "'error'")
    kernel.peer.execute(kernel.code("print")).ok().wait_for_text("conformance")


@THEME.row("sleep", _KERNELSPEC, needs="sleep print")
def sleep(kernel: Kernel) -> None:
    """A cell that sleeps is interrupted: its reply is an error, and the kernel goes on."""
    exchange = _running(kernel, "sleep")
    kernel.interrupt()
    _want_interrupted(kernel, exchange)


@THEME.row("loop", _KERNELSPEC, needs="loop print")
def loop(kernel: Kernel) -> None:
    """A cell that computes is interrupted in the same way."""
    exchange = _running(kernel, "loop")
    kernel.interrupt()
    _want_interrupted(kernel, exchange)


@THEME.row("idle", _KERNELSPEC, needs="print")
def idle(kernel: Kernel) -> None:
    """An interrupt while nothing runs does no harm, and does not hit the next cell."""
    kernel.peer.fence()
    kernel.interrupt()
    if kernel.spec.interrupt_mode == "message":
        kernel.peer.fence("control")
    kernel.peer.fence()
    kernel.peer.execute(kernel.code("print")).ok().wait_for_text("conformance")


@THEME.row("message", _INTERRUPT)
def message(kernel: Kernel) -> None:
    """interrupt_request on control gets a reply with status ok, where the kernelspec
    has interrupt_mode message.
    """
    try:
        kernel.peer.ask("interrupt_request", channel="control").ok()
    except NotOffered as exc:
        if kernel.spec.interrupt_mode == "message":
            raise Failure(str(exc)) from exc
        raise


@THEME.row("message-sleep", _INTERRUPT, Level.OPTIONAL, needs="sleep print")
def message_sleep(kernel: Kernel) -> None:
    """interrupt_request ends a cell that sleeps, also where the kernelspec has signal."""
    kernel.peer.ask("interrupt_request", channel="control")
    exchange = _running(kernel, "sleep")
    kernel.peer.send("control", "interrupt_request").ok()
    _want_interrupted(kernel, exchange)


@THEME.row("control-busy", jep(80), Level.OPTIONAL, needs="sleep")
def control_busy(kernel: Kernel) -> None:
    """kernel_info_request on control is answered while a cell runs."""
    kernel.peer.ask("kernel_info_request", channel="control")
    exchange = _running(kernel, "sleep")
    kernel.spend()
    kernel.peer.send("control", "kernel_info_request").ok()
    want(not exchange.replies, "the cell's reply before it", "the cell still running")


@THEME.row("heartbeat", _HEARTBEAT)
def heartbeat(kernel: Kernel) -> None:
    """The heartbeat sends back what it gets, to the byte."""
    for ping in (b"ping", b"", bytes(range(256))):
        found = kernel.peer.heartbeat(ping)
        want(found == ping, f"{len(found)} bytes", f"the same {len(ping)}")


@THEME.row("heartbeat-busy", _HEARTBEAT, needs="loop")
def heartbeat_busy(kernel: Kernel) -> None:
    """The heartbeat answers while a cell computes."""
    exchange = _running(kernel, "loop")
    kernel.spend()
    for _ in range(5):
        kernel.peer.heartbeat(b"ping")
    want(not exchange.replies, "the cell's reply before it", "the cell still running")
