"""`input()` and `getpass.getpass()`, asked of the frontend over the stdin channel."""

from __future__ import annotations

import builtins
import sys

from kernelwire.errors import StdinRefused

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kernelwire.python.current import Current


class Stdin:
    """Replaces the two functions for as long as the kernel lives.

    Any thread may ask, and asks the frontend of the request that it belongs to. An interrupt
    ends the wait of a thread that answers requests, and of no other.
    """

    def __init__(
        self, current: Current, refused: type[Exception] = StdinRefused
    ) -> None:
        """Make what asks.

        Args:
            current: Knows the request whose frontend is asked.
            refused: Raised where the frontend takes no input requests.
        """
        self._current = current
        self._refused = refused
        self._input: Callable[..., str] | None = None
        self._getpass: Callable[..., str] | None = None

    def install(self) -> None:
        """Put our `input` in the place of Python's."""
        self._input = builtins.input
        builtins.input = self.input

    def install_getpass(self) -> None:
        """Put our `getpass.getpass` in the place of Python's, and import the module."""
        import getpass

        self._getpass = getpass.getpass
        getpass.getpass = self.getpass

    def uninstall(self) -> None:
        """Put Python's functions back."""
        if self._input is not None:
            builtins.input = self._input
            self._input = None
        if self._getpass is not None:
            sys.modules["getpass"].getpass = self._getpass  # type: ignore[attr-defined]
            self._getpass = None

    def input(self, prompt: object = "", /) -> str:
        """Read a line of text from the frontend, without its line end.

        Raises:
            Exception: If the frontend takes no input requests; of the type `refused`.
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
        output = self._current.output
        if output is None:
            msg = "there is no request whose frontend could be asked for input"
            raise RuntimeError(msg)
        try:
            return output.input(prompt, password)
        except StdinRefused:
            msg = "input() was called, and this frontend does not take input requests"
            raise self._refused(msg) from None
