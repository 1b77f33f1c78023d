"""Tasks that go on after the cell that made them, and fail with nobody to notice.

asyncio tells of such a failure when the task is thrown away, and a notebook seldom throws
one away: `Out` keeps it, or a variable does. `loop` reports what is found here, in the
cell that made the task.
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator


class Failures:
    """The failures of tasks that were made by cells, and not by other tasks.

    Those that tasks make are their makers' to await, which may take any time. Confined to
    the thread of the loop.
    """

    def __init__(self, notice: Callable[[], None]) -> None:
        """Begin with none.

        Args:
            notice: Called in the loop for each failure found.
        """
        self._notice = notice
        self._found: list[tuple[asyncio.Task[Any], contextvars.Context]] = []

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Notice when a task fails; called in the context that its failure belongs to."""
        task.add_done_callback(self._done)

    def take(self) -> Iterator[tuple[asyncio.Task[Any], contextvars.Context]]:
        """Yield each task that has failed unnoticed, once, and the context it is of."""
        found, self._found = self._found, []
        for task, context in found:
            if _unnoticed(task):
                yield task, context

    def _done(self, task: asyncio.Task[Any]) -> None:
        if _unnoticed(task):
            self._found.append((task, contextvars.copy_context()))
            self._notice()


def _unnoticed(task: asyncio.Task[Any]) -> bool:
    """Tell whether nobody has asked for a failed task's exception so far.

    Source: asyncio's futures, which have no other name for it (Python 3.11 to 3.14).
    """
    return bool(task._log_traceback)
