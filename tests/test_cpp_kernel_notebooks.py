"""The notebooks of examples/cpp, executed by `kernelwire run` on the C++ kernel."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from tests.cpp_program import program

from kernelwire import cpp

__all__ = ["program"]  # a fixture, which pytest looks for here

pytestmark = pytest.mark.timeout(600)

EXAMPLES = Path(__file__).parent.parent / "examples" / "cpp"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.ipynb"))
EIGEN = Path("/usr/include/eigen3")

Ran = Callable[[str], NotebookNode]


@pytest.fixture(scope="module")
def ran(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return an example as it is after its execution; each is executed once."""
    place = tmp_path_factory.mktemp("notebooks")
    cpp.install(place / "path" / "kernels", program=program)
    environment = {
        **os.environ,
        "JUPYTER_PATH": str(place / "path"),
        "JUPYTER_DATA_DIR": str(place / "data"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
    }

    @cache
    def run(name: str) -> NotebookNode:
        output = place / f"{name}.ipynb"
        command = [sys.executable, "-m", "kernelwire", "run", "--timeout", "300"]
        done = subprocess.run(
            [*command, str(EXAMPLES / f"{name}.ipynb"), "--output", str(output)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        executed: NotebookNode = nbformat.read(output, as_version=4)
        return executed

    return run


def needing_eigen(name: str) -> None:
    if name == "numerics" and not EIGEN.is_dir():
        pytest.skip("libeigen3-dev is not installed")


def shown(notebook: NotebookNode, cell_id: str) -> dict[str, Any]:
    """All that a cell has shown, by MIME type."""
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return {
        kind: content
        for output in cell.outputs
        for kind, content in output.get("data", {}).items()
    }


def printed(notebook: NotebookNode, cell_id: str) -> str:
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.parametrize("name", NAMES)
def test_the_repository_holds_the_example_without_outputs(name: str) -> None:
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []
    assert notebook.metadata["kernelspec"]["name"] == "kernelwire-cpp20"


@pytest.mark.parametrize("name", NAMES)
def test_only_cells_that_are_to_fail_do_so(ran: Ran, name: str) -> None:
    needing_eigen(name)
    failed = {
        cell.id
        for cell in ran(name).cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }
    to_fail = {
        cell.id
        for cell in ran(name).cells
        if "raises-exception" in cell.metadata.get("tags", [])
    }
    assert failed == to_fail


def test_the_tour_shows_what_it_says(ran: Ran) -> None:
    tour = ran("tour")
    assert printed(tour, "first") == "Mercury\nVenus\nEarth\n"
    assert shown(tour, "optional")["text/plain"] == '(42, "text", 1.5, true)'
    assert shown(tour, "enum")["text/plain"] == "Phase::liquid"
    assert shown(tour, "area")["text/plain"] == "12"
    assert shown(tour, "area-again")["text/plain"].startswith("12.566")
    assert shown(tour, "threads")["text/plain"] == "30"
    assert shown(tour, "after")["text/plain"] == "3"
    assert "teal" in shown(tour, "mime")["text/html"]
    assert printed(tour, "shell") == "from the shell\n"


def test_eigen_computes(ran: Ran) -> None:
    needing_eigen("numerics")
    numerics = ran("numerics")
    assert shown(numerics, "solve")["text/plain"].split() == ["1", "1", "1"]
    assert shown(numerics, "residual")["text/plain"] == "true"
    found = [float(text) for text in printed(numerics, "eigenvalues").split()]
    assert found == pytest.approx([0.585786, 2, 3.41421], abs=1e-4)
    assert printed(numerics, "fit") == "slope 1.5, intercept 0.5\n"
    assert "pmatrix" in shown(numerics, "latex")["text/latex"]


def test_pictures_are_drawn(ran: Ran) -> None:
    plotting = ran("plotting")
    assert (
        len(re.findall(r"[\d.]+,[\d.]+", shown(plotting, "svg")["image/svg+xml"])) > 200
    )
    chart = shown(plotting, "vega")["application/vnd.vegalite.v5+json"]
    assert chart["data"]["values"][11] == {"n": 12, "divisors": 6}
    png = base64.b64decode(shown(plotting, "mandelbrot")["image/png"])
    assert png.startswith(b"\x89PNG")
    assert png[16:24] == (270).to_bytes(4, "big") + (180).to_bytes(4, "big")
