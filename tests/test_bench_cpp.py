"""The benchmark of the C++ kernel: a quick run on the built kernel, without cppyy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cpp_program import program

__all__ = ["program"]  # a fixture, which pytest looks for here

ROOT = Path(__file__).parent.parent
PATIENCE = 280.0  # seconds: two cores that others use too

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def measured(program: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a quick run has kept of itself."""
    kept = tmp_path_factory.mktemp("bench") / "results.json"
    options = ["--quick", "--keep", "--json", str(kept), "--build", str(program.parent)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELWIRE_CPPYY_PYTHON", "/no/python/there")
        subprocess.run(
            [sys.executable, "-m", "bench", "cpp", *options],
            check=True,
            cwd=ROOT,
            timeout=PATIENCE,
        )
    cpp: dict[str, Any] = json.loads(kept.read_text())["cpp"]
    return cpp


def test_a_quick_run_measures_every_row_of_the_kernel(measured: dict[str, Any]) -> None:
    notes = {
        name: row["entries"]["kernelwire-cpp"]["note"]
        for name, row in measured["rows"].items()
    }
    assert notes == dict.fromkeys(notes, "")
    summaries = [row["entries"]["kernelwire-cpp"] for row in measured["rows"].values()]
    assert all(entry["summary"] for entry in summaries)


def test_a_peer_that_is_not_installed_is_named(measured: dict[str, Any]) -> None:
    cling = measured["contestants"]["cppyy"]
    assert not cling["found"]
    assert cling["note"].startswith("not installed: no cppyy")
    assert "cppyy" not in measured["rows"]["sum"]["entries"]


def test_the_loops_are_fast_because_they_are_optimised(
    measured: dict[str, Any],
) -> None:
    """Without -O2 they take ten times as long and more."""
    entries = measured["rows"]["loop_axpy"]["entries"]
    if "g++" not in entries:
        pytest.skip("there is no g++ to compare with")
    ours, theirs = (entries[name]["summary"] for name in ("kernelwire-cpp", "g++"))
    assert ours["minimum"] < 4 * theirs["minimum"]
