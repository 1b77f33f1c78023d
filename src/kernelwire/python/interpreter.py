"""The Python kernel as the core sees it: answers kernel_info, and starts the rest.

This half must be quick to import. What needs IPython is in `engine`, imported by a
thread once the sockets are bound and made when the first request needs it.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock

from kernelwire._host import Interpreter, Language, ok
from kernelwire.python import streams
from kernelwire.python.current import Current
from kernelwire.python.interrupts import Interrupts
from kernelwire.python.launch import Launch
from kernelwire.python.preparation import Preparation

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from typing import Any

    from kernelwire._host import (
        CommMessage,
        ExecuteRequest,
        HistoryRequest,
        Output,
        Reply,
    )
    from kernelwire.python.debugger import Debugger
    from kernelwire.python.engine import Engine

_PYTHON_VERSION = sys.version.partition(" ")[0]


class PythonInterpreter(Interpreter):
    """Runs Python cells in IPython's shell."""

    language = Language(
        "python",
        version=_PYTHON_VERSION,
        mimetype="text/x-python",
        file_extension=".py",
        pygments_lexer="ipython3",
        codemirror_mode={"name": "ipython", "version": 3},
        nbconvert_exporter="python",
    )
    implementation = "ipython"
    supported_features = ("debugger", "kernel subshells")
    help_links = (
        (
            "Python Reference",
            f"https://docs.python.org/{sys.version_info[0]}.{sys.version_info[1]}",
        ),
        ("IPython Reference", "https://ipython.readthedocs.io/en/stable/"),
        ("NumPy Reference", "https://docs.scipy.org/doc/numpy/reference/"),
        ("SciPy Reference", "https://docs.scipy.org/doc/scipy/reference/"),
        ("Matplotlib Reference", "https://matplotlib.org/contents.html"),
        ("SymPy Reference", "https://docs.sympy.org/latest/index.html"),
        ("pandas Reference", "https://pandas.pydata.org/pandas-docs/stable/"),
    )

    def __init__(self, launch: Launch | None = None) -> None:
        """Make what nothing is imported for.

        Args:
            launch: How the kernel is started; none: without settings.
        """
        super().__init__()
        self.implementation_version = ipython_version()
        self.banner = (
            f"Python {sys.version}\n"
            f"IPython {self.implementation_version} -- on kernelwire."
            " Type '?' for help.\n"
        )
        self._current = Current()
        self._interrupts = Interrupts()
        self._preparation = Preparation()
        self._made: Engine | None = None
        self._making = allocate_lock()
        self._subshells: list[str] = []
        self._debugger: Debugger | None = None
        self._launch = launch or Launch()

    def described_by(self, file: str) -> None:
        """Note which connection file the kernel is served for."""
        self._launch.connection_file = file

    def start(self) -> None:
        """Take over the streams and SIGINT, and begin to import the engine."""
        self._current.lead()
        streams.install(self._current)
        self._interrupts.spread = self.interrupt_subshells
        self._interrupts.entrance = PythonInterpreter.execute.__code__
        if self._launch.signals:
            self._interrupts.install()
        self._preparation.start(self._import)

    def execute(self, request: ExecuteRequest, output: Output) -> Reply:
        """Run a cell."""
        self._interrupts.begin()
        return self._engine.execute(request, output)

    def complete(self, code: str, cursor_pos: int) -> Reply:
        """Return completions."""
        return self._engine.complete(code, cursor_pos)

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Reply:
        """Return help."""
        return self._engine.inspect(code, cursor_pos, detail_level)

    def is_complete(self, code: str) -> Reply:
        """Tell whether code can be run as it is."""
        return self._engine.is_complete(code)

    def history(self, request: HistoryRequest) -> Reply:
        """Return earlier inputs."""
        return self._engine.history(request)

    def comm_open(self, message: CommMessage, output: Output) -> None:
        """Give a new comm to its target."""
        self._engine.comm("comm_open", message, output)

    def comm_msg(self, message: CommMessage, output: Output) -> None:
        """Give a message to its comm."""
        self._engine.comm("comm_msg", message, output)

    def comm_close(self, message: CommMessage, output: Output) -> None:
        """Tell a comm that its other end is gone."""
        self._engine.comm("comm_close", message, output)

    def comm_info(self, target_name: str) -> dict[str, dict[str, str]]:
        """Return the open comms; none were opened before the engine was made."""
        return {} if self._made is None else self._made.comm_info(target_name)

    def wait(self, subshell_id: str, fds: list[int]) -> bool:
        """Let tasks go on until there is a request; before, make the engine."""
        if self._made is not None:
            return self._made.wait(subshell_id, fds)
        if subshell_id or not self._preparation.waits:
            return False
        if self._preparation.wait(fds):
            self._preparation.close()
            self._prepare()
        return True

    def enter_subshell(self, subshell_id: str) -> None:
        """Note that a subshell exists; the rest happens upon its first request."""
        self._subshells.append(subshell_id)

    def leave_subshell(self, subshell_id: str) -> None:
        """End what goes on in a subshell."""
        self._subshells.remove(subshell_id)
        if self._made is not None:
            self._made.leave(subshell_id)

    def interrupt_subshell(self, subshell_id: str) -> None:
        """Interrupt what runs in a subshell."""
        if self._made is None or not self._made.divert(subshell_id):
            super().interrupt_subshell(subshell_id)

    def debug(self, request: dict[str, Any], output: Output) -> Reply:
        """Answer a request to the debugger."""
        if self._debugger is None:
            self._wait_for_import()
            from kernelwire.python.debugger import Debugger

            self._debugger = Debugger(lambda: self._engine.shell)
            self._interrupts.let_go = self._debugger.let_go
        return ok(**self._debugger.answer(request, output))

    def shutdown(self, restart: bool) -> None:
        """End the session, where there is one."""
        del restart
        self._preparation.close()
        if self._debugger is not None:
            self._debugger.close()
        if self._made is not None:
            self._made.shutdown()

    def dissolve(self) -> set[str]:
        """End the session in a process that goes on; after the server has ended.

        Returns:
            The names of IPython's in the namespace.
        """
        self._current.adopt(None)  # or this thread's context keeps the last request
        self._current.forget()
        return set() if self._made is None else self._made.dissolve()

    @property
    def _engine(self) -> Engine:
        """The engine, made now if it is not yet.

        Raises:
            ImportError: If IPython is not installed, or is broken.
        """
        if self._made is not None:
            return self._made
        self._wait_for_import()
        from kernelwire.python.engine import Engine

        with self._making:  # a subshell's first request may come at the same time
            if self._made is None:
                self._made = Engine(
                    self._current,
                    self._interrupts,
                    self.banner,
                    self._subshells,
                    self._launch,
                )
        return self._made

    def _wait_for_import(self) -> None:
        """Wait until IPython has been imported, before a thread imports parts of it.

        Two threads that begin at different ends of a package's circle of imports would
        each be given modules that are not complete.
        """
        self._preparation.join()

    def _prepare(self) -> None:
        """Make the engine while the kernel is idle, and run what the settings ask for."""
        try:
            _ = self._engine
        except ImportError:
            return  # the first request meets it again, and its user is told

    def _import(self) -> None:
        try:
            import kernelwire.python.engine  # noqa: F401 - to have it imported
        except ImportError:
            return  # the first request meets it again, and its user is told


def ipython_version() -> str:
    """Return IPython's version without importing it.

    Importing IPython takes 150 ms and importlib.metadata 30, so the file
    that states the version is read; its three lines are as old as IPython 7.
    """
    finders = (finder.find_spec("IPython", None) for finder in sys.meta_path)
    spec = next((found for found in finders if found is not None), None)
    if spec is None or spec.origin is None:
        return ""
    release = os.path.join(os.path.dirname(spec.origin), "core", "release.py")  # noqa: PTH118, PTH120 - pathlib takes 5 ms to import
    parts = {}
    try:
        with open(release, encoding="utf-8") as lines:  # noqa: PTH123 - as above
            for line in lines:
                name, _, value = line.partition(" = ")
                if name.startswith("_version_"):
                    parts[name] = value.strip().strip("\"'")
    except OSError:
        return ""
    numbers = (
        parts.get(f"_version_{part}", "") for part in ("major", "minor", "patch")
    )
    return ".".join(number for number in numbers if number)
