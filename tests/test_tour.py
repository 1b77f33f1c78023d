"""The tour: a real notebook, run by the command on the Python kernel, and looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

TOUR = Path(__file__).parent.parent / "examples" / "tour.ipynb"


class Tour:
    """What a run of the tour has printed and written."""

    def __init__(self, printed: str, notebook: NotebookNode, page: str) -> None:
        self.printed = printed
        self.page = page
        self.cells = {cell.id: cell for cell in notebook.cells}

    def text(self, cell: str) -> str:
        """What a cell has printed to stdout."""
        streams = [out for out in self.cells[cell].outputs if "name" in out]
        return "".join(out.text for out in streams if out.name == "stdout")

    def shown(self, cell: str, kind: str) -> list[str]:
        """The outputs of a cell that come in a format."""
        outputs = [out.get("data", {}) for out in self.cells[cell].outputs]
        return [data[kind] for data in outputs if kind in data]


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """The tour, run once."""
    directory = tmp_path_factory.mktemp("tour")
    places = {
        f"JUPYTER_{name.upper()}_DIR": str(directory / name)
        for name in ("data", "runtime", "config")
    }
    environment = {**os.environ, **places, "IPYTHONDIR": str(directory / "ipython")}
    command = [sys.executable, "-m", "kernelwire"]
    subprocess.run([*command, "install", "--user"], env=environment, check=True)
    output = directory / "tour.ipynb"
    done = subprocess.run(
        [*command, "run", str(TOUR), "--output", str(output)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = (directory / "tour.html").read_text()
    return Tour(done.stdout, nbformat.read(output, as_version=4), page)


def test_the_repository_holds_the_tour_without_outputs() -> None:
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []
    assert notebook.metadata["kernelspec"]["name"] == "kernelwire-python"


def test_every_cell_has_its_line(tour: Tour) -> None:
    lines = re.findall(r"^\[ *(\d+)/(\d+)\] (ok|error) ", tour.printed, re.MULTILINE)
    total = len(lines)
    assert [(int(n), int(of)) for n, of, _ in lines] == [
        (n, total) for n in range(1, total + 1)
    ]
    assert [status for *_, status in lines].count("error") == 1


def test_what_is_printed_comes_in_order_and_apart(tour: Tour) -> None:
    assert tour.text("stdout") == "framed ... signed ... sent ... shown\n"
    streams = [out for out in tour.cells["stdout"].outputs if out.name == "stderr"]
    assert [out.text for out in streams] == ["and this is a warning\n"]


@pytest.mark.parametrize(
    ("cell", "kind", "part"),
    [
        ("result", "text/plain", "5050"),
        ("last-result", "text/plain", "the mean was 50.5"),
        ("html", "text/html", "heartbeat"),
        ("markdown-latex", "text/markdown", "**HMAC-SHA256**"),
        ("markdown-latex", "text/latex", r"\oplus"),
        ("svg", "image/svg+xml", "<svg"),
        ("progress", "text/html", "20 of 20"),
        ("picture", "image/png", "iVBORw0KGgo"),
        ("table", "text/html", "<table"),
    ],
)
def test_a_result_is_shown(tour: Tour, cell: str, kind: str, part: str) -> None:
    (shown,) = tour.shown(cell, kind)
    assert part in shown


def test_cleared_output_is_gone(tour: Tour) -> None:
    assert tour.text("clear") == "cleared, and printed once\n"


def test_await_works_at_the_top_level(tour: Tour) -> None:
    assert re.match(r"shell control iopub woke after 0\.[23]", tour.text("gather"))


def test_the_error_is_shown_and_survived(tour: Tour) -> None:
    (error,) = tour.cells["failure"].outputs
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
    assert "ratio" in "".join(error.traceback)
    assert tour.text("survival").startswith("still here")


def test_the_buffer_goes_out_and_the_kernel_has_timed_it(tour: Tour) -> None:
    assert tour.text("comm").startswith("100 MB in one buffer")
    (size,) = re.findall(
        r"^  buffers   (\S+) MB in .* GB/s$", tour.printed, re.MULTILINE
    )
    assert float(size) >= 100


def test_the_page_shows_the_picture_and_the_table(tour: Tour) -> None:
    assert "data:image/png;base64," in tour.page
    assert "MB per second" in tour.page
