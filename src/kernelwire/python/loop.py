"""The asyncio loop of a shell, which lives as long as the shell.

Awaiting cells run in it. While other cells run it counts as running, as it truly does
under ipykernel, so that `asyncio.create_task()` works in any cell; tasks go on in every
await, and take a step after every cell. The main shell has one, and so has each
subshell: `lanes` makes them, `shell` runs cells in them.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from kernelwire._host import Output
    from kernelwire.python.current import Current
    from kernelwire.python.lanes import Lanes

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_UNSET: Any = object()
_GRACE = 1.0
"""How long a cancelled task may take to end, in seconds."""


class KernelLoop(asyncio.SelectorEventLoop):
    """An event loop for code that comes in cells.

    Confined to the thread of its shell, as every asyncio loop is, but for `call_soon`
    and with it what happens to futures: a widget's callback in a subshell may set one
    that a cell of the main shell awaits.
    """

    def __init__(self) -> None:
        self._held = False  # before the base class, which asks is_running()
        super().__init__()
        self._thread: int | None = None
        self._cell: asyncio.Task[Any] | None = None
        self._answering = False
        self.interrupted = False
        """Whether the cell's task was cancelled by an interrupt."""

    def hold(self) -> None:
        """Count as running on this thread, without running."""
        asyncio.set_event_loop(self)
        asyncio._set_running_loop(self)
        self._thread = get_ident()
        self._held = True

    def release(self) -> None:
        """Count as running no more, so that the loop can really run."""
        self._held = False
        asyncio._set_running_loop(None)

    def call_soon(
        self,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Have a function called in the loop; wake the loop if another thread asks."""
        if self._thread in (None, get_ident()):
            return super().call_soon(callback, *args, context=context)
        return self.call_soon_threadsafe(callback, *args, context=context)

    def is_running(self) -> bool:
        """Tell whether the loop runs or counts as running.

        Panel and tornado decide by it whether a callback may be scheduled.
        """
        return self._held or super().is_running()

    def run_cell(
        self, cell: Coroutine[Any, Any, _T], output: Output | None = None
    ) -> _T:
        """Run the coroutine of a cell, and every other task while it waits.

        Args:
            cell: The coroutine.
            output: Answers comm messages meanwhile; none: they wait for the end.

        Raises:
            KeyboardInterrupt: If an interrupt met the loop outside the cell's own code.
            RuntimeError: If the loop runs already: a cell within an awaiting cell.
        """
        if super().is_running():
            cell.close()
            msg = "this event loop is already running"
            raise RuntimeError(msg)
        context = contextvars.copy_context()
        outer, held = self._cell, self._held
        self.release()
        task: asyncio.Task[_T] = self.create_task(cell, context=context)
        self._cell = task
        self.interrupted = False
        watched = self._watch(output)
        try:
            with self._woken_by_signals():
                return self._complete(task)
        finally:
            for fd in watched:
                self.remove_reader(fd)
            self._cell = outer
            if held:
                self.hold()
            _adopt(context)

    def pump(self) -> None:
        """Let tasks that can go on take a step; costs nothing where there are none."""
        if not (self._held and self._has_work()):
            return
        self.release()
        try:
            self.call_soon(self.stop)
            self.run_forever()
        finally:
            self.hold()

    def interrupt(self) -> bool:
        """Cancel the cell's task where it waits; called by the signal's handler.

        Another thread may call it for a subshell.

        Returns:
            False when KeyboardInterrupt should be raised instead: no cell awaits, its
            own code is running, or it was cancelled before and goes on nevertheless.
            Or the handler of a comm is running as well, and should end too.
        """
        task = self._cell
        if task is None or self.interrupted or asyncio.current_task(self) is task:
            return False
        self.interrupted = True
        self.call_soon_threadsafe(task.cancel)
        return not self._answering

    def finish(self) -> None:
        """Cancel what still runs, give it a moment, and close the loop."""
        self.release()
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.wait(tasks, timeout=_GRACE))
        self.run_until_complete(self.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        self.close()

    @contextlib.contextmanager
    def _woken_by_signals(self) -> Iterator[None]:
        """Have signals wake the loop.

        One that comes just before the loop begins to wait does not cut the wait short,
        and its handler would be called when something else does.
        """
        wake = self._csock.fileno()  # type: ignore[attr-defined]
        try:
            before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        except ValueError:  # a thread that has no signals
            yield
            return
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)

    def _watch(self, output: Output | None) -> list[int]:
        """Have comm messages answered from now on; returns what is watched for them."""
        if output is None:
            return []
        watched = output.comm_fds()
        for fd in watched:
            self.add_reader(fd, self._answer_comms, output)
        self.call_soon(self._answer_comms, output)
        return watched

    def _answer_comms(self, output: Output) -> None:
        if self._cell is None:
            return  # scheduled by a cell that has ended
        self._answering = True
        try:
            more = output.answer_comms()
        except KeyboardInterrupt:
            if not self.interrupted:
                raise
            return  # it was for a handler that has just ended; the cell is cancelled
        finally:
            self._answering = False
        if more:
            self.call_soon(self._answer_comms, output)

    def _complete(self, task: asyncio.Task[_T]) -> _T:
        try:
            return self.run_until_complete(task)
        except KeyboardInterrupt:
            # Raised in the loop or in another task while the cell waits; or it was
            # cancelled before, and catches CancelledError to go on.
            task.cancel()
            self.run_until_complete(asyncio.wait({task}, timeout=_GRACE))
            if task.done() and not task.cancelled():
                return task.result()
            raise

    def _has_work(self) -> bool:
        # One file object is the loop's own, by which other threads wake it.
        return bool(
            self._ready or self._scheduled or len(self._selector.get_map()) > 1  # type: ignore[attr-defined]
        )


class LoopRunner:
    """What IPython's `loop_runner` is: called with the coroutine of an awaiting cell."""

    def __init__(self, lanes: Lanes, current: Current) -> None:
        self._lanes = lanes
        self._current = current

    def __call__(self, cell: Coroutine[Any, Any, _T]) -> _T:
        """Run a cell's coroutine in the loop of its shell."""
        return self._lanes.here.loop.run_cell(cell, self._current.output)

    def __str__(self) -> str:
        """Return the name that `%autoawait` shows."""
        return "asyncio"


def _adopt(context: contextvars.Context) -> None:
    """Keep what a cell's task set, as a cell without await does.

    A task runs in a copy of the context, so that `decimal.getcontext().prec = 50` or a
    ContextVar set by one cell would be unknown to the next.
    """
    for variable, value in context.items():
        if variable.get(_UNSET) is not value:
            variable.set(value)
