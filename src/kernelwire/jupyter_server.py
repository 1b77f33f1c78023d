"""Configuration classes: a Jupyter server whose Sessions are ours, by config alone.

Layer 5, over `session.py`; used by jupyter_server's configuration, and by nothing of ours.
jupyter_server 2 makes three kinds of Session that carry messages: a kernel manager's, which
its clients share; one that watches each kernel's iopub for activity; and one for each
websocket. Here is a class for each. (A fourth, of a gateway's websocket, carries nothing.)
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, cast

from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from traitlets import default

from kernelwire.session import Session

__all__ = [
    "WireKernelManager",
    "WireMappingKernelManager",
    "WireWebsocketConnection",
]


class WireKernelManager(ServerKernelManager):
    """A kernel's manager; for `AsyncMappingKernelManager.kernel_manager_class`."""

    @default("session")
    def _session_default(self) -> Session:
        return Session(parent=self)


def _with_our_session(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same method, for which the global name `Session` is ours.

    start_watching_activity makes its Session by that name, and has no trait for it. All
    others who use the module's name are left alone.
    """
    code = cast(FunctionType, method)
    names = {**code.__globals__, "Session": Session}
    return FunctionType(
        code.__code__, names, code.__name__, code.__defaults__, code.__closure__
    )


class WireMappingKernelManager(AsyncMappingKernelManager):
    """The manager of all kernels; for `ServerApp.kernel_manager_class`.

    Its kernels' managers are of the class above, unless configuration says otherwise.
    """

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{__name__}.{WireKernelManager.__name__}"

    start_watching_activity = _with_our_session(
        AsyncMappingKernelManager.start_watching_activity
    )


class WireWebsocketConnection(ZMQChannelsWebsocketConnection):
    """A websocket; for `ServerApp.kernel_websocket_connection_class`."""

    @default("session")
    def _default_session(self) -> Session:
        return Session(config=self.config)
