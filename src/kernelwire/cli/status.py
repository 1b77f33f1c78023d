"""`kernelwire status`: whether this Python's new processes use our Session."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence

from kernelwire import environment
from kernelwire.cli.enable import OURS
from kernelwire.command import Parser, installed_version
from kernelwire.errors import KernelWireError

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire status
  KERNELWIRE_SESSION=off kernelwire status"""


def main(argv: Sequence[str]) -> int:
    """Print the findings; 1 where the switch is on and does not work, otherwise 0."""
    parser = Parser(
        prog="kernelwire status",
        description="Show whether jupyter_client's Session is kernelwire's in the "
        "processes that this\nPython starts, and what carries their messages.",
        examples=_EXAMPLES,
    )
    parser.parse_args(argv)
    files = environment.found()
    opted_out = environment.opted_out()
    made = environment.new_session(ask_variable=True)

    _print_row("environment", "on" if files else "off: kernelwire enable")
    for path in files:
        _print_row("", f"by {path}")
    if opted_out:
        _print_row("variable", opted_out)
    _print_row("new processes", made)
    print()
    _print_row("python", f"{platform.python_version()}  {sys.executable}")
    for package in ("kernelwire", "jupyter-client", "pyzmq"):
        _print_row(package, installed_version(package) or "missing")
    _print_row("libzmq", _libzmq())
    slower = "missing, so json packs the messages, which is slower"
    _print_row("orjson", installed_version("orjson") or slower)
    if files and not opted_out and made != OURS:
        msg = f"it is switched on, and a new python makes {made} all the same"
        raise KernelWireError(msg)
    return 0


def _print_row(label: str, text: str) -> None:
    print(f"{label:<16}{text}")


def _libzmq() -> str:
    """Which libzmq sends and receives, and by which way it is called."""
    try:
        from kernelwire import _libzmq

        opened = _libzmq.open()
    except (ImportError, OSError) as exc:
        return f"cannot be used: {' '.join(str(exc).split())}"
    ways = {
        "loaded": "called directly",
        "pyzmq": "called through pyzmq's own methods, which is slower",
    }
    return f"{'.'.join(map(str, opened.version))}, {ways.get(opened.how, opened.how)}"
