"""Input: the kernel asks, and the client answers."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Exchange, Message, one_field
from kernelwire.conformance.peer import Peer
from kernelwire.conformance.rows import Level, NotOffered, Theme, spec, want

__all__ = ["THEME"]

THEME = Theme("stdin", "Input")

_STDIN = spec(
    "Messages on the stdin channel", "messages-on-the-stdin-router-dealer-channel"
)
_PARENT = spec("Parent header", "parent-header")
_HEARD = 0.5  # seconds in which an answer that must be ignored would have done harm


def _asked(peer: Peer, code: str) -> tuple[Exchange, Message]:
    """Execute code that asks; returns its exchange, and the question.

    Raises:
        NotOffered: it has ended without asking.
    """
    exchange = peer.execute(code, allow_stdin=True)
    peer.wait(lambda: exchange.questions or exchange.replies, "input_request on stdin")
    if not exchange.questions:
        msg = "the code ended without an input_request"
        raise NotOffered(msg)
    return exchange, exchange.questions[0]


def _answer(peer: Peer, question: Message, value: str) -> None:
    peer.send("stdin", "input_reply", {"value": value}, parent=question.header)


def _want_unharmed(peer: Peer, exchange: Exchange, question: Message) -> None:
    """Let a wrong answer do its harm, and see that the right one is what counts."""
    peer.listen(_HEARD, until=lambda: exchange.replies)
    _answer(peer, question, "Ada")
    text = exchange.ok().text()
    want("got Ada" in text, f"{text!r} on stdout", "'got Ada'")


@THEME.row("input", _STDIN, Level.OPTIONAL, needs="input")
def input_(kernel: Kernel) -> None:
    """Code that reads a line gets what the client answers."""
    exchange, question = _asked(kernel.peer, kernel.code("input"))
    _answer(kernel.peer, question, "Ada \U0001f40d")
    text = exchange.ok().text()
    want("got Ada \U0001f40d" in text, f"{text!r} on stdout", "'got Ada' and a snake")


@THEME.row("request", _STDIN, Level.OPTIONAL, needs="input")
def request(kernel: Kernel) -> None:
    """input_request has the prompt, password false, and the execute_request as its
    parent.
    """
    exchange, question = _asked(kernel.peer, kernel.code("input"))
    _answer(kernel.peer, question, "Ada")
    exchange.finish()
    want(question.msg_type == "input_request", question.msg_type, "input_request")
    prompt = one_field(question, "prompt", str)
    want("name?" in prompt, f"prompt {prompt!r}", "'name?'")
    password = one_field(question, "password", bool)
    want(password is False, f"password {password}", "false")


@THEME.row("password", _STDIN, Level.OPTIONAL, needs="password")
def password(kernel: Kernel) -> None:
    """A password is asked for with password true."""
    exchange, question = _asked(kernel.peer, kernel.code("password"))
    _answer(kernel.peer, question, "secret")
    exchange.ok().wait_for_text("got secret")
    found = one_field(question, "password", bool)
    want(found is True, f"password {found}", "true")


@THEME.row("refused", _STDIN, needs="input")
def refused(kernel: Kernel) -> None:
    """Where allow_stdin is false, the kernel asks nothing, and the code ends."""
    exchange = kernel.peer.execute(kernel.code("input"), allow_stdin=False).finish()
    want(not exchange.questions, "an input_request", "none")


@THEME.row("refused-error", _STDIN, Level.OPTIONAL, needs="input")
def refused_error(kernel: Kernel) -> None:
    """Where allow_stdin is false, asking fails at once, with an error."""
    exchange = kernel.peer.execute(kernel.code("input"), allow_stdin=False).finish()
    status = exchange.reply.content.get("status")
    want(status == "error", f"status {status!r}", "'error'")


@THEME.row("interrupt", _STDIN, Level.OPTIONAL, needs="input print")
def interrupt(kernel: Kernel) -> None:
    """Code that waits for an answer can be interrupted: it ends with an error, and the
    kernel goes on.
    """
    exchange, _ = _asked(kernel.peer, kernel.code("input"))
    kernel.interrupt()
    status = exchange.finish().reply.content.get("status")
    want(status in ("error", "aborted"), f"status {status!r}", "'error'")
    kernel.peer.execute(kernel.code("print")).ok()


@THEME.row("stale", _PARENT, Level.EXTENSION, needs="input")
def stale(kernel: Kernel) -> None:
    """An answer that came before the question does not answer it."""
    kernel.peer.send("stdin", "input_reply", {"value": "stale"})
    kernel.peer.fence()
    exchange, question = _asked(kernel.peer, kernel.code("input"))
    _want_unharmed(kernel.peer, exchange, question)


@THEME.row("wrong-parent", _PARENT, Level.EXTENSION, needs="input")
def wrong_parent(kernel: Kernel) -> None:
    """An input_reply whose parent is another request does not answer it."""
    exchange, question = _asked(kernel.peer, kernel.code("input"))
    other = {**question.header, "msg_id": "another"}
    kernel.peer.send("stdin", "input_reply", {"value": "wrong"}, parent=other)
    _want_unharmed(kernel.peer, exchange, question)


@THEME.row("routing", _STDIN, Level.OPTIONAL, needs="input")
def routing(kernel: Kernel) -> None:
    """The question goes to the client whose code asks, and to no other."""
    other = kernel.another_peer()
    exchange, question = _asked(kernel.peer, kernel.code("input"))
    other.listen(_HEARD / 5)
    _answer(kernel.peer, question, "Ada")
    exchange.ok()
    found = [seen.msg_type for seen in other.seen if seen.channel == "stdin"]
    want(not found, f"{', '.join(found)} at another client", "nothing")
