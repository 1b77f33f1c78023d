"""What `import ipykernel.comm` and the like give where ipykernel is not installed.

A name is here because a library is known to import it; everything else is an ImportError, as
it should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION = (7, 4, 0)
"""Of the ipykernel for which this stands."""


def _version() -> dict[str, Any]:
    return {
        "__version__": ".".join(map(str, _VERSION)),
        "version_info": _VERSION,
        "kernel_protocol_version": "5.5",
        "kernel_protocol_version_info": (5, 5),
    }


def _connect() -> dict[str, Any]:
    from kernelwire.python import connect

    return {name: getattr(connect, name) for name in connect.__all__}


def _comm() -> dict[str, Any]:
    from comm.base_comm import CommManager

    from kernelwire.python.comms import Comm

    return {"BaseComm": Comm, "Comm": Comm, "CommManager": CommManager}


def _zmqshell() -> dict[str, Any]:
    from kernelwire.python.display import KernelDisplayPublisher
    from kernelwire.python.shell import KernelShell

    return {
        "ZMQDisplayPublisher": KernelDisplayPublisher,
        "ZMQInteractiveShell": KernelShell,
    }


def _embed() -> dict[str, Any]:
    from kernelwire.python.embed import embed_kernel

    return {"embed_kernel": embed_kernel}


STAND_INS: dict[str, Callable[[], dict[str, Any]]] = {
    "ipykernel._version": _version,
    "ipykernel.comm": _comm,
    "ipykernel.comm.comm": _comm,
    "ipykernel.comm.manager": _comm,
    "ipykernel.connect": _connect,
    "ipykernel.embed": _embed,
    "ipykernel.zmqshell": _zmqshell,
}
"""Module to what makes its names."""
