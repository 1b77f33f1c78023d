"""`kernelwire VERB`: finds the verb's module in `cli/` and hands the arguments over.

The top layer. A frontend waits for `kernelwire kernel -f FILE`, so a verb is dispatched
before anything is imported; the rest of the command line is in `cli/overview.py`.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_VERBS = (
    "conformance",
    "disable",
    "doctor",
    "enable",
    "install",
    "kernel",
    "list",
    "record",
    "replay",
    "run",
    "status",
    "uninstall",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments after the program's name; by default, this process's.

    Returns:
        The exit code.

    Raises:
        SystemExit: help was asked for, or something is wrong and has been said.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["kernel"]:
        from kernelwire.cli.kernel import main as serve

        return serve(arguments[1:])

    from importlib import import_module

    from kernelwire.command import reported_errors

    with reported_errors("kernelwire"):
        if arguments and arguments[0] in _VERBS:
            verb = import_module(f"kernelwire.cli.{arguments.pop(0)}")
        else:
            verb = import_module("kernelwire.cli.overview")
        code: int = verb.main(arguments)
        sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
