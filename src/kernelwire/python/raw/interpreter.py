"""The raw Python kernel as the core sees it: runs cells in `__main__`, without IPython.

Everything is made at once, as there is little of it. What a cell does not need is not
imported: `when_imported` has what a library needs put in place as it is imported.
"""

from __future__ import annotations

import os
import sys

from kernelwire._host import Interpreter, Language, error, ok
from kernelwire.imports import WhenImported
from kernelwire.python import streams
from kernelwire.python.current import Current
from kernelwire.python.errors import text_of
from kernelwire.python.interrupts import Interrupts, hide_handler, interruptible
from kernelwire.python.lanes import Lane, Lanes
from kernelwire.python.process import end_child, find_working_directory
from kernelwire.python.raw.display import Display
from kernelwire.python.raw.formats import bundle_of
from kernelwire.python.raw.history import History
from kernelwire.python.raw.namespace import install_exit, new_main
from kernelwire.python.raw.source import Compiler, Sources
from kernelwire.python.stdin import Stdin
from kernelwire.python.streams import flush_process_streams

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType
    from typing import Any

    from kernelwire._host import (
        CommMessage,
        ExecuteRequest,
        HistoryRequest,
        Output,
        Reply,
    )
    from kernelwire.python.comms import Comms

_PYTHON_VERSION = sys.version.partition(" ")[0]
_FIGURES = "kernelwire.python.raw.figures"
_COROUTINE = 0x80
"""`inspect.CO_COROUTINE`: compiled with a top-level await."""


