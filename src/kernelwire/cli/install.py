"""`kernelwire install`: makes a kernel of ours known to Jupyter's frontends."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from kernelwire import cpp, kernelspec
from kernelwire.command import (
    Parser,
    add_place,
    add_spec_options,
    environment,
    kernels_dir,
)

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire install
  kernelwire install python --user
  kernelwire install python --raw            without IPython: starts and runs sooner
  kernelwire install --name py-debug --display-name "Python (debug)" --env DEBUG=1
  kernelwire install --prefix /opt/jupyter
  kernelwire install cpp                     C++17, C++20 and C++23
  kernelwire install cpp --std c++20 --executable build/cpp/cpp/clang/kernel/kernelwire-cpp"""


def main(argv: Sequence[str]) -> int:
    """Install a kernelspec, and say where and how to use it."""
    parser = Parser(
        prog="kernelwire install",
        description="Make a kernel known to JupyterLab, Notebook and every other "
        "frontend:\nthat of Python, run by the Python that runs this command, or those of "
        "C++, run by\nkernelwire-cpp.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "kernel",
        nargs="?",
        choices=["python", "cpp"],
        default="python",
        help="(python)",
    )
    parser.add_argument(
        "--raw",
        action="store_true",
        help=f"the kernel without IPython, by default as {kernelspec.RAW_NAME}",
    )
    parser.add_argument(
        "--std", choices=cpp.STANDARDS, help="of cpp: only the kernel of this standard"
    )
    parser.add_argument(
        "--executable",
        metavar="PATH",
        type=Path,
        help="of cpp: the kernelwire-cpp to run; by default, the one on the PATH",
    )
    add_spec_options(parser, kernelspec.PYTHON_NAME)
    parser.set_defaults(name=None)
    add_place(parser)
    parsed = parser.parse_args(argv)
    if parsed.kernel == "cpp" and parsed.raw:
        parser.error("--raw is of the Python kernel")
    if parsed.kernel == "python" and (parsed.std or parsed.executable):
        parser.error("--std and --executable are of the C++ kernel")
    kernels = kernels_dir(parsed)
    specs = _install(parsed, kernels)
    for spec in specs:
        print(f"installed {spec.name} in {spec.directory}")
    if kernelspec.is_searched(kernels):
        print(f"try it: jupyter console --kernel {specs[0].name}")
    else:
        print(f"Jupyter looks there when JUPYTER_PATH contains {kernels.parent}")
    return 0


def _install(parsed: argparse.Namespace, kernels: Path) -> list[kernelspec.KernelSpec]:
    if parsed.kernel == "cpp":
        return cpp.install(
            kernels,
            program=parsed.executable,
            standard=parsed.std,
            name=parsed.name,
            display_name=parsed.display_name,
            env=environment(parsed.env),
            replace=parsed.replace,
        )
    spec = kernelspec.install_python(
        kernels,
        raw=parsed.raw,
        name=parsed.name,
        display_name=parsed.display_name,
        env=environment(parsed.env),
        replace=parsed.replace,
    )
    return [spec]
