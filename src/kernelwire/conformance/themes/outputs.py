"""What a cell shows: streams, displays and results on iopub."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Message, one_field
from kernelwire.conformance.rows import Level, NotOffered, Theme, spec, want

__all__ = ["THEME"]

THEME = Theme("outputs", "Outputs")

_STREAM = spec("Streams", "streams-stdout-stderr-etc")
_DISPLAY = spec("Display Data", "display-data")
_UPDATE = spec("Update Display Data", "update-display-data")
_RESULT = spec("Execution results", "execution-results")
_CLEAR = spec("Clear output", "clear-output")
_STATUS = spec("Kernel status", "kernel-status")
_LINES = 2000


def _text_plain(message: Message) -> str:
    """The plain text of a display, whose data and metadata must be objects."""
    data = one_field(message, "data", dict)
    one_field(message, "metadata", dict)
    text = data.get("text/plain")
    want(isinstance(text, str), f"text/plain {text!r}", "a string")
    return str(text)


@THEME.row("stdout", _STREAM, needs="print")
def stdout(kernel: Kernel) -> None:
    """Text that is written to stdout is published as stream, before idle."""
    text = kernel.peer.execute(kernel.code("print")).ok().text()
    want(text.strip() == "conformance", f"{text!r} on stdout", "'conformance'")


@THEME.row("stderr", _STREAM, needs="print_error")
def stderr(kernel: Kernel) -> None:
    """Text that is written to stderr is published as stream, before idle."""
    text = kernel.peer.execute(kernel.code("print_error")).ok().text("stderr")
    want(text.strip() == "conformance", f"{text!r} on stderr", "'conformance'")


@THEME.row("descriptors", _STREAM, Level.EXTENSION, needs="descriptors")
def descriptors(kernel: Kernel) -> None:
    """What is written past the language's streams, and by child processes, is published
    as stream too, before idle.
    """
    text = kernel.peer.execute(kernel.code("descriptors")).ok().text()
    wanted = ["conformance"] * 2
    want(text.split() == wanted, f"{text!r} on stdout", "'conformance' twice")


@THEME.row("lines", _STREAM, needs="lines")
def lines(kernel: Kernel) -> None:
    """Two thousand lines arrive all, in order, and before idle."""
    text = kernel.peer.execute(kernel.code("lines")).ok().text()
    found = text.split()
    wanted = [str(number) for number in range(_LINES)]
    what = f"{len(found)} lines, {len(set(wanted) - set(found))} of them missing"
    want(found == wanted, what, f"{_LINES}, in order")


@THEME.row("mixed", _STATUS, needs="mixed")
def mixed(kernel: Kernel) -> None:
    """Text and displays keep the order in which the cell made them."""
    shown: list[str] = []
    for message in kernel.peer.execute(kernel.code("mixed")).ok().outputs:
        text = str(message.content.get("text", ""))
        shown += text.split() if message.msg_type == "stream" else [message.msg_type]
    wanted = ["one", "display_data", "two"]
    want(shown == wanted, f"{', '.join(shown)}", ", ".join(wanted))


@THEME.row("result", _RESULT, Level.OPTIONAL, needs="result")
def result(kernel: Kernel) -> None:
    """A value is published as one execute_result, with text/plain, metadata and the
    execution_count of the reply.
    """
    exchange = kernel.peer.execute(kernel.code("result")).ok()
    if not exchange.of("execute_result"):
        msg = "no execute_result for code with a value"
        raise NotOffered(msg)
    message = exchange.one("execute_result")
    text = _text_plain(message)
    want("42" in text, f"text/plain {text!r}", "42 in it")
    count = one_field(message, "execution_count", int)
    wanted = exchange.reply.content.get("execution_count")
    want(count == wanted, f"count {count}", f"{wanted}, as in the reply")


@THEME.row("display", _DISPLAY, Level.OPTIONAL, needs="display")
def display(kernel: Kernel) -> None:
    """A display is published as display_data, with data and metadata."""
    message = kernel.peer.execute(kernel.code("display")).ok().one("display_data")
    text = _text_plain(message)
    want("conformance" in text, f"text/plain {text!r}", "'conformance' in it")


@THEME.row("display-id", _UPDATE, Level.OPTIONAL, needs="update_display")
def display_id(kernel: Kernel) -> None:
    """A display with an id has it in transient; its update, too, is published as
    update_display_data, and comes after it.
    """
    exchange = kernel.peer.execute(kernel.code("update_display")).ok()
    first, update = exchange.one("display_data"), exchange.one("update_display_data")
    one, other = (
        one_field(first, "transient", dict),
        one_field(update, "transient", dict),
    )
    want("display_id" in one, f"transient {one}", "a display_id")
    want(one == other, f"transient {other} in the update", f"{one}")
    text = _text_plain(update)
    want("updated" in text, f"text/plain {text!r} in the update", "'updated' in it")
    kinds = [message.msg_type for message in exchange.outputs]
    want(
        kinds.index("display_data") < kinds.index("update_display_data"), kinds, "order"
    )


@THEME.row("clear", _CLEAR, Level.OPTIONAL, needs="clear_output")
def clear(kernel: Kernel) -> None:
    """Clearing the output at once is published as clear_output with wait false."""
    exchange = kernel.peer.execute(kernel.code("clear_output")).ok()
    wait = one_field(exchange.one("clear_output"), "wait", bool)
    want(wait is False, f"wait {wait}", "false")


@THEME.row("clear-wait", _CLEAR, Level.OPTIONAL, needs="clear_output_wait")
def clear_wait(kernel: Kernel) -> None:
    """Clearing it when something new comes is published with wait true."""
    exchange = kernel.peer.execute(kernel.code("clear_output_wait")).ok()
    wait = one_field(exchange.one("clear_output"), "wait", bool)
    want(wait is True, f"wait {wait}", "true")
