"""`kernelwire enable`: new processes of this Python use our Session."""

from __future__ import annotations

from collections.abc import Sequence

from kernelwire import environment
from kernelwire.command import Parser
from kernelwire.errors import KernelWireError

__all__ = ["OURS", "main"]

OURS = "kernelwire.session.Session"

_EXAMPLES = """\
  kernelwire enable
  kernelwire enable --user               where the environment cannot be written to
  KERNELWIRE_SESSION=off jupyter lab     without it, this once
  kernelwire disable"""


def main(argv: Sequence[str]) -> int:
    """Write the switch's file, and see in a new process whether it works."""
    parser = Parser(
        prog="kernelwire enable",
        description="Make jupyter_client's Session kernelwire's in every process that "
        "this Python starts\nfrom now on: servers, kernels, consoles, clusters.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "--user",
        action="store_true",
        help="for this user, in every environment that reads the user's site-packages",
    )
    parsed = parser.parse_args(argv)
    place = environment.directory(user=parsed.user)
    written = environment.enable(place)
    try:
        made = environment.new_session(ask_variable=False)
        if made != OURS:
            msg = f"{place} has the switch, and a new python makes {made} all the same"
            raise KernelWireError(msg)
    except BaseException:
        if written is not None:
            environment.disable(place)
        raise
    if written is None:
        print(f"was switched on already, by {place / environment.FILE_NAME}")
    else:
        print(f"switched on by {written}")
    print("processes that run now are as they were; kernelwire disable undoes it")
    return 0
