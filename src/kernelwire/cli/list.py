"""`kernelwire list`: the kernels of ours that Jupyter finds, and whether they start."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kernelwire import kernelspec
from kernelwire.command import Parser

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire list
  kernelwire list --all                      also those that are not kernelwire's
  kernelwire list --json"""


def main(argv: Sequence[str]) -> int:
    """Print a line for each kernelspec."""
    parser = Parser(
        prog="kernelwire list",
        description="Show the kernels of kernelwire that Jupyter finds.",
        examples=_EXAMPLES,
    )
    parser.add_argument("--all", action="store_true", help="also others' kernels")
    parser.add_argument("--json", action="store_true", help="for programs to read")
    parsed = parser.parse_args(argv)
    specs = [spec for spec in kernelspec.find() if spec.is_ours or parsed.all]
    if parsed.json:
        print(json.dumps([_as_json(spec) for spec in specs], indent=1))
        return 0
    if not specs:
        print("no kernel of kernelwire's is installed; kernelwire install makes one")
    name_width = max((len(spec.name) for spec in specs), default=0)
    title_width = max((len(spec.display_name) for spec in specs), default=0)
    for spec in specs:
        broken = "" if spec.program_exists() else f"  (no {spec.program})"
        name, title = spec.name.ljust(name_width), spec.display_name.ljust(title_width)
        print(f"{name}  {title}  {spec.directory}{broken}")
    return 0


def _as_json(spec: kernelspec.KernelSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "directory": str(spec.directory),
        "spec": spec.content,
        "starts": spec.program_exists(),
    }