class RawInterpreter(Interpreter):
    """Runs Python cells, and nothing but Python."""

    language = Language(
        "python",
        version=_PYTHON_VERSION,
        mimetype="text/x-python",
        file_extension=".py",
        pygments_lexer="python3",
        codemirror_mode={"name": "python", "version": 3},
        nbconvert_exporter="python",
    )
    implementation = "kernelwire-raw"
    implementation_version = _PYTHON_VERSION
    banner = (
        f"Python {sys.version}\n"
        "Raw mode of kernelwire: Python without IPython, so without magics.\n"
    )
    supported_features = ("kernel subshells",)
    help_links = (
        (
            "Python Reference",
            f"https://docs.python.org/{sys.version_info[0]}.{sys.version_info[1]}",
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self._current = Current()
        self._lanes = Lanes(self._current)
        self._interrupts = Interrupts()
        self._stdin = Stdin(self._current)
        self._display = Display(self._current)
        self._sources = Sources()
        self._compiler = Compiler()
        self._histories: dict[str, History] = {"": History()}
        self._comms: Comms | None = None
        self._subshells: list[str] = []
        self._leaving = False
        self._namespace: dict[str, Any] = {}

    def start(self) -> None:
        """Take over what cells see of the process, once clients can connect."""
        self._current.lead()
        streams.install(self._current)
        self._current.left = self._lanes.leave
        self._interrupts.divert = self._lanes.main.interrupt
        self._interrupts.spread = self.interrupt_subshells
        self._interrupts.entrance = RawInterpreter.execute.__code__
        self._interrupts.install()
        self._stdin.install()
        self._display.install()
        install_exit(self._ask_exit)
        self._namespace = new_main().__dict__
        self._wait_for_imports()
        find_working_directory()
        if not os.environ.get("MPLBACKEND"):
            os.environ["MPLBACKEND"] = f"module://{_FIGURES}"

    def execute(self, request: ExecuteRequest, output: Output) -> Reply:
        """Run a cell."""
        self._interrupts.begin()
        lane = self._answering(request.subshell_id, output)
        self._current.enter(request, output, lane)
        try:
            return interruptible(self._execute, request, output, lane)
        finally:
            flush_process_streams()

    def complete(self, code: str, cursor_pos: int) -> Reply:
        """Return completions."""
        from kernelwire.python.raw.completion import complete

        return interruptible(complete, self._namespace, code, cursor_pos)

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Reply:
        """Return help."""
        from kernelwire.python.raw.inspection import inspect

        return interruptible(inspect, self._namespace, code, cursor_pos, detail_level)

    def is_complete(self, code: str) -> Reply:
        """Tell whether code can be run as it is."""
        from kernelwire.python.raw.completeness import is_complete

        return interruptible(is_complete, code, self._compiler.flags)

    def history(self, request: HistoryRequest) -> Reply:
        """Return earlier inputs."""
        history = self._histories.get(request.subshell_id)
        return ok(history=[] if history is None else history.entries(request))

    def comm_open(self, message: CommMessage, output: Output) -> None:
        """Give a new comm to its target."""
        self._receive("comm_open", message, output)

    def comm_msg(self, message: CommMessage, output: Output) -> None:
        """Give a message to its comm."""
        self._receive("comm_msg", message, output)

    def comm_close(self, message: CommMessage, output: Output) -> None:
        """Tell a comm that its other end is gone."""
        self._receive("comm_close", message, output)

    def comm_info(self, target_name: str) -> dict[str, dict[str, str]]:
        """Return the open comms; none were opened before comm was imported."""
        return {} if self._comms is None else self._comms.info(target_name)

    def wait(self, subshell_id: str, fds: list[int]) -> bool:
        """Let a shell's tasks go on until there is a request."""
        return self._lanes.wait(subshell_id, fds)

    def enter_subshell(self, subshell_id: str) -> None:
        """Note that a subshell exists; the rest happens upon its first request."""
        self._subshells.append(subshell_id)

    def leave_subshell(self, subshell_id: str) -> None:
        """End what goes on in a subshell."""
        self._subshells.remove(subshell_id)
        self._histories.pop(subshell_id, None)
        lane = self._lanes.remove(subshell_id)
        if lane is not None:
            lane.finish()

    def interrupt_subshell(self, subshell_id: str) -> None:
        """Interrupt what runs in a subshell."""
        lane = self._lanes.find(subshell_id)
        if lane is None or not lane.interrupt():
            super().interrupt_subshell(subshell_id)

    def shutdown(self, restart: bool) -> None:
        """End the tasks."""
        del restart
        self._lanes.main.finish()

    def _answering(self, subshell_id: str, output: Output) -> Lane:
        lane = self._lanes.find(subshell_id)
        if lane is None:
            lane = Lane(subshell_id)
            self._lanes.add(lane)
            self._histories[subshell_id] = History()
        lane.answer(output)
        return lane

    # Running cells.

    def _execute(self, request: ExecuteRequest, output: Output, lane: Lane) -> Reply:
        code, number = request.code, None
        if request.store_history and not request.silent:
            number = request.execution_count
            self._histories[request.subshell_id].add(number, code)
        name = self._sources.add(code, number, request.subshell_id)
        raised: BaseException | None = None
        try:
            if not request.subshell_id and self._interrupts.came_early():
                raise KeyboardInterrupt
            try:
                self._run(self._compiler.compile(code, name), output, lane)
            finally:
                if _FIGURES in sys.modules:
                    sys.modules[_FIGURES].show()
        except BaseException as exc:  # noqa: BLE001 - whatever a cell raises
            raised = exc
        if self._current.forked:
            end_child(raised)
        lane.pump()
        if raised is not None:
            return self._failed(raised, lane)
        expressions = request.user_expressions
        if expressions:
            return ok(user_expressions=self._evaluated(expressions))
        return ok()

    def _run(self, parts: Iterable[CodeType], output: Output, lane: Lane) -> None:
        """Run what a cell consists of, with the names that all cells share."""
        # By which Python knows of a line that it has warned. Cells have the same lines.
        self._namespace.pop("__warningregistry__", None)
        for code in parts:
            if code.co_flags & _COROUTINE:
                loop = self._lanes.loop  # has asyncio imported if nobody has done so
                loop.run_cell(eval(code, self._namespace), output)
            else:
                exec(code, self._namespace)  # noqa: S102 - what a kernel is for

    def _failed(self, raised: BaseException, lane: Lane) -> Reply:
        """Answer a cell that has raised something; the core shows it."""
        if self._leaving and isinstance(raised, SystemExit):
            return ok(payload=[{"source": "ask_exit", "keepkernel": False}])
        if lane.was_interrupted(raised):
            raised = KeyboardInterrupt().with_traceback(raised.__traceback__)
        told = self._told(raised)
        # Where pdb.pm() looks, as at Python's prompt.
        sys.last_type, sys.last_value = type(raised), raised
        sys.last_traceback = raised.__traceback__
        return error(*told)

    def _told(self, raised: BaseException) -> tuple[str, str, list[str]]:
        """Return the name, the text and the traceback of an error.

        The frames in which the kernel runs the cell are taken off the error itself.
        """
        from kernelwire.python.raw import tracebacks

        hide_handler(raised)
        raised.__traceback__ = tracebacks.in_cells(raised.__traceback__, self._sources)
        return type(raised).__name__, text_of(raised), tracebacks.lines_of(raised)

    def _evaluated(self, expressions: dict[str, str]) -> dict[str, Any]:
        """Evaluate what a frontend wants to know with the reply."""
        found: dict[str, Any] = {}
        for name, code in expressions.items():
            try:
                data, metadata = bundle_of(eval(code, self._namespace))
                found[name] = {"status": "ok", "data": data, "metadata": metadata}
            except Exception as raised:  # noqa: BLE001 - of the frontend's code
                ename, evalue, traceback = self._told(raised)
                found[name] = {
                    "status": "error",
                    "ename": ename,
                    "evalue": evalue,
                    "traceback": traceback,
                }
        return found

    def _ask_exit(self) -> None:
        self._leaving = True
        output = self._current.output
        if output is not None:
            output.stop()

    # What is put in place when a library is imported.

    def _wait_for_imports(self) -> None:
        found = WhenImported()
        found.install()
        found.call("threading", self._inherit_in_threads)
        found.call("concurrent.futures.thread", self._inherit_in_pools)
        found.call("asyncio", self._lanes.hold)
        found.call("getpass", self._stdin.install_getpass)
        found.call("linecache", self._sources.fill_linecache)
        found.call("comm", self._install_comms)
        found.call("IPython.core.display_functions", self._display.install_in_ipython)

    def _inherit_in_threads(self) -> None:
        from kernelwire.python.threads import Threads

        Threads(self._current).install()

    def _inherit_in_pools(self) -> None:
        from kernelwire.python.pools import Pools

        Pools(self._current).install()

    def _install_comms(self) -> None:
        from kernelwire.python.comms import Comm, Comms
        from kernelwire.python.facade import KernelFacade
        from kernelwire.python.launch import Launch

        self._comms = Comms(self._current)
        self._comms.install()
        manager, subshells = self._comms.manager, self._subshells
        Comm.kernel = KernelFacade(
            self._current, manager, self.banner, subshells, Launch()
        )

    def _receive(self, msg_type: str, message: CommMessage, output: Output) -> None:
        """Hand a comm message over; what its handler prints belongs to the message."""
        lane = self._answering(message.subshell_id, output)
        before = self._current.enter(message, output, lane)
        try:
            if self._comms is None:
                import comm  # noqa: F401 - which makes them
            assert self._comms is not None
            interruptible(self._comms.receive, msg_type, message)
            lane.pump()
        except KeyboardInterrupt as raised:
            output.error(*self._told(raised))
        finally:
            self._current.resume(before)
