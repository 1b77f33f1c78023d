"""What each shell of the kernel has of its own: the main shell, and subshells (JEP 91).

There is one KernelShell with one namespace, which threads use at the same time. What
belongs to a request, such as the number of the cell, it looks up in the request's lane.
`engine` makes the lanes.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from kernelwire.python.interrupts import Shield, interruptible

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any, TypeVar

    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import ExecutionResult
    from IPython.core.payload import PayloadManager

    from kernelwire._host import Output
    from kernelwire.python.current import Current
    from kernelwire.python.loop import KernelLoop

    _T = TypeVar("_T")


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
        self._shield = Shield()
        self._loop: KernelLoop | None = None
        self._output: Output | None = None
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

    @property
    def loop(self) -> KernelLoop:
        """Where awaiting cells run; made, and asyncio imported, when first asked for."""
        if self._loop is None:
            if self.thread == get_ident():
                self._shield.over(self._make_loop)
            else:
                self._make_loop()
        assert self._loop is not None
        return self._loop

    def _make_loop(self) -> None:
        # First, as the loop is asked for as soon as asyncio has been imported.
        import asyncio  # noqa: F401

        from kernelwire.python.loop import KernelLoop

        if self._loop is None:
            self._loop = KernelLoop(self._wake)

    def answer(self, output: Output | None = None) -> None:
        """Say that the calling thread now answers a request of this shell.

        Args:
            output: The request's; the first one is kept, to wake the shell by.
        """
        if self._output is None:
            self._output = output
        self.thread = get_ident()
        if "asyncio" in sys.modules:  # else nobody can ask for the loop that runs
            self.hold()

    def hold(self) -> None:
        """Let the loop count as running on this thread."""
        if not self.loop.is_running():
            self.loop.hold()  # the first request, or an interrupt met a task's last step

    def interrupt(self) -> bool:
        """Interrupt the cell where it awaits; called on any thread.

        Returns:
            False when KeyboardInterrupt should be raised in it instead.
        """
        if self._shield.keep():
            return True
        return self._loop is not None and self._loop.interrupt()

    def was_interrupted(self, raised: BaseException) -> bool:
        """Tell whether an error is how an interrupt ends a cell that awaits."""
        if self._loop is None or not self._loop.interrupted:
            return False
        from asyncio import CancelledError

        return isinstance(raised, CancelledError)

    def pump(self) -> None:
        """Let tasks take a step."""
        if self._loop is not None:
            self._loop.pump()

    def wait(self, fds: Sequence[int]) -> bool:
        """Let tasks go on until there is a request; see KernelLoop.wait."""
        return self._loop is not None and self._loop.wait(fds)

    def leave(self) -> None:
        """Let go of the loop in a forked child."""
        if self._loop is not None:
            self._loop.leave()

    def finish(self) -> None:
        """End the tasks, on the shell's thread; there will be no more requests."""
        if self._loop is not None:
            self._loop.finish()
        self._output = None  # which keeps the server, where a program goes on

    def _wake(self) -> None:
        if self._output is not None:
            self._output.wake()

    def forget_errors(self) -> None:
        """Begin with a cell: no error has been shown, and no interrupt has come."""
        if self._loop is not None:
            self._loop.interrupted = False
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
    def loop(self) -> KernelLoop:
        """The loop of that lane; made, and asyncio imported, when first asked for."""
        return self.here.loop

    def hold(self) -> None:
        """Let `asyncio.create_task()` work in the cell that has imported asyncio."""
        if self.answers:
            self.here.hold()

    @property
    def answers(self) -> bool:
        """Whether the calling thread is one that answers requests."""
        return get_ident() in (self.main.thread, self.here.thread)

    def wait(self, subshell_id: str, fds: Sequence[int]) -> bool:
        """Let a shell's tasks go on until there is a request; see KernelLoop.wait."""
        lane = self.find(subshell_id)
        return lane is not None and interruptible(lane.wait, fds)

    def leave(self) -> None:
        """Let go of the loops in a forked child."""
        for lane in (self.main, *self._beside.values()):
            lane.leave()

    def find(self, subshell_id: str) -> Lane | None:
        """Return the lane of a shell; None where a subshell has none yet."""
        return self._beside.get(subshell_id) if subshell_id else self.main

    def add(self, lane: Lane) -> None:
        """Take a subshell's lane, on the subshell's thread."""
        self._beside[lane.subshell_id] = lane

    def remove(self, subshell_id: str) -> Lane | None:
        """Let go of a subshell's lane; returns it where there was one."""
        return self._beside.pop(subshell_id, None)


class LoopRunner:
    """What IPython's `loop_runner` is: called with the coroutine of an awaiting cell."""

    def __init__(self, lanes: Lanes, current: Current) -> None:
        self._lanes = lanes
        self._current = current

    def __call__(self, cell: Coroutine[Any, Any, _T]) -> _T:
        """Run a cell's coroutine in the loop of its shell."""
        return self._lanes.loop.run_cell(cell, self._current.output)

    def __str__(self) -> str:
        """Return the name that `%autoawait` shows."""
        return "asyncio"
