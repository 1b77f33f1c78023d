"""`input()` and `getpass.getpass()`, asked of the frontend over the stdin channel."""

from __future__ import annotations

import builtins
import getpass
from typing import TYPE_CHECKING, Any

from IPython.core.error import StdinNotImplementedError

from kernelwire.errors import StdinRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernelwire.python.current import Current
    from kernelwire.python.lanes import Lanes


class Stdin:
    """Replaces the two functions for as long as the kernel lives.

    Only threads that answer requests can wait for an answer to one of their own.
    """

    def __init__(self, current: Current, lanes: Lanes) -> None:
        self._current = current
        self._lanes = lanes
        self._replaced: tuple[Callable[..., str], Callable[..., str]] | None = None

    def install(self) -> None:
        """Put our functions in the place of Python's."""
        self._replaced = (builtins.input, getpass.getpass)
        builtins.input = self.input
        getpass.getpass = self.getpass

    def uninstall(self) -> None:
        """Put Python's functions back."""
        if self._replaced is not None:
            builtins.input, getpass.getpass = self._replaced
            self._replaced = None

    def input(self, prompt: object = "", /) -> str:
        """Read a line of text from the frontend, without its line end.

        Raises:
            StdinNotImplementedError: If the frontend takes no input requests.
            KeyboardInterrupt: If the wait was interrupted.
        """
        __tracebackhide__ = True  # the user's own frame is the one to look at
        return self._ask(str(prompt), password=False)

    def getpass(
        self, prompt: str = "Password: ", stream: Any = None, **_options: Any
    ) -> str:
        """Read a password from the frontend, which does not show what is typed.

        Args:
            prompt: Shown to the user.
            stream: Unused: the prompt goes to the frontend.
            _options: Unused: `echo_char` of Python 3.14 is the frontend's choice.
        """
        __tracebackhide__ = True
        return self._ask(prompt, password=True)

    def _ask(self, prompt: str, *, password: bool) -> str:
        __tracebackhide__ = True
        if not self._lanes.answers:
            msg = "input() works in the kernel's main thread and its subshells' only"
            raise RuntimeError(msg)
        output = self._current.output
        if output is None:
            msg = "there is no request whose frontend could be asked for input"
            raise RuntimeError(msg)
        try:
            return output.input(prompt, password)
        except StdinRefused:
            msg = "input() was called, and this frontend does not take input requests"
            raise StdinNotImplementedError(msg) from None
