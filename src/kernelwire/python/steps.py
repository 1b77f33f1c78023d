"""The steps of an awaiting cell, each of which an interrupt can stop before it begins.

asyncio's `cancel()` stops a task that waits. One whose wait is over, and whose next step
is due, may compute for ever in that step: the cancellation would come when it has ended.
`loop` runs the coroutine of each cell in this.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from kernelwire.python.interrupts import Latch

if TYPE_CHECKING:
    from types import TracebackType

_T = TypeVar("_T")


class Steps(Coroutine[Any, Any, _T]):
    """A coroutine that can be told to end when it is next given a turn.

    All but `stop` and `take` belong to the thread of the loop.
    """

    def __init__(self, cell: Coroutine[Any, Any, _T]) -> None:
        self._cell = cell
        self._stop = Latch()

    def stop(self) -> None:
        """Have the next step raise CancelledError; called in any thread, or a signal."""
        self._stop.ask()

    def take(self) -> bool:
        """Tell whether a stop has not been obeyed yet, which is thereby withdrawn."""
        return self._stop.take()

    def send(self, value: Any) -> Any:
        """Take a step, or be stopped."""
        if self._stop.take():
            return self._cell.throw(CancelledError())
        return self._cell.send(value)

    def throw(
        self,
        typ: Any,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> Any:
        """Take a step with what was awaited having failed, or be stopped."""
        if self._stop.take():
            return self._cell.throw(CancelledError())
        if val is None and tb is None:
            return self._cell.throw(typ)
        return self._cell.throw(typ, val, tb)

    def close(self) -> None:
        """Close the coroutine."""
        self._cell.close()

    def __await__(self) -> Any:
        """Await the coroutine itself."""
        return self._cell.__await__()

    def __getattr__(self, name: str) -> Any:
        """Return what asyncio shows of a task, such as `cr_frame` and `__qualname__`."""
        return getattr(self._cell, name)
