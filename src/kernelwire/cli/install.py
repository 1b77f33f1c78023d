"""`kernelwire install`: makes a kernel of ours known to Jupyter's frontends."""

from __future__ import annotations

from collections.abc import Sequence

from kernelwire import kernelspec
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
  kernelwire install --name py-debug --display-name "Python (debug)" --env DEBUG=1
  kernelwire install --prefix /opt/jupyter"""


def main(argv: Sequence[str]) -> int:
    """Install a kernelspec, and say where and how to use it."""
    parser = Parser(
        prog="kernelwire install",
        description="Make a kernel known to JupyterLab, Notebook and every other "
        "frontend,\nrun by the Python that runs this command.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "kernel", nargs="?", choices=["python"], default="python", help="(python)"
    )
    add_spec_options(parser, kernelspec.PYTHON_NAME)
    add_place(parser)
    parsed = parser.parse_args(argv)
    kernels = kernels_dir(parsed)
    spec = kernelspec.install_python(
        kernels,
        name=parsed.name,
        display_name=parsed.display_name,
        env=environment(parsed.env),
        replace=parsed.replace,
    )
    print(f"installed {spec.name} in {spec.directory}")
    if kernelspec.is_searched(kernels):
        print(f"try it: jupyter console --kernel {spec.name}")
    else:
        print(f"Jupyter looks there when JUPYTER_PATH contains {kernels.parent}")
    return 0
