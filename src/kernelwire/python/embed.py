"""`kernelwire.embed_kernel()`: a kernel in the middle of a program, over its names.

The program stops where it calls this, looks to a client like any kernel, and goes on, with
its streams and signals as they were, when a client ends the kernel.

Source: `ipykernel.embed`, whose callers need change only the import.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comm
from IPython.core.interactiveshell import InteractiveShell

from kernelwire._host import Server
from kernelwire.kernel import capture_is_wanted
from kernelwire.program import new_connection_file
from kernelwire.python.engine import BACKEND
from kernelwire.python.interpreter import PythonInterpreter
from kernelwire.python.launch import Launch
from kernelwire.python.shell import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType, ModuleType

__all__ = ["embed_kernel", "restored"]

_NAME = "python"

# What a kernel puts into the process, other than what it takes out again itself.
_ATTRIBUTES: tuple[tuple[object, str], ...] = (
    (sys, "stdout"),
    (sys, "stderr"),
    (sys, "displayhook"),
    (sys, "excepthook"),
    (builtins, "__IPYTHON__"),
    (builtins, "display"),
    (builtins, "get_ipython"),
    (comm, "create_comm"),
    (comm, "get_comm_manager"),
    (comm, "_comm_manager"),
    (comm.DummyComm, "publish_msg"),
)
_VARIABLES = (*ENVIRONMENT, BACKEND)
_ABSENT = object()

_NUMBERED = re.compile(r"_i?\d+")
"""Names of inputs and results."""


def embed_kernel(
    module: ModuleType | None = None,
    local_ns: dict[str, Any] | None = None,
    *,
    connection_file: str | os.PathLike[str] | None = None,
    settings: Sequence[str] = (),
) -> None:
    """Serve a Python kernel over a program's names, until a client ends it.

    Prints how to connect. `exit` in a client ends the kernel, and so does a shutdown; then
    the program goes on. Meanwhile SIGINT interrupts the cell that runs, and does nothing
    where none does.

    Args:
        module: Whose globals cells see; by default, the caller's.
        local_ns: The names that cells see before those, and where what they assign
            goes; kept, and written to while the kernel runs. By default, a copy of the
            caller's.
        connection_file: One that exists is served. Another is written, and removed at the
            end; a bare name lies where clients look for it.
        settings: IPython's options, such as `--matplotlib=inline`.

    Raises:
        RuntimeError: The process has an IPython shell already, such as a kernel's.
        ConnectionFileError: The file cannot be read.
        TransportError: A channel cannot be bound.
        OSError: The file cannot be written.
    """
    if InteractiveShell.initialized():
        msg = "this process has an IPython shell already, so it can embed no kernel"
        raise RuntimeError(msg)
    caller = sys._getframe(1)
    names = dict(caller.f_locals) if local_ns is None else local_ns
    before = dict(names)
    names.update(
        (name, value)
        for name, value in _globals(module, caller).items()
        if name not in before
    )
    added = {name: names[name] for name in names.keys() - before.keys()}
    hidden: set[str] = set()
    try:
        with restored(), _file(connection_file) as file:
            hidden = _serve(Launch(settings, namespace=names), file)
    finally:
        _take_out(names, before, added, hidden)


def _serve(launch: Launch, file: Path) -> set[str]:
    """Serve a kernel; returns the names that are IPython's and not the user's."""
    interpreter = PythonInterpreter(launch)
    interpreter.described_by(str(file))
    server = Server(interpreter, str(file), capture=capture_is_wanted(()))
    sys.stdout.write(
        f"a kernel in this program (process {os.getpid()}) waits for clients, such as\n\n"
        f"  jupyter console --existing {file}\n\n"
        "the program goes on when one of them sends exit, or shuts the kernel down\n"
    )
    sys.stdout.flush()
    server.run()
    return interpreter.dissolve()


@contextlib.contextmanager
def _file(given: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Yield the connection file, which is written unless it is there."""
    if given is not None and Path(given).exists():
        yield Path(given)
        return
    with new_connection_file(_NAME, place=given) as file:
        yield file


def _globals(module: ModuleType | None, caller: FrameType) -> dict[str, Any]:
    return caller.f_globals if module is None else vars(module)


def _take_out(
    names: dict[str, Any],
    before: dict[str, Any],
    added: dict[str, Any],
    hidden: set[str],
) -> None:
    """Leave in the caller's names what was there and what cells have assigned."""
    for name in list(names):
        if name in hidden or _NUMBERED.fullmatch(name):
            if name in before:
                names[name] = before[name]
            else:
                del names[name]
        elif name in added and names[name] is added[name]:
            del names[name]


@contextlib.contextmanager
def restored(*, signals: bool = True) -> Iterator[None]:
    """Give the process back what a kernel takes over.

    Args:
        signals: SIGINT as well, which does nothing between cells.
    """
    attributes = [
        (owner, name, getattr(owner, name, _ABSENT)) for owner, name in _ATTRIBUTES
    ]
    variables = {name: os.environ.get(name) for name in _VARIABLES}
    main, path = sys.modules["__main__"], list(sys.path)
    running = asyncio._get_running_loop()
    handler = None
    if signals:
        # Off the main thread the kernel changes none either.
        with contextlib.suppress(ValueError):
            handler = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        for owner, name, value in attributes:
            if value is not _ABSENT:
                setattr(owner, name, value)
            elif hasattr(owner, name):
                delattr(owner, name)
        for name, text in variables.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
        sys.modules["__main__"] = main
        if "" not in path and "" in sys.path:
            sys.path.remove("")
        if running is not None:
            asyncio.set_event_loop(running)
            asyncio._set_running_loop(running)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
