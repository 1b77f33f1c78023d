"""How other frontends connect to the kernel that a program runs in.

Source: `ipykernel.connect`, whose functions these are where it is not installed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from kernelwire.python.shell import KernelShell

__all__ = ["connect_qtconsole", "get_connection_file", "get_connection_info"]


def get_connection_file(app: object = None) -> str:
    """Return the path of the kernel's connection file.

    Args:
        app: Unused: there is one kernel in the process.

    Raises:
        RuntimeError: The kernel has none, or no kernel runs.
    """
    del app
    shell = cast("KernelShell | None", get_ipython())
    file = None if shell is None else shell.kernel.connection_file
    if not file:
        msg = "this process has no kernel with a connection file"
        raise RuntimeError(msg)
    return str(Path(file).absolute())


def get_connection_info(
    connection_file: str | None = None, unpack: bool = False
) -> str | dict[str, Any]:
    """Return what a connection file says.

    Args:
        connection_file: A path, or a part of a name that jupyter_client finds; by
            default, this kernel's.
        unpack: As a dict, whose `key` is bytes; otherwise as the file's text.

    Raises:
        OSError: There is no such file.
        RuntimeError: There is no kernel whose file could be meant.
    """
    text = Path(_path_of(connection_file)).read_text(encoding="utf-8")
    if not unpack:
        return text
    info: dict[str, Any] = json.loads(text)
    info["key"] = info.get("key", "").encode()
    return info


def connect_qtconsole(
    connection_file: str | None = None, argv: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Open a Qt Console for the kernel; it outlives the kernel's interrupts.

    Args:
        connection_file: As for `get_connection_info`.
        argv: More of Qt Console's options.

    Raises:
        ModuleNotFoundError: Qt Console is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("qtconsole") is None:
        msg = "qtconsole is not installed; pip install qtconsole"
        raise ModuleNotFoundError(msg, name="qtconsole")
    import subprocess

    command = [
        sys.executable,
        "-m",
        "qtconsole",
        "--existing",
        _path_of(connection_file),
    ]
    return subprocess.Popen(
        [*command, *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _path_of(connection_file: str | None) -> str:
    if connection_file is None:
        return get_connection_file()
    from jupyter_client.connect import find_connection_file

    return str(find_connection_file(connection_file))
