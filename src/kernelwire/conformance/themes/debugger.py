"""The debugger: requests of the Debug Adapter Protocol over control."""

from __future__ import annotations

from typing import Any

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Json, one_field
from kernelwire.conformance.rows import Level, NotOffered, Theme, practice, spec, want

__all__ = ["THEME"]

THEME = Theme("debugger", "Debugger")

_DEBUG = spec("Debug request", "debug-request")
_INFO = spec("debugInfo", "debuginfo")
_DUMP = spec("dumpCell", "dumpcell")
_JUPYTERLAB = practice(
    "JupyterLab", "https://jupyterlab.readthedocs.io/en/stable/user/debugger.html"
)

_FIELDS: dict[str, type] = {
    "isStarted": bool,
    "hashMethod": str,
    "tmpFilePrefix": str,
    "tmpFileSuffix": str,
    "breakpoints": list,
    "stoppedThreads": list,
}


def _debugger(kernel: Kernel) -> bool:
    info = kernel.peer.send("shell", "kernel_info_request").ok().reply.content
    features = info.get("supported_features") or []
    return "debugger" in features or info.get("debugger") is True


def _offered(kernel: Kernel) -> None:
    if not _debugger(kernel):
        msg = "supported_features has no 'debugger'"
        raise NotOffered(msg)


def _debug(kernel: Kernel, command: str, **arguments: Any) -> Json:
    """Send a request of the DAP; returns its response, which has to fit it."""
    request = {"type": "request", "seq": 1, "command": command, "arguments": arguments}
    reply = kernel.peer.send("control", "debug_request", request).finish().reply
    kind = one_field(reply, "type", str)
    want(kind == "response", f"type {kind!r}", "'response'")
    one_field(reply, "success", bool)
    return reply.content


@THEME.row("info", _INFO, Level.OPTIONAL)
def info(kernel: Kernel) -> None:
    """debugInfo is answered, without a debugger having been started, with the fields
    that frontends need to restore their state.
    """
    _offered(kernel)
    response = _debug(kernel, "debugInfo")
    want(response["success"], "success false", "true")
    body = response.get("body")
    want(isinstance(body, dict), f"body {body!r}", "an object")
    for name, kind in _FIELDS.items():
        value = response["body"].get(name)
        want(isinstance(value, kind), f"body.{name} {value!r}", f"a {kind.__name__}")


@THEME.row("dump-cell", _DUMP, Level.OPTIONAL, needs="print")
def dump_cell(kernel: Kernel) -> None:
    """After initialize and attach, dumpCell tells where the cell's source lies."""
    _offered(kernel)
    _debug(
        kernel,
        "initialize",
        clientID="conformance",
        adapterID="",
        pathFormat="path",
        linesStartAt1=True,
        columnsStartAt1=True,
    )
    _debug(kernel, "attach")
    response = _debug(kernel, "dumpCell", code=kernel.code("print"))
    path = (response.get("body") or {}).get("sourcePath")
    _debug(kernel, "disconnect", restart=False, terminateDebuggee=False)
    want(isinstance(path, str) and path, f"sourcePath {path!r}", "a path")


@THEME.row("busy", _DEBUG, Level.OPTIONAL, needs="sleep")
def busy(kernel: Kernel) -> None:
    """A debug_request is answered while a cell runs."""
    _offered(kernel)
    cell = kernel.peer.execute(kernel.code("sleep")).wait_for_text("asleep")
    kernel.spend()
    _debug(kernel, "debugInfo")
    want(not cell.replies, "the cell's reply before it", "the cell still running")


@THEME.row("refused", _JUPYTERLAB, Level.EXTENSION)
def refused(kernel: Kernel) -> None:
    """A kernel without a debugger answers debug_request with an error, so that a
    frontend need not wait.
    """
    if _debugger(kernel):
        msg = "the kernel has a debugger"
        raise NotOffered(msg)
    request = {"type": "request", "seq": 1, "command": "debugInfo"}
    reply = kernel.peer.ask("debug_request", request, channel="control").reply
    failed = reply.content.get("success") is False
    failed = failed or reply.content.get("status") == "error"
    want(failed, reply.content, "an error")
