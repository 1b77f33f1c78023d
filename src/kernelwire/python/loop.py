"""The asyncio loop of a shell, which lives as long as the shell.

Awaiting cells run in it. While other cells run it counts as running, as it truly does
under ipykernel, so that `asyncio.create_task()` works in any cell; tasks go on in every
await, and take a step after every cell. Between requests the server waits, and where
something is scheduled has the loop do it. The main shell has one, and so has each
subshell: `lanes` imports this and makes them once asyncio is asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, cast

from kernelwire.python.background import Failures
from kernelwire.python.selector import LoopSelector
from kernelwire.python.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence

    from kernelwire._host import Output

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_UNSET: Any = object()
_GRACE = 1.0
"""How long a cancelled task may take to end, in seconds."""
_MOMENT = 0.005
"""How long what another thread schedules waits, in seconds."""
_STUCK = 0.2
"""How long a task may run between cells before an interrupt is for it, in seconds."""


class KernelLoop(asyncio.SelectorEventLoop):
    """An event loop for code that comes in cells.

    Confined to the thread of its shell, as every asyncio loop is, but for `call_soon`
    and with it what happens to futures: a widget's callback in a subshell may set one
    that a cell of the main shell awaits.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        """Begin with nothing to do.

        Args:
            wake: Has the server call `wait`; called by any thread.
        """
        self._held = False  # before the base class, which asks is_running()
        self._watched = LoopSelector()
        super().__init__(self._watched)
        self._watched.ring = super()._write_to_self  # type: ignore[misc]
        self._wake = wake
        self._failures = Failures(self._report_soon)
        self._waits = False
        self._thread: int | None = None
        self._cell: asyncio.Task[Any] | None = None
        self._steps: Steps[Any] | None = None
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
        """Have a function called in the loop; wake the loop if another thread asks.

        What another thread asks for is called a moment later: `Event.set()` goes on
        through the event's waiters, which the loop's thread would take out meanwhile.
        """
        if self._thread in (None, get_ident()):
            handle = super().call_soon(callback, *args, context=context)
            self._look_up()
            return handle
        handle = asyncio.Handle(callback, args, self, context)
        self.call_soon_threadsafe(self.call_later, _MOMENT, _run, handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Have a function called at a time of the loop's."""
        handle = super().call_at(when, callback, *args, context=context)
        self._look_up()
        return handle

    def show(self, toolkit: Callable[[Any], object] | None) -> None:
        """Let a toolkit's windows live whenever the loop waits; None: no toolkit's.

        Args:
            toolkit: Runs the toolkit's event loop; `guis` has them.
        """
        self._watched.toolkit = toolkit

    def create_task(
        self, coro: Generator[Any, None, _T] | Coroutine[Any, Any, _T], **options: Any
    ) -> asyncio.Task[_T]:
        """Make a task; where a cell makes it, its failure is shown there."""
        task = super().create_task(coro, **options)
        if asyncio.current_task(self) in (None, self._cell):
            self._failures.watch(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell of a failure, in the cell that what failed belongs to."""
        _context_of(context).run(super().call_exception_handler, context)

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
        outer, held = (self._cell, self._steps), self._held
        steps = Steps(cell)
        watched: list[int] = []
        self.release()
        self.interrupted = False
        task: asyncio.Task[_T] = super().create_task(steps, context=context)
        try:
            self._cell, self._steps = task, steps
            watched = self._watch(output)
            with self._woken_by_signals():
                return self.run_until_complete(task)
        except KeyboardInterrupt:
            # Raised by the cell; or in the loop or in another task while it waits; or it
            # was cancelled before, and catches CancelledError to go on.
            if not task.done():
                self._end(task, steps)
            if task.done() and not task.cancelled():
                return task.result()
            raise
        finally:
            for fd in watched:
                self.remove_reader(fd)
            self._cell, self._steps = outer
            if held:
                self.hold()
            _adopt(context)

    def pump(self) -> None:
        """Let tasks that can go on take a step, and see to it that they go on.

        Costs nothing where there are none.
        """
        if not (self._held and self._has_work()):
            return
        self.release()
        try:
            # In the second turn it is noticed what has ended in the first.
            self.call_soon(self.call_soon, self.stop)
            self.run_forever()
        finally:
            self.hold()
        self._report()
        if self._has_work():
            self._wake()

    def wait(self, fds: Sequence[int]) -> bool:
        """Run what is scheduled until there is a request.

        Args:
            fds: File descriptors; one is readable when a request may have come.

        Returns:
            False where nothing is scheduled: at once, or after the wait.
        """
        if not self._has_work():
            return False
        self.release()
        self._waits = True
        try:
            for fd in fds:
                self.add_reader(fd, self.stop)
            with self._woken_by_signals():
                self.run_forever()
        except (KeyboardInterrupt, SystemExit) as exc:
            self.call_soon(self._report_escaped, exc)
        finally:
            self._waits = False
            for fd in fds:
                self.remove_reader(fd)
            self.hold()
        return self._has_work()

    def leave(self) -> None:
        """Let go of what a forked child shares with its parent, and end its wait."""
        self._watched.leave()
        if self._waits:
            for handle in self._ready:  # type: ignore[attr-defined]
                handle.cancel()  # what else is due is the parent's to do
            self.stop()

    def interrupt(self) -> bool:
        """Cancel the cell's task where it waits; called by the signal's handler.

        Another thread may call it for a subshell. Between cells, tasks that wait are
        left alone.

        Returns:
            False when KeyboardInterrupt should be raised instead: no cell awaits, its
            own code is running, or it was cancelled before and goes on nevertheless.
            Or the handler of a comm is running as well, and should end too. Or, between
            cells, a task keeps the kernel from all else, or the callback of a window.
        """
        if self._waits:
            return self._watched.busy < _STUCK and not self._watched.calls_back
        task, steps = self._cell, self._steps
        if task is None or steps is None or self.interrupted:
            return False
        # Before it is asked whether the cell is in a step: one that begins now is stopped.
        self.interrupted = True
        steps.stop()
        if asyncio.current_task(self) is task and steps.take():
            self.interrupted = False
            return False
        self.call_soon_threadsafe(_cancel, task, steps)
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

    def _end(self, task: asyncio.Task[Any], steps: Steps[Any]) -> None:
        """Give a cell that goes on a moment to clean up."""
        steps.take()
        task.cancel()
        with self._woken_by_signals():
            self.run_until_complete(asyncio.wait({task}, timeout=_GRACE))

    def _has_work(self) -> bool:
        # One file object is the loop's own, by which other threads wake it.
        return bool(
            self._ready  # type: ignore[attr-defined]
            or self._scheduled  # type: ignore[attr-defined]
            or len(self._watched.get_map()) > 1
            or getattr(self, "_signal_handlers", None)
            or self._watched.toolkit
        )

    def _write_to_self(self) -> None:
        """Wake the loop, which another thread has given something to do."""
        super()._write_to_self()  # type: ignore[misc]
        if not super().is_running():
            self._wake()

    def _look_up(self) -> None:
        """Let the loop go on where the callback of a window has given it work."""
        if self._watched.lent:
            self._watched.ring()

    def _report_soon(self) -> None:
        # While a cell runs, it may be about to await what has failed.
        if self._waits:
            self.call_soon(self._report)

    def _report(self) -> list[BaseException | None]:
        """Tell of tasks that have failed with nobody to notice; returns what they raised."""
        reported = []
        for task, context in self._failures.take():
            exc = task.exception()
            reported.append(exc)
            message = "Task exception was never retrieved"
            failure = {"message": message, "exception": exc, "future": task}
            context.run(self.call_exception_handler, failure)
        return reported

    def _report_escaped(self, exc: BaseException) -> None:
        """Tell of what came out of the loop, unless a task has raised it."""
        if exc not in self._report():
            message = "Exception in a callback"
            self.call_exception_handler({"message": message, "exception": exc})


def _context_of(failure: dict[str, Any]) -> contextvars.Context:
    """Return a copy of the context of what has failed, as far as it is known."""
    handle = failure.get("handle")
    task = failure.get("task") or failure.get("future")
    if handle is not None:
        return cast("contextvars.Context", handle._context.copy())
    own = getattr(task, "get_context", contextvars.copy_context)  # Python 3.12 has it
    return cast("contextvars.Context", own().copy())


def _cancel(task: asyncio.Task[Any], steps: Steps[Any]) -> None:
    if steps.take():
        task.cancel()


def _run(handle: asyncio.Handle) -> None:
    if not handle.cancelled():
        handle._run()


def _adopt(context: contextvars.Context) -> None:
    """Keep what a cell's task set, as a cell without await does.

    A task runs in a copy of the context, so that `decimal.getcontext().prec = 50` or a
    ContextVar set by one cell would be unknown to the next.
    """
    for variable, value in context.items():
        if variable.get(_UNSET) is not value:
            variable.set(value)
