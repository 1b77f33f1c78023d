"""`sys.stdout` and `sys.stderr` of the kernel: text goes to the cell that it belongs to.

The C++ side joins text that is written within ten milliseconds and sends it before any
other message, so nothing is buffered here: a write is one call.
"""

from __future__ import annotations

import io
import os
import sys
from contextvars import ContextVar

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from kernelwire.python.current import Current

    Sink = Callable[[str], None]


class OutputStream(io.TextIOBase):
    """A text stream that publishes what is written to it.

    May be written to by any thread; `current` keeps the sinks in step with the request.
    Before the first request, and in a forked child, text goes to the stream that this
    one replaces: the log of whoever started the kernel and, once there was a request,
    by way of the core's capture its cell.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name: str, replaced: TextIO | None) -> None:
        """Stand in for a standard stream.

        Args:
            name: `stdout` or `stderr`.
            replaced: The stream of the process; none under pythonw.
        """
        self.name = f"<{name}>"
        self.sink: ContextVar[Sink | None] = ContextVar(name, default=None)
        """Where text of a context goes: one look-up, as print() must stay cheap."""
        self.latest: Sink | None = None
        """Where text goes of a context that has none."""
        self._replaced = replaced

    def write(self, text: str, /) -> int:
        """Publish text at once; the core decides how much goes into one message."""
        if type(text) is not str:
            text = _plain(text)
        if not text:
            return 0  # what waits for a subprocess writes nothing, many times a second
        sink = self.sink.get() or self.latest
        if sink is None:
            self._write_replaced(text)
            return len(text)
        try:
            sink(text)
        except (TypeError, UnicodeError):
            # A lone surrogate, such as os.listdir() makes of a name that is no UTF-8.
            sink(text.encode("utf-8", self.errors).decode())
        return len(text)

    def writelines(self, lines: Iterable[str], /) -> None:  # type: ignore[override]
        """Publish several texts as one."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Send text that waits to be joined with more."""
        sink = self.sink.get() or self.latest
        if sink is None:
            if self._replaced is not None:
                self._replaced.flush()
        else:
            # The bound method's object is the Output: one attribute to keep in step.
            sink.__self__.flush()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Flush and stay open: `with sys.stdout:` must not silence the kernel."""
        self.flush()

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return False: programs ask this before they draw with cursor movements."""
        return False

    def fileno(self) -> int:
        """Return the descriptor of the process's own stream.

        faulthandler and `subprocess.run(stdout=sys.stdout)` write there; what they
        write shows in the cell where the core captures it.

        Raises:
            io.UnsupportedOperation: If the process was started without that stream.
        """
        if self._replaced is None:
            msg = "fileno"
            raise io.UnsupportedOperation(msg)
        return self._replaced.fileno()

    def _write_replaced(self, text: str) -> None:
        if self._replaced is None:
            return
        try:
            self._replaced.write(text)
        except UnicodeEncodeError:
            # A log in ASCII, under LC_ALL=C.
            self._replaced.write(text.encode("ascii", self.errors).decode())


def install(current: Current) -> None:
    """Replace `sys.stdout` and `sys.stderr` by streams that follow the request."""
    stdout = OutputStream("stdout", sys.stdout)
    stderr = OutputStream("stderr", sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # as `sys.__stdout__`, captured
    current.attach(stdout, stderr)
    sys.stdout, sys.stderr = stdout, stderr
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=current.leave)


def flush_process_streams() -> None:
    """Send what code has written to `sys.__stdout__`, which the core captures."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None and not stream.closed:
            stream.flush()


def _plain(text: object) -> str:
    """Return a subclass of str as str itself; refuse anything else."""
    if not isinstance(text, str):
        msg = f"write() argument must be str, not {type(text).__name__}"
        raise TypeError(msg)
    return str.__str__(text)
