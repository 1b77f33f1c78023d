"""The half of the Python kernel that needs IPython: the shell and what surrounds it.

`interpreter` has a thread import this module while the kernel is idle, makes the Engine
on the interpreter's thread when the first request needs it, and passes requests on.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import inspect
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from kernelwire._host import Reply, error, ok
from kernelwire.python import history, introspection
from kernelwire.python.comms import Comms
from kernelwire.python.facade import KernelFacade
from kernelwire.python.interrupts import interruptible
from kernelwire.python.lanes import Lanes
from kernelwire.python.shell import KernelShell, text_of
from kernelwire.python.stdin import Stdin
from kernelwire.python.streams import flush_process_streams
from kernelwire.python.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import ExecutionResult

    from kernelwire._host import CommMessage, ExecuteRequest, HistoryRequest, Output
    from kernelwire.python.current import Current
    from kernelwire.python.interrupts import Interrupts
    from kernelwire.python.lanes import Lane

_INLINE = "module://matplotlib_inline.backend_inline"


class Engine:
    """A shell, its comms, its event loops and its stdin.

    Made by the first request, whichever shell's it is. From then on each request is
    handed over on the thread of its shell: the main thread, or that of a subshell.
    """

    def __init__(
        self,
        current: Current,
        interrupts: Interrupts,
        banner: str,
        subshells: Sequence[str],
    ) -> None:
        self._current = current
        self._lanes = Lanes(current)
        interrupts.divert = self._lanes.main.loop.interrupt
        self._comms = Comms(current)
        self._comms.install()
        _prepare_process()
        facade = KernelFacade(current, self._comms.manager, banner, subshells)
        self.shell = KernelShell.instance(
            current=current, kernel=facade, lanes=self._lanes
        )
        """IPython's, the one of this process."""
        facade.shell = self.shell
        self._saving = history.LateSaving(self.shell.history_manager)
        self._stdin = Stdin(current, self._lanes)
        self._stdin.install()
        self._threads = Threads(current)
        self._threads.install()
        self._completing = threading.Lock()
        # Extensions of IPython 9.12 and later read the request's metadata.
        parameters = inspect.signature(self.shell.run_cell).parameters
        self._takes_metadata = "cell_meta" in parameters
        notebook = os.environ.get("JPY_SESSION_NAME")
        if notebook:
            self.shell.user_ns["__session__"] = notebook

    def execute(self, request: ExecuteRequest, output: Output) -> Reply:
        """Run a cell: Python, with magics, awaits and shell commands."""
        lane = self._answering(request.subshell_id)
        self._current.enter(request, output, lane)
        try:
            return interruptible(self._execute, request, lane)
        finally:
            flush_process_streams()

    def complete(self, code: str, cursor_pos: int) -> Reply:
        """Return completions. IPython's completer keeps the code at hand in itself."""
        with self._completing:
            return interruptible(introspection.complete, self.shell, code, cursor_pos)

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> Reply:
        """Return help."""
        return interruptible(
            introspection.inspect, self.shell, code, cursor_pos, detail_level
        )

    def is_complete(self, code: str) -> Reply:
        """Tell whether code can be run as it is."""
        return interruptible(introspection.is_complete, self.shell, code)

    def history(self, request: HistoryRequest) -> Reply:
        """Return earlier inputs."""
        inputs = self.shell.lane_of(request.subshell_id).history
        return ok(history=interruptible(history.entries, inputs, request))

    def comm(self, msg_type: str, message: CommMessage, output: Output) -> None:
        """Hand a comm message over; what its handler prints belongs to the message."""
        lane = self._answering(message.subshell_id)
        before = self._current.enter(message, output, lane)
        try:
            interruptible(self._comms.receive, msg_type, message)
            lane.loop.pump()
        except KeyboardInterrupt:
            self.shell.showtraceback()
        finally:
            self._current.resume(before)

    def comm_info(self, target_name: str) -> dict[str, dict[str, str]]:
        """Return the open comms."""
        return self._comms.info(target_name)

    def divert(self, subshell_id: str) -> bool:
        """Interrupt a subshell's cell where it awaits; called on any thread.

        Returns:
            False when KeyboardInterrupt should be raised in it instead.
        """
        lane = self._lanes.find(subshell_id)
        return lane is not None and lane.loop.interrupt()

    def leave(self, subshell_id: str) -> None:
        """End the tasks of a subshell that was deleted, on its thread."""
        lane = self._lanes.remove(subshell_id)
        if lane is not None:
            lane.loop.finish()

    def shutdown(self) -> None:
        """End the tasks. IPython ends its session itself when the process exits.

        That clears the user's names, so it must come after their atexit functions.
        """
        try:
            self._lanes.main.loop.finish()
        finally:
            self._saving.stop()
            self._threads.uninstall()
            self._stdin.uninstall()

    def _answering(self, subshell_id: str) -> Lane:
        lane = self.shell.lane_of(subshell_id)
        lane.answer()
        return lane

    def _execute(self, request: ExecuteRequest, lane: Lane) -> Reply:
        shell = self.shell
        lane.forget_errors()
        count = request.execution_count
        if request.store_history and shell.execution_count != count:
            shell.execution_count = count
        options: dict[str, Any] = {"cell_id": request.cell_id or None}
        if self._takes_metadata:
            options["cell_meta"] = request.metadata
        lane.loop.interrupted = False
        result = shell.run_cell(
            request.code,
            store_history=request.store_history,
            silent=request.silent,
            **options,
        )
        if self._current.forked:
            _end_child(result)
        if request.store_history and not request.subshell_id:
            self._saving.note()
        lane.loop.pump()
        failure = _failure(result, lane)
        payload = shell.payload_manager.read_payload()  # type: ignore[union-attr]
        shell.payload_manager.clear_payload()  # type: ignore[union-attr]
        fields: dict[str, Any] = {}
        if payload:
            fields["payload"] = payload
        if failure is not None:
            return error(*failure, **fields)
        if request.user_expressions:
            fields["user_expressions"] = shell.user_expressions(
                request.user_expressions
            )
        # %reset starts again at 1, and an empty cell does not count.
        ran = shell.execution_count - 1
        if request.store_history and ran != count:
            fields["execution_count"] = ran
        return ok(**fields)


