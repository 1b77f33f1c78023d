"""The C++ kernel's history: of earlier sessions as well, unless it is asked to forget."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningKernel
from tests.cpp_program import program, start

__all__ = ["program"]  # a fixture, which pytest looks for here

pytestmark = pytest.mark.timeout(300)

FILE = Path("kernelwire", "cpp-history.sqlite")


def ask(kernel: RunningKernel, access: str, **fields: Any) -> list[Any]:
    """The entries that a history_request finds."""
    request = {"hist_access_type": access, "output": False, "raw": True, **fields}
    reply = kernel.ask("history_request", **request)
    assert reply["status"] == "ok"
    found: list[Any] = reply["history"]
    return found


def run_and_stop(program: Path, data: Path, *cells: str, options: Any = ()) -> None:
    """Run cells in a kernel of their own, which has a data directory."""
    place = data / "earlier"
    place.mkdir()
    kernel = start(program, place, *options, data=data)
    try:
        for cell in cells:
            kernel.run(cell)
        kernel.manager.shutdown_kernel()  # by a request, as frontends do
    finally:
        kernel.stop()


@pytest.fixture
def _with_sqlite(program: Path) -> None:
    """The program can keep a history in a file."""
    cache = program.parents[3] / "CMakeCache.txt"
    if "SQLite3_LIBRARY:FILEPATH=/" not in cache.read_text():
        pytest.skip("the C++ kernel is built without SQLite: it needs libsqlite3-dev")


@pytest.mark.usefixtures("_with_sqlite")
def test_cells_of_an_earlier_kernel_are_in_the_history(
    program: Path, tmp_path: Path
) -> None:
    """Also those that failed, and those of another standard."""
    run_and_stop(program, tmp_path, "int n = 6;", "n * 7", "throw n;", "n * 7")
    place = tmp_path / "later"
    place.mkdir()
    kernel = start(program, place, "--std", "c++17", data=tmp_path)
    try:
        kernel.run("8")
        assert ask(kernel, "tail", n=2) == [[1, 4, "n * 7"], [2, 1, "8"]]
        last = ask(kernel, "range", session=-1, start=2, stop=4, output=True)
        assert last == [[1, 2, ["n * 7", "42"]], [1, 3, ["throw n;", None]]]
        this = ask(kernel, "range", session=0, start=1, stop=9)
        assert this == [[2, 1, "8"]]
        both = [[1, 2, "n * 7"], [1, 4, "n * 7"]]
        assert ask(kernel, "search", n=10, pattern="n ?*7") == both
        once = ask(kernel, "search", n=10, pattern="n ?*7", unique=True)
        assert once == [[1, 4, "n * 7"]]
    finally:
        kernel.stop()


@pytest.mark.usefixtures("_with_sqlite")
def test_the_history_is_in_a_file_that_only_its_owner_reads(
    program: Path, tmp_path: Path
) -> None:
    run_and_stop(program, tmp_path, "1")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.usefixtures("_with_sqlite")
def test_the_history_is_kept_where_an_option_says(
    program: Path, tmp_path: Path
) -> None:
    chosen = tmp_path / "mine" / "cells.sqlite"
    run_and_stop(program, tmp_path, "1", options=["--history", str(chosen)])
    assert chosen.is_file()
    assert not (tmp_path / FILE).exists()


def test_a_kernel_that_is_to_forget_keeps_its_own_session_only(
    program: Path, tmp_path: Path
) -> None:
    run_and_stop(program, tmp_path, "1", options=["--no-history"])
    place = tmp_path / "later"
    place.mkdir()
    kernel = start(program, place, "--no-history", data=tmp_path)
    try:
        kernel.run("2")
        assert ask(kernel, "tail", n=5) == [[1, 1, "2"]]
    finally:
        kernel.stop()
    assert not (tmp_path / FILE).exists()
