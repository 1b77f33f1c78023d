"""history_request: tail, range and search."""

from __future__ import annotations

from typing import Any

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import one_field
from kernelwire.conformance.rows import Level, NotOffered, Theme, spec, want

__all__ = ["THEME"]

THEME = Theme("history", "History")

_HISTORY = spec("History", "history")


def _history(kernel: Kernel, access: str, **fields: Any) -> list[Any]:
    """Ask for history; returns its entries, all of the right form."""
    content = {"hist_access_type": access, "raw": True, "output": False, **fields}
    reply = kernel.peer.ask("history_request", content).ok().reply
    entries: list[Any] = one_field(reply, "history", list)
    for entry in entries:
        fits = isinstance(entry, list) and len(entry) == 3
        want(fits, f"entry {entry!r}", "[session, line, input]")
        fits = isinstance(entry[0], int) and isinstance(entry[1], int)
        want(fits, f"entry {entry!r}", "integers for session and line")
    return entries


def _stored(kernel: Kernel, snippet: str = "print") -> str:
    """Execute a snippet that is to be in the history, and see that some history is kept.

    Raises:
        NotOffered: none is.
    """
    kernel.peer.execute(kernel.code(snippet)).ok()
    if not _history(kernel, "tail", n=1):
        msg = "the history is empty after a request with store_history"
        raise NotOffered(msg)
    return kernel.code(snippet)


@THEME.row("tail", _HISTORY, Level.OPTIONAL, needs="print")
def tail(kernel: Kernel) -> None:
    """A tail of n has the last n inputs, in order, and no more."""
    code = _stored(kernel)
    kernel.peer.execute(kernel.code("print") + "\n").ok()
    entries = _history(kernel, "tail", n=2)
    want(len(entries) == 2, f"{len(entries)} entries", "2")
    inputs = [str(entry[2]).strip() for entry in entries]
    want(inputs == [code.strip()] * 2, f"inputs {inputs}", "the last two")
    want(entries[0][1] < entries[1][1], "lines that fall", "lines that rise")


@THEME.row("not-stored", _HISTORY, Level.OPTIONAL, needs="print define")
def not_stored(kernel: Kernel) -> None:
    """What was executed with store_history false is not in the history."""
    code = _stored(kernel)
    kernel.run("define", store_history=False)
    last = _history(kernel, "tail", n=1)[0][2]
    want(last.strip() == code.strip(), f"last {last!r}", f"{code!r}")


@THEME.row("range", _HISTORY, Level.OPTIONAL, needs="print")
def range_(kernel: Kernel) -> None:
    """A range of session 0, the current one, has the lines from start up to, and
    without, stop; they are numbered as execution_count is.
    """
    code = _stored(kernel)
    reply = kernel.run("print").reply
    line = one_field(reply, "execution_count", int)
    entries = _history(kernel, "range", session=0, start=line, stop=line + 1)
    want(len(entries) == 1, f"{len(entries)} entries", "one")
    want(entries[0][1] == line, f"line {entries[0][1]}", f"{line}")
    want(entries[0][2].strip() == code.strip(), f"{entries[0][2]!r}", f"{code!r}")


@THEME.row("search", _HISTORY, Level.OPTIONAL, needs="print")
def search(kernel: Kernel) -> None:
    """A search has the inputs that match a glob, and no others."""
    code = _stored(kernel)
    entries = _history(kernel, "search", pattern="*conformance*", n=10)
    inputs = [entry[2] for entry in entries]
    want(inputs, "nothing for *conformance*", f"{code!r}")
    want(all("conformance" in text for text in inputs), inputs, "only what matches")
    none = _history(kernel, "search", pattern="*no such input*", n=10)
    want(not none, f"{len(none)} entries for what was never executed", "none")


@THEME.row("unique", _HISTORY, Level.OPTIONAL, needs="print define")
def unique(kernel: Kernel) -> None:
    """A search with unique true has each input once."""
    _stored(kernel)
    _stored(kernel, "define")
    _stored(kernel)
    entries = _history(kernel, "search", pattern="*", n=1000, unique=True)
    inputs = [entry[2] for entry in entries]
    again = len(inputs) - len(set(inputs))
    want(not again, f"{again} inputs more than once", "each once")


@THEME.row("output", _HISTORY, Level.OPTIONAL, needs="print result")
def output(kernel: Kernel) -> None:
    """With output true, an entry has the pair of input and output in its third place."""
    _stored(kernel, "result")
    entry = _history(kernel, "tail", n=1, output=True)[0]
    pair = entry[2]
    fits = isinstance(pair, list) and len(pair) == 2
    want(fits, f"third place {pair!r}", "[input, output]")


@THEME.row("raw", _HISTORY, Level.OPTIONAL, needs="print")
def raw(kernel: Kernel) -> None:
    """With raw false, the inputs are as they were transformed, and are strings."""
    _stored(kernel)
    entries = _history(kernel, "tail", n=1, raw=False)
    want(len(entries) == 1, f"{len(entries)} entries", "one")
    want(isinstance(entries[0][2], str), f"{entries[0][2]!r}", "a string")
