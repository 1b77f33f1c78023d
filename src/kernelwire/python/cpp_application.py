"""The Python kernel inside an application in C++, which `kernelwire::python` starts.

The application's signals stay its own, so an interrupt comes as an exception. What a kernel
changes in the process, such as the standard streams, is put back when it ends; and what
cells have kept of the application is let go, which may be about to end Python.

Used by: cpp/include/kernelwire/python/.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

from kernelwire._host import EmbeddedKernel, Server
from kernelwire.program import new_connection_file
from kernelwire.python.embed import restored
from kernelwire.python.interpreter import PythonInterpreter
from kernelwire.python.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KernelInLoop", "KernelOnThread"]


class KernelInLoop:
    """A kernel that the application's loop serves, on the thread that makes it."""

    def __init__(
        self,
        names: dict[str, Any],
        *,
        connection_file: str = "",
        settings: Sequence[str] = (),
        requests_per_step: int = 16,
        log_level: str | None = None,
    ) -> None:
        """Bind the sockets and write the connection file.

        Args:
            names: The namespace of the cells; kept, and cleared at the end.
            connection_file: The path of the file; empty: one where clients look.
            settings: IPython's options.
            requests_per_step: How many are answered before the loop has its turn.
            log_level: Of the log on stderr; none: what KERNELWIRE_LOG says.

        Raises:
            RuntimeError: The process has an IPython shell already.
            TransportError: A channel cannot be bound.
            ConnectionFileError: The file cannot be written.
        """
        _check_shell()
        self._names = names
        self._restored = restored(signals=False)
        self._restored.__enter__()
        self._interpreter = PythonInterpreter(
            Launch(settings, namespace=names, signals=False)
        )
        try:
            self.kernel = EmbeddedKernel(
                self._interpreter,
                connection_file=connection_file,
                requests_per_step=requests_per_step,
                log_level=log_level,
            )
        except BaseException:
            self._restored.__exit__(None, None, None)
            raise
        self._interpreter.described_by(self.kernel.connection_file)

    def close(self) -> None:
        """End the kernel, and give the process back; on the same thread."""
        self.kernel.close()
        self._interpreter.dissolve()
        self._names.clear()
        self._restored.__exit__(None, None, None)


class KernelOnThread:
    """A kernel on a thread of its own, which begins to serve at once."""

    def __init__(
        self,
        names: dict[str, Any],
        *,
        connection_file: str = "",
        settings: Sequence[str] = (),
        log_level: str | None = None,
    ) -> None:
        """Start the thread, and wait until clients can connect.

        Args:
            names: The namespace of the cells; kept, and cleared at the end.
            connection_file: The path of the file; empty: one where clients look.
            settings: IPython's options.
            log_level: Of the log on stderr; none: what KERNELWIRE_LOG says.

        Raises:
            RuntimeError: The process has an IPython shell already.
            TransportError: A channel cannot be bound.
            OSError: The file cannot be written.
        """
        _check_shell()
        self._names = names
        self._launch = Launch(settings, namespace=names, signals=False)
        self._place = connection_file or None
        self._log_level = log_level
        self._bound = threading.Event()
        self._failure: BaseException | None = None
        self._closing = False
        self.connection_file = ""
        """The path of the file, which is there while the kernel runs."""
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._run, name="kernelwire-kernel")
        self._thread.start()
        self._wait_bound()

    @property
    def running(self) -> bool:
        """Whether the kernel goes on."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Interrupt what runs, end the kernel, and wait for its thread."""
        self._closing = True
        if self._server is not None:
            self._server.stop()
        self._thread.join()

    def _wait_bound(self) -> None:
        self._bound.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as exc:
            if not self._bound.is_set():
                self._failure = exc
            elif not (self._closing and isinstance(exc, KeyboardInterrupt)):
                raise  # else it is the interrupt of close(), which met no cell any more
        finally:
            self._bound.set()

    def _serve(self) -> None:
        with (
            restored(signals=False),
            new_connection_file("python", place=self._place) as file,
        ):
            interpreter = PythonInterpreter(self._launch)
            interpreter.described_by(os.fspath(file))
            server = Server(interpreter, os.fspath(file), log_level=self._log_level)
            self.connection_file = os.fspath(file)
            self._server = server
            self._bound.set()
            try:
                server.run()
            finally:
                interpreter.dissolve()
                self._names.clear()


def _check_shell() -> None:
    if InteractiveShell.initialized():
        msg = (
            "this process has an IPython shell already, so it can have no other kernel"
        )
        raise RuntimeError(msg)
