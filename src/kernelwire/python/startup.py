"""What code prints, shows and raises before the first request: the log's, not a cell's.

`application` runs startup files and the like with this in the place of an Output. What
fails is kept for the first cell, whose user may never see the log.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, cast

from kernelwire._host import write_own_stderr
from kernelwire.errors import StdinRefused
from kernelwire.python.current import Parent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kernelwire._host import Output
    from kernelwire.python.current import Current

_TITLE = "The kernel runs, but not all of your IPython settings could be used:\n"

_log = logging.getLogger(__name__)


class Log:
    """The log of whoever started the kernel, as a stream of text for `logging`."""

    def write(self, text: str) -> None:
        """Write to the stderr that the process was started with."""
        write_own_stderr(text)

    def flush(self) -> None:
        """Do nothing: nothing is kept."""


class Startup(logging.Handler):
    """Stands in for an Output, with those of its methods that code may lead to.

    As a handler of a log it also keeps the errors that come by way of that.
    """

    def __init__(self, current: Current) -> None:
        super().__init__(logging.WARNING)
        self._current = current
        self._log = Log()
        self._failures: list[str] = []

    @contextlib.contextmanager
    def taking_output(self) -> Iterator[None]:
        """Have what code publishes come here.

        Threads and tasks that the code starts belong to no request, and print later in
        the cell that was started last.
        """
        self._current.stand_in(Parent(None, cast("Output", self), None))
        try:
            yield
        finally:
            self._current.stand_in(None)

    def take_failures(self) -> str:
        """Return what has failed so far, as a text for the user, and forget it."""
        if not self._failures:
            return ""
        text = "".join([_TITLE, *self._failures])
        self._failures.clear()
        return text

    def emit(self, record: logging.LogRecord) -> None:
        """Keep errors, and warnings about an exception."""
        if record.exc_info or record.levelno >= logging.ERROR:
            self._failures.append(f"{self.format(record)}\n")

    # What an Output has.

    def stdout(self, text: str) -> None:
        """Write to the log."""
        self._log.write(text)

    def stderr(self, text: str) -> None:
        """Write to the log."""
        self._log.write(text)

    def flush(self) -> None:
        """Do nothing: nothing is kept."""

    def error(self, ename: str, evalue: str, traceback: Sequence[str]) -> None:
        """Keep a traceback, and write it to the log."""
        text = "\n".join(traceback or [f"{ename}: {evalue}"]) + "\n"
        self._failures.append(text)
        self._log.write(text)

    def display_data(self, *_content: Any, **_options: Any) -> None:
        """Show nothing: no frontend has asked for anything yet."""
        _log.info("something was displayed before the first request")

    execute_result = update_display_data = publish = display_data

    def clear_output(self, wait: bool = False) -> None:
        """Do nothing: nothing was shown."""

    def stop(self) -> None:
        """Do nothing: `exit()` in a startup file ends that, and not the kernel."""

    def input(self, prompt: str = "", password: bool = False) -> str:
        """Refuse: there is nobody to ask."""
        del prompt, password
        msg = "code that runs at the start cannot ask for input"
        raise StdinRefused(msg)

    def comm_fds(self) -> list[int]:
        """Return nothing: no comm message is answered while code awaits."""
        return []

    def answer_comms(self) -> bool:
        """Answer none, and say that there are no more."""
        return False
