"""Work given to a pool in a cell prints in that cell, whichever cell made the pool.

A pool's threads live from cell to cell, so it is `ThreadPoolExecutor.submit` that is
wrapped, and each piece of work that gets a parent; see `threads`.
"""

from __future__ import annotations

import concurrent.futures
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from kernelwire.python.threads import leave_this_frame_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from kernelwire.python.current import Current, Parent

_T = TypeVar("_T")

# Its work is pickled (Python 3.14), and prints in another interpreter's streams.
_INTERPRETERS: Any = getattr(concurrent.futures, "InterpreterPoolExecutor", None) or ()


class Pools:
    """Hands the parent on to the work of pools, for as long as the kernel lives."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._submit = ThreadPoolExecutor.submit

    def install(self) -> None:
        """Wrap the method; subclasses call it as before."""
        inherited = self

        def submit(
            self: ThreadPoolExecutor,
            fn: Callable[..., _T],
            /,
            *args: Any,
            **kwargs: Any,
        ) -> Future[_T]:
            return inherited.submit(self, fn, *args, **kwargs)

        submit.__doc__ = self._submit.__doc__
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign, assignment]

    def uninstall(self) -> None:
        """Put Python's method back."""
        ThreadPoolExecutor.submit = self._submit  # type: ignore[method-assign]

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
        before = self._current.own
        self._current.adopt(parent)
        try:
            return function(*args, **kwargs)
        except BaseException as exc:
            leave_this_frame_out(exc)
            raise
        finally:
            self._current.adopt(before)
