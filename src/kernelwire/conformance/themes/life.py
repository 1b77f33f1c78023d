"""How a kernel ends: shutdown_request, and being restarted."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import one_field
from kernelwire.conformance.rows import Level, Theme, practice, spec, want

__all__ = ["THEME"]

THEME = Theme("life", "Shutdown and restart")

_SHUTDOWN = spec("Kernel shutdown", "kernel-shutdown")
_HEADER = spec("Message Header", "message-header")
_FRONTENDS = practice(
    "Qt Console and other frontends", "https://github.com/jupyter/qtconsole"
)


def _shut_down(kernel: Kernel, *, restart: bool) -> None:
    """Ask for shutdown; the reply must say ok, and repeat restart."""
    content = {"restart": restart}
    reply = kernel.peer.send("control", "shutdown_request", content).reply
    status = one_field(reply, "status", str)
    want(status == "ok", f"status {status!r}", "'ok'")
    found = one_field(reply, "restart", bool)
    want(found is restart, f"restart {found}", f"{restart}")


@THEME.row("shutdown", _SHUTDOWN, fresh=True)
def shutdown(kernel: Kernel) -> None:
    """shutdown_request on control gets a reply with status ok and restart false; then
    the process ends.
    """
    _shut_down(kernel, restart=False)
    kernel.wait_for_end()


@THEME.row("shutdown-restart", _SHUTDOWN, fresh=True)
def shutdown_restart(kernel: Kernel) -> None:
    """With restart true, the reply has it too, and the process ends all the same."""
    _shut_down(kernel, restart=True)
    kernel.wait_for_end()


@THEME.row("shutdown-busy", _SHUTDOWN, Level.OPTIONAL, needs="sleep", fresh=True)
def shutdown_busy(kernel: Kernel) -> None:
    """shutdown_request ends the kernel also while a cell runs."""
    kernel.peer.execute(kernel.code("sleep")).wait_for_text("asleep")
    kernel.peer.send("control", "shutdown_request", {"restart": False})
    kernel.wait_for_end()


@THEME.row("broadcast", _FRONTENDS, Level.EXTENSION, fresh=True)
def broadcast(kernel: Kernel) -> None:
    """The shutdown is also published on iopub, as shutdown_reply, so that other clients
    know.
    """
    watching = kernel.another_peer()
    asked = kernel.peer.send("control", "shutdown_request", {"restart": False})
    _ = asked.reply

    def published() -> list[str]:
        mine = asked.request.msg_id
        return [seen.msg_type for seen in watching.seen if seen.parent_id == mine]

    watching.listen(3.0, until=lambda: "shutdown_reply" in published())
    found = ", ".join(published()) or "nothing"
    want("shutdown_reply" in published(), f"{found} on iopub", "shutdown_reply")


@THEME.row("restart", _HEADER, fresh=True)
def restart(kernel: Kernel) -> None:
    """A kernel that a frontend has restarted answers on the same ports, with another
    session id.
    """
    before = kernel.peer.fence().reply.header.get("session")
    kernel.restart()
    again = kernel.another_peer()
    after = again.fence().reply.header.get("session")
    want(before != after, "the same session id", "another")
