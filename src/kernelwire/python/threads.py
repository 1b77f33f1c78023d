"""Threads started in a cell print in that cell.

A new thread begins with an empty context, up to Python 3.13 at least. So that it has the
same parent as the code that started it, and nothing else of that code's context,
`Thread.start` is wrapped. `pools` does the same for work that is given to a pool.
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from kernelwire.python.current import Current


def leave_alone(thread: threading.Thread) -> None:
    """Keep debuggers from stopping a thread that is the kernel's own.

    Source: pydevd, which has no other interface for it (debugpy 1.8).
    """
    thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
    thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]


def leave_this_frame_out(exc: BaseException) -> None:
    """Take the frame that has caught an exception out of its traceback.

    For code that calls the user's in the place of somebody else: a user who looks at a
    traceback has nothing to do with it. A bare `raise` must follow, which does not put
    the frame back.
    """
    caught = exc.__traceback__
    if caught is not None and caught.tb_next is not None:
        exc.__traceback__ = caught.tb_next


class Threads:
    """Hands the parent on to threads, for as long as the kernel lives."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._start = threading.Thread.start

    def install(self) -> None:
        """Wrap the method; subclasses call it as before."""
        inherited = self

        def start(self: threading.Thread) -> None:
            inherited.start(self)

        start.__doc__ = self._start.__doc__
        threading.Thread.start = start  # type: ignore[method-assign]

    def uninstall(self) -> None:
        """Put Python's method back."""
        threading.Thread.start = self._start  # type: ignore[method-assign]

    def start(self, thread: threading.Thread) -> None:
        """Start a thread that inherits the caller's parent.

        Its `run` is shadowed until it is called: the first moment at which the thread
        runs something of ours, whatever its class has overridden.
        """
        parent = self._current.own
        if parent is None:
            self._start(thread)
            return
        run, attributes = thread.run, vars(thread)
        own = attributes.get("run")

        def unshadow() -> None:
            if own is None:
                attributes.pop("run", None)
            else:
                attributes["run"] = own

        def run_inherited() -> None:
            unshadow()
            self._current.adopt(parent)
            try:
                run()
            except BaseException as exc:
                leave_this_frame_out(exc)
                raise

        attributes["run"] = run_inherited
        try:
            self._start(thread)
        except RuntimeError:  # it runs already, or the system has no more threads
            unshadow()
            raise
