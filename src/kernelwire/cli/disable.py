"""`kernelwire disable`: new processes of this Python use jupyter_client's own Session."""

from __future__ import annotations

from collections.abc import Sequence

from kernelwire import environment
from kernelwire.command import Parser

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire disable
  kernelwire disable --user"""


def main(argv: Sequence[str]) -> int:
    """Remove the switch's file, and say what is left."""
    parser = Parser(
        prog="kernelwire disable",
        description="Undo kernelwire enable. Nothing is left of it.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "--user", action="store_true", help="what kernelwire enable --user has done"
    )
    parsed = parser.parse_args(argv)
    removed = environment.disable(environment.directory(user=parsed.user))
    if removed is None:
        print("nothing to undo: it was not switched on here")
    else:
        print(f"removed {removed}")
    for path in environment.found():
        print(f"still switched on by {path}")
    return 0
