"""The inputs of a session, in memory: read in the three ways of the protocol.

Source: messaging.html#history
"""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from kernelwire._host import HistoryRequest

KEPT = 10_000
"""How many inputs of a shell are kept."""

_SESSION = 1
"""The number of the only session there is."""


class History:
    """The inputs of one shell."""

    def __init__(self) -> None:
        self._inputs: deque[tuple[int, str]] = deque(maxlen=KEPT)

    def add(self, number: int, code: str) -> None:
        """Keep an input."""
        self._inputs.append((number, code))

    def entries(self, request: HistoryRequest) -> list[list[Any]]:
        """Return the inputs that a request asks for.

        Returns:
            A list of [session, line, input]; with `output`, of [session, line, [input,
            None]], since outputs are not kept.
        """
        found: Iterable[tuple[int, str]]
        if request.access == "range":
            found = self._range(request.session, request.start, request.stop)
        elif request.access == "search":
            found = self._search(request.pattern, request.n, request.unique)
        else:
            found = list(self._inputs)[-request.n :] if request.n > 0 else ()
        return [
            [_SESSION, number, [code, None] if request.output else code]
            for number, code in found
        ]

    def _range(
        self, session: int, start: int, stop: int | None
    ) -> list[tuple[int, str]]:
        """Return inputs by their numbers; a session below 1 counts back from this one."""
        if session not in (0, _SESSION):
            return []
        if start < 0 or (stop is not None and stop < 0):
            last = self._inputs[-1][0] + 1 if self._inputs else 0
            start = start + last if start < 0 else start
            stop = stop + last if stop is not None and stop < 0 else stop
        return [
            (number, code)
            for number, code in self._inputs
            if number >= start and (stop is None or number < stop)
        ]

    def _search(self, pattern: str, count: int, unique: bool) -> list[tuple[int, str]]:
        """Return the latest inputs that match a pattern with `*` and `?`."""
        from fnmatch import translate
        from re import compile

        matches = compile(translate(pattern or "*")).match
        found = [entry for entry in self._inputs if matches(entry[1])]
        if unique:  # the last of each
            latest = {code: number for number, code in found}
            found = sorted((number, code) for code, number in latest.items())
        return found[-count:] if count > 0 else found
