"""Subshells of JEP 91: created, used beside the main shell, and deleted."""

from __future__ import annotations

from typing import Any

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import one_field
from kernelwire.conformance.rows import Level, NotOffered, Theme, jep, spec, want
from kernelwire.conformance.themes.comms import open_echo, send_comm

__all__ = ["THEME"]

THEME = Theme("subshells", "Subshells")

_JEP = jep(91)
_SUBSHELLS = spec("Kernel subshells", "kernel-subshells")
_FEATURE = "kernel subshells"


def _features(kernel: Kernel) -> list[Any]:
    info = kernel.peer.send("shell", "kernel_info_request").ok().reply.content
    return list(info.get("supported_features") or [])


def _offered(kernel: Kernel) -> None:
    if _FEATURE not in _features(kernel):
        msg = f"supported_features has no '{_FEATURE}'"
        raise NotOffered(msg)


def _created(kernel: Kernel) -> str:
    """Create a subshell; returns its id."""
    _offered(kernel)
    reply = kernel.peer.send("control", "create_subshell_request").ok().reply
    return str(one_field(reply, "subshell_id", str))


def _delete(kernel: Kernel, *subshells: str) -> None:
    for subshell in subshells:
        content = {"subshell_id": subshell}
        kernel.peer.send("control", "delete_subshell_request", content).ok()


def _listed(kernel: Kernel) -> list[Any]:
    reply = kernel.peer.send("control", "list_subshell_request").ok().reply
    return list(one_field(reply, "subshell_id", list))


@THEME.row("create", _SUBSHELLS, Level.OPTIONAL)
def create(kernel: Kernel) -> None:
    """create_subshell_request gets ids that are strings, and differ."""
    one, other = _created(kernel), _created(kernel)
    _delete(kernel, one, other)
    want(one != other, f"{one!r} twice", "an id of its own for each")


@THEME.row("list", _SUBSHELLS, Level.OPTIONAL)
def list_(kernel: Kernel) -> None:
    """list_subshell_request gets the ids of the subshells, without those deleted."""
    _offered(kernel)
    before = _listed(kernel)
    one, other = _created(kernel), _created(kernel)
    during = _listed(kernel)
    _delete(kernel, one)
    after = _listed(kernel)
    _delete(kernel, other)
    want(sorted(during) == sorted([*before, one, other]), during, "the two new ones")
    want(sorted(after) == sorted([*before, other]), after, "the one that is left")


@THEME.row("delete-unknown", _SUBSHELLS, Level.OPTIONAL)
def delete_unknown(kernel: Kernel) -> None:
    """delete_subshell_request with an unknown id gets a reply with status error."""
    _offered(kernel)
    content = {"subshell_id": "conformance"}
    exchange = kernel.peer.send("control", "delete_subshell_request", content).finish()
    status = exchange.reply.content.get("status")
    want(status == "error", f"status {status!r}", "'error'")


@THEME.row("execute", _JEP, Level.OPTIONAL, needs="print")
def execute(kernel: Kernel) -> None:
    """Code with a subshell_id in its header is executed, with the same replies, outputs
    and status; the id is in the parent headers.
    """
    subshell = _created(kernel)
    header = {"subshell_id": subshell}
    exchange = kernel.peer.execute(kernel.code("print"), header=header).ok()
    _delete(kernel, subshell)
    text = exchange.text().strip()
    want(text == "conformance", f"{text!r} on stdout", "'conformance'")
    want(exchange.states == ["busy", "idle"], exchange.states, "busy and idle")
    for message in [*exchange.replies, *exchange.published]:
        found = message.parent.get("subshell_id")
        want(found == subshell, f"{found!r} in {message.msg_type}", f"{subshell!r}")


