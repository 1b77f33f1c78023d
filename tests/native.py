"""C++ projects for the tests: built with CMake, and kernels of theirs started.

Used by test_cpp_examples and test_install.
"""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

ROOT = Path(__file__).parent.parent
BUILD_PATIENCE = 900.0  # seconds: two cores that others use too


def checked(*command: str | Path, **options: object) -> str:
    """Run a command to its end; what it has printed to stdout.

    A command that fails does so with all it has said, or a failing compiler would be
    an exit code and nothing else.
    """
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_PATIENCE,
        **options,  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        said = f"{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        pytest.fail(f"{done.args} ended with {done.returncode}:\n{said}")
    return str(done.stdout)


def cmake(source: Path, build: Path, *options: str) -> Path:
    """Configure and build a project; returns its build directory."""
    checked("cmake", "-S", source, "-B", build, *options)
    checked("cmake", "--build", build, "--parallel", "2")
    return build


def cpp_build(factory: pytest.TempPathFactory) -> Path:
    """The C++ half, built with libzmq and the examples.

    `make test-cpp` has done that and says where; without it, we do, once a session.
    """
    if made := os.environ.get("KERNELWIRE_CPP_BUILD"):
        return Path(made).resolve()
    build = factory.getbasetemp() / "cpp"
    if build.exists():
        return build
    options = ["-DKERNELWIRE_ZMQ=ON", "-DKERNELWIRE_EXAMPLES=ON"]
    if (json_package := find_spec("nlohmann_json")) and json_package.origin:
        headers = Path(json_package.origin).parent / "include"
        options.append(f"-DKERNELWIRE_JSON_DIR={headers}")
    return cmake(ROOT, build, *options)


def start(program: Path, place: Path) -> RunningKernel:
    """Start a program as a kernel that is interrupted by message.

    Its files are in a directory of the test's.
    """
    from tests.conftest import RunningKernel, manager_of

    fields = {"interrupt_mode": "message"}
    manager = manager_of([str(program)], place, fields=fields)
    manager.start_kernel()
    return RunningKernel(manager)
