"""`kernelwire uninstall`: makes Jupyter's frontends forget a kernel of ours."""

from __future__ import annotations

from collections.abc import Sequence

from kernelwire import kernelspec
from kernelwire.command import Parser, add_place, kernels_dir

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire uninstall                       from everywhere Jupyter looks
  kernelwire uninstall kernelwire-python --user
  kernelwire uninstall py-debug"""


def main(argv: Sequence[str]) -> int:
    """Remove a kernelspec, and say what has been removed."""
    parser = Parser(
        prog="kernelwire uninstall",
        description="Remove the kernelspec of one of kernelwire's kernels; see "
        "kernelwire list.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "name",
        nargs="?",
        default=kernelspec.PYTHON_NAME,
        help=f"the kernel's name (default: {kernelspec.PYTHON_NAME})",
    )
    add_place(parser)
    parsed = parser.parse_args(argv)
    kernels = kernels_dir(parsed) if parsed.place or parsed.prefix else None
    for spec in kernelspec.uninstall(parsed.name, kernels):
        print(f"removed {spec.directory}")
    return 0
