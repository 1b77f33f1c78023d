"""What each shell of the kernel has of its own: the main shell, and subshells (JEP 91).

There is one KernelShell with one namespace, which threads use at the same time. What
belongs to a request, such as the number of the cell, it looks up in the request's lane.
`engine` makes the lanes.
"""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Any

from kernelwire.python.loop import KernelLoop

if TYPE_CHECKING:
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import ExecutionResult
    from IPython.core.payload import PayloadManager

    from kernelwire.python.current import Current


class Lane:
    """The state of one shell.

    Written by the thread that answers the shell's requests, and by what their code has
    started on others.
    """

    def __init__(self, subshell_id: str = "") -> None:
        self.subshell_id = subshell_id
        """Empty: the main shell."""
        self.thread = 0
        """The one that answers the shell's requests; 0 before the first."""
        self.loop = KernelLoop()
        """Where awaiting cells run."""
        self.execution_count = 1
        """The number of the next cell, as IPython has it."""
        self.history: HistoryManager | None = None
        self.payloads: PayloadManager | None = None
        """What goes to the frontend with the reply."""
        self.shown: tuple[str, str, list[str]] | None = None
        """Name, value and traceback of the error last shown, for the reply."""
        self.failed_to_format = False
        """Whether it came from formatting the cell's result."""
        self.formatting = False
        """Whether a value is being formatted: an error shown now fails the cell."""
        self.bundle: tuple[dict[str, Any], dict[str, Any] | None] | None = None
        """The formatted value that is to be published."""
        self.result: ExecutionResult | None = None
        """What IPython is told of the cell that runs."""

    def answer(self) -> None:
        """Say that the calling thread now answers a request of this shell."""
        self.thread = get_ident()
        if not self.loop.is_running():
            self.loop.hold()  # the first request, or an interrupt met a task's last step

    def forget_errors(self) -> None:
        """Begin with a cell: no error has been shown."""
        self.shown = None
        self.failed_to_format = False
        self.formatting = False  # still set where an interrupt ended a __repr__


class Lanes:
    """All lanes, and the one that counts where it is asked for. Any thread may ask."""

    def __init__(self, current: Current) -> None:
        self.main = Lane()
        self._current = current
        self._beside: dict[str, Lane] = {}

    @property
    def here(self) -> Lane:
        """The lane of the request that the calling context belongs to.

        So it is also that of threads and tasks which a cell has started.
        """
        parent = self._current.parent
        return self.main if parent is None or parent.lane is None else parent.lane

    @property
    def answers(self) -> bool:
        """Whether the calling thread is one that answers requests."""
        return get_ident() in (self.main.thread, self.here.thread)

    def find(self, subshell_id: str) -> Lane | None:
        """Return the lane of a shell; None where a subshell has none yet."""
        return self._beside.get(subshell_id) if subshell_id else self.main

    def add(self, lane: Lane) -> None:
        """Take a subshell's lane, on the subshell's thread."""
        self._beside[lane.subshell_id] = lane

    def remove(self, subshell_id: str) -> Lane | None:
        """Let go of a subshell's lane; returns it where there was one."""
        return self._beside.pop(subshell_id, None)
