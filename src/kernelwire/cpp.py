"""The C++ kernel's program, `kernelwire-cpp`: found, and made known to Jupyter.

Layer 5. Used by the verbs in `cli/`. The program has no Python in it, and says itself
what its kernelspecs are: one for each standard of C++.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernelwire import kernelspec
from kernelwire.errors import KernelSpecError
from kernelwire.kernelspec import KernelSpec

__all__ = ["BUILDING", "RUNNING", "STANDARDS", "find_program", "install", "version_of"]

STANDARDS = ("c++17", "c++20", "c++23")

# Debian's packages: what the program is built with, and what it needs to run.
BUILDING = (
    "apt-get install --no-install-recommends g++ cmake pkg-config libssl-dev "
    "libzmq3-dev libsqlite3-dev libclang-22-dev llvm-22-dev"
)
RUNNING = (
    "apt-get install --no-install-recommends libzmq5 libsqlite3-0 libclang-cpp22 "
    "libclang-common-22-dev libstdc++-12-dev libc6-dev"
)

_NAME = "kernelwire-cpp"
_PATIENCE = 60.0  # seconds until a program has said what it is


def find_program() -> Path | None:
    """Find `kernelwire-cpp` beside this Python's scripts, or on the PATH."""
    beside = Path(sys.executable).parent / _NAME
    found = str(beside) if beside.is_file() else shutil.which(_NAME)
    return None if found is None else Path(found)


def version_of(program: Path) -> str:
    """What the program says that it is.

    Raises:
        KernelSpecError: it cannot be started, which is so where libraries are missing.
    """
    return _said_by(program, "--version").strip().removeprefix(f"{_NAME} ")


def install(
    kernels: Path,
    *,
    program: Path | None = None,
    standard: str | None = None,
    name: str | None = None,
    display_name: str | None = None,
    env: Mapping[str, str] | None = None,
    replace: bool = False,
) -> list[KernelSpec]:
    """Install the kernelspecs of the C++ kernel.

    Args:
        kernels: the directory of kernelspecs to install into.
        program: `kernelwire-cpp`; by default, the one that is found.
        standard: of STANDARDS; by default, all of them.
        name: what frontends and commands call it; only for one standard.
        display_name: what they show; likewise.
        env: added to the kernel's environment.
        replace: also where a name belongs to somebody else's kernel.

    Raises:
        KernelSpecError: there is no program, or it cannot be started; a name is none, or
            is taken.
        OSError: the directory cannot be written.
    """
    found = program or find_program()
    if found is None:
        msg = (
            f"there is no {_NAME} on the PATH: {BUILDING}; then pip install . -C "
            "cmake.define.KERNELWIRE_CPP=ON, or give --executable PATH"
        )
        raise KernelSpecError(msg)
    if standard is None and (name or display_name):
        msg = "a --name or --display-name is for one kernel; say which by --std"
        raise KernelSpecError(msg)
    described: dict[str, dict[str, Any]] = json.loads(_said_by(found, "kernelspecs"))
    chosen = {
        key: files
        for key, files in described.items()
        if standard is None or key.endswith(standard.removeprefix("c++"))
    }
    return [
        kernelspec.install_described(
            files,
            kernels,
            name=name or key,
            display_name=display_name,
            env=env,
            replace=replace,
        )
        for key, files in chosen.items()
    ]


def _said_by(program: Path, argument: str) -> str:
    try:
        done = subprocess.run(
            [program.absolute(), argument],
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        )
    except subprocess.CalledProcessError as exc:
        said = " ".join(str(exc.stderr).split())
        msg = f"{program} cannot be started: {said}; {RUNNING}"
        raise KernelSpecError(msg) from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        msg = f"{program} cannot be started: {exc}"
        raise KernelSpecError(msg) from exc
    return done.stdout