def _failure(result: ExecutionResult, lane: Lane) -> tuple[str, str, list[str]] | None:
    """Return the error of a cell that failed, as it was shown."""
    raised = result.error_before_exec or result.error_in_exec
    if raised is None and not lane.failed_to_format:
        return None
    if lane.shown is not None:
        return lane.shown
    # Nothing was shown: the user left the debugger (BdbQuit), or a handler of
    # set_custom_exc() chose silence.
    return (type(raised).__name__, text_of(raised) if raised else "", [])


def _end_child(result: ExecutionResult) -> NoReturn:
    """End a forked child that has come to the end of the cell that forked it.

    `if os.fork() == 0: ...; sys.exit()` leads here, since IPython catches SystemExit;
    a child that went on would answer requests beside its parent, over its sockets.
    """
    raised = result.error_in_exec
    code = raised.code if isinstance(raised, SystemExit) else raised
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _after_the_library() -> int:
    """Return where in `sys.path` the working directory goes.

    Modules beside the notebook can be imported, also after os.chdir(), and win over
    what pip installed; but a `random.py` there does not hide the library's.
    """
    for index, directory in enumerate(sys.path):
        if directory.endswith(("site-packages", "dist-packages")):
            return index
    return 0


def _prepare_process() -> None:
    """Set what user code finds in `sys.path` and the environment."""
    if "" not in sys.path:
        sys.path.insert(_after_the_library(), "")
    # matplotlib takes its backend from here unless the user has chosen another.
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = _INLINE
