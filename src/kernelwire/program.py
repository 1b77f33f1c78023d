"""The command line of an author's kernel, for whoever types it: install, or serve here.

Layer 6, behind `kernel.py`. Without a frontend nobody has written a connection file, so
this writes one where `jupyter console --existing` looks, and removes it at the end.

Spec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import uuid
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kernelwire import kernelspec
from kernelwire.command import (
    Parser,
    add_curve,
    add_place,
    add_spec_options,
    environment,
    kernels_dir,
    reported_errors,
)
from kernelwire.errors import TransportError
from kernelwire.kernel import (
    LOG_LEVELS,
    NO_CAPTURE,
    capture_is_wanted,
    make_hosted,
    serve,
)

if TYPE_CHECKING:
    from kernelwire._host import Interpreter, Server

__all__ = ["add_capture", "add_log_level", "new_connection_file", "run", "serve_alone"]

# What a terminal sends to end a program that takes SIGINT for something else.
_QUIT = ("SIGBREAK", "Ctrl-Break") if os.name == "nt" else ("SIGQUIT", "Ctrl-\\")

# What connects to a kernel that is served here. The applications of jupyter_client (8.10)
# give their --existing clients no keys.
_CLIENT = "jupyter console --existing"
_ENCRYPTED_CLIENT = "one of jupyter_client that has loaded (not console --existing)"

_EXAMPLES = """\
  {prog}                         serve a kernel here, and say how to connect
  {prog} install                 let JupyterLab, Notebook and the others find it
  {prog} install --user --name mine --display-name "Mine"
  {prog} uninstall
  {prog} --curve                 the same, encrypted
  {prog} -f FILE                 serve the kernel FILE describes, as frontends do"""


def run(interpreter: type[Interpreter] | Interpreter, arguments: Sequence[str]) -> None:
    """Do what a person asked for.

    Args:
        interpreter: the author's.
        arguments: those after the program's name.

    Raises:
        SystemExit: help was asked for, or something is wrong and has been said.
    """
    language = interpreter.language.name
    prog = Path(sys.argv[0]).name
    parsed = _parser(prog, language).parse_args(arguments)
    with reported_errors(prog):
        if parsed.verb == "install":
            _install(interpreter, parsed)
        elif parsed.verb == "uninstall":
            _uninstall(parsed)
        elif parsed.f is not None:
            serve(
                interpreter,
                parsed.f,
                log_level=parsed.log_level,
                capture=capture_is_wanted(arguments),
            )
        else:
            serve_alone(
                interpreter,
                language,
                curve=parsed.curve,
                log_level=parsed.log_level,
                capture=capture_is_wanted(arguments),
            )


def serve_alone(
    interpreter: type[Interpreter] | Interpreter,
    name: str,
    *,
    curve: bool = False,
    log_level: str | None = None,
    capture: bool = True,
) -> None:
    """Serve a kernel that no frontend has started, and say how to connect to it.

    Args:
        interpreter: what runs the code, or the class to make it of.
        name: the kernel's, for the connection file and for the message.
        curve: encrypt what clients and kernel say to each other.
        log_level: of the log on stderr; by default, what KERNELWIRE_LOG says.
        capture: show in the cell what the process writes to file descriptors 1 and 2.

    Raises:
        OSError: the connection file cannot be written.
        TransportError: a channel cannot be bound, or encryption is not to be had.
    """
    from kernelwire._host import Server

    with new_connection_file(name, curve=curve) as file:
        hosted = make_hosted(interpreter, str(file))
        server = Server(hosted, str(file), log_level=log_level, capture=capture)
        sys.stdout.write(
            f"the {name} kernel (process {os.getpid()}) waits for clients, such as\n\n"
            f"  {_ENCRYPTED_CLIENT if curve else _CLIENT} {file}\n\n"
            f"it ends when one of them shuts it down, or with {_QUIT[1]}\n"
        )
        sys.stdout.flush()
        with _stopped_by_signals(server):
            server.run()


@contextlib.contextmanager
def new_connection_file(
    name: str, *, curve: bool = False, place: str | os.PathLike[str] | None = None
) -> Iterator[Path]:
    """Write a connection file with a fresh key and free ports, and remove it later.

    Args:
        name: the kernel's, noted in the file.
        curve: with keys for CURVE as well.
        place: the file's path; a bare name, or none, lies where clients look.

    Yields:
        The file, which only its owner can read, since it holds the keys.

    Raises:
        TransportError: keys for CURVE are asked for, and libzmq was built without it.
    """
    ports = _free_ports(5)
    keys = _curve_keys() if curve else {}
    content = {
        "transport": "tcp",
        "ip": "127.0.0.1",
        "shell_port": ports[0],
        "iopub_port": ports[1],
        "stdin_port": ports[2],
        "control_port": ports[3],
        "hb_port": ports[4],
        "key": str(uuid.uuid4()),
        "signature_scheme": "hmac-sha256",
        "kernel_name": name,
        **keys,
    }
    file = Path(place or f"kernel-{uuid.uuid4()}.json")
    if file.name == str(file):
        file = _runtime_dir() / file
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as text:
            json.dump(content, text, indent=1)
        yield file
    finally:
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    r"""Let `kill`, a closed terminal and Ctrl-\ end a kernel in order.

    SIGINT stays what it is to a kernel: it interrupts the code that runs.
    """

    def stop(number: int, _frame: object) -> None:
        # The exception ends running code; where that code catches it, stop() remains.
        server.stop()
        sys.exit(128 + number)

    names = ("SIGTERM", "SIGHUP", _QUIT[0])
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {
        number: signal.signal(number, stop)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN  # as nohup has it
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _curve_keys() -> dict[str, str]:
    """Make a pair of keys, under the names that jupyter_client gives them."""
    import zmq

    if not zmq.has("curve"):
        msg = "this libzmq was built without CURVE; pyzmq's wheels have it"
        raise TransportError(msg)
    public, secret = zmq.curve_keypair()
    return {"curve_publickey": public.decode(), "curve_secretkey": secret.decode()}


def _free_ports(count: int) -> list[int]:
    """Ask the system for free ports, all held until the last is known."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _runtime_dir() -> Path:
    """Where clients look for connection files."""
    from jupyter_core.paths import jupyter_runtime_dir

    directory = Path(jupyter_runtime_dir())
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def add_log_level(parser: Parser) -> None:
    """Let a kernel say more on stderr, or less."""
    parser.add_argument(
        "--log-level",
        metavar="LEVEL",
        type=str.lower,
        choices=LOG_LEVELS,
        help="what goes to stderr: error, warning, info, or debug, which shows the "
        "traffic (default: what KERNELWIRE_LOG says, or warning)",
    )


