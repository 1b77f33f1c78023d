"""`kernelwire kernel -f FILE`: the Python kernel, as `python -m kernelwire.python`."""

from __future__ import annotations

from kernelwire.kernel import connection_file
from kernelwire.kernel import main as serve

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire kernel                          serve, and say how to connect
  kernelwire kernel --curve                  the same, encrypted
  kernelwire kernel --log-level debug        and show the traffic on stderr
  kernelwire kernel -f FILE                  serve what FILE describes"""


def main(argv: Sequence[str]) -> int:
    """Serve the Python kernel until a client shuts it down."""
    if argv and connection_file(argv) is None:
        _parse(argv)
    try:
        from kernelwire.python.interpreter import PythonInterpreter

        serve(PythonInterpreter, argv)
    except (OSError, ModuleNotFoundError):
        from kernelwire.command import reported_errors

        with reported_errors("kernelwire kernel"):
            raise
    return 0


def _parse(argv: Sequence[str]) -> None:
    """Explain a command line that no frontend writes: help, or a mistake."""
    from kernelwire.command import Parser, add_curve
    from kernelwire.program import add_capture, add_log_level

    parser = Parser(
        prog="kernelwire kernel",
        description="Serve the Python kernel. Frontends run this; people use it to "
        "debug one.",
        examples=_EXAMPLES,
    )
    parser.add_argument("-f", metavar="FILE", help="the connection file")
    add_curve(parser)
    add_log_level(parser)
    add_capture(parser)
    parser.parse_args(argv)
