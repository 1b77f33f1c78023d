"""Where a client's kernel comes from: a kernelspec's name, a file, or a dict.

Layer 5. Depends on `_client`. Used by: `blocking.py`, `asynchronous.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernelwire._client import Core, Process
from kernelwire.content import dumps

__all__ = ["connect", "launch"]


def launch(
    name: str,
    cwd: str | os.PathLike[str] | None,
    env: Mapping[str, str] | None,
    transport: str,
    *,
    encrypt: bool,
) -> Process:
    """Start a kernel by its kernelspec; the arguments are those of `Client.launch()`."""
    return Process(
        _directory_of(name) or name,
        directory=os.fspath(cwd or ""),
        env=dict(env or {}),
        transport=transport,
        encrypt=encrypt,
        python=sys.executable,
    )


def connect(connection: str | os.PathLike[str] | Mapping[str, Any]) -> Core:
    """Connect to what a connection file, or a dict of its fields, describes."""
    if not isinstance(connection, Mapping):
        return Core(os.fspath(connection))
    # jupyter_client's get_connection_info() has keys as bytes.
    fields = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in connection.items()
    }
    return Core(dumps(fields).decode(), text=True)


def _directory_of(name: str) -> str | None:
    """Find a kernelspec in this Python's own environment, which no variable names.

    jupyter_core looks there as well, behind JUPYTER_PATH.
    """
    paths = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    roots = [*filter(None, paths), str(Path(sys.prefix, "share", "jupyter"))]
    for root in roots:
        directory = Path(root, "kernels", name.lower())
        if "/" not in name and (directory / "kernel.json").is_file():
            return str(directory)
    return None
