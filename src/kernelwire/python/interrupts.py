"""SIGINT: KeyboardInterrupt in what runs for a request, nothing between requests.

Jupyter interrupts by signal, or by message, upon which the core sends itself the signal.
"""

from __future__ import annotations

# signal wraps these in enums, and takes 5 ms to import, before kernel_info.
import _signal  # type: ignore[import-not-found]

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import ParamSpec, TypeVar

    _P = ParamSpec("_P")
    _T = TypeVar("_T")


def interruptible(
    function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
) -> _T:
    """Call a function; a SIGINT that arrives meanwhile raises in it."""
    return function(*args, **kwargs)


_INTERRUPTIBLE = interruptible.__code__


class Interrupts:
    """The handler of SIGINT.

    Whether something may be interrupted is read off the stack: `interruptible` is on it
    or not. A flag would have to be cleared after the call, and a signal that comes just
    before would leave it set, to raise in the idle kernel later.
    """

    def __init__(self) -> None:
        self.divert: Callable[[], bool] = lambda: False
        """Asked first; true when it stops what runs in a gentler way than raising."""
        self.spread: Callable[[], None] = lambda: None
        """Interrupts what no signal reaches: the threads of subshells."""

    def install(self) -> None:
        """Handle SIGINT from now on; does nothing off the main thread."""
        try:
            _signal.signal(_signal.SIGINT, self._handle)
        except ValueError:
            return  # a kernel on a thread of a larger program, which has the signals

    def _handle(self, _signum: int, frame: FrameType | None) -> None:
        self.spread()
        while frame is not None:
            if frame.f_code is _INTERRUPTIBLE:
                if not self.divert():
                    raise KeyboardInterrupt
                return
            frame = frame.f_back
