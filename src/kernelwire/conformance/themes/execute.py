"""execute_request: its flags, its counter and its reply."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Exchange, Json, one_field
from kernelwire.conformance.rows import Level, NotOffered, Theme, spec, want

__all__ = ["THEME"]

THEME = Theme("execute", "Executing code")

_EXECUTE = spec("Execute", "execute")
_RESULTS = spec("Execution results", "execution-results")
_COUNTER = spec("Execution counter", "execution-counter-prompt-number")
_REPLY = spec("Request-Reply", "request-reply")
_ERRORS = spec("Execution errors", "execution-errors")


def _count(exchange: Exchange) -> int:
    """The execution_count of the reply."""
    return int(one_field(exchange.finish().reply, "execution_count", int))


def _want_error(exchange: Exchange) -> None:
    """The reply must say what the error was."""
    reply = exchange.finish().reply
    status = one_field(reply, "status", str)
    want(status == "error", f"status {status!r}", "'error'")
    one_field(reply, "ename", str)
    one_field(reply, "evalue", str)
    lines = one_field(reply, "traceback", list)
    strings = all(isinstance(line, str) for line in lines)
    want(strings, f"traceback {lines!r}", "a list of strings")


@THEME.row("ok", _RESULTS, needs="print")
def ok(kernel: Kernel) -> None:
    """The reply to code that works has status ok and an execution_count."""
    _count(kernel.peer.execute(kernel.code("print")).ok())


@THEME.row("ok-fields", _RESULTS, needs="print")
def ok_fields(kernel: Kernel) -> None:
    """Where such a reply has user_expressions and payload, they are an object and a
    list of objects with a source.
    """
    content = kernel.peer.execute(kernel.code("print")).ok().reply.content
    expressions, payload = content.get("user_expressions"), content.get("payload")
    found = f"user_expressions {expressions!r}"
    want(expressions is None or isinstance(expressions, dict), found, "an object")
    fits = payload is None or (
        isinstance(payload, list) and all("source" in item for item in payload)
    )
    want(fits, f"payload {payload!r}", "a list of objects with a source")


@THEME.row("input", spec("Code inputs", "code-inputs"), needs="print")
def input_(kernel: Kernel) -> None:
    """The code is published as one execute_input, with the count that the reply has."""
    exchange = kernel.peer.execute(kernel.code("print")).ok()
    echoed = exchange.one("execute_input")
    code = one_field(echoed, "code", str)
    want(code == kernel.code("print"), f"code {code!r}", "the code of the request")
    count = one_field(echoed, "execution_count", int)
    want(
        count == _count(exchange), f"count {count}", f"{_count(exchange)}, as in reply"
    )


@THEME.row("unicode", spec("Code inputs", "code-inputs"), needs="print emoji")
def unicode(kernel: Kernel) -> None:
    """Code with characters beyond U+FFFF comes back in execute_input unchanged."""
    code = kernel.code("emoji") + "\n" + kernel.code("print")
    echoed = kernel.peer.execute(code).finish().one("execute_input").content["code"]
    want(echoed == code, f"code {echoed!r}", f"{code!r}")


@THEME.row("defaults", _EXECUTE, Level.OPTIONAL, needs="print")
def defaults(kernel: Kernel) -> None:
    """A request with nothing but code is not silent, and is counted."""
    before = _count(kernel.run("print"))
    content = {"code": kernel.code("print")}
    exchange = kernel.peer.send("shell", "execute_request", content).ok()
    exchange.wait_for_text("conformance")
    want(_count(exchange) == before + 1, f"count {_count(exchange)}", f"{before + 1}")


@THEME.row("empty", _EXECUTE)
def empty(kernel: Kernel) -> None:
    """Empty code, executed silently, gets a reply with status ok and the counter."""
    _count(kernel.peer.execute("", silent=True, store_history=False).ok())


@THEME.row("error", _REPLY, needs="error")
def error(kernel: Kernel) -> None:
    """The reply to code that fails has status error, ename, evalue and traceback."""
    _want_error(kernel.run("error"))


@THEME.row("error-count", _RESULTS, needs="error")
def error_count(kernel: Kernel) -> None:
    """The reply to code that fails has an execution_count, too."""
    _count(kernel.run("error"))


@THEME.row("error-message", _ERRORS, needs="error")
def error_message(kernel: Kernel) -> None:
    """The error is also published, once, with the ename and evalue of the reply."""
    exchange = kernel.run("error")
    message = exchange.one("error")
    one_field(message, "traceback", list)
    for name in ("ename", "evalue"):
        found = one_field(message, name, str)
        wanted = exchange.reply.content.get(name)
        want(found == wanted, f"{name} {found!r}", f"{wanted!r}, as in the reply")


@THEME.row("count", _COUNTER, needs="print")
def count(kernel: Kernel) -> None:
    """The counter goes up by one with each request that stores history."""
    counts = [_count(kernel.run("print")) for _ in range(3)]
    first = counts[0]
    want(counts == [first, first + 1, first + 2], f"counts {counts}", "steps of one")


@THEME.row("store-history", _COUNTER, needs="print")
def store_history(kernel: Kernel) -> None:
    """A request with store_history false leaves the counter as it is, and is told it."""
    before = _count(kernel.run("print"))
    during = _count(kernel.run("print", store_history=False))
    after = _count(kernel.run("print"))
    want(after == before + 1, f"{before}, then {after}", "a step of one")
    # Some kernels tell the current count, others the number the cell would have got.
    want(during in (before, before + 1), f"count {during}", f"{before}")


@THEME.row("silent", _EXECUTE, needs="print")
def silent(kernel: Kernel) -> None:
    """A silent request that works publishes no execute_input and no execute_result."""
    exchange = kernel.peer.execute(kernel.code("print"), silent=True).ok()
    found = [seen.msg_type for seen in exchange.published]
    loud = {"execute_input", "execute_result"} & set(found)
    want(not loud, f"{', '.join(found)}", "neither")


@THEME.row("silent-output", _EXECUTE, Level.OPTIONAL, needs="print")
def silent_output(kernel: Kernel) -> None:
    """A silent request broadcasts no output on iopub at all."""
    exchange = kernel.peer.execute(kernel.code("print"), silent=True).ok()
    found = [seen.msg_type for seen in exchange.outputs]
    want(not found, ", ".join(found), "nothing but status")


@THEME.row("silent-result", _EXECUTE, needs="result")
def silent_result(kernel: Kernel) -> None:
    """A silent request with a value publishes no execute_result."""
    exchange = kernel.peer.execute(kernel.code("result"), silent=True).ok()
    found = [seen.msg_type for seen in exchange.outputs]
    want("execute_result" not in found, ", ".join(found), "no execute_result")


@THEME.row("silent-count", _EXECUTE, needs="print")
def silent_count(kernel: Kernel) -> None:
    """A silent request is not counted, also where it asks for store_history."""
    before = _count(kernel.run("print"))
    kernel.run("print", silent=True, store_history=True)
    after = _count(kernel.run("print"))
    want(after == before + 1, f"{before}, then {after}", "a step of one")


@THEME.row("silent-error", _EXECUTE, needs="error")
def silent_error(kernel: Kernel) -> None:
    """A silent request that fails gets a reply with the error."""
    _want_error(kernel.run("error", silent=True))


@THEME.row("user-expressions", _EXECUTE, Level.OPTIONAL, needs="print expression")
def user_expressions(kernel: Kernel) -> None:
    """A user expression is evaluated; its result in the reply has status ok, data and
    metadata.
    """
    found = _evaluated(kernel, "expression")
    fits = isinstance(found.get("data"), dict) and isinstance(
        found.get("metadata"), dict
    )
    want(fits and found.get("status") == "ok", found, "status ok, data and metadata")
    text = found["data"].get("text/plain")
    want(text == "42", f"text/plain {text!r}", "'42'")


@THEME.row(
    "user-expressions-error", _EXECUTE, Level.OPTIONAL, needs="print bad_expression"
)
def user_expressions_error(kernel: Kernel) -> None:
    """A user expression that fails has its own error, and the reply has status ok."""
    found = _evaluated(kernel, "bad_expression")
    want(found.get("status") == "error", found, "status error")
    for name in ("ename", "evalue"):
        value = found.get(name)
        want(isinstance(value, str), f"{name} {value!r}", "a string")


def _evaluated(kernel: Kernel, snippet: str) -> Json:
    """What the reply holds for one expression.

    Raises:
        NotOffered: nothing.
    """
    expressions = {"conformance": kernel.code(snippet)}
    exchange = kernel.peer.execute(kernel.code("print"), user_expressions=expressions)
    found = exchange.ok().reply.content.get("user_expressions") or {}
    if "conformance" not in found:
        msg = "the reply has nothing for the expression"
        raise NotOffered(msg)
    return dict(found["conformance"])


@THEME.row(
    "payload", spec("Payloads", "payloads-deprecated"), Level.OPTIONAL, "payload"
)
def payload(kernel: Kernel) -> None:
    """A payload is an object with a source; a page has data with text/plain."""
    found = (
        kernel.peer.execute(kernel.code("payload")).ok().reply.content.get("payload")
    )
    if not found:
        msg = "the reply has no payload"
        raise NotOffered(msg)
    for item in found:
        want(isinstance(item.get("source"), str), item, "an object with a source")
        if item["source"] == "page":
            want("text/plain" in item.get("data", {}), item, "data with text/plain")
