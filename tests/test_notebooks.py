"""Some 440 short cells, on this kernel and on ipykernel: what they show is the same.

The cells are in notebooks/cells/; `python -m tests.notebooks` compares the notebooks of
others in the same way.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from tests.notebooks.compare import compare
from tests.notebooks.report import details
from tests.notebooks.run import Place
from tests.notebooks.select import CELLS, Found, own_cells, select
from tests.notebooks.sources import OURS

TOPICS = sorted(path.stem for path in CELLS.glob("*.ipy"))
PATIENCE = 60  # seconds a cell


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """The cells as notebooks, by their topics."""
    root = own_cells(tmp_path_factory.mktemp("cells") / "written")
    return {each.path.stem: each for each in select(OURS, root, set()).found}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("jupyter"))


@pytest.mark.timeout(300)  # a hundred cells, up to four times
@pytest.mark.parametrize("topic", TOPICS)
def test_cells_show_what_they_show_on_ipykernel(
    topic: str, found: dict[str, Found], place: Place
) -> None:
    compared = compare(found[topic], place, PATIENCE)
    assert list(details(compared)) == []


def test_the_comparison_tells_chance_from_difference(
    place: Place, tmp_path: Path
) -> None:
    cells = {
        "print('a'); object()": "same",
        "import random; random.random()": "varies",
        "import sys; 'kernelwire.python' in sys.modules": "differs",
    }
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    path = tmp_path / "notebook" / "three.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    compared = compare(Found(OURS, path, path.name, notebook), place, PATIENCE)
    assert {
        cell.source: cell.verdict for cell in compared.cells if cell.source
    } == cells
    assert [cell.source for cell in compared.unexplained] == [[*cells][-1]]