@THEME.row("beside", _JEP, Level.OPTIONAL, needs="sleep print")
def beside(kernel: Kernel) -> None:
    """A subshell executes code while the main shell runs a cell."""
    subshell = _created(kernel)
    cell = kernel.peer.execute(kernel.code("sleep")).wait_for_text("asleep")
    kernel.spend()
    kernel.peer.execute(kernel.code("print"), header={"subshell_id": subshell}).ok()
    want(not cell.replies, "the main shell's reply before it", "the cell still running")


@THEME.row("namespace", _JEP, Level.OPTIONAL, needs="define expression print")
def namespace(kernel: Kernel) -> None:
    """Subshells have the namespace of the main shell."""
    subshell = _created(kernel)
    kernel.peer.execute(kernel.code("define"), header={"subshell_id": subshell}).ok()
    expressions = {"found": "conformance_number"}
    code = kernel.code("print")
    reply = kernel.peer.execute(code, user_expressions=expressions).ok().reply
    _delete(kernel, subshell)
    found = (reply.content.get("user_expressions") or {}).get("found", {})
    want(found.get("status") == "ok", found, "the variable that a subshell defined")


@THEME.row("count", _JEP, Level.OPTIONAL, needs="print")
def count(kernel: Kernel) -> None:
    """A subshell has an execution_count of its own: a cell of one does not change that
    of the main shell.
    """
    subshell = _created(kernel)
    code = kernel.code("print")
    before = kernel.peer.execute(code).ok().reply.content["execution_count"]
    kernel.peer.execute(code, header={"subshell_id": subshell}).ok()
    kernel.peer.execute(code, header={"subshell_id": subshell}).ok()
    after = kernel.peer.execute(code).ok().reply.content["execution_count"]
    _delete(kernel, subshell)
    want(after == before + 1, f"{before}, then {after}", "a step of one")


@THEME.row("unknown", _JEP, Level.OPTIONAL, needs="print")
def unknown(kernel: Kernel) -> None:
    """A request for a subshell that does not exist is not executed, and gets an error."""
    _offered(kernel)
    header = {"subshell_id": "conformance"}
    exchange = kernel.peer.execute(kernel.code("print"), header=header).finish()
    status = exchange.reply.content.get("status")
    want(status == "error", f"status {status!r}", "'error'")
    want(not exchange.text(), f"{exchange.text()!r} on stdout", "nothing")


@THEME.row("abort", _JEP, Level.OPTIONAL, needs="nap error print")
def abort(kernel: Kernel) -> None:
    """An error in the main shell aborts nothing in a subshell."""
    subshell = _created(kernel)
    header = {"subshell_id": subshell}
    kernel.peer.execute(kernel.code("nap"), header=header)
    queued = kernel.peer.execute(kernel.code("print"), header=header)
    kernel.peer.execute(kernel.code("error")).finish()
    queued.ok()
    _delete(kernel, subshell)


@THEME.row("comms", _JEP, Level.OPTIONAL, needs="comm_target sleep")
def comms(kernel: Kernel) -> None:
    """A comm message with a subshell_id is handled while the main shell runs a cell."""
    subshell = _created(kernel)
    header = {"subshell_id": subshell}
    comm_id = open_echo(kernel, kernel.peer)
    cell = kernel.peer.execute(kernel.code("sleep")).wait_for_text("asleep")
    kernel.spend()
    exchange = send_comm(kernel.peer, comm_id, {"n": 1}, header=header)
    want(not cell.replies, "the main shell's reply before it", "the cell still running")
    data = exchange.one("comm_msg").content.get("data")
    want(data == {"n": 1}, f"data {data}", "what was sent")


@THEME.row("ignored", _JEP, needs="print")
def ignored(kernel: Kernel) -> None:
    """A kernel without subshells ignores a subshell_id, and executes the code."""
    if _FEATURE in _features(kernel):
        return
    header = {"subshell_id": "conformance"}
    exchange = kernel.peer.execute(kernel.code("print"), header=header)
    exchange.ok().wait_for_text("conformance")
