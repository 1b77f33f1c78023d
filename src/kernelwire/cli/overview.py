"""`kernelwire` without a verb: help, the version, and where the C++ half lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import kernelwire
from kernelwire.command import Parser
from kernelwire.errors import KernelWireError

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire install                   make the Python kernel known to frontends
  kernelwire doctor                    see what is installed, and whether it works
  kernelwire run tour.ipynb            execute a notebook, with its progress
  kernelwire enable                    make what runs on jupyter_client faster
  jupyter console --kernel kernelwire-python
  cmake -Dkernelwire_DIR=$(kernelwire --cmake-dir) ..."""

_VERBS = (
    ("install", "make a kernel known to Jupyter's frontends"),
    ("uninstall", "make them forget it"),
    ("list", "show the kernels of kernelwire that Jupyter finds"),
    ("kernel", "serve the Python kernel, as frontends do"),
    ("run", "execute a notebook, and write it and a page of HTML"),
    ("record", "run a command whose kernel records its messages in a file"),
    ("replay", "send a recorded session to a kernel, and compare the answers"),
    ("enable", "make jupyter_client's Session ours, in all of this environment"),
    ("disable", "undo that"),
    ("status", "show whether it is so, and what carries the messages"),
    ("conformance", "try any kernel against the messaging specification"),
    ("doctor", "show what is installed, what is missing, and whether it works"),
)


def main(argv: Sequence[str]) -> int:
    """Print what was asked for; without a question, the help."""
    parser = _parser()
    parsed = parser.parse_args(argv)
    if parsed.cmake_dir:
        print(_installed("lib/cmake/kernelwire"))
    elif parsed.include_dir:
        print(_installed("include"))
    elif parsed.pkgconfig_dir:
        print(_installed("lib/pkgconfig"))
    elif parsed.version:
        print(f"kernelwire {kernelwire.__version__}")
    else:
        parser.print_help()
    return 0


def _installed(directory: str) -> Path:
    """Find a directory of the C++ package that lies in this one.

    An editable installation spreads the package over its source and site-packages.
    """
    for root in kernelwire.__path__:
        if (found := Path(root) / directory).is_dir():
            return found
    msg = f"this installation has no {directory}; pip install --force kernelwire"
    raise KernelWireError(msg)


def _parser() -> Parser:
    parser = Parser(
        prog="kernelwire",
        description="Jupyter kernels: install them, run notebooks on them, look after "
        "them.",
        examples=_EXAMPLES,
    )
    verbs = parser.add_subparsers(
        title="verbs, each with a --help of its own", metavar="VERB"
    )
    for name, purpose in _VERBS:
        verbs.add_parser(name, help=purpose, description=purpose, examples="")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument(
        "--cmake-dir", action="store_true", help="print what kernelwire_DIR must be"
    )
    parser.add_argument(
        "--include-dir", action="store_true", help="print where the C++ headers are"
    )
    parser.add_argument(
        "--pkgconfig-dir", action="store_true", help="print where kernelwire.pc is"
    )
    return parser
