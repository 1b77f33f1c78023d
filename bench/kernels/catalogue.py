"""Which kernels are compared, and how each is found and started."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from bench.kernels.cells import Cells, MarkerCells, PythonCells

FLOOR = "floor"

_PYTHON = re.compile(r"python(\d+(\.\d+)?)?")


class NotInstalledError(Exception):
    """The kernel is not on this machine; the text says what was looked for."""


@dataclass(frozen=True)
class Command:
    """How to start a kernel: the argv with `{connection_file}` in it, and extra env."""

    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    """One column of the table.

    `executable` names a program in the build directory, `module` one that Python runs,
    and `kernelspec` an installed kernelspec; exactly one of the three is set.
    """

    name: str
    title: str
    cells: Cells
    executable: str = ""
    module: str = ""
    kernelspec: str = ""

    def command(self, build: Path) -> Command:
        """Find the kernel.

        Args:
            build: directory searched, with all below it, for executables.

        Raises:
            NotInstalledError: there is no such executable or kernelspec.
        """
        if self.executable:
            argv = [str(newest(build, self.executable)), "-f", "{connection_file}"]
            return Command(argv)
        if self.module:
            argv = [sys.executable, "-P", "-m", self.module, "-f", "{connection_file}"]
            return Command(argv)
        try:
            spec = KernelSpecManager().get_kernel_spec(self.kernelspec)
        except NoSuchKernel:
            msg = f"no kernelspec {self.kernelspec!r}"
            raise NotInstalledError(msg) from None
        program, *rest = spec.argv
        if _PYTHON.fullmatch(program):
            program = sys.executable  # as jupyter_client does
        rest = [part.replace("{resource_dir}", spec.resource_dir) for part in rest]
        return Command([program, *rest], dict(spec.env))


def newest(build: Path, executable: str) -> Path:
    """Return the executable of that name last built anywhere below `build`."""
    found = [path for path in build.rglob(executable) if path.is_file()]
    if not found:
        msg = f"no {executable!r} below the build directory"
        raise NotInstalledError(msg)
    return max(found, key=lambda path: path.stat().st_mtime).resolve()


CONTENDERS = (
    Contender(FLOOR, "floor", MarkerCells("FLOOR"), executable="floor_kernel"),
    Contender(
        "kernelwire-cpp",
        "kernelwire C++",
        MarkerCells("BENCH"),
        executable="bench_echo_kernel",
    ),
    Contender(
        "kernelwire-python",
        "kernelwire Python",
        PythonCells(),
        kernelspec="kernelwire-python",
    ),
    Contender(
        "kernelwire-python-raw",
        "kernelwire Python raw",
        PythonCells(),
        module="kernelwire.python.raw",
    ),
    Contender("ipykernel", "ipykernel", PythonCells(), kernelspec="python3"),
    Contender("xeus-python", "xeus-python", PythonCells(), kernelspec="xpython"),
    Contender(
        "xeus-python-raw", "xeus-python raw", PythonCells(), kernelspec="xpython-raw"
    ),
)
