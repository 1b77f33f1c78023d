"""`kernelwire kernel -f FILE`: the Python kernel, as `python -m kernelwire.python`.

With `--raw` it is the one without IPython, as `python -m kernelwire.python.raw`.
"""

from __future__ import annotations

from kernelwire.kernel import connection_file
from kernelwire.kernel import main as serve
from kernelwire.python.arguments import Arguments

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernelwire._host import Interpreter

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire kernel                          serve, and say how to connect
  kernelwire kernel --raw                    without IPython
  kernelwire kernel --curve                  the same, encrypted
  kernelwire kernel --log-level debug        and show the traffic on stderr
  kernelwire kernel --profile work           with the settings of an IPython profile
  kernelwire kernel -f FILE                  serve what FILE describes"""


_RAW = "--raw"


def main(argv: Sequence[str]) -> int:
    """Serve the Python kernel until a client shuts it down."""
    arguments = Arguments([word for word in argv if word != _RAW])
    words = arguments.ours
    if words and connection_file(words) is None:
        _parse(words)
    try:
        serve(_interpreter(arguments, raw=_RAW in argv), words)
    except (OSError, ModuleNotFoundError):
        from kernelwire.command import reported_errors

        with reported_errors("kernelwire kernel"):
            raise
    return 0


def _interpreter(arguments: Arguments, *, raw: bool) -> Interpreter:
    if raw:
        from kernelwire.python.raw.interpreter import RawInterpreter

        return RawInterpreter()
    from kernelwire.python.interpreter import PythonInterpreter
    from kernelwire.python.launch import Launch

    return PythonInterpreter(Launch(arguments.settings))


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
    parser.add_argument(_RAW, action="store_true", help="the kernel without IPython")
    add_curve(parser)
    add_log_level(parser)
    add_capture(parser)
    parser.parse_args(argv)
