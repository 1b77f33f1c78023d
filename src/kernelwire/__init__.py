"""The Jupyter kernel protocol: framing, signing and hosting of kernels.

The names below are imported when they are first used: a kernel answers its first
request sooner if it loads only what it serves with.
"""

from __future__ import annotations

from kernelwire.errors import (
    BadSignature,
    ConnectionFileError,
    KernelEnded,
    KernelSilent,
    KernelSpecError,
    KernelWireError,
    LaunchError,
    MalformedMessage,
    ProtocolError,
    ReplayedMessage,
    StdinRefused,
    TransportError,
)

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from kernelwire._host import (
        CommMessage,
        EmbeddedKernel,
        ExecuteRequest,
        HistoryRequest,
        Interpreter,
        Kernel,
        Language,
        Output,
        Reply,
        ReplyHandle,
        Server,
        complete,
        documentation,
        error,
        incomplete,
        invalid,
        matches,
        ok,
        unknown,
    )
    from kernelwire._wire import Codec, Message
    from kernelwire.client import AsyncClient, Client
    from kernelwire.embedded import AsyncInterpreter, serve_on_asyncio
    from kernelwire.kernel import main
    from kernelwire.python.embed import embed_kernel
    from kernelwire.python.showing import clear_output, display, update_display
    from kernelwire.session import Session
    from kernelwire.switch import disable, enable, enabled

    __version__: str

__all__ = [
    "AsyncClient",
    "AsyncInterpreter",
    "BadSignature",
    "Client",
    "Codec",
    "CommMessage",
    "ConnectionFileError",
    "EmbeddedKernel",
    "ExecuteRequest",
    "HistoryRequest",
    "Interpreter",
    "Kernel",
    "KernelEnded",
    "KernelSilent",
    "KernelSpecError",
    "KernelWireError",
    "Language",
    "LaunchError",
    "MalformedMessage",
    "Message",
    "Output",
    "ProtocolError",
    "ReplayedMessage",
    "Reply",
    "ReplyHandle",
    "Server",
    "Session",
    "StdinRefused",
    "TransportError",
    "__version__",
    "clear_output",
    "complete",
    "disable",
    "display",
    "documentation",
    "embed_kernel",
    "enable",
    "enabled",
    "error",
    "incomplete",
    "invalid",
    "main",
    "matches",
    "ok",
    "serve_on_asyncio",
    "unknown",
    "update_display",
]

# Where a name is defined, other than in the pybind11 module.
_HOME = {
    "AsyncClient": "client",
    "AsyncInterpreter": "embedded",
    "Client": "client",
    "Codec": "_wire",
    "Message": "_wire",
    "Session": "session",
    "clear_output": "python.showing",
    "disable": "switch",
    "display": "python.showing",
    "embed_kernel": "python.embed",
    "enable": "switch",
    "enabled": "switch",
    "main": "kernel",
    "serve_on_asyncio": "embedded",
    "update_display": "python.showing",
}

if not TYPE_CHECKING:  # or a type checker would believe that any name exists

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in __all__:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        if name == "__version__":
            from importlib.metadata import version

            value = version(__name__)
        else:
            from importlib import import_module

            module = import_module(f"{__name__}.{_HOME.get(name, '_host')}")
            value = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
