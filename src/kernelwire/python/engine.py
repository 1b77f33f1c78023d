"""The half of the Python kernel that needs IPython: the shell and what surrounds it.

`interpreter` has a thread import this module while the kernel is idle, makes the Engine
on the interpreter's thread when the first request needs it, and passes requests on.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import atexit
import inspect
import os
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

from IPython.core.error import StdinNotImplementedError

from kernelwire._host import Reply, error, ok
from kernelwire.imports import WhenImported
from kernelwire.python import history, introspection, ipykernel, settings
from kernelwire.python.comms import Comms
from kernelwire.python.errors import text_of
from kernelwire.python.facade import KernelFacade
from kernelwire.python.interrupts import interruptible
from kernelwire.python.lanes import Lanes
from kernelwire.python.process import end_child, find_working_directory
from kernelwire.python.shell import KernelShell
from kernelwire.python.startup import Startup
from kernelwire.python.stdin import Stdin
from kernelwire.python.streams import flush_process_streams
from kernelwire.python.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import ExecutionResult

    from kernelwire._host import CommMessage, ExecuteRequest, HistoryRequest, Output
    from kernelwire.python.application import KernelApp
    from kernelwire.python.current import Current
    from kernelwire.python.interrupts import Interrupts
    from kernelwire.python.lanes import Lane
    from kernelwire.python.launch import Launch
    from kernelwire.python.pools import Pools

BACKEND = "MPLBACKEND"
"""Where matplotlib looks for its backend, unless the user has chosen another."""

_EARLY = "interrupted before the first line", ["KeyboardInterrupt"]
_INLINE = "module://matplotlib_inline.backend_inline"

_LATER = frozenset(("_", "__", "___", "_i", "_ii", "_iii"))
"""Names that IPython gives when cells run."""


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
        launch: Launch,
    ) -> None:
        self._current = current
        self._lanes = Lanes(current)
        self._interrupts = interrupts
        interrupts.divert = self._lanes.main.interrupt
        self._comms = Comms(current)
        self._comms.install()
        _prepare_process()
        facade = KernelFacade(current, self._comms.manager, banner, subshells, launch)
        self._startup = Startup(current)
        application = self._load_settings(launch)
        given = dict(launch.namespace or {})
        self.shell = _make_shell(
            application,
            current=current,
            kernel=facade,
            lanes=self._lanes,
            user_ns=launch.namespace,
        )
        """IPython's, the one of this process."""
        facade.shell = self.shell
        self._ipythons = _changed(given, self.shell.user_ns) | _LATER
        self._finder = ipykernel.Finder(self._comms)
        self._finder.install()
        self._saving = history.LateSaving(self.shell.history_manager)
        self._stdin = Stdin(current, StdinNotImplementedError)
        self._stdin.install()
        self._stdin.install_getpass()
        self._threads = Threads(current)
        self._threads.install()
        self._wait_for_imports()
        current.left = self._lanes.leave
        self._completing = threading.Lock()
        # Extensions of IPython 9.12 and later read the request's metadata.
        parameters = inspect.signature(self.shell.run_cell).parameters
        self._takes_metadata = "cell_meta" in parameters
        notebook = os.environ.get("JPY_SESSION_NAME")
        if notebook:
            self.shell.user_ns["__session__"] = notebook
        if application is not None:
            self._answering("")
            with self._startup.taking_output():
                interruptible(application.begin, self.shell)

    def execute(self, request: ExecuteRequest, output: Output) -> Reply:
        """Run a cell: Python, with magics, awaits and shell commands."""
        lane = self._answering(request.subshell_id, output)
        self._current.enter(request, output, lane)
        try:
            return interruptible(self._execute, request, output, lane)
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
        lane = self._answering(message.subshell_id, output)
        before = self._current.enter(message, output, lane)
        try:
            interruptible(self._comms.receive, msg_type, message)
            lane.pump()
        except KeyboardInterrupt:
            self.shell.showtraceback()
        finally:
            self._current.resume(before)

    def comm_info(self, target_name: str) -> dict[str, dict[str, str]]:
        """Return the open comms."""
        return self._comms.info(target_name)

    def wait(self, subshell_id: str, fds: Sequence[int]) -> bool:
        """Let a shell's tasks go on until there is a request; see KernelLoop.wait."""
        return self._lanes.wait(subshell_id, fds)

    def divert(self, subshell_id: str) -> bool:
        """Interrupt a subshell's cell where it awaits; called on any thread.

        Returns:
            False when KeyboardInterrupt should be raised in it instead.
        """
        lane = self._lanes.find(subshell_id)
        return lane is not None and lane.interrupt()

    def leave(self, subshell_id: str) -> None:
        """End the tasks of a subshell that was deleted, on its thread."""
        lane = self._lanes.remove(subshell_id)
        if lane is not None:
            lane.finish()

    def shutdown(self) -> None:
        """End the tasks. IPython ends its session itself when the process exits.

        That clears the user's names, so it must come after their atexit functions.
        """
        try:
            self._lanes.main.finish()
        finally:
            self._saving.stop()
            self._threads.uninstall()
            if self._pools is not None:
                self._pools.uninstall()
            self._stdin.uninstall()

    def dissolve(self) -> set[str]:
        """End the session and let go of IPython, in a process that goes on.

        Returns:
            The names in the user's namespace that are IPython's.
        """
        shell = self.shell
        shell.user_module = ModuleType("__main__")  # IPython clears its names
        shell.user_ns = vars(shell.user_module)
        atexit.unregister(shell.atexit_operations)
        shell.atexit_operations()
        KernelShell.clear_instance()
        self._finder.uninstall()
        self._imports.uninstall()
        return self._ipythons

    def _wait_for_imports(self) -> None:
        """Have put in place what a library calls for, once a cell imports the library."""
        self._pools: Pools | None = None
        self._imports = WhenImported()
        self._imports.install()
        self._imports.call("concurrent.futures.thread", self._inherit_in_pools)
        self._imports.call("asyncio", self._lanes.hold)

    def _inherit_in_pools(self) -> None:
        from kernelwire.python.pools import Pools

        self._pools = Pools(self._current)
        self._pools.install()

    def _load_settings(self, launch: Launch) -> KernelApp | None:
        """Read what settings there are; returns None where there are none."""
        if not (launch.settings or settings.present()):
            return None
        from kernelwire.python.application import KernelApp

        with self._startup.taking_output():
            application = KernelApp(self._startup)
            interruptible(application.load, launch.settings)
        return application

    def _answering(self, subshell_id: str, output: Output | None = None) -> Lane:
        lane = self.shell.lane_of(subshell_id)
        lane.answer(output)
        return lane

    def _execute(self, request: ExecuteRequest, output: Output, lane: Lane) -> Reply:
        shell = self.shell
        if not request.subshell_id and self._interrupts.came_early():
            return error("KeyboardInterrupt", *_EARLY)
        lane.forget_errors()
        if not request.silent and (failures := self._startup.take_failures()):
            sys.stderr.write(failures)
        count = request.execution_count
        if request.store_history and shell.execution_count != count:
            shell.execution_count = count
        options: dict[str, Any] = {"cell_id": request.cell_id or None}
        if self._takes_metadata:
            options["cell_meta"] = request.metadata
        result = shell.run_cell(
            request.code,
            store_history=request.store_history,
            silent=request.silent,
            **options,
        )
        if self._current.forked:
            end_child(result.error_in_exec)
        if request.store_history and not request.subshell_id:
            self._saving.note()
        lane.pump()
        failure = _failure(result, output, lane)
        fields: dict[str, Any] = {}
        payload = shell.payload_manager.read_payload()  # type: ignore[union-attr]
        if payload:
            shell.payload_manager.clear_payload()  # type: ignore[union-attr]
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