def add_capture(parser: Parser) -> None:
    """Let a kernel leave file descriptors 1 and 2 alone."""
    parser.add_argument(
        NO_CAPTURE,
        action="store_true",
        help="what C code and child processes print goes to the terminal only",
    )


def _parser(prog: str, language: str) -> Parser:
    name = kernelspec.name_of(language)
    parser = Parser(
        prog=prog,
        description=f"A Jupyter kernel for {language}.",
        examples=_EXAMPLES.format(prog=prog),
    )
    parser.add_argument("-f", metavar="FILE", help="the connection file to serve")
    add_curve(parser)
    add_log_level(parser)
    add_capture(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="install | uninstall")
    install = verbs.add_parser(
        "install",
        help="make the kernel known to frontends",
        description=f"Install the kernelspec of this {language} kernel.",
        examples=f"  {prog} install\n  {prog} install --user --env DEBUG=1",
    )
    add_spec_options(install, name)
    add_place(install)
    uninstall = verbs.add_parser(
        "uninstall",
        help="make frontends forget it",
        description=f"Remove the kernelspec of this {language} kernel.",
        examples=f"  {prog} uninstall\n  {prog} uninstall --name mine --user",
    )
    uninstall.add_argument("--name", default=name, help=f"(default: {name})")
    add_place(uninstall)
    return parser


def _install(interpreter: type[Interpreter] | Interpreter, parsed: Namespace) -> None:
    spec = kernelspec.install_interpreter(
        interpreter,
        kernels_dir(parsed),
        name=parsed.name,
        display_name=parsed.display_name,
        env=environment(parsed.env),
        replace=parsed.replace,
    )
    sys.stdout.write(f"installed {spec.name} in {spec.directory}\n")


def _uninstall(parsed: Namespace) -> None:
    kernels = kernels_dir(parsed) if parsed.place or parsed.prefix else None
    for spec in kernelspec.uninstall(parsed.name, kernels):
        sys.stdout.write(f"removed {spec.directory}\n")
