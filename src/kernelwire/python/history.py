"""history_request: IPython's history manager read in the three ways of the protocol.

Source: messaging.html#history
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernelwire._host import HistoryRequest
    from kernelwire.python.shell import KernelShell


def entries(shell: KernelShell, request: HistoryRequest) -> list[list[Any]]:
    """Return the inputs that a request asks for.

    Returns:
        A list of [session, line, input]; with `output`, of [session, line, [input,
        output]], where output is the repr of the result or None.
    """
    history = shell.history_manager
    if history is None:
        return []
    found: Iterable[tuple[Any, ...]]
    if request.access == "range":
        found = history.get_range(
            request.session,
            request.start,
            request.stop,
            raw=request.raw,
            output=request.output,
        )
    elif request.access == "search":
        found = history.search(
            request.pattern,
            raw=request.raw,
            output=request.output,
            n=request.n,
            unique=request.unique,
        )
    else:
        found = history.get_tail(
            request.n, raw=request.raw, output=request.output, include_latest=True
        )
    # IPython calls the current session 0 in a range, and by its number in a tail.
    return [
        [session or history.session_number, line, _entry(entry)]
        for session, line, entry in found
    ]


def _entry(entry: Any) -> Any:
    return list(entry) if isinstance(entry, tuple) else entry
