"""The C++ kernel for the tests: its program, where it was built, and kernels of it.

Used by test_cpp_kernel*. It needs LLVM 22; where the C++ build has found none, these tests
are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import RunningKernel, manager_of

FIELDS = {"interrupt_mode": "message", "language": "c++"}


@pytest.fixture(scope="session")
def program() -> Path:
    """The built `kernelwire-cpp`."""
    made = os.environ.get("KERNELWIRE_CPP_BUILD")
    if made is None:
        pytest.skip("KERNELWIRE_CPP_BUILD does not say where make test-cpp has built")
    found = Path(made).resolve() / "cpp" / "clang" / "kernel" / "kernelwire-cpp"
    if not found.is_file():
        pytest.skip(
            "the C++ kernel is not built: it needs libclang-22-dev, llvm-22-dev"
        )
    return found


def start(
    program: Path, place: Path, *arguments: str, data: Path | None = None
) -> RunningKernel:
    """Start a C++ kernel whose files, and what it writes, are in a place.

    Args:
        program: the kernel's.
        place: for its kernelspec, its connection file, and what cells write.
        arguments: of the program.
        data: Jupyter's data directory, which is else in the same place.
    """
    manager = manager_of([str(program), *arguments], place, fields=FIELDS)
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(data or place / "data")}
    manager.start_kernel(cwd=str(place), env=environment)
    return RunningKernel(manager)


@pytest.fixture(scope="module")
def cpp(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKernel]:
    """A kernel of C++20 that the tests of a module share."""
    kernel = start(program, tmp_path_factory.mktemp("cpp"))
    yield kernel
    kernel.stop()


@pytest.fixture
def fresh_cpp(program: Path, tmp_path: Path) -> Iterator[RunningKernel]:
    """A kernel of C++20 of the test's own."""
    kernel = start(program, tmp_path)
    yield kernel
    kernel.stop()
