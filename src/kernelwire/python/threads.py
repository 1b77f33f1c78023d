"""Threads started in a cell, and work given to a pool in one, print in that cell.

A new thread begins with an empty context, up to Python 3.13 at least. So that it has the
same parent as the code that started it, and nothing else of that code's context,
`Thread.start` and `ThreadPoolExecutor.submit` are wrapped. `engine` installs this.
"""

from __future__ import annotations

import concurrent.futures
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from kernelwire.python.current import Current, Parent

_T = TypeVar("_T")

# Its work is pickled (Python 3.14), and prints in another interpreter's streams.
_INTERPRETERS: Any = getattr(concurrent.futures, "InterpreterPoolExecutor", None) or ()


def leave_alone(thread: threading.Thread) -> None:
    """Keep debuggers from stopping a thread that is the kernel's own.

    Source: pydevd, which has no other interface for it (debugpy 1.8).
    """
    thread.pydev_do_not_trace = True  # type: ignore[attr-defined]
    thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]


class Threads:
    """Hands the parent on to threads, for as long as the kernel lives."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._start = threading.Thread.start
        self._submit = ThreadPoolExecutor.submit

    def install(self) -> None:
        """Wrap the two methods; subclasses call them as before."""
        inherited = self

        def start(self: threading.Thread) -> None:
            inherited.start(self)

        def submit(
            self: ThreadPoolExecutor,
            fn: Callable[..., _T],
            /,
            *args: Any,
            **kwargs: Any,
        ) -> Future[_T]:
            return inherited.submit(self, fn, *args, **kwargs)

        start.__doc__ = self._start.__doc__
        submit.__doc__ = self._submit.__doc__
        threading.Thread.start = start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign, assignment]

    def uninstall(self) -> None:
        """Put Python's methods back."""
        threading.Thread.start = self._start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = self._submit  # type: ignore[method-assign]

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
            run()

        attributes["run"] = run_inherited
        try:
            self._start(thread)
        except RuntimeError:  # it runs already, or the system has no more threads
            unshadow()
            raise

    def submit(
        self,
        pool: ThreadPoolExecutor,
        function: Callable[..., _T],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Future[_T]:
        """Give a pool work that belongs to the caller's parent, whatever ran before."""
        parent = self._current.own
        if parent is None or isinstance(pool, _INTERPRETERS):
            return self._submit(pool, function, *args, **kwargs)
        return self._submit(pool, self._work, parent, function, *args, **kwargs)

    def _work(
        self, parent: Parent, function: Callable[..., _T], /, *args: Any, **kwargs: Any
    ) -> _T:
        __tracebackhide__ = True
        before = self._current.own
        self._current.adopt(parent)
        try:
            return function(*args, **kwargs)
        finally:
            self._current.adopt(before)
