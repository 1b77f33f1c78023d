"""SIGINT: KeyboardInterrupt in what runs for a request, nothing between requests.

Jupyter interrupts by signal, or by message, upon which the core sends itself the signal.
"""

from __future__ import annotations

# signal wraps these in enums, and takes 5 ms to import, before kernel_info.
import _signal  # type: ignore[import-not-found]

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import ParamSpec, TypeVar

    _P = ParamSpec("_P")
    _T = TypeVar("_T")


def interruptible(
    function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
) -> _T:
    """Call a function; a SIGINT that arrives meanwhile raises in it."""
    return function(*args, **kwargs)


_INTERRUPTIBLE = interruptible.__code__


class Latch:
    """Something that was asked for, which is obeyed or withdrawn, and not both.

    Any thread may use it, and the handler of a signal.
    """

    def __init__(self) -> None:
        # A list, since to take its only item is one step, which nothing comes between.
        self._asked: list[None] = []

    def ask(self) -> None:
        """Ask for it."""
        self._asked.append(None)

    def take(self) -> bool:
        """Tell whether it is asked for, and no more."""
        if not self._asked:
            return False  # as nearly always, and an exception would cost more
        try:
            self._asked.pop()
        except IndexError:
            return False
        return True


class Shield:
    """Keeps a shell's interrupts back while something runs that must come to its end.

    Such as an import of our own: one that is cut short leaves modules behind that are
    half made, for as long as the process lives.
    """

    def __init__(self) -> None:
        self._kept: Latch | None = None

    def keep(self) -> bool:
        """Keep an interrupt, if it is to be kept; called in any thread, or a signal."""
        kept = self._kept
        if kept is None:
            return False
        kept.ask()
        # Where the shield is down by now, it was seen there if it cannot be taken back.
        return self._kept is kept or not kept.take()

    def over(self, function: Callable[[], _T]) -> _T:
        """Call a function, on the shell's thread.

        Raises:
            KeyboardInterrupt: The shell was interrupted meanwhile.
        """
        if self._kept is not None:
            return function()  # called by what is shielded already
        kept = self._kept = Latch()
        try:
            made = function()
        finally:
            self._kept = None
        if kept.take():
            raise KeyboardInterrupt
        return made


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
        self.let_go: Callable[[], None] = lambda: None
        """Lets code go on that stands in the debugger, to where the interrupt is raised."""
        self.entrance: CodeType | None = None
        """Of the function that leads to the code of a cell. An interrupt that comes
        between the two is kept: the cell was shown to run, and its user meant it."""
        self._early = False

    def install(self) -> None:
        """Handle SIGINT from now on; does nothing off the main thread."""
        try:
            _signal.signal(_signal.SIGINT, self._handle)
        except ValueError:
            return  # a kernel on a thread of a larger program, which has the signals

    def begin(self) -> None:
        """Forget what was kept: called in the entrance, first of all."""
        self._early = False

    def came_early(self) -> bool:
        """Tell whether an interrupt came since `begin()`, before anything ran."""
        return self._early

    def _handle(self, _signum: int, frame: FrameType | None) -> None:
        self.let_go()
        self.spread()
        while frame is not None:
            if frame.f_code is _INTERRUPTIBLE:
                if not self.divert():
                    raise KeyboardInterrupt
                return
            if frame.f_code is self.entrance:
                self._early = True
            frame = frame.f_back


_HANDLER = Interrupts._handle.__code__


def hide_handler(exc: BaseException | None) -> None:
    """Take the handler's frame out of the traceback of an interrupt.

    The code that was interrupted did not call it. Python's own handler is written in C,
    and has no frame.

    Args:
        exc: any exception; its tracebacks are changed in place, as are those of the
            exceptions during whose handling it was raised.
    """
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        tb = exc.__traceback__
        while tb is not None and (inner := tb.tb_next) is not None:
            if inner.tb_frame.f_code is _HANDLER:
                tb.tb_next = None
            tb = tb.tb_next
        exc = exc.__context__
