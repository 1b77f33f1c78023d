"""IPython's InteractiveShell with a frontend at the other end of the wire.

Makes the display hook and publisher of `display`, sends tracebacks, pages, exits and
next inputs where a frontend finds them. `engine` makes the one instance.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from IPython.core import page
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell, InteractiveShellABC
from IPython.core.payload import PayloadManager
from traitlets import Any as AnyTrait
from traitlets import CBool, Instance, Type, default
from traitlets.config.loader import Config

from kernelwire.python import guis, plain
from kernelwire.python.display import KernelDisplayHook, KernelDisplayPublisher
from kernelwire.python.errors import text_of
from kernelwire.python.history import SubshellHistory
from kernelwire.python.interrupts import hide_handler
from kernelwire.python.lanes import Lane, LoopRunner
from kernelwire.python.magics import KernelMagics
from kernelwire.python.shared import (
    SharedBuiltinTrap,
    SharedCompiler,
    SharedDisplayTrap,
)
from kernelwire.python.trio import TrioRunner

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

    from IPython.core.history import HistoryManager

    from kernelwire.python.current import Current
    from kernelwire.python.facade import KernelFacade
    from kernelwire.python.lanes import Lanes

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

ENVIRONMENT = {
    # Tools that look at these colour their output; the frontend renders ANSI colours.
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    # Nobody can turn the pages of a pager in a subprocess.
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}

_ASYNCIO = ("asyncio", "concurrent.futures", "selectors")


class KernelShell(InteractiveShell):
    """The shell of the Python kernel; see the end of the file for its name.

    One for all subshells, which use it on threads of their own: what differs between
    them is in their lanes.
    """

    compiler_class = Type(SharedCompiler)
    displayhook_class = Type(KernelDisplayHook)
    display_pub_class = Type(KernelDisplayPublisher)
    exiter = Instance(ZMQExitAutocall)
    autoindent = CBool(False)

    current = cast("Current", AnyTrait())
    """The request at hand."""
    kernel = cast("KernelFacade", AnyTrait())
    """What libraries reach for as `get_ipython().kernel`."""
    lanes = cast("Lanes", AnyTrait())
    """What the main shell and the subshells have of their own."""

    def __init__(self, **kwargs: Any) -> None:
        self.keepkernel_on_exit: bool | None = None
        super().__init__(**kwargs)
        # tqdm.autonotebook (4.67) takes its absence for a terminal.
        options = self.config.setdefault("IPKernelApp", Config())
        if self.kernel.connection_file:
            # Where code looks for the kernel's id, which is a part of the file's name.
            options.setdefault("connection_file", self.kernel.connection_file)
        runner = LoopRunner(self.lanes, self.current)
        self.loop_runner_map = {
            **self.loop_runner_map,
            "asyncio": (runner, True),
            "trio": (TrioRunner(runner), True),
        }
        self.loop_runner = runner
        self._plain = plain.PlainCells(self)
        self._first_modules = frozenset(sys.modules)

    @property
    def own_modules(self) -> frozenset[str]:
        """What is there without the user's doing: no steps lead into these modules."""
        import kernelwire.python.loop  # noqa: F401 - in which cells await

        return self._first_modules | {
            name for name in sys.modules if name.startswith(_ASYNCIO)
        }

    @default("exiter")
    def _default_exiter(self) -> ZMQExitAutocall:
        return ZMQExitAutocall(self)

    @default("banner1")
    def _default_banner1(self) -> str:
        return self.kernel.banner

    # What __init__ of the base class calls.

    def init_environment(self) -> None:
        """Set what makes subprocesses fit for a notebook."""
        os.environ.update(ENVIRONMENT)

    def init_virtualenv(self) -> None:
        """Do nothing: the kernelspec says which environment is meant."""

    def init_builtins(self) -> None:
        """Add `display`, and what is added while cells run."""
        super().init_builtins()
        self.builtin_trap = SharedBuiltinTrap(shell=self)

    def init_displayhook(self) -> None:
        """Make the display hook, and what sets it while cells run."""
        super().init_displayhook()
        self.display_trap = SharedDisplayTrap(hook=self.displayhook)

    def init_user_ns(self) -> None:
        """Make the namespace as it is at the start, and upon %reset.

        `In`, `Out` and the like are the main shell's, also where a subshell resets.
        IPython's reset leaves `__main__` without what every module has, for which
        multiprocessing looks when it spawns a process.
        """
        super().init_user_ns()
        if self.user_ns is vars(self.user_module):
            for name, value in vars(ModuleType("__main__")).items():
                self.user_ns.setdefault(name, value)
        history = self.lanes.main.history
        if history is None:
            return
        names: dict[str, object] = {
            **dict.fromkeys(("_ih", "In"), history.input_hist_parsed),
            **dict.fromkeys(("_oh", "Out"), history.output_hist),
            "_dh": history.dir_hist,
        }
        self.user_ns.update(names)
        self.user_ns_hidden.update(names)

    def init_hooks(self) -> None:
        """Show pages in the frontend's pager."""
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(self._page), 99)

    def init_magics(self) -> None:
        """Add the magics that differ from the terminal's."""
        super().init_magics()
        self.register_magics(KernelMagics)
        self.magics_manager.register_alias("ed", "edit")
        self.magics_manager.register_lazy("store", "IPython.extensions.storemagic")

    # What each shell has of its own.

    @property
    def execution_count(self) -> int:
        """The number of the next cell."""
        return self.lanes.here.execution_count

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        self.lanes.here.execution_count = count

    @property
    def history_manager(self) -> HistoryManager | None:
        """The earlier inputs."""
        return self.lanes.here.history

    @history_manager.setter
    def history_manager(self, history: HistoryManager | None) -> None:
        self.lanes.here.history = history

    @property
    def payload_manager(self) -> PayloadManager | None:
        """What goes to the frontend with the reply."""
        return self.lanes.here.payloads

    @payload_manager.setter
    def payload_manager(self, payloads: PayloadManager | None) -> None:
        self.lanes.here.payloads = payloads

    def lane_of(self, subshell_id: str) -> Lane:
        """Return the lane of a shell; called on the thread that answers its requests."""
        lane = self.lanes.find(subshell_id)
        if lane is None:
            lane = Lane(subshell_id)
            lane.history = SubshellHistory(self, self.lanes.main.history)
            lane.payloads = PayloadManager(parent=self)
            self.lanes.add(lane)
        return lane

    # Running.

    def transform_cell(self, raw_cell: str) -> str:
        """Return a cell with magics made Python; most cells have none."""
        if raw_cell in self._plain:
            return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        transformed: str = super().transform_cell(raw_cell)
        return transformed

    def should_run_async(
        self,
        raw_cell: str,
        *,
        transformed_cell: str | None = None,
        preprocessing_exc_tuple: ExcInfo | None = None,
    ) -> bool:
        """Tell whether a cell awaits. IPython compiles it to find out."""
        if transformed_cell is not None and not plain.may_await(transformed_cell):
            return False
        awaits: bool = super().should_run_async(
            raw_cell,
            transformed_cell=transformed_cell,
            preprocessing_exc_tuple=preprocessing_exc_tuple,
        )
        return awaits

    def _tee(  # type: ignore[override]
        self, channel: str
    ) -> AbstractContextManager[None]:
        """Do not keep a second copy of all that is printed.

        IPython 9 keeps it for %notebook, for the life of the process, and replaces
        `sys.stdout.write` by a Python function for it.
        """
        del channel
        return contextlib.nullcontext()

    # What a frontend is told.

    def showtraceback(
        self,
        exc_tuple: ExcInfo | None = None,
        filename: str | None = None,
        tb_offset: int | None = None,
        exception_only: bool = False,
        running_compiled_code: bool = False,
    ) -> None:
        """Show an error, two kinds of which IPython shows less well.

        A waiting cell is interrupted by cancelling its task; it is still an interrupt.
        Exception groups are printed to stderr (IPython 9.18), with IPython's own
        frames, so that no frontend knows them for an error.
        """
        _, value, _ = exc_tuple or sys.exc_info()
        hide_handler(value)
        if value is not None and self.lanes.here.was_interrupted(value):
            interrupt = KeyboardInterrupt().with_traceback(value.__traceback__)
            exc_tuple = (KeyboardInterrupt, interrupt, value.__traceback__)
        elif value is not None and not exception_only and _has_group(value):
            etype, value, tb = self._get_exc_info(exc_tuple)
            lines = traceback.format_exception(etype, value, _below_ipython(tb))
            self._showtraceback(etype, value, "".join(lines).splitlines())
            return
        super().showtraceback(
            exc_tuple, filename, tb_offset, exception_only, running_compiled_code
        )

    def _showtraceback(
        self, etype: type[BaseException], evalue: BaseException, stb: list[str]
    ) -> None:
        lane = self.lanes.here
        lane.shown = (etype.__name__, text_of(evalue), list(stb))
        if lane.formatting:
            lane.failed_to_format = True
        if self.current.output is None:
            sys.stderr.write("\n".join(stb) + "\n")
        else:
            self.current.output.error(*lane.shown)

    def show_usage_error(self, exc: BaseException) -> None:
        """Show a magic's usage error as the error it is.

        The reply says `error`, so the kernel would show one beside text on stderr.
        """
        self._showtraceback(type(exc), exc, [f"UsageError: {text_of(exc)}"])

    def ask_exit(self) -> None:
        """Tell the frontend that the user typed `exit` or `quit`."""
        self._payload(source="ask_exit", keepkernel=bool(self.keepkernel_on_exit))
        if not self.keepkernel_on_exit and self.current.output is not None:
            self.current.output.stop()

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """Put text into the frontend's next input, or in place of this one."""
        self._payload(source="set_next_input", text=text, replace=replace)

    def enable_gui(self, gui: str | None = None) -> None:
        """Let a toolkit's windows live whenever the main shell waits.

        Args:
            gui: The toolkit's name; None, "none" and those that need no windows: no
                toolkit's any more.

        Raises:
            UsageError: If there is no such toolkit, it cannot be used, or a subshell
                asks, whose thread may not have windows.
        """
        lanes = self.lanes
        if lanes.here.subshell_id and gui not in guis.WITHOUT:
            msg = "a subshell has no windows: use %gui in the main shell"
            raise UsageError(msg)
        toolkit = guis.integration(gui)
        lanes.main.loop.show(toolkit)
        if toolkit is not None:
            # For errors in callbacks. PyQt ends a process whose hook is Python's.
            sys.excepthook = self.excepthook

    def _page(
        self,
        text: str | dict[str, Any],
        start: int = 0,
        screen_lines: int = 0,
        pager_cmd: str | None = None,
    ) -> None:
        """Show a text or a MIME bundle in the frontend's pager."""
        del screen_lines, pager_cmd
        data = text if isinstance(text, dict) else {"text/plain": text}
        self._payload(source="page", data=data, start=max(0, start))

    def _payload(self, **payload: Any) -> None:
        self.payload_manager.write_payload(payload)  # type: ignore[union-attr]

    # What libraries ask the shell of ipykernel for.

    @property
    def parent_header(self) -> dict[str, Any]:
        """The message that is being answered."""
        return self.kernel.get_parent()

    def get_parent(self) -> dict[str, Any]:
        """Return the message that is being answered."""
        return self.kernel.get_parent()

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Let what the calling context shows belong to a request of `get_parent`'s."""
        self.kernel.set_parent([], parent)


def _has_group(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, BaseExceptionGroup):
            return True
        exc = exc.__context__
    return False


def _below_ipython(tb: TracebackType | None) -> TracebackType | None:
    """Leave out the frames in which IPython runs the cell."""
    first = tb
    while tb is not None and "IPython" in tb.tb_frame.f_code.co_filename:
        tb = tb.tb_next
    return first if tb is None else tb


# Libraries tell a notebook from a terminal by the name of the shell's class: pandas 2,
# rich 14 and tqdm 4.67 look for "ZMQInteractiveShell", or for "zmq" in it. plotly 6 looks
# whether it is ipykernel's too, and writes all of plotly.js into notebooks where not.
KernelShell.__name__ = KernelShell.__qualname__ = "ZMQInteractiveShell"
KernelShell.__module__ = "ipykernel.zmqshell"

InteractiveShellABC.register(KernelShell)
