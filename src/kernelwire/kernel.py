"""`kernelwire.main(Echo)`: an author's interpreter as a program that is a kernel.

Layer 6, over `_host`. A frontend waits for what runs here with `-f FILE`, so nothing is
imported for that but `_host`; what a person types is read in `program.py`.

Spec: https://jupyter-client.readthedocs.io/en/stable/kernels.html
"""

from __future__ import annotations

import atexit
import os
import sys

from kernelwire.errors import KernelWireError

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernelwire._host import Interpreter

__all__ = [
    "LOG_LEVELS",
    "NO_CAPTURE",
    "capture_is_wanted",
    "connection_file",
    "main",
    "make_hosted",
    "option",
    "serve",
]

LOG_LEVELS = ("error", "warning", "info", "debug")

NO_CAPTURE = "--no-capture"
"""The option of a kernel's program that leaves file descriptors 1 and 2 alone."""

_FLAGS = ("-f", "--f", "--connection-file")
_OPTIONS = ("--log-level",)


def main(
    interpreter: type[Interpreter] | Interpreter, argv: Sequence[str] | None = None
) -> None:
    """Run a program that is a kernel, until its client or its user ends it.

    With `-f FILE` it serves the kernel that FILE describes, as frontends ask it to;
    without arguments it invents a connection file and says how to connect; `install`
    and `uninstall` make frontends know it and forget it; `--help` says so.

    Args:
        interpreter: what runs the code; a class is instantiated when it is served.
        argv: the arguments after the program's name; by default, this process's.

    Raises:
        SystemExit: something is wrong, and has been said in a line on stderr.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    file = connection_file(arguments)
    if file is None:
        from kernelwire.program import run

        run(interpreter, arguments)
        return
    log_level = option(arguments, "--log-level")
    if log_level is not None and log_level.lower() not in LOG_LEVELS:
        wanted = ", ".join(LOG_LEVELS)
        sys.exit(f"kernelwire: --log-level is {log_level!r}, want one of {wanted}")
    try:
        capture = capture_is_wanted(arguments)
        serve(interpreter, file, log_level=log_level, capture=capture)
    except KernelWireError as exc:
        sys.exit(f"kernelwire: {exc}")


def serve(
    interpreter: type[Interpreter] | Interpreter,
    file: str,
    *,
    log_level: str | None = None,
    capture: bool = True,
) -> None:
    """Serve a kernel on this thread until it is shut down.

    Args:
        interpreter: what runs the code, or the class to make it of.
        file: the connection file's path.
        log_level: one of LOG_LEVELS; by default, what KERNELWIRE_LOG says.
        capture: show in the cell what the process writes to file descriptors 1 and 2.

    Raises:
        ConnectionFileError: the file cannot be read.
        TransportError: a channel cannot be bound.
        KernelWireError: KERNELWIRE_TRACES is on, and opentelemetry-api is missing.
    """
    from kernelwire._host import Server, end_group

    # What cells have started and left running. Registered first, so called last: after the
    # functions by which libraries end their processes themselves.
    atexit.register(end_group)
    # jupyter_client names itself here: a kernel whose launcher has died must end.
    parent = os.environ.get("JPY_PARENT_PID", "")
    hosted = make_hosted(interpreter, file)
    if _setting("KERNELWIRE_TRACES") in ("on", "1", "yes"):
        from kernelwire import tracing

        tracing.trace(hosted)
    server = Server(
        hosted,
        file,
        parent_pid=int(parent) if parent.isdecimal() else 0,
        log_level=log_level,
        capture=capture,
    )
    server.run()


def make_hosted(interpreter: type[Interpreter] | Interpreter, file: str) -> Interpreter:
    """Make the interpreter if it is a class, and tell it which file it is served for.

    It is told by its method `described_by`, which only the Python kernel's has.
    """
    hosted = interpreter() if isinstance(interpreter, type) else interpreter
    tell = getattr(hosted, "described_by", None)
    if tell is not None:
        tell(file)
    return hosted


def capture_is_wanted(arguments: Sequence[str]) -> bool:
    """Tell whether neither the command line nor KERNELWIRE_CAPTURE=off forbids it."""
    forbidden = _setting("KERNELWIRE_CAPTURE") in ("off", "0", "no", "false")
    return NO_CAPTURE not in arguments and not forbidden


def _setting(variable: str) -> str:
    return os.environ.get(variable, "").strip().lower()


def connection_file(arguments: Sequence[str]) -> str | None:
    """Find the connection file in a frontend's command line.

    Settings of ipykernel's, such as `--HistoryManager.hist_file=:memory:` (nbclient) or
    `--Session.key=...` and `--shell=9002` (VS Code), are passed over: what concerns us
    in them stands in the file. So is what follows the file: `jupyter run` passes its
    scripts on to the kernel (jupyter_client 8). `--no-capture` may stand anywhere.

    Args:
        arguments: those after the program's name.

    Returns:
        The path; None where there is none, or an argument that is not a frontend's.
    """
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        if flag in _FLAGS:
            return (value if equals else next(rest, "")) or None
        if flag in _OPTIONS and not equals:
            next(rest, "")
            continue
        if argument != NO_CAPTURE and not (flag.startswith("--") and equals):
            return None
    return None


def option(arguments: Sequence[str], name: str) -> str | None:
    """Find the value of an option of ours in a frontend's command line.

    Args:
        arguments: those after the program's name.
        name: `--name`; its value follows it, or stands behind a `=`.

    Returns:
        The value; None where it is not given.
    """
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        if flag == name:
            return value if equals else next(rest, None)
    return None
