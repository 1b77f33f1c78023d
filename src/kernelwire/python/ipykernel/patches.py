"""The parts of an installed ipykernel that look for a kernel of its own, and find ours.

Each defers to what was there where a program does run one of ipykernel's kernels. `pdb` is
here because ipykernel changes it too, and ipyparallel because it counts on ipykernel's way
with threads.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from kernelwire.python.comms import Comm
from kernelwire.python.display import KernelDisplayPublisher
from kernelwire.python.shell import KernelShell

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernelwire.python.comms import Comms


def patches_of(comms: Comms) -> dict[str, Callable[[Any], object]]:
    """Return what is to be called with which module when it has been imported."""

    def keep_comms(module: Any) -> None:
        """Take `comm` back, of which ipykernel takes hold when it is imported."""
        module.comm = SimpleNamespace(get_comm_manager=module._get_comm_manager)
        comms.install()

    return {
        "ipykernel.comm.comm": _publish_comms,
        "ipykernel.connect": _find_connection_file,
        "ipykernel.ipkernel": keep_comms,
        "ipykernel.zmqshell": _recognise_shell,
        "ipyparallel.client.asyncresult": _show_where_it_is_awaited,
        "pdb": use_ipythons_debugger,
    }


def use_ipythons_debugger(module: Any) -> None:
    """Let `breakpoint()` and `pdb` be IPython's debugger, which an interrupt ends."""
    from IPython.core import debugger

    debugger.Pdb = debugger.InterruptiblePdb  # type: ignore[misc]
    module.Pdb = debugger.InterruptiblePdb
    module.set_trace = debugger.set_trace


def _publish_comms(module: Any) -> None:
    """Send the messages of its comms, which are dropped without a kernel of its own."""
    theirs = module.BaseComm.publish_msg

    def publish_msg(self: Any, *args: Any, **kwargs: Any) -> None:
        if module.Kernel.initialized():
            theirs(self, *args, **kwargs)
        else:
            Comm.publish_msg(self, *args, **kwargs)

    module.BaseComm.publish_msg = publish_msg


def _find_connection_file(module: Any) -> None:
    """Tell this kernel's connection file."""
    theirs = module.get_connection_file

    def get_connection_file(app: Any = None) -> str:
        loaded: Any = sys.modules.get("ipykernel.kernelapp")
        if app is not None or (loaded and loaded.IPKernelApp.initialized()):
            return str(theirs(app))
        from kernelwire.python import connect

        return connect.get_connection_file()

    module.get_connection_file = get_connection_file


def _recognise_shell(module: Any) -> None:
    """Let `isinstance` say yes to the shell of this kernel and its publisher."""
    _accept(module.ZMQInteractiveShell, KernelShell)
    _accept(module.ZMQDisplayPublisher, KernelDisplayPublisher)


def _accept(theirs: Any, ours: type) -> None:
    metaclass: Any = type(theirs)

    class Accepting(metaclass):  # type: ignore[misc]
        def __instancecheck__(cls, instance: object) -> bool:
            if cls is theirs and isinstance(instance, ours):
                return True
            return bool(super().__instancecheck__(instance))

    theirs.__class__ = Accepting


def _show_where_it_is_awaited(module: Any) -> None:
    """Show what engines print in the cell that waits for it, as `%px` does.

    It comes by a thread, which here belongs to the cell that has made the client.
    """
    result = module.AsyncResult
    theirs, theirs_shown = (
        result.stream_output,
        result._iopub_streaming_output_callback,
    )

    def stream_output(self: Any) -> Any:
        self._shown_in = None if Comm.current is None else Comm.current.parent
        return theirs(self)

    def shown(self: Any, *args: Any) -> None:
        current = Comm.current
        if current is None:
            theirs_shown(self, *args)
            return
        before = current.own
        current.adopt(self._shown_in)
        try:
            theirs_shown(self, *args)
        finally:
            current.adopt(before)

    result.stream_output = stream_output
    result._iopub_streaming_output_callback = shown
