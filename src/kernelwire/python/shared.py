"""What IPython has one of and several threads use: made fit for subshells (JEP 91).

`shell` puts these in the place of IPython's own, of which they are subclasses.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Literal

from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.compilerop import CachingCompiler
from IPython.core.display_trap import DisplayTrap

from kernelwire.python import cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


class SharedDisplayTrap(DisplayTrap):
    """`sys.displayhook` is IPython's for as long as any thread runs a cell.

    IPython counts how deep the trap is nested, and acts on the count before it changes
    it: of two threads, one could take the hook away from the other.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._entering = threading.RLock()

    def __enter__(self) -> DisplayTrap:
        """Set the hook unless it is set."""
        with self._entering:
            super().__enter__()
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        """Put Python's hook back if this was the last cell to end."""
        with self._entering:
            super().__exit__(type, value, traceback)
        return False


class SharedBuiltinTrap(BuiltinTrap):
    """`get_ipython` is a builtin for as long as any thread runs a cell."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._entering = threading.RLock()

    def __enter__(self) -> BuiltinTrap:
        """Add the builtins unless they are there."""
        with self._entering:
            super().__enter__()
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        """Remove them if this was the last cell to end."""
        with self._entering:
            super().__exit__(type, value, traceback)
        return False


class SharedCompiler(CachingCompiler):
    """Keeps extra flags on until the last who wanted them is done.

    IPython turns on top-level await for each statement, and off after it: another
    thread's `await` would be a SyntaxError in between.
    """

    def __init__(self) -> None:
        super().__init__()
        self._changing = threading.Lock()
        self._extra = 0
        self._users = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Name a cell after its text, as frontends' debuggers do."""
        del transformed_code, number
        return cells.name_of(raw_code)

    @contextlib.contextmanager
    def extra_flags(self, flags: int) -> Iterator[None]:
        """Compile with these flags too."""
        with self._changing:
            self._extra |= ~self.flags & flags
            self.flags |= flags
            self._users += 1
        try:
            yield
        finally:
            with self._changing:
                self._users -= 1
                if not self._users:
                    self.flags &= ~self._extra
                    self._extra = 0