def _make_shell(application: KernelApp | None, **traits: Any) -> KernelShell:
    """Make the shell, with the settings if they let it be made."""
    if application is not None:
        place = application.profile_dir
        try:
            return KernelShell.instance(parent=application, profile_dir=place, **traits)
        except Exception:
            application.log.exception("the settings are not used, since they fail")
    return KernelShell.instance(**traits)


def _changed(before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    return {name for name, value in now.items() if before.get(name) is not value}


def _failure(
    result: ExecutionResult, output: Output, lane: Lane
) -> tuple[str, str, list[str]] | None:
    """Return the error of a cell that failed, as it was shown."""
    raised = result.error_before_exec or result.error_in_exec
    if raised is None and not lane.failed_to_format:
        return None
    if lane.shown is not None:
        return lane.shown
    # Nothing was shown: the user left the debugger (BdbQuit), a handler of
    # set_custom_exc() chose silence, or somebody shows errors in a way of their own, as
    # rich does (15, by replacing _showtraceback). One of ours would be one too many.
    output.note_error_shown()
    return (type(raised).__name__, text_of(raised) if raised else "", [])


def _prepare_process() -> None:
    """Set what user code finds in `sys.path` and the environment."""
    find_working_directory()
    # matplotlib takes its backend from here unless the user has chosen another.
    if not os.environ.get(BACKEND):
        os.environ[BACKEND] = _INLINE
