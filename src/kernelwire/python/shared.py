"""What IPython has one of and several threads use: made fit for subshells (JEP 91).

`shell` puts these in the place of IPython's own, of which they are subclasses.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Literal, Self

from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.compilerop import CachingCompiler
from IPython.core.display_trap import DisplayTrap

from kernelwire.python import cells

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Shared:
    """A trap that several threads enter.

    IPython counts how deep a trap is nested, and acts on the count before it changes
    it: of two threads, one could undo what the other still needs.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._entering = threading.RLock()

    def __enter__(self) -> Self:
        """Set the trap unless it is set."""
        with self._entering:
            super().__enter__()  # type: ignore[misc]
        return self

    def __exit__(self, *error: object) -> Literal[False]:
        """Undo it if this was the last cell to end."""
        with self._entering:
            super().__exit__(*error)  # type: ignore[misc]
        return False


class SharedDisplayTrap(_Shared, DisplayTrap):
    """`sys.displayhook` is IPython's for as long as any thread runs a cell."""


class SharedBuiltinTrap(_Shared, BuiltinTrap):
    """`get_ipython` is a builtin for as long as any thread runs a cell."""


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
